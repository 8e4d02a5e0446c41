"""Pictures as three planes, and patches laid over them.

A frame is drawn directly in the colour space of the encoder, so that no frame is converted as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from seedance_nb.sandbox.clip.matrix import OFFSETS, Matrix

U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
F32 = npt.NDArray[np.float32]
Colour = tuple[float, float, float]
"""Red, green and blue, each 0 to 255."""

_EXACT = 0x2 | 0x2000 | 0x40000
"""FFmpeg's numbers for bilinear scaling with chroma at full width and accurate rounding."""


@dataclass(frozen=True, slots=True)
class Planes:
    """Luma at full size and two chroma planes at half size, in limited range."""

    y: U8
    u: U8
    v: U8

    @classmethod
    def blank(cls, width: int, height: int) -> Planes:
        """A black picture."""
        return cls(
            np.full((height, width), 16, np.uint8),
            np.full((height // 2, width // 2), 128, np.uint8),
            np.full((height // 2, width // 2), 128, np.uint8),
        )

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.y.shape[0])

    def paste(self, other: Planes, x: int = 0, y: int = 0) -> None:
        """Copy another picture to an even position; it must fit."""
        self.y[y : y + other.height, x : x + other.width] = other.y
        cy, cx = y // 2, x // 2
        self.u[cy : cy + other.u.shape[0], cx : cx + other.u.shape[1]] = other.u
        self.v[cy : cy + other.v.shape[0], cx : cx + other.v.shape[1]] = other.v


def to_yuv(colour: Colour, matrix: Matrix) -> Colour:
    """A colour in the encoder's space."""
    y, u, v = (
        sum(part * share for part, share in zip(colour, row, strict=True)) + offset
        for row, offset in zip(matrix.rows, OFFSETS, strict=True)
    )
    return (y, u, v)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """A colour between two, `share` of the way to the other."""
    a, b, c = (p + (q - p) * share for p, q in zip(one, other, strict=True))
    return (a, b, c)


def from_frame(frame: av.VideoFrame) -> Planes:
    """A decoded yuv420p frame as planes."""
    y, u, v = views(frame)
    return Planes(y, u, v)


def views(frame: av.VideoFrame) -> tuple[U8, U8, U8]:
    """The planes of a yuv420p frame, writable in place."""
    found = []
    for index, plane in enumerate(frame.planes):
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)  # type: ignore[call-overload]
        small = 1 if index else 0
        found.append(rows[: frame.height >> small, : frame.width >> small])
    y, u, v = found
    return y, u, v


def from_image(image: Image.Image, matrix: Matrix) -> Planes:
    """An RGB picture of even size as planes."""
    frame = av.VideoFrame.from_ndarray(np.asarray(image.convert("RGB")), format="rgb24")
    return from_frame(frame.reformat(format="yuv420p", dst_colorspace=matrix.name))


def to_image(frame: av.VideoFrame, matrix: Matrix, *, exact: bool = False) -> Image.Image:
    """A frame that was drawn with a matrix as an RGB picture.

    As a decoder's quick way gives it, about one level too dark, or exact, so that `from_image` restores its luma.
    """
    way = _EXACT if exact else None
    return Image.fromarray(frame.to_ndarray(format="rgb24", src_colorspace=matrix.name, interpolation=way))


def channel(rgb: F32, index: int, matrix: Matrix) -> F32:
    """Luma (0) or one chroma (1, 2) of colours along the last axis."""
    return np.asarray(rgb @ np.asarray(matrix.rows[index], np.float32) + np.float32(OFFSETS[index]), np.float32)


def _halve(plane: F32) -> F32:
    rows = plane[0::2] + plane[1::2]
    return np.asarray((rows[:, 0::2] + rows[:, 1::2]) * np.float32(0.25), np.float32)


@dataclass(frozen=True, slots=True)
class Patch:
    """A small picture with transparency, ready to be laid over a frame.

    Colours are multiplied by their opacity (0 to 256) beforehand, so that laying costs one product and one sum.
    """

    y: U16
    u: U16
    v: U16
    opacity: U16
    opacity_half: U16

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.y.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.y.shape[0])

    def faded(self, share: float) -> Patch:
        """The same patch with `share` of its opacity."""
        part = np.uint16(max(0, min(256, round(share * 256))))
        return Patch(*(_scaled(plane, part) for plane in (self.y, self.u, self.v, self.opacity, self.opacity_half)))

    def lay(self, on: Planes, x: int, y: int) -> None:
        """Blend the patch over a frame; what lies outside is cut off."""
        x, y = x & ~1, y & ~1
        lay(on.y, self.y, self.opacity, x, y)
        lay(on.u, self.u, self.opacity_half, x // 2, y // 2)
        lay(on.v, self.v, self.opacity_half, x // 2, y // 2)


def patch(image: Image.Image, matrix: Matrix) -> Patch:
    """An RGBA picture as a patch; odd sizes grow by a transparent line."""
    width, height = image.width + image.width % 2, image.height + image.height % 2
    canvas = Image.new("RGBA", (width, height))
    canvas.paste(image.convert("RGBA"), (0, 0))
    pixels = np.asarray(canvas, np.float32)
    alpha = pixels[..., 3] * np.float32(256 / 255)
    rgb = pixels[..., :3]
    y, u, v = (channel(rgb, index, matrix) for index in range(3))
    return Patch(
        (y * alpha).astype(np.uint16),
        _halve(u * alpha).astype(np.uint16),
        _halve(v * alpha).astype(np.uint16),
        alpha.astype(np.uint16),
        _halve(alpha).astype(np.uint16),
    )


def _scaled(plane: U16, part: np.uint16) -> U16:
    return ((plane.astype(np.uint32) * part) >> 8).astype(np.uint16)


def lay(on: U8, colour: U16, opacity: U16, x: int, y: int) -> None:
    """Blend one plane over another; `colour` is multiplied by `opacity` (0 to 256) already."""
    top, left = max(0, -y), max(0, -x)
    bottom, right = min(colour.shape[0], on.shape[0] - y), min(colour.shape[1], on.shape[1] - x)
    if top >= bottom or left >= right:
        return
    below = on[y + top : y + bottom, x + left : x + right]
    keep = np.uint16(256) - opacity[top:bottom, left:right]
    np.multiply(below, keep, out=keep, dtype=np.uint16, casting="unsafe")
    keep += colour[top:bottom, left:right]
    below[...] = keep >> 8
