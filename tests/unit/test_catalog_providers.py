"""What the catalog knows of the providers beside Ark: ids by mode, doors, and files that are like another."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from seedance_nb import catalog
from seedance_nb.catalog._load import DATA, load
from seedance_nb.content import Audio, Content, Image, Media, Mode, Video
from seedance_nb.errors import ConfigurationError, UnknownModelError
from seedance_nb.request import Request

from . import media_samples as samples

HTTPS = "https://example.com/a"
ASSET = "asset://asset-20260224200602-qn7wr"


def model(provider: str, name: str) -> catalog.Model:
    found = catalog.model(provider, name)
    assert found is not None
    return found


def test_four_providers_are_known() -> None:
    """Each has its address, its key and its currency."""
    assert {
        name: (facts.base_url, facts.key_env, facts.currency)
        for name in catalog.providers()
        if (facts := catalog.provider(name))
    } == {
        "ark": ("https://ark.cn-beijing.volces.com/api/v3", "ARK_API_KEY", "CNY"),
        "atlas": ("https://api.atlascloud.ai/api/v1", "ATLASCLOUD_API_KEY", "USD"),
        "byteplus": ("https://ark.ap-southeast.bytepluses.com/api/v3", "ARK_API_KEY", "USD"),
        "eachlabs": ("https://api.eachlabs.ai", "EACHLABS_API_KEY", "USD"),
    }


# -- ids --


@pytest.mark.parametrize(
    ("provider", "name", "mode", "expected"),
    [
        ("ark", "seedance-2.0", "reference", "doubao-seedance-2-0-260128"),
        ("byteplus", "seedance-2.0-mini", "text", "dreamina-seedance-2-0-mini-260615"),
        ("atlas", "seedance-2.0", "text", "bytedance/seedance-2.0/text-to-video"),
        ("atlas", "seedance-2.0-fast", "first_frame", "bytedance/seedance-2.0-fast/image-to-video"),
        ("atlas", "seedance-2.0-mini", "reference", "bytedance/seedance-2.0-mini/reference-to-video"),
        ("eachlabs", "seedance-2.0-fast", "text", "bytedance-seedance-2-0-text-to-video-fast"),
        ("eachlabs", "seedance-2.0-fast", "first_last_frame", "bytedance-seedance-2-0-image-to-video-fast"),
        ("eachlabs", "seedance-2.0", "reference", "bytedance-seedance-2-0-reference-to-video"),
        ("eachlabs", "seedance-2.0-mini", "text", None),
        ("eachlabs", "seedance-2.0-mini", "first_frame", None),
    ],
)
def test_an_id_goes_by_the_mode(provider: str, name: str, mode: Mode, expected: str | None) -> None:
    """Where each mode has an id of its own the right one is given, and None where the mode is not offered."""
    found = model(provider, name)
    assert found.id_for(mode) == expected
    assert expected is None or catalog.model(provider, expected) is found


def test_a_model_with_one_id_still_has_it() -> None:
    """`id` is there where it is one, and where there are several it says what to ask for."""
    assert model("byteplus", "seedance-2.0").id == "dreamina-seedance-2-0-260128"
    with pytest.raises(UnknownModelError, match=r"id_for\('text'\)"):
        _ = model("atlas", "seedance-2.0").id


def test_the_id_that_is_sent() -> None:
    """A neutral name is led by the content; an id that a person wrote is sent as it is."""
    request = Request("A cat yawns")
    assert catalog.model_id(request, "atlas") == "bytedance/seedance-2.0/text-to-video"
    own = request.replace(model="bytedance/seedance-2.0-fast/text-to-video")
    assert catalog.model_id(own, "atlas") == own.model
    assert catalog.model_id(request.replace(model="ep-20260101-abcde"), "byteplus") == "ep-20260101-abcde"
    with pytest.raises(UnknownModelError, match="only in 'reference'"):
        catalog.model_id(request.replace(model="seedance-2.0-mini"), "eachlabs")


# -- doors --


@pytest.mark.parametrize(
    ("item", "ark", "atlas", "eachlabs"),
    [
        (Image(HTTPS), "as_is", "as_is", "as_is"),
        (Video(HTTPS), "as_is", "as_is", "as_is"),
        (Audio(HTTPS), "as_is", "as_is", "as_is"),
        (Image(ASSET), "as_is", None, None),
        (Video(ASSET), "as_is", None, None),
        (Audio(ASSET), "as_is", None, None),
        (Image("a.png"), "data", "data", "upload"),
        (Image(b"x", "first_frame"), "data", "data", "upload"),
        (Image(b"x", "last_frame"), "data", "data", "upload"),
        (Image("data:image/png;base64,eA==", "reference_image"), "data", "upload", "upload"),
        (Video("a.mp4"), None, "upload", "upload"),
        (Audio("a.mp3"), "data", "upload", "upload"),
    ],
)
def test_each_medium_has_its_door(item: Media, ark: str | None, atlas: str | None, eachlabs: str | None) -> None:
    """As it is, in base64, by an upload, or not at all."""
    assert catalog.door("ark", item) == catalog.door("byteplus", item) == ark
    assert catalog.door("atlas", item) == atlas
    assert catalog.door("eachlabs", item) == eachlabs


@pytest.mark.parametrize("provider", catalog.providers())
def test_what_has_no_door_is_a_problem(provider: str) -> None:
    """Exactly where there is no door, check finds an error at the item."""
    for item in (
        Video(HTTPS, duration=4),
        Video(ASSET, duration=4),
        Video(samples.clip(4)),
        Image(ASSET, "reference_image"),
        Image(samples.picture(), "reference_image"),
    ):
        (name,) = Content(item).ordinals()
        found = catalog.check(Request(Content("x", item)), provider)
        errors = [one.code for one in found if one.severity == "error"]
        assert all(one.where == name for one in found)
        if catalog.door(provider, item) is None:
            assert errors == ["source.asset_unknown" if item.source.kind == "asset" else "source.video_local"]
        else:
            assert errors == []


# -- files that are like another --


def raw(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text("utf-8"))


def test_what_is_not_said_is_the_others() -> None:
    """BytePlus differs from Ark in names and money; everything else is Ark's, with Ark's source."""
    ark, byteplus = catalog.provider("ark"), catalog.provider("byteplus")
    assert (byteplus.sizes, byteplus.inputs, byteplus.parameters) == (ark.sizes, ark.inputs, ark.parameters)
    for name in ("seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini"):
        here, there = model("byteplus", name), model("ark", name)
        assert (here.resolutions, here.roles, here.not_offered) == (there.resolutions, there.roles, there.not_offered)
        assert here.id == there.id.replace("doubao", "dreamina")


def test_what_is_said_is_its_own() -> None:
    """A parameter or limit that is not repeated in a list is not there."""
    assert {one.name for one in catalog.provider("eachlabs").parameters} == {"seed"}
    assert {one.name for one in catalog.provider("atlas").parameters} == {"seed", "callback_url"}
    assert catalog.provider("atlas").limits == ()
    small, large = catalog.provider("eachlabs").limits
    assert (small.in_flight, large.in_flight) == (10, None)
    assert catalog.provider("eachlabs").inputs["image"].formats == ("jpeg", "png", "webp")
    assert catalog.provider("eachlabs").inputs["image"].side == catalog.provider("ark").inputs["image"].side


def _no_source(table: dict[str, Any]) -> None:
    del table["inputs"]["video"]["source"]


def _no_day(table: dict[str, Any]) -> None:
    del table["model"][0]["checked"]


def _unknown_way(table: dict[str, Any]) -> None:
    table["inputs"]["image"]["sources"] = ["pigeon"]


def _unknown_mode(table: dict[str, Any]) -> None:
    table["model"][0]["id"]["dream"] = "x"


def _no_ids(table: dict[str, Any]) -> None:
    table["model"][0]["id"] = {}


def _unknown_role(table: dict[str, Any]) -> None:
    table["model"][0]["inferred"] = ["third_frame"]


def _like_nobody(table: dict[str, Any]) -> None:
    table["like"] = "nowhere"


def _like_a_likeness(table: dict[str, Any]) -> None:
    table["like"] = "byteplus"


@pytest.mark.parametrize(
    "spoil",
    [_no_source, _no_day, _unknown_way, _unknown_mode, _no_ids, _unknown_role, _like_nobody, _like_a_likeness],
)
def test_a_spoilt_likeness_is_refused(spoil: Callable[[dict[str, Any]], None]) -> None:
    """What differs says where it was read, and what it is like is there."""
    table = raw("atlas")
    spoil(table)
    with pytest.raises(ConfigurationError, match=r"catalog/data/spoilt\.toml"):
        load(table, "spoilt.toml")


def test_the_likeness_itself_passes() -> None:
    """The neighbour of all spoilt files, the file as it is, loads."""
    assert load(raw("atlas"), "atlas.toml") == catalog.provider("atlas")


# -- limits --


@pytest.mark.parametrize(
    ("provider", "account", "expected"),
    [
        ("ark", None, catalog.Limits(600, 15, None, 1, 20, 20)),
        ("ark", "enterprise", catalog.Limits(600, 15, None, 1, 20, 20)),
        ("ark", "individual", catalog.Limits(180, 15, None, 1, 20, 20)),
        ("byteplus", "individual", catalog.Limits(180, 15, None, 1, 20, 20)),
        ("atlas", None, catalog.Limits(gets_per_second=10)),
        ("eachlabs", None, catalog.Limits(in_flight=10, gets_per_second=10)),
        ("eachlabs", "balance over 10 dollars", catalog.Limits(gets_per_second=10)),
    ],
)
def test_an_account_has_its_limits(provider: str, account: str | None, expected: catalog.Limits) -> None:
    """Creates by the minute, of 4k apart; tasks at once; lists, gets and deletes by the second; or none."""
    assert catalog.limits(provider, account) == expected


def test_limits_can_be_set() -> None:
    """An agreement with a provider, or caution, counts more than what is published."""
    found = catalog.limits("ark", creates_per_minute=30, lists_per_second=None)
    assert (found.creates_per_minute, found.creates_per_minute_4k, found.lists_per_second) == (30, 15, None)


@pytest.mark.parametrize(
    ("account", "overrides", "said"),
    [
        ("team", {}, "'enterprise', 'individual'"),
        ("any", {}, "'enterprise', 'individual'"),
        (None, {"creates_per_second": 1}, "creates_per_minute, "),
        (None, {"creates_per_minute": 0}, "whole number from 1"),
        (None, {"creates_per_minute": 1.5}, "whole number from 1"),
        (None, {"creates_per_minute": True}, "whole number from 1"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(account: str | None, overrides: dict[str, Any], said: str) -> None:
    """A wrong kind of account, a wrong name or a wrong number is told the right ones."""
    with pytest.raises(ConfigurationError, match=said):
        catalog.limits("ark", account, **overrides)


def test_where_all_accounts_are_alike_none_can_be_named() -> None:
    """Atlas Cloud publishes no numbers by account."""
    with pytest.raises(ConfigurationError, match="the same for all accounts"):
        catalog.limits("atlas", "individual")


@pytest.mark.parametrize(
    ("provider", "request_", "expected"),
    [
        ("ark", Request("x", duration=8), 8),
        ("ark", Request("x", duration=-1), 15),
        ("eachlabs", Request("x", model="seedance-2.0-fast", duration=-1), 15),
        ("ark", Request("x", model="ep-20260101-abcde", duration=-1), 15),
        ("ark", Request("x", model="doubao-seedance-1-0-pro-250528", frames=121), 6),
    ],
)
def test_the_longest_clip_is_known_beforehand(provider: str, request_: Request, expected: int) -> None:
    """As long as it was asked for, or as the model makes at most."""
    assert catalog.longest(request_, provider) == expected
