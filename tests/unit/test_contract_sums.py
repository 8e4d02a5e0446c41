"""The figures that providers publish, redone by the package: tokens, minimums, prices, examples."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from seedance_nb import catalog, prices
from seedance_nb.content import Content, Image, Item, Video
from seedance_nb.money import Money, Quote
from seedance_nb.prices import minimum_tokens, plain_tokens, tokens
from seedance_nb.request import Request

DAY = dt.date(2026, 11, 20)
CLIP = "https://example.com/a.mp4"
REFERENCE = Image("https://example.com/a.png", "reference_image")


def quote(provider: str, *items: Item, on: dt.date = DAY, **parameters: Any) -> Quote:
    return prices.quote(Request(Content("x", *items), ratio="16:9", **parameters), provider, on=on)


# -- tokens --


@pytest.mark.parametrize(
    ("resolution", "out", "into", "count"),
    [
        ("720p", 4, 0, 87_300),
        ("720p", 5, 0, 108_900),
        ("720p", 8, 0, 173_700),
        ("720p", 10, 0, 216_900),
        ("720p", 15, 0, 324_900),
        ("480p", 5, 0, 50_638),
        ("480p", 4, 0, 40_594),
        ("1080p", 5, 0, 245_025),
        ("720p", 4, 4, 173_700),
        ("720p", 30, 0, 648_900),
        ("720p", 30, 30, 1_296_900),
    ],
)
def test_every_usage_that_was_seen(resolution: str, out: int, into: int, count: int) -> None:
    """One frame more than 24 a second, cut to whole tokens, fits every `usage` that was published."""
    width, height = catalog.size("ark", "seedance-2.0", resolution, "16:9")
    assert tokens(width, height, out, in_seconds=into) == count


@pytest.mark.parametrize(
    ("out", "least"),
    [(4, 7), (5, 9), (6, 10), (7, 12), (8, 14), (9, 15), (10, 17), (11, 19), (12, 20), (13, 22), (14, 24), (15, 25)],
)
def test_the_table_of_minimums(out: int, least: int) -> None:
    """With a clip of two seconds the total counts as at least five thirds of what comes out: 21,600 tokens each."""
    assert minimum_tokens(1280, 720, out) == least * 21_600
    floor = quote("ark", Video(CLIP, duration=2), duration=out).tokens
    assert floor == max(least * 21_600, tokens(1280, 720, out, in_seconds=2))


def test_the_minimum_of_1080p() -> None:
    """Five seconds at 1080p: 9 × 1920 × 1080 × 24 / 1024."""
    assert minimum_tokens(1920, 1080, 5) == 437_400
    assert quote("ark", Video(CLIP, duration=2), duration=5, resolution="1080p").tokens == 437_400


# -- Ark --


@pytest.mark.parametrize(
    ("model", "video", "price"),
    [
        ("seedance-2.0", False, "46"),
        ("seedance-2.0", True, "28"),
        ("seedance-2.0-fast", False, "37"),
        ("seedance-2.0-fast", True, "22"),
    ],
)
@pytest.mark.parametrize("on", [dt.date(2026, 4, 14), DAY])
def test_the_prices_of_the_opening_day(model: str, video: bool, price: str, on: dt.date) -> None:
    """46, 28, 37 and 22 yuan for a million tokens, on 14 April 2026 and since."""
    found = prices.price("ark", model, resolution="720p", video_input=video, on=on)
    assert found.cost(1_000_000) == Money(Decimal(price), "CNY")


EXAMPLES = [
    ("480p", None, "2.31"),
    ("720p", None, "4.97"),
    ("1080p", None, "12.39"),
    ("4k", None, "25.27"),
    ("480p", 4, "2.53"),
    ("480p", 15, "5.62"),
    ("720p", 4, "5.44"),
    ("720p", 15, "12.10"),
    ("1080p", 4, "13.56"),
    ("1080p", 15, "30.13"),
]
"""Volcengine's price page: 5 s at 16:9, without and with a clip of so many seconds. Source: 82379/1544106."""


