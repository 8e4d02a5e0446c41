"""One request at every provider: who can, what is lost, what it costs, and how it is shown."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

import seedance_nb as sd
from seedance_nb import catalog, prices
from seedance_nb.content import Content, Image, Video
from seedance_nb.errors import CurrencyMismatchError, PriceNotFoundError
from seedance_nb.money import Fx
from seedance_nb.reports.quotes import quotes_html
from seedance_nb.request import Request

from . import media_samples as samples

DAY = dt.date(2026, 11, 20)
TEXT = Request("A cat yawns", ratio="16:9")
FRAME = Request(Content("It yawns", Image("https://example.com/a.png")), ratio="16:9")
CLIP = Request(Content("Like video 1", Video("https://example.com/a.mp4", duration=4)), ratio="16:9")
RATE = Fx(Decimal(7), "USD", "CNY", DAY, "my bank")


def table(request: Request, **options: Any) -> pd.DataFrame:
    return sd.quotes(request, on=DAY, **options)


def at(frame: pd.DataFrame, provider: str, model: str = "seedance-2.0") -> dict[str, Any]:
    (found,) = frame[(frame["provider"] == provider) & (frame["model"] == model)].to_dict("records")
    return {str(key): value for key, value in found.items()}


@pytest.mark.parametrize("request_", [TEXT, FRAME, CLIP], ids=lambda request: request.mode)
def test_every_provider_and_model_has_a_row(request_: Request) -> None:
    """Each has one row, and a price in it is that of the quote."""
    frame = table(request_)
    everything = {(one, model.name) for one in catalog.providers() for model in catalog.provider(one).models}
    assert len(frame) == len(everything)
    assert set(zip(frame["provider"], frame["model"], strict=True)) == everything
    for row in frame.to_dict("records"):
        if row["high"] is None:
            assert row["reason"]
            continue
        quote = prices.quote(request_.replace(model=row["model"]), row["provider"], on=DAY)
        assert (row["low"], row["high"]) == (quote.low.amount, quote.high.amount)
        assert (row["currency"], row["price_id"], row["sum"]) == (quote.high.currency, quote.price.id, quote.sum)
        assert row["model_id"] == quote.model_id


def test_the_dtypes_are_those_of_the_page() -> None:
    """Documented dtypes, also where nothing is known."""
    kinds = {name: str(kind) for name, kind in table(CLIP).dtypes.items()}
    assert kinds == {
        "provider": "category",
        "model": "category",
        "model_id": "string",
        "requested": "bool",
        "can": "bool",
        "loses": "string",
        "reason": "string",
        "tokens_low": "Int64",
        "tokens_high": "Int64",
        "seconds": "Int64",
        "low": "object",
        "high": "object",
        "currency": "category",
        "low_CNY": "object",
        "high_CNY": "object",
        "price_id": "string",
        "sum": "string",
        "caveat": "string",
        "cheapest": "bool",
        "cheapest_of_model": "bool",
    }
    assert all(isinstance(amount, Decimal) for amount in table(TEXT)["high"].dropna())


def test_a_text_everywhere() -> None:
    """108,900 tokens at ¥46 are ¥5.0094, at $7 are $0.7623 = ¥5.3361; EachLabs asks 5 × $0.3024 = ¥10.584."""
    frame = table(TEXT, fx=RATE)
    assert at(frame, "ark")["high_CNY"] == Decimal("5.0094")
    assert at(frame, "byteplus")["high_CNY"] == Decimal("5.3361")
    assert at(frame, "eachlabs")["high_CNY"] == Decimal("10.584")
    assert at(frame, "ark")["tokens_high"] == 108_900
    assert pd.isna(at(frame, "eachlabs")["tokens_high"])
    assert at(frame, "eachlabs")["seconds"] == 5
    assert set(frame[frame["requested"]]["model"]) == {"seedance-2.0"}


def test_prices_first_then_the_unknown_then_the_impossible() -> None:
    """In the order of the view; what cannot be done is last and says why."""
    frame = table(TEXT)
    priced = frame["high_CNY"].dropna().tolist()
    assert priced == sorted(priced)
    kinds = [(row["can"], row["high"] is not None) for row in frame.to_dict("records")]
    assert kinds == sorted(kinds, key=lambda kind: (not kind[0], not kind[1]))
    assert kinds[-1] == (False, False)
    last = frame.to_dict("records")[-1]
    assert (last["provider"], last["model"]) == ("eachlabs", "seedance-2.0-mini")
    assert "is not made for a text alone" in last["reason"]
    assert pd.isna(last["model_id"])


def test_the_cheapest_loses_nothing() -> None:
    """A mark needs a certain price and nothing lost; one is over all, one over the requested model."""
    frame = table(TEXT)
    (cheapest,) = frame[frame["cheapest"]].to_dict("records")
    assert (cheapest["provider"], cheapest["model"]) == ("ark", "seedance-2.0-mini")
    (same,) = frame[frame["cheapest_of_model"]].to_dict("records")
    assert (same["provider"], same["model"]) == ("ark", "seedance-2.0")
    assert at(frame, "atlas")["high_CNY"] < same["high_CNY"]
    assert at(frame, "atlas")["caveat"]


def test_a_rate_can_turn_the_order() -> None:
    """At 6 yuan a dollar BytePlus is cheaper than Ark, and the table says by which rate."""
    frame = table(TEXT, fx=Fx(Decimal(6), "USD", "CNY", DAY, "my bank"))
    (same,) = frame[frame["cheapest_of_model"]].to_dict("records")
    assert same["provider"] == "byteplus"
    assert frame.attrs["fx"] == "1 USD = 6 CNY on 2026-11-20 (my bank)"


def test_what_is_lost_is_named() -> None:
    """A watermark is lost at EachLabs, priorities at both resellers; what is lost costs no more."""
    frame = table(TEXT.replace(watermark=True, priority=3))
    assert at(frame, "eachlabs")["loses"] == "the watermark, the priority"
    assert at(frame, "atlas")["loses"] == "the priority"
    assert at(frame, "ark")["loses"] == at(frame, "byteplus")["loses"] == ""
    assert at(frame, "eachlabs")["can"]
    assert at(frame, "eachlabs")["high"] == at(table(TEXT), "eachlabs")["high"]


def test_a_reference_clip_on_this_side() -> None:
    """Only those who take uploads can have it; Ark and BytePlus say where it must go."""
    frame = table(Request(Content("Like video 1", Video(samples.clip(4))), ratio="16:9"))
    assert at(frame, "atlas")["can"]
    assert at(frame, "atlas")["high"] == Decimal("1.337472")  # 21,600 × 9 × 0.00688 / 1,000
    for provider in ("ark", "byteplus"):
        assert not at(frame, provider)["can"]
        assert "https://" in at(frame, provider)["reason"]
    assert at(frame, "eachlabs")["can"]
    assert "not zero" in at(frame, "eachlabs")["reason"]


def test_a_model_named_by_an_id() -> None:
    """The id of one provider is found again at the others by its neutral name."""
    frame = table(TEXT.replace(model="doubao-seedance-2-0-fast-260128"))
    assert set(frame[frame["requested"]]["model"]) == {"seedance-2.0-fast"}
    assert frame["requested"].sum() == len(catalog.providers())


def test_a_model_nobody_lists() -> None:
    """An endpoint is nobody's neutral model: all are shown, none as requested."""
    frame = table(TEXT.replace(model="ep-20260101-abcde"))
    assert not frame["requested"].any()
    assert frame["cheapest"].sum() == 1


