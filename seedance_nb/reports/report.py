"""One HTML file that says where the money went: no network, no script, no kernel, in the reader's language.

It is made of the frames that `studio.ledger` gives, so that every number in it can be had again. Its parts are beside
it: `_report_costs.py`, `_report_story.py`, `_report_charts.py`, `_report_clips.py`, `_report_table.py`.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb import words
from seedance_nb.budget import Budget
from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Ledger, Over
from seedance_nb.reports._converted import GivenRates
from seedance_nb.reports._method import METHOD
from seedance_nb.reports._report_charts import Figures
from seedance_nb.reports._report_clips import Bring, Clips, gallery
from seedance_nb.reports._report_costs import PAIR, Section, Told, sections
from seedance_nb.reports._report_story import DAYS, figures, story
from seedance_nb.reports._report_style import STYLE
from seedance_nb.reports._report_table import records, table
from seedance_nb.reports._scope import settled
from seedance_nb.reports._summary import sentences
from seedance_nb.reports._tables import price_rows
from seedance_nb.reports._voice import Voice
from seedance_nb.reports.charts import Charts
from seedance_nb.reports.reconciliation import Reconciliation
from seedance_nb.words import Word

if TYPE_CHECKING:
    from seedance_nb.reports.ledger_view import LedgerView

_WIDTH = 900
"""Of a chart, in pixels of the page."""
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data: file: 'self'; "
    "base-uri 'none'; form-action 'none'"
)


def write_report(
    view: LedgerView,
    ledger: Ledger,
    path: str | os.PathLike[str],
    *,
    where: dict[str, object],
    currency: str,
    fx: GivenRates,
    by: Sequence[tuple[str, ...]] | None = None,
    over: Over | None = None,
    bills: Sequence[Reconciliation] = (),
    budgets: Sequence[Budget] = (),
    project: str = "",
    charts: bool | None = None,
    clips: Clips,
    title: str | None,
    language: str | None,
    now: dt.datetime,
    bring: Bring = lambda files: None,
) -> Path:
    """Write the report; see `Studio.report`."""
    if clips not in {"none", "beside", "inside"}:
        raise ConfigurationError(f"clips={clips!r} is none of 'none', 'beside', 'inside'. Nothing was written.")
    target = Path(path).expanduser()
    voice = Voice(language or words.language())
    met = settled(ledger, where)
    drawn = Figures(Charts(view, width=_WIDTH, is_noted=False), voice, wanted=charts)
    told = Told(
        voice,
        view,
        ledger,
        met,
        currency,
        fx,
        by,
        over,
        drawn,
        total=records(view.total(currency, met, fx=fx)),
        worth=records(view.unit_costs(PAIR, met)),
        outcomes=records(view.outcomes(PAIR, met)),
    )
    parts = [
        *sections(told),
        _ahead(told, budgets, project, now),
        *(_bill(voice, bill, place) for place, bill in enumerate(bills, 1)),
        Section("clips", *gallery(voice, view, ledger, met, target, clips, bring)),
        *_method(told),
    ]
    parts = [part for part in parts if part.body]
    shown = title or voice.say("Where the money went")
    summary = voice.together(sentences(voice.language, told.total, told.outcomes, currency))
    body = "".join(
        (
            _head(voice, shown, where, now, is_sandbox=bool(met["sandbox"])),
            f'<p class="summary">{escape(summary)}</p>',
            story(told, now),
            figures(told, now),
            _contents(voice, parts),
            *(f'<section id="{part.name}"><h2>{escape(part.title)}</h2>{part.body}</section>' for part in parts),
        )
    )
    html = (
        f'<!doctype html><html lang="{voice.language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="referrer" content="no-referrer">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(shown)}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )
    target.write_text(html, encoding="utf-8")
    return target


def _head(voice: Voice, shown: str, where: dict[str, object], now: dt.datetime, *, is_sandbox: bool) -> str:
    asked = ", ".join(f"{name} {value}" for name, value in where.items() if value is not None)
    about = voice.say(
        "Made on {day}, UTC. About: {what}.", day=f"{now:%Y-%m-%d %H:%M}", what=asked or voice.say("all tasks")
    )
    banner = voice.say(
        "All of this ran on the sandbox: nothing was billed, and the amounts are what it would have cost."
    )
    note = f'<p class="banner">{escape(banner)}</p>' if is_sandbox else ""
    return f"<header><h1>{escape(shown)}</h1><p>{escape(about)}</p>{note}</header>"


def _contents(voice: Voice, parts: Sequence[Section]) -> str:
    links = "".join(f'<li><a href="#{part.name}">{escape(part.title)}</a></li>' for part in parts)
    return f'<nav aria-label="{escape(voice.say(Word("Contents", "report")))}"><ul>{links}</ul></nav>'


def _ahead(told: Told, budgets: Sequence[Budget], project: str, now: dt.datetime) -> Section:
    """What is expected, and what is left of budgets."""
    language, is_sandbox = told.voice.language, bool(told.where["sandbox"])
    where = {name: value for name, value in told.where.items() if name not in {"since", "until"}}
    body = told.figures.draw(lambda charts: charts.forecast(where, days=DAYS, now=now, language=language))
    for budget in budgets:
        if budget.per != "session":  # a session ends with its kernel, and no day tells it from another
            body += told.figures.draw(
                lambda charts, budget=budget: charts.burn_down(  # type: ignore[misc]
                    budget,
                    project=project if budget.per == "project" else "",
                    sandbox=is_sandbox,
                    now=now,
                    language=language,
                )
            )
    return Section("ahead", told.voice.say("What is to come"), body)


def _bill(voice: Voice, bill: Reconciliation, place: int) -> Section:
    """What a bill and the ledger do not agree on."""
    heads, *findings = bill.cells(voice.language)
    names = [str(number) for number in range(len(heads))]
    rows = [dict(zip(names, texts, strict=True)) for texts in findings]
    title = voice.say(Word("Bill against ledger"))
    said = f"<p>{escape(voice.together(bill.in_words(voice.language)))}</p>"
    body = said + table(voice, title, names, rows, heads=dict(zip(names, heads, strict=True)))
    return Section(f"bill-{place}", title, body)


def _method(told: Told) -> Iterator[Section]:
    """What the numbers rest on: how they were added, and the price rows that were frozen into the tasks."""
    voice = told.voice
    rows = [
        {
            **row,
            "price": f"{row['amount']} {row['currency']} / {row['per']:,} {row['unit']}" if row["amount"] else None,
        }
        for row in price_rows(told.ledger, told.where)
    ]
    said = [voice.say(METHOD)]
    if not told.figures.are_drawn:
        said.append(voice.say("It was made without charts, which are an extra."))
    yield Section("method", voice.say("Method"), f"<p>{escape(voice.together(said))}</p>")
    title = voice.say("Price rows that were used")
    yield Section("prices", title, table(voice, title, ("price_id", "price", "start_date", "source"), rows))
