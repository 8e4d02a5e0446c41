"""Quotes at the providers beside Ark, by tokens and by seconds, with sums that a reader can redo."""

from __future__ import annotations

import datetime as dt
import random
import time
from decimal import Decimal
from typing import Any

import pytest

from seedance_nb import catalog, prices
from seedance_nb.content import Content, Image, Item, Video
from seedance_nb.errors import PriceNotFoundError, UnknownModelError
from seedance_nb.money import Money, Quote
from seedance_nb.request import Request

DAY = dt.date(2026, 11, 20)
ADDRESS = "https://example.com/a.mp4"
FRAME = Image("https://example.com/a.png", "first_frame")
REFERENCE = Image("https://example.com/a.png", "reference_image")


def quote(provider: str, *items: str | Item, ratio: str = "16:9", on: dt.date = DAY, **parameters: Any) -> Quote:
    return prices.quote(Request(Content("x", *items), ratio=ratio, **parameters), provider, on=on)


@pytest.mark.parametrize(("duration", "resolution", "shown"), [(6, "720p", "1.45"), (10, "480p", "1.13")])
def test_the_examples_of_eachlabs(duration: int, resolution: str, shown: str) -> None:
    """Its own page: 6 s at 720p are about $1.45, and 10 s at 480p about $1.13."""
    found = quote("eachlabs", model="seedance-2.0-fast", duration=duration, resolution=resolution)
    assert str(found) == f"${shown}"
    assert found.price.unit == "seconds"
    assert found.tokens == 0


def test_the_sum_by_the_second() -> None:
    """Six seconds at $0.2419 are $1.4514, whatever the ratio and the sound."""
    found = quote("eachlabs", model="seedance-2.0-fast", duration=6, ratio="adaptive", generate_audio=False)
    assert found.sum == "6 s × $0.2419/s = $1.45"
    assert found.amount == Money(Decimal("1.4514"), "USD")
    assert found.is_exact
    assert found.basis.startswith("Exact: every second of the clip that comes out is billed, whatever its ratio.")
    assert "token" not in repr(found)
    assert found.model_id == "bytedance-seedance-2-0-text-to-video-fast"


def test_an_open_length_by_the_second() -> None:
    """4 to 15 s at $0.2419: $0.97 to $3.63."""
    found = quote("eachlabs", FRAME, model="seedance-2.0-fast", duration=-1)
    assert found.sum == "4 s × $0.2419/s = $0.97 to 15 s × $0.2419/s = $3.63"
    assert (found.low.amount, found.high.amount) == (Decimal("0.9676"), Decimal("3.6285"))
    assert not found.is_exact
    assert "the model chooses the length, 4 to 15 s" in found.basis


def test_atlas_has_no_extra_frame() -> None:
    """Five seconds of references at 720p: 921,600 × 120 / 1024 = 108,000 tokens, 5 × $0.24192."""
    found = quote("atlas", REFERENCE)
    assert found.sum == "1280×720 × 24×5 / 1024 = 108,000 tokens × $0.0112/1k = $1.21"
    assert found.amount == Money(Decimal("1.2096"), "USD")
    assert "by the published formula" in found.basis


def test_atlas_has_no_minimum() -> None:
    """Two seconds in and five out: 921,600 × 168 / 1024 = 151,200 tokens, 7 × $0.148608."""
    found = quote("atlas", Video(ADDRESS, duration=2))
    assert found.sum == "1280×720 × 24×(2+5) / 1024 = 151,200 tokens × $0.00688/1k = $1.04"
    assert found.amount == Money(Decimal("1.040256"), "USD")


def test_a_price_with_a_caveat_says_so() -> None:
    """Atlas's listed price names no resolution, and the quote passes that on."""
    found = quote("atlas")
    assert found.sum == "5 s × $0.09/s = $0.45"
    assert found.caveat in found.basis
    assert "names no resolution" in found.caveat
    assert quote("atlas", REFERENCE).caveat == ""


@pytest.mark.parametrize(
    ("items", "duration", "model", "tokens", "amount"),
    [
        ((), 5, "seedance-2.0", 108_900, "0.7623"),  # × 7 / 1,000,000
        ((), 5, "seedance-2.0-fast", 108_900, "0.60984"),  # × 5.60
        ((Video(ADDRESS, duration=4),), 4, "seedance-2.0", 173_700, "0.74691"),  # × 4.30
        ((Video(ADDRESS, duration=2),), 5, "seedance-2.0-mini", 194_400, "0.40824"),  # the minimum, × 2.10
    ],
)
def test_byteplus_counts_as_ark_does(
    items: tuple[Item, ...], duration: int, model: str, tokens: int, amount: str
) -> None:
    """One extra frame and the minimum, at prices in dollars."""
    found = quote("byteplus", *items, duration=duration, model=model)
    assert found.tokens == tokens == quote("ark", *items, duration=duration, model=model).tokens
    assert found.amount == Money(Decimal(amount), "USD")


def test_a_mode_without_a_price_has_no_quote() -> None:
    """What is not published is not quoted; what is not offered, neither."""
    with pytest.raises(PriceNotFoundError, match="which is not zero"):
        quote("eachlabs", Video(ADDRESS, duration=4))
    with pytest.raises(UnknownModelError, match="only in 'reference'"):
        quote("eachlabs", model="seedance-2.0-mini")


def test_five_thousand_quotes_are_quick() -> None:
    """Random requests at all providers are quoted in well under a millisecond each."""
    chance = random.Random(7)
    media: list[tuple[Item, ...]] = [(), (FRAME,), (REFERENCE,), (Video(ADDRESS, duration=4),), (Video(ADDRESS),)]
    requests = [
        (
            Request(
                Content("x", *chance.choice(media)),
                model=chance.choice(["seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini"]),
                ratio=chance.choice(["16:9", "1:1", "adaptive"]),
                resolution=chance.choice(["480p", "720p"]),
                duration=chance.choice([-1, *range(4, 16)]),
            ),
            chance.choice(catalog.providers()),
        )
        for _ in range(5_000)
    ]
    begin, unknown = time.process_time(), 0
    for request, provider in requests:
        try:
            found = prices.quote(request, provider, on=DAY)
        except (PriceNotFoundError, UnknownModelError):
            unknown += 1
            continue
        assert Decimal(0) < found.low.amount <= found.high.amount
        assert found.high.currency == catalog.provider(provider).currency
    assert time.process_time() - begin < 5
    assert unknown < 2_000
