"""A provider's bill against the ledger: what is missing on either side, doubled, or another amount."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from seedance_nb.ledger import Ledger
from seedance_nb.reports import _matching
from seedance_nb.reports._bill import Bill, BillLine
from seedance_nb.reports._groups import amount as decimal
from seedance_nb.reports._matching import Booked
from seedance_nb.task import TaskStatus
from seedance_nb.words import Said, Sentence, Word

KINDS = ("not_in_bill", "not_in_ledger", "doubled", "mispriced", "not_charged", "unreadable")
"""What can be found: a charge without a line, a line without a task, a line too many for a task, another amount or
number of tokens, a line for a task that was not charged here, and a line that cannot be read."""
MAY_BE_LATER = dt.timedelta(hours=48)
"""A task whose create had no answer may have been made until so long after."""

_NOT_IN_BILL = Word("The ledger has a charge for this task, and the bill has no line for it.")
_NOT_IN_LEDGER = Word("The bill has a line for a task that this ledger does not know.")
_NO_ID = Word("The line names no task, and no task of this ledger that is left fits its time and tokens.")
_DOUBLED = Word("The task is billed once already.")
_OTHER_AMOUNT = Word("The bill has another amount than the ledger.")
_OTHER_TOKENS = Word("The bill has another number of tokens than the provider reported.")
_OTHER_CURRENCY = Word("The bill has another currency than the ledger, so the amounts cannot be compared.")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in which bill and ledger do not agree."""

    kind: str
    """One of `KINDS`."""
    what: Said
    """In a sentence."""
    line: BillLine | None = None
    task: Booked | None = None
    billed: Decimal | None = None
    """On the bill, of all lines that the finding is about."""
    booked: Decimal | None = None
    """In the ledger; None: nothing, or counted with another line."""
    may_be: str = ""
    """Our id of a task without an answer that the line may be for."""
    matched_by: str = ""
    """`task_id`; `time`: by time and tokens; `day`: by day and model."""

    @property
    def difference(self) -> Decimal | None:
        """Billed less booked; None where the currencies differ, or nothing could be read."""
        if self.billed is None and self.booked is None:
            return None
        if self.line and self.task and self.booked is not None and self.line.currency != self.task.currency:
            return None
        return (self.billed or Decimal(0)) - (self.booked or Decimal(0))


@dataclass(slots=True)
class Total:
    """Sums of one currency; `billed - booked` is the sum of the findings and the roundings."""

    billed: Decimal = Decimal(0)
    booked: Decimal = Decimal(0)
    rounding: Decimal = Decimal(0)
    """By how much the lines that agree differ all the same, as bills are rounded."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of a comparison."""

    findings: tuple[Finding, ...]
    totals: Mapping[str, Total]
    """By currency."""
    agreed: int
    """Tasks for which both say the same."""
    lines: int
    since: dt.datetime | None
    until: dt.datetime | None
    notes: tuple[Said, ...] = ()
    """What else is to be said of it."""


def booked_tasks(ledger: Ledger, provider: str | None, *, is_sandbox: bool) -> list[Booked]:
    """What the ledger has of a provider's tasks, charged or not."""
    where: dict[str, object] = {"sandbox": is_sandbox} | ({"provider": provider} if provider else {})
    names = ("local_id", "task_id", "status", "model", "amount_e8", "currency", "completion_tokens")
    times = ("created_at", "submitted_at", "finished_at", "charged_at")
    columns = ledger.task_columns(where, {*names, *times})
    found = []
    for row in zip(*(columns[name] for name in (*names, *times)), strict=True):
        local_id, task_id, status, model, cost, currency, tokens, created, submitted, finished, charged = row
        begins = dt.datetime.fromisoformat(submitted or created)
        found.append(
            Booked(
                local_id=local_id,
                task_id=task_id,
                status=status,
                model=model,
                amount=None if cost is None else decimal(cost),
                currency=currency or "",
                tokens=tokens,
                begins=begins,
                ends=max(begins, dt.datetime.fromisoformat(finished or charged or submitted or created)),
            )
        )
    return found


