"""The media of an EachLabs task, and what `auto` comes to.

EachLabs takes a create whose input has the right types and lets the task fail when a file cannot be had or used; so
here a bad file is a `Trouble` of the task, not an answer to the create.
Source: EachLabs' skill page (JPEG, PNG and WebP up to 30 MB) and the error codes of its Video API, 2026-08-21; read
2026-11-20. Limits for clips and sounds are those of the model at Ark.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedance_nb.sandbox._core import letters
from seedance_nb.sandbox._media import MediaDesk, MediaRefused, Medium
from seedance_nb.sandbox.dialects._ark_tables import RATIOS, SIZES
from seedance_nb.sandbox.dialects._eachlabs_rules import EachLabsOrder, Named

if TYPE_CHECKING:
    from seedance_nb.sandbox.clip import ClipSpec

MB = 1024 * 1024
LIMITS = {"image": 30 * MB, "video": 200 * MB, "audio": 15 * MB}
FORMATS = {"image": ("jpeg", "png", "webp", "mpo"), "video": ("mp4", "mov"), "audio": ("wav", "mp3")}
"""`mpo` is a JPEG with a second picture behind it, as some cameras write."""
REFERENCE_SECONDS = 15.1
DOWNLOAD, VALIDATION = "INPUT_DOWNLOAD_ERROR", "INPUT_VALIDATION_ERROR"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a task will fail because of its input."""

    code: str
    message: str


async def bring_media(desk: MediaDesk, order: EachLabsOrder) -> list[Medium] | Trouble:
    """Bring and check everything the input names, in its order; or the first trouble with it."""
    found = await asyncio.gather(*(_bring(desk, named) for named in order.media))
    media: list[Medium] = []
    for item in found:
        if isinstance(item, Trouble):
            return item
        media.append(item)
    for kind in ("video", "audio"):
        total = float(sum(medium.duration for medium in media if medium.kind == kind))
        if total > REFERENCE_SECONDS:
            return Trouble(VALIDATION, f"{kind}_urls: at most 15 seconds in all, but got {total:.1f}")
    return media


async def _bring(desk: MediaDesk, named: Named) -> Medium | Trouble:
    try:
        medium = await desk.bring(named.url, named.kind, limit=LIMITS[named.kind])
    except MediaRefused as exc:
        return Trouble(DOWNLOAD if exc.reason == "download" else VALIDATION, f"{named.param}: {exc}")
    if medium.format not in FORMATS[named.kind]:
        return Trouble(VALIDATION, f"{named.param}: the format {medium.format} is not supported")
    return medium


def seconds_of(order: EachLabsOrder, seed: int) -> int:
    """Whole seconds of the clip: as asked, or for `auto` a choice from 4 to 15 that the seed decides."""
    return 4 + seed % 12 if order.duration == "auto" else int(order.duration)


def seed_of(order: EachLabsOrder, task_id: str) -> int:
    """The seed as a number; words count too, and without one it follows from the task."""
    if order.seed.isdecimal() and len(order.seed) < 20:
        return int(order.seed) % 2**32
    return int(letters(f"seed/{order.seed or task_id}", 4), 36)


def spec_of(order: EachLabsOrder, media: Sequence[Medium], seed: int) -> ClipSpec:
    """What the clip of an order shall be."""
    from seedance_nb.sandbox.clip import ClipSpec

    modes = ("text", "reference") if order.model.mode == "reference" else ("text", "first_frame", "first_last_frame")
    width, height = SIZES[order.resolution][_ratio(order, media)]
    framed = order.model.mode == "image"

    def data(kind: str) -> tuple[bytes, ...]:
        return () if framed else tuple(medium.data for medium in media if medium.kind == kind)

    return ClipSpec(
        width=width,
        height=height,
        frames=24 * seconds_of(order, seed) + 1,
        prompt=order.prompt,
        seed=seed,
        model=order.model.slug,
        mode=modes[min(len(media), len(modes) - 1)],
        audio=order.generate_audio,
        watermark=False,
        first_frame=media[0].data if framed and media else None,
        last_frame=media[1].data if framed and len(media) == 2 else None,
        images=data("image"),
        videos=data("video"),
        audios=data("audio"),
    )


_WORDS = (
    ("21:9", ("21:9", "ultrawide", "cinemascope", "超宽", "宽银幕")),
    ("9:16", ("9:16", "vertical", "portrait", "竖屏", "竖版")),
    ("1:1", ("1:1", "square format", "square video", "方形")),
    ("3:4", ("3:4",)),
    ("4:3", ("4:3",)),
)


def _ratio(order: EachLabsOrder, media: Sequence[Medium]) -> str:
    if order.aspect_ratio != "auto":
        return order.aspect_ratio
    shown = [medium for medium in media if medium.kind == "video"] or [item for item in media if item.kind == "image"]
    if shown:
        return min(RATIOS, key=lambda ratio: abs(math.log(_width_by_height(ratio) / shown[0].ratio)))
    prompt = order.prompt.lower()
    return next((ratio for ratio, words in _WORDS if any(word in prompt for word in words)), "16:9")


def _width_by_height(ratio: str) -> float:
    width, height = map(int, ratio.split(":"))
    return width / height
