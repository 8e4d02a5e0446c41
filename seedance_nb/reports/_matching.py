"""Which line of a bill is for which task: by the task's id, else by time and tokens."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from seedance_nb.reports._bill import BillLine

SLACK = dt.timedelta(hours=1)
"""A provider's clock, and the moment it bills, may be so far from ours."""
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Booked:
    """A task as the ledger has it."""

    local_id: str
    task_id: str | None
    status: str
    model: str
    amount: Decimal | None
    """None: it was not charged."""
    currency: str
    tokens: int | None
    begins: dt.datetime
    """When it was sent."""
    ends: dt.datetime
    """When we saw it end, or charged it."""


def by_id(lines: Iterable[BillLine], tasks: Iterable[Booked]) -> tuple[dict[str, list[BillLine]], list[BillLine]]:
    """Lines by the local id of their task, and those whose id the ledger does not have; not those without an id."""
    known = {task.task_id: task.local_id for task in tasks if task.task_id}
    known |= {task.local_id: task.local_id for task in tasks}
    found: dict[str, list[BillLine]] = {}
    strange = []
    for line in lines:
        if line.task_id in known:
            found.setdefault(known[line.task_id], []).append(line)
        elif line.task_id:
            strange.append(line)
    return found, strange


def by_time(lines: Sequence[BillLine], tasks: Sequence[Booked]) -> tuple[dict[str, BillLine], list[BillLine]]:
    """Lines without an id, each given to a task of as many tokens, or the same amount, that was made then.

    As many as can be are given away: of the tasks that may be meant, the one that ended first is. Between tasks that
    are alike in all of this it does not matter.
    """
    found: dict[str, BillLine] = {}
    left: list[BillLine] = []
    groups: dict[tuple[object, ...], tuple[list[BillLine], list[Booked]]] = {}
    for line in lines:
        groups.setdefault(_likeness(line), ([], []))[0].append(line)
    for task in tasks:
        for key in (("tokens", task.tokens), ("amount", _cents(task.amount))):
            if key[1] is not None and key in groups:
                groups[key][1].append(task)
    for same, candidates in groups.values():
        given, rest = _given(same, [task for task in candidates if task.local_id not in found])
        found |= given
        left += rest
    return found, left


def _likeness(line: BillLine) -> tuple[object, ...]:
    return ("tokens", line.tokens) if line.tokens is not None else ("amount", _cents(line.amount))


def _cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(Decimal("0.01"))


def _given(lines: list[BillLine], tasks: list[Booked]) -> tuple[dict[str, BillLine], list[BillLine]]:
    found: dict[str, BillLine] = {}
    left = [line for line in lines if line.at is None]
    waiting = sorted(tasks, key=lambda task: task.begins, reverse=True)
    open_: list[tuple[dt.datetime, str]] = []
    for line in sorted((line for line in lines if line.at is not None), key=lambda line: (line.at, line.number)):
        assert line.at is not None
        first, last = line.at, line.at + (DAY if line.is_day else dt.timedelta(0))
        while waiting and waiting[-1].begins - SLACK <= last:
            task = waiting.pop()
            heapq.heappush(open_, (task.ends + SLACK, task.local_id))
        while open_ and open_[0][0] < first:
            heapq.heappop(open_)
        if open_:
            found[heapq.heappop(open_)[1]] = line
        else:
            left.append(line)
    return found, left
