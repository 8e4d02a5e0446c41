"""Asking the ledger what the money was worth, how good forecasts were, and what is to come."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from seedance_nb.budget import Budget
from seedance_nb.ledger import Where
from seedance_nb.money import Quote
from seedance_nb.reports import _burn_down, _drift, _elsewhere, _forecast, _worth
from seedance_nb.reports._groups import named
from seedance_nb.reports._view import View, merged
from seedance_nb.task import TaskStatus

if TYPE_CHECKING:
    import pandas as pd

By = str | Sequence[str]
_FREE = frozenset({TaskStatus.REJECTED, TaskStatus.FAILED, TaskStatus.EXPIRED, TaskStatus.CANCELLED})


class Analysis(View):
    """Frames that answer questions; `docs/ledger-frames.md` has their columns.

    All take filters as `frame` does, and group by `provider`, `model`, `mode`, `resolution`, `ratio`, `duration`,
    `project`, `run`, `notebook`, `rating`, `price_id`, `family`, `day`, `week`, `month`, `tag:client` and others.
    Currencies stay apart, and so does the sandbox.
    """

    def unit_costs(self, by: By = ("provider", "model"), where: Where | None = None, **filters: object) -> pd.DataFrame:
        """What a second, a kept clip and a preferred clip cost.

        A preferred clip costs what is paid until one is preferred: each clip's cost as often as it was judged, over
        the times one was preferred, as in the tallies of a comparison. Clips that nobody voted on are not in it.
        `day`, `since` and `until` are about the time of the charge.
        """
        return _worth.unit_costs(self._ledger, named(by), merged(where, filters))

    def outcomes(self, by: By = ("provider", "model"), where: Where | None = None, **filters: object) -> pd.DataFrame:
        """How tasks ended, and what those that failed cost in time. Failed tasks are not billed.

        `day`, `since` and `until` are about the time of the intent.
        """
        return _worth.outcomes(self._ledger, named(by), merged(where, filters))

    def drift(self, by: By = ("provider", "price_id"), where: Where | None = None, **filters: object) -> pd.DataFrame:
        """Quoted against billed, by provider and price row, or by anything else.

        `day`, `since` and `until` are about the time of the charge.
        """
        return _drift.drift(self._ledger, named(by), merged(where, filters))

    def would_have_cost(
        self,
        provider: str | None = None,
        model: str | None = None,
        *,
        on: dt.date | None = None,
        by: By = ("provider", "model"),
        where: Where | None = None,
        **filters: object,
    ) -> pd.DataFrame:
        """What the same charged work would have cost elsewhere, with another model, or at the prices of another day.

        The requests are put together again from the ledger, with the ratio and the length that came out. Where that
        cannot be done, or no price is known, there is a line with the reason, so that `cost` always adds up to all that
        was charged. Whether the clips would have been as good, nobody can say; nor whether the other place would have
        taken every request: only size, length and kind of content are looked at.

        Args:
            provider: Where; None: where it was made.
            model: A neutral name, for example `seedance-2.0-fast`; None: as it was.
            on: Prices of this day, in the provider's time zone; None: of the day each task was created.
            by: What to group by.
            where: Filters by name; see `frame`. `since` and `until` are about the time of the charge.
            filters: The same by keyword.

        Raises:
            UnknownProviderError: No provider goes by this id.
        """
        return _elsewhere.would_have_cost(
            self._ledger, named(by), merged(where, filters), provider=provider, model=model, on=on
        )

    def forecast(
        self,
        plan: str | Iterable[Quote] | None = None,
        *,
        days: int = 30,
        weeks: int = 8,
        where: Where | None = None,
        now: dt.datetime | None = None,
        **filters: object,
    ) -> pd.DataFrame:
        """What the coming days, or a plan, will cost, with an interval that holds about four times in five.

        How it was reckoned stands in the column `method`. Where too little is known there is no number.

        Args:
            plan: The id of a batch (`batch.id`), or quotes of what is to be submitted; None: by the last weeks.
            days: How many to come.
            weeks: How far back to look; weeks before the first charge do not count.
            where: Filters by name; see `frame`. Without `sandbox=True` the sandbox is left out.
            now: The time; None: now.
            filters: The same by keyword.
        """
        met = {"sandbox": False, **merged(where, filters)}
        if "since" in met or "until" in met:
            raise ValueError("How far back a forecast looks is said by weeks=, and not by since= or until=.")
        if days < 1 or weeks < 1:
            raise ValueError(f"A forecast is for one day at least, from one week at least, not {days=}, {weeks=}.")
        if plan is None:
            moment = now or dt.datetime.now(dt.UTC)
            return _forecast.from_weeks(self._ledger, met, days=days, weeks=weeks, now=moment)
        spent: Counter[str] = Counter()
        if not isinstance(plan, str):
            return _forecast.from_plan(self._ledger, plan, is_sandbox=bool(met["sandbox"]), spent=spent)
        quotes, is_sandbox = [], False
        for record in self._ledger.records(batch=plan):
            is_sandbox = record.is_sandbox
            if record.cost is not None:
                spent[record.cost.currency] += record.cost.to_e8()
            elif record.quote is not None and record.status not in _FREE:
                quotes.append(record.quote)
        return _forecast.from_plan(self._ledger, quotes, is_sandbox=is_sandbox, spent=spent)

    def burn_down(
        self, budget: str | Budget, *, project: str = "", sandbox: bool = False, now: dt.datetime | None = None
    ) -> pd.DataFrame:
        """What is left of a budget, a row a day; the time to the end, and what is reserved, stand in `attrs`.

        Args:
            budget: For example `"500 CNY/project"` or `"20 CNY/day"`.
            project: Of a budget by project, its name, as tasks were submitted under it.
            sandbox: Of the sandbox's tasks, which cost nothing.
            now: The time; None: now.

        Raises:
            ValueError: It is a budget by session.
            ConfigurationError: It cannot be read.
        """
        read = budget if isinstance(budget, Budget) else Budget.parse(budget)
        moment = now or dt.datetime.now(dt.UTC)
        return _burn_down.burn_down(self._ledger, read, project=project, is_sandbox=sandbox, now=moment)
