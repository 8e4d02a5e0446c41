"""A provider's bill against the ledger, for a person: findings as a frame, sums, and a table in the cell."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedance_nb import catalog, words
from seedance_nb.errors import BillError
from seedance_nb.ledger import Ledger
from seedance_nb.markup import no_formulas
from seedance_nb.money import Money
from seedance_nb.providers.protocol import Billed
from seedance_nb.reports._bill import read_bill
from seedance_nb.reports._csv import write_csv
from seedance_nb.reports._daily import booked_by_model, compare_days
from seedance_nb.reports._frame import Column, Columns, from_rows
from seedance_nb.reports._packing import TIME
from seedance_nb.reports._reconciling import KINDS, Compared, Finding, booked_tasks, compare
from seedance_nb.words import Plural, Said, Sentence, Word, say

if TYPE_CHECKING:
    import pandas as pd

FINDINGS: Columns = {
    "kind": Column("category", "`not_in_bill`, `not_in_ledger`, `doubled`, `mispriced`, `not_charged`, `unreadable`"),
    "line": Column("Int64", "of the bill: in a file the heading is line 1; of a frame the row, counted from 0"),
    "local_id": Column("string", "our id of the task"),
    "task_id": Column("string", "the provider's, of the ledger, else of the bill"),
    "at": Column(TIME, "of the line, else when the task was sent"),
    "model": Column("string", "of the ledger, else of the bill"),
    "billed": Column("object", "exact `Decimal`, in `billed_currency`: on the bill, of all lines the finding is about"),
    "billed_currency": Column("string", ""),
    "booked": Column("object", "exact `Decimal`, in `booked_currency`: in the ledger"),
    "booked_currency": Column("string", ""),
    "difference": Column("object", "`billed` less `booked`; None: two currencies, or neither amount is there"),
    "billed_tokens": Column("Int64", "of the line"),
    "booked_tokens": Column("Int64", "of the task, as the provider reported"),
    "matched_by": Column("string", "`task_id`; `time`: by time and tokens; `day`: the sum of a day and model"),
    "may_be": Column("string", "our id of a task without an answer to its create that the line may be for"),
    "what": Column("string", "the finding in a sentence"),
}

TOTALS: Columns = {
    "currency": Column("category", ""),
    "billed": Column("object", "exact `Decimal`: all lines that can be read"),
    "booked": Column("object", "exact `Decimal`: the charges they were held against, and those without a line"),
    "difference": Column("object", "`billed` less `booked`: the findings and the roundings"),
    "rounding": Column("object", "of the lines that agree, since bills are rounded"),
}

KIND: dict[str, Word] = {
    "not_in_bill": Word("Not on the bill"),
    "not_in_ledger": Word("Not in the ledger"),
    "doubled": Word("Billed twice"),
    "mispriced": Word("Another amount or number of tokens"),
    "not_charged": Word("Not charged here"),
    "unreadable": Word("Cannot be read"),
}
_HEADS = (
    Word("Finding", "column"),
    Word("Line", "column"),
    Word("Task", "column"),
    Word("Billed", "column"),
    Word("In the ledger", "column"),
    Word("In a sentence", "report"),
)
_SHOWN = 50
"""So many findings are shown in a cell; `frame()` has all."""


class Reconciliation:
    """What came of holding a bill against the ledger.

    `frame()` has a row for each finding, `totals()` the sums, `save(path)` writes the findings as CSV.
    """

    def __init__(self, compared: Compared, read_as: Mapping[str, str]) -> None:
        self._compared = compared
        self.read_as = dict(read_as)
        """Which column of the bill was taken for what."""

    @property
    def agrees(self) -> bool:
        """Whether nothing was found."""
        return not self._compared.findings

    @property
    def agreed(self) -> int:
        """Tasks for which bill and ledger say the same."""
        return self._compared.agreed

    @property
    def lines(self) -> int:
        """Lines of the bill, its heading and empty ones left out."""
        return self._compared.lines

    def counts(self) -> dict[str, int]:
        """How many findings there are of each kind; a kind that was not found is absent."""
        found = Counter(finding.kind for finding in self._compared.findings)
        return {kind: found[kind] for kind in KINDS if found[kind]}

    def frame(self, language: str | None = None) -> pd.DataFrame:
        """The findings, one row each; `docs/ledger-frames.md` says what each column means.

        Args:
            language: Of the sentences in `what`; None: the one that is spoken.
        """
        return from_rows(FINDINGS, [_row(finding, language) for finding in self._compared.findings])

    def totals(self) -> pd.DataFrame:
        """The sums of both sides, one row a currency."""
        rows = [
            {
                "currency": currency,
                "billed": total.billed,
                "booked": total.booked,
                "difference": total.billed - total.booked,
                "rounding": total.rounding,
            }
            for currency, total in sorted(self._compared.totals.items())
        ]
        return from_rows(TOTALS, rows)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the findings as CSV, in UTF-8; no cell of it is a formula to a spreadsheet.

        Args:
            path: Where it goes; what is there is replaced.
        """
        rows = [_row(finding) for finding in self._compared.findings]
        return write_csv(Path(path).expanduser(), list(FINDINGS), ([row[name] for name in FINDINGS] for row in rows))

    def _sentences(self) -> list[Said]:
        compared = self._compared
        said: list[Said] = [Plural("{count} line on the bill.", "{count} lines on the bill.", compared.lines)]
        said.append(Plural("{count} task agrees.", "{count} tasks agree.", compared.agreed))
        counts = self.counts()
        if not counts:
            said.append(Word("Nothing is missing, doubled or mispriced."))
        said += [
            Sentence("{kind}: {count}.", kind=KIND[kind], count=words.Number(count)) for kind, count in counts.items()
        ]
        for currency, total in sorted(compared.totals.items()):
            if currency:
                billed, booked = Money(total.billed, currency), Money(total.booked, currency)
                said.append(
                    Sentence(
                        "Billed {billed}, in the ledger {booked}, {difference} apart.",
                        billed=words.Amount(billed),
                        booked=words.Amount(booked),
                        difference=words.Amount(billed - booked),
                    )
                )
        return said

    def in_words(self, language: str | None = None) -> list[str]:
        """What was found in sentences, the period among them.

        Args:
            language: None for the one that is spoken.
        """
        said = (*self._sentences(), self._period(), *self._compared.notes)
        return [say(sentence, language=language) for sentence in said]

    def cells(self, language: str | None = None) -> list[list[str]]:
        """The findings as people read them, a list of cells each, below a list of headings.

        Args:
            language: None for the one that is spoken.
        """
        heads = [say(head, language=language) for head in _HEADS]
        return [heads, *(_cells(finding, language) for finding in self._compared.findings)]

    def _period(self) -> Said:
        since, until = self._compared.since, self._compared.until
        if since is None and until is None:
            return Word("Without times on the bill or a period, all charges in the ledger count.")
        return Sentence(
            "Charges were looked for from {since} to {until} (UTC); tasks that began or ended outside may be on "
            "another bill.",
            since=f"{since:%Y-%m-%d %H:%M}" if since else "…",
            until=f"{until:%Y-%m-%d %H:%M}" if until else "…",
        )

    def __str__(self) -> str:
        return " ".join(say(sentence) for sentence in self._sentences())

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {kind}" for kind, count in self.counts().items())
        return f"Reconciliation({self.lines} lines, {self.agreed} agreed{', ' if counts else ''}{counts})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        cell = "text-align:left;vertical-align:top;padding:.25em .75em"
        heads, *rows_ = self.cells()
        findings = self._compared.findings
        rows = "".join(
            "<tr>" + "".join(f'<td style="{cell}">{escape(text)}</td>' for text in texts) + "</tr>"
            for texts in rows_[:_SHOWN]
        )
        head = "".join(f'<th scope="col" style="{cell}">{escape(name)}</th>' for name in heads)
        table = f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        more = len(findings) - _SHOWN
        rest = f"<p>{escape(say(Plural('and {count} more', 'and {count} more', more)))}</p>" if more > 0 else ""
        period = " ".join(map(say, (self._period(), *self._compared.notes)))
        html = (
            '<div style="font-family:var(--jp-ui-font-family,system-ui,sans-serif);line-height:1.5">'
            f"<p>{escape(str(self))}</p>{table if findings else ''}{rest}<p><small>{escape(period)}</small></p></div>"
        )
        return {"text/plain": f"{self}\n{period}", "text/html": no_formulas(html)}


