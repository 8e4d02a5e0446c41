"""Small pictures of media for looking at: a thumbnail, a strip of a clip, the outline of a sound."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO

from seedance_nb.content import Media, MediaKind
from seedance_nb.errors import MediaError
from seedance_nb.media._bytes import open_file, open_source
from seedance_nb.media._facts import Facts
from seedance_nb.media._frames import picture_of, small_jpeg
from seedance_nb.media._probe import probe, probe_file
from seedance_nb.media._signature import HEAD, signature
from seedance_nb.media._streams import container_of, reader

if TYPE_CHECKING:
    from av.container import InputContainer
    from PIL.Image import Image

THUMB_BYTES = 20_000
THUMB_SIDE = 256
STRIP_BYTES = 40_000
STRIP_FRAMES = 8
STRIP_SIDE = 192
PEAKS = 200
_DECODED_PIXELS = 64_000_000
_DECODED_IN_ALL = 800_000_000
"""Pixels of a clip, all frames together, up to which every frame is decoded; beyond, only key frames."""
_DECODED_ON_DEMAND = 4_000_000_000
"""The same where somebody waits for it: 15 seconds of 4k."""
_LONGEST_SOUND = 600


@dataclass(frozen=True, slots=True)
class Preview:
    """Something small to look at."""

    mime: str
    """`image/jpeg`, or `application/octet-stream` for peaks."""
    content: bytes = field(repr=False)
    """A JPEG; for a clip a strip of frames beside each other; for a sound the loudness of each part, 0 to 255."""
    width: int
    height: int
    frames: int = 1


def has_preview(facts: Facts | None) -> bool:
    """Whether there can be a preview of such a file."""
    if facts is None or facts.format in {"heic", "heif", "avif"}:
        return False
    return facts.pixels is None or facts.pixels <= _DECODED_PIXELS


def kind_of(path: str | os.PathLike[str]) -> MediaKind | None:
    """What the first bytes of a file say it is, or None if it is no known medium.

    Raises:
        MediaError: It cannot be opened.
    """
    with open_file(os.fspath(path)) as file:
        found = signature(file.read(HEAD))
    return found.kind if found is not None else None


def preview(item: Media) -> Preview:
    """A small preview of a local item.

    Raises:
        MediaError: It is behind an address, cannot be decoded, or is too large to.
    """
    facts = probe(item)
    if facts is None or not has_preview(facts):
        raise MediaError(f"There is no preview of {item.source.label!r}.")
    with open_source(item.source) as file:
        try:
            if facts.kind == "image":
                return _jpeg(_thumbnail(file, facts.format))
            if facts.kind == "video":
                return _strip(file, facts, STRIP_FRAMES, STRIP_SIDE, STRIP_BYTES, _DECODED_IN_ALL)
            return _outline(file, facts)
        except MediaError:
            raise
        # Decoders of a stranger's bytes raise whatever they stumble over.
        except Exception as exc:
            raise MediaError(f"No preview of {item.source.label!r} can be made: it is damaged or cut off.") from exc


def strip(path: str | os.PathLike[str], count: int, *, side: int = STRIP_SIDE, max_bytes: int = STRIP_BYTES) -> Preview:
    """Frames of a clip beside each other, spread over its length, the first among them.

    Args:
        path: The clip.
        count: How many; a clip that has fewer frames gives those.
        side: Pixels of a frame's longer side.
        max_bytes: The most bytes of the JPEG.

    Raises:
        MediaError: The clip cannot be opened or decoded.
    """
    facts = probe_file(path)
    with open_file(os.fspath(path)) as file:
        try:
            return _strip(file, facts, count, side, max_bytes, _DECODED_ON_DEMAND)
        except MediaError:
            raise
        # Decoders of a stranger's bytes raise whatever they stumble over.
        except Exception as exc:
            name = os.path.basename(path)
            raise MediaError(f"No preview of {name!r} can be made: it is damaged or cut off.") from exc


def _jpeg(picture: Image, *, frames: int = 1, max_bytes: int = THUMB_BYTES) -> Preview:
    from PIL import JpegImagePlugin

    content = small_jpeg(picture, max_bytes=max_bytes)
    width, height = JpegImagePlugin.JpegImageFile(io.BytesIO(content)).size
    return Preview("image/jpeg", content, width, height, frames)


def _thumbnail(file: BinaryIO, picture_format: str) -> Image:
    from PIL import Image, ImageOps

    Image.preinit()
    if picture_format.upper() not in Image.OPEN:
        Image.init()
    plugin, _ = Image.OPEN[picture_format.upper()]
    picture = plugin(file, b"")
    picture.draft("RGB", (THUMB_SIDE * 2, THUMB_SIDE * 2))
    picture.thumbnail((THUMB_SIDE, THUMB_SIDE))
    upright = ImageOps.exif_transpose(picture)
    if upright.mode in {"RGBA", "LA", "PA", "P"}:
        clear = upright.convert("RGBA")
        ground = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(ground, clear).convert("RGB")
    return upright.convert("RGB")


def _strip(file: BinaryIO, facts: Facts, count: int, side: int, max_bytes: int, decoded: int) -> Preview:
    from PIL import Image

    found = signature(file.read(HEAD))
    file.seek(0)
    with container_of(file, reader(found)) as container:
        pictures = list(_frames(container, facts, count, side, decoded))
    if not pictures:
        raise MediaError("The clip has no frame.")
    width, height = pictures[0].size
    whole = Image.new("RGB", (width * len(pictures), height))
    for place, picture in enumerate(pictures):
        whole.paste(picture, (place * width, 0))
    return _jpeg(whole, frames=len(pictures), max_bytes=max_bytes)


def _frames(container: InputContainer, facts: Facts, wanted: int, side: int, decoded: int) -> Iterator[Image]:
    """Frames spread over the clip, the first among them."""
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    count = max(facts.frames or 1, 1)
    if count * (facts.pixels or 0) > decoded:
        stream.codec_context.skip_frame = "NONKEY"
    across = facts.width or 1
    width = max(across * side // max(across, facts.height or 1), 1)
    start = stream.start_time or 0
    length = (facts.duration or Fraction(1)) / (stream.time_base or Fraction(1))
    shown = 0
    for frame in container.decode(stream):
        due = start + length * shown / wanted
        if frame.pts is None or frame.pts >= due:
            yield picture_of(frame, width)
            shown += 1
        if shown == wanted:
            return


def _outline(file: BinaryIO, facts: Facts) -> Preview:
    import av
    import numpy as np

    found = signature(file.read(HEAD))
    file.seek(0)
    loudest = np.zeros(PEAKS)
    seconds = float(min(facts.duration or 1, _LONGEST_SOUND))
    at = 0
    with container_of(file, reader(found)) as container:
        stream = container.streams.audio[0]
        mono = av.AudioResampler(format="fltp", layout="mono", rate=8_000)
        whole = max(int(seconds * 8_000), 1)
        for samples in _samples(container.decode(stream), mono):
            places = np.minimum((np.arange(at, at + samples.size) * PEAKS) // whole, PEAKS - 1)
            np.maximum.at(loudest, places, np.abs(samples))
            at += samples.size
            if at >= whole:
                break
    levels = np.clip(loudest * 255, 0, 255).astype(np.uint8)
    return Preview("application/octet-stream", levels.tobytes(), PEAKS, 255)


def _samples(frames: Iterator[Any], mono: Any) -> Iterator[Any]:
    for frame in frames:
        for made in mono.resample(frame):
            yield made.to_ndarray()[0]
