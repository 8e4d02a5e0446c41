"""What 10⁴, 10⁵ and 10⁶ clips a day cost and ask for, out of what one was measured to: the tables of `docs/scale.md`.

`python -m benchmarks.scale` prints them. With figures of your own: `python -m benchmarks.scale clip_mb=9 peak=2`.
Limits, usual times and prices are those of the catalog and the price book, with their dates; the rest is measured by
`python -m benchmarks.unit_loads` and others, or assumed, and says which.
"""

from __future__ import annotations

import datetime as dt
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from seedance_nb import catalog, prices
from seedance_nb.errors import PriceNotFoundError
from seedance_nb.money import Money
from seedance_nb.request import Request

SIZES = (10_000, 100_000, 1_000_000)
DAY = 86_400
ON = dt.date(2026, 11, 26)
"""Prices and rates of this day."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that the tables rest on."""

    value: float
    unit: str
    source: str


_LOADS = "measured, `benchmarks/unit_loads.py`"
_ASSUMED = "assumed"
FIGURES: dict[str, Figure] = {
    "tries": Figure(1.05, "creates for each clip that is kept", f"{_ASSUMED}: one in twenty fails, and is made again"),
    "peak": Figure(3, "times the mean, in the busiest hours", f"{_ASSUMED}: all of a day's clips in eight hours"),
    "clip_mb": Figure(
        5.5, "MB a clip, 5 s at 720p", f"{_ASSUMED}: no provider says; `SELECT avg(bytes) FROM artifacts` knows yours"
    ),
    "poster_mb": Figure(0.022, "MB a poster", "measured, the sandbox's clips"),
    "views": Figure(3, "times that a clip is loaded from the store", f"{_ASSUMED}: by those who look and vote"),
    "polls": Figure(
        1.73, "requests a task, 10 under way, by list", f"{_LOADS}, the simulator of `benchmarks/polling.py`"
    ),
    "polls_single": Figure(17.5, "requests a task, 10 under way, one by one", f"{_LOADS}, likewise"),
    "rows": Figure(11, "rows a task: itself, 7 events, a charge, clip and poster", "counted, a task of the sandbox"),
    "transactions": Figure(6, "transactions a task", "counted, `benchmarks/unit_loads.py`"),
    "sqlite_bytes": Figure(4_090, "bytes a task in SQLite", "measured, `benchmarks/big_ledger.py`, a million tasks"),
    "postgres_bytes": Figure(4_690, "bytes a task in PostgreSQL", f"{_LOADS}"),
    "sqlite_rate": Figure(1_130, "transactions a second, SQLite, four processes", f"{_LOADS}"),
    "postgres_rate": Figure(174, "transactions a second, PostgreSQL, four processes", f"{_LOADS}"),
    "kernel_s": Figure(
        0.0141, "s of processor a task in the kernel", "measured on 2026-11-21, `benchmarks/live_tasks.py`"
    ),
    "poster_s": Figure(0.022, "s of processor a clip: probe and poster", f"{_LOADS}"),
    "measures_s": Figure(0.62, "s of processor a clip: measures", f"{_LOADS}"),
    "twin_s": Figure(2.0, "s of processor a clip: a twin in H.264", f"{_LOADS}"),
    "live": Figure(10_000, "tasks under way in one kernel", "measured on 2026-11-21, `benchmarks/live_tasks.py`"),
    "line_mbit": Figure(1_000, "Mbit/s of the line", f"{_ASSUMED}"),
}


def _request() -> Request:
    return Request("A fox in the snow", ratio="16:9")  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Scale:
    """The figures, and what follows from them for a number of clips a day."""

    figures: dict[str, Figure]

    def __getitem__(self, name: str) -> float:
        return self.figures[name].value

    @property
    def seconds(self) -> tuple[float, float]:
        """The least and the most that a task usually takes at Ark, from create to end."""
        usual = next(one for one in catalog.provider("ark").usual if (one.resolution, one.duration) == ("720p", 5))
        return float(usual.seconds.low), float(usual.seconds.high)

    def creates(self, clips: float) -> float:
        """A second, on the mean."""
        return clips * self["tries"] / DAY

    def under_way(self, clips: float) -> tuple[float, float]:
        """Tasks at a time, on the mean."""
        low, high = self.seconds
        return self.creates(clips) * low, self.creates(clips) * high


