"""Dated prices, and token counts that a reader can redo."""

from __future__ import annotations

import copy
import datetime as dt
import tomllib
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb import catalog, prices
from seedance_nb.errors import PriceError, PriceNotFoundError, UnknownModelError, UnknownProviderError
from seedance_nb.money import Price
from seedance_nb.prices._load import DATA, load, rows

RAW = tomllib.loads((DATA / "ark.toml").read_text("utf-8"))
NOW = dt.date(2026, 11, 20)


def ark(model: str, resolution: str, *, video: bool = False, on: dt.date = NOW) -> Price:
    return prices.price("ark", model, resolution=resolution, video_input=video, on=on)


# -- tokens: width × height × (24 × seconds + 1) / 1024, cut to whole tokens --


@pytest.mark.parametrize(
    ("width", "height", "seconds", "expected"),
    [
        (1280, 720, 4, 87_300),  # 921,600 ×  97 / 1024
        (1280, 720, 5, 108_900),  # 921,600 × 121 / 1024
        (1280, 720, 8, 173_700),  # 921,600 × 193 / 1024
        (1280, 720, 10, 216_900),  # 921,600 × 241 / 1024
        (1280, 720, 15, 324_900),  # 921,600 × 361 / 1024
        (1280, 720, 30, 648_900),  # 921,600 × 721 / 1024
        (864, 496, 5, 50_638),  # 428,544 × 121 / 1024 = 50,638.5
        (864, 496, 4, 40_594),  # 428,544 ×  97 / 1024 = 40,594.5
        (1920, 1080, 5, 245_025),  # 2,073,600 × 121 / 1024
    ],
)
def test_tokens_equal_the_bills_that_were_seen(width: int, height: int, seconds: int, expected: int) -> None:
    """The count is that of real tasks, one frame more than the published estimate."""
    assert prices.tokens(width, height, seconds) == expected
    assert width * height * (24 * seconds + 1) // 1024 == expected


def test_seconds_of_reference_clips_count_like_those_that_come_out() -> None:
    """4 s in and 4 s out are 921,600 × 193 / 1024 = 173,700 tokens, and 30 + 30 s are 1,296,900."""
    assert prices.tokens(1280, 720, 4, 4) == 173_700
    assert prices.tokens(1280, 720, 30, 30) == 1_296_900


def test_seconds_need_not_be_whole() -> None:
    """A clip of 97 frames is 97/24 s: 921,600 × (97 + 96 + 1) / 1024 = 174,600."""
    assert prices.tokens(1280, 720, 4, Fraction(97, 24)) == 174_600


@pytest.mark.parametrize(
    ("out", "seconds"),
    [(4, 7), (5, 9), (6, 10), (7, 12), (8, 14), (9, 15), (10, 17), (11, 19), (12, 20), (13, 22), (14, 24), (15, 25)],
)
def test_the_minimum_is_five_thirds_of_the_length(out: int, seconds: int) -> None:
    """With a reference clip at least ⌈5/3 × out⌉ seconds are billed, at 720p 21,600 tokens each."""
    assert prices.minimum_tokens(1280, 720, out) == seconds * 21_600


def test_the_minimum_at_other_sizes() -> None:
    """1080p and 5 s: 9 × 2,073,600 × 24 / 1024 = 437,400."""
    assert prices.minimum_tokens(1920, 1080, 5) == 437_400


@given(st.integers(300, 4400), st.integers(300, 4400), st.integers(4, 30), st.fractions(0, 30, max_denominator=1001))
def test_tokens_are_cut_and_never_rounded(width: int, height: int, out: int, into: Fraction) -> None:
    """The count is the greatest whole number that the exact value reaches, and grows with each second."""
    exact = Fraction(width * height) * (24 * (into + out) + 1) / 1024
    found = prices.tokens(width, height, out, into)
    assert found <= exact < found + 1
    assert prices.tokens(width, height, out + 1, into) > found


# -- prices --


@pytest.mark.parametrize(
    ("model", "resolution", "plain", "with_video"),
    [
        ("seedance-2.0", "480p", "46", "28"),
        ("seedance-2.0", "720p", "46", "28"),
        ("seedance-2.0", "1080p", "51", "31"),
        ("seedance-2.0", "4k", "26", "16"),
        ("seedance-2.0-fast", "480p", "37", "22"),
        ("seedance-2.0-fast", "720p", "37", "22"),
        ("seedance-2.0-mini", "480p", "23", "14"),
        ("seedance-2.0-mini", "720p", "23", "14"),
    ],
)
def test_the_published_prices(model: str, resolution: str, plain: str, with_video: str) -> None:
    """CNY per million tokens, without and with a reference clip."""
    for video, amount in ((False, plain), (True, with_video)):
        found = ark(model, resolution, video=video)
        assert (found.amount, found.currency, found.per, found.unit) == (Decimal(amount), "CNY", 1_000_000, "tokens")


def test_a_models_own_id_has_the_same_price() -> None:
    """The provider's id leads to the row of the neutral name."""
    assert ark("doubao-seedance-2-0-fast-260128", "720p") is ark("seedance-2.0-fast", "720p")


