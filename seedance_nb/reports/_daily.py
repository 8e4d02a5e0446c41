"""What a provider says it billed a day for a model, against the charges of tasks that ended on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from seedance_nb import words
from seedance_nb.ledger import Ledger
from seedance_nb.money import Money
from seedance_nb.providers.protocol import Billed
from seedance_nb.reports._bill import BillLine
from seedance_nb.reports._groups import amount as decimal
from seedance_nb.reports._matching import DAY, Booked
from seedance_nb.reports._reconciling import KINDS, Compared, Finding, Total
from seedance_nb.task import TaskStatus
from seedance_nb.words import Plural, Said, Sentence

LAST_PLACE = Decimal("0.000001")
"""What a provider bills a task may be rounded by so much."""
MOST_SUMS = 10_000
"""So many sums of tasks are tried."""


@dataclass(slots=True)
class _Book:
    """What one model was billed, and what the ledger has of it, in one currency."""

    billed: dict[dt.date, tuple[Decimal, int]] = field(default_factory=dict)
    """Amount and line by day."""
    tasks: list[Booked] = field(default_factory=list)
    """By when we saw them end; those that a day has are taken out."""


def booked_by_model(ledger: Ledger, provider: str, *, is_sandbox: bool) -> tuple[list[Booked], list[Booked]]:
    """The charged tasks of a provider, and those whose create had no answer; `model` is the provider's id of it."""
    names = ("local_id", "task_id", "status", "model_id", "amount_e8", "currency", "completion_tokens")
    times = ("created_at", "submitted_at", "finished_at", "charged_at")
    columns = ledger.task_columns({"sandbox": is_sandbox, "provider": provider}, {*names, *times})
    charged, unanswered = [], []
    for row in zip(*(columns[name] for name in (*names, *times)), strict=True):
        local_id, task_id, status, model, cost, currency, tokens, created, submitted, finished, seen = row
        begins = dt.datetime.fromisoformat(submitted or created)
        ends = dt.datetime.fromisoformat(finished or seen or submitted or created)
        amount = None if cost is None else decimal(cost)
        task = Booked(local_id, task_id, status, model, amount, currency or "", tokens, begins, ends)
        if amount is not None:
            charged.append(task)
        elif status == TaskStatus.UNKNOWN and not task_id:
            unanswered.append(task)
    return charged, unanswered


def compare_days(
    bill: Billed, charged: Iterable[Booked], unanswered: Sequence[Booked], *, tolerance: Decimal | None
) -> Compared:
    """Hold what was billed by day and model against the ledger.

    A task counts on the day on which we saw it end. It may have ended before, while nobody looked: where the sum of a
    day is short, tasks that were sent by then and seen later are counted on it, if that makes it right; and tasks from
    before the period are left out likewise.

    Args:
        bill: What the provider says.
        charged: Tasks with a charge, of any time.
        unanswered: Tasks whose create had no answer; one of them may be what the ledger lacks.
        tolerance: By how much sums may differ; None: by 10⁻⁶ a task.
    """
    findings: list[Finding] = []
    totals: dict[str, Total] = {}
    agreed = 0
    for (model, currency), book in sorted(_books(bill, charged).items()):
        for place in range((bill.until - bill.since).days):
            day = bill.since + place * DAY
            if day in bill.partial:
                continue
            billed, number = book.billed.get(day, (None, 0))
            tasks = _of_day(book, day, billed or Decimal(0), bill.since, tolerance)
            if billed is None and not tasks:
                continue
            booked = _sum(tasks)
            total = totals.setdefault(currency, Total())
            total.billed += billed or Decimal(0)
            total.booked += booked
            if _alike(billed or Decimal(0), booked, len(tasks), tolerance):
                total.rounding += (billed or Decimal(0)) - booked
                agreed += len(tasks)
            else:
                findings.append(_finding(day, model, currency, billed, number, tasks, unanswered))
    order = {kind: number for number, kind in enumerate(KINDS)}
    findings.sort(key=lambda one: (order[one.kind], str(one.what)))
    begin, end = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (bill.since, bill.until))
    return Compared(tuple(findings), totals, agreed, len(bill.days), begin, end, _notes(bill))


def _books(bill: Billed, charged: Iterable[Booked]) -> dict[tuple[str, str], _Book]:
    books: dict[tuple[str, str], _Book] = {}
    for number, row in enumerate(bill.days):
        billed = books.setdefault((row.model_id, row.amount.currency), _Book()).billed
        billed[row.day] = (billed.get(row.day, (Decimal(0), 0))[0] + row.amount.amount, number)
    for task in sorted(charged, key=lambda task: (task.ends, task.local_id)):
        if task.ends.date() >= bill.since and task.begins.date() < bill.until:
            books.setdefault((task.model, task.currency), _Book()).tasks.append(task)
    return books


