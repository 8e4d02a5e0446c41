"""Looking at several currencies in one: at a dated rate that is named, and never in place of the amounts themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from seedance_nb import prices
from seedance_nb.errors import PriceNotFoundError
from seedance_nb.money import Fx, Money

GivenRates = Fx | Sequence[Fx] | None


@dataclass(frozen=True, slots=True)
class Viewed:
    """One currency to see all amounts in, and the rates into it that are known."""

    currency: str
    rates: dict[str, Fx]
    """By the currency they convert from."""

    def of(self, amount: Decimal | None, currency: str | None) -> Decimal | None:
        """An amount in the view's currency; None where there is no rate, which is not zero."""
        if amount is None or currency is None or currency == self.currency:
            return amount
        rate = self.rates.get(currency)
        return None if rate is None else rate.convert(Money(amount, currency), self.currency).amount

    def named(self, currency: str) -> str:
        """The rate that a currency is converted at, with its day and source; empty: none is needed, or known."""
        rate = self.rates.get(currency)
        return "" if rate is None else str(rate)

    @property
    def fx(self) -> str:
        """All rates that are used, in words."""
        return "; ".join(dict.fromkeys(map(str, self.rates.values())))


def viewed(currencies: Iterable[str], view: str, fx: GivenRates = None, *, on: dt.date | None = None) -> Viewed:
    """The rates from each of some currencies into one.

    Args:
        currencies: What there is.
        view: What it is to be seen in.
        fx: Rates of your own; they go before those of the price book.
        on: Only rates of this day or earlier out of the price book; None: the newest.
    """
    Money.zero(view)  # a code that is none is said now
    given = [] if fx is None else [fx] if isinstance(fx, Fx) else list(fx)
    found: dict[str, Fx] = {}
    for currency in dict.fromkeys(currencies):
        if currency == view:
            continue
        rate = next((one for one in given if one.between(currency, view)), None)
        if rate is None:
            try:
                rate = prices.fx(currency, view, on=on)
            except PriceNotFoundError:
                continue
        found[currency] = rate
    return Viewed(view, found)
