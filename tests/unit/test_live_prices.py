"""Atlas Cloud's list of models, read as prices of today."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seedance_nb as sd
from seedance_nb import live, prices, providers
from seedance_nb.errors import (
    ConfigurationError,
    ProviderTimeout,
    ResponseFormatError,
    SeedanceError,
    UnknownProviderError,
)
from seedance_nb.live import live_prices
from seedance_nb.providers._atlas_prices import decode_prices
from seedance_nb.providers.atlas import Atlas

ADDRESS = "https://api.atlascloud.ai/api/v1/models"
DAY = dt.date(2026, 11, 21)
TEXT = "bytedance/seedance-2.0-fast/text-to-video"
FRAMES = "bytedance/seedance-2.0-fast/image-to-video"


@pytest.fixture(autouse=True)
def _nothing_of_ones_own() -> Iterator[None]:
    yield
    prices.override()


def listed(*entries: tuple[str, object]) -> dict[str, Any]:
    return {
        "code": "200",
        "data": [
            {"model": model, "type": "Video", "price": {"actual": {"base_price": price}, "origin": {"base_price": "9"}}}
            for model, price in entries
        ],
    }


def rows(payload: object) -> list[dict[str, Any]]:
    return decode_prices(payload, address=ADDRESS, on=DAY)


def test_a_row_says_what_was_read_and_where() -> None:
    """Today's price of a mode, with the address as its source, and a word on what the list leaves open."""
    [row] = rows(listed((FRAMES, "0.0930")))
    caveat = row.pop("caveat")
    assert row == {
        "provider": "atlas",
        "id": "bytedance/seedance-2.0-fast/image-to-video/live/2026-11-21",
        "model": "seedance-2.0-fast",
        "when": {"resolution": ["480p", "720p"], "video_input": False, "mode": ["first_frame", "first_last_frame"]},
        "amount": "0.0930",
        "currency": "USD",
        "per": {"seconds": 1},
        "start_date": DAY,
        "checked": DAY,
        "source": f"Atlas Cloud, list of models, {ADDRESS}",
    }
    assert "no unit and no resolution" in caveat


def test_nothing_changes_until_the_rows_are_given_to_the_price_book() -> None:
    """Reading changes no quote; `override` does, and the quote says where its price is from."""
    request = sd.Request("A cat yawns", model="seedance-2.0-fast", ratio="16:9", resolution="720p", duration=5)
    read = rows(listed((TEXT, "0.05")))
    assert str(prices.quote(request, "atlas", on=DAY).amount) == "$0.51"  # 5 s × $0.101
    prices.override(read)
    quote = prices.quote(request, "atlas", on=DAY)
    assert str(quote.amount) == "$0.25"  # 5 s × $0.05
    assert quote.price.source.endswith(ADDRESS)
    assert quote.price.id == f"own/{TEXT}/live/2026-11-21"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("0.127", "0.127"), (0.127, "0.127"), (1, "1"), ("1e-2", "0.01"), ("0.10", "0.10"), (0.1, "0.1")],
)
def test_a_price_keeps_its_digits(sent: object, kept: str) -> None:
    """Text or number, what was sent is what is kept."""
    assert rows(listed((TEXT, sent)))[0]["amount"] == kept


@pytest.mark.parametrize(
    "sent",
    [None, "", "free", "0", 0, -1, "-0.1", True, [], {}, "NaN", "Infinity", float("inf"), "1e-9", "1001", "1e999"],
)
def test_what_is_no_price_of_a_second_is_left_out(sent: object) -> None:
    """It never becomes zero, and the others are read."""
    assert [row["amount"] for row in rows(listed((TEXT, sent), (FRAMES, "0.1")))] == ["0.1"]


def test_other_models_are_left_out() -> None:
    """Upscaled and unknown models are other products."""
    assert rows(listed((f"{TEXT}-upscaled", "0.49"), ("openai/else", "1"), ("", "1"))) == []


