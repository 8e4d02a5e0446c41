"""What was charged, by group and over time: the sums that a chart of costs is drawn from, exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from seedance_nb.reports._chart_theme import names_of
from seedance_nb.reports._converted import Viewed
from seedance_nb.reports._groupings import group_name
from seedance_nb.reports._voice import Voice


@dataclass(slots=True)
class Spent:
    """What was charged in one currency."""

    currency: str
    total: Decimal = Decimal(0)
    tasks: int = 0
    groups: dict[str, Decimal] = field(default_factory=dict)
    """By name, the most first."""
    rest: str = ""
    """The last of the groups, if it is several together."""
    by_period: dict[dt.date, dict[str, Decimal]] = field(default_factory=dict)
    """In order; what nothing was charged in is absent."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a chart of costs shows."""

    panels: tuple[Spent, ...]
    """One for each currency; seen in one currency it is one."""
    apart: tuple[tuple[Decimal, str], ...]
    """What has no rate into the currency of the view, and is in no panel."""
    rates: str
    """Those that were used, in words."""


def gathered(
    rows: Sequence[Mapping[str, Any]], names: Sequence[str], voice: Voice, *, most: int, seen: Viewed | None = None
) -> Costs:
    """Sums of the ledger by group, and by stretch of time where they have one.

    Args:
        rows: As `Ledger.cost_rows` gives them.
        names: What they are summed by.
        voice: Names groups.
        most: So many groups are named; the others are one.
        seen: The currency to see them in, and its rates; None: their own.
    """
    found: dict[str, list[tuple[str, dt.date | None, Decimal, int]]] = {}
    apart: dict[str, Decimal] = {}
    for row in rows:
        currency, cost = str(row["currency"]), row["cost"]
        if seen is not None:
            converted = seen.of(cost, currency)
            if converted is None:
                apart[currency] = apart.get(currency, Decimal(0)) + cost
                continue
            currency, cost = seen.currency, converted
        name = group_name([row[name] for name in names], voice) if names else ""
        period = dt.date.fromisoformat(str(row["period"])) if "period" in row else None
        found.setdefault(currency, []).append((name, period, cost, int(row["tasks"])))
    short = names_of(name for parts in found.values() for name, *_ in parts)
    panels = [
        _spent(currency, [(short[name], *part) for name, *part in parts], voice, most)  # type: ignore[misc]
        for currency, parts in found.items()
    ]
    panels.sort(key=lambda panel: (panel.currency != "CNY", panel.currency))
    return Costs(tuple(panels), tuple((cost, name) for name, cost in apart.items()), seen.fx if seen else "")


def _spent(currency: str, parts: Sequence[tuple[str, dt.date | None, Decimal, int]], voice: Voice, most: int) -> Spent:
    sums: dict[str, Decimal] = {}
    for name, _, cost, _ in parts:
        sums[name] = sums.get(name, Decimal(0)) + cost
    order = sorted(sums, key=lambda name: (-sums[name], name))
    named = order if len(order) <= most + 1 else order[:most]
    rest = voice.plural("{count} other", "{count} others", len(order) - len(named))
    spent = Spent(currency, sum(sums.values(), Decimal(0)), sum(tasks for *_, tasks in parts))
    spent.groups = {name: sums[name] for name in named}
    if len(named) < len(order):
        spent.rest = rest
        spent.groups[rest] = sum((sums[name] for name in order[most:]), Decimal(0))
    for name, period, cost, _ in sorted(parts, key=lambda part: str(part[1])):
        if period is not None:
            group = name if name in spent.groups else rest
            of_period = spent.by_period.setdefault(period, dict.fromkeys(spent.groups, Decimal(0)))
            of_period[group] += cost
    return spent
