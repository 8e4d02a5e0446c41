"""What each cell of a sweep would cost, and whether it can be made: priced as a batch prices its rows, and not sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from seedance_nb.compare._plan import Cell, Plan
from seedance_nb.composing import BudgetLeft
from seedance_nb.engine import preparing
from seedance_nb.engine.preparing import Prepared, Preparer
from seedance_nb.errors import SeedanceError
from seedance_nb.money import Quote
from seedance_nb.providers import Provider
from seedance_nb.request import Problem
from seedance_nb.task import TaskRecord
from seedance_nb.words import Joined


@dataclass(frozen=True, slots=True)
class Offer:
    """One cell with its price, or with what stands in its way."""

    cell: Cell
    prepared: Prepared | None = None
    """What would be sent, without its body; None: it cannot be made."""
    problems: tuple[Problem, ...] = ()
    """What stands in the way."""
    failure: str = ""
    """The same, where no check knows it."""
    warnings: tuple[str, ...] = ()
    unpriced: str = ""
    """Why there is no price."""
    same_as: int | None = None
    """The first cell that asks for exactly this; one clip answers both."""

    @property
    def record(self) -> TaskRecord | None:
        """The task as it would be written down."""
        return self.prepared.record if self.prepared is not None else None

    @property
    def quote(self) -> Quote | None:
        """What it would cost."""
        return self.record.quote if self.record is not None else None

    @property
    def problem(self) -> str:
        """Why it cannot be made; empty where it can."""
        return str(self.problems[0]) if self.problems else self.failure

    @property
    def reason(self) -> str:
        """The same without where the rule stands, in every language where that is known."""
        if not self.problems:
            return self.failure
        first = self.problems[0]
        return Joined([first.what, first.fix], " ") if first.fix else first.what

    @property
    def is_own(self) -> bool:
        """Whether a clip is made for this cell: it can be made, and no cell before it asks for the same."""
        return self.prepared is not None and self.same_as is None


def offers(plan: Plan, preparer: Preparer, provider: Provider, *, allow: Collection[str] = ()) -> list[Offer]:
    """Check and price every cell; nothing is written.

    Two cells are the same where the same body would be sent, also if they were written differently: with two names
    of one model, or two files of the same bytes.
    """
    made: list[Offer] = []
    first: dict[str, int] = {}
    for cell in plan.cells:
        offer = made[cell.same_as] if cell.same_as is not None else _offer(cell, preparer, provider, allow)
        same = None
        if offer.record is not None:
            same = first.setdefault(offer.record.asked_sha256, cell.number)
        made.append(replace(offer, cell=cell, same_as=None if same == cell.number else same))
    return made


def _offer(cell: Cell, preparer: Preparer, provider: Provider, allow: Collection[str]) -> Offer:
    found = preparer.problems(cell.request)
    refused = preparing.errors(found, allow=allow)
    if refused:
        return Offer(cell, problems=tuple(refused))
    warnings = tuple(str(problem) for problem in found if problem.code not in allow)
    try:
        quote, unpriced = preparing.quote_or_why(cell.request, provider.id)
        prepared = preparer.prepare(cell.request, quote=quote)
    except SeedanceError as exc:
        return Offer(cell, failure=str(exc))
    # The body of a hundred cells may hold a hundred pictures, and is made again when they are sent.
    return Offer(cell, replace(prepared, body={}, uploads={}), warnings=warnings, unpriced=unpriced)


@dataclass(frozen=True, slots=True)
class Room:
    """How much of what is asked for the budgets hold."""

    fits: int
    """So many of the first ones."""
    short: BudgetLeft | None = None
    """The budget that does not hold all."""
    asked: Decimal | int = 0
    """What all of it may take of that budget, in its unit."""


def room(records: Sequence[TaskRecord], left: Sequence[BudgetLeft]) -> Room:
    """What the budgets would say now; the last word is the ledger's, when the tasks are written."""
    found = Room(len(records))
    for budget in left:
        total, fits = Decimal(0), len(records)
        for place, record in enumerate(records):
            total += _most(record, budget.unit)
            if total > budget.left and fits == len(records):
                fits = place
        if fits < found.fits:
            found = Room(fits, budget, total)
    return found


def _most(record: TaskRecord, unit: str) -> Decimal:
    """The most that a task may take of a budget; what that budget does not count is nothing."""
    if unit == "seconds":
        return Decimal(record.seconds_high or 0)
    if record.quote is None:
        return Decimal(0)
    if unit == "tokens":
        return Decimal(record.quote.tokens_high)
    return record.quote.high.amount if record.quote.high.currency == unit else Decimal(0)
