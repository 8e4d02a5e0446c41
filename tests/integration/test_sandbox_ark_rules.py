"""What the sandbox refuses as Ark does, and in Ark's words."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from PIL import Image

from seedance_nb import sandbox as sb
from seedance_nb.sandbox import Scenario

TASKS = "/contents/generations/tasks"
MODEL = "doubao-seedance-2-0-260128"
FAST = "doubao-seedance-2-0-fast-260128"
TEXT = {"type": "text", "text": "A cat yawns"}


def data_uri(width: int = 400, height: int = 300) -> str:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


PICTURE = data_uri()


def image(role: str | None = None, url: str = PICTURE) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}} | ({"role": role} if role else {})


def video(role: str | None = "reference_video", url: str = "https://clips.invalid/a.mp4") -> dict[str, Any]:
    return {"type": "video_url", "video_url": {"url": url}, "role": role}


def audio(role: str | None = "reference_audio", url: str = "https://clips.invalid/a.mp3") -> dict[str, Any]:
    return {"type": "audio_url", "audio_url": {"url": url}, "role": role}


@pytest.fixture(scope="module")
def ark() -> Iterator[httpx.Client]:
    with (
        sb.start(speed=0, scenario=Scenario(then="failed")) as running,
        httpx.Client(base_url=running.url("ark"), headers={"Authorization": "Bearer k"}) as client,
    ):
        yield client


def refused(ark: httpx.Client, payload: Any, status: int = 400) -> tuple[str, str, str]:
    """Code, parameter and text of a refusal, after checking its envelope."""
    answer = ark.post(TASKS, json=payload)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert list(error) == ["code", "message", "param", "type"]
    text, _, request_id = error["message"].partition(" Request id: ")
    assert request_id == answer.headers["x-request-id"]
    assert error["type"] == {400: "BadRequest", 404: "NotFound", 413: "BadRequest"}[status]
    return error["code"], error["param"], text


def ask(*content: Any, model: str = MODEL, **more: Any) -> dict[str, Any]:
    return {"model": model, "content": list(content) or [TEXT]} | more


@pytest.mark.parametrize(
    ("payload", "code", "param"),
    [
        ({}, "MissingParameter", "model"),
        ({"model": None, "content": [TEXT]}, "MissingParameter", "model"),
        ({"model": 5, "content": [TEXT]}, "InvalidParameter", "model"),
        ({"model": MODEL}, "MissingParameter", "content"),
        ({"model": MODEL, "content": []}, "MissingParameter", "content"),
        ({"model": MODEL, "content": "a cat"}, "InvalidParameter", "content"),
        (ask({"type": "text"}), "MissingParameter", "content[0].text"),
        (ask({"type": "text", "text": "  "}), "MissingParameter", "content[0].text"),
        (ask(TEXT, {"type": "image_url"}), "MissingParameter", "content[1].image_url.url"),
        (ask(TEXT, {"type": "image_url", "image_url": {"url": ""}}), "MissingParameter", "content[1].image_url.url"),
        (ask({"type": "draft_task", "draft_task": {"id": "cgt-1"}}), "InvalidParameter", "content[0].type"),
        ([1, 2], "InvalidParameter", ""),
    ],
)
def test_bodies_that_lack_something(ark: httpx.Client, payload: Any, code: str, param: str) -> None:
    """The error names the parameter."""
    assert refused(ark, payload)[:2] == (code, param)


def test_a_body_that_is_not_json(ark: httpx.Client) -> None:
    """400, in the same envelope."""
    answer = ark.post(TASKS, content=b'{"model":')
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidParameter")


def test_an_unknown_model_is_not_found(ark: httpx.Client) -> None:
    """404 with Ark's text."""
    code, _, text = refused(ark, ask(model="doubao-seedance-9"), 404)
    assert code == "InvalidEndpointOrModel.NotFound"
    assert text == "The model or endpoint doubao-seedance-9 does not exist or you do not have access to it."


