"""A chart of what was quoted against what was billed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import altair

from seedance_nb.ledger import Ledger, Where
from seedance_nb.reports import _chart_theme as theme
from seedance_nb.reports._chart import Chart, beside, by_currency, chart, values
from seedance_nb.reports._groupings import group_name, spoken
from seedance_nb.reports._groups import Keys, amount, asked, named, percent
from seedance_nb.reports._voice import Voice
from seedance_nb.words import Word

MOST_POINTS = 400
"""Of more pairs of amounts those that are nearly the same are one point."""
_WIDE = 50
"""From the smallest amount to one so many times as large, equal steps of an axis would hide the small ones."""
WIDTH = 400
"""Of a panel; two fit beside each other."""
_TITLE = Word("Quoted against billed")


@dataclass(slots=True)
class Point:
    """Tasks that were quoted and billed the same, or nearly."""

    currency: str
    group: str
    quoted: int
    """The most, in 10⁻⁸, of all these tasks together; likewise `billed`."""
    billed: int
    tasks: int
    within: int = 0
    above: int = 0
    below: int = 0

    def add(self, other: Point) -> None:
        """Make the tasks of another point its own."""
        for name in ("quoted", "billed", "tasks", "within", "above", "below"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def gathered(ledger: Ledger, names: Sequence[str], where: Where, voice: Voice) -> list[Point]:
    """The points, those of the largest groups first."""
    keys = Keys(named(names))
    points = []
    for row in ledger.quoted_rows(asked(names), where):
        low, high, billed, count = (row[name] for name in ("low", "high", "billed", "tasks"))
        group = group_name(keys.of(row), voice)
        point = Point(row["currency"], group, high * count, billed * count, count)
        point.above, point.below = count * (billed > high), count * (billed < low)
        point.within = count - point.above - point.below
        points.append(point)
    sizes: dict[str, int] = {}
    for point in points:
        sizes[point.group] = sizes.get(point.group, 0) + point.tasks
    order = sorted(sizes, key=lambda name: (-sizes[name], name))
    if len(order) > theme.MOST + 1:
        rest = voice.plural("{count} other", "{count} others", len(order) - theme.MOST)
        for point in points:
            point.group = point.group if point.group in order[: theme.MOST] else rest
    short = theme.names_of(point.group for point in points)
    for point in points:
        point.group = short[point.group]
    digits = 8
    while len(points) > MOST_POINTS and digits > 1:
        digits -= 1
        points = _nearly(points, digits)
    return sorted(points, key=lambda point: (point.currency, point.group, point.quoted, point.billed))


def _nearly(points: Sequence[Point], digits: int) -> list[Point]:
    found: dict[tuple[str, ...], Point] = {}
    for point in points:
        each = (Decimal(point.quoted) / point.tasks, Decimal(point.billed) / point.tasks)
        key = (point.currency, point.group, *(f"{value:.{digits - 1}e}" for value in each))
        if key in found:
            found[key].add(point)
        else:
            found[key] = point
    return list(found.values())


def against(points: Sequence[Point], names: Sequence[str], voice: Voice, notes: Sequence[str]) -> Chart:
    """Billed over quoted, with the line on which they are the same."""
    title = voice.say("{what}, by {by}", what=_TITLE, by=spoken(names, voice))
    panels, told = [], []
    order = list(dict.fromkeys(point.group for point in sorted(points, key=lambda point: -point.tasks)))
    for currency, of_currency in by_currency(points):
        panels.append(_panel(of_currency, currency, order, voice))
        told.append(_told(of_currency, currency, voice))
    what = voice.say("Each mark is one amount: quoted, at most, to the right, billed upwards; on the line both agree.")
    return chart(
        beside(panels),
        voice,
        title=title,
        under=[what, *notes],
        told=[*told, *notes],
    )


def _panel(points: Sequence[Point], currency: str, order: Sequence[str], voice: Voice) -> Any:
    rows: list[dict[str, Any]] = []
    for point in points:
        quoted, billed = (amount(round(value / point.tasks)) for value in (point.quoted, point.billed))
        rows.append(
            {
                "quoted": float(quoted),
                "billed": float(billed),
                "tasks": point.tasks,
                "group": point.group,
                "said": voice.say(
                    "{group}: quoted {quoted}, billed {billed}, {tasks} times",
                    group=point.group,
                    quoted=voice.money(quoted, currency),
                    billed=voice.money(billed, currency),
                    tasks=voice.number(point.tasks),
                ),
            }
        )
    amounts = [row[name] for row in rows for name in ("quoted", "billed") if row[name] > 0]
    low, high = (min(amounts), max(amounts)) if amounts else (0.0, 1.0)
    is_wide = low > 0 and high / low > _WIDE
    ends = [low / 1.5, high * 1.5] if is_wide else [0.0, high * 1.08]
    scale = altair.Scale(type="log" if is_wide else "linear", domain=ends, nice=False)

    def axis(name: Word) -> altair.Axis:
        return altair.Axis(
            labelExpr=voice.money_axis(currency), title=f"{voice.say(name)}, {currency}", tickCount=5, labelOverlap=True
        )

    x = altair.X("quoted:Q", scale=scale, axis=axis(Word("Quoted, at most", "chart")))
    y = altair.Y("billed:Q", scale=scale, axis=axis(Word("Billed", "chart")))
    line = (
        altair.Chart(values([{"quoted": end, "billed": end} for end in ends]))
        .mark_line(color=theme.INK, opacity=0.5, strokeDash=[5, 4], strokeWidth=1.25)
        .encode(x=x, y=y)
    )
    colours = [theme.SERIES[place] if place < theme.MOST else theme.OTHERS for place in range(len(order))]
    shapes = [theme.SHAPES[place] if place < theme.MOST else "stroke" for place in range(len(order))]
    here = [name for name in order if any(point.group == name for point in points)]
    legend = altair.Legend(orient="top", title=None, columns=3, values=here)
    marks = (
        altair.Chart(values(rows))
        .mark_point(filled=True, opacity=0.9)
        .encode(
            x=x,
            y=y,
            size=altair.Size("tasks:Q", scale=altair.Scale(type="sqrt", range=[45, 420]), legend=None),
            color=altair.Color(
                "group:N", scale=altair.Scale(domain=list(order), range=colours), legend=legend, sort=None
            ),
            shape=altair.Shape(
                "group:N", scale=altair.Scale(domain=list(order), range=shapes), legend=legend, sort=None
            ),
            tooltip="said:N",
            description="said:N",
        )
    )
    return altair.layer(line, marks).properties(width=WIDTH, height=300)


def _told(points: Sequence[Point], currency: str, voice: Voice) -> str:
    tasks, within, above, below = (
        sum(getattr(point, name) for point in points) for name in ("tasks", "within", "above", "below")
    )
    quoted, billed = (amount(sum(getattr(point, name) for point in points)) for name in ("quoted", "billed"))
    said = voice.say(
        "In {currency} {tasks} tasks were quoted {quoted} at most and billed {billed}: {within} as quoted, "
        "{above} more, {below} less.",
        currency=currency,
        tasks=voice.number(tasks),
        quoted=voice.money(quoted, currency),
        billed=voice.money(billed, currency),
        within=voice.number(within),
        above=voice.number(above),
        below=voice.number(below),
    )
    share = percent(billed, quoted)
    if share is None:
        return said
    return voice.together(
        [said, voice.say("Billed is {share} of quoted.", share=voice.percent(billed, quoted, places=2))]
    )
