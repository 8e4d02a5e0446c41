"""What is left of a budget, day by day, and when it would be used up."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

from seedance_nb.budget import Budget
from seedance_nb.ledger import Ledger
from seedance_nb.money import Money
from seedance_nb.reports._frame import Column, Columns, from_rows
from seedance_nb.reports._groups import amount
from seedance_nb.words import Word, say

if TYPE_CHECKING:
    import pandas as pd

RECENT = 7
"""So many whole days say how fast a budget is used."""

BURN_DOWN: Columns = {
    "day": Column("datetime64[us, UTC]", "midnight of the day, of this machine's clock, as budgets count days"),
    "spent": Column("object", "charged for tasks of that day: `Decimal`, or a whole number of tokens or seconds"),
    "total": Column("object", "in the budget's period, up to the end of that day"),
    "left": Column("object", "of the budget then; below nothing where more was charged than it allows"),
}

_METHOD = Word(
    "At the mean of the last seven whole days, if nothing changes. What is reserved for tasks that are not charged yet "
    "is told apart and is not in these days."
)


def burn_down(ledger: Ledger, budget: Budget, *, project: str, is_sandbox: bool, now: dt.datetime) -> pd.DataFrame:
    """What is left of a budget by day; see `LedgerView.burn_down`.

    Raises:
        ValueError: The budget is one of a session, which no day tells from another.
    """
    if budget.per == "session":
        raise ValueError(
            "A budget by session is counted for one kernel and has no days to show; the bench says what is left of it."
        )
    is_project = budget.per == "project"
    where: dict[str, object] = {"sandbox": is_sandbox, **({"submitted_project": project} if is_project else {})}
    if isinstance(budget.limit, Money):
        where["currency"] = budget.limit.currency
    limit = budget.limit.to_e8() if isinstance(budget.limit, Money) else budget.limit
    by_day: Counter[dt.date] = Counter()
    for row in ledger.spent_rows(where, budget.unit):
        begun = dt.datetime.fromisoformat(f"{row['hour']}:{15 * row['quarter']:02}Z")
        by_day[begun.astimezone().date()] += row["spent"]
    today = now.astimezone().date()
    first = min(by_day, default=today)
    shown = [first + dt.timedelta(days=place) for place in range((today - first).days + 1)]
    rows, total = [], 0
    for day in shown:
        total = total + by_day[day] if is_project else by_day[day]
        midnight = dt.datetime.combine(day, dt.time()).astimezone(dt.UTC)
        said = {"spent": by_day[day], "total": total, "left": limit - total}
        rows.append({"day": midnight.isoformat(), **{name: _in(budget, count) for name, count in said.items()}})
    frame = from_rows(BURN_DOWN, rows)
    frame.attrs.update(_facts(ledger, budget, by_day, total, where, today))
    return frame


def _facts(
    ledger: Ledger, budget: Budget, by_day: Counter[dt.date], total: int, where: dict[str, Any], today: dt.date
) -> dict[str, str]:
    """What stands above the days, in words."""
    is_project = budget.per == "project"
    limit = budget.limit.to_e8() if isinstance(budget.limit, Money) else budget.limit
    recent = sum(by_day[today - dt.timedelta(days=back)] for back in range(1, RECENT + 1))
    left = limit - total
    ends = ""
    if is_project and recent > 0 and min(by_day) <= today - dt.timedelta(days=RECENT):
        ends = (today + dt.timedelta(days=max(0, left) * RECENT // recent)).isoformat()
    facts = {"budget": str(budget), "left": str(_in(budget, left)), "ends": ends, "method": say(_METHOD)}
    if is_project:
        held = ledger.committed(project=str(where["submitted_project"]), is_sandbox=bool(where["sandbox"]))
        if isinstance(budget.limit, Money):
            zero = Money.zero(budget.limit.currency)
            most = held.money.get(budget.limit.currency, zero).to_e8()
        else:
            most = held.tokens if budget.unit == "tokens" else held.seconds
        facts["reserved"] = str(_in(budget, max(0, most - total)))
    return facts


def _in(budget: Budget, count: int) -> Any:
    return amount(count) if budget.unit == "money" else count
