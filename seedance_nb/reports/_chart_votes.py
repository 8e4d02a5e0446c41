"""A chart of what clips cost against how often they were preferred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import altair

from seedance_nb.ledger import Ledger, Where
from seedance_nb.reports import _chart_theme as theme
from seedance_nb.reports._chart import Chart, along, beside, by_currency, chart, values
from seedance_nb.reports._groupings import group_name, spoken
from seedance_nb.reports._groups import Keys, amount, asked, each, named
from seedance_nb.reports._voice import Voice
from seedance_nb.reports.win_rate import wilson
from seedance_nb.vote import standing
from seedance_nb.words import Word

WIDTH = 400
"""Of a panel; two fit beside each other."""
_TITLE = Word("Cost of a preferred clip against votes", "chart")


@dataclass(slots=True)
class Judged:
    """What was said of the clips of a group that were charged in one currency."""

    group: str
    currency: str
    wins: int = 0
    losses: int = 0
    judged: int = 0
    """How often a clip lay before somebody, beside one of another group; ties and two bad ones are in it."""
    cost: int = 0
    """In 10⁻⁸, of each clip as often as it was judged."""
    clips: set[str] = field(default_factory=set)


def gathered(ledger: Ledger, names: Sequence[str], where: Where, voice: Voice) -> list[Judged]:
    """Each group that was told from another one, the most preferred first."""
    keys = Keys(named(names))
    votes = standing(ledger.votes())
    shown = {local_id for vote in votes for local_id in (vote.left_id, vote.right_id)}
    clips = {
        row["local_id"]: (keys.of(row), row["currency"], row["cost"])
        for row in ledger.worth_rows(["local_id", *asked(names)], where, of=shown)
    }
    found: dict[tuple[Any, str], Judged] = {}
    for vote in votes:
        pair = [clips.get(vote.left_id), clips.get(vote.right_id)]
        if pair[0] and pair[1] and pair[0][0] == pair[1][0]:
            continue
        for local_id, clip in zip((vote.left_id, vote.right_id), pair, strict=True):
            if clip is None:
                continue
            group, currency, cost = clip
            judged = found.setdefault((group, currency), Judged(theme.name_of(group_name(group, voice)), currency))
            judged.judged += 1
            judged.cost += cost
            judged.clips.add(local_id)
            judged.wins += vote.preferred == local_id
            judged.losses += vote.preferred not in {local_id, None}
    known = [judged for judged in found.values() if judged.wins + judged.losses]
    return sorted(known, key=lambda one: (one.currency, -one.wins / (one.wins + one.losses), one.group))


def worth(found: Sequence[Judged], names: Sequence[str], voice: Voice, notes: Sequence[str]) -> Chart:
    """Cost a preferred clip over win rate; both with the interval that holds 95 times in 100."""
    title = voice.say("{what}, by {by}", what=_TITLE, by=spoken(names, voice))
    panels, told = [], []
    for currency, of_currency in by_currency(found):
        panels.append(_panel(of_currency, currency, voice))
        told += [_told(one, voice) for one in of_currency]
    what = voice.say(
        "Lower and further right is better. Lines are intervals that hold 95 times in 100. Votes on two clips of the "
        "same group are left out."
    )
    return chart(
        beside(panels),
        voice,
        title=title,
        under=[what, *notes],
        told=[*told, what, *notes],
    )


def _panel(found: Sequence[Judged], currency: str, voice: Voice) -> Any:
    rows: list[dict[str, Any]] = []
    most = 0.0
    for place, one in enumerate(found):
        rate = wilson(one.wins, one.wins + one.losses)
        chance = wilson(one.wins, one.judged)
        assert rate is not None
        assert chance is not None
        cost = each(one.cost, one.wins)
        a_look = float(amount(one.cost)) / one.judged
        high = a_look / chance.low if chance.low else None
        most = max(most, float(cost) if cost is not None else a_look / chance.high)
        rows.append(
            {
                "rate": rate.value,
                "rate_low": rate.low,
                "rate_high": rate.high,
                "cost": None if cost is None else float(cost),
                "cost_low": a_look / chance.high,
                "cost_high": high,
                "colour": theme.SERIES[place] if place < theme.MOST else theme.OTHERS,
                "shape": theme.SHAPES[place] if place < theme.MOST else "stroke",
                "name": one.group,
                "said": _told(one, voice),
            }
        )
    top = min(max((row["cost_high"] or 0) for row in rows), most * 3) or 1
    for row in rows:
        # An interval without an end goes on past the top of the chart, and so does what was never preferred.
        row["cost_high"] = min(row["cost_high"] or top * 1.1, top * 1.1)
        row["cost"] = top * 1.05 if row["cost"] is None else row["cost"]
    _place(rows, top)
    y_scale = altair.Scale(domain=[0, top * 1.12], nice=False)
    x = altair.X(
        "rate:Q",
        scale=altair.Scale(domain=[0, 1]),
        axis=altair.Axis(labelExpr=voice.percent_axis(), title=voice.say(Word("Preferred", "chart")), tickCount=5),
    )
    y = altair.Y(
        "cost:Q",
        scale=y_scale,
        axis=altair.Axis(
            labelExpr=voice.money_axis(currency),
            title=f"{voice.say(Word('Cost of a preferred clip', 'chart'))}, {currency}",
            tickCount=5,
        ),
    )
    colour = altair.Color("colour:N", scale=None)
    base = altair.Chart(values(rows))
    half = (
        altair.Chart(values([{"half": 0.5}]))
        .mark_rule(color=theme.INK, opacity=0.35, strokeDash=[4, 4])
        .encode(x=along("half", x))
    )
    across = base.mark_rule(strokeWidth=2).encode(x=along("rate_low", x), x2="rate_high:Q", y=y, color=colour)
    upwards = base.mark_rule(strokeWidth=2, clip=True).encode(
        x=x, y=along("cost_low", y), y2="cost_high:Q", color=colour
    )
    marks = base.mark_point(filled=True, size=130, opacity=1).encode(
        x=x, y=y, color=colour, shape=altair.Shape("shape:N", scale=None), tooltip="said:N", description="said:N"
    )
    said = [
        base.transform_filter(f"datum.at === '{side}-{height}'")
        .mark_text(
            align="left" if side == "right" else "right",
            baseline="bottom" if height == "above" else "top",
            dx=9 if side == "right" else -9,
            dy=-6 if height == "above" else 6,
            color=theme.INK,
        )
        .encode(x=x, y=y, text="name:N")
        for side, height in sorted({tuple(row["at"].split("-")) for row in rows})
    ]
    return altair.layer(half, across, upwards, marks, *said).properties(width=WIDTH, height=280)


def _place(rows: list[dict[str, Any]], top: float) -> None:
    """On which side of its mark a name stands: within the chart, and not upon another name if that can be."""
    for place, row in enumerate(rows):
        side = "left" if row["rate"] > 0.75 else "right"
        near = [
            other["at"]
            for other in rows[:place]
            if abs(other["rate"] - row["rate"]) < 0.35 and abs(other["cost"] - row["cost"]) < top * 0.1
        ]
        row["at"] = f"{side}-{'below' if any(one.endswith('above') for one in near) else 'above'}"


def _told(one: Judged, voice: Voice) -> str:
    rate = wilson(one.wins, one.wins + one.losses)
    assert rate is not None
    said = voice.say(
        "{name}: preferred in {wins} of {votes} votes ({rate}; {low} to {high}).",
        name=one.group,
        wins=voice.number(one.wins),
        votes=voice.number(one.wins + one.losses),
        rate=voice.percent(rate.value),
        low=voice.percent(rate.low),
        high=voice.percent(rate.high),
    )
    cost = each(one.cost, one.wins)
    if cost is None:
        return said
    return voice.together(
        [said, voice.say("A preferred clip cost {amount}.", amount=voice.money(cost, one.currency, places=2))]
    )
