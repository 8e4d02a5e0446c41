"""Reading workbooks back, by a library that did not write them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl


def value(cell: Any) -> Any:
    """What a cell holds; numbers as the shortest decimals that they are."""
    return Decimal(repr(cell.value)) if isinstance(cell.value, float) else cell.value


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """The rows of each sheet by its name."""
    book = openpyxl.load_workbook(path)
    return {sheet.title: [[value(cell) for cell in row] for row in sheet.iter_rows()] for sheet in book}


def cut(rows: list[list[Any]], *heads: str) -> list[list[Any]]:
    """Some columns of a sheet, by their headings."""
    places = [rows[0].index(head) for head in heads]
    return [[row[place] for place in places] for row in rows[1:]]
