"""Quotes: the sum, the range, and what they rest on."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_nb import catalog, prices
from seedance_nb.content import Audio, Content, Image, Item, Video
from seedance_nb.errors import InvalidRequestError, PriceNotFoundError, UnknownModelError
from seedance_nb.money import Money, Quote
from seedance_nb.request import Request

from . import media_samples as samples

DAY = dt.date(2026, 11, 20)
ADDRESS = "https://example.com/a.mp4"


def quote(*items: str | Item, ratio: str = "16:9", **parameters: Any) -> Quote:
    return prices.quote(Request(Content("x", *items), ratio=ratio, **parameters), "ark", on=DAY)


def test_the_sum_of_a_text() -> None:
    """Five seconds at 720p: 108,900 tokens at 46 yuan a million are 5.0094 yuan."""
    found = quote()
    assert found.sum == "1280×720 × (24×5+1) / 1024 = 108,900 tokens × ¥46/1M = ¥5.01"
    assert found.amount == Money(Decimal("5.0094"), "CNY")
    assert found.is_exact
    assert found.basis.startswith("Exact")
    assert (found.provider, found.model, found.model_id) == ("ark", "seedance-2.0", "doubao-seedance-2-0-260128")


def test_the_sum_with_a_reference_clip() -> None:
    """Four seconds in and four out: 173,700 tokens at 28 yuan a million are 4.8636 yuan."""
    found = quote(Video(ADDRESS, duration=4), duration=4)
    assert found.sum == "1280×720 × (24×(4+4)+1) / 1024 = 173,700 tokens × ¥28/1M = ¥4.86"
    assert found.amount == Money(Decimal("4.8636"), "CNY")
    assert "if the duration= given" in found.basis


def test_the_sum_where_the_minimum_applies() -> None:
    """Two seconds in and five out count as nine: 194,400 tokens instead of 152,100."""
    found = quote(Video(ADDRESS, duration=2), duration=5)
    assert found.sum == (
        "1280×720 × (24×(2+5)+1) / 1024 = 152,100 tokens, less than the minimum with a reference clip, "
        "⌈5×5/3⌉ = 9 s: 1280×720 × 24×9 / 1024 = 194,400 tokens × ¥28/1M = ¥5.44"
    )
    assert found.tokens == 194_400
    assert found.amount.amount == Decimal("5.4432")


def test_the_minimum_ends_where_the_formula_passes_it() -> None:
    """For five seconds, 4 s in are the first to count more: 921,600 × 217 / 1024 = 195,300."""
    assert quote(Video(ADDRESS, duration=3.95), duration=5).tokens == 194_400
    assert quote(Video(ADDRESS, duration=4), duration=5).tokens == 195_300


@pytest.mark.parametrize(
    ("model", "resolution", "duration", "tokens", "amount"),
    [
        ("seedance-2.0", "480p", 5, 50_638, "2.329348"),  # × 46 / 1,000,000
        ("seedance-2.0", "1080p", 5, 245_025, "12.496275"),  # × 51
        ("seedance-2.0", "4k", 5, 980_100, "25.4826"),  # 8,294,400 × 121 / 1024, × 26
        ("seedance-2.0", "720p", 15, 324_900, "14.9454"),  # × 46
        ("seedance-2.0-fast", "720p", 5, 108_900, "4.0293"),  # × 37
        ("seedance-2.0-mini", "720p", 5, 108_900, "2.5047"),  # × 23
    ],
)
def test_quotes_of_all_models(model: str, resolution: str, duration: int, tokens: int, amount: str) -> None:
    """Each amount is tokens × price / 1,000,000, exact to the last digit."""
    found = quote(model=model, resolution=resolution, duration=duration)
    assert found.tokens == tokens
    assert found.amount == Money(Decimal(amount), "CNY")


def test_pictures_and_sounds_are_free() -> None:
    """Only clips add seconds: nine pictures and a sound leave the sum as it is."""
    pictures = [Image(samples.picture(), "reference_image")] * 9
    assert quote(*pictures, Audio(samples.sound(9))).sum == quote().sum
    assert quote(generate_audio=False).sum == quote().sum


def test_local_clips_are_measured() -> None:
    """Clips of 5 s and 97 frames are read from their files: 921,600 × (24 × (217/24 + 15) + 1) / 1024 = 520,200."""
    found = quote(Video(samples.clip(5)), Video(samples.clip(Fraction(97, 24))), duration=15)
    assert found.sum.startswith("1280×720 × (24×(217/24+15)+1) / 1024 = 520,200 tokens, less than the minimum")
    assert found.tokens == 540_000
    assert found.is_exact
    assert "duration=" not in found.basis


def test_a_file_is_believed_before_its_owner() -> None:
    """The length that was counted wins over the one that was told."""
    assert quote(Video(samples.clip(5), duration=2)).tokens == quote(Video(ADDRESS, duration=5)).tokens


def test_the_model_may_choose_the_length() -> None:
    """duration=-1 is a range from 4 to 15 s: 87,300 to 324,900 tokens."""
    found = quote(duration=-1)
    assert (found.tokens_low, found.tokens_high) == (87_300, 324_900)
    assert found.sum == (
        "1280×720 × (24×4+1) / 1024 = 87,300 tokens × ¥46/1M = ¥4.02 to "
        "1280×720 × (24×15+1) / 1024 = 324,900 tokens × ¥46/1M = ¥14.95"
    )
    assert "the model chooses the length, 4 to 15 s" in found.basis
    assert str(found) == "¥4.02 to ¥14.95"


def test_the_model_may_choose_the_ratio() -> None:
    """An adaptive text is a range over all sizes: at 720p from 1280 × 720 to 1112 × 834."""
    found = quote(ratio="adaptive")
    assert found.tokens_low == 1280 * 720 * 121 // 1024
    assert found.tokens_high == 1112 * 834 * 121 // 1024
    assert "the ratio can become 16:9, 4:3" in found.basis


def test_a_first_frame_settles_the_ratio() -> None:
    """An adaptive clip from a square picture is square, and its quote exact."""
    found = quote(Image(samples.picture(640, 640)), ratio="adaptive")
    assert found.sum.startswith("960×960 × ")
    assert found.is_exact
    assert "with the ratio 1:1 by the media" in found.basis


def test_an_unseen_clip_leaves_its_length_open() -> None:
    """A clip behind an address without duration= is 2 to 15 s: 194,400 to 432,900 tokens for 5 s."""
    found = quote(Video(ADDRESS))
    assert (found.tokens_low, found.tokens_high) == (194_400, 432_900)
    assert "2 to 15 s in all" in found.basis
    assert "duration= was not given" in found.basis


def test_an_unseen_clip_beside_a_known_one() -> None:
    """With 12 s known, one more can only make it 14 to 15 s; with 14 s known the least is already more."""
    found = quote(Video(ADDRESS, duration=12), Video(ADDRESS))
    assert found.tokens_low == prices.tokens(1280, 720, 5, 14)
    assert found.tokens_high == prices.tokens(1280, 720, 5, 15)
    assert quote(Video(ADDRESS, duration=14), Video(ADDRESS)).tokens == prices.tokens(1280, 720, 5, 16)


def test_a_damaged_clip_is_quoted_as_unseen() -> None:
    """A file that cannot be read is told by check; the quote leaves its length open."""
    assert quote(Video(b"no clip")).tokens_high == quote(Video(ADDRESS)).tokens_high


def test_the_day_is_that_of_the_provider() -> None:
    """Ark's days begin in Beijing: 1080p has a price from 16:00 UTC on the day before."""
    request = Request("x", ratio="16:9", resolution="1080p")
    begin = dt.datetime(2026, 4, 15, 16, 0, tzinfo=dt.UTC)
    assert prices.quote(request, "ark", on=begin).amount.rounded() == Decimal("12.50")
    with pytest.raises(PriceNotFoundError):
        prices.quote(request, "ark", on=begin - dt.timedelta(seconds=1))
    with pytest.raises(InvalidRequestError, match="no time zone"):
        prices.quote(request, "ark", on=begin.replace(tzinfo=None))


