"""The price book: dated rows with their sources, and what a clip comes to at each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from docs.pages.markdown import GENERATED, Sources, code, plain, table
from docs.pages.providers import own_providers
from seedance_nb import catalog
from seedance_nb.money import Quote
from seedance_nb.prices._fx import _bundled
from seedance_nb.prices._load import book
from seedance_nb.prices._quote import quote
from seedance_nb.prices._rows import Row
from seedance_nb.request import Request

_INTRODUCTION = f"""\
# Prices

{GENERATED}

The price book of this version: rows are added and never edited, and a task is billed by the row that was in force on
the day it was created, in the provider's time zone. How a row becomes a quote, and a quote a charge, is told in
[money](money.md). Rows of your own go before these: `SEEDANCE_NB_PRICES`, or `prices.toml` in the home folder, in the
same form.

A price that is not here is not known, which is not zero: `quote` raises `PriceNotFoundError`, and a budget refuses
the task.
"""
_WORKED = Request("x", model="seedance-2.0-fast", ratio="16:9", resolution="720p", duration=5)


def page() -> str:
    """The page, in Markdown."""
    return "\n".join(
        [_INTRODUCTION, *(part for name in own_providers() for part in _provider(name)), *_rates()],
    )


def _provider(name: str) -> Iterator[str]:
    facts, shelf, sources = catalog.provider(name), book(name), Sources()
    yield f"## {plain(facts.name)}\n"
    if shelf.rows:
        found = _quote(name)
        if found is not None:
            yield f"Five seconds of `seedance-2.0-fast` at 720p, 16:9: {plain(found.sum)}.\n"
        yield table(
            ("model", "resolutions", "for", "price", "from", "row", "source"),
            (_row(row, sources) for row in sorted(shelf.rows, key=_order)),
        )
        yield sources.listed()
    else:
        yield "No prices are known.\n"
    for caveat in dict.fromkeys(row.caveat for row in shelf.rows if row.caveat):
        yield f"- {plain(caveat)}\n"


def _quote(name: str) -> Quote | None:
    """At the newest row, whatever day it is when this page is made."""
    days = [row.price.start_date for row in book(name).rows]
    return quote(_WORKED, name, on=max(days)) if days else None


def _order(row: Row) -> tuple[str, str, bool, dt.date]:
    return row.model, row.resolutions[0], row.video_input, row.price.start_date


def _row(row: Row, sources: Sources) -> tuple[str, ...]:
    modes = "" if len(row.modes) == 4 else f" ({', '.join(row.modes)})"
    return (
        code(row.model),
        ", ".join(row.resolutions),
        f"{'with' if row.video_input else 'without'} a reference clip{modes}",
        plain(str(row.price)),
        row.price.start_date.isoformat(),
        code(row.price.id),
        sources.cite(row.price.source, row.price.checked),
    )


def _rates() -> Iterator[str]:
    yield "## Rates between currencies\n"
    yield "For looking at two currencies beside each other. Nothing that is summed or billed is converted.\n"
    yield "\n".join(f"- {plain(str(rate))}" for rate in _bundled()) + "\n"
