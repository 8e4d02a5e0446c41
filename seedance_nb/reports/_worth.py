"""What came of the money: cost a second, a kept clip, a preferred clip; and what failures cost in time."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seedance_nb.ledger import Ledger, Where
from seedance_nb.reports._frame import Column, Columns, from_rows
from seedance_nb.reports._groups import amount, each, in_order, key_columns, keys, needed
from seedance_nb.task import TaskStatus
from seedance_nb.vote import standing

if TYPE_CHECKING:
    import pandas as pd

UNIT_COSTS: Columns = {
    "currency": Column("category", ""),
    "is_sandbox": Column("bool", "then nothing was billed"),
    "tasks": Column("int64", "how many were charged"),
    "cost": Column("object", "exact `Decimal`, in `currency`; of all of them, also of clips that nobody wanted"),
    "seconds": Column("int64", "of clips whose length is known"),
    "cost_a_second": Column("object", "of those clips alone, to 10⁻⁸; None: no length is known"),
    "kept": Column("int64", "clips that are on this disk"),
    "cost_a_kept_clip": Column("object", "`cost` by `kept`, to 10⁻⁸; None: none was kept"),
    "judged": Column("int64", "how often a vote that stands had one of the clips before it"),
    "preferred": Column("int64", "how often it preferred it"),
    "cost_of_judged": Column("object", "exact `Decimal`: each clip's cost as often as it was judged"),
    "cost_a_preferred_clip": Column("object", "`cost_of_judged` by `preferred`, to 10⁻⁸; None: none was preferred"),
}

OUTCOMES: Columns = {
    "is_sandbox": Column("bool", "the sandbox's failures are rehearsals"),
    "tasks": Column("int64", ""),
    "made": Column("int64", "a clip was made: kept, still to be kept, or lost"),
    "kept": Column("int64", "of these, on this disk"),
    "lost": Column("int64", "of these, gone before they were on this disk: paid for in vain"),
    "failed": Column("int64", "the provider gave up; not billed"),
    "expired": Column("int64", ""),
    "rejected": Column("int64", "refused at once"),
    "cancelled": Column("int64", ""),
    "unknown": Column("int64", "no answer says whether they were created; may have been billed"),
    "open": Column("int64", "not over"),
    "success_percent": Column("Float64", "`made` of those that were made, failed, expired or were rejected"),
    "seconds_to_clip": Column("Float64", "median from sending to the end, of those that were made"),
    "seconds_lost": Column("Float64", "waited in all for those that failed, expired or were lost"),
}

_MADE = frozenset({TaskStatus.SUCCEEDED, TaskStatus.KEPT, TaskStatus.LOST})
_IN_VAIN = frozenset({TaskStatus.FAILED, TaskStatus.EXPIRED, TaskStatus.LOST})
_OPEN = frozenset({TaskStatus.INTENT, TaskStatus.SUBMITTING, TaskStatus.QUEUED, TaskStatus.RUNNING})


@dataclass(slots=True)
class _Sums:
    """What adds up in a group: whole numbers alone."""

    tasks: int = 0
    cost: int = 0
    seconds: int = 0
    timed_cost: int = 0
    kept: int = 0
    judged: int = 0
    judged_cost: int = 0
    preferred: int = 0


def unit_costs(ledger: Ledger, names: Sequence[str], where: Where) -> pd.DataFrame:
    """What charged tasks cost by what came of them; see `LedgerView.unit_costs`."""
    wanted = {"status", "duration", "amount_e8", "currency", "is_sandbox", *needed(names, "charged_at")}
    columns = ledger.task_columns(where, wanted, charged=True)
    judged, preferred = _votes(ledger)
    groups: dict[tuple[Any, ...], _Sums] = {}
    rows = zip(
        keys(ledger, columns, names, "charged_at"),
        *(columns[name] for name in ("currency", "is_sandbox", "amount_e8", "duration", "status", "local_id")),
        strict=True,
    )
    for key, currency, is_sandbox, cost, seconds, status, local_id in rows:
        group = (is_sandbox, *key, currency)
        if group not in groups:
            groups[group] = _Sums()
        sums = groups[group]
        sums.tasks += 1
        sums.cost += cost
        if seconds and seconds > 0:
            sums.seconds += seconds
            sums.timed_cost += cost
        sums.kept += status == TaskStatus.KEPT
        sums.judged += judged[local_id]
        sums.judged_cost += cost * judged[local_id]
        sums.preferred += preferred[local_id]
    return from_rows(
        key_columns(names) | UNIT_COSTS,
        [
            {
                **dict(zip(names, key, strict=True)),
                "currency": currency,
                "is_sandbox": is_sandbox,
                "tasks": sums.tasks,
                "cost": amount(sums.cost),
                "seconds": sums.seconds,
                "cost_a_second": each(sums.timed_cost, sums.seconds),
                "kept": sums.kept,
                "cost_a_kept_clip": each(sums.cost, sums.kept),
                "judged": sums.judged,
                "preferred": sums.preferred,
                "cost_of_judged": amount(sums.judged_cost),
                "cost_a_preferred_clip": each(sums.judged_cost, sums.preferred),
            }
            for (is_sandbox, *key, currency), sums in in_order(groups)
        ],
    )


def _votes(ledger: Ledger) -> tuple[Counter[str], Counter[str]]:
    """How often each clip was judged, and how often it was preferred."""
    judged: Counter[str] = Counter()
    preferred: Counter[str] = Counter()
    for vote in standing(ledger.votes()):
        judged.update((vote.left_id, vote.right_id))
        preferred.update([vote.preferred] if vote.preferred is not None else [])
    return judged, preferred


@dataclass(slots=True)
class _Ends:
    """How the tasks of a group ended."""

    statuses: Counter[TaskStatus] = field(default_factory=Counter)
    took: list[float] = field(default_factory=list)
    in_vain: float = 0.0


def outcomes(ledger: Ledger, names: Sequence[str], where: Where) -> pd.DataFrame:
    """How tasks ended, and the time that was lost; see `LedgerView.outcomes`."""
    wanted = {"status", "is_sandbox", "submitted_at", "finished_at", *needed(names, "created_at")}
    columns = ledger.task_columns(where, wanted)
    groups: dict[tuple[Any, ...], _Ends] = {}
    rows = zip(
        keys(ledger, columns, names, "created_at"),
        *(columns[name] for name in ("is_sandbox", "status", "submitted_at", "finished_at")),
        strict=True,
    )
    for key, is_sandbox, word, submitted, finished in rows:
        ends = groups.setdefault((is_sandbox, *key), _Ends())
        status = TaskStatus(word)
        ends.statuses[status] += 1
        if submitted and finished and status in _MADE | _IN_VAIN:
            seconds = (dt.datetime.fromisoformat(finished) - dt.datetime.fromisoformat(submitted)).total_seconds()
            if status in _MADE:
                ends.took.append(seconds)
            if status in _IN_VAIN:
                ends.in_vain += seconds
    return from_rows(key_columns(names) | OUTCOMES, [_outcome(names, key, ends) for key, ends in in_order(groups)])


def _outcome(names: Sequence[str], key: tuple[Any, ...], ends: _Ends) -> dict[str, Any]:
    count = ends.statuses
    made = sum(count[status] for status in _MADE)
    tried = made + count[TaskStatus.FAILED] + count[TaskStatus.EXPIRED] + count[TaskStatus.REJECTED]
    return {
        **dict(zip(("is_sandbox", *names), key, strict=True)),
        "tasks": count.total(),
        "made": made,
        **{status.value: count[status] for status in TaskStatus if status.value in OUTCOMES},
        "open": sum(count[status] for status in _OPEN),
        "success_percent": round(100 * made / tried, 2) if tried else None,
        "seconds_to_clip": round(statistics.median(ends.took), 3) if ends.took else None,
        "seconds_lost": round(ends.in_vain, 3),
    }