def test_a_request_that_nobody_can_do() -> None:
    """There is a table all the same, and each row says why."""
    frame = table(TEXT.replace(duration=40))
    assert not frame["can"].any()
    assert not frame["cheapest"].any()
    assert frame["reason"].str.contains("duration=40").sum() == len(frame)
    assert frame.attrs["fx"] == ""


def test_an_open_length_is_a_range() -> None:
    """Low and high differ, and the seconds are the most."""
    row = at(table(TEXT.replace(duration=-1)), "eachlabs")
    assert (row["low"], row["high"], row["seconds"]) == (Decimal("1.2096"), Decimal("4.5360"), 15)


def test_without_a_view_nothing_is_converted() -> None:
    """There are no columns of a view, no rate, and a cheapest for each currency."""
    frame = table(TEXT, view=None)
    assert not [name for name in frame.columns if name.endswith("_CNY")]
    assert frame.attrs == {"fx": "", "view": None}
    assert sorted(frame[frame["cheapest"]]["currency"]) == ["CNY", "USD"]


def test_a_view_needs_a_rate() -> None:
    """A currency without a known rate is an error; rates of one's own make it a view."""
    with pytest.raises(PriceNotFoundError, match="No rate between"):
        table(TEXT, view="EUR")
    rates = [Fx(Decimal("0.9"), "USD", "EUR", DAY, "x"), Fx(Decimal(8), "EUR", "CNY", DAY, "x")]
    assert at(table(TEXT, view="EUR", fx=rates), "ark")["high_EUR"] == Decimal("0.626175")
    with pytest.raises((PriceNotFoundError, CurrencyMismatchError)):
        table(TEXT, view="EUR", fx=rates[:1])


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_table_as_html() -> None:
    """Static and accessible: a caption, headers with a scope, and the rate in a footnote."""
    frame = table(TEXT.replace(watermark=True))
    html = quotes_html(frame)
    parsed = _Tags()
    parsed.feed(html)
    names = [name for name, _ in parsed.tags]
    assert names.count("tr") == len(frame) + 1
    assert names.count("caption") == 1
    assert all(found.get("scope") in {"row", "col"} for name, found in parsed.tags if name == "th")
    assert not {"script", "img", "link", "iframe"} & set(names)
    assert f"Seen in CNY at {frame.attrs['fx'].replace(chr(39), '&#x27;')}" in html
    assert "cheapest that loses nothing" in html
    assert "cheapest of this model" in html
    assert "the watermark" in html
    assert "Seen as" not in quotes_html(table(TEXT, view=None))


def test_html_is_escaped() -> None:
    """What a person or a file wrote cannot become markup."""
    frame = table(TEXT.replace(resolution="<b onclick=x>"), fx=RATE)
    assert "<b onclick" not in quotes_html(frame)
    assert "&lt;b onclick" in quotes_html(frame)