def compare(
    bill: Bill,
    tasks: Sequence[Booked],
    *,
    since: dt.datetime | None,
    until: dt.datetime | None,
    tolerance: Decimal | None,
) -> Compared:
    """Hold a bill against the ledger.

    Args:
        bill: The bill.
        tasks: All that the ledger has of the provider.
        since: Beginning of the bill's period; None: open.
        until: Its end, not included; None: open. A charge is missed only of a task that begins and ends in the period.
        tolerance: By how much amounts may differ; None: by less than one in the last place that the bill writes,
            which is hundredths at least.
    """
    work = _Work(tolerance)
    readable = []
    for line in bill.lines:
        if line.trouble:
            what = Sentence("The line cannot be read: {trouble}.", trouble=line.trouble)
            work.add(Finding("unreadable", what, line, billed=line.amount))
        else:
            readable.append(line)
    known = {task.local_id: task for task in tasks}
    found, strange = _matching.by_id(readable, tasks)
    nameless = [line for line in readable if not line.task_id]
    rest = sorted((task for task in tasks if task.local_id not in found), key=lambda task: task.amount is None)
    charged = [task for task in rest if task.amount is not None]
    timed, left = _matching.by_time(nameless, charged)
    for local_id, lines in found.items():
        work.judge(known[local_id], lines, "task_id")
    for local_id, line in timed.items():
        work.judge(known[local_id], [line], "time")
    unanswered = [task for task in tasks if task.status == TaskStatus.UNKNOWN and not task.task_id]
    work.unmatched(strange, left, list(timed.values()), unanswered)
    for task in charged:
        inside = (since is None or task.begins >= since) and (until is None or task.ends < until)
        if task.local_id not in timed and inside:
            work.add(Finding("not_in_bill", _NOT_IN_BILL, None, task, booked=task.amount))
    order = {kind: place for place, kind in enumerate(KINDS)}
    findings = sorted(
        work.findings,
        key=lambda one: (order[one.kind], one.line.number if one.line else 0, one.task.local_id if one.task else ""),
    )
    return Compared(tuple(findings), work.totals, work.agreed, len(bill.lines), since, until)


