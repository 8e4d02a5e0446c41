"""The ledger as charts: what the frames of `studio.ledger` say, to be looked at.

Altair and the converter behind `save` are an extra and are loaded with the first chart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from seedance_nb import words
from seedance_nb.budget import Budget
from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Over, Where
from seedance_nb.reports import _chart_theme as theme
from seedance_nb.reports._converted import GivenRates, viewed
from seedance_nb.reports._scope import settled
from seedance_nb.reports._view import merged
from seedance_nb.reports._voice import Voice

if TYPE_CHECKING:
    from seedance_nb.reports._chart import Chart
    from seedance_nb.reports.ledger_view import LedgerView

By = str | Sequence[str]
MISSING = 'Charts are drawn with packages that are missing: pip install "seedance-nb[charts]"'


class NothingToDrawError(ValueError):
    """Within the filters the ledger has nothing of the kind: an empty picture would say that nothing was spent."""


class Charts:
    """Charts of a ledger, each with its text alternative in `alt`; extra `charts`.

    Each is an Altair chart, drawn by the notebook without a network and saved with `chart.save("x.svg")` or `"x.png"`.
    A currency has a panel of its own, or all are seen in one at a rate that is named. Real tasks alone, unless there
    are only the sandbox's, which is said. Where there is nothing to draw, it is a `ValueError` that says so.

    Args:
        view: The ledger.
        width: Of what is drawn, in pixels, titles and labels beside it.
        is_noted: Say below each whether it is the sandbox's.
    """

    def __init__(self, view: LedgerView, *, width: int = theme.WIDTH, is_noted: bool = True) -> None:
        self._view = view
        self._width = width
        self._is_noted = is_noted
        self._ledger = view._ledger

    def costs(
        self,
        by: By | None = None,
        over: Over | None = None,
        where: Where | None = None,
        *,
        view: str | None = None,
        fx: GivenRates = None,
        on: dt.date | None = None,
        language: str | None = None,
        **filters: object,
    ) -> Chart:
        """What was charged: with `over` stacked bars over time, else a bar for each group, the most first.

        >>> ledger.charts.costs(by="model", over="day", since="2026-11")  # doctest: +SKIP

        Args:
            by: What to tell apart, as `ledger.costs` takes it; None: model over time, else provider and model.
            over: `day`, `week` or `month` of the charge, UTC; None: not over time.
            where: Filters by name; see `LedgerView.frame`.
            view: A currency to see all of it in; None: a panel for each.
            fx: The rate for it, or several; those of the price book if None.
            on: Only rates of this day or earlier out of the price book.
            language: `en`, `zh` or `fr`; None: the one that is spoken.
            filters: The same as `where`, by keyword.

        Raises:
            ConfigurationError: The extra is missing.
            ValueError: Costs cannot be summed or filtered by that, or nothing was charged.
        """
        drawn, voice = _drawing("costs"), _voice(language)
        met = settled(self._ledger, merged(where, filters))
        names = list(_names(by if by is not None else "model" if over else ("provider", "model")))
        rows = self._view._cost_rows(names, over, met)
        _refuse_nothing(rows)
        seen = None if view is None else viewed([str(row["currency"]) for row in rows], view, fx, on=on)
        costs = drawn.gathered(rows, names, voice, most=theme.MOST if over else drawn.MOST_BARS, seen=seen)
        _refuse_nothing(costs.panels)
        notes = self._notes(met, voice)
        if over is not None:
            return drawn.over_time(costs, names, over, voice, notes, self._width)  # type: ignore[no-any-return]
        return drawn.by_group(costs, names, voice, notes, self._width)  # type: ignore[no-any-return]

    def drift(
        self, by: By = "provider", where: Where | None = None, *, language: str | None = None, **filters: object
    ) -> Chart:
        """Quoted against billed: a mark for each pair of amounts, larger where it is more tasks, and where both agree.

        Args:
            by: What has a colour and a shape of its own, as `ledger.drift` takes it.
            where: Filters by name; see `LedgerView.frame`. Times are those of the charge.
            language: `en`, `zh` or `fr`; None: the one that is spoken.
            filters: The same as `where`, by keyword.

        Raises:
            ConfigurationError: The extra is missing.
            ValueError: Nothing can be compared: no task was quoted and charged in one currency.
        """
        drawn, voice = _drawing("drift"), _voice(language)
        met = settled(self._ledger, merged(where, filters))
        points = drawn.gathered(self._ledger, _names(by), met, voice)
        _refuse_nothing(points)
        return drawn.against(points, _names(by), voice, self._notes(met, voice))  # type: ignore[no-any-return]

    def votes(
        self, by: By = "model", where: Where | None = None, *, language: str | None = None, **filters: object
    ) -> Chart:
        """Cost against votes: how often clips were preferred, and what is paid until one is, with their intervals.

        Votes on two clips of the same group say nothing of it and are left out.

        Args:
            by: What to tell apart, as `ledger.unit_costs` takes it.
            where: Filters by name; see `LedgerView.frame`. Times are those of the charge.
            language: `en`, `zh` or `fr`; None: the one that is spoken.
            filters: The same as `where`, by keyword.

        Raises:
            ConfigurationError: The extra is missing.
            ValueError: No vote tells two groups apart.
        """
        drawn, voice = _drawing("votes"), _voice(language)
        met = settled(self._ledger, merged(where, filters))
        found = drawn.gathered(self._ledger, _names(by), met, voice)
        _refuse_nothing(found)
        return drawn.worth(found, _names(by), voice, self._notes(met, voice))  # type: ignore[no-any-return]

    def time_to_make(
        self,
        by: By = ("model", "resolution"),
        where: Where | None = None,
        *,
        language: str | None = None,
        **filters: object,
    ) -> Chart:
        """How long clips took, from sending to the end: the middle half, nine in ten, and the median, for each group.

        Args:
            by: What to tell apart, as `ledger.outcomes` takes it.
            where: Filters by name; see `LedgerView.frame`. Times are those of the intent.
            language: `en`, `zh` or `fr`; None: the one that is spoken.
            filters: The same as `where`, by keyword.

        Raises:
            ConfigurationError: The extra is missing.
            ValueError: No clip was made.
        """
        drawn, voice = _drawing("times"), _voice(language)
        met = settled(self._ledger, merged(where, filters))
        found = drawn.gathered(self._ledger, _names(by), met, voice)
        _refuse_nothing(found)
        return drawn.spread(found, _names(by), voice, self._notes(met, voice), self._width)  # type: ignore[no-any-return]

    def forecast(
        self,
        where: Where | None = None,
        *,
        days: int = 30,
        weeks: int = 8,
        now: dt.datetime | None = None,
        language: str | None = None,
        **filters: object,
    ) -> Chart:
        """What was charged in the last weeks, added up, and what the coming days will cost, with the interval.

        Args:
            where: Filters by name; see `LedgerView.frame`.
            days: How many to come.
            weeks: How far back to look.
            now: The time; None: now.
            language: `en`, `zh` or `fr`; None: the one that is spoken.
            filters: The same as `where`, by keyword.

        Raises:
            ConfigurationError: The extra is missing.
            ValueError: Too little was charged to forecast from, or a filter is about time.
        """
        drawn, voice = _drawing("forecast"), _voice(language)
        met = settled(self._ledger, merged(where, filters))
        moment = now or dt.datetime.now(dt.UTC)
        courses = drawn.courses(self._view, met, days=days, weeks=weeks, now=moment)
        _refuse_nothing(courses)
        return drawn.forecast(courses, voice, self._notes(met, voice), self._width)  # type: ignore[no-any-return]

    def burn_down(
        self,
        budget: str | Budget,
        *,
        project: str = "",
        sandbox: bool = False,
        now: dt.datetime | None = None,
        language: str | None = None,
    ) -> Chart:
        """What is left of a budget by project, day by day, and when it will be used up; of one by day, what each used.

        Args:
            budget: For example `"500 CNY/project"` or `"20 CNY/day"`.
            project: Of a budget by project, its name, as tasks were submitted under it.
            sandbox: Of the sandbox's tasks, which cost nothing.
            now: The time; None: now.
            language: `en`, `zh` or `fr`; None: the one that is spoken.

        Raises:
            ConfigurationError: The extra is missing, or the budget cannot be read.
            ValueError: It is a budget by session.
        """
        drawn, voice = _drawing("burn_down"), _voice(language)
        read = budget if isinstance(budget, Budget) else Budget.parse(budget)
        moment = now or dt.datetime.now(dt.UTC)
        burnt = drawn.burnt(self._view, read, project=project, is_sandbox=sandbox, now=moment)
        return drawn.burn_down(burnt, voice, self._notes({"sandbox": sandbox}, voice), self._width)  # type: ignore[no-any-return]

    def _notes(self, where: Where, voice: Voice) -> list[str]:
        if not (where["sandbox"] and self._is_noted):
            return []
        return [
            voice.say(
                "All of this ran on the sandbox: nothing was billed, and the amounts are what it would have cost."
            )
        ]


def are_there(*, must: bool = False) -> bool:
    """Whether the extra is installed.

    Raises:
        ConfigurationError: It is not, and must be.
    """
    try:
        _drawing("costs")
    except ConfigurationError:
        if must:
            raise
        return False
    return True


def _drawing(what: str) -> Any:
    """The module that draws something, loaded when it is needed.

    Raises:
        ConfigurationError: A package it draws with is missing.
    """
    try:
        return import_module(f"seedance_nb.reports._chart_{what}")
    except ModuleNotFoundError as exc:
        if exc.name not in {"altair", "vl_convert"}:
            raise
        raise ConfigurationError(MISSING) from exc


def _voice(language: str | None) -> Voice:
    chosen = language or words.language()
    words.say("", language=chosen)  # a language that there is not is said now
    return Voice(chosen)


def _names(by: By) -> tuple[str, ...]:
    return (by,) if isinstance(by, str) else tuple(by)


def _refuse_nothing(found: object) -> None:
    if not found:
        raise NothingToDrawError("There is nothing to draw: the ledger has nothing of this kind within these filters.")