def test_a_model_at_two_prices_has_none() -> None:
    """Twice the same is one; two different ones are left out, as nobody can say which is right."""
    assert len(rows(listed((TEXT, "0.1"), (TEXT, "0.10")))) == 1
    assert rows(listed((TEXT, "0.1"), (TEXT, "0.2"))) == []


def test_a_price_of_this_machine_says_so() -> None:
    """What the sandbox asks is not what Atlas Cloud asks."""
    [row] = decode_prices(listed((TEXT, "0.1")), address="http://127.0.0.1:8765/api/v1/models", on=DAY)
    assert "read on this machine" in row["caveat"]


@pytest.mark.parametrize("payload", [None, [], "", 7, {}, {"data": None}, {"data": {"model": TEXT}}])
def test_no_list_is_an_error(payload: object) -> None:
    """Something else than a list of models is not read as an empty one."""
    with pytest.raises(ResponseFormatError, match="prices that were known stay"):
        rows(payload)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["model", "price", "actual", "base_price", "data"]), inner, max_size=4)
    ),
    max_leaves=12,
)
ENTRY = st.fixed_dictionaries(
    {
        "model": st.sampled_from([TEXT, FRAMES, "bytedance/seedance-2.0-mini/reference-to-video"]) | JSON,
        "price": st.fixed_dictionaries({"actual": st.fixed_dictionaries({"base_price": JSON | st.decimals().map(str)})})
        | JSON,
    }
)


@settings(max_examples=200, deadline=None)
@given(st.fixed_dictionaries({"data": st.lists(ENTRY | JSON, max_size=5)}) | JSON)
def test_whatever_is_answered_becomes_usable_rows_or_our_error(payload: object) -> None:
    """Rows that are read can be given to the price book as they are."""
    try:
        read = rows(payload)
    except ResponseFormatError:
        return
    prices.override(read)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 400),
    st.binary(max_size=6),
    st.sampled_from([200, 200, 200, 204, 301, 401, 404]),
)
def test_a_damaged_answer_raises_nothing_but_our_errors(at: int, junk: bytes, status: int) -> None:
    """Cut, overwritten or with another status: rows, or an error of the tree."""
    whole = json.dumps(listed((TEXT, "0.1"), (FRAMES, 0.2))).encode()
    body = whole[:at] + junk + (whole[at + len(junk) :] if at % 2 else b"")

    async def ask() -> None:
        client = Atlas(
            base_url="https://api.atlascloud.ai/api/v1",
            key="",
            transport=httpx.MockTransport(lambda request: httpx.Response(status, content=body)),
        )
        try:
            await client.live_prices()
        except SeedanceError:
            pass
        finally:
            await client.close()

    asyncio.run(ask())


def test_no_key_is_sent() -> None:
    """The list is public, and a request for it carries no key and no empty one."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=listed((TEXT, "0.1")))

    async def ask() -> Sequence[dict[str, Any]]:
        client = Atlas(base_url="https://a.example/api/v1", key="", transport=httpx.MockTransport(answer))
        try:
            return await client.live_prices()
        finally:
            await client.close()

    [row] = asyncio.run(ask())
    assert row["source"].endswith("https://a.example/api/v1/models")
    [request] = seen
    assert (request.method, request.url.path) == ("GET", "/api/v1/models")
    assert "authorization" not in request.headers


def test_who_publishes_none_says_so() -> None:
    """Ark has no list of prices to read, and nobody is no provider."""
    with pytest.raises(ConfigurationError, match=r"Volcengine Ark publishes no prices.*prices\.override"):
        live_prices("ark")
    with pytest.raises(UnknownProviderError):
        live_prices("nobody")


def test_a_provider_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while the reading ends with an error of the tree, and the connections are closed."""
    closed: list[bool] = []

    class Slow:
        async def live_prices(self) -> Sequence[dict[str, Any]]:
            await asyncio.Event().wait()
            return ()

        async def close(self) -> None:
            closed.append(True)

    monkeypatch.setattr(providers, "client", lambda *_, **__: Slow())
    monkeypatch.setattr(live, "TIMEOUT", 0.01)
    with pytest.raises(ProviderTimeout, match="Those that were known stay"):
        live_prices("atlas")
    assert closed == [True]