def test_today_is_the_default() -> None:
    """Without a day the price of today is taken."""
    assert prices.quote(Request("x"), "ark").price.amount > 0


@pytest.mark.parametrize(("name", "value"), [("resolution", "1440p"), ("ratio", "5:4"), ("duration", 20)])
def test_what_is_not_made_has_no_quote(name: str, value: object) -> None:
    """A quote of something the model does not make would be a promise that nobody keeps."""
    with pytest.raises(InvalidRequestError, match=f"{name}={value!r}") as caught:
        quote(**{"ratio": "16:9", name: value})
    assert [problem.where for problem in caught.value.problems] == [name]


def test_an_unlisted_model_has_no_quote() -> None:
    """The price of an endpoint is not known, and not zero; a misspelt name is an error of its own."""
    with pytest.raises(PriceNotFoundError, match="which is not zero"):
        quote(model="ep-20260101-abcde")
    with pytest.raises(UnknownModelError):
        quote(model="seedance-2")


@settings(max_examples=60, deadline=None)
@given(
    model=st.sampled_from([model.name for model in catalog.provider("ark").models]),
    resolution=st.sampled_from(["480p", "720p"]),
    ratio=st.sampled_from(["16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive"]),
    duration=st.sampled_from([-1, *range(4, 16)]),
    clips=st.lists(st.none() | st.floats(2, 15), max_size=3),
)
def test_every_quote_agrees_with_its_parts(
    model: str, resolution: str, ratio: str, duration: int, clips: list[float | None]
) -> None:
    """Low is never above high, the money is tokens times price, and a range says why it is one."""
    found = quote(
        *(Video(ADDRESS, duration=length) for length in clips),
        model=model,
        resolution=resolution,
        ratio=ratio,
        duration=duration,
    )
    assert 0 < found.tokens_low <= found.tokens_high
    for count, money in ((found.tokens_low, found.low), (found.tokens_high, found.high)):
        assert money == Money(found.price.amount * count / 1_000_000, "CNY")
        assert f"{count:,} tokens" in found.sum
    assert found.basis.startswith("Exact" if found.is_exact else "A range")
