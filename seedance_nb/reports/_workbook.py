"""A report as a workbook (.xlsx): a sheet a table, every number exact, and nothing in it that a spreadsheet would run.

Texts are written as texts whatever they begin with; there is no formula and no link in the file.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedance_nb.errors import ConfigurationError
from seedance_nb.money import symbol
from seedance_nb.reports._frame import is_missing, rows_of
from seedance_nb.reports._heads import head_of
from seedance_nb.reports._tables import Table
from seedance_nb.reports.reconciliation import KIND
from seedance_nb.words import Word, say

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS = 2**20 - 1
"""Of a sheet, below its heading. Source: Microsoft, "Excel specifications and limits", read 2026-11-26."""
LONGEST = 32_767
"""Characters of a cell; from the same page."""
DIGITS = 15
"""A number of so many digits comes back from a cell as it went in; one with more is written as text."""
_WIDEST, _LOOKED_AT = 48, 200
_TOO_LONG = "…"
_VALUES: Mapping[str, Mapping[str, Word]] = {
    "line": {
        "billed": Word("Billed", "report"),
        "together": Word("Together"),
        "not converted": Word("Not converted", "report"),
    },
    "kind": KIND,
}
"""Values that are words of ours, said in the reader's language."""
_COUNTS = re.compile(r"tasks|tokens|.*_tokens|tokens_.*|per")


class Book:
    """A workbook that is being written.

    Args:
        path: Where it goes.
        language: Of its headings.
        view: The currency that sums are seen in.
        title: For the file's properties.
        now: When it was made.

    Raises:
        ConfigurationError: The library that writes it is missing.
    """

    def __init__(self, path: Path, *, language: str, view: str, title: str, now: dt.datetime) -> None:
        self._book = _workbook(path)
        self._language, self._view = language, view
        self._formats: dict[str, Format] = {}
        self._names: set[str] = set()
        self._book.set_properties({"title": title, "created": now.replace(tzinfo=None)})

    def close(self) -> None:
        """Put the file together."""
        self._book.close()

    def text_sheet(self, name: str, lines: Iterable[tuple[str, ...]], table: Table | None = None) -> None:
        """A sheet of texts, a line a row, the first one large; and below them a table."""
        sheet = self._sheet(name)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 12, 18)
        row = 0
        for line in lines:
            for column, text in enumerate(line):
                sheet.write_string(row, column, _cell(text), self._format("@", title=row == 0))
            row += 1
        if table is not None:
            self._fill(sheet, table, row + 1)

    def sheet(self, table: Table) -> None:
        """A table in a sheet of its own, with a frozen heading and filters.

        Raises:
            ConfigurationError: It has more rows than a sheet can have.
        """
        rows, columns = table.frame.shape
        if rows > MOST_ROWS:
            raise ConfigurationError(
                f"{table.title}: {rows:,} rows are more than a sheet of a workbook has ({MOST_ROWS:,}). Nothing was "
                "written. Filter with since=, until= or others, or write '.parquet' or '.csv', which have no limit."
            )
        sheet = self._sheet(say(table.title, language=self._language))
        sheet.freeze_panes(1, 0)
        if columns:
            sheet.autofilter(0, 0, rows, columns - 1)
        for column, width in enumerate(self._widths(table)):
            sheet.set_column(column, column, width)
        self._fill(sheet, table, 0)

    def _sheet(self, name: str) -> Worksheet:
        # What Excel allows a sheet to be called: 31 characters, none of these, no other of the same name.
        plain = re.sub(r"[\[\]:*?/\\]", "-", name).strip("' ")[:31] or "-"
        number, shown = 2, plain
        while shown.casefold() in self._names:
            after = f" {number}"
            shown, number = plain[: 31 - len(after)] + after, number + 1
        self._names.add(shown.casefold())
        return self._book.add_worksheet(shown)

    def _heads(self, table: Table) -> list[str]:
        return [head_of(str(name), self._view, self._language) for name in table.frame.columns]

    def _widths(self, table: Table) -> list[float]:
        found = []
        for head, name in zip(self._heads(table), table.frame.columns, strict=True):
            column = table.frame[name].head(_LOOKED_AT)
            texts = ["2026-11-26 12:00:00"] if _kind(column.dtype) == "time" else [str(value) for value in column]
            widest = max(map(_width, [f"{head}  ▾", *texts]))
            found.append(float(min(_WIDEST, max(8, widest + 2))))
        return found

    def _fill(self, sheet: Worksheet, table: Table, top: int) -> None:
        frame = table.frame
        names = [str(name) for name in frame.columns]
        kinds = [_kind(frame[name].dtype) for name in frame.columns]
        for column, (head, kind) in enumerate(zip(self._heads(table), kinds, strict=True)):
            is_figure = kind == "number" or names[column] in table.money
            sheet.write_string(top, column, _cell(head), self._format("@", head=True, right=is_figure))
        plain = self._format("@")
        for place, row in enumerate(rows_of(frame), top + 1):
            cells = dict(zip(names, row, strict=True))
            for column, (name, kind) in enumerate(zip(names, kinds, strict=True)):
                value = row[column]
                if type(value) is str and name not in _VALUES:  # most cells are
                    sheet.write_string(place, column, _cell(value), plain)
                elif not is_missing(value):
                    self._write(sheet, place, column, name, kind, value, table.currency_of(name, cells))

    def _write(self, sheet: Worksheet, row: int, column: int, name: str, kind: str, value: Any, currency: str) -> None:
        if kind == "truth":
            sheet.write_boolean(row, column, bool(value), self._format("General"))
        elif kind == "time":
            sheet.write_datetime(row, column, value.to_pydatetime().replace(tzinfo=None), self._format(_TIME))
        elif kind == "number" or isinstance(value, Decimal):
            shape = _shape(currency, self._language) if isinstance(value, Decimal) else _count(name)
            if fits(value):
                sheet.write_number(row, column, value, self._format(shape))
            else:
                sheet.write_string(row, column, format(value, "f"), self._format("@", right=True))
        else:
            words = _VALUES.get(name, {})
            text = say(words[value], language=self._language) if value in words else str(value)
            sheet.write_string(row, column, _cell(text), self._format("@"))

    def _format(self, number: str, *, title: bool = False, head: bool = False, right: bool = False) -> Format:
        key = f"{number}{title}{head}{right}"
        if key not in self._formats:
            look: dict[str, Any] = {"num_format": number, "valign": "top"}
            look |= {"bold": True, "font_size": 16} if title else {}
            look |= {"bold": True, "bottom": 1, "text_wrap": True} if head else {}
            look |= {"align": "right"} if right else {}
            self._formats[key] = self._book.add_format(look)
        return self._formats[key]


