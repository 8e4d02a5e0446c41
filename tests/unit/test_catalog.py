"""What the catalog knows of providers, models, sizes and ratios."""

from __future__ import annotations

import copy
import datetime as dt
import tomllib
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb import catalog
from seedance_nb.catalog._load import DATA, load
from seedance_nb.catalog._ratios import nearest, value_of
from seedance_nb.content import Content, Image, Video
from seedance_nb.errors import ConfigurationError, InvalidRequestError, UnknownModelError, UnknownProviderError
from seedance_nb.request import Request

from . import media_samples as samples

ALL = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")
RAW = tomllib.loads((DATA / "ark.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", catalog.providers())
def test_every_data_file_can_be_used(name: str) -> None:
    """Every provider in the folder loads, is called as its file, and knows where it was read."""
    facts = catalog.provider(name)
    assert facts.id == name
    assert facts.base_url.startswith("https://")
    for entry in (
        facts,
        *facts.models,
        *facts.inputs.values(),
        *facts.parameters,
        *facts.limits,
        *facts.rates,
        facts.body,
    ):
        assert entry.source
        assert dt.date(2026, 4, 1) <= entry.checked


def test_ark_is_known() -> None:
    """Ark is described: address, key, currency, and the zone in which its days begin."""
    facts = catalog.provider("ark")
    assert facts.base_url == "https://ark.cn-beijing.volces.com/api/v3"
    assert (facts.key_env, facts.currency) == ("ARK_API_KEY", "CNY")
    assert facts.zone.utcoffset(None) == dt.timedelta(hours=8)
    assert "ark" in catalog.providers()


def test_an_unknown_provider_is_told_the_known_ones() -> None:
    """The error for a wrong provider names the right ones."""
    with pytest.raises(UnknownProviderError, match="'ark'"):
        catalog.provider("arc")


@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        ("seedance-2.0", "doubao-seedance-2-0-260128"),
        ("seedance-2.0-fast", "doubao-seedance-2-0-fast-260128"),
        ("seedance-2.0-mini", "doubao-seedance-2-0-mini-260615"),
    ],
)
def test_a_model_goes_by_both_its_names(name: str, model_id: str) -> None:
    """The neutral name and the provider's id give the same model."""
    found = catalog.model("ark", name)
    assert found is not None
    assert found.id == model_id
    assert catalog.model("ark", model_id) is found


@pytest.mark.parametrize("name", ["ep-20260101-abcde", "doubao-seedance-1-5-pro-251215"])
def test_an_id_of_the_providers_own_is_let_pass(name: str) -> None:
    """An endpoint, or a model that came after this catalog, is unknown and not wrong."""
    assert catalog.model("ark", name) is None


def test_a_wrong_model_is_told_the_nearest() -> None:
    """The error for a wrong model names the one that was probably meant."""
    with pytest.raises(UnknownModelError, match=r"Did you mean 'seedance-2\.0-fast'"):
        catalog.model("ark", "seedance-2-fast")


@pytest.mark.parametrize(
    ("resolution", "ratio", "pixels"),
    [
        ("480p", "16:9", (864, 496)),
        ("480p", "21:9", (992, 432)),
        ("720p", "4:3", (1112, 834)),
        ("720p", "9:16", (720, 1280)),
        ("1080p", "21:9", (2206, 946)),
        ("4k", "1:1", (2880, 2880)),
    ],
)
def test_a_size_is_in_pixels(resolution: str, ratio: str, pixels: tuple[int, int]) -> None:
    """Resolution and ratio give the exact pixels of the published table."""
    assert catalog.size("ark", "seedance-2.0", resolution, ratio) == pixels


def test_upright_sizes_are_wide_ones_turned() -> None:
    """9:16 has the pixels of 16:9 the other way round, and 3:4 those of 4:3."""
    for row in catalog.provider("ark").sizes.values():
        assert row["9:16"] == row["16:9"][::-1]
        assert row["3:4"] == row["4:3"][::-1]


@pytest.mark.parametrize(
    ("model", "resolution", "ratio"),
    [
        ("seedance-2.0-fast", "1080p", "16:9"),
        ("seedance-2.0", "720p", "5:4"),
        ("seedance-2.0", "720p", "adaptive"),
        ("seedance-2.0", "8k", "16:9"),
    ],
)
def test_what_is_not_made_has_no_size(model: str, resolution: str, ratio: str) -> None:
    """A size that the model does not make is an error, not a guess."""
    with pytest.raises(InvalidRequestError, match="There is no size"):
        catalog.size("ark", model, resolution, ratio)


# -- ratios --


def ratios(*items: str | Image | Video, ratio: str = "adaptive") -> tuple[str, ...]:
    return catalog.candidate_ratios(Request(Content(*items), ratio=ratio), "ark")


