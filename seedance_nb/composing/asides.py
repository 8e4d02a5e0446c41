"""What is seen beside the draft: what is left of budgets, prices everywhere, and what will be sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from seedance_nb.composing.draft import Draft
from seedance_nb.composing.kept import BudgetLeft
from seedance_nb.composing.price_rows import price_rows
from seedance_nb.composing.sent import sent
from seedance_nb.request import Request

BUDGET_S = 5.0
"""While only the prompt changes, budgets are not asked for more often."""


@dataclass(frozen=True, slots=True)
class Owner:
    """What a composer may ask of whoever made it. Each may take a while, and is called in a thread of its own."""

    submit: Callable[[Request], object] | None = None
    quotes: Callable[[Request], Any] | None = None
    budget: Callable[[], Any] | None = None
    kept: Callable[[], Any] | None = None


class Asides:
    """What was asked last, so that it is not asked again without a reason.

    Args:
        owner: Who is asked.
        failed: Told of what could not be answered.
        clock: Seconds.
    """

    def __init__(self, owner: Owner, failed: Callable[[str, BaseException], None], clock: Callable[[], float]) -> None:
        self.opened: set[str] = set()
        """Which of `quotes` and `sent` somebody wants to see."""
        self.budgets: list[BudgetLeft] | None = None
        """What each budget has left; None where that is not known."""
        self._owner, self._failed, self._clock = owner, failed, clock
        self._budget_of: tuple[Draft, float] | None = None
        self._budget_failed = False
        self._quotes: tuple[Draft, str, list[dict[str, Any]]] | None = None
        self._sent: tuple[Draft, dict[str, Any]] | None = None

    @property
    def quotes(self) -> list[dict[str, Any]] | None:
        """The rows, where they are to be seen."""
        return self._quotes[2] if self._quotes and "quotes" in self.opened else None

    @property
    def sent(self) -> dict[str, Any] | None:
        """The JSON and the code, where they are to be seen."""
        return self._sent[1] if self._sent and "sent" in self.opened else None

    def ask_budget(self, draft: Draft, *, anew: bool) -> None:
        """Ask what is left, unless it was asked just now."""
        known, now = self._budget_of, self._clock()
        just_now = known is not None and now - known[1] < BUDGET_S and known[0].differs_in_prompt_only(draft)
        if self._owner.budget is None or (just_now and not anew):
            return
        self._budget_of = (draft, now)
        try:
            self.budgets = list(self._owner.budget())
            self._budget_failed = False
        except Exception as exc:  # noqa: BLE001  submit asks again and says what is wrong
            if not self._budget_failed:  # once, and not with every edit
                self._failed("What is left of the budget could not be read.", exc)
            self.budgets, self._budget_failed = None, True

    def look(self, draft: Draft, language: str) -> bool:
        """Find out what somebody wants to see; gives whether there is anything new."""
        fresh, quotes = False, self._quotes
        known = quotes is not None and quotes[1] == language and quotes[0].differs_in_prompt_only(draft)
        if "quotes" in self.opened and self._owner.quotes is not None and not known:
            self._quotes, fresh = (draft, language, self._asked_quotes(draft, language)), True
        if "sent" in self.opened and (self._sent is None or self._sent[0] is not draft):
            self._sent, fresh = (draft, sent(draft)), True
        return fresh

    def _asked_quotes(self, draft: Draft, language: str) -> list[dict[str, Any]]:
        assert self._owner.quotes is not None
        try:
            return price_rows(self._owner.quotes(draft.request), language)
        except Exception as exc:  # noqa: BLE001  the chosen provider's price is there all the same
            self._failed("The prices of all providers could not be read.", exc)
            return []
