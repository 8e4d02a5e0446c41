"""How charts look: one palette and one set of lines for light pages, dark pages and paper.

Lines and letters are `currentColor`, so that a chart takes the ink of the page it stands on.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Any

INK = "currentColor"
SERIES = ("#0072B2", "#D55E00", "#009E73", "#C2679A", "#8F55D6")
"""Blue, vermilion, green, purple and violet, after the palette that M. Okabe and K. Ito made for colour-blind readers
("Color Universal Design", 2008), the bright ones left out or darkened: each has three to one on white and on the dark
of notebooks. They are never alone: letters, shapes and names tell apart what they do."""
OTHERS = "#767676"
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross")
LETTERS = "ABCDE"
MOST = len(SERIES)
"""So many are told apart; the rest is one more, in grey."""

WIDTH = 640
HEIGHT = 220
FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'
_TEXT = {"color": INK, "fontSize": 12}
_AXIS = {
    "domainColor": INK,
    "domainOpacity": 0.35,
    "gridColor": INK,
    "gridOpacity": 0.13,
    "tickColor": INK,
    "tickOpacity": 0.35,
    "labelColor": INK,
    "labelOpacity": 0.85,
    "labelFontSize": 12,
    "titleColor": INK,
    "titleOpacity": 0.85,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
}
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": "transparent"},
    "title": {
        "anchor": "start",
        "frame": "group",
        "color": INK,
        "subtitleColor": INK,
        "fontSize": 15,
        "fontWeight": 600,
        "subtitleFontSize": 12,
        "subtitleLineHeight": 17,
        "subtitlePadding": 5,
        "offset": 12,
    },
    "axis": _AXIS,
    "legend": {
        "labelColor": INK,
        "labelFontSize": 12,
        "labelLimit": 310,
        "titleColor": INK,
        "symbolStrokeWidth": 0,
        "symbolSize": 120,
        "rowPadding": 3,
        "columnPadding": 14,
    },
    "text": {**_TEXT, "aria": False},
    # What has something to say has a description; axes, lines and labels would be read out as raw numbers.
    **{mark: {"aria": False} for mark in ("area", "line", "rule")},
    "style": {"guide-label": {"fill": INK}, "guide-title": {"fill": INK}},
    "concat": {"spacing": 28},
}
"""For Vega-Lite. Every colour is said, because a notebook's dark theme would say it otherwise."""
_LINE = 104
"""Letters in a line of a subtitle; a Chinese one counts for two."""


def ink_on(colour: str) -> str:
    """Black or white, whichever is read better on a colour of the palette."""
    return "#ffffff" if _luminance(colour) < 0.179 else "#000000"


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def name_of(value: object, most: int = 40) -> str:
    """What somebody called something, short, on one line, and fit for a picture's text."""
    text = "".join(" " if unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} else letter for letter in str(value))
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def names_of(values: Iterable[str]) -> dict[str, str]:
    """Several of these, each by what it is short for; two that are short for the same thing are numbered."""
    found: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for value in dict.fromkeys(values):
        name = name_of(value)
        counts[name] += 1
        found[value] = name if counts[name] == 1 else f"{name} ({counts[name]})"
    return found


def lines(text: str) -> list[str]:
    """A paragraph in lines that fit under a title."""
    found, line, width = [], "", 0
    for piece in _pieces(text):
        size = sum(2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1 for letter in piece)
        if line and width + size > _LINE:
            found.append(line.rstrip())
            line, width = piece.lstrip(), size
        else:
            line, width = line + piece, width + size
    return [*found, line.rstrip()] if line.strip() else found


def _pieces(text: str) -> list[str]:
    """Words with the blank after them, and single Chinese letters with the sign that may not begin a line."""
    pieces: list[str] = []
    for letter in text:
        is_wide = unicodedata.east_asian_width(letter) in {"W", "F"}
        may_not_begin = letter in "，。、；：！？）》」%"
        if pieces and (may_not_begin or not (is_wide or pieces[-1].endswith(" ") or _is_wide_end(pieces[-1]))):
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def _is_wide_end(piece: str) -> bool:
    return unicodedata.east_asian_width(piece[-1]) in {"W", "F"}
