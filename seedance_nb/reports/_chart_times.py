"""A chart of how long clips took to be made."""

from __future__ import annotations

import bisect
import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair

from seedance_nb import words
from seedance_nb.ledger import Ledger, Where
from seedance_nb.reports import _chart_theme as theme
from seedance_nb.reports._chart import Chart, chart, values
from seedance_nb.reports._groupings import group_name, spoken
from seedance_nb.reports._groups import Keys, asked, named
from seedance_nb.reports._voice import Voice
from seedance_nb.words import Word

MOST_GROUPS = 12
"""So many are shown, those with the most clips."""
FEW = 20
"""Of fewer clips each one is shown: a tenth of them would be one or two."""
_WIDE = 30
_TITLE = Word("Time to make a clip", "chart")


@dataclass(frozen=True, slots=True)
class Spread:
    """How long the clips of a group took, in seconds."""

    group: str
    clips: int
    median: float
    middle: tuple[float, float]
    """Half of them took between these."""
    most: tuple[float, float]
    """Nine in ten did."""
    single: tuple[float, ...]
    """Each, where they are few."""


def gathered(ledger: Ledger, names: Sequence[str], where: Where, voice: Voice) -> list[Spread]:
    """The groups with the most clips, the quickest first."""
    keys = Keys(named(names))
    groups: dict[Any, Counter[int]] = {}
    for row in ledger.took_rows(asked(names), where):
        groups.setdefault(keys.of(row), Counter())[max(0, row["tenths"])] += row["tasks"]
    most = sorted(groups.items(), key=lambda item: (-item[1].total(), str(item[0])))[:MOST_GROUPS]
    short = theme.names_of(group_name(key, voice) for key, _ in most)
    found = []
    for key, tenths in most:
        name, clips = short[group_name(key, voice)], tenths.total()
        low, first, middle, last, high = (_quantile(tenths, share) for share in (0.05, 0.25, 0.5, 0.75, 0.95))
        few = tuple(value / 10 for value in sorted(tenths.elements())) if clips < FEW else ()
        found.append(Spread(name, clips, middle, (first, last), (low, high), few))
    return sorted(found, key=lambda spread: (spread.median, spread.group))


def _quantile(tenths: Counter[int], share: float) -> float:
    """The seconds that a share of the clips took at most; between two clips in proportion, as pandas does it."""
    values = sorted(tenths)
    places = list(itertools.accumulate(tenths[value] for value in values))
    at = share * (places[-1] - 1)
    low, high = (values[bisect.bisect_right(places, place)] for place in (math.floor(at), math.ceil(at)))
    return (low + (high - low) * (at - math.floor(at))) / 10


def spread(found: Sequence[Spread], names: Sequence[str], voice: Voice, notes: Sequence[str], width: int) -> Chart:
    """A line for each group."""
    title = voice.say("{what}, by {by}", what=_TITLE, by=spoken(names, voice))
    what = voice.say(
        "From sending to the end. The thick line holds half of the clips, the thin one nine in ten, the white mark is "
        "the median; of fewer than {few} clips each is a mark.",
        few=voice.number(FEW),
    )
    told = [_told(one, voice) for one in found]
    return chart(
        [_panel(found, voice, width)],
        voice,
        title=title,
        under=[what, *notes],
        told=[*told, what, *notes],
    )


def _panel(found: Sequence[Spread], voice: Voice, width: int) -> Any:
    rows: list[dict[str, Any]] = [
        {
            "name": one.group,
            "median": one.median,
            "from": one.middle[0],
            "to": one.middle[1],
            "low": one.most[0],
            "high": one.most[1],
            "end": max(one.single, default=one.most[1]),
            "label": voice.say(
                "{time}, {clips}",
                time=voice.seconds(one.median),
                clips=voice.plural("{count} clip", "{count} clips", one.clips),
            ),
            "said": _told(one, voice),
        }
        for one in found
    ]
    many = [row for row, one in zip(rows, found, strict=True) if not one.single]
    few = [
        {"name": one.group, "time": seconds, "said": f"{one.group} · {voice.seconds(seconds)}"}
        for one in found
        for seconds in one.single
    ]
    high = max(row["end"] for row in rows) or 1
    low = min(min([one.most[0], *one.single]) for one in found)
    is_wide = low > 0 and high / low > _WIDE
    ends = [low / 1.3, high * 4] if is_wide else [0, high * 1.3]
    x_scale = altair.Scale(type="log" if is_wide else "linear", domain=ends, nice=False)
    unit = words.spans(voice.language)[0].replace("{}", "")
    axis = altair.Axis(labelExpr=f"{voice.number_axis()} + '{unit}'", title=None, tickCount=6, labelOverlap=True)
    y = altair.Y(
        "name:N",
        sort=[row["name"] for row in rows],
        axis=altair.Axis(title=None, labelLimit=270, domain=False, ticks=False, labelPadding=8),
    )

    def x(name: str) -> altair.X:
        return altair.X(f"{name}:Q", scale=x_scale, axis=axis)

    layers: list[Any] = []
    if many:
        base = altair.Chart(values(many))
        thin = base.mark_rule(color=theme.SERIES[0], strokeWidth=2).encode(x=x("low"), x2="high:Q", y=y)
        thick = base.mark_bar(color=theme.SERIES[0], height=12, cornerRadius=3).encode(
            x=x("from"), x2="to:Q", y=y, tooltip="said:N", description="said:N"
        )
        middle = base.mark_tick(color="#ffffff", thickness=3, height=12, opacity=1).encode(x=x("median"), y=y)
        layers += [thin, thick, middle]
    if few:
        layers.append(
            altair.Chart(values(few))
            .mark_tick(color=theme.SERIES[0], thickness=2, height=14, opacity=1)
            .encode(x=x("time"), y=y, tooltip="said:N", description="said:N")
        )
    layers.append(
        altair.Chart(values(rows))
        .mark_text(align="left", dx=8, color=theme.INK)
        .encode(x=x("end"), y=y, text="label:N")
    )
    return altair.layer(*layers).properties(width=width - 140, height=altair.Step(34))


def _told(one: Spread, voice: Voice) -> str:
    if one.single:
        return voice.say(
            "{name}: {clips}, median {median}, from {low} to {high}.",
            name=one.group,
            clips=voice.plural("{count} clip", "{count} clips", one.clips),
            median=voice.seconds(one.median),
            low=voice.seconds(one.single[0]),
            high=voice.seconds(one.single[-1]),
        )
    return voice.say(
        "{name}: {clips}, median {median}, half of them {from_} to {to}, nine in ten {low} to {high}.",
        name=one.group,
        clips=voice.plural("{count} clip", "{count} clips", one.clips),
        median=voice.seconds(one.median),
        from_=voice.seconds(one.middle[0]),
        to=voice.seconds(one.middle[1]),
        low=voice.seconds(one.most[0]),
        high=voice.seconds(one.most[1]),
    )
