"""What a succeeded task is charged with, and on whose word."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_nb.money import Money
from seedance_nb.task import CostBasis, TaskRecord


@dataclass(frozen=True, slots=True)
class Bill:
    """A cost and what it rests on."""

    cost: Money
    basis: CostBasis
    tokens: int | None
    price_id: str | None


def settled(record: TaskRecord, reported: Money | None, *, seconds: int | None = None) -> Bill | None:
    """The bill of a task that has succeeded, or None where nothing is known yet to reckon it from.

    Args:
        record: The task, with the price row that was frozen into it at submit.
        reported: What the provider itself says it charged, where it does.
        seconds: The whole seconds of the clip itself, once it is here.
    """
    quote = record.quote
    tokens = record.usage.completion_tokens if record.usage else None
    if reported is not None:
        return Bill(reported, "reported", tokens, quote.price.id if quote else None)
    if quote is None:
        return None
    if quote.price.unit == "tokens" and tokens is not None:
        return Bill(quote.price.cost(tokens), "usage", tokens, quote.price.id)
    if quote.low == quote.high:
        return Bill(quote.high, "quote", quote.tokens_high or None, quote.price.id)
    if seconds is None:
        return None  # the quote was a range: the clip will tell
    if quote.price.unit == "seconds":
        return Bill(quote.price.cost(seconds), "measured", None, quote.price.id)
    return Bill(quote.high, "quote", quote.tokens_high, quote.price.id)
