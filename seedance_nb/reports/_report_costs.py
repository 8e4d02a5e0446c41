"""The sums on a report's page: what was spent, by what, how tasks ended, and quoted against billed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedance_nb.ledger import Ledger, Over
from seedance_nb.reports._converted import GivenRates
from seedance_nb.reports._heads import head_of, title_of
from seedance_nb.reports._report_charts import Figures, stretch
from seedance_nb.reports._report_table import records, table
from seedance_nb.reports._voice import Voice

if TYPE_CHECKING:
    from seedance_nb.reports.ledger_view import LedgerView

PAIR = ("provider", "model")
_WORTH = (*PAIR, "tasks", "cost", "cost_a_second", "cost_a_kept_clip", "cost_a_preferred_clip")
_ENDS = (
    *PAIR,
    "tasks",
    "made",
    "kept",
    "lost",
    "failed",
    "unknown",
    "success_percent",
    "seconds_to_clip",
    "seconds_lost",
)
_DRIFT = ("provider", "price_id", "compared", "within", "quoted_high", "billed", "drift_percent")
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page."""

    name: str
    """Of the address within the page."""
    title: str
    body: str
    """HTML; empty: there is nothing to say, and no such part."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a page is of, and what is read once for several of its parts."""

    voice: Voice
    view: LedgerView
    ledger: Ledger
    where: Mapping[str, object]
    """Filters, `sandbox` among them."""
    currency: str
    """To see sums in."""
    fx: GivenRates
    by: Sequence[tuple[str, ...]] | None
    over: Over | None
    figures: Figures
    total: Rows
    """Of `ledger.total`."""
    worth: Rows
    """Of `ledger.unit_costs`, by provider and model."""
    outcomes: Rows
    """Of `ledger.outcomes`, likewise."""

    @property
    def seen_in(self) -> str | None:
        """The currency that a chart is seen in; None: there is one, and it is its own."""
        currencies = {str(row["currency"]) for row in self.worth}
        return self.currency if len(currencies) > 1 else None


def sections(told: Told) -> Iterator[Section]:
    """The parts with sums, in order."""
    voice, figures = told.voice, told.figures
    drawn: Any = {"language": voice.language, "view": told.seen_in, "fx": told.fx, "where": told.where}
    over = told.over or stretch(told.ledger, told.where)
    title = voice.say("What was spent")
    yield Section("spent", title, _spent(told, title) + figures.draw(lambda c: c.costs("model", over, **drawn)))
    if told.by is None or PAIR in told.by:
        title = voice.say("By provider and model")
        body = figures.draw(lambda c: c.costs(PAIR, **drawn)) if len(told.worth) > 1 else ""
        body += table(voice, title, _WORTH, told.worth, bar="cost", key=2)
        body += figures.draw(lambda c: c.votes(where=told.where, language=voice.language))
        yield Section("models", title, body)
    yield from _by(told)
    stretch_ = told.over or "week"
    times = records(told.view.costs((), stretch_, told.where))
    title = voice.say(title_of((), stretch_))
    body = table(voice, title, ("period", "tasks", "tokens", "cost"), times, heads=_from(voice, stretch_), bar="cost")
    yield Section("times", title, body if len(times) > 1 else "")
    title = voice.say("How tasks ended")
    body = table(voice, title, _ENDS, told.outcomes, key=2)
    body += figures.draw(lambda c: c.time_to_make(where=told.where, language=voice.language))
    yield Section("ends", title, body)
    title = voice.say("Quoted against billed")
    drift = [row for row in records(told.view.drift(where=told.where)) if row["compared"]]
    body = table(voice, title, _DRIFT, drift, key=2)
    body += figures.draw(lambda c: c.drift(where=told.where, language=voice.language)) if drift else ""
    yield Section("quoted", title, body)


def _spent(told: Told, title: str) -> str:
    rows = [{**row, "view": told.currency} for row in told.total]
    heads = {"seen": told.voice.say("Seen in {currency}", currency=told.currency)}
    lines = [_line(told.voice, row) for row in rows if row["line"] != "together" or len(rows) > 2]
    return table(told.voice, title, ("currency", "tasks", "tokens", "cost", "seen", "rate"), lines, heads=heads)


def _line(voice: Voice, row: dict[str, Any]) -> dict[str, Any]:
    """A line of what was spent, with the words for lines that are no currency's own."""
    if row["line"] == "together":
        return {**row, "currency": voice.say("Together"), "cost": None}
    if row["line"] == "not converted":
        return {**row, "rate": voice.say("No rate is known; it is in no sum.")}
    return row


def _by(told: Told) -> Iterator[Section]:
    """Costs by what was asked for; by project where nothing was, and where there are some."""
    voice, by, over = told.voice, told.by, told.over if told.by else None
    for place, names in enumerate((("project",),) if by is None else by):
        rows = records(told.view.costs(names, over, where=told.where))
        if (by is None and all(row["project"] is None for row in rows)) or (names == PAIR and not told.over):
            continue
        columns = (*names, *(("period",) if over else ()), "tasks", "tokens", "cost")
        title = voice.say(title_of(names, over))
        body = table(voice, title, columns, rows, heads=_from(voice, told.over), bar="cost", key=len(names))
        yield Section(f"by-{place + 1}", title, body)


def _from(voice: Voice, over: Over | None) -> dict[str, str]:
    """What the beginning of a stretch of time is called; that of a week has a name of its own."""
    return {} if over in {None, "week"} else {"period": head_of("period", "", voice.language)}
