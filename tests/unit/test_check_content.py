"""Rules about roles, parameters and the prompt, each with a neighbour that passes."""

from __future__ import annotations

from typing import Any

import pytest

from seedance_nb import catalog
from seedance_nb.content import Audio, Content, Image, Item, Video
from seedance_nb.request import Request

from . import media_samples as samples

A_PICTURE = "https://example.com/a.png"
A_CLIP = Video("https://example.com/a.mp4")
A_SOUND = Audio("https://example.com/a.mp3")
FIRST = Image(A_PICTURE, "first_frame")
LAST = Image(A_PICTURE, "last_frame")
REFERENCE = Image(A_PICTURE, "reference_image")


def found(*items: str | Item, **parameters: Any) -> list[tuple[str, str]]:
    listed = catalog.check(Request(Content(*items), **parameters), "ark")
    return [(problem.code, problem.where) for problem in listed]


def errors(*items: str | Item, **parameters: Any) -> list[tuple[str, str]]:
    listed = catalog.check(Request(Content(*items), **parameters), "ark")
    return [(problem.code, problem.where) for problem in listed if problem.severity == "error"]


@pytest.mark.parametrize("items", [(), ("",), ("  \n",)])
def test_nothing_is_not_enough(items: tuple[str, ...]) -> None:
    """Neither an empty array nor an empty prompt asks for a clip."""
    assert found(*items) == [("content.empty", "content")]
    assert found(*items, Image(A_PICTURE)) == []


def test_pictures_need_roles_among_others() -> None:
    """One picture alone needs no role; two do, and so does one beside a sound."""
    assert found("x", Image(A_PICTURE)) == []
    assert errors("x", Image(A_PICTURE), Image(A_PICTURE)) == [("role.missing", "image 1"), ("role.missing", "image 2")]
    assert errors("x", FIRST, Image(A_PICTURE)) == [("role.missing", "image 2")]
    assert errors("x", A_SOUND, Image(A_PICTURE)) == [("role.missing", "image 1")]


@pytest.mark.parametrize("reference", [REFERENCE, A_CLIP, A_SOUND])
def test_frames_and_references_do_not_mix(reference: Item) -> None:
    """A first frame cannot stand beside any kind of reference."""
    assert ("role.mixed", "content") in errors("x", FIRST, reference)
    assert found("x", FIRST, LAST) == []


def test_there_is_one_first_and_one_last_frame() -> None:
    """A second frame of the same role is one too many."""
    assert errors("x", FIRST, FIRST) == [("role.count", "image 2")]
    assert errors("x", FIRST, LAST, LAST) == [("role.count", "image 3")]


@pytest.mark.parametrize(("item", "most", "where"), [(REFERENCE, 9, "image"), (A_CLIP, 3, "video")])
def test_references_are_counted(item: Item, most: int, where: str) -> None:
    """Nine pictures and three clips fit, one more does not."""
    assert errors("x", *[item] * most) == []
    assert errors("x", *[item] * (most + 1)) == [("role.count", f"{where} {most + 1}")]


def test_sounds_are_counted() -> None:
    """Three sounds fit beside a picture, four do not."""
    assert errors("x", REFERENCE, *[A_SOUND] * 3) == []
    assert errors("x", REFERENCE, *[A_SOUND] * 4) == [("role.count", "audio 4")]


def test_a_last_frame_needs_a_first() -> None:
    """A clip cannot be given its end alone."""
    assert errors("x", LAST) == [("role.last_frame_alone", "image 1")]


def test_sound_alone_is_not_enough() -> None:
    """Sound goes with a picture or a clip."""
    assert errors("x", A_SOUND) == [("role.audio_alone", "audio 1")]
    assert errors("x", A_SOUND, A_CLIP) == []
    assert errors("x", A_SOUND, REFERENCE) == []


def test_frames_of_other_proportions_are_cropped() -> None:
    """A last frame of other proportions than the first gets a warning."""
    wide, tall = samples.picture(640, 480), samples.picture(480, 640)
    assert found("x", Image(wide, "first_frame"), Image(tall, "last_frame")) == [("frames.ratio", "image 2")]
    assert found("x", Image(wide, "first_frame"), Image(samples.picture(800, 600), "last_frame")) == []


# -- parameters --