def test_an_unknown_content_type_lists_the_known_ones(ark: httpx.Client) -> None:
    """text, image_url, audio_url, video_url, draft_task."""
    _, param, text = refused(ark, ask(TEXT, {"type": "image", "image": "x"}))
    assert param == "content[1].type"
    assert "text, image_url, audio_url, video_url, draft_task" in text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([image(), image()], "role must be specified for image contents"),
        ([image("first_frame"), image()], "role must be specified for image contents"),
        ([image(), video()], "role must be specified for image contents"),
        ([image("cover")], "invalid role specified for image content"),
        ([image("reference_video")], "invalid role specified for image content"),
        ([image("first_frame")] * 2, "expected at most one first frame image content but got 2 instead"),
        ([image("first_frame")] + [image("last_frame")] * 3, "expected at most one last frame image content but got 3"),
        ([image("last_frame")], "last frame image content requires a first frame image content"),
        (
            [image("first_frame"), image("reference_image")],
            "first/last frame content cannot be mixed with reference media content",
        ),
        ([image("first_frame"), video()], "first/last frame content cannot be mixed with reference media content"),
        ([image("last_frame"), audio()], "first/last frame content cannot be mixed with reference media content"),
        ([image("reference_image"), audio(None)], "reference media mode requires audio role to be reference_audio"),
        ([audio("reference_video"), video()], "reference media mode requires audio role to be reference_audio"),
        ([video(None)], "reference media mode requires video role to be reference_video"),
        ([audio()], "reference audio content requires at least one reference image or reference video"),
        ([image("reference_image")] * 10, "expected at most 9 reference image contents but got 10 instead"),
        ([video()] * 4, "expected at most 3 reference video contents but got 4 instead"),
        ([image("reference_image")] + [audio()] * 4, "expected at most 3 reference audio contents but got 4 instead"),
        ([image("reference_image")] * 100, "expected at most 9 reference image contents but got 100 instead"),
    ],
)
def test_roles_and_counts(ark: httpx.Client, content: list[Any], text: str) -> None:
    """The three image scenes exclude one another, and each has its numbers."""
    code, param, said = refused(ark, ask(TEXT, *content))
    assert (code, param) == ("InvalidParameter", "content")
    assert said.startswith(f"The parameter `content` specified in the request is not valid: {text}")


@pytest.mark.parametrize(
    "content",
    [
        [image()],
        [TEXT, image("first_frame")],
        [image("last_frame"), TEXT, image("first_frame")],
        [image("reference_image")],
        [TEXT, *[image("reference_image")] * 9],
    ],
)
def test_content_that_is_accepted(ark: httpx.Client, content: list[Any]) -> None:
    """Text may be left out beside media, and the order of items is free."""
    assert ark.post(TASKS, json=ask(*content)).status_code == 200


def test_base64_video_is_refused(ark: httpx.Client) -> None:
    """Pictures and sounds may be data; a video is a web URL."""
    _, param, text = refused(ark, ask(TEXT, video(url="data:video/mp4;base64,AAAA")))
    assert param == "content[1].video_url.url"
    assert text.endswith("is not valid: reference_video must be provided as a web url.")


@pytest.mark.parametrize(
    ("model", "name", "value", "word"),
    [
        (MODEL, "resolution", "1440p", "t2v"),
        (MODEL, "resolution", "2k", "t2v"),
        (FAST, "resolution", "1080p", "t2v"),
        ("doubao-seedance-2-0-mini-260615", "resolution", "4k", "t2v"),
        ("doubao-seedance-2-5-260628", "resolution", "4k", "t2v"),
        (MODEL, "ratio", "3:2", "t2v"),
        (MODEL, "duration", 3, "t2v"),
        (MODEL, "duration", 16, "t2v"),
        (MODEL, "duration", -2, "t2v"),
        ("doubao-seedance-1-5-pro-251215", "duration", 13, "t2v"),
        ("doubao-seedance-1-0-pro-250528", "duration", -1, "t2v"),
        ("doubao-seedance-1-0-pro-250528", "frames", 30, "t2v"),
    ],
)
def test_values_that_depend_on_the_model(ark: httpx.Client, model: str, name: str, value: Any, word: str) -> None:
    """Named with the model and the mode."""
    code, param, text = refused(ark, ask(model=model, **{name: value}))
    assert (code, param) == ("InvalidParameter", name)
    short = model.rpartition("-")[0]
    assert text.endswith(f"the parameter {name} specified in the request is not valid for model {short} in {word}.")


