"""What is to come: spending out of the last weeks, or of a plan, with an interval and its method in words."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from seedance_nb.ledger import Ledger, Where
from seedance_nb.money import Money, Quote
from seedance_nb.reports._frame import Column, Columns, from_rows
from seedance_nb.reports._groups import amount
from seedance_nb.task import TaskStatus
from seedance_nb.words import Said, Sentence, Word, say

if TYPE_CHECKING:
    import pandas as pd

WEEK = 7
FEWEST_DAYS = 7
"""With fewer whole days nothing is forecast."""
DAYS_FOR_INTERVAL = 21
"""Three weeks: with fewer there is a mean and no interval."""
DRAWS = 4_000
LOW, HIGH = 0.1, 0.9
"""Four times in five the sum lies between these, if what comes is like what was."""

FORECAST: Columns = {
    "currency": Column("category", ""),
    "days": Column("Int64", "to come; missing: it is about a plan"),
    "past_days": Column("Int64", "whole days (UTC) that it rests on"),
    "past_tasks": Column("Int64", "ended tasks that the chance of success rests on"),
    "spent": Column("object", "exact `Decimal`: in the past days, or of the plan already"),
    "expected": Column("object", "`Decimal`; None: too little is known"),
    "low": Column("object", "`Decimal`: in one of ten cases it is less; None: too little is known"),
    "high": Column("object", "likewise: in one of ten cases it is more"),
    "method": Column("string", "how it was reckoned, and what it leaves out"),
}

_TOO_SHORT = Sentence(
    "Fewer than {days} whole days of charges: nothing is forecast from so little.", days=str(FEWEST_DAYS)
)
MEAN_ONLY = Sentence(
    "The mean of the past days, times the days to come. For an interval it takes {days} days.",
    days=str(DAYS_FOR_INTERVAL),
)
BY_WEEKS = Word(
    "The mean of the past days, times the days to come. The interval holds about four times in five if the coming "
    "weeks differ from the past ones as those did from each other; it allows for how few they are. It knows nothing of "
    "plans, holidays or new prices, and is too narrow where spending rises or falls for weeks."
)
_PLAN = Word(
    "The middle of each quote, times the chance that a task at this provider with this model is made, and so billed. "
    "The interval holds four times in five: it allows for open lengths and ratios, for chance, and for how few tasks "
    "the chance rests on. Prices are those of the quotes."
)
_PLAN_UNTRIED = Word(
    "The middle of each quote, as if every task were made and billed: of {models} no task has ended yet, so that "
    "nothing is known of the chance that one fails, and no low end is given. Prices are those of the quotes."
)


def from_weeks(ledger: Ledger, where: Where, *, days: int, weeks: int, now: dt.datetime) -> pd.DataFrame:
    """A forecast out of the last weeks; see `LedgerView.forecast`."""
    today = now.astimezone(dt.UTC).date()
    first = today - dt.timedelta(days=weeks * WEEK)
    met = {**where, "since": first, "until": today - dt.timedelta(days=1)}
    spent: dict[str, Counter[str]] = {}
    for row in ledger.cost_rows(("day",), None, met):
        assert isinstance(row["cost"], Decimal)
        spent.setdefault(str(row["currency"]), Counter())[str(row["day"])] += int(row["cost"].scaleb(8))
    # Days before the first charge of all say nothing: there was no work yet.
    before = ledger.cost_rows(("day",), None, {**where, "until": today - dt.timedelta(days=1)})
    began = min((dt.date.fromisoformat(str(row["day"])) for row in before), default=today)
    start = max(first, began)
    past = [(start + dt.timedelta(days=place)).isoformat() for place in range((today - start).days)]
    rows = []
    for currency, by_day in sorted(spent.items()):
        series = [by_day[day] for day in past]
        expected, low, high, method = _reckoned(series, days)
        rows.append(
            {
                "currency": currency,
                "days": days,
                "past_days": len(series),
                "past_tasks": None,
                "spent": amount(sum(series)),
                "expected": expected,
                "low": low,
                "high": high,
                "method": say(method),
            }
        )
    return from_rows(FORECAST, rows)


def _reckoned(series: Sequence[int], days: int) -> tuple[Decimal | None, Decimal | None, Decimal | None, Said]:
    if len(series) < FEWEST_DAYS:
        return None, None, None, _TOO_SHORT
    middle = _rounded(Decimal(sum(series) * days) / len(series))
    expected = amount(middle)
    if len(series) < DAYS_FOR_INTERVAL:
        return expected, None, None, MEAN_ONLY
    low, high = _by_weeks(series, days, middle)
    return expected, _cents(low), _cents(high), BY_WEEKS


def _by_weeks(series: Sequence[int], days: int, expected: int) -> tuple[int, int]:
    """The interval of the sum of days to come: Student's t, by how much whole weeks differed from each other.

    Weeks and not days, because spending has a weekly rhythm and comes in bursts. It allows for what the weeks to come
    differ by, and for what a mean of so few weeks may be wrong by.
    """
    count = len(series) // WEEK
    sums = [sum(series[len(series) - WEEK * (place + 1) : len(series) - WEEK * place]) for place in range(count)]
    weeks = days / WEEK
    width = _t(count - 1) * statistics.stdev(sums) * math.sqrt(weeks * (1 + weeks / count))
    return max(0, round(expected - width)), round(expected + width)


def _t(free: int) -> float:
    """The quantile of Student's t that one in ten exceeds, by Cornish and Fisher's expansion: within 0.02 from 2 on."""
    z = statistics.NormalDist().inv_cdf(HIGH)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / free + second / free**2 + third / free**3


def _quantiles(sums: list[int]) -> tuple[int, int]:
    sums.sort()
    return sums[int(LOW * (len(sums) - 1))], sums[-1 - int((1 - HIGH) * (len(sums) - 1))]


def from_plan(ledger: Ledger, quotes: Iterable[Quote], *, is_sandbox: bool, spent: Counter[str]) -> pd.DataFrame:
    """A forecast of tasks that are quoted and not charged; see `LedgerView.forecast`.

    Args:
        ledger: Asked how tasks like these ended.
        quotes: What they are quoted.
        is_sandbox: Whether they run on the sandbox.
        spent: What was charged for tasks of the plan already, in 10⁻⁸, by currency.
    """
    import numpy as np

    plan: dict[str, Counter[tuple[str, str, int, int]]] = {currency: Counter() for currency in spent}
    for quote in quotes:
        kind = (quote.provider, quote.model, quote.low.to_e8(), quote.high.to_e8())
        plan.setdefault(quote.high.currency, Counter())[kind] += 1
    ends = _ends(ledger, is_sandbox)
    rng = np.random.default_rng(0)
    rows = []
    for currency, kinds in sorted(plan.items()):
        chances, untried = {}, []
        for which in sorted({(provider, model) for provider, model, *_ in kinds}):
            made, tried = ends[which]
            if tried:
                # Jeffreys' prior: of a few tasks it says little, and of a hundred what they say.
                chances[which] = (made + 0.5, tried - made + 0.5, rng.beta(made + 0.5, tried - made + 0.5, size=DRAWS))
            else:  # whoever plans with half of a quote, since nothing is known, is short of the other half
                chances[which] = (1.0, 0.0, np.ones(DRAWS))
                untried.append(which[1])
        expected, lows, highs = Decimal(0), [0] * DRAWS, [0] * DRAWS
        for (provider, model, low, high), count in kinds.items():
            good, bad, drawn = chances[provider, model]
            expected += Decimal(low + high) / 2 * count * Decimal(good) / Decimal(good + bad)
            billed = rng.binomial(count, drawn).tolist()
            lows = [sum_ + low * times for sum_, times in zip(lows, billed, strict=True)]
            highs = [sum_ + high * times for sum_, times in zip(highs, billed, strict=True)]
        done = spent[currency]
        rows.append(
            {
                "currency": currency,
                "days": None,
                "past_days": None,
                "past_tasks": sum(ends[which][1] for which in chances),
                "spent": amount(done),
                "expected": amount(done + _rounded(expected)),
                "low": None if untried else amount(done + _quantiles(lows)[0]),
                "high": amount(done + _quantiles(highs)[1]),
                "method": say(_PLAN_UNTRIED, models=", ".join(untried)) if untried else say(_PLAN),
            }
        )
    return from_rows(FORECAST, rows)


class _Ends(dict[tuple[str, str], tuple[int, int]]):
    def __missing__(self, key: tuple[str, str]) -> tuple[int, int]:
        return (0, 0)


def _ends(ledger: Ledger, is_sandbox: bool) -> _Ends:
    """Of each provider and model, how many tasks were made and how many were tried."""
    made = {TaskStatus.SUCCEEDED, TaskStatus.KEPT, TaskStatus.LOST}
    tried = [*made, TaskStatus.FAILED, TaskStatus.EXPIRED, TaskStatus.REJECTED]
    found: dict[tuple[str, str], list[int]] = {}
    for row in ledger.end_rows(("provider", "model"), {"sandbox": is_sandbox, "status": tried}):
        counts = found.setdefault((row["provider"], row["model"]), [0, 0])
        counts[0] += row["tasks"] if TaskStatus(row["status"]) in made else 0
        counts[1] += row["tasks"]
    return _Ends({which: (counts[0], counts[1]) for which, counts in found.items()})


def _cents(count: int) -> Decimal:
    """An estimate to hundredths: more would be a promise that it does not keep."""
    return Money.from_e8(count, "XXX").rounded()


def _rounded(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))
