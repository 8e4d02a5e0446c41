"""What is paid until a clip is preferred: one reckoning, for comparisons and for the whole ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext

from seedance_nb.money import Money


def cost_a_preference(
    costs: Mapping[str, Money], judged: Mapping[str, int], preferred: Mapping[str, int]
) -> Iterator[Money]:
    """The cost of clips, each as often as it was judged, over the number of times they were preferred.

    An amount for each currency, exact to the 10⁻⁸ that a ledger keeps; none where nothing was preferred.

    Args:
        costs: What each clip cost.
        judged: How often a vote had it before it.
        preferred: How often a vote preferred it.
    """
    paid: Counter[str] = Counter()
    wins: Counter[str] = Counter()
    for clip_id, cost in costs.items():
        paid[cost.currency] += cost.to_e8() * judged.get(clip_id, 0)
        wins[cost.currency] += preferred.get(clip_id, 0)
    for currency in sorted(paid):
        if wins[currency]:
            yield Money.from_e8(over(paid[currency], wins[currency]), currency)


def over(count: int, parts: int) -> int:
    """A whole number by another, rounded half up."""
    with localcontext(prec=60):
        return int((Decimal(count) / parts).to_integral_value(ROUND_HALF_UP))
