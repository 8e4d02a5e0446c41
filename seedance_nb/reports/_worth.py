"""What came of the money: cost a second, a kept clip, a preferred clip; and what failures cost in time."""

from __future__ import annotations

import bisect
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seedance_nb.ledger import Ledger, Where
from seedance_nb.reports._frame import Column, Columns, from_rows
from seedance_nb.reports._groups import Keys, amount, asked, each, in_order, key_columns
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
    "seconds_to_clip": Column(
        "Float64", "median from sending to the end, of those that were made, to a tenth of a second"
    ),
    "seconds_lost": Column("Float64", "waited in all for those that failed, expired or were lost, each to a tenth"),
}

_ADDED = ("tasks", "cost", "seconds", "timed_cost", "kept")
_MADE = frozenset({TaskStatus.SUCCEEDED, TaskStatus.KEPT, TaskStatus.LOST})
_IN_VAIN = frozenset({TaskStatus.FAILED, TaskStatus.EXPIRED, TaskStatus.LOST})
_OPEN = frozenset({TaskStatus.INTENT, TaskStatus.SUBMITTING, TaskStatus.QUEUED, TaskStatus.RUNNING})


def unit_costs(ledger: Ledger, names: Sequence[str], where: Where) -> pd.DataFrame:
    """What charged tasks cost by what came of them; see `LedgerView.unit_costs`."""
    keys = Keys(names)
    groups: dict[tuple[Any, ...], Counter[str]] = {}
    for row in ledger.worth_rows(asked(names), where):
        group = (row["is_sandbox"], *keys.of(row), row["currency"])
        groups.setdefault(group, Counter()).update({name: row[name] for name in _ADDED})
    judged, preferred = _votes(ledger)
    for row in ledger.worth_rows(["local_id", *asked(names)], where, of=judged):
        times = judged[row["local_id"]]
        groups[row["is_sandbox"], *keys.of(row), row["currency"]].update(
            judged=times, judged_cost=row["cost"] * times, preferred=preferred[row["local_id"]]
        )
    return from_rows(
        key_columns(names) | UNIT_COSTS,
        [
            {
                **dict(zip(names, key, strict=True)),
                "currency": currency,
                "is_sandbox": is_sandbox,
                **{name: sums[name] for name in ("tasks", "seconds", "kept", "judged", "preferred")},
                "cost": amount(sums["cost"]),
                "cost_a_second": each(sums["timed_cost"], sums["seconds"]),
                "cost_a_kept_clip": each(sums["cost"], sums["kept"]),
                "cost_of_judged": amount(sums["judged_cost"]),
                "cost_a_preferred_clip": each(sums["judged_cost"], sums["preferred"]),
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
    took: Counter[int] = field(default_factory=Counter)
    """How many made a clip in so many tenths of a second."""
    in_vain: int = 0
    """Tenths of a second."""


def outcomes(ledger: Ledger, names: Sequence[str], where: Where) -> pd.DataFrame:
    """How tasks ended, and the time that was lost; see `LedgerView.outcomes`."""
    keys = Keys(names)
    groups: dict[tuple[Any, ...], _Ends] = {}
    for row in ledger.end_rows(asked(names), where, timed=True):
        ends = groups.setdefault((row["is_sandbox"], *keys.of(row)), _Ends())
        status, tenths, tasks = TaskStatus(row["status"]), row["tenths"], row["tasks"]
        ends.statuses[status] += tasks
        if tenths is not None:
            ends.took.update({tenths: tasks} if status in _MADE else {})
            ends.in_vain += tenths * tasks if status in _IN_VAIN else 0
    return from_rows(key_columns(names) | OUTCOMES, [_outcome(names, key, ends) for key, ends in in_order(groups)])


def _median(counts: Counter[int]) -> float:
    """The value in the middle; between two, their mean."""
    low, high = (counts.total() - 1) // 2, counts.total() // 2
    places = list(itertools.accumulate(counts[value] for value in sorted(counts)))
    values = sorted(counts)
    return (values[bisect.bisect_right(places, low)] + values[bisect.bisect_right(places, high)]) / 2


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
        "seconds_to_clip": round(_median(ends.took) / 10, 2) if ends.took else None,
        "seconds_lost": ends.in_vain / 10,
    }
