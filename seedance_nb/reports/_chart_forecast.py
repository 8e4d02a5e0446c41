"""A chart of what is to come: spending by the last weeks, and its interval."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import altair

from seedance_nb.ledger import Where
from seedance_nb.reports import _chart_theme as theme
from seedance_nb.reports._chart import Chart, along, chart, values
from seedance_nb.reports._forecast import BY_WEEKS, MEAN_ONLY
from seedance_nb.reports._voice import Voice
from seedance_nb.words import Said, Word

if TYPE_CHECKING:
    from seedance_nb.reports.ledger_view import LedgerView

STEP = 7
"""Days between two points that the interval is drawn through."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is expected after some days, with the interval that holds about four times in five; None: not known."""

    day: dt.date
    expected: Decimal
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Course:
    """What was charged in one currency, added up by day, and what is to come on top."""

    currency: str
    past: tuple[tuple[dt.date, Decimal], ...]
    """The sum up to the end of each day, today's charges left out."""
    ahead: tuple[Ahead, ...]
    method: Said


def courses(view: LedgerView, where: Where, *, days: int, weeks: int, now: dt.datetime) -> list[Course]:
    """Each currency that enough was charged in to expect something."""
    steps = sorted({*range(STEP, days, STEP), days})
    ahead: dict[str, list[Ahead]] = {}
    about: dict[str, tuple[int, Said]] = {}
    today = now.astimezone(dt.UTC).date()
    for step in steps:
        for row in view.forecast(days=step, weeks=weeks, where=where, now=now).to_dict("records"):
            if row["expected"] is not None:
                day = today + dt.timedelta(days=step)
                ahead.setdefault(str(row["currency"]), []).append(Ahead(day, row["expected"], row["low"], row["high"]))
                about[str(row["currency"])] = int(row["past_days"]), BY_WEEKS if row["low"] is not None else MEAN_ONLY
    found = []
    for currency in sorted(ahead, key=lambda name: (name != "CNY", name)):
        past_days, method = about[currency]
        first = today - dt.timedelta(days=past_days)
        met = {**where, "currency": currency, "since": first, "until": today - dt.timedelta(days=1)}
        by_day = {str(row["day"]): row["cost"] for row in view._ledger.cost_rows(("day",), None, met)}
        total, past = Decimal(0), []
        for place in range(past_days):
            day = first + dt.timedelta(days=place)
            cost = by_day.get(day.isoformat(), Decimal(0))
            assert isinstance(cost, Decimal)
            total += cost
            past.append((day, total))
        found.append(Course(currency, tuple(past), tuple(ahead[currency]), method))
    return found


def forecast(found: Sequence[Course], voice: Voice, notes: Sequence[str], width: int) -> Chart:
    """Each currency's sum over time, and the cone of what is to come."""
    days = (found[0].ahead[-1].day - found[0].past[-1][0]).days - 1
    title = voice.say("What the coming {days} days will cost", days=voice.number(days))
    told = [_told(one, voice) for one in found]
    methods = list(dict.fromkeys(voice.say(one.method) for one in found))
    return chart(
        [_course(one, voice, width) for one in found],
        voice,
        title=title,
        under=[*told, *notes],
        told=[*told, *methods, *notes],
    )


def _told(course: Course, voice: Voice) -> str:
    last = course.ahead[-1]
    said = [
        voice.say(
            "{amount} in the last {days} days.",
            amount=voice.money(course.past[-1][1], course.currency),
            days=voice.number(len(course.past)),
        ),
        voice.say(
            "Until {day} {expected} more are expected.",
            day=f"{last.day:%Y-%m-%d}",
            expected=voice.money(last.expected, course.currency),
        ),
    ]
    if last.low is not None and last.high is not None:
        said.append(
            voice.say(
                "Four times in five it is between {low} and {high}.",
                low=voice.money(last.low, course.currency),
                high=voice.money(last.high, course.currency),
            )
        )
    return voice.together(said)


