"""What the tools of a server work with: a studio, the folders it may touch, and the offers it has made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from seedance_nb import catalog, providers
from seedance_nb.engine import preparing
from seedance_nb.errors import BudgetError, InvalidRequestError
from seedance_nb.handle import Task
from seedance_nb.mcp_server._folders import Folders
from seedance_nb.mcp_server._offers import Offers, Terms
from seedance_nb.mcp_server._request import RequestArguments
from seedance_nb.mcp_server._settings import Settings, refuse_unbounded
from seedance_nb.money import Quote
from seedance_nb.request import Problem, Request
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus

OPEN = [status for status in TaskStatus if not status.is_terminal]
"""The statuses of a task that is not over."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A request, and what there is to know before it is sent."""

    request: Request
    problems: list[Problem]
    quote: Quote | None
    unpriced: str
    """Why there is no quote."""

    @property
    def errors(self) -> list[Problem]:
        """What keeps it from being sent."""
        return [problem for problem in self.problems if problem.severity == "error"]


class Desk:
    """One server's work.

    Args:
        settings: What the person allowed.
        studio: The studio; open.
    """

    def __init__(self, settings: Settings, studio: Studio) -> None:
        self.studio = studio
        self.folders = Folders(studio.home, settings.media)
        self.offers = Offers()
        self.asks = settings.asks_always or not studio.is_sandbox
        """Whether a submit has to be agreed to."""
        names = {catalog.provider(provider).key_env for provider in catalog.providers()}
        self.secrets = [key for name in sorted(names) if (key := providers.find_key(name))]
        """Every key that can be found from here, so that none of them is told."""

    def draft(self, arguments: RequestArguments) -> Draft:
        """A request, checked and priced; nothing is written or sent.

        Raises:
            InvalidRequestError: It is none.
        """
        request = arguments.read(self.folders)
        problems = self.studio.check(request)
        if preparing.errors(problems, allow=()):
            return Draft(request, problems, None, "It has no price before its problems are mended.")
        quote, unpriced = preparing.quote_or_why(request, self.studio.provider)
        return Draft(request, problems, quote, unpriced)

    def ready(self, arguments: RequestArguments) -> Draft:
        """The same of one that may be sent.

        Raises:
            InvalidRequestError: It has errors, each of which is named. Nothing was sent.
        """
        draft = self.draft(arguments)
        preparing.refuse(draft.errors, allow=())
        return draft

    def refuse_over_budget(self, draft: Draft) -> None:
        """Raise where a budget does not hold a request now, so that nobody is asked for what would be refused.

        Nothing is reserved by it; the ledger holds the budget when the intent is written.

        Raises:
            BudgetError: It does not fit.
        """
        for one in self.studio.left():
            most = self._most(draft, one.unit)
            if most is not None and most > one.left:
                raise BudgetError(
                    f"The budget {one.text} has {one.left:,} {one.unit} left, and this takes up to {most:,}. Nothing "
                    "was sent and nothing is billed. A smaller clip may fit; whoever started the server set the budget."
                )

    def _most(self, draft: Draft, unit: str) -> Decimal | int | None:
        """The most that a request adds to a budget; None: not known, or in another currency."""
        if unit == "seconds":
            return catalog.longest(draft.request, self.studio.provider)
        if draft.quote is None:
            return None
        if unit == "tokens":
            return draft.quote.tokens_high
        return draft.quote.high.amount if draft.quote.high.currency == unit else None

    def terms(self, draft: Draft, *, again: bool) -> Terms:
        """What would be agreed to."""
        price = "" if draft.quote is None else f"{draft.quote.low!r} {draft.quote.high!r} {draft.quote.price.id}"
        return Terms(self.studio.asked(draft.request), price, again)

    def found(self, draft: Draft) -> Task | None:
        """The task that the ledger has for a request already."""
        return self.studio.find(draft.request)

    def send(self, draft: Draft, *, again: bool) -> tuple[Task, bool]:
        """Submit a request; the task, and whether it was there already.

        Raises:
            BudgetError: It does not fit into a budget. Nothing was sent and nothing was written.
        """
        batch = self.studio.submit_many([draft.request], again=again, progress=False)
        if not len(batch):
            raise InvalidRequestError("Nothing was sent.")
        return batch[0], batch.held > 0


@contextmanager
def opened(settings: Settings) -> Iterator[Desk]:
    """The desk of a server, closed when the block ends.

    Raises:
        ConfigurationError: Real money is to be spent without a budget, or there is no key.
    """
    studio = Studio(
        settings.provider,
        home=settings.store or settings.home,
        folder=settings.home if settings.store else None,
        ledger=settings.ledger,
        budget=tuple(settings.budgets) or None,
        project=settings.project,
        recipe=settings.recipe,
    )
    with studio:
        refuse_unbounded(settings, is_sandbox=studio.is_sandbox)
        # What a notebook or an earlier server left unfinished goes on, also before the assistant asks for it.
        for record in studio.ledger.records({"status": OPEN}, limit=1):
            studio.task(record.local_id)
        yield Desk(settings, studio)
