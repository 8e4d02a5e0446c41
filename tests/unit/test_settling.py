"""What a succeeded task is charged with, and on whose word."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Literal

import pytest

from seedance_nb.engine.settling import settled
from seedance_nb.money import Money, Price, Quote, Usage
from seedance_nb.task import TaskRecord, TaskStatus

DAY = dt.date(2026, 4, 14)
AT = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def record(
    unit: Literal["tokens", "seconds"], amount: str, per: int, low: int, high: int, usage: Usage | None = None
) -> TaskRecord:
    price = Price("p", Decimal(amount), "USD", per, unit, DAY, "https://example.com", DAY)
    tokens = (low, high) if unit == "tokens" else (0, 0)
    quote = Quote("x", "m", "m", *tokens, price.cost(low), price.cost(high), price, "b", "s")
    return TaskRecord(
        local_id="t-1",
        provider="x",
        is_sandbox=False,
        base_url="https://x.example",
        model="m",
        model_id="m",
        mode="text",
        status=TaskStatus.SUCCEEDED,
        created_at=AT,
        updated_at=AT,
        quote=quote,
        usage=usage,
    )


TOKENS = record("tokens", "7", 1_000_000, 108_900, 108_900, Usage(108_900, 108_900))
SECONDS = record("seconds", "0.2419", 1, 6, 6)
OPEN = record("seconds", "0.2419", 1, 4, 15)


@pytest.mark.parametrize(
    ("task", "reported", "seconds", "cost", "basis"),
    [
        (TOKENS, None, None, "0.7623", "usage"),  # 108,900 × 7 / 1,000,000
        (TOKENS, "0.80", None, "0.80", "reported"),  # the provider's own word goes before the price row
        (SECONDS, None, None, "1.4514", "quote"),  # 6 × 0.2419
        (SECONDS, "1.4514", None, "1.4514", "reported"),
        (OPEN, None, 9, "2.1771", "measured"),  # 9 × 0.2419, by the clip itself
        (dataclasses.replace(TOKENS, usage=None), None, None, "0.7623", "quote"),
        (record("tokens", "7", 1_000_000, 87_300, 324_900), None, 5, "2.2743", "quote"),  # the most it can be
    ],
)
def test_the_bill_rests_on_the_best_word_there_is(
    task: TaskRecord, reported: str | None, seconds: int | None, cost: str, basis: str
) -> None:
    """Reported before usage, usage before the clip's length, the quote last; and it says which."""
    bill = settled(task, None if reported is None else Money(Decimal(reported), "USD"), seconds=seconds)
    assert bill is not None
    assert bill.cost == Money(Decimal(cost), "USD")
    assert bill.basis == basis


def test_an_open_quote_waits_for_the_clip() -> None:
    """Where the length was left to the model, nothing is charged on a guess."""
    assert settled(OPEN, None) is None


def test_without_a_price_only_a_report_makes_a_bill() -> None:
    """An unknown price is not zero."""
    unpriced = dataclasses.replace(TOKENS, quote=None)
    assert settled(unpriced, None) is None
    bill = settled(unpriced, Money(Decimal(1), "USD"))
    assert bill is not None
    assert bill.price_id is None
