"""What several requests will cost, with the currencies apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from seedance_nb.money import Money, Quote
from seedance_nb.words import Amount, Joined, Plural, Said, Sentence, Word

AND = Word(" and ", "between two sums")


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

    @property
    def text(self) -> Said:
        """The total in words, for example `¥12.00 to ¥15.00 and 2 without a known price`, or nothing."""
        sums: list[Said] = [
            Amount(low)
            if low == self.high[currency]
            else Sentence("{low} to {high}", low=Amount(low), high=Amount(self.high[currency]))
            for currency, low in sorted(self.low.items())
        ]
        if self.unpriced:
            sums.append(Plural("{count} without a known price", "{count} without a known price", self.unpriced))
        return Joined(sums, AND)

    def __str__(self) -> str:
        return str(self.text)

    def __repr__(self) -> str:
        return f"Total({self}; {self.quoted:,} requests)"


def amounts(sums: Mapping[str, Money]) -> Said:
    """Amounts of several currencies beside each other, for example `¥12.00 and $3.10`."""
    return Joined((Amount(money) for _, money in sorted(sums.items())), AND)


def added(sums: dict[str, Money], money: Money) -> None:
    """Add an amount to those of its currency."""
    known = sums.get(money.currency)
    sums[money.currency] = money if known is None else known + money