@pytest.mark.parametrize(("resolution", "into", "shown"), EXAMPLES)
def test_the_examples_of_the_price_page_leave_out_one_frame(resolution: str, into: int | None, shown: str) -> None:
    """They are by the estimate; a quote, like the bill, has one frame more, or the same minimum."""
    clips = () if into is None else (Video(CLIP, duration=into),)
    found = quote("ark", *clips, duration=5, resolution=resolution)
    width, height = catalog.size("ark", "seedance-2.0", resolution, "16:9")
    estimate = max(
        plain_tokens(width, height, 5, in_seconds=into or 0), minimum_tokens(width, height, 5) if into else 0
    )
    assert found.price.cost(estimate).amount.quantize(Decimal("0.01")) == Decimal(shown)
    assert found.tokens >= estimate
    frame = Fraction(width * height, 1024)
    is_minimum = into is not None and minimum_tokens(width, height, 5) > tokens(width, height, 5, in_seconds=into)
    assert found.tokens - estimate == 0 if is_minimum else abs(found.tokens - estimate - frame) < 1


def test_the_difference_in_money() -> None:
    """Five seconds at 720p: ¥4.968 by the page's estimate, ¥5.0094 on the bill."""
    found = quote("ark", duration=5)
    assert found.price.cost(plain_tokens(1280, 720, 5)) == Money(Decimal("4.968"), "CNY")
    assert found.amount == Money(Decimal("5.0094"), "CNY")


# -- BytePlus --


@pytest.mark.parametrize(
    ("model", "resolution", "plain", "video"),
    [
        ("seedance-2.0", "480p", "7.00", "4.30"),
        ("seedance-2.0", "720p", "7.00", "4.30"),
        ("seedance-2.0", "1080p", "7.70", "4.70"),
        ("seedance-2.0", "4k", "4.00", "2.40"),
        ("seedance-2.0-fast", "720p", "5.60", "3.30"),
        ("seedance-2.0-mini", "720p", "3.50", "2.10"),
    ],
)
def test_the_prices_of_byteplus(model: str, resolution: str, plain: str, video: str) -> None:
    """Dollars for a million tokens, without and with a clip."""
    for amount, with_video in ((plain, False), (video, True)):
        found = prices.price("byteplus", model, resolution=resolution, video_input=with_video, on=DAY)
        assert found.cost(1_000_000) == Money(Decimal(amount), "USD")


# -- resellers --


def test_atlas_by_the_second() -> None:
    """$0.0112 a thousand tokens are $0.2419 a second at 720p, and $0.00688 with a clip $0.1486."""
    for items, a_second in (((REFERENCE,), "0.2419"), ((Video(CLIP, duration=5),), "0.1486")):
        found = quote("atlas", *items, duration=5)
        length = 5 if items == (REFERENCE,) else 10
        assert found.tokens == 21_600 * length
        assert (found.amount.amount / length).quantize(Decimal("0.0001")) == Decimal(a_second)


@pytest.mark.parametrize(("duration", "resolution", "shown"), [(6, "720p", "1.45"), (10, "480p", "1.13")])
def test_eachlabs_by_the_second(duration: int, resolution: str, shown: str) -> None:
    """Six seconds at 720p are $1.45 and ten at 480p $1.13, as its page says."""
    found = quote("eachlabs", model="seedance-2.0-fast", duration=duration, resolution=resolution)
    assert found.amount.amount.quantize(Decimal("0.01")) == Decimal(shown)


def test_where_the_480p_price_of_eachlabs_comes_from() -> None:
    """$0.1129 is $0.0112 a thousand tokens at 896 × 480, a size that no model makes; 864 × 496 would be $0.1125."""
    rate = Decimal("0.0112") / 1000
    assert (rate * plain_tokens(896, 480, 1)).quantize(Decimal("0.0001")) == Decimal("0.1129")
    assert (rate * plain_tokens(864, 496, 1)).quantize(Decimal("0.0001")) == Decimal("0.1125")
