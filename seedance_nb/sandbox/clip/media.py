"""Reading the pictures, videos and sounds that a clip refers to.

They come from outside: whatever cannot be read in reasonable time and memory is `None`, never an exception.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import av
import numpy as np
from av.audio.resampler import AudioResampler
from PIL import Image, ImageOps

from seedance_nb.sandbox.clip.matrix import Matrix, matrix_for
from seedance_nb.sandbox.clip.planes import F32, Planes, from_frame

RATE = 44_100
"""Samples per second of everything that sounds."""

LARGEST_PICTURE = 40_000_000
"""Pictures of more pixels are not opened."""

LARGEST_VIDEO = 3840 * 2400
"""Videos of more pixels in a frame are not opened."""

PLAYED = 48
"""How many frames of a video are read for its card."""

_UNTAGGED = 2
"""What a frame gives for its matrix when its file names none."""

_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    av.FFmpegError,
)


def picture(data: bytes, within: tuple[int, int]) -> Image.Image | None:
    """A picture in RGB, upright, decoded at least as large as `within` needs."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as opened:
                if opened.width * opened.height > LARGEST_PICTURE:
                    return None
                longest = max(within)
                opened.draft("RGB", (longest, longest))
                upright = ImageOps.exif_transpose(opened)
                if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
                    ground = Image.new("RGBA", upright.size, (128, 128, 128, 255))
                    ground.alpha_composite(upright.convert("RGBA"))
                    upright = ground
                return upright.convert("RGB")
    except _UNREADABLE:
        return None


def cover(image: Image.Image, width: int, height: int) -> Image.Image:
    """A picture that fills a size; what is too much is cut off evenly on both sides."""
    return ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)


def footage(data: bytes, width: int, height: int, matrix: Matrix) -> tuple[Planes, ...]:
    """The first frames of a video, filling an even size, one for every two of the file; none if it cannot be read.

    Its colours are converted to `matrix`, from the one that the file names or that a viewer assumes for it.
    """
    found: list[Planes] = []
    try:
        with av.open(io.BytesIO(data), mode="r") as container:
            stream = container.streams.video[0]
            if not 0 < stream.width * stream.height <= LARGEST_VIDEO:
                return ()
            stream.thread_type = "AUTO"
            for index, frame in enumerate(container.decode(stream)):
                if index >= PLAYED:
                    break
                if index % 2 == 0:
                    found.append(_covering(frame, width, height, matrix))
    except _UNREADABLE:
        pass
    return tuple(found)


def shape(data: bytes) -> float | None:
    """Width through height of a video, if it can be opened."""
    try:
        with av.open(io.BytesIO(data), mode="r") as container:
            stream = container.streams.video[0]
            return stream.width / stream.height if stream.width and stream.height else None
    except _UNREADABLE:
        return None


def _covering(frame: av.VideoFrame, width: int, height: int, matrix: Matrix) -> Planes:
    scale = max(width / frame.width, height / frame.height)
    wide = max(width, round(frame.width * scale / 2) * 2)
    tall = max(height, round(frame.height * scale / 2) * 2)
    named = int(frame.colorspace) != _UNTAGGED
    resized = frame.reformat(
        width=wide,
        height=tall,
        format="yuv420p",
        src_colorspace=None if named else matrix_for(frame.height).name,
        dst_colorspace=matrix.name,
        interpolation="AREA",
        src_color_range=int(frame.color_range),
        dst_color_range="MPEG",
    )
    whole = from_frame(resized)
    x, y = (wide - width) // 4, (tall - height) // 4
    half_x, half_y = width // 2, height // 2
    return Planes(
        whole.y[2 * y : 2 * y + height, 2 * x : 2 * x + width].copy(),
        whole.u[y : y + half_y, x : x + half_x].copy(),
        whole.v[y : y + half_y, x : x + half_x].copy(),
    )


def samples(data: bytes, seconds: float) -> F32 | None:
    """The beginning of a sound in mono, -1 to 1, at `RATE`."""
    wanted = int(seconds * RATE)
    parts: list[F32] = []
    count = 0
    try:
        with av.open(io.BytesIO(data), mode="r") as container:
            resampler = AudioResampler(format="flt", layout="mono", rate=RATE)
            for frame in container.decode(audio=0):
                for piece in resampler.resample(frame):
                    part = np.asarray(piece.to_ndarray(), np.float32).reshape(-1)
                    parts.append(part)
                    count += len(part)
                if count >= wanted:
                    break
    except _UNREADABLE:
        pass
    if not count:
        return None
    return np.clip(np.nan_to_num(np.concatenate(parts)[:wanted]), -1, 1)