def reconcile(
    ledger: Ledger,
    bill: object,
    *,
    provider: str | None,
    columns: Mapping[str, str] | None = None,
    currency: str = "",
    since: dt.date | str | None = None,
    until: dt.date | str | None = None,
    zone: dt.tzinfo | None = None,
    decimal: str = "",
    encoding: str = "",
    tolerance: Decimal | None = None,
    sandbox: bool = False,
) -> Reconciliation:
    """Hold a provider's bill against the ledger; see `LedgerView.reconcile`."""
    if tolerance is not None and not isinstance(tolerance, Decimal):
        raise BillError(f"tolerance={tolerance!r} is no Decimal: write Decimal({str(tolerance)!r}).")
    if isinstance(bill, Billed):
        return _by_days(ledger, bill, provider, tolerance=tolerance, is_sandbox=sandbox)
    place = zone or (catalog.provider(provider).zone if provider else dt.UTC)
    tasks = booked_tasks(ledger, provider, is_sandbox=sandbox)
    known = {task.currency for task in tasks if task.currency}
    read = read_bill(
        bill,
        columns=columns,
        currency=currency or (known.pop() if len(known) == 1 else ""),
        zone=place,
        decimal=decimal,
        encoding=encoding,
    )
    times = [line.at for line in read.lines if line.at is not None]
    begin = _moment(since, place, is_end=False) if since is not None else _day(min(times), place) if times else None
    end = (
        _moment(until, place, is_end=True)
        if until is not None
        else _day(max(times), place) + dt.timedelta(days=1)
        if times
        else None
    )
    return Reconciliation(compare(read, tasks, since=begin, until=end, tolerance=tolerance), read.read_as)


