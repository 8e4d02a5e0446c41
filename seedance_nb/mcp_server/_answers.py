"""What tools answer, beside the shapes of `seedance_nb.answer`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from seedance_nb.answer import AmountAnswer, OfferAnswer, ProblemAnswer, QuoteAnswer, TaskAnswer


@dataclass(frozen=True)
class ComposeAnswer:
    """A request as it would be sent, what is wrong with it, and what it will cost."""

    provider: str
    is_sandbox: bool
    mode: str
    items: dict[str, str]
    body: str
    problems: list[ProblemAnswer]
    quote: QuoteAnswer | None
    unpriced: str
    already_there: TaskAnswer | None


@dataclass(frozen=True)
class CheckAnswer:
    """What stands between a request and its clip; without errors it can be sent."""

    provider: str
    can_be_sent: bool
    problems: list[ProblemAnswer]


@dataclass(frozen=True)
class QuotesAnswer:
    """A request at every provider, cheapest first."""

    offers: list[OfferAnswer]
    view: str
    rate: str


@dataclass(frozen=True)
class SubmitAnswer:
    """What became of a submit."""

    outcome: Literal["submitted", "already_there", "needs_confirmation", "declined"]
    said: str
    task: TaskAnswer | None = None
    quote: QuoteAnswer | None = None
    confirm: str | None = None
    good_for_s: int | None = None


@dataclass(frozen=True)
class TasksAnswer:
    """Tasks of the ledger, newest first."""

    tasks: list[TaskAnswer]
    said: str


@dataclass(frozen=True)
class CostAnswer:
    """What tasks cost, summed."""

    by: dict[str, Any]
    is_sandbox: bool
    tasks: int
    tokens: int
    cost: AmountAnswer


@dataclass(frozen=True)
class BudgetAnswer:
    """What one budget still allows."""

    budget: str
    left: str
    unit: str


@dataclass(frozen=True)
class CostsAnswer:
    """Sums of costs, each currency apart, and what the budgets still allow."""

    costs: list[CostAnswer]
    budgets: list[BudgetAnswer]


@dataclass(frozen=True)
class ReportAnswer:
    """A report that was written."""

    path: str


@dataclass(frozen=True)
class ModelAnswer:
    """What one model offers at one provider."""

    provider: str
    model: str
    modes: list[str]
    resolutions: list[str]
    ratios: list[str]
    shortest_s: int
    longest_s: int
    roles: dict[str, int]
    source: str
    checked: str


@dataclass(frozen=True)
class ModelsAnswer:
    """The models that there are."""

    models: list[ModelAnswer]
    provider: str
    is_sandbox: bool
