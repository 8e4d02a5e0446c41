"""Budgets at the only door: nothing is written, and so nothing is sent, that a budget does not allow.

What is held against a budget is what its period's tasks have cost, and the most that the others were quoted: an
intent reserves, a bill settles, and a task that turns out to be free releases. It is asked inside the transaction
that writes the intents, so that of two processes that race for the last of a budget one wins.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from seedance_nb.budget import Budget
from seedance_nb.errors import BudgetError
from seedance_nb.ledger import Commitments, Committed
from seedance_nb.money import Money, symbol
from seedance_nb.task import TaskRecord


@dataclass(frozen=True, slots=True)
class Door:
    """What is asked of the budgets, and by whom."""

    budgets: tuple[Budget, ...]
    owner: str
    """The process that asks: its tasks are those of the session."""
    project: str
    """What the tasks are filed under; empty: under nothing, which is a project like another."""
    is_sandbox: bool
    """The sandbox's tasks are counted apart, and held against the same budgets."""
    now: dt.datetime

    def committed(self, since: Callable[..., Committed]) -> Iterator[tuple[Budget, int]]:
        """Each budget with what is spent or promised of it; `since` asks the ledger, see `Commitments.since`."""
        known: dict[str, Committed] = {}
        for budget in self.budgets:
            if budget.per not in known:
                known[budget.per] = since(
                    midnight(self.now) if budget.per == "day" else None,
                    owner=self.owner if budget.per == "session" else None,
                    project=self.project if budget.per == "project" else None,
                    is_sandbox=self.is_sandbox,
                )
            yield budget, _spent(budget, known[budget.per])


def guard(
    budgets: Sequence[Budget],
    asked: Sequence[TaskRecord],
    *,
    owner: str,
    project: str,
    is_sandbox: bool,
    now: dt.datetime,
) -> Callable[[Commitments], None] | None:
    """What the ledger asks before it writes intents: all of them, or none; None without a budget.

    Args:
        budgets: What may be spent.
        asked: The tasks that are about to be written down.
        owner: The process that asks.
        project: What the tasks are filed under.
        is_sandbox: Whether they run on the sandbox.
        now: The time, with its zone.

    Raises:
        BudgetError: A task's cost is not known in the unit of a budget. The guard itself raises it where
            one of the budgets is not enough.
    """
    if not budgets:
        return None
    door = Door(tuple(budgets), owner, project, is_sandbox, now)
    for record in asked:
        _measurable(door.budgets, record)

    def ask(commitments: Commitments) -> None:
        for budget, spent in door.committed(commitments.since):
            adds = sum(_most(budget, record) or 0 for record in asked)
            if spent + adds > _limit(budget):
                raise _refused(budget, spent, adds, len(asked), now)

    return ask


class Trim:
    """A guard that takes what does not fit off the end of a list, inside the transaction that writes the list.

    Order is kept: from the first task that does not fit on, none is written, though a later one may be cheaper.

    Args:
        budgets: What may be spent.
        asked: The tasks that are about to be written down; shortened in place.
        owner: The process that asks.
        project: What the tasks are filed under.
        is_sandbox: Whether they run on the sandbox.
        now: The time, with its zone.

    Raises:
        BudgetError: A task's cost is not known in the unit of a budget. As a guard: not even the first fits.
    """

    def __init__(
        self,
        budgets: Sequence[Budget],
        asked: list[TaskRecord],
        *,
        owner: str,
        project: str,
        is_sandbox: bool,
        now: dt.datetime,
    ) -> None:
        self.refused: BudgetError | None = None
        """Why the list is shorter now; None: it is not."""
        self._door = Door(tuple(budgets), owner, project, is_sandbox, now)
        self._asked = asked
        self._whole = tuple(asked)
        for record in asked:
            _measurable(self._door.budgets, record)

    def __call__(self, commitments: Commitments) -> None:
        """Shorten the list to what fits."""
        fits, self.refused = len(self._whole), None
        for budget, spent in self._door.committed(commitments.since):
            sums = _sums(budget, self._whole)
            here = next((n for n, adds in enumerate(sums) if spent + adds > _limit(budget)), len(sums))
            if here < fits:
                fits = here
                self.refused = _refused(budget, spent, sums[-1], len(sums), self._door.now, fits)
        if self.refused is not None and fits == 0:
            raise self.refused
        self._asked[:] = self._whole[:fits]