def _round(value: float) -> str:
    """A number to two figures, with the thousands apart."""
    if not value:
        return "0"
    places = 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, places)
    return f"{rounded:,.{max(0, places)}f}" if places > 0 else f"{round(rounded):,}"


def _between(low: float, high: float) -> str:
    return f"{_round(low)} to {_round(high)}"


def _up(low: float, high: float | None = None) -> str:
    """How many whole ones."""
    least, most = math.ceil(low), math.ceil(low if high is None else high)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


_DAYS = tuple(f"{size:,} a day" for size in SIZES)


def figures(scale: Scale) -> str:
    """What all rests on."""
    return _table(
        ("figure", "value", "of what", "from where"),
        [(f"`{name}`", f"{one.value:,g}", one.unit, one.source) for name, one in scale.figures.items()],
    ).replace("| ---: | ---: | ---: |", "| ---: | --- | --- |")


def loads(scale: Scale) -> str:
    """What so many clips a day ask for; means, and what is asked for in the busiest hours."""
    peak = scale["peak"]

    def each(what: str, of: float, unit: str = "", *, peaks: bool = True) -> tuple[str, ...]:
        cells = []
        for size in SIZES:
            value = of * size
            most = f" ({_round(value * peak)})" if peaks else ""
            cells.append(f"{_round(value)}{most}{unit}")
        return (what, *cells)

    per_second = scale["tries"] / DAY
    transactions = per_second * scale["transactions"]
    stored = scale["clip_mb"] + scale["poster_mb"]
    low, high = scale.seconds
    rows: list[tuple[str, ...]] = [
        each("creates a second", per_second),
        ("tasks under way", *(_between(*scale.under_way(size)) for size in SIZES)),
        ("… in the busiest hours", *(_between(*(one * peak for one in scale.under_way(size))) for size in SIZES)),
        each("polls a second, by list", per_second * scale["polls"]),
        each("polls a second, one by one", per_second * scale["polls_single"]),
        each("download, Mbit/s", scale["clip_mb"] * 8 / DAY),
        each("storage, GB a day", stored / 1e3, peaks=False),
        each("storage, TB a year", stored * 365 / 1e6, peaks=False),
        each("egress to people, GB a day", scale["clip_mb"] * scale["views"] / 1e3, peaks=False),
        each("ledger, rows a day", scale["tries"] * scale["rows"], peaks=False),
        each("ledger in SQLite, GB a year", scale["tries"] * scale["sqlite_bytes"] * 365 / 1e9, peaks=False),
        each("ledger in PostgreSQL, GB a year", scale["tries"] * scale["postgres_bytes"] * 365 / 1e9, peaks=False),
        each("ledger, transactions a second", transactions),
        each("processors for the kernels", per_second * scale["kernel_s"]),
        each("processors for posters", scale["poster_s"] / DAY),
        each("processors for measures", scale["measures_s"] / DAY),
        each("processors for twins", scale["twin_s"] / DAY),
    ]
    note = f"Ark takes {low:g} to {high:g} s for 5 s at 720p, as seen from 2026-05 to 2026-08 (catalog)."
    return f"{_table(('on the mean (in the busiest hours)', *_DAYS), rows)}\n\n{note}"


