"""A request that is pasted into the composer as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seedance_nb.composing.pasted import MOST
from seedance_nb.content import Content, Image, Video
from seedance_nb.request import Request

from .composing_samples import Bench, images
from .media_samples import kept, picture

SIGNED = "https://tos.example/fox.mp4?X-Tos-Signature=5ecre7"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench("The cat yawns", home=tmp_path)
    made.hands.work()
    return made


def test_what_will_be_sent_comes_back_as_it_was(tmp_path: Path) -> None:
    """Copied, changed and pasted: the media that it only names are those that are there, each with its id."""
    cat = kept(tmp_path, "cat.png", picture(640, 480))
    asked = Request(
        Content("[image 1] runs through [video 1]", Image(cat, "reference_image"), Video(SIGNED, duration=4)),
        model="seedance-2.0-fast",
        ratio="21:9",
        duration=8,
        seed=7,
        watermark=True,
    )
    bench = Bench(asked, home=tmp_path)
    bench.hands.work(1.0)
    ids = [item["id"] for item in bench.view["items"]]
    bench.tell("show_sent", open=True)
    copied = bench.view["sent"]["json"]
    assert "5ecre7" not in copied
    assert bench.tell("paste", text=copied.replace('"duration": 8', '"duration": 9'))["ok"]
    text, image, video = asked.content
    written = Content(text, image, Video(video.source, "reference_video", duration=4))  # with the role as it is sent
    assert bench.request == asked.replace(duration=9, content=written, model="doubao-seedance-2-0-fast-260128")
    assert [item["id"] for item in bench.view["items"]] == ids
    bench.tell("undo")
    assert bench.request == asked


def test_a_content_array_alone_is_a_request(bench: Bench) -> None:
    """As documentation has it; the search stands among the tools."""
    entry = {"type": "image_url", "image_url": {"url": "https://media.example/1.png"}, "role": "reference_image"}
    assert bench.tell("paste", text=json.dumps([{"type": "text", "text": "[image 1] yawns"}, entry]))["ok"]
    assert bench.request == Request(Content("[image 1] yawns", *images(1)))
    assert bench.prompt["text"] == "[image 1] yawns"
    body = {"content": [{"type": "text", "text": "A fox"}], "tools": [{"type": "web_search"}]}
    assert bench.tell("paste", text=json.dumps(body))["ok"]
    assert bench.request == Request("A fox", web_search=True)


def test_what_means_nothing_here_is_named(bench: Bench) -> None:
    """It is left out, and said."""
    body = {"content": [{"type": "text", "text": "A fox"}], "fps": 60, "seed": None}
    assert bench.tell("paste", text=json.dumps(body))["ok"]
    assert bench.view["announce"] == "The request was taken from the JSON. Left out, since it means nothing here: fps."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"content": [', "breaks off at line 1, column 14"),
        ("[" * 100_000, "no content array"),
        ('{"prompt": "A fox"}', "no content array"),
        ('{"content": "A fox"}', "no content array"),
        ("[7]", "Entry 1 of the content is no text"),
        ('[{"type": "text", "text": 7}]', "Entry 1 of the content is no text"),
        ('[{"type": "draft_task"}]', "Entry 1 of the content is no text"),
        ('[{"type": "image_url", "image_url": {"url": "/etc/hostname"}}]', "no https://, data: or asset:// address"),
        ('[{"type": "image_url", "image_url": {}}]', "no https://, data: or asset:// address"),
        ('[{"type": "image_url", "image_url": {"url": "‹cat.png›"}}]', "‹cat.png› stands for something"),
        ('[{"type": "image_url", "image_url": {"url": "https://a.example/x.png"}, "role": "hero"}]', "role='hero'"),
        ('{"content": [], "duration": "5"}', "duration='5' is not a whole number"),
        ('{"content": [], "model": []}', "model=[] is not text"),
        (json.dumps([{"type": "text", "text": "x" * MOST}]), "too long to be pasted"),
        (7, "has no text"),
    ],
)
def test_what_is_no_request_changes_nothing(bench: Bench, text: Any, says: str) -> None:
    """A sentence, and all is as it was."""
    before = bench.request
    answer = bench.tell("paste", text=text)
    assert not answer["ok"]
    assert says in answer["error"]
    assert bench.error == answer["error"]
    assert bench.request is before
