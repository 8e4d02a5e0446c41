"""Lettering: the shipped font, clean strings, and lines that fit."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

FONT = Path(__file__).parent.parent / "fonts" / "NotoSansCJKsc-Regular-subset.otf"

READ = 1_200
"""No caption shows more characters than this, so no more are looked at."""

_NOT_FIRST = frozenset("，。、；：！？）》」』】〕…,.;:!?)]}’”%")
_NOT_LAST = frozenset("（《「『【〔([{‘“")


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont:
    """The sandbox's font in a size in pixels."""
    return ImageFont.truetype(str(FONT), size, layout_engine=ImageFont.Layout.BASIC)


def clean(text: str) -> str:
    """A text on one line with only what the font can show.

    White space becomes single spaces; control characters, emoji and scripts without glyphs are left out.
    """
    shown = []
    for char in unicodedata.normalize("NFC", text[:READ]):
        if char.isspace():
            shown.append(" ")
        elif unicodedata.category(char)[0] not in "CM" and _has_glyph(char):
            shown.append(char)
    return " ".join("".join(shown).split())


@lru_cache(maxsize=4096)
def _has_glyph(char: str) -> bool:
    return _shape(char) != _shape("\uffff")


def _shape(char: str) -> tuple[tuple[int, int], bytes]:
    mask = font(20).getmask(char)
    return mask.size, bytes(mask)


@lru_cache(maxsize=8192)
def _advance(char: str, size: int) -> float:
    return font(size).getlength(char)


def length(text: str, size: int) -> float:
    """How wide a text is, in pixels."""
    return sum(_advance(char, size) for char in text)


def wrap(text: str, size: int, width: float, lines: int) -> list[str]:
    """Break a clean text into at most `lines` lines; what does not fit ends in an ellipsis."""
    found: list[str] = []
    rest = text
    while rest and len(found) < lines:
        cut = _cut(rest, size, width)
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        found[-1] = shorten(found[-1] + " " + rest, size, width)
    return found


def shorten(text: str, size: int, width: float) -> str:
    """A text that fits into a width, with an ellipsis if something is left out."""
    if length(text, size) <= width:
        return text
    room = width - _advance("…", size)
    end, used = 0, 0.0
    while end < len(text) and used + _advance(text[end], size) <= room:
        used += _advance(text[end], size)
        end += 1
    return text[:end].rstrip() + "…"


def _cut(text: str, size: int, width: float) -> int:
    """Where to break a line: after a word, or between two Chinese characters."""
    used, end = 0.0, 0
    while end < len(text) and used + _advance(text[end], size) <= width:
        used += _advance(text[end], size)
        end += 1
    if end >= len(text):
        return len(text)
    for place in range(end, max(end // 2, 0), -1):
        before, after = text[place - 1], text[place]
        spaced = before == " " or after == " " or before > "⺀" or after > "⺀"
        if spaced and after not in _NOT_FIRST and before not in _NOT_LAST:
            return place
    return max(end, 1)