_TIME = "yyyy-mm-dd hh:mm:ss"


def _workbook(path: Path) -> Workbook:
    try:
        import xlsxwriter
    except ImportError:
        raise ConfigurationError(
            'Workbooks are written by a package that is missing: pip install "seedance-nb[excel]". Nothing was '
            "written; '.html' and '.csv' need nothing more."
        ) from None
    quiet = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(str(path), {"constant_memory": True, **quiet})


def fits(value: Decimal | float) -> bool:
    """Whether a cell, which holds a double, gives the same number back.

    >>> fits(Decimal("5.0094")), fits(Decimal("12345678.12345678")), fits(2**62)
    (True, False, False)
    """
    if isinstance(value, float):
        return True
    exact = Decimal(value)
    return len(exact.normalize().as_tuple().digits) <= DIGITS


def _kind(dtype: Any) -> str:
    name = str(dtype)
    if name.startswith("datetime64"):
        return "time"
    if name in {"bool", "boolean"}:
        return "truth"
    return "number" if name.lower().startswith(("int", "float")) else "text"


def _shape(currency: str, language: str) -> str:
    """How an amount is shown: two places at least, and all that it has."""
    digits = "#,##0.00######"
    if not currency:
        return digits
    sign = symbol(currency).strip()
    if language == "fr":
        return f"{digits}\u00a0[${sign}]"
    return f"[${sign}]{digits}" if len(sign) == 1 else f"[${sign}] {digits}"


def _count(name: str) -> str:
    if name.startswith("seconds_"):
        return "#,##0.###"
    return "0.00" if name.endswith("_percent") else "#,##0" if _COUNTS.fullmatch(name) else "0"


def _cell(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + _TOO_LONG


def _width(text: str) -> int:
    line = max(text.split("\n"), key=len)[: 2 * _WIDEST]
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)
