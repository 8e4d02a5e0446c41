"""Money: exact, and never two currencies in one sum."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb.errors import CurrencyMismatchError
from seedance_nb.money import Money, Price


def cny(amount: str) -> Money:
    return Money(Decimal(amount), "CNY")


def test_two_currencies_have_no_sum() -> None:
    """CNY and USD meet in an error that says what to do."""
    with pytest.raises(CurrencyMismatchError, match="convert one of them at a rate you name"):
        cny("1") + Money(Decimal(1), "USD")


def test_a_float_is_not_money() -> None:
    """A float is refused before it can be summed."""
    with pytest.raises(TypeError, match="is a Decimal, not float"):
        Money(5.01, "CNY")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        cny("1") * 1.5  # type: ignore[operator]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("5.0094", "¥5.01"), ("0.005", "¥0.01"), ("-1.234", "-¥1.23"), ("1234567.8", "¥1,234,567.80"), ("0", "¥0.00")],
)
def test_money_reads_as_people_write_it(amount: str, shown: str) -> None:
    """Two places, rounded half up, with its sign before the symbol."""
    assert str(cny(amount)) == shown


@given(st.lists(st.integers(-(10**15), 10**15)))
def test_the_ledgers_count_is_exact(counts: list[int]) -> None:
    """Sums in the ledger's whole numbers equal sums of money."""
    total = sum((Money.from_e8(count, "CNY") for count in counts), Money.zero("CNY"))
    assert total.to_e8() == sum(counts)


def test_a_price_costs_exactly() -> None:
    """108,900 tokens at ¥46 a million are ¥5.0094: 108,900 × 46 / 1,000,000."""
    day = dt.date(2026, 4, 14)
    price = Price("x", Decimal(46), "CNY", 1_000_000, "tokens", day, "https://example.com", day)
    assert price.cost(108_900) == cny("5.0094")
    assert str(price) == "¥46/1M"
