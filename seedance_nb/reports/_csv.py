"""Writing a table as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

_BEGINS_A_FORMULA = re.compile(r"(?:^|[;\t\r\n])[\s\ufeff\"';]*(?=[=+\-@＝＋－＠])")
"""Also the wide signs, which spreadsheets in East Asia take for the narrow ones. And not only where a cell begins:
where a semicolon parts cells, as in much of Europe, one within a text begins a cell, and a new line a row, quotes or
not."""
_PARTS = re.compile(r"[;\t\r\n]")


def harmless(cell: object) -> str:
    """A cell as text that a spreadsheet shows and does not run: a text that would begin a formula gets a quote first.

    Numbers stay as they are, also negative ones.

    >>> harmless("=cmd|' /C calc'!A0"), harmless(Decimal("-5.01")), harmless(None), harmless("wide;=1+1")
    ("'=cmd|' /C calc'!A0", '-5.01', '', "wide;'=1+1")
    """
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return str(cell) if isinstance(cell, int | float) else _text(str(cell))


@lru_cache(4096)
def _text(text: str) -> str:
    # Spreadsheets skip blanks before they look for a formula.
    armless = _BEGINS_A_FORMULA.sub(_disarmed, text)
    return f"'{armless}" if armless.startswith(("\t", "\r", "\n")) else armless


def _disarmed(found: re.Match[str]) -> str:
    quoted = _PARTS.sub(r"\g<0>'", found[0])
    return f"'{quoted}" if found.start() == 0 else quoted


def write_csv(path: Path, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write a table in UTF-8 with a mark, which spreadsheets need in order to see that it is UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([harmless(head) for head in heads])
        writer.writerows([harmless(cell) for cell in row] for row in rows)
    return path
