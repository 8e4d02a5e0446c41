"""The plain HTML and the plain text of a task."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from seedance_nb.task import Artifact, Failure, TaskRecord, TaskStatus
from seedance_nb.widgets._view_model import task_view
from seedance_nb.widgets.static_card import POSTER_BYTES, static_card, text_card

from .widget_samples import CLIP, NOW, kept, record

POSTER = b"\xff\xd8\xff" + b"0" * 1000
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script></bdi></div>&lt;'


class Reader(HTMLParser):
    """Reads HTML into tags, attributes and text, and checks that every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def view(task: TaskRecord) -> dict:
    return task_view(task, now=NOW, notebook_dir=Path("/books/one"))


def test_a_kept_clip_has_a_video_with_its_poster_and_a_relative_source() -> None:
    """The picture is inside the notebook, the clip beside it; the fallback is shown only without a video."""
    page = Reader(static_card(view(kept()), poster=POSTER))
    (video,) = page.named("video")
    assert video["src"] == "out/a%20b%231.mp4"
    assert (video["poster"] or "").startswith("data:image/jpeg;base64,")
    assert (video["preload"], "controls" in video, "playsinline" in video) == ("none", True, True)
    assert (video["width"], video["height"]) == ("1280", "720")
    (image,) = page.named("img")
    assert image["src"] == video["poster"]
    for fact in ("✓", "kept", "¥5.01", "108,900 tokens × ¥46/1M", "1280×720", "4.2 MB", "cgt-1", "seed 0", "silent"):
        assert fact in page.text


@pytest.mark.parametrize("poster", [None, b"", b"\xff\xd8" + b"0" * POSTER_BYTES, b"<svg onload=alert(1)>"])
def test_a_poster_that_is_missing_too_large_or_no_jpeg_is_left_out(poster: bytes | None) -> None:
    """Then the browser reads the first frame from the clip."""
    page = Reader(static_card(view(kept()), poster=poster))
    (video,) = page.named("video")
    assert video["preload"] == "metadata"
    assert page.named("img") == []


def test_a_clip_without_a_link_shows_its_poster() -> None:
    """A clip that the notebook cannot reach still has a picture and a name."""
    page = Reader(static_card(task_view(kept(), now=NOW), poster=POSTER))
    assert page.named("video") == []
    assert len(page.named("img")) == 1
    assert "a b#1.mp4" in page.text


@pytest.mark.parametrize("status", list(TaskStatus))
def test_every_card_stands_alone(status: TaskStatus) -> None:
    """No style sheet, script, handler, address of elsewhere, or colour that a sanitiser drops."""
    shown = view(record(status, failure=Failure("code", "message")))
    html = static_card(shown)
    page = Reader(html)
    assert not {name for name, _ in page.tags} & {"style", "script", "link", "iframe"}
    assert not re.search(r"\son\w+=|https?://|var\(", html)
    left = shown["countdown"]["now"] if shown["countdown"] else ""
    for words in (shown["status_word"], shown["sentence"], shown["advice"], shown["bill"], left):
        if status is not TaskStatus.KEPT:
            assert words in page.text
        assert words in text_card(shown)


def test_hostile_text_is_escaped_everywhere() -> None:
    """Markup in any field is text."""
    clip = Artifact("clip", path=CLIP.path and CLIP.path.with_name(HOSTILE.replace("/", "")), sha256=HOSTILE)
    fields = {"prompt": HOSTILE * 20, "task_id": HOSTILE, "model": HOSTILE, "ratio": HOSTILE, "local_id": HOSTILE}
    calm = [name for name, _ in Reader(static_card(view(kept(prompt="p " * 99)), poster=POSTER)).tags]
    wild = [name for name, _ in Reader(static_card(view(kept(artifacts=(clip,), **fields)), poster=POSTER)).tags]
    assert wild == calm
    failed = record(TaskStatus.FAILED, failure=Failure(HOSTILE, HOSTILE))
    assert Reader(static_card(view(failed))).named("script") == []


def test_the_text_card_is_a_few_lines() -> None:
    """A terminal gets the same facts."""
    lines = text_card(view(kept())).splitlines()
    assert lines[0] == "✓ kept · A fox in the snow"
    assert "¥5.01 · billed from usage: 108,900 tokens × ¥46/1M" in lines[3]
    assert "out/a b#1.mp4" in lines[4]
    failed = text_card(view(record(TaskStatus.FAILED, failure=Failure("Sensitive", "No."))))
    assert "No. [Sensitive]" in failed