def test_a_ratio_that_was_asked_for_is_the_only_one() -> None:
    """An explicit ratio wins over every medium."""
    assert ratios("x", Image(samples.picture(640, 640)), ratio="21:9") == ("21:9",)


def test_a_text_can_get_any_ratio() -> None:
    """The model chooses by the prompt, so that all are possible."""
    assert ratios("A cat yawns") == ALL


@pytest.mark.parametrize(
    ("size", "expected"),
    [((1920, 1080), "16:9"), ((640, 480), "4:3"), ((500, 500), "1:1"), ((600, 1000), "9:16"), ((1200, 500), "21:9")],
)
def test_a_first_frame_decides_the_ratio(size: tuple[int, int], expected: str) -> None:
    """The nearest offered ratio to the first frame is taken."""
    assert ratios("x", Image(samples.picture(*size))) == (expected,)


def test_the_last_frame_does_not_decide() -> None:
    """With both frames it is the first that counts, wherever it stands."""
    last, first = Image(samples.picture(640, 640), "last_frame"), Image(samples.picture(640, 480), "first_frame")
    assert ratios("x", last, first) == ("4:3",)


def test_where_two_measures_disagree_both_are_candidates() -> None:
    """41:20 = 2.05 is nearer to 16:9 by difference (0.272 < 0.283) and to 21:9 by quotient (1.138 < 1.153)."""
    assert ratios("x", Image(samples.picture(820, 400))) == ("16:9", "21:9")


def test_an_unseen_first_frame_leaves_all_open() -> None:
    """A picture behind an address, or one that cannot be read, can have any proportions."""
    assert ratios("x", Image("https://example.com/cat.png")) == ALL
    assert ratios("x", Image(b"no picture")) == ALL


def test_each_reference_may_decide() -> None:
    """Which of several references counts depends on the prompt, so the nearest of each is a candidate."""
    wide = Image(samples.picture(1920, 1080), "reference_image")
    square = Video(samples.clip(2, 320, 320))
    assert ratios("x", wide, square) == ("16:9", "1:1")
    assert ratios("x", wide, Video("https://example.com/a.mp4")) == ALL


@given(st.integers(300, 6000), st.integers(300, 6000))
def test_a_nearest_ratio_is_always_found(width: int, height: int) -> None:
    """Every picture has one or two nearest ratios, and no other lies between it and them."""
    shape = Fraction(width, height)
    found = nearest(shape, ALL)
    assert found
    for ratio in set(ALL) - found:
        assert any(abs(value_of(one) - shape) < abs(value_of(ratio) - shape) for one in found)


@pytest.mark.parametrize("ratio", ALL)
def test_an_offered_ratio_is_nearest_to_itself(ratio: str) -> None:
    """A picture of exactly an offered ratio gets that ratio."""
    assert nearest(value_of(ratio), ALL) == {ratio}


# -- the loader --


def _drop_source(raw: dict[str, Any]) -> None:
    del raw["model"][0]["source"]


def _drop_checked(raw: dict[str, Any]) -> None:
    del raw["inputs"]["video"]["checked"]


def _misspell(raw: dict[str, Any]) -> None:
    raw["inputs"]["audio"]["max_bites"] = 1


def _misspell_top(raw: dict[str, Any]) -> None:
    raw["curency"] = "CNY"


def _misspell_role(raw: dict[str, Any]) -> None:
    raw["model"][0]["roles"]["first_farme"] = 1


def _twice(raw: dict[str, Any]) -> None:
    raw["model"][1]["name"] = raw["model"][0]["name"]


def _without_pixels(raw: dict[str, Any]) -> None:
    del raw["sizes"]["pixels"]["720p"]["21:9"]


def _unknown_rate(raw: dict[str, Any]) -> None:
    raw["rate"][0]["operation"] = "lists"


def _no_zone(raw: dict[str, Any]) -> None:
    raw["utc_offset"] = "Beijing"


@pytest.mark.parametrize(
    "spoil",
    [
        _drop_source,
        _drop_checked,
        _misspell,
        _misspell_top,
        _misspell_role,
        _twice,
        _without_pixels,
        _unknown_rate,
        _no_zone,
    ],
)
def test_a_spoilt_data_file_is_refused(spoil: Callable[[dict[str, Any]], None]) -> None:
    """A missing source, a misspelt key or a hole in the size table does not pass."""
    raw = copy.deepcopy(RAW)
    spoil(raw)
    with pytest.raises(ConfigurationError, match=r"catalog/data/spoilt\.toml"):
        load(raw, "spoilt.toml")


def test_the_data_file_itself_passes() -> None:
    """The neighbour of all spoilt files, the file as it is, loads."""
    assert load(copy.deepcopy(RAW), "ark.toml") == catalog.provider("ark")
