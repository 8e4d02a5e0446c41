"""A chart of a budget as it is used up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import altair

from seedance_nb.budget import Budget
from seedance_nb.money import Money
from seedance_nb.reports import _chart_theme as theme
from seedance_nb.reports._chart import Chart, along, chart, values
from seedance_nb.reports._chart_forecast import STEP, Ahead, courses, days_axis, milliseconds, rule
from seedance_nb.reports._voice import Voice
from seedance_nb.words import Word

if TYPE_CHECKING:
    from seedance_nb.reports.ledger_view import LedgerView

_MOST_DAYS = 62
"""Of a budget by day the last so many are shown."""
_AHEAD = 60
"""So far ahead of today, in days, the end of a budget is drawn."""
Amount = Decimal | int


@dataclass(frozen=True, slots=True)
class Burnt:
    """A budget by day."""

    budget: Budget
    project: str
    days: tuple[tuple[dt.date, Amount, Amount], ...]
    """Each day, what was spent on it, and what was left at its end."""
    ends: dt.date | None
    """When it is used up at the mean of the last week; None: by day, or not known."""
    reserved: str
    """For tasks that are not charged yet, as text; empty: not told apart."""
    ahead: tuple[Ahead, ...]
    """What the coming days will cost."""


def burnt(view: LedgerView, budget: Budget, *, project: str, is_sandbox: bool, now: dt.datetime) -> Burnt:
    """The days of a budget; see `LedgerView.burn_down`."""
    frame = view.burn_down(budget, project=project, sandbox=is_sandbox, now=now)
    days = tuple(
        (at.to_pydatetime().astimezone().date(), spent, left)
        for at, spent, left in zip(frame["day"], frame["spent"], frame["left"], strict=True)
    )
    ends = frame.attrs["ends"]
    ahead: tuple[Ahead, ...] = ()
    if budget.per == "project" and isinstance(budget.limit, Money):
        met = {"sandbox": is_sandbox, "submitted_project": project, "currency": budget.limit.currency}
        far = (dt.date.fromisoformat(ends) - days[-1][0]).days if ends else STEP * 2
        found = courses(view, met, days=max(STEP * 2, min(far + STEP, _AHEAD)), weeks=8, now=now)
        ahead = found[0].ahead if found else ()
    return Burnt(
        budget,
        project,
        days if budget.per == "project" else days[-_MOST_DAYS:],
        dt.date.fromisoformat(ends) if ends else None,
        str(frame.attrs.get("reserved", "")),
        ahead,
    )


def burn_down(found: Burnt, voice: Voice, notes: Sequence[str], width: int) -> Chart:
    """What is left by day; of a budget by day, what each day used of it."""
    shown = theme.name_of(found.project)
    title = voice.say(Word("What is left of {budget}", "chart"), budget=_limit(found, voice))
    if found.budget.per == "day":
        title = voice.say(Word("Used by day, of {budget} a day", "chart"), budget=_limit(found, voice))
    title = f"{title} · {shown}" if shown else title
    told = _burnt_told(found, voice)
    panel = _left(found, voice, width) if found.budget.per == "project" else _used(found, voice, width)
    return chart(
        [panel],
        voice,
        title=title,
        under=[told, *notes],
        told=[told, *notes],
    )


def _burnt_told(found: Burnt, voice: Voice) -> str:
    day, spent, left = found.days[-1]
    if found.budget.per == "day":
        over = sum(1 for _, _, rest in found.days if rest < 0)
        most = max(found.days, key=lambda one: (one[1], one[0]))
        said = [
            voice.say("Today {spent} of it is used.", spent=_amount(found, spent, voice)),
            voice.say(
                "The most was {amount} on {day}.", amount=_amount(found, most[1], voice), day=f"{most[0]:%Y-%m-%d}"
            ),
            voice.plural("{count} day was above it.", "{count} days were above it.", over) if over else "",
        ]
        return voice.together(said)
    said = [voice.say("{amount} is left on {day}.", amount=_amount(found, left, voice), day=f"{day:%Y-%m-%d}")]
    if found.reserved and Decimal(found.reserved):
        held: Amount = Decimal(found.reserved) if found.budget.unit == "money" else int(found.reserved)
        said.append(voice.say("{amount} more is reserved.", amount=_amount(found, held, voice)))
    if found.ends is not None and left > 0:
        said.append(
            voice.say("At the pace of the last seven days it is used up on {day}.", day=f"{found.ends:%Y-%m-%d}")
        )
    return voice.together(said)


def _left(found: Burnt, voice: Voice, width: int) -> Any:
    today, _, left = found.days[-1]
    limit = found.budget.limit.amount if isinstance(found.budget.limit, Money) else found.budget.limit
    past = [{"at": milliseconds(found.days[0][0]), "left": float(limit)}] + [
        {"at": milliseconds(day + dt.timedelta(days=1)), "left": float(rest)} for day, _, rest in found.days
    ]
    now = today + dt.timedelta(days=1)
    cone = [{"at": milliseconds(now), "left": float(left), "low": float(left), "high": float(left)}] + [
        {
            "at": milliseconds(one.day),
            "left": max(0.0, float(Decimal(left) - one.expected)),
            "low": max(0.0, float(Decimal(left) - (one.expected if one.high is None else one.high))),
            "high": max(0.0, float(Decimal(left) - (one.expected if one.low is None else one.low))),
        }
        for one in found.ahead
        if left > 0
    ]
    last = max([now, *(one.day for one in found.ahead)])
    x = days_axis(found.days[0][0], last, voice)
    low = min(0.0, *(row["left"] for row in past))
    scale = altair.Scale(domain=[low, float(limit) * 1.05], nice=False)
    y = altair.Y("left:Q", scale=scale, axis=_amount_axis(found, voice))
    zero = altair.Chart(values([{"left": 0}])).mark_rule(color=theme.INK, strokeWidth=1.25).encode(y=y)
    layers = [zero, rule(now, x, voice)]
    if len(cone) > 1:
        layers.append(
            altair.Chart(values(cone))
            .mark_area(color=theme.SERIES[1], opacity=0.22)
            .encode(x=x, y=along("low", y), y2="high:Q")
        )
        layers.append(
            altair.Chart(values(cone))
            .mark_line(color=theme.SERIES[1], strokeWidth=2.5, strokeDash=[6, 4])
            .encode(x=x, y=y)
        )
    line = altair.Chart(values(past)).mark_line(color=theme.SERIES[0], strokeWidth=2.5).encode(x=x, y=y)
    dot = altair.Chart(values([{"at": milliseconds(now), "left": float(left), "said": _amount(found, left, voice)}]))
    layers += [
        line,
        dot.mark_point(filled=True, size=60, color=theme.INK, opacity=1).encode(x=x, y=y),
        dot.mark_text(align="left", baseline="bottom", dx=7, dy=-5, color=theme.INK).encode(x=x, y=y, text="said:N"),
    ]
    return altair.layer(*layers).properties(width=width, height=theme.HEIGHT)


def _used(found: Burnt, voice: Voice, width: int) -> Any:
    limit = found.budget.limit.amount if isinstance(found.budget.limit, Money) else found.budget.limit
    rows = [
        {
            "begin": milliseconds(day),
            "end": milliseconds(day + dt.timedelta(days=1)),
            "used": float(spent),
            "zero": 0.0,
            "colour": theme.SERIES[1] if rest < 0 else theme.SERIES[0],
            "said": f"{day:%Y-%m-%d} · {_amount(found, spent, voice)}",
        }
        for day, spent, rest in found.days
        if spent
    ]
    most = max([float(limit), *(float(spent) for _, spent, _ in found.days)])
    scale = altair.Scale(domain=[0, most * 1.1], nice=False)
    x = days_axis(found.days[0][0], found.days[-1][0] + dt.timedelta(days=1), voice, name="begin")
    y = altair.Y("zero:Q", scale=scale, axis=_amount_axis(found, voice))
    bars = (
        altair.Chart(values(rows))
        .mark_rect(xOffset=1, x2Offset=-1)
        .encode(
            x=x,
            x2="end:Q",
            y=y,
            y2="used:Q",
            color=altair.Color("colour:N", scale=None),
            tooltip="said:N",
            description="said:N",
        )
    )
    cap = altair.Chart(values([{"limit": float(limit), "said": _limit(found, voice)}]))
    line = cap.mark_rule(color=theme.INK, strokeDash=[6, 4], strokeWidth=1.5).encode(y=along("limit", y))
    said = cap.mark_text(align="right", baseline="bottom", dy=-4, color=theme.INK).encode(
        x=altair.value(width), y=along("limit", y), text="said:N"
    )
    return altair.layer(bars, line, said).properties(width=width, height=theme.HEIGHT)


def _limit(found: Burnt, voice: Voice) -> str:
    limit = found.budget.limit
    return _amount(found, limit.amount if isinstance(limit, Money) else limit, voice)


def _amount(found: Burnt, amount: Amount, voice: Voice) -> str:
    if isinstance(found.budget.limit, Money):
        return voice.money(Decimal(amount), found.budget.limit.currency)
    unit = Word("{count} tokens", "chart") if found.budget.unit == "tokens" else Word("{count} seconds", "chart")
    return voice.say(unit, count=voice.number(int(amount)))


def _amount_axis(found: Burnt, voice: Voice) -> altair.Axis:
    limit = found.budget.limit
    if isinstance(limit, Money):
        return altair.Axis(labelExpr=voice.money_axis(limit.currency), title=limit.currency, tickCount=5)
    title = Word("Tokens", "report") if found.budget.unit == "tokens" else Word("Seconds", "chart")
    return altair.Axis(labelExpr=voice.number_axis(), title=voice.say(title), tickCount=5)
