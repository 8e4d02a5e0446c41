"""Prices of the providers beside Ark: their rows, their first days, and what is not known."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from seedance_nb import catalog, prices
from seedance_nb.content import Mode
from seedance_nb.errors import PriceNotFoundError
from seedance_nb.money import Price

NOW = dt.date(2026, 11, 20)


def row(
    provider: str, model: str, resolution: str, mode: Mode = "text", *, video: bool = False, on: dt.date = NOW
) -> Price:
    return prices.price(provider, model, resolution=resolution, video_input=video, on=on, mode=mode)


@pytest.mark.parametrize(
    ("model", "resolution", "plain", "with_video"),
    [
        ("seedance-2.0", "480p", "7.00", "4.30"),
        ("seedance-2.0", "720p", "7.00", "4.30"),
        ("seedance-2.0", "1080p", "7.70", "4.70"),
        ("seedance-2.0", "4k", "4.00", "2.40"),
        ("seedance-2.0-fast", "720p", "5.60", "3.30"),
        ("seedance-2.0-mini", "480p", "3.50", "2.10"),
    ],
)
def test_byteplus(model: str, resolution: str, plain: str, with_video: str) -> None:
    """USD per million tokens, without and with a reference clip."""
    for video, amount in ((False, plain), (True, with_video)):
        found = row("byteplus", model, resolution, "reference", video=video)
        assert (found.amount, found.currency, found.per, found.unit) == (Decimal(amount), "USD", 1_000_000, "tokens")


def test_atlas_by_the_token() -> None:
    """The model page gives a price by tokens and the same by seconds of 21,600 tokens, and they agree."""
    plain = row("atlas", "seedance-2.0", "720p", "reference")
    with_clip = row("atlas", "seedance-2.0", "720p", "reference", video=True)
    assert 1280 * 720 * 24 / 1024 == 21_600
    assert plain.cost(21_600).rounded(4) == Decimal("0.2419")  # 0.0112 × 21.6 = 0.24192
    assert with_clip.cost(21_600).rounded(4) == Decimal("0.1486")  # 0.00688 × 21.6 = 0.148608


@pytest.mark.parametrize(
    ("day", "mode", "amount", "unit"),
    [
        (dt.date(2026, 4, 14), "text", "0.0112", "tokens"),
        (dt.date(2026, 4, 20), "text", "0.0112", "tokens"),
        (dt.date(2026, 4, 21), "text", "0.127", "seconds"),
        (dt.date(2026, 7, 31), "text", "0.127", "seconds"),
        (dt.date(2026, 8, 1), "text", "0.09", "seconds"),
        (dt.date(2026, 8, 1), "first_frame", "0.127", "seconds"),
        (dt.date(2026, 11, 20), "reference", "0.0112", "tokens"),
    ],
)
def test_atlas_changed_its_prices(day: dt.date, mode: Mode, amount: str, unit: str) -> None:
    """By the list of its day, for text and frames; references stay with the page that gives a formula."""
    found = row("atlas", "seedance-2.0", "720p", mode, on=day)
    assert (found.amount, found.unit) == (Decimal(amount), unit)


@pytest.mark.parametrize(
    ("model", "resolution", "amount"),
    [
        ("seedance-2.0-fast", "480p", "0.1129"),
        ("seedance-2.0-fast", "720p", "0.2419"),
        ("seedance-2.0", "720p", "0.3024"),
    ],
)
def test_eachlabs_by_the_second(model: str, resolution: str, amount: str) -> None:
    """USD per second of the clip."""
    found = row("eachlabs", model, resolution)
    assert (found.amount, found.currency, found.per, found.unit) == (Decimal(amount), "USD", 1, "seconds")


@pytest.mark.parametrize(
    ("provider", "model", "resolution", "mode", "video", "there_is"),
    [
        ("eachlabs", "seedance-2.0", "480p", "text", False, "There are prices at '720p' without a reference clip."),
        ("eachlabs", "seedance-2.0", "720p", "reference", True, "There are prices at '720p' without a reference clip."),
        ("eachlabs", "seedance-2.0-fast", "720p", "reference", False, "in the modes 'text', 'first_frame'"),
        ("eachlabs", "seedance-2.0-mini", "720p", "reference", False, "of 'seedance-2.0', 'seedance-2.0-fast'"),
        ("atlas", "seedance-2.0", "1080p", "text", False, "'480p', '720p' with a reference clip"),
        ("atlas", "seedance-2.0-fast", "720p", "reference", True, "'480p', '720p' without a reference clip"),
    ],
)
def test_what_is_not_published_is_not_zero(
    provider: str, model: str, resolution: str, mode: Mode, video: bool, there_is: str
) -> None:
    """A gap is an error that says what there is, and where a price of one's own can be kept."""
    with pytest.raises(PriceNotFoundError) as caught:
        row(provider, model, resolution, mode, video=video)
    assert there_is in str(caught.value)
    assert "which is not zero" in str(caught.value)
    assert "SEEDANCE_NB_PRICES" in str(caught.value)


@pytest.mark.parametrize("provider", catalog.providers())
def test_a_price_of_an_id_is_that_of_its_model(provider: str) -> None:
    """Any of a provider's ids leads to the row of the neutral name."""
    model = catalog.provider(provider).models[0]
    for mode, model_id in model.ids.items():
        assert row(provider, model_id, "720p", mode) is row(provider, model.name, "720p", mode)