def _course(course: Course, voice: Voice, width: int) -> Any:
    before = course.past[-1][1]
    today = course.past[-1][0] + dt.timedelta(days=1)
    first = course.past[0][0]
    last = course.ahead[-1]
    past = [{"at": milliseconds(first), "sum": 0.0}] + [
        {"at": milliseconds(day + dt.timedelta(days=1)), "sum": float(total)} for day, total in course.past
    ]
    cone = [{"at": milliseconds(today), "sum": float(before), "low": float(before), "high": float(before)}] + [
        {
            "at": milliseconds(one.day),
            "sum": float(before + one.expected),
            "low": float(before + (one.expected if one.low is None else one.low)),
            "high": float(before + (one.expected if one.high is None else one.high)),
        }
        for one in course.ahead
    ]
    x = days_axis(first, last.day, voice)
    most = max(row["high"] for row in cone)
    scale = altair.Scale(domain=[0, most * 1.08 or 1], nice=True)
    axis = altair.Axis(labelExpr=voice.money_axis(course.currency), title=course.currency, tickCount=5)
    y = altair.Y("sum:Q", scale=scale, axis=axis)
    said = voice.say(
        "Until {day} {expected} more are expected.",
        day=f"{last.day:%Y-%m-%d}",
        expected=voice.money(last.expected, course.currency),
    )
    band = (
        altair.Chart(values(cone))
        .mark_area(color=theme.SERIES[1], opacity=0.22)
        .encode(x=x, y=along("low", y), y2="high:Q")
    )
    line = altair.Chart(values(past)).mark_line(color=theme.SERIES[0], strokeWidth=2.5).encode(x=x, y=y)
    dashes = (
        altair.Chart(values([{**row, "said": said} for row in cone]))
        .mark_line(color=theme.SERIES[1], strokeWidth=2.5, strokeDash=[6, 4])
        .encode(x=x, y=y, tooltip="said:N")
    )
    marks = [
        {"at": milliseconds(today), "sum": float(before), "said": voice.money(before, course.currency)},
        {
            "at": milliseconds(last.day),
            "sum": float(before + last.expected),
            "said": f"+{voice.money(last.expected, course.currency)}",
        },
    ]
    dots = altair.Chart(values(marks))
    points = dots.mark_point(filled=True, size=60, color=theme.INK, opacity=1).encode(x=x, y=y)
    labels = dots.mark_text(align="right", baseline="bottom", dx=-7, dy=-5, color=theme.INK).encode(
        x=x, y=y, text="said:N"
    )
    layers = [band, rule(today, x, voice), line, dashes, points, labels]
    return altair.layer(*layers).properties(width=width, height=theme.HEIGHT)


def days_axis(first: dt.date, last: dt.date, voice: Voice, name: str = "at") -> altair.X:
    """The days from one to another, with eight of them named at most."""
    step = max(1, -(-(last - first).days // 7))
    ticks = [milliseconds(first + dt.timedelta(days=place)) for place in range(0, (last - first).days + 1, step)]
    return altair.X(
        f"{name}:Q",
        scale=altair.Scale(domain=[milliseconds(first), milliseconds(last)], nice=False),
        axis=altair.Axis(values=ticks, labelExpr=voice.day_axis(first, last), grid=False, title=None, labelFlush=False),
    )


def rule(day: dt.date, x: altair.X, voice: Voice) -> Any:
    """Where the past ends."""
    base = altair.Chart(values([{"at": milliseconds(day), "said": voice.say(Word("Today", "chart"))}]))
    line = base.mark_rule(color=theme.INK, opacity=0.4, strokeDash=[3, 3]).encode(x=x)
    text = base.mark_text(align="left", baseline="top", dx=4, color=theme.INK, opacity=0.85, fontSize=11).encode(
        x=x, y=altair.value(2), text="said:N"
    )
    return altair.layer(line, text)


def milliseconds(day: dt.date) -> float:
    """Where a day begins, as Vega counts."""
    return dt.datetime.combine(day, dt.time(), dt.UTC).timestamp() * 1000