def left(
    budgets: Sequence[Budget],
    since: Callable[..., Committed],
    *,
    owner: str,
    project: str,
    is_sandbox: bool,
    now: dt.datetime,
) -> list[tuple[Budget, Money | int]]:
    """Each budget with what it still allows: what the guard would let through if it were asked now.

    Args:
        budgets: What may be spent.
        since: Asks the ledger what is committed, as `Ledger.committed` does.
        owner: The process that asks.
        project: What the tasks are filed under.
        is_sandbox: Whether they run on the sandbox.
        now: The time, with its zone.
    """
    door = Door(tuple(budgets), owner, project, is_sandbox, now)
    return [(budget, _value(budget, max(_limit(budget) - spent, 0))) for budget, spent in door.committed(since)]


def midnight(now: dt.datetime) -> dt.datetime:
    """When today began, by the clock and the zone of this machine."""
    day = now.astimezone().date()
    return dt.datetime(day.year, day.month, day.day).astimezone()  # with the offset that it had then


# -- what a task asks of a budget --


def _most(budget: Budget, record: TaskRecord) -> int | None:
    """The most that a task may take of a budget, as a whole number; None where that is not known."""
    quote = record.quote
    if budget.unit == "seconds":
        return record.seconds_high
    if quote is None:
        return None
    if budget.unit == "tokens":
        return quote.tokens_high if quote.price.unit == "tokens" else None
    return quote.high.to_e8() if quote.high.currency == _currency(budget) else None


def _sums(budget: Budget, records: Sequence[TaskRecord]) -> list[int]:
    """What the first one asks, the first two, and so on."""
    total, found = 0, []
    for record in records:
        total += _most(budget, record) or 0
        found.append(total)
    return found


def _measurable(budgets: tuple[Budget, ...], record: TaskRecord) -> None:
    """Refuse a task that one budget cannot count, unless its money is counted by another.

    Raises:
        BudgetError: What it costs is not known, which is not zero.
    """
    counted_in_money = any(budget.unit == "money" and _most(budget, record) is not None for budget in budgets)
    for budget in budgets:
        if _most(budget, record) is not None or (counted_in_money and budget.unit != "seconds"):
            continue
        what = f"A task of {record.model} at {record.provider}"
        if budget.unit == "seconds":
            why = f"{what} has no length that is known beforehand"
        elif record.quote is None:
            why = f"{what} has no quote: what it costs is not known, which is not zero"
        elif budget.unit == "tokens":
            why = f"{what} is priced by the second, and its tokens are not known"
        else:
            why = f"{what} costs {record.quote.high.currency}, which a budget of {_currency(budget)} cannot count"
        advice = "" if record.quote is None or budget.unit == "seconds" else _also(record.quote.high.currency)
        raise BudgetError(f"{why}. The budget is {budget}. {_NOTHING}{advice}", budget=budget)


_NOTHING = "Nothing was sent and nothing written."


def _also(currency: str) -> str:
    return f' Set a budget in {currency} too, such as "20 {currency}/day".'


# -- what is said --


def _currency(budget: Budget) -> str:
    return budget.limit.currency if isinstance(budget.limit, Money) else ""


def _limit(budget: Budget) -> int:
    return budget.limit.to_e8() if isinstance(budget.limit, Money) else budget.limit


def _spent(budget: Budget, committed: Committed) -> int:
    if budget.unit == "money":
        found = committed.money.get(_currency(budget))
        return found.to_e8() if found else 0
    return committed.tokens if budget.unit == "tokens" else committed.seconds


def _value(budget: Budget, count: int) -> Money | int:
    return Money.from_e8(count, _currency(budget)) if budget.unit == "money" else count


def _shown(budget: Budget, count: int) -> str:
    value = _value(budget, count)
    if isinstance(value, Money):
        return f"{symbol(value.currency)}{value.amount:,f}"  # every place: a cent may be what is missing
    return f"{value:,} {budget.unit}"


def _refused(
    budget: Budget, spent: int, adds: int, tasks: int, now: dt.datetime, fits: int | None = None
) -> BudgetError:
    what = "This task" if tasks == 1 else f"These {tasks} tasks"
    left = max(_limit(budget) - spent, 0)
    where = {"session": "in this session", "day": "today", "project": "for this project"}[budget.per]
    done = f"The first {fits} fit; of the others nothing was sent or written." if fits else _NOTHING
    return BudgetError(
        f"{what} may take up to {_shown(budget, adds)}, and the budget of {budget} has {_shown(budget, left)} left: "
        f"{_shown(budget, spent)} are spent or promised {where}. {done} {_frees(budget, now)}",
        budget=budget,
        committed=_value(budget, spent),
        asked=_value(budget, adds),
    )


def _frees(budget: Budget, now: dt.datetime) -> str:
    promised = "What is promised and not used comes back when those tasks end"
    if budget.per == "day":
        zone = midnight(now).tzname()
        return f"{promised}, and the day's budget begins anew at midnight ({zone})."
    if budget.per == "session":
        return f"{promised}; a new session has its own, or raise the budget."
    return f"{promised}; else raise the budget."
