"""Where the money went, as the file that a name asks for: a page, a workbook, or a table for other programs."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedance_nb import words
from seedance_nb.budget import Budget
from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Ledger, Over
from seedance_nb.money import Money
from seedance_nb.reports import _tables
from seedance_nb.reports._converted import GivenRates
from seedance_nb.reports._csv import write_csv
from seedance_nb.reports._frame import is_missing, rows_of
from seedance_nb.reports._method import method
from seedance_nb.reports._parquet import write_parquet
from seedance_nb.reports._report_clips import Bring, Clips
from seedance_nb.reports._scope import settled
from seedance_nb.reports._summary import sentences
from seedance_nb.reports._tables import Asked, Table, groupings, tables
from seedance_nb.reports._workbook import Book
from seedance_nb.reports._worth import OUTCOMES
from seedance_nb.reports.reconciliation import Reconciliation
from seedance_nb.reports.report import write_report
from seedance_nb.words import Word

if TYPE_CHECKING:
    import pandas as pd

    from seedance_nb.reports.ledger_view import LedgerView

SUFFIXES = (".html", ".xlsx", ".parquet", ".csv")
ALL = "*"
"""In a file's name: one file for each table, which takes its place."""
Bills = Reconciliation | Sequence[Reconciliation] | None


def write(
    view: LedgerView,
    ledger: Ledger,
    path: str | os.PathLike[str],
    *,
    where: dict[str, object],
    currency: str,
    fx: GivenRates,
    by: str | Sequence[str] | None,
    over: Over | None,
    bill: Bills,
    budgets: Sequence[Budget] = (),
    project: str = "",
    charts: bool | None = None,
    clips: Clips,
    title: str | None,
    language: str | None,
    now: dt.datetime,
    bring: Bring = lambda files: None,
) -> Path:
    """Write the report in the form that its name asks for; see `Studio.report`."""
    target = Path(path).expanduser()
    suffix = target.suffix.lower()
    if suffix not in SUFFIXES:
        raise ConfigurationError(
            f"A report is written as {', '.join(SUFFIXES)}, and {target.name[:80]!r} ends in none of these. "
            "Nothing was written."
        )
    if target.name.count(ALL) > (suffix in {".parquet", ".csv"}):
        raise ConfigurationError(
            f"{target.name[:80]!r} asks for several files: '{ALL}' may stand once in the name of a .parquet or .csv, "
            "for the names of the tables. Nothing was written."
        )
    # What there is not is said before anything is written.
    language = language or words.language()
    words.say("Method", language=language)
    Money.zero(currency)
    wanted = groupings(by)
    target.parent.mkdir(parents=True, exist_ok=True)
    bills = () if bill is None else (bill,) if isinstance(bill, Reconciliation) else tuple(bill)
    if suffix == ".html":
        return write_report(
            view,
            ledger,
            target,
            where=where,
            currency=currency,
            fx=fx,
            by=None if by is None else wanted,
            over=over,
            bills=bills,
            budgets=budgets,
            project=project,
            charts=charts,
            clips=clips,
            title=title,
            language=language,
            now=now,
            bring=bring,
        )
    asked = Asked(view, ledger, settled(ledger, where), currency, fx, wanted, over, bills, language)
    said = method(
        where=where,
        currency=currency,
        rates=str(asked.total().attrs["fx"]),
        is_sandbox=bool(asked.where["sandbox"]),
        language=language,
        now=now,
    )
    if suffix == ".xlsx":
        return _workbook(target, asked, said, title, language, now)
    if ALL not in target.name:
        return _one(target, _tables.charges(asked), said, where)
    for table in tables(asked):
        _one(target.with_name(target.name.replace(ALL, table.name)), table, said, where)
    if suffix == ".csv":
        with _whole(target.with_name(target.name.replace(ALL, "method"))) as part:
            write_csv(part, ("what", "said"), said)
    return target.parent


def _workbook(
    target: Path, asked: Asked, said: list[tuple[str, str]], title: str | None, language: str, now: dt.datetime
) -> Path:
    shown = title or words.say("Where the money went", language=language)
    with _whole(target) as part:
        book = Book(part, language=language, view=asked.currency, title=shown, now=now)
        try:
            for table in tables(asked):
                if table.name == "total":
                    told = [(shown,), *said[:-3], ("",), *((line,) for line in _summed(asked).sentences)]
                    book.text_sheet(words.say(Word("Summary", "report"), language=language), told, table)
                else:
                    book.sheet(table)
            book.text_sheet(words.say("Method", language=language), [(words.say("Method", language=language),), *said])
        finally:
            book.close()
    return target


def _one(target: Path, table: Table, said: list[tuple[str, str]], where: dict[str, object]) -> Path:
    """One table as one file."""
    with _whole(target) as part:
        if target.suffix.lower() == ".parquet":
            about = {
                "table": table.name,
                "filters": json.dumps({name: str(value) for name, value in where.items()}, ensure_ascii=False),
                "said": "\n".join(f"{what}: {text}" if what else text for what, text in said),
            }
            write_parquet(part, table, about)
        else:
            write_csv(part, [str(name) for name in table.frame.columns], _rows(table))
    return target


@dataclass(frozen=True, slots=True)
class Summary:
    """A report in short."""

    is_sandbox: bool
    """Then nothing was billed, whatever it says."""
    total: list[dict[str, Any]]
    """The rows of `ledger.total`."""
    outcomes: dict[str, int]
    """How many tasks there are, how many made a clip, failed, had no answer, and so on."""
    sentences: list[str]


def summary(
    view: LedgerView, ledger: Ledger, where: dict[str, object], currency: str, fx: GivenRates, language: str
) -> Summary:
    """What stands at the top of a report."""
    return _summed(Asked(view, ledger, settled(ledger, where), currency, fx, language=language))


def _summed(asked: Asked) -> Summary:
    total, ends = _records(asked.total()), _records(asked.view.outcomes((), asked.where))
    counts = {name: int(ends[0][name]) if ends else 0 for name, column in OUTCOMES.items() if column.dtype == "int64"}
    said = sentences(asked.language or words.language(), total, ends, asked.currency)
    return Summary(bool(asked.where["sandbox"]), total, counts, said)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _rows(table: Table) -> Iterator[tuple[object, ...]]:
    return (tuple(map(_plain, row)) for row in rows_of(table.frame))


def _plain(value: Any) -> object:
    if type(value) in {str, int, bool, Decimal}:  # most are
        return value
    if is_missing(value):
        return None
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, dt.datetime) else value


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A file beside the target that takes its place when it is whole; what fails leaves what was there."""
    part = target.with_name(f".{target.name}.part")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
