"""Rates between currencies, for looking at prices beside each other; nothing is summed by them."""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache

from seedance_nb.errors import PriceNotFoundError
from seedance_nb.money import Fx, Money
from seedance_nb.prices import _own
from seedance_nb.prices._load import DATA
from seedance_nb.prices._rows import fx_row, only


def fx(base: str, quote: str, *, on: dt.date | None = None) -> Fx:
    """The newest known rate between two currencies, in either direction; your own go before the package's.

    >>> fx("USD", "CNY").rate > 1
    True

    Args:
        base: For example `"USD"`.
        quote: For example `"CNY"`.
        on: Only rates of this day or earlier. None: all.

    Raises:
        PriceNotFoundError: No rate is known; it is never guessed.
        PriceError: Your own price file cannot be used.
    """
    for shelf in (_own.rates(), _bundled()):
        known = [rate for rate in shelf if rate.between(base, quote) and (on is None or rate.date <= on)]
        if known:
            return max(known, key=lambda rate: rate.date)
    day = "" if on is None else f" on {on} or earlier"
    raise PriceNotFoundError(
        f"No rate between {base} and {quote}{day} is known. Give one: "
        f"Fx(Decimal(…), {base!r}, {quote!r}, date, source), or an [[fx]] row in {_own.place()}."
    )


def convert(money: Money, to: str, fx: Fx | None = None) -> Money:
    """An amount in another currency, for a view.

    Args:
        money: The amount.
        to: For example `"CNY"`.
        fx: The rate; the newest known one if None.

    Raises:
        PriceNotFoundError: No rate is known.
        CurrencyMismatchError: The rate is one between other currencies.
    """
    if money.currency == to:
        return money
    return (fx or _newest(money.currency, to)).convert(money, to)


def _newest(base: str, quote: str) -> Fx:
    return fx(base, quote)


@cache
def _bundled() -> tuple[Fx, ...]:
    data = tomllib.loads((DATA / "fx.toml").read_text("utf-8"))
    only(data, {"fx"}, "fx.toml")
    return tuple(fx_row(table) for table in data["fx"])
