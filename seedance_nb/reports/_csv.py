"""Writing a table as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(cell: object) -> str:
    """A cell as text that a spreadsheet shows and does not run: a text that would begin a formula gets a quote first.

    Numbers stay as they are, also negative ones.

    >>> harmless("=cmd|' /C calc'!A0"), harmless(Decimal("-5.01")), harmless(None)
    ("'=cmd|' /C calc'!A0", '-5.01', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return format(cell, "f")
    text = str(cell)
    if isinstance(cell, int | float):
        return text
    # Spreadsheets skip blanks before they look for a formula.
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_BEGINS_A_FORMULA) else text


def write_csv(path: Path, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write a table in UTF-8 with a mark, which spreadsheets need in order to see that it is UTF-8."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([harmless(head) for head in heads])
        writer.writerows([harmless(cell) for cell in row] for row in rows)
    return path