@pytest.mark.parametrize(
    ("model", "resolution", "first_day"),
    [
        ("seedance-2.0", "720p", dt.date(2026, 4, 14)),
        ("seedance-2.0", "1080p", dt.date(2026, 4, 16)),
        ("seedance-2.0-mini", "480p", dt.date(2026, 6, 25)),
    ],
)
def test_a_price_begins_on_its_first_day(model: str, resolution: str, first_day: dt.date) -> None:
    """On its first day a row applies, and the day before there is no price."""
    assert ark(model, resolution, on=first_day).start_date == first_day
    with pytest.raises(PriceNotFoundError, match=f"The first one begins on {first_day}"):
        ark(model, resolution, on=first_day - dt.timedelta(days=1))


def test_a_missing_price_is_not_zero() -> None:
    """What has no row is an error that says which rows there are."""
    with pytest.raises(PriceNotFoundError, match="There are prices at '480p', '720p'"):
        ark("seedance-2.0-fast", "1080p")
    with pytest.raises(PriceNotFoundError, match=r"There are prices of 'seedance-2\.0', .* which is not zero"):
        ark("ep-20260101-abcde", "720p")
    with pytest.raises(UnknownModelError):
        ark("seedance-3", "720p")
    with pytest.raises(UnknownProviderError):
        prices.price("nowhere", "seedance-2.0", resolution="720p", video_input=False, on=NOW)


@pytest.mark.parametrize("provider", ["ark", "byteplus"])
def test_everything_a_model_offers_has_a_price(provider: str) -> None:
    """Each model and resolution of the catalog can be priced today, with and without a reference clip."""
    for model in catalog.provider(provider).models:
        for resolution in model.resolutions:
            for video in (False, True):
                found = prices.price(provider, model.name, resolution=resolution, video_input=video, on=NOW)
                assert found.currency == catalog.provider(provider).currency


@pytest.mark.parametrize("provider", catalog.providers())
def test_every_row_says_where_it_comes_from(provider: str) -> None:
    """Each row has a source, the day it was read, and an id that begins with provider and model."""
    for row in rows(provider):
        assert row.price.source
        assert row.price.checked >= row.price.start_date
        assert row.price.id.startswith(f"{provider}/{row.model}/")
        assert any(row.model == model.name for model in catalog.provider(provider).models)


# -- the loader --


def _later(raw: dict[str, Any], **changes: Any) -> None:
    raw["price"].append({**raw["price"][0], "id": "ark/seedance-2.0/later", **changes})


def test_the_latest_row_applies() -> None:
    """A task is billed by the row in force on its day: 46 until the change, 40 from then on."""
    raw = copy.deepcopy(RAW)
    _later(raw, amount="40", start_date=dt.date(2026, 12, 1))
    found = [row.price for row in load(raw, "ark.toml").rows if row.fits("seedance-2.0", "720p", False, "text")]
    assert [(one.amount, one.start_date.isoformat()) for one in found] == [
        (Decimal(46), "2026-04-14"),
        (Decimal(40), "2026-12-01"),
    ]


def _same_day(raw: dict[str, Any]) -> None:
    _later(raw)


def _same_id(raw: dict[str, Any]) -> None:
    raw["price"][1]["id"] = raw["price"][0]["id"]


def _unknown_unit(raw: dict[str, Any]) -> None:
    raw["price"][0]["per"] = {"credits": 100}


def _two_units(raw: dict[str, Any]) -> None:
    raw["price"][0]["per"] = {"tokens": 100, "seconds": 1}


def _unknown_currency(raw: dict[str, Any]) -> None:
    raw["price"][0]["currency"] = "RMB"


def _float_amount(raw: dict[str, Any]) -> None:
    raw["price"][0]["amount"] = 46.0


def _no_number(raw: dict[str, Any]) -> None:
    raw["price"][0]["amount"] = "forty-six"


def _zero(raw: dict[str, Any]) -> None:
    raw["price"][0]["amount"] = "0"


def _unknown_key(raw: dict[str, Any]) -> None:
    raw["price"][0]["note"] = "x"


def _unknown_condition(raw: dict[str, Any]) -> None:
    raw["price"][0]["when"]["generate_audio"] = True


def _no_source(raw: dict[str, Any]) -> None:
    del raw["price"][0]["source"]


def _no_checked(raw: dict[str, Any]) -> None:
    del raw["price"][0]["checked"]


def _text_date(raw: dict[str, Any]) -> None:
    raw["price"][0]["start_date"] = "2026-04-14"


@pytest.mark.parametrize(
    "spoil",
    [
        _same_day,
        _same_id,
        _unknown_unit,
        _two_units,
        _unknown_currency,
        _float_amount,
        _no_number,
        _zero,
        _unknown_key,
        _unknown_condition,
        _no_source,
        _no_checked,
        _text_date,
    ],
)
def test_a_spoilt_price_file_is_refused(spoil: Callable[[dict[str, Any]], None]) -> None:
    """What cannot be understood, or applies twice, is an error and never a zero."""
    raw = copy.deepcopy(RAW)
    spoil(raw)
    with pytest.raises(PriceError, match=r"prices/data/spoilt\.toml"):
        load(raw, "spoilt.toml")


def test_the_price_file_itself_passes() -> None:
    """The neighbour of all spoilt files, the file as it is, loads."""
    assert load(copy.deepcopy(RAW), "ark.toml").rows == rows("ark")