@dataclass(slots=True)
class _Work:
    """Findings and sums as they come."""

    tolerance: Decimal | None
    findings: list[Finding] = field(default_factory=list)
    totals: dict[str, Total] = field(default_factory=dict)
    agreed: int = 0

    def total(self, currency: str) -> Total:
        return self.totals.setdefault(currency, Total())

    def add(self, finding: Finding) -> None:
        """Note a finding, and what it adds on each side."""
        self.findings.append(finding)
        if finding.billed is not None and finding.line is not None:
            self.total(finding.line.currency).billed += finding.billed
        if finding.booked is not None and finding.task is not None:
            self.total(finding.task.currency).booked += finding.booked

    def judge(self, task: Booked, lines: Sequence[BillLine], by: str) -> None:
        """Compare one task with its lines."""
        if task.amount is None:
            what = Sentence("The ledger has no charge for this task, which is {status}.", status=task.status)
            for line in lines:
                self.add(Finding("not_charged", what, line, task, line.amount, matched_by=by))
            return
        # A bill that does not say its currency is taken to be in that of the ledger.
        lines = [line if line.currency else replace(line, currency=task.currency) for line in lines]
        priced = [line for line in lines if line.amount is not None]
        if any(line.currency != task.currency for line in priced):
            net = sum((line.amount for line in priced if line.amount is not None), Decimal(0))
            self.add(Finding("mispriced", _OTHER_CURRENCY, lines[0], task, net, task.amount, matched_by=by))
        elif not priced:
            self._by_tokens(task, lines, by, Decimal(0))
        else:
            self._by_amount(task, priced, by)

    def _by_amount(self, task: Booked, lines: Sequence[BillLine], by: str) -> None:
        assert task.amount is not None
        net = sum((line.amount for line in lines if line.amount is not None), Decimal(0))
        if self._alike(net, task.amount, lines):
            self._by_tokens(task, lines, by, net)
            return
        right = next(
            (line for line in lines if line.amount is not None and self._alike(line.amount, task.amount, [line])), None
        )
        if right is None or len(lines) == 1:
            self.add(Finding("mispriced", _OTHER_AMOUNT, lines[0], task, net, task.amount, matched_by=by))
            return
        assert right.amount is not None
        self._agree(task, right.amount)
        spare = list(lines)
        spare.remove(right)
        for line in spare:
            self.add(Finding("doubled", _DOUBLED, line, task, line.amount, matched_by=by))

    def _by_tokens(self, task: Booked, lines: Sequence[BillLine], by: str, net: Decimal) -> None:
        """Amounts agree, or there are none: so must the tokens."""
        counts = [line.tokens for line in lines if line.tokens is not None]
        has_amounts = any(line.amount is not None for line in lines)
        differs = task.tokens is not None and counts and sum(counts) != task.tokens
        # A charge that is split over several lines may have all tokens in each.
        if differs and not (has_amounts and len(lines) > 1 and set(counts) == {task.tokens}):
            if not has_amounts and len(counts) > 1 and task.tokens in counts:
                self._agree(task, net if has_amounts else None)
                spare = list(lines)
                spare.pop(counts.index(task.tokens))
                for line in spare:
                    self.add(Finding("doubled", _DOUBLED, line, task, line.amount, matched_by=by))
                return
            billed = net if has_amounts else None
            booked = task.amount if has_amounts else None
            self.add(Finding("mispriced", _OTHER_TOKENS, lines[0], task, billed, booked, matched_by=by))
            return
        self._agree(task, net if has_amounts else None)

    def _agree(self, task: Booked, billed: Decimal | None) -> None:
        self.agreed += 1
        if billed is not None and task.amount is not None:
            total = self.total(task.currency)
            total.billed += billed
            total.booked += task.amount
            total.rounding += billed - task.amount

    def _alike(self, one: Decimal, other: Decimal, lines: Sequence[BillLine]) -> bool:
        if self.tolerance is not None:
            return abs(one - other) <= self.tolerance
        last = max(Decimal(1).scaleb(-max(2, line.places)) for line in lines)
        return abs(one - other) < last * len(lines)

    def unmatched(
        self,
        strange: Iterable[BillLine],
        nameless: Iterable[BillLine],
        matched: Iterable[BillLine],
        unanswered: list[Booked],
    ) -> None:
        """Lines that no task was found for."""
        seen = Counter(_looks(line) for line in matched)
        for line in nameless:
            if line.at is not None and seen[_looks(line)]:
                self.add(Finding("doubled", _DOUBLED, line, None, line.amount))
            else:
                self.add(_maybe(Finding("not_in_ledger", _NO_ID, line, None, line.amount), unanswered))
        for line in strange:
            self.add(_maybe(Finding("not_in_ledger", _NOT_IN_LEDGER, line, None, line.amount), unanswered))


def _looks(line: BillLine) -> tuple[object, ...]:
    return (line.at, line.tokens, line.amount, line.model)


def _maybe(finding: Finding, unanswered: list[Booked]) -> Finding:
    """The finding, with the task that it may be about, where one had no answer to its create around then."""
    line = finding.line
    if line is None or line.at is None:
        return finding
    for task in unanswered:
        if task.begins - _matching.SLACK <= line.at + (_matching.DAY if line.is_day else dt.timedelta(0)) and (
            line.at <= task.begins + MAY_BE_LATER
        ):
            unanswered.remove(task)
            what = Sentence(
                "{what} Task {task} had no answer to its create and may be this one.",
                what=finding.what,
                task=task.local_id,
            )
            return replace(finding, may_be=task.local_id, what=what)
    return finding
