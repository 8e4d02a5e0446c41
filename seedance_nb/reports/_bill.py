"""A provider's bill, read with suspicion: a table that somebody exported in some encoding and notation.

Cells are text and stay text until a number, a time or an id is needed of them. Nothing in a cell is ever evaluated.
What cannot be read is told line by line.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

from seedance_nb.errors import BillError

Field = Literal["task_id", "amount", "currency", "tokens", "at", "model"]
MOST_BYTES = 256 * 2**20
MOST_LINES = 2_000_000
LONGEST_CELL = 131_072
_ENCODINGS = ("utf-8-sig", "gb18030")
_NAMES: dict[Field, tuple[str, ...]] = {
    "task_id": ("task_id", "taskid", "task id", "任务id", "任务编号", "prediction_id", "prediction id", "execution_id"),
    "amount": (
        *("amount", "cost", "payable amount", "payableamount", "paid amount", "total", "charge"),
        *("应付金额", "费用", "金额", "消费金额", "实付金额"),
    ),
    "currency": ("currency", "币种", "货币"),
    "tokens": ("tokens", "total_tokens", "completion_tokens", "token", "usage", "用量", "token用量", "tokens用量"),
    "at": (
        *("time", "created_at", "created", "billed_at", "timestamp", "date", "end_time", "finished_at"),
        *("时间", "消费时间", "创建时间", "结束时间", "日期"),
    ),
    "model": ("model", "model_id", "模型", "模型名称"),
}
"""What columns are often called. These are names seen in tables, not a provider's documented form: none of the bills of
these providers has a documented form. What was taken for what is told in `Bill.read_as`."""
_SYMBOLS = {
    **dict.fromkeys(("¥", "￥", "元", "RMB", "人民币"), "CNY"),
    **dict.fromkeys(("$", "US$", "美元"), "USD"),
    "€": "EUR",
}
_NUMBER = re.compile(r"(?P<sign>[-+−]?)(?P<digits>[0-9][0-9.,' \u00a0\u202f\u2009]*|[.,][0-9]+)")
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_MANGLED = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")
"""What a spreadsheet makes of a long number: it is no id any more."""


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a bill."""

    number: int
    """In the file, the heading being line 1; in a frame, the row counted from 0."""
    task_id: str = ""
    """Empty: the line names no task."""
    amount: Decimal | None = None
    currency: str = ""
    tokens: int | None = None
    at: dt.datetime | None = None
    model: str = ""
    places: int = 0
    """Decimal places that the amount was written with."""
    is_day: bool = False
    """Whether `at` is where a day begins of which no hour was said."""
    trouble: str = ""
    """What could not be read."""


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill that was read."""

    lines: tuple[BillLine, ...]
    read_as: dict[str, str]
    """Which column was taken for what."""


def read_bill(
    source: object,
    *,
    columns: Mapping[str, str] | None = None,
    currency: str = "",
    zone: dt.tzinfo = dt.UTC,
    decimal: str = "",
    encoding: str = "",
) -> Bill:
    """Read a bill.

    Args:
        source: A path, bytes, or a data frame.
        columns: Which column is what, `{"task_id": "任务ID", "amount": "应付金额"}`; the rest is known by its name.
        currency: Of amounts that do not say theirs.
        zone: Of times that do not say theirs.
        decimal: The decimal sign, `.` or `,`; empty: by what the numbers look like.
        encoding: Of the file; empty: UTF-8, else GB 18030 (which GBK and GB 2312 are part of), or UTF-16 by its mark.

    Raises:
        BillError: It cannot be read as a table, or too little is known of it.
    """
    if decimal not in {"", ".", ","}:
        raise BillError(f"decimal={decimal!r} is no decimal sign; it is '.' or ','.")
    if hasattr(source, "columns") and hasattr(source, "to_dict"):
        heads, rows = _of_frame(source)
        first = 0
    else:
        heads, rows = _of_text(_text(_bytes(source), encoding))
        first = 2
    chosen = _chosen(heads, columns or {})
    read = _Reader(chosen, currency, zone, decimal)
    lines = []
    for number, row in enumerate(rows, first):
        if number - first >= MOST_LINES:
            raise BillError(f"The bill has more than {MOST_LINES:,} lines. Split it by month.")
        if any(cell.strip() for cell in row):
            lines.append(read.line(number, row))
    return Bill(tuple(lines), {field: heads[place] for field, place in chosen.items()})


# -- from bytes to cells --


def _bytes(source: object) -> bytes:
    if isinstance(source, bytes | bytearray):
        data = bytes(source)
    elif isinstance(source, str | os.PathLike):
        data = _file(Path(source))
    else:
        raise BillError(f"A bill is a path, bytes or a data frame, not {type(source).__name__}.")
    if len(data) > MOST_BYTES:
        raise BillError(f"The bill is larger than {MOST_BYTES // 2**20} MiB. Split it by month.")
    if data[:4] == b"PK\3\4" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise BillError(
            "This is a spreadsheet and no CSV. Save it as CSV (UTF-8), or read it with pandas.read_excel(…, dtype=str)."
        )
    return data


def _file(path: Path) -> bytes:
    try:
        path = path.expanduser()
        is_there = path.is_file()
        size = path.stat().st_size if is_there else 0
        data = path.read_bytes() if is_there and size <= MOST_BYTES else b""
    except (OSError, RuntimeError, ValueError) as exc:
        raise BillError(f"The bill cannot be read: {type(exc).__name__}. Nothing was compared.") from exc
    if not is_there:
        raise BillError(f"There is no file {str(path)[:200]!r}. Nothing was compared.")
    if size > MOST_BYTES:
        raise BillError(f"The bill is larger than {MOST_BYTES // 2**20} MiB. Split it by month.")
    return data


def _text(data: bytes, encoding: str) -> str:
    if not encoding and data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        encoding = "utf-16"
    for name in (encoding,) if encoding else _ENCODINGS:
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    raise BillError(
        f"The bill is not written in {encoding or ' or '.join(_ENCODINGS)}. Say in which one: encoding='…'."
    )


def _of_text(text: str) -> tuple[list[str], Iterator[list[str]]]:
    text = text.lstrip("\ufeff")
    head = text.partition("\n")[0]
    delimiter = max(",;\t|", key=head.count)
    if text[:4].lower() == "sep=":  # a hint for spreadsheets
        delimiter = text[4]
        text = text.partition("\n")[2]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = _safe(reader)
    for row in rows:
        if any(cell.strip() for cell in row):
            return [_plain(cell) for cell in row], rows
    raise BillError("The bill is empty. Nothing was compared.")


def _safe(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    # The limit of the csv module is the process's own; a longer cell is an error of its.
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            raise BillError(f"The bill is no table in CSV: {exc}. Nothing was compared.") from exc
        yield row


def _of_frame(frame: Any) -> tuple[list[str], Iterator[list[str]]]:
    heads = [str(name) for name in frame.columns]

    def rows() -> Iterator[list[str]]:
        for row in frame.itertuples(index=False, name=None):
            yield ["" if _is_missing(cell) else str(cell) for cell in row]

    return heads, rows()


def _is_missing(cell: Any) -> bool:
    if cell is None or type(cell).__name__ in {"NAType", "NaTType"}:
        return True
    return bool(isinstance(cell, float) and cell != cell)


def _chosen(heads: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Which column is what."""
    for field in columns:
        if field not in _NAMES:
            raise BillError(f"columns= knows {', '.join(_NAMES)}, and not {str(field)[:80]!r}.")
    plain = [_plain(head).casefold() for head in heads]
    found: dict[str, int] = {}
    for field, names in _NAMES.items():
        wanted = columns.get(field)
        if wanted is not None:
            if _plain(wanted).casefold() not in plain:
                listed = ", ".join(repr(head[:40]) for head in heads[:30])
                raise BillError(f"The bill has no column {wanted[:80]!r}. It has {listed}.")
            found[field] = plain.index(_plain(wanted).casefold())
            continue
        matching = [plain.index(name) for name in names if name in plain]
        if matching:
            found[field] = matching[0]
    if "amount" not in found and "tokens" not in found:
        listed = ", ".join(repr(head[:40]) for head in heads[:30])
        raise BillError(
            f"No column of the bill is known to hold amounts or tokens. It has {listed}. "
            'Say which: columns={"task_id": "…", "amount": "…"}.'
        )
    if "task_id" not in found and not {"at", "tokens"} <= found.keys():
        raise BillError(
            "No column of the bill names tasks, and without that it takes times and tokens to tell them. "
            'Say which columns: columns={"task_id": "…"} or columns={"at": "…", "tokens": "…"}.'
        )
    return found


