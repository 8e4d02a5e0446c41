"""What several requests will cost, with the currencies apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from seedance_nb.money import Money, Quote


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of quotes: for each currency from `low` to `high`, and never one sum of two currencies."""

    low: Mapping[str, Money] = field(default_factory=dict)
    high: Mapping[str, Money] = field(default_factory=dict)
    quoted: int = 0
    """How many requests are in the sums."""
    unpriced: int = 0
    """How many have no known price, which is not zero."""

    @classmethod
    def of(cls, quotes: Iterable[Quote | None]) -> Total:
        """The total of quotes; None is a request without a known price."""
        low: dict[str, Money] = {}
        high: dict[str, Money] = {}
        quoted = unpriced = 0
        for quote in quotes:
            if quote is None:
                unpriced += 1
                continue
            quoted += 1
            for sums, money in ((low, quote.low), (high, quote.high)):
                sums[money.currency] = sums[money.currency] + money if money.currency in sums else money
        return cls(MappingProxyType(low), MappingProxyType(high), quoted, unpriced)

    def __str__(self) -> str:
        words = [
            str(low) if low == self.high[currency] else f"{low} to {self.high[currency]}"
            for currency, low in sorted(self.low.items())
        ]
        if self.unpriced:
            words.append(f"{self.unpriced:,} without a known price")
        return " and ".join(words)

    def __repr__(self) -> str:
        return f"Total({self}; {self.quoted:,} requests)"


def amounts(sums: Mapping[str, Money]) -> str:
    """Amounts of several currencies beside each other, for example `¥12.00 and $3.10`."""
    return " and ".join(str(money) for _, money in sorted(sums.items()))


def added(sums: dict[str, Money], money: Money) -> None:
    """Add an amount to those of its currency."""
    known = sums.get(money.currency)
    sums[money.currency] = money if known is None else known + money