def test_the_mode_stands_in_the_message(ark: httpx.Client) -> None:
    """i2v for frames, r2v for references."""
    for role, word in (("first_frame", "i2v"), ("reference_image", "r2v")):
        assert refused(ark, ask(TEXT, image(role), ratio="2:1"))[2].endswith(f"in {word}.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("frames", 49),
        ("camera_fixed", True),
        ("service_tier", "flex"),
        ("draft", True),
        ("output_format", "mov"),
        ("omni_reference_task_type", "edit"),
    ],
)
def test_parameters_that_seedance_2_does_not_take(ark: httpx.Client, name: str, value: Any) -> None:
    """Refused, not ignored."""
    code, param, text = refused(ark, ask(**{name: value}))
    assert (code, param) == ("InvalidParameter", name)
    assert text.startswith(f"the specified parameter {name} is not supported")


def test_service_tier_is_refused_with_references_even_as_default(ark: httpx.Client) -> None:
    """With text or frames the default may be said."""
    assert ark.post(TASKS, json=ask(service_tier="default")).status_code == 200
    assert refused(ark, ask(TEXT, image("reference_image"), service_tier="default"))[1] == "service_tier"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("duration", "5"),
        ("duration", 5.0),
        ("duration", True),
        ("seed", -2),
        ("seed", 2**32),
        ("seed", "7"),
        ("watermark", "no"),
        ("generate_audio", 1),
        ("return_last_frame", "yes"),
        ("execution_expires_after", 3599),
        ("execution_expires_after", 259_201),
        ("priority", 10),
        ("priority", -1),
        ("safety_identifier", "x" * 65),
        ("callback_url", "http://example.com/hook"),
        ("callback_url", "ftp://example.com/hook"),
        ("tools", [{"type": "calculator"}]),
        ("service_tier", 5),
    ],
)
def test_values_of_the_wrong_kind_or_size(ark: httpx.Client, name: str, value: Any) -> None:
    """400 with the parameter's name."""
    assert refused(ark, ask(**{name: value}))[:2] == ("InvalidParameter", name)


def test_web_search_is_for_text_only(ark: httpx.Client) -> None:
    """With media the tool is refused."""
    assert refused(ark, ask(TEXT, image(), tools=[{"type": "web_search"}]))[1] == "tools"


@pytest.mark.parametrize("more", [{"framespersecond": 999}, {"fps": 60}, {"camera_fixed": False}, {"draft": False}])
def test_values_that_pass(ark: httpx.Client, more: dict[str, Any]) -> None:
    """An unknown field is not looked at, and an unsupported switch may be off."""
    assert ark.post(TASKS, json=ask(**more)).status_code == 200


def test_models_before_and_after(ark: httpx.Client) -> None:
    """What 2.0 refuses, others take: flex, frames, thirty pictures, sound alone is a matter of the media."""
    good = [
        ask(model="doubao-seedance-1-5-pro-251215", service_tier="flex", camera_fixed=True, draft=True),
        ask(model="doubao-seedance-1-0-pro-250528", frames=57, duration=5),
        ask(TEXT, *[image("reference_image")] * 30, model="doubao-seedance-2-5-260628", output_format="mov"),
        ask(model="seedance-1-0-pro-fast-251015", resolution="1080p"),
    ]
    for payload in good:
        answer = ark.post(TASKS, json=payload)
        assert answer.status_code == 200, answer.text
    assert (
        "30 reference image"
        in refused(ark, ask(*[image("reference_image")] * 31, model="doubao-seedance-2-5-260628"))[2]
    )
    text = refused(ark, ask(image(), model="doubao-seedance-2-5-260628", ratio="16:9"))[2]
    assert text.endswith("the output ratio follows the first-frame image.")
    assert (
        "last frame"
        in refused(ark, ask(image("first_frame"), image("last_frame"), model="doubao-seedance-1-0-pro-fast-251015"))[2]
    )
    assert "reference media" in refused(ark, ask(image("reference_image"), model="doubao-seedance-1-5-pro-251215"))[2]


def test_a_hundred_pictures_in_a_body_of_60_mb(ark: httpx.Client) -> None:
    """Large bodies are read and judged, not dropped."""
    heavy = PICTURE + "A" * 600_000
    content = [image("reference_image", heavy)] * 100
    assert "got 100 instead" in refused(ark, ask(*content))[2]


def test_a_body_above_64_mb_is_refused(ark: httpx.Client) -> None:
    """413, and the client can read the answer."""
    code, _, text = refused(ark, ask({"type": "text", "text": "a" * (64 * 1024 * 1024)}), 413)
    assert (code, text) == ("InvalidParameter", "The request body must not exceed 64 MB.")
