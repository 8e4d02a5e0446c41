"""The token count of a clip, in whole numbers and fractions, never in floats.

The published estimate is seconds × width × height × 24 / 1024. What is billed has one frame more, the
one at the end of a clip, and is cut to whole tokens; this fits every usage value that has been seen.

Source: Ark, "Model prices", https://www.volcengine.com/docs/82379/1544106, and usage values of tasks
from April to August 2026, read 2026-11-20.
"""

from __future__ import annotations

from fractions import Fraction

FPS = 24
PER_TOKEN = 1024
"""Pixels of one frame to a token."""


def tokens(width: int, height: int, out_seconds: int | Fraction, in_seconds: int | Fraction = 0) -> int:
    """The tokens of a clip of so many pixels and seconds.

    >>> tokens(1280, 720, 5)
    108900
    >>> tokens(1280, 720, 4, in_seconds=4)
    173700

    Args:
        width: Pixels across.
        height: Pixels down.
        out_seconds: Length of the clip that is made.
        in_seconds: Length of all reference clips together; pictures, sounds and text are free.
    """
    return _cut(width * height * (FPS * (in_seconds + out_seconds) + 1))


def plain_tokens(width: int, height: int, out_seconds: int | Fraction, in_seconds: int | Fraction = 0) -> int:
    """The tokens by the published estimate, without the extra frame, as a reseller counts them.

    >>> plain_tokens(1280, 720, 5)
    108000

    Source: Atlas Cloud, Seedance 2.0 reference-to-video, model page, April 2026.
    """
    return _cut(width * height * FPS * (in_seconds + out_seconds))


def minimum_tokens(width: int, height: int, out_seconds: int) -> int:
    """The least that is billed when a reference clip goes in, however short it is.

    The clips count as at least two thirds of the length that comes out: in all ⌈5/3 × out⌉ seconds.

    >>> minimum_tokens(1280, 720, 5)
    194400
    """
    return _cut(width * height * FPS * minimum_seconds(out_seconds))


def minimum_seconds(out_seconds: int) -> int:
    """The seconds, in and out together, of that minimum."""
    return -(-5 * out_seconds // 3)


def _cut(pixels: int | Fraction) -> int:
    if isinstance(pixels, Fraction):
        return pixels.numerator // (pixels.denominator * PER_TOKEN)
    return pixels // PER_TOKEN
