"""Ark's rules for media, and what follows from them: the ratio, the length and the bill of a clip.

Source: Ark, "Create a video generation task" (82379/1520757), input limits and the `adaptive` rule;
tolerances from clients in use; read 2026-11-20.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from seedance_nb.sandbox._media import MediaDesk, MediaRefused, Medium
from seedance_nb.sandbox.dialects._ark_content import Named
from seedance_nb.sandbox.dialects._ark_errors import ArkError, invalid
from seedance_nb.sandbox.dialects._ark_rules import ArkOrder

MB = 1024 * 1024
LIMITS = {"image": 30 * MB, "video": 200 * MB, "audio": 15 * MB}
IMAGE_FORMATS = ("jpeg", "png", "webp", "bmp", "tiff", "gif", "heic", "heif", "mpo")
"""`mpo` is a JPEG with a second picture behind it, as some cameras write."""
SIDES = (300, 6000)
WIDTH_BY_HEIGHT = (0.4, 2.5)
PIXELS = (407_696, 8_295_044)
FPS = (23.8, 60.0)
SECONDS = (1.8, 15.1)
"""Documented are 2 to 15 s; a clip of 15 s has 361 frames, and 1.8 s were seen to pass."""


async def bring_media(desk: MediaDesk, order: ArkOrder) -> list[Medium]:
    """Bring and check everything the content names, in its order.

    Raises:
        ArkError: 400, at submit, as Ark answers for a bad link or a bad file.
    """
    media = await asyncio.gather(*(_bring(desk, named) for named in order.media))
    for kind in ("video", "audio"):
        total = float(sum(medium.duration for medium in media if medium.kind == kind))
        if total > order.model.reference_seconds + 0.1:
            raise invalid(
                "content",
                f"the total duration of reference {kind} contents must not exceed "
                f"{order.model.reference_seconds} seconds, but got {total:.1f}",
            )
    return media


async def _bring(desk: MediaDesk, named: Named) -> Medium:
    try:
        medium = await desk.bring(named.url, named.kind, limit=LIMITS[named.kind])
    except MediaRefused as exc:
        raise _refusal(named, exc) from exc
    if reason := _wrong(medium):
        raise invalid(named.param, reason)
    return medium


def _refusal(named: Named, refused: MediaRefused) -> ArkError:
    if refused.reason == "download":
        return invalid(named.param, "resource download failed")
    if refused.reason == "asset":
        return invalid(named.param, f"The specified asset {refused} is not found")
    if refused.reason == "scheme" and named.kind == "video":
        return invalid(named.param, "reference_video must be provided as a web url")
    return invalid(named.param, str(refused))


def _wrong(medium: Medium) -> str:
    if medium.size >= LIMITS[medium.kind]:
        return f"the {medium.kind} must be smaller than {LIMITS[medium.kind] // MB} MB"
    if medium.kind == "image":
        if medium.format not in IMAGE_FORMATS:
            return f"the image format {medium.format} is not supported"
        return _wrong_picture(medium)
    if medium.kind == "video":
        if medium.format not in ("mp4", "mov") or medium.codec not in ("h264", "hevc"):
            return f"the video format {medium.format}/{medium.codec} is not supported"
        if not FPS[0] <= medium.fps <= FPS[1]:
            return f"the video must have 24 to 60 frames per second, but got {medium.fps:.4g}"
        pixels = medium.width * medium.height
        if not PIXELS[0] <= pixels <= PIXELS[1]:
            return f"the video must have {PIXELS[0]} to {PIXELS[1]} pixels per frame, but got {pixels}"
        return _wrong_picture(medium) or _wrong_length(medium)
    if medium.format not in ("wav", "mp3"):
        return f"the audio format {medium.format} is not supported"
    return _wrong_length(medium)


def _wrong_picture(medium: Medium) -> str:
    low, high = SIDES
    if not (low <= min(medium.width, medium.height) and max(medium.width, medium.height) <= high):
        return (
            f"the {medium.kind} width and height must be between {low} and {high} px, "
            f"but got {medium.width}x{medium.height}"
        )
    if not WIDTH_BY_HEIGHT[0] <= medium.ratio <= WIDTH_BY_HEIGHT[1]:
        return f"the {medium.kind} aspect ratio must be between 0.4 and 2.5, but got {medium.ratio:.2f}"
    return ""


def _wrong_length(medium: Medium) -> str:
    if not SECONDS[0] <= medium.duration <= SECONDS[1]:
        return f"the {medium.kind} duration must be between 2 and 15 seconds, but got {float(medium.duration):.1f}"
    return ""


# -- what the model settles for --

_WORDS = (
    ("21:9", ("21:9", "ultrawide", "ultra-wide", "cinemascope", "anamorphic", "超宽", "宽银幕")),
    ("9:16", ("9:16", "vertical", "portrait", "smartphone", "竖屏", "竖版", "竖幅", "手机屏")),
    ("16:9", ("16:9", "横屏", "横版", "landscape format")),
    ("1:1", ("1:1", "square format", "square video", "square frame", "方形", "正方形")),
    ("3:4", ("3:4",)),
    ("4:3", ("4:3",)),
)


def resolve_ratio(order: ArkOrder, media: Sequence[Medium]) -> str:
    """The ratio of the clip: as asked, or what `adaptive` means for this input."""
    if order.ratio != "adaptive":
        return order.ratio
    pictures = [medium for medium in media if medium.kind == "image"]
    if order.mode in ("first_frame", "first_last_frame"):
        first = next(
            medium for named, medium in zip(order.media, media, strict=True) if named.role in ("", "first_frame")
        )
        return _nearest(first)
    shown = [medium for medium in media if medium.kind == "video"] or pictures
    if shown:
        return _nearest(shown[0])
    prompt = order.prompt.lower()
    return next((ratio for ratio, words in _WORDS if any(word in prompt for word in words)), "16:9")


def _nearest(medium: Medium) -> str:
    def distance(ratio: str) -> float:
        width, height = map(int, ratio.split(":"))
        return abs(math.log(width / height / medium.ratio))

    return min(("16:9", "4:3", "1:1", "3:4", "9:16", "21:9"), key=distance)


def resolve_duration(order: ArkOrder, seed: int) -> int:
    """Whole seconds of the clip: as asked, or for -1 a choice that the seed decides."""
    if order.frames is not None:
        return order.frames // 24
    if order.duration != -1:
        return order.duration
    least, most = order.model.durations
    return least + seed % (most - least + 1)
