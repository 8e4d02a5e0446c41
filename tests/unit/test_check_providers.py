"""What `check` finds at the providers beside Ark."""

from __future__ import annotations

from typing import Any

import pytest

from seedance_nb import catalog
from seedance_nb.content import Audio, Content, Image, Item, Video
from seedance_nb.request import Request

from . import media_samples as samples

FIRST = Image("https://example.com/a.png", "first_frame")
LAST = Image("https://example.com/a.png", "last_frame")
REFERENCE = Image("https://example.com/a.png", "reference_image")
CLIP = Video("https://example.com/a.mp4", duration=4)
RESELLERS = ["atlas", "eachlabs"]


def found(provider: str, *items: str | Item, **parameters: Any) -> list[tuple[str, str]]:
    listed = catalog.check(Request(Content(*items), **parameters), provider)
    return [(problem.code, problem.where) for problem in listed]


@pytest.mark.parametrize("provider", catalog.providers())
@pytest.mark.parametrize("items", [("x",), ("x", FIRST), ("x", FIRST, LAST), ("image 1", REFERENCE)])
@pytest.mark.parametrize("ratio", ["adaptive", "9:16"])
@pytest.mark.parametrize("duration", [-1, 4, 15])
def test_a_good_request_is_good_everywhere(
    provider: str, items: tuple[str | Item, ...], ratio: str, duration: int
) -> None:
    """Each mode passes at every provider, also with length and ratio left to the model, and without sound."""
    more = {"generate_audio": False, "return_last_frame": True, "seed": 7, "callback_url": "https://example.com/x"}
    assert found(provider, *items, ratio=ratio, duration=duration, **more) == []


@pytest.mark.parametrize("provider", catalog.providers())
def test_the_rules_of_the_model_hold_everywhere(provider: str) -> None:
    """Roles, lengths, ratios and resolutions have the same codes at every provider."""
    assert ("role.mixed", "content") in found(provider, "x", FIRST, REFERENCE)
    assert ("role.count", "image 10") in found(provider, "x", *[REFERENCE] * 10)
    assert ("role.audio_alone", "audio 1") in found(provider, "x", Audio("https://example.com/a.mp3"))
    assert found(provider, "x", duration=16) == [("duration.range", "duration")]
    assert found(provider, "x", ratio="5:4") == [("ratio.offered", "ratio")]
    assert found(provider, "x", model="seedance-2.0-fast", resolution="1080p") == [("resolution.offered", "resolution")]
    assert found(provider, "x", seed=2**32) == [("seed.range", "seed")]


@pytest.mark.parametrize(
    ("name", "value", "refused_by"),
    [
        ("watermark", True, ["eachlabs"]),
        ("watermark", False, []),
        ("web_search", True, ["eachlabs"]),
        ("web_search", False, []),
        ("priority", 0, RESELLERS),
        ("execution_expires_after", 3600, RESELLERS),
        ("safety_identifier", "u", ["atlas"]),
        ("generate_audio", False, []),
        ("return_last_frame", True, []),
        ("service_tier", "default", ["ark", "atlas", "byteplus", "eachlabs"]),
    ],
)
def test_only_what_was_set_is_missed(name: str, value: object, refused_by: list[str]) -> None:
    """A parameter that a provider lacks is an error where somebody set it, and nowhere else."""
    for provider in catalog.providers():
        expected = [("parameter.not_offered", name)] if provider in refused_by else []
        assert found(provider, "x", **{name: value}) == expected


def test_a_mode_that_is_not_offered() -> None:
    """EachLabs has mini for references only, and says which models have the rest."""
    assert found("eachlabs", "image 1", REFERENCE, model="seedance-2.0-mini") == []
    (problem,) = catalog.check(Request("x", model="seedance-2.0-mini"), "eachlabs")
    assert problem.code == "model.mode"
    assert problem.fix == "Take 'seedance-2.0' or 'seedance-2.0-fast', or another provider."


def test_an_id_for_another_mode() -> None:
    """An id for text does not take a first frame; the right one is named."""
    text = "bytedance/seedance-2.0/text-to-video"
    assert found("atlas", "x", model=text) == []
    (problem,) = catalog.check(Request(Content("x", FIRST), model=text), "atlas")
    assert problem.code == "model.mode"
    assert "'bytedance/seedance-2.0/image-to-video'" in problem.fix


def test_some_modes_need_a_prompt() -> None:
    """Ark makes a clip from media alone; Atlas needs a prompt with references, EachLabs always."""
    assert found("ark", FIRST) == found("atlas", FIRST) == found("byteplus", REFERENCE) == []
    assert found("atlas", REFERENCE) == [("prompt.missing", "prompt")]
    assert found("eachlabs", FIRST) == found("eachlabs", " ", FIRST, LAST) == [("prompt.missing", "prompt")]


def test_what_was_inferred_is_said() -> None:
    """Reference clips and sounds at EachLabs are by analogy: a warning for each kind, once."""
    listed = catalog.check(Request(Content("x", CLIP, CLIP, Audio("https://example.com/a.mp3"))), "eachlabs")
    assert [(one.code, one.where, one.severity) for one in listed] == [
        ("role.inferred", "video 1", "warning"),
        ("role.inferred", "audio 1", "warning"),
    ]
    assert found("atlas", "x", CLIP) == []


def test_pictures_of_fewer_formats() -> None:
    """EachLabs takes JPEG, PNG and WebP only."""
    assert found("eachlabs", "x", Image(samples.picture(640, 480, "WEBP"))) == []
    assert found("eachlabs", "x", Image(samples.picture(640, 480, "BMP"))) == [("media.format", "image 1")]
    assert found("atlas", "x", Image(samples.picture(640, 480, "BMP"))) == []


def test_a_long_callback_address() -> None:
    """Atlas takes 1,024 characters of a callback address."""
    address = "https://example.com/"
    assert found("atlas", "x", callback_url=address.ljust(1024, "x")) == []
    assert found("atlas", "x", callback_url=address.ljust(1025, "x")) == [("callback_url.length", "callback_url")]
    assert found("ark", "x", callback_url=address.ljust(1025, "x")) == []


def test_web_search_with_media_is_one_problem() -> None:
    """Where there is no web search at all, that it is for text only need not be said too."""
    assert found("atlas", "x", FIRST, web_search=True) == [("web_search.text_only", "web_search")]
    assert found("eachlabs", "x", FIRST, web_search=True) == [("parameter.not_offered", "web_search")]
