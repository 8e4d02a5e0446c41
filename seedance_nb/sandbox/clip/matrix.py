"""How red, green and blue become luma and chroma."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["BT601", "BT709", "HD_LINES", "OFFSETS", "Matrix", "matrix_for"]

Row = tuple[float, float, float]

HD_LINES = 720
"""From so many lines on, a browser takes a file that names no matrix for BT.709, and below for BT.601."""

OFFSETS: Row = (16.0, 128.0, 128.0)
"""What black has in luma and chroma, in limited range."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A colour matrix in limited range: luma from 16 to 235, chroma from 16 to 240."""

    name: Literal["ITU601", "ITU709"]
    """What PyAV calls it."""

    rows: tuple[Row, Row, Row]
    """Shares of red, green and blue in luma and both chromas; `OFFSETS` is added to the sums."""


def _limited(name: Literal["ITU601", "ITU709"], red: float, blue: float) -> Matrix:
    """The matrix whose luma has these shares of red and blue."""
    green = 1 - red - blue
    luma, chroma = 219 / 255, 224 / 255
    to_blue, to_red = chroma / (2 * (1 - blue)), chroma / (2 * (1 - red))
    return Matrix(
        name,
        (
            (luma * red, luma * green, luma * blue),
            (-to_blue * red, -to_blue * green, chroma / 2),
            (chroma / 2, -to_red * green, -to_red * blue),
        ),
    )


BT601 = _limited("ITU601", 0.299, 0.114)
BT709 = _limited("ITU709", 0.2126, 0.0722)


def matrix_for(height: int) -> Matrix:
    """The matrix that a viewer assumes for a file of that many lines which names none."""
    return BT709 if height >= HD_LINES else BT601
