"""Single frames of a clip as pictures: a small poster, and the exact last frame."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO

from seedance_nb.errors import MediaError
from seedance_nb.media._bytes import open_file
from seedance_nb.media._signature import HEAD, signature
from seedance_nb.media._streams import container_of, reader
from seedance_nb.words import Sentence

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from PIL.Image import Image

POSTER_WIDTH = 480
POSTER_BYTES = 30_000
_QUALITIES = (85, 75, 65, 50, 35)
_SMALLEST = 64
_UNSPECIFIED = 2
_HD_LINES = 720


def poster(path: str | os.PathLike[str], *, width: int = POSTER_WIDTH, max_bytes: int = POSTER_BYTES) -> bytes:
    """A JPEG of the first frame, small enough to put into a notebook.

    Args:
        path: The clip.
        width: The most pixels across. A smaller clip is not enlarged.
        max_bytes: The most bytes; quality goes down first, then the size.

    Raises:
        MediaError: The clip cannot be opened or decoded.
    """
    return small_jpeg(_frame(path, last=False, width=width), max_bytes=max_bytes)


def small_jpeg(picture: Image, *, max_bytes: int) -> bytes:
    """A picture as a JPEG of at most so many bytes, if that can be."""
    while True:
        for quality in _QUALITIES:
            content = _encoded(picture, "JPEG", quality=quality, optimize=True)
            if len(content) <= max_bytes:
                return content
        if picture.width <= _SMALLEST:
            return content
        picture = picture.resize((max(picture.width * 3 // 4, 1), max(picture.height * 3 // 4, 1)))


def last_frame(path: str | os.PathLike[str]) -> bytes:
    """The last frame that a player shows, as a PNG of full size.

    Raises:
        MediaError: The clip cannot be opened or decoded.
    """
    return png(_frame(path, last=True, width=None))


def frame(path: str | os.PathLike[str], index: int) -> bytes:
    """One frame of a clip, as a PNG of full size.

    Args:
        path: The clip.
        index: Its place in the order in which frames are shown, from 0; a negative one counts from the end, so that
            -1 is `last_frame`.

    Raises:
        MediaError: The clip cannot be opened or decoded, or has no such frame.
    """
    from seedance_nb.media._clip import opened

    if index == -1:
        return last_frame(path)
    with opened(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        moments = sorted(packet.pts or 0 for packet in container.demux(stream) if packet.size and not packet.is_discard)
        place = index + len(moments) if index < 0 else index
        if not 0 <= place < len(moments):
            raise MediaError(
                Sentence(
                    "{name!r} has {count} frames, numbered from 0; there is no frame {index}.",
                    name=os.path.basename(path),
                    count=len(moments),
                    index=index,
                )
            )
        return png(picture_of(_frame_at(container, stream, moments, place), None))


def _frame_at(container: InputContainer, stream: VideoStream, moments: list[int], place: int) -> VideoFrame:
    """Decode from the key frame before it; from the beginning where the moments do not tell frames apart."""
    if len(set(moments)) == len(moments):
        container.seek(moments[place], stream=stream, backward=True)
        for found in container.decode(stream):
            if found.pts is not None and found.pts >= moments[place]:
                if found.pts == moments[place]:
                    return found
                break
    container.seek(moments[0], stream=stream, backward=True)
    for number, found in enumerate(container.decode(stream)):
        if number == place:
            return found
    raise MediaError("The clip has no such frame.")


def blank(width: int, height: int) -> bytes:
    """A black PNG of a size, a few hundred bytes of it: stands in for a picture that is not there yet."""
    from PIL import Image as pictures

    return png(pictures.new("1", (width, height)))


def png(picture: Image) -> bytes:
    """A picture as a PNG."""
    return _encoded(picture, "PNG")


def _encoded(picture: Image, picture_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, picture_format, **options)
    return out.getvalue()


def _frame(path: str | os.PathLike[str], *, last: bool, width: int | None) -> Image:
    with open_file(os.fspath(path)) as file:
        try:
            return _decoded(file, last=last, width=width)
        # Decoders of a stranger's bytes raise whatever they stumble over.
        except Exception as exc:
            raise MediaError(
                f"No frame of {os.path.basename(path)!r} can be shown: it is not a clip, or it is damaged or cut off."
            ) from exc


def _decoded(file: BinaryIO, *, last: bool, width: int | None) -> Image:
    found = signature(file.read(HEAD))
    file.seek(0)
    with container_of(file, reader(found)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        frame = latest_frame(container, stream) if last else next(container.decode(stream))
        return picture_of(frame, width)


def latest_frame(container: InputContainer, stream: VideoStream) -> VideoFrame:
    """The frame shown last, decoded from the key frame before it."""
    if stream.duration:
        container.seek((stream.start_time or 0) + stream.duration, stream=stream, backward=True)
    frame = _latest(container, stream)
    if frame is None:
        container.seek(0)
        frame = _latest(container, stream)
    if frame is None:
        raise MediaError("The clip has no frame.")
    return frame


def _latest(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    latest: VideoFrame | None = None
    for frame in container.decode(stream):
        if latest is None or frame.pts is None or latest.pts is None or frame.pts >= latest.pts:
            latest = frame
    return latest


def picture_of(frame: VideoFrame, width: int | None) -> Image:
    """The frame in the colours in which a browser shows it, upright."""
    # Seedance's files do not name their colour matrix, and FFmpeg then guesses BT.601 for all;
    # browsers guess BT.709 from 720 lines on. Seen in files of 2026-07.
    matrix = "ITU709" if int(frame.colorspace) == _UNSPECIFIED and frame.height >= _HD_LINES else None
    across, down = frame.width, frame.height
    sideways = round(frame.rotation / 90) % 2 == 1
    shown = down if sideways else across
    if width is not None and shown > width:
        across, down = max(across * width // shown, 1), max(down * width // shown, 1)
    picture: Image = frame.to_image(width=across, height=down, src_colorspace=matrix)  # type: ignore[no-untyped-call]
    return picture.rotate(frame.rotation, expand=True) if round(frame.rotation) else picture