def _of_day(book: _Book, day: dt.date, billed: Decimal, since: dt.date, tolerance: Decimal | None) -> list[Booked]:
    """The tasks that count on a day, taken out of the book."""
    tasks = [task for task in book.tasks if task.ends.date() == day]
    if not _alike(billed, _sum(tasks), len(tasks), tolerance):
        seen_later = [task for task in book.tasks if task.begins.date() <= day < task.ends.date()]
        more = _which(seen_later, billed - _sum(tasks), tolerance)
        before = [task for task in tasks if task.begins.date() < since]
        less = [] if more else _which(before, _sum(tasks) - billed, tolerance)
        tasks = _without(tasks, less) + more
        book.tasks = _without(book.tasks, less)
    book.tasks = _without(book.tasks, tasks)
    return tasks


def _without(tasks: Sequence[Booked], others: Sequence[Booked]) -> list[Booked]:
    names = {task.local_id for task in others}
    return [task for task in tasks if task.local_id not in names]


def _which(tasks: Sequence[Booked], target: Decimal, tolerance: Decimal | None) -> list[Booked]:
    """Some of these tasks that cost so much together; none: there are none, or it would take too long to find them."""
    sums: dict[Decimal, list[Booked]] = {Decimal(0): []}
    for task in tasks:
        if len(sums) > MOST_SUMS:
            break
        for amount, chosen in list(sums.items()):
            # tasks that cost the same are the same here, so that there are few sums
            sums.setdefault(amount + (task.amount or Decimal(0)), [*chosen, task])
    fitting = [chosen for amount, chosen in sums.items() if _alike(target, amount, len(chosen), tolerance)]
    return min(fitting, key=len, default=[])


def _sum(tasks: Iterable[Booked]) -> Decimal:
    return sum((task.amount for task in tasks if task.amount is not None), Decimal(0))


def _alike(billed: Decimal, booked: Decimal, tasks: int, tolerance: Decimal | None) -> bool:
    return abs(billed - booked) <= (LAST_PLACE * max(1, tasks) if tolerance is None else tolerance)


def _finding(
    day: dt.date,
    model: str,
    currency: str,
    billed: Decimal | None,
    number: int,
    tasks: Sequence[Booked],
    unanswered: Sequence[Booked],
) -> Finding:
    at = dt.datetime.combine(day, dt.time(), dt.UTC)
    line = task = booked = None
    if billed is not None:
        line = BillLine(number, "", billed, currency, None, at, model, 6, is_day=True)
    if tasks:
        tokens = [task.tokens for task in tasks]
        counted = sum(count for count in tokens if count is not None) if None not in tokens else None
        booked = _sum(tasks)
        task = Booked("", None, "", model, booked, currency, counted, at, at)
    values: dict[str, object] = {
        "day": day.isoformat(),
        "model": model or "–",
        "billed": words.Amount(Money(billed or Decimal(0), currency), 6),
        "booked": words.Amount(Money(booked or Decimal(0), currency), 6),
        "tasks": Plural("{count} task", "{count} tasks", len(tasks)),
    }
    if line is None:
        what: Said = Sentence("{day}, {model}: the ledger has {booked} for {tasks}, and nothing was billed.", **values)
        return Finding("not_in_bill", what, None, task, booked=booked, matched_by="day")
    lacking = (billed or Decimal(0)) > (booked or Decimal(0))
    may_be = next((one for one in unanswered if lacking and one.model == model and one.begins.date() == day), None)
    if task is None:
        what = Sentence("{day}, {model}: {billed} was billed, and the ledger has no charge.", **values)
    else:
        what = Sentence("{day}, {model}: {billed} was billed, and the ledger has {booked} for {tasks}.", **values)
    if may_be is not None:
        what = Sentence(
            "{what} Task {task} had no answer to its create and may be this one.", what=what, task=may_be.local_id
        )
    kind = "not_in_ledger" if task is None else "mispriced"
    may = "" if may_be is None else may_be.local_id
    return Finding(kind, what, line, task, billed, booked, may_be=may, matched_by="day")


def _notes(bill: Billed) -> tuple[Said, ...]:
    said: list[Said] = [
        Sentence("The provider tells its bill by day (UTC) and model, so that single tasks cannot be told apart.")
    ]
    if bill.partial:
        days = ", ".join(day.isoformat() for day in sorted(bill.partial))
        said.append(Sentence("It is not through with {days}, which was left out.", days=days))
    return tuple(said)
