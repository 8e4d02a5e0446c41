"""Frames of a clip encoded anew as H.264, in the colours in which they were shown."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from seedance_nb.errors import MediaError
from seedance_nb.media._clip import opened
from seedance_nb.media._frames import picture_of
from seedance_nb.words import Sentence

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.frame import VideoFrame

PRESET, QUALITY = "veryfast", "18"
"""Of x264. Quality is near what the eye cannot tell apart; the preset is what a person can wait for."""
THREADS = "4"
"""Of x264, on every machine: what it makes depends on how many there are, and names them in the file."""
_UNSPECIFIED = 2
_HD_LINES = 720
_BT709 = 1
_BT601 = 6
_SCALER = {1: "ITU709", 5: "ITU601", 6: "SMPTE170M", 7: "SMPTE240M", 9: "BT2020", 10: "BT2020"}
"""The scaler's names for the matrices that files name by number (ITU-T H.273)."""
_FULL = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """How the frames of a clip are shown."""

    width: int
    height: int
    rate: Fraction
    """Frames a second."""
    time_base: Fraction
    matrix: int
    primaries: int
    transfer: int
    is_full_range: bool
    """Whether brightness goes from 0 to 255, and not from 16 to 235."""
    is_turned: bool
    """Whether the file asks for a rotation; width and height are as shown after it."""


def shape_of(path: str | os.PathLike[str]) -> Shape:
    """How the frames of a clip are shown, by its first one.

    Raises:
        MediaError: None of them can be decoded.
    """
    with opened(path) as container:
        stream = container.streams.video[0]
        frame = next(container.decode(stream), None)
        if frame is None:
            raise MediaError(Sentence("There is no picture in {name!r}.", name=os.path.basename(path)))
        turned = round(frame.rotation) != 0
        width, height = frame.width, frame.height
        if round(frame.rotation / 90) % 2:
            width, height = height, width
        return Shape(
            width=width,
            height=height,
            rate=Fraction(stream.average_rate or stream.guessed_rate or 24),
            time_base=Fraction(stream.time_base or Fraction(1, 90_000)),
            # What is turned goes by way of RGB, and so may become what is usual.
            matrix=_BT709 if turned else _matrix(frame),
            primaries=int(frame.color_primaries),
            transfer=int(frame.color_trc),
            is_full_range=int(frame.color_range) == _FULL or frame.format.name.startswith("yuvj"),
            is_turned=turned,
        )


def _matrix(frame: VideoFrame) -> int:
    """The matrix that the frame names, else the one that browsers assume."""
    named = int(frame.colorspace)
    if named in _SCALER:
        return named
    return _BT709 if frame.height >= _HD_LINES else _BT601


class H264:
    """Pictures on their way into a new clip.

    Args:
        container: The clip.
        shape: How its frames are to be shown.
        time_base: In which the moments of its frames are counted.
    """

    def __init__(self, container: OutputContainer, shape: Shape, *, time_base: Fraction) -> None:
        self._container = container
        self._shape = shape
        stream = container.add_stream("libx264", rate=shape.rate)
        stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, "yuv420p"
        stream.options = {"preset": PRESET, "crf": QUALITY, "threads": THREADS}
        context = stream.codec_context
        context.time_base = time_base
        context.colorspace = shape.matrix
        context.color_primaries = shape.primaries
        context.color_trc = shape.transfer
        context.color_range = _FULL if shape.is_full_range else 1
        self._stream = stream
        self.frames = 0
        """How many have been written."""

    def write(self, frame: VideoFrame, pts: int | None) -> None:
        """Add a frame at a moment; what is of another shape is fitted in, with black around it."""
        made = self._fitted(frame)
        made.pts, made.time_base = pts, self._stream.codec_context.time_base
        made.pict_type = 0  # the encoder decides which frames stand alone
        self.frames += 1
        self._container.mux(self._stream.encode(made))

    def finish(self) -> None:
        """No more comes."""
        self._container.mux(self._stream.encode(None))

    def _fitted(self, frame: VideoFrame) -> VideoFrame:
        import av

        shape = self._shape
        if round(frame.rotation):
            frame = av.VideoFrame.from_image(picture_of(frame, None))  # type: ignore[no-untyped-call]
        scale = min(Fraction(shape.width, frame.width), Fraction(shape.height, frame.height))
        across, down = _even(frame.width * scale), _even(frame.height * scale)
        # A pixel of difference in shape is rounding, not another shape.
        if shape.width - across <= 2 and shape.height - down <= 2:
            across, down = shape.width, shape.height
        made = frame.reformat(
            across,
            down,
            "yuv420p",
            src_colorspace=None if frame.format.name.startswith(("rgb", "gbr")) else _SCALER[_matrix(frame)],
            dst_colorspace=_SCALER[shape.matrix],
            dst_color_range="JPEG" if shape.is_full_range else "MPEG",
            interpolation="BICUBIC",
        )
        return made if (across, down) == (shape.width, shape.height) else self._framed(made)

    def _framed(self, small: VideoFrame) -> VideoFrame:
        """A smaller frame in the middle of a black one."""
        import av
        import numpy as np

        shape = self._shape
        planes: list[Any] = []
        for index, plane in enumerate(small.planes):
            part = 1 if index == 0 else 2
            ground = np.full((shape.height // part, shape.width // part), 128 if index else 16, np.uint8)
            picture = np.frombuffer(bytes(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
            top = (shape.height - small.height) // 4 * 2 // part
            left = (shape.width - small.width) // 4 * 2 // part
            ground[top : top + plane.height, left : left + plane.width] = picture
            planes.append(ground)
        whole = av.VideoFrame(shape.width, shape.height, "yuv420p")
        for plane, ground in zip(whole.planes, planes, strict=True):
            rows = np.zeros((plane.height, plane.line_size), np.uint8)
            rows[:, : plane.width] = ground
            plane.update(rows.tobytes())
        return whole


def _even(size: float | Fraction) -> int:
    return max(int(size) // 2 * 2, 2)
