"""Tables and sentences in Markdown, with text in them that is only text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence

GENERATED = "<!-- Generated: python -m docs.pages -->"

_ADDRESS = re.compile(r"https?://[^\s,;<>()\"']+")
# An underscore within a word is one already.
_SPECIAL = re.compile(r"([\\`*\[\]<>|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", text)


def linked(text: str) -> str:
    """The same, with addresses as links."""
    found, last = [], 0
    for match in _ADDRESS.finditer(text):
        found += [plain(text[last : match.start()]), f"<{match[0]}>"]
        last = match.end()
    return "".join([*found, plain(text[last:])])


def code(text: object) -> str:
    """Text as code, also in a table."""
    return f"`{str(text).replace('|', chr(92) + '|')}`"


def codes(texts: Iterable[object]) -> str:
    """Several, each as code; a dash where there is none."""
    return ", ".join(map(code, texts)) or "–"


def read(source: str, day: dt.date) -> str:
    """Where something was read, and when."""
    return f"{linked(source)}, read {day.isoformat()}"


class Sources:
    """Where the facts of a section were read: a number at each fact, and the list below them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def cite(self, source: str, day: dt.date) -> str:
        """The number of a source, in parentheses."""
        return f"({self._numbers.setdefault(read(source, day), len(self._numbers) + 1)})"

    def listed(self) -> str:
        """The list."""
        return "\n".join(["Sources:", "", *(f"{number}. {text}" for text, number in self._numbers.items()), ""])


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown already."""
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*lines, ""])