@pytest.mark.parametrize(
    ("name", "bad", "good", "code"),
    [
        ("resolution", "1440p", "4k", "resolution.offered"),
        ("resolution", "4K", "4k", "resolution.offered"),
        ("ratio", "3:2", "21:9", "ratio.offered"),
        ("duration", 3, 4, "duration.range"),
        ("duration", 16, 15, "duration.range"),
        ("duration", 0, -1, "duration.range"),
        ("frames", 29, None, "parameter.not_offered"),
        ("camera_fixed", False, None, "parameter.not_offered"),
        ("draft", False, None, "parameter.not_offered"),
        ("service_tier", "default", None, "parameter.not_offered"),
        ("output_format", "mp4", None, "parameter.not_offered"),
        ("omni_reference_task_type", "auto", None, "parameter.not_offered"),
        ("execution_expires_after", 3_599, 3_600, "execution_expires_after.range"),
        ("execution_expires_after", 259_201, 259_200, "execution_expires_after.range"),
        ("priority", 10, 9, "priority.range"),
        ("priority", -1, 0, "priority.range"),
        ("seed", -2, -1, "seed.range"),
        ("seed", 2**32, 2**32 - 1, "seed.range"),
        ("safety_identifier", "u" * 65, "u" * 64, "safety_identifier.length"),
        ("callback_url", "http://example.com/x", "https://example.com/x", "callback_url.https"),
        ("callback_url", "example.com/x", "https://example.com/x", "callback_url.https"),
        ("callback_url", "https://[x", "https://example.com/x", "callback_url.https"),
        ("callback_url", "https://u:p@example.com/x", "https://example.com/x", "callback_url.credentials"),
        ("callback_url", "http://127.0.0.1:9/x", "https://example.com/x", "callback_url.loopback"),
    ],
)
def test_a_parameter_has_its_limits(name: str, bad: object, good: object, code: str) -> None:
    """One step over the limit is a problem at that parameter; the limit itself is not."""
    assert found("x", **{name: bad}) == [(code, name)]
    assert found("x", **{name: good}) == []


@pytest.mark.parametrize("model", ["seedance-2.0-fast", "seedance-2.0-mini"])
def test_the_smaller_models_stop_at_720p(model: str) -> None:
    """Fast and mini make 480p and 720p only."""
    assert found("x", model=model, resolution="720p") == []
    assert found("x", model=model, resolution="1080p") == [("resolution.offered", "resolution")]


def test_web_search_is_for_text_alone() -> None:
    """Web search and media do not go together."""
    assert found("x", web_search=True) == []
    assert found("x", Image(A_PICTURE), web_search=True) == [("web_search.text_only", "web_search")]


# -- the prompt --


@pytest.mark.parametrize("prompt", ["[image 3]", "图片3", "@Image3", "video 1", "[音频1]"])
def test_the_prompt_names_only_what_is_there(prompt: str) -> None:
    """A third picture, or a clip or sound, that is not in the content is missed."""
    pictures = (REFERENCE, REFERENCE)
    assert errors(f"image 1, image 2 and {prompt}", *pictures) == [("prompt.ordinal", "prompt")]
    assert found("[image 1], 图片2 for 3 seconds", *pictures) == []


def test_the_same_missing_item_is_told_once() -> None:
    """A number that is wrong in three places is one problem."""
    assert errors("image 3, image 3, 图3", REFERENCE, REFERENCE) == [("prompt.ordinal", "prompt")]


def test_several_references_should_be_named() -> None:
    """Two pictures of which one is not named give a warning; one alone need not be named."""
    assert found("[image 1] yawns", REFERENCE, REFERENCE) == [("prompt.unmentioned", "prompt")]
    assert found("It yawns", REFERENCE) == []


@pytest.mark.parametrize(
    ("text", "over"), [("猫" * 500, False), ("猫" * 501, True), ("cat " * 1000, False), ("cat " * 1001, True)]
)
def test_a_long_prompt_is_told(text: str, over: bool) -> None:
    """500 Chinese characters or 1,000 English words are the recommended most."""
    assert found(text) == ([("prompt.length", "prompt")] if over else [])


def test_flags_in_the_prompt_are_told() -> None:
    """Inline flags give a warning; a dash in a sentence does not."""
    assert found("A cat yawns --dur 5 --rs 720p") == [("prompt.inline_flags", "prompt")]
    assert found("A cat -- a red one -- yawns for 5 s") == []


def test_asset_ids_do_not_belong_in_the_prompt() -> None:
    """The model does not know an asset by its id."""
    assert found("asset-20260224200602-qn7wr yawns") == [("prompt.asset_id", "prompt")]
    assert found("The asset of the company yawns") == []