def _by_days(
    ledger: Ledger, bill: Billed, provider: str | None, *, tolerance: Decimal | None, is_sandbox: bool
) -> Reconciliation:
    if provider is None:
        raise BillError("Say whose bill it is: provider='atlas'. Nothing was compared.")
    charged, unanswered = booked_by_model(ledger, provider, is_sandbox=is_sandbox)
    compared = compare_days(bill, charged, unanswered, tolerance=tolerance)
    return Reconciliation(compared, {"at": "day", "model": "model_id", "amount": "amount"})


def days(since: dt.date | str | None, until: dt.date | str | None, today: dt.date) -> tuple[dt.date, dt.date]:
    """The days, UTC, from one to another, the latter not included; without them the last thirty.

    Raises:
        BillError: One is no time, or there is no day between them.
    """
    first = _date(since, is_end=False) if since is not None else today - dt.timedelta(days=30)
    end = min(today, _date(until, is_end=True)) if until is not None else today
    if first > end:
        raise BillError(f"From {first} to {end} there is no day. Nothing was compared.")
    return first, end + dt.timedelta(days=1)


def _date(value: dt.date | str, *, is_end: bool) -> dt.date:
    read = _read(value, is_end=is_end) if isinstance(value, str) else value
    return read.astimezone(dt.UTC).date() if isinstance(read, dt.datetime) else read


def _day(at: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """Where the day of a moment begins."""
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(dt.UTC)


def _moment(value: dt.date | str, zone: dt.tzinfo, *, is_end: bool) -> dt.datetime:
    """A beginning or an end; a day or a month is included whole."""
    day = _read(value, is_end=is_end) if isinstance(value, str) else value
    if isinstance(day, dt.datetime):
        return (day if day.tzinfo else day.replace(tzinfo=zone)).astimezone(dt.UTC)
    day = day + dt.timedelta(days=1) if is_end else day
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)


def _read(text: str, *, is_end: bool) -> dt.date:
    try:
        if len(text) == len("2026-11"):
            first = dt.date.fromisoformat(f"{text}-01")
            following = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
            return following - dt.timedelta(days=1) if is_end else first
        is_day = len(text) == len("2026-11-21")
        return dt.date.fromisoformat(text) if is_day else dt.datetime.fromisoformat(text)
    except ValueError:
        raise BillError(f"{text[:40]!r} is no time: write '2026-11', '2026-11-21' or a datetime.") from None


def _row(finding: Finding, language: str | None = None) -> dict[str, Any]:
    line, task = finding.line, finding.task
    at = line.at if line and line.at else task.begins if task else None
    return {
        "kind": finding.kind,
        "line": line.number if line else None,
        "local_id": task.local_id or None if task else None,
        "task_id": (task.task_id if task else None) or (line.task_id or None if line else None),
        "at": at and at.isoformat(),
        "model": (task.model if task else None) or (line.model or None if line else None),
        "billed": finding.billed,
        "billed_currency": line.currency or None if line and finding.billed is not None else None,
        "booked": finding.booked,
        "booked_currency": task.currency or None if task and finding.booked is not None else None,
        "difference": finding.difference,
        "billed_tokens": line.tokens if line else None,
        "booked_tokens": task.tokens if task else None,
        "matched_by": finding.matched_by or None,
        "may_be": finding.may_be or None,
        "what": say(finding.what, language=language),
    }


def _cells(finding: Finding, language: str | None) -> list[str]:
    row = _row(finding, language)

    def money(amount: Decimal | None, currency: str | None) -> str:
        if amount is None:
            return "–"
        return words.money(Money(amount, currency), language) if currency else format(amount, "f")

    return [
        say(KIND[finding.kind], language=language),
        "–" if row["line"] is None else str(row["line"]),
        str(row["task_id"] or row["local_id"] or row["model"] or "–"),
        money(row["billed"], row["billed_currency"]),
        money(row["booked"], row["booked_currency"]),
        row["what"],
    ]
