"""Charts of what was charged: over time, and by what it was for. Sums are exact until they are drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import altair

from seedance_nb.ledger import Over
from seedance_nb.reports import _chart_theme as theme
from seedance_nb.reports._chart import Chart, along, chart, values
from seedance_nb.reports._chart_spent import Costs, Spent, gathered
from seedance_nb.reports._groupings import spoken
from seedance_nb.reports._voice import Voice
from seedance_nb.words import Word

__all__ = ["MOST_BARS", "by_group", "gathered", "over_time"]

MOST_BARS = 12
"""So many groups have a bar of their own."""
_SEGMENT_PX = 11
"""A letter stands in what is at least so high and wide."""
_PERIOD: dict[Over, Word] = {
    "day": Word("Cost by day", "chart"),
    "week": Word("Cost by week", "chart"),
    "month": Word("Cost by month", "chart"),
}


# -- over time --


def over_time(costs: Costs, names: Sequence[str], over: Over, voice: Voice, notes: Sequence[str], width: int) -> Chart:
    """Stacked bars by stretch of time."""
    title = voice.say(_PERIOD[over])
    if names:
        title = voice.say("{what} and {by}", what=title, by=spoken(names, voice))
    told = [voice.together([_told(panel, voice), _course(panel, voice)]) for panel in costs.panels]
    said = [*told, *_apart(costs, voice), *notes]
    periods = [period for panel in costs.panels for period in panel.by_period]
    span = min(periods), _next(max(periods), over)
    places = _places(costs.panels)
    panels = [
        _stack(panel, over, voice, span, of_panel if names else {}, width)
        for panel, of_panel in zip(costs.panels, places, strict=True)
    ]
    shown = [_when(costs, span, voice), *_apart(costs, voice), *notes]
    return chart(panels, voice, title=title, under=shown, told=said)


def _stack(
    panel: Spent, over: Over, voice: Voice, span: tuple[dt.date, dt.date], places: Mapping[str, int], width: int
) -> Any:
    """One currency; without places there is one group and no legend."""
    most = max((sum(parts.values(), Decimal(0)) for parts in panel.by_period.values()), default=Decimal(0))
    periods = _all(*span, over)
    wide = width / len(periods)
    segments: list[dict[str, Any]] = []
    tops: list[dict[str, Any]] = []
    for period, parts in panel.by_period.items():
        low = Decimal(0)
        begin, end = _ms(period), _ms(_next(period, over))
        for name, cost in parts.items():
            if not cost:
                continue
            is_large = wide >= _SEGMENT_PX and theme.HEIGHT * cost / most >= _SEGMENT_PX
            colour, letter = _sign(places.get(name, 0))
            segments.append(
                {
                    "begin": begin,
                    "end": end,
                    "middle": (begin + end) / 2,
                    "low": float(low),
                    "high": float(low + cost),
                    "centre": float(low + cost / 2),
                    "group": _label(panel, name, places, voice),
                    "letter": letter if is_large and places else "",
                    "ink": theme.ink_on(colour),
                    "said": " · ".join(filter(None, (f"{period:%Y-%m-%d}", name, voice.money(cost, panel.currency)))),
                }
            )
            low += cost
        tops.append({"middle": (begin + end) / 2, "top": float(low), "said": voice.money(low, panel.currency)})
    highest = max(tops, key=lambda top: (top["top"], -top["middle"]))
    x = altair.X(
        "begin:Q",
        scale=altair.Scale(domain=[_ms(span[0]), _ms(span[1])], nice=False),
        axis=altair.Axis(
            # A bar's label stands below its middle; a week is called by its first day.
            values=[(_ms(period) + _ms(_next(period, over))) / 2 for period in periods[:: -(-len(periods) // 8)]],
            labelExpr=voice.day_axis(*span, shift_ms=_ms(dt.date(1970, 1, 8)) / 2 if over == "week" else 0),
            grid=False,
            title=None,
            labelFlush=False,
        ),
    )
    y = altair.Y(
        "low:Q",
        scale=altair.Scale(domain=[0, float(most) * 1.1 or 1], nice=True),
        axis=altair.Axis(labelExpr=voice.money_axis(panel.currency), title=panel.currency, tickCount=5),
    )
    scale = altair.Scale(
        domain=[_label(panel, name, places, voice) for name in panel.groups],
        range=[_sign(places.get(name, 0))[0] for name in panel.groups],
    )
    legend = altair.Legend(orient="top", title=None, columns=2, symbolType="square") if places else None
    gap = min(1.5, wide / 8)
    drawn = altair.Chart(values(segments))
    bars = drawn.mark_rect(xOffset=gap, x2Offset=-gap, y2Offset=0.75).encode(
        x=x,
        x2="end:Q",
        y=y,
        y2="high:Q",
        color=altair.Color("group:N", scale=scale, legend=legend, sort=None),
        tooltip="said:N",
        description="said:N",
    )
    letters = (
        altair.Chart(values(segment for segment in segments if segment["letter"]))
        .mark_text(fontSize=10, fontWeight=600, baseline="middle", aria=True)
        .encode(
            x=along("middle", x),
            y="centre:Q",
            text="letter:N",
            color=altair.Color("ink:N", scale=None),
            tooltip="said:N",
            description="said:N",
        )
    )
    top = (
        altair.Chart(values([highest]))
        .mark_text(baseline="bottom", dy=-4, color=theme.INK)
        .encode(x=along("middle", x), y="top:Q", text="said:N")
    )
    return altair.layer(bars, letters, top).properties(width=width, height=theme.HEIGHT)


# -- by what it was for --


def by_group(costs: Costs, names: Sequence[str], voice: Voice, notes: Sequence[str], width: int) -> Chart:
    """A bar for each group, the most first."""
    title = voice.say("Cost by {by}", by=spoken(names, voice))
    panels = [_bars(panel, voice, width) for panel in costs.panels]
    told = [_told(panel, voice, most=MOST_BARS) for panel in costs.panels]
    notes = [*_apart(costs, voice), *notes]
    return chart(
        panels,
        voice,
        title=title,
        under=notes,
        told=[*told, *notes],
    )


def _bars(panel: Spent, voice: Voice, width: int) -> Any:
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "cost": float(cost),
            "said": f"{voice.money(cost, panel.currency)} · {voice.percent(cost, panel.total or 1)}",
            "whole": f"{name} · {voice.money(cost, panel.currency)} · {voice.percent(cost, panel.total or 1)}",
            "colour": theme.SERIES[0] if place < MOST_BARS else theme.OTHERS,
        }
        for place, (name, cost) in enumerate(panel.groups.items())
    ]
    y = altair.Y(
        "name:N",
        sort=[row["name"] for row in rows],
        axis=altair.Axis(title=None, labelLimit=270, domain=False, ticks=False, labelPadding=8),
        scale=altair.Scale(paddingInner=0.35, paddingOuter=0.2),
    )
    most = max(row["cost"] for row in rows)
    x = altair.X(
        "cost:Q",
        scale=altair.Scale(domain=[0, most * 1.25 or 1], nice=False),
        axis=None,
    )
    base = altair.Chart(values(rows))
    bars = base.mark_bar(cornerRadiusEnd=2).encode(
        x=x, y=y, color=altair.Color("colour:N", scale=None), tooltip="whole:N", description="whole:N"
    )
    said = base.mark_text(align="left", dx=6, color=theme.INK).encode(x="cost:Q", y=y, text="said:N")
    title = altair.TitleParams(
        f"{panel.currency} · {voice.money(panel.total, panel.currency)}", fontSize=12, fontWeight="normal", offset=4
    )
    return altair.layer(bars, said).properties(width=width - 140, height=altair.Step(30), title=title)


# -- words and small parts --


def _told(panel: Spent, voice: Voice, most: int = theme.MOST) -> str:
    """A panel in words: the sum, and the largest parts of it."""
    total = voice.money(panel.total, panel.currency)
    said = voice.say(
        "{amount} in {currency} for {tasks}.",
        amount=total,
        currency=panel.currency,
        tasks=voice.plural("{count} task", "{count} tasks", panel.tasks),
    )
    parts = [
        voice.say(
            "{name} {amount} ({share})",
            name=name,
            amount=voice.money(cost, panel.currency),
            share=voice.percent(cost, panel.total or 1),
        )
        for name, cost in [*panel.groups.items()][: most + 1]
        if name
    ]
    return voice.together([said, f"{voice.listed(parts)}{voice.stop}" if parts else ""])


def _course(panel: Spent, voice: Voice) -> str:
    """When most was charged, and whether it rises."""
    sums = {period: sum(parts.values(), Decimal(0)) for period, parts in panel.by_period.items()}
    most = max(sums, key=lambda period: (sums[period], -period.toordinal()))
    said = [
        voice.say(
            "The most from {day} on: {amount}.", day=f"{most:%Y-%m-%d}", amount=voice.money(sums[most], panel.currency)
        )
        if len(sums) > 1
        else ""
    ]
    first, last = min(sums), max(sums)
    middle = first + (last - first) / 2
    before = sum((cost for period, cost in sums.items() if period <= middle), Decimal(0))
    after = panel.total - before
    if len(sums) > 3 and before:
        said.append(
            voice.say(
                "Until {day} it was {before}, after that {after}.",
                day=f"{middle:%Y-%m-%d}",
                before=voice.money(before, panel.currency),
                after=voice.money(after, panel.currency),
            )
        )
    return voice.together(said)


def _apart(costs: Costs, voice: Voice) -> list[str]:
    said = [
        voice.say("{amount} more has no known rate and is in no sum.", amount=voice.money(cost, currency))
        for cost, currency in costs.apart
    ]
    return [costs.rates and voice.say("Converted at {rate}.", rate=costs.rates), *said]


def _when(costs: Costs, span: tuple[dt.date, dt.date], voice: Voice) -> str:
    first, last = span[0], span[1] - dt.timedelta(days=1)
    amounts = " + ".join(voice.money(panel.total, panel.currency) for panel in costs.panels)
    return f"{first:%Y-%m-%d} – {last:%Y-%m-%d} (UTC) · {amounts}{voice.stop}"


def _places(panels: Sequence[Spent]) -> list[dict[str, int]]:
    """Which letter and colour each group has in each panel: the same in all, as long as there are enough."""
    common = list(dict.fromkeys(name for panel in panels for name in panel.groups if name != panel.rest))
    if len(common) <= theme.MOST:
        return [
            {name: theme.MOST if name == panel.rest else common.index(name) for name in panel.groups}
            for panel in panels
        ]
    return [{name: place for place, name in enumerate(panel.groups)} for panel in panels]


def _sign(place: int) -> tuple[str, str]:
    """A colour and a letter; the rest is grey and has none."""
    return (theme.SERIES[place], theme.LETTERS[place]) if place < theme.MOST else (theme.OTHERS, "")


def _label(panel: Spent, name: str, places: Mapping[str, int], voice: Voice) -> str:
    """A group in the legend: its letter, name and sum."""
    letter = _sign(places.get(name, 0))[1]
    return "\u00a0\u00a0".join(filter(None, (letter, name, voice.money(panel.groups[name], panel.currency))))


def _next(period: dt.date, over: Over) -> dt.date:
    if over == "month":
        return dt.date(period.year + period.month // 12, period.month % 12 + 1, 1)
    return period + dt.timedelta(days=7 if over == "week" else 1)


def _all(first: dt.date, last: dt.date, over: Over) -> list[dt.date]:
    found = [first]
    while (period := _next(found[-1], over)) < last:
        found.append(period)
    return found


def _ms(day: dt.date) -> float:
    return dt.datetime.combine(day, dt.time(), dt.UTC).timestamp() * 1000