def _plain(cell: str) -> str:
    """A cell as what it says: without the quotes that keep a spreadsheet from reading it as a number."""
    text = unicodedata.normalize("NFKC", cell).strip().strip("\ufeff\u200b\t ")
    if found := _EXCEL_TEXT.fullmatch(text):
        text = found[1].replace('""', '"')
    return text.removeprefix("'").strip()


# -- from cells to values --


class _Reader:
    """Reads lines of one bill."""

    def __init__(self, chosen: Mapping[str, int], currency: str, zone: dt.tzinfo, decimal: str) -> None:
        self._chosen, self._currency, self._zone, self._decimal = chosen, currency, zone, decimal

    def line(self, number: int, row: Sequence[str]) -> BillLine:
        """One line; what cannot be read of it is named in it."""
        cells = {field: _plain(row[place]) if place < len(row) else "" for field, place in self._chosen.items()}
        troubles = [f"{field} {cell[:40]!r}" for field, cell in cells.items() if len(cell) > LONGEST_CELL]
        amount, places, own = None, 0, ""
        if cell := cells.get("amount", ""):
            try:
                amount, places, own = self._amount(cell)
            except ValueError:
                troubles.append(f"amount {cell[:40]!r}")
        tokens = None
        if cell := cells.get("tokens", ""):
            try:
                tokens = self._tokens(cell)
            except ValueError:
                troubles.append(f"tokens {cell[:40]!r}")
        at, is_day = None, False
        if cell := cells.get("at", ""):
            at = _time(cell, self._zone)
            is_day = at is not None and re.search(r"\d:\d|^\d{10,13}$|T\d", cell) is None
            if at is None:
                troubles.append(f"at {cell[:40]!r}")
        if amount is None and tokens is None and not troubles:
            troubles.append("neither an amount nor tokens")
        task_id = cells.get("task_id", "")
        if _MANGLED.fullmatch(task_id):
            task_id = ""
        said = cells.get("currency", "")
        return BillLine(
            number=number,
            task_id=task_id[:200],
            amount=amount,
            currency=_SYMBOLS.get(said.upper(), said.upper())[:3] or own or self._currency,
            tokens=tokens,
            at=at,
            model=cells.get("model", "")[:200],
            places=places,
            is_day=is_day,
            trouble="; ".join(troubles),
        )

    def _amount(self, cell: str) -> tuple[Decimal, int, str]:
        """Amount, decimal places and currency, such as of `￥1,234.50`, `CNY 5.01` or `(5.01)`."""
        own = next((code for sign, code in sorted(_SYMBOLS.items(), key=lambda one: -len(one[0])) if sign in cell), "")
        text = cell
        for sign in sorted(_SYMBOLS, key=len, reverse=True):
            text = text.replace(sign, "")
        if code := re.search(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])", text):
            own = code[0]
            text = text.replace(code[0], "")
        text = text.strip()
        negative = text.startswith("(") and text.endswith(")")
        number = self._number(text[1:-1] if negative else text)
        exponent = number.as_tuple().exponent
        places = max(0, -exponent) if isinstance(exponent, int) else 0
        return (-number if negative else number), places, own

    def _tokens(self, cell: str) -> int:
        number = self._number(re.sub(r"(?i)\s*tokens?$", "", cell))
        if number != number.to_integral_value():
            raise ValueError(cell)
        return int(number)

    def _number(self, text: str) -> Decimal:
        """A number however its thousands are kept apart.

        With one comma or point alone, three digits behind it and no decimal sign given, it parts thousands, unless the
        number begins with a zero.
        """
        found = _NUMBER.fullmatch(text.strip())
        if found is None or len(text) > 60:
            raise ValueError(text)
        digits = re.sub(r"[' \u00a0\u202f\u2009]", "", found["digits"])
        point = self._decimal or _decimal_sign(digits)
        other = "," if point == "." else "."
        whole, _, part = digits.partition(point)
        groups = whole.split(other)
        if len(groups) > 1 and not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
            raise ValueError(text)
        if point in part or other in part:
            raise ValueError(text)
        try:
            number = Decimal(f"{''.join(groups) or '0'}.{part}" if part else "".join(groups))
        except InvalidOperation:
            raise ValueError(text) from None
        return -number if found["sign"] in {"-", "−"} else number


def _decimal_sign(digits: str) -> str:
    commas, points = digits.count(","), digits.count(".")
    if commas and points:
        return "," if digits.rindex(",") > digits.rindex(".") else "."
    if points == 1:
        return "."
    if commas == 1:
        whole, _, part = digits.partition(",")
        return "." if len(part) == 3 and not whole.startswith("0") and whole else ","
    return "," if points > 1 else "."


_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日", "%Y%m%d")


def _time(cell: str, zone: dt.tzinfo) -> dt.datetime | None:
    """A time in UTC; None: it cannot be read, or two readings of it differ, as `03/04/2026` has."""
    text = cell.replace("/", "-") if re.match(r"\d{4}/", cell) else cell
    found: dt.datetime | None = None
    if re.fullmatch(r"1\d{9}", text):
        return dt.datetime.fromtimestamp(int(text), dt.UTC)
    if re.fullmatch(r"1\d{12}", text):
        return dt.datetime.fromtimestamp(int(text) / 1000, dt.UTC)
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        for form in _FORMS:
            try:
                found = dt.datetime.strptime(text, form)  # noqa: DTZ007 - the zone comes next
                break
            except ValueError:
                continue
    if found is None:
        return None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(dt.UTC)
    except (OverflowError, ValueError):
        return None
