"""Rates between currencies: dated, named, and never used in silence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from seedance_nb import prices
from seedance_nb.errors import CurrencyMismatchError, PriceError, PriceNotFoundError
from seedance_nb.money import Fx, Money

DAY = dt.date(2026, 11, 20)
RATE = Fx(Decimal("7.25"), "USD", "CNY", DAY, "my bank")


def test_a_rate_goes_both_ways() -> None:
    """2 dollars are 14.50 yuan, and 14.50 yuan are 2 dollars."""
    assert prices.convert(Money(Decimal(2), "USD"), "CNY", RATE) == Money(Decimal("14.50"), "CNY")
    assert prices.convert(Money(Decimal("14.50"), "CNY"), "USD", RATE) == Money(Decimal(2), "USD")


def test_what_does_not_end_is_rounded() -> None:
    """1 yuan is 1 / 7.25 = 0.137931034… dollars, kept to 10⁻⁸."""
    assert prices.convert(Money(Decimal(1), "CNY"), "USD", RATE).amount == Decimal("0.13793103")


def test_the_same_currency_needs_no_rate() -> None:
    """An amount in its own currency is itself."""
    money = Money(Decimal("1.234"), "EUR")
    assert prices.convert(money, "EUR") is money


def test_the_packages_rate_says_what_it_is() -> None:
    """It has a day, and says that it is nobody's offer."""
    found = prices.fx("CNY", "USD")
    assert (found.base, found.quote, found.rate) == ("USD", "CNY", Decimal("7.1"))
    assert "editorial" in found.source
    assert str(found).startswith("1 USD = 7.1 CNY on 2026-11-20 (")
    assert prices.convert(Money(Decimal(10), "USD"), "CNY").amount == Decimal(71)


def test_an_unknown_rate_is_not_guessed() -> None:
    """Neither between unknown currencies nor for a day before the first rate."""
    with pytest.raises(PriceNotFoundError, match="No rate between EUR and CNY"):
        prices.convert(Money(Decimal(1), "EUR"), "CNY")
    with pytest.raises(PriceNotFoundError, match="on 2020-01-01 or earlier"):
        prices.fx("USD", "CNY", on=dt.date(2020, 1, 1))
    with pytest.raises(CurrencyMismatchError):
        prices.convert(Money(Decimal(1), "EUR"), "CNY", RATE)


def test_a_file_of_ones_own_has_rates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest of them goes before the package's."""
    file = tmp_path / "mine.toml"
    monkeypatch.setenv("SEEDANCE_NB_PRICES", str(file))
    row = '[[fx]]\nbase = "USD"\nquote = "CNY"\nrate = "{}"\ndate = {}\nsource = "my bank"\n'
    file.write_text(row.format("7.0", "2026-10-01") + row.format("7.2", "2026-10-02"))
    assert prices.fx("USD", "CNY").rate == Decimal("7.2")
    assert prices.fx("USD", "CNY", on=dt.date(2026, 10, 1)).rate == Decimal("7.0")
    file.write_text(row.format("-1", "2026-10-01"))
    with pytest.raises(PriceError, match=r"\[\[fx\]\] 1: A rate is a positive number"):
        prices.fx("USD", "CNY")


@pytest.mark.parametrize("rate", ["0", "-7", "nan", "inf"])
def test_a_rate_is_a_positive_number(rate: str) -> None:
    """Nothing else makes sense as a rate."""
    with pytest.raises(ValueError, match="positive number"):
        Fx(Decimal(rate), "USD", "CNY", DAY, "x")


def test_a_rate_is_no_float() -> None:
    """A binary number would not be the rate that was read."""
    with pytest.raises(TypeError, match="is a Decimal"):
        Fx(7.1, "USD", "CNY", DAY, "x")  # type: ignore[arg-type]