def carried(scale: Scale) -> str:
    """What one of each carries, the least first: what gives way first, and how many it takes."""
    peak = scale["peak"]
    low, high = scale.seconds
    tries = scale["tries"]
    found: list[tuple[str, float, float]] = []
    for limit in catalog.provider("ark").limits:
        if limit.concurrent is not None and "720p" in limit.resolutions:
            each = [limit.concurrent * DAY / seconds / tries for seconds in (high, low)]
            found.append((f"Ark account, {limit.account}: {limit.concurrent} tasks at once", *each))
            assert limit.creates_per_minute is not None
            by_minute = limit.creates_per_minute * 1440 / tries
            name = f"Ark account, {limit.account}: {limit.creates_per_minute} creates a minute"
            found.append((name, by_minute, by_minute))
    rates = {rate.operation: rate.per_second for rate in catalog.provider("ark").rates}
    one = {
        "one processor, with measures and twins": DAY
        / (scale["kernel_s"] * tries + scale["poster_s"] + scale["measures_s"] + scale["twin_s"]),
        "one processor, with posters alone": DAY / (scale["kernel_s"] * tries + scale["poster_s"]),
        "ledger in one SQLite file": scale["sqlite_rate"] * DAY / (scale["transactions"] * tries),
        "ledger in PostgreSQL": scale["postgres_rate"] * DAY / (scale["transactions"] * tries),
        f"line of {scale['line_mbit']:,g} Mbit/s": scale["line_mbit"] * DAY / (scale["clip_mb"] * 8),
        f"Ark account: {rates['list']} list a second": rates["list"] * DAY / (scale["polls"] * tries),
        f"Ark account: {rates['get']} gets a second": rates["get"] * DAY / (scale["polls_single"] * tries),
    }
    found += [(name, value, value) for name, value in one.items()]
    kernel = [scale["live"] * DAY / seconds / tries for seconds in (high, low)]
    found.append((f"one kernel: {scale['live']:,g} tasks under way", kernel[0], kernel[1]))
    found.sort(key=lambda row: row[1])
    rows = []
    for name, least, most in found:
        carries = _round(least) if least == most else _between(least, most)
        cells = []
        for size in SIZES:
            mean, busy = _up(size / most, size / least), _up(size * peak / most, size * peak / least)
            cells.append(mean if mean == busy else f"{mean} ({busy})")
        rows.append((name, carries, *cells))
    return _table(("one of", "carries, clips a day", *_DAYS), rows)


def bills(scale: Scale) -> str:
    """What the providers ask for the clips."""
    rows = []
    for provider in catalog.providers():
        try:
            quote = prices.quote(_request(), provider, on=ON)
        except PriceNotFoundError:
            continue
        money = quote.high
        cells = [str(Money(money.amount * size, money.currency)) for size in SIZES]
        if money.currency != "CNY":
            rate = prices.fx(money.currency, "CNY", on=ON)
            cells = [
                f"{cell} ({prices.convert(Money(money.amount * size, money.currency), 'CNY', rate)})"
                for cell, size in zip(cells, SIZES, strict=True)
            ]
        amount = money.amount.normalize()
        row = f"`{quote.price.id}`, {quote.price.checked}{f'. {quote.caveat}' if quote.caveat else ''}"
        rows.append((provider, f"{amount:f} {money.currency}", *cells, row))
    rate = prices.fx("USD", "CNY", on=ON)
    note = f"Seen in yuan at {rate}. Only tasks that succeed are billed, so what fails is not in it."
    heads = ("5 s at 720p, 16:9, without a reference clip", "each", *_DAYS, "price row, checked")
    return f"{_table(heads, rows)}\n\n{note}".replace("---: |\n", "--- |\n", 1)


TABLES = {"figures": figures, "loads": loads, "carried": carried, "bills": bills}


def tables(scale: Scale | None = None) -> dict[str, str]:
    """Each table by name, in Markdown."""
    chosen = scale or Scale(FIGURES)
    return {name: table(chosen) for name, table in TABLES.items()}


def in_page(page: str, made: dict[str, str]) -> str:
    """A page with the tables between its marks."""
    for name, table in made.items():
        begin, end = f"<!-- {name}: python -m benchmarks.scale -->", f"<!-- end of {name} -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}\n{table}\n{end}{after}"
    return page


def main() -> None:
    """Print the tables; with `page`, put them into `docs/scale.md`."""
    if sys.argv[1:] == ["page"]:
        page = Path(__file__).parents[1] / "docs" / "scale.md"
        page.write_text(in_page(page.read_text("utf-8"), tables()), "utf-8")
        return
    given = dict(pair.split("=", 1) for pair in sys.argv[1:])
    chosen = dict(FIGURES)
    for name, value in given.items():
        if name not in chosen:
            raise SystemExit(f"There is no figure {name!r}. There are {', '.join(chosen)}.")
        chosen[name] = replace(chosen[name], value=float(Decimal(value)), source="given")
    for name, table in tables(Scale(chosen)).items():
        print(f"## {name}\n\n{table}\n")


if __name__ == "__main__":
    main()
