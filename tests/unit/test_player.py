"""Clips to look at closely, without a browser: what is told of them, what is kept, what a saved notebook shows."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from seedance_nb import media, words
from seedance_nb.content import Image
from seedance_nb.errors import ConfigurationError
from seedance_nb.task import Artifact, TaskRecord, TaskStatus
from seedance_nb.widgets._in_place import is_only_loaded_as_output
from seedance_nb.widgets._player_words import player_words
from seedance_nb.widgets.player import Player

from .media_samples import clip
from .widget_samples import kept, record

HOSTILE = 'a "b"#1 <img src=x onerror=alert(1)> $x$.mp4'
KEY = "0f3c9a1e-77aa-4bd2-9c55-1a2b3c4d5e6f"
SIGNED = "https://tos.example/clip.mp4?X-Tos-Signature=5ecre7&X-Tos-Credential=AKLT1"


class Silent(Player):
    """Keeps what it would have sent."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.sent: Queue[tuple[dict[str, Any], list[bytes]]] = Queue()
        super().__init__(*args, **options)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.put((content, buffers or []))

    def ask(self, **content: object) -> tuple[dict[str, Any], list[bytes]]:
        """As if the browser had sent it; gives the answer."""
        self._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})
        return self.sent.get(timeout=180)


class OneTask:
    """A task that stands where it stands."""

    def __init__(self, what: TaskRecord) -> None:
        self.what = what

    def record(self) -> TaskRecord:
        return self.what


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "out" / HOSTILE
    path.parent.mkdir()
    path.write_bytes(clip(1, 320, 180))
    return path


@pytest.fixture
def player(file: Path, tmp_path: Path) -> Silent:
    return Silent(str(file), home=tmp_path / "out")


def test_a_clip_is_told_with_its_facts(player: Silent) -> None:
    """What is in the file, on a line."""
    (view,) = player.clips
    assert view["title"] == HOSTILE
    assert view["file_facts"].startswith("320×180 · 24 frames/s · 1 s · H.264 · no sound · ")
    assert json.dumps(player.clips)


def test_a_task_is_told_with_what_it_cost(file: Path, tmp_path: Path) -> None:
    """A kept task is its clip; one that has none says where it stands."""
    done = kept(artifacts=(Artifact("clip", path=file, sha256="ab" * 32, bytes=1),))
    player = Silent([OneTask(done), OneTask(record(TaskStatus.RUNNING)), file], home=tmp_path)
    first, second, third = player.clips
    assert (first["title"], first["facts"]) == ("A fox in the snow", "seedance-2.0 · seed 0 · ¥5.01")
    assert first["token"]
    assert (second["token"], second["poster"]) == ("", "")
    assert second["problem"].startswith("Running.")
    assert third["title"] == HOSTILE


def test_nothing_to_look_at_is_refused() -> None:
    """An empty list is a mistake that is said."""
    with pytest.raises(ConfigurationError, match="no clip to look at"):
        Player([])


def test_a_frame_is_kept_exactly(player: Silent, tmp_path: Path) -> None:
    """It lies beside the clips, under a name that can be typed, and is the first frame of another request."""
    token = player.clips[0]["token"]
    assert player.frame is None
    answer, _ = player.ask(kind="take_frame", id="1", token=token, frame=7)
    assert answer["ok"], answer
    assert isinstance(player.frame, Image)
    assert player.frame.role == "first_frame"
    path = Path(str(player.frame.source.value))
    assert path.parent == tmp_path / "out" / "frames"
    assert path.name.endswith("-frame-0008.png")
    assert path.read_bytes() == media.frame(tmp_path / "out" / HOSTILE, 7)
    assert answer["code"] == f'sd.Image({answer["path"]!r}, role="first_frame")'
    assert Path(answer["path"]).resolve() == path
    assert not list(path.parent.glob("*.part"))


@pytest.mark.parametrize("frame", [-1, 24, True, None, "3", 1.5, 10**9])
def test_a_frame_that_is_none_is_not_kept(player: Silent, tmp_path: Path, frame: object) -> None:
    """Said, and nothing is written."""
    answer, _ = player.ask(kind="take_frame", id="1", token=player.clips[0]["token"], frame=frame)
    assert answer["ok"] is False
    assert "nothing was kept" in answer["error"]
    assert player.frame is None
    assert not (tmp_path / "out" / "frames").exists()


def test_small_pictures_come_when_they_are_asked_for(player: Silent) -> None:
    """The strip has a dozen frames and fits into a message; neither it nor the poster is in a trait."""
    token = player.clips[0]["token"]
    strip, (content,) = player.ask(kind="strip", id="1", token=token)
    assert strip["frames"] >= 12
    assert content.startswith(b"\xff\xd8")
    assert len(content) < 70_000
    _, (poster,) = player.ask(kind="poster", id="2", token=token)
    assert poster.startswith(b"\xff\xd8")
    assert len(str(player.get_state()["clips"])) < 6_000


def test_a_file_that_is_gone_has_no_pictures(player: Silent, file: Path) -> None:
    """Each request is answered with what happened, and the player's own error stays empty."""
    file.unlink()
    for kind in ("strip", "poster", "take_frame", "clip_chunk", "clip_twin"):
        message = {"token": player.clips[0]["token"], "frame": 0, "start": 0, "kinds": ["mp3"]}
        answer, buffers = player.ask(kind=kind, id="1", **message)
        assert (answer["ok"], buffers, player.error) == (False, [], "")
        assert "not there any more" in answer["error"]


class _Tags(HTMLParser):
    """The tags of a page, with what they say of themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_saved_notebook_shows_posters_and_facts(player: Silent) -> None:
    """One video that loads nothing by itself and makes no sound, whatever the file is called."""
    html = player._twins()["text/html"]
    tags = _Tags()
    tags.feed(html)
    (video,) = (about for tag, about in tags.found if tag == "video")
    assert video["src"] == player.clips[0]["href"]
    assert (video["preload"], "muted" in video, "controls" in video) == ("none", True, True)
    assert str(video["poster"]).startswith("data:image/jpeg")
    assert not [tag for tag, about in tags.found if tag in {"img", "script"} or "onerror" in about]
    assert "24 frames/s" in html
    assert f'data-sdnb-place="{player.place}"' in html
    assert "24 frames/s" in player.text()
    assert len(html) < 6_000


def test_a_missing_file_is_said_in_a_saved_notebook(tmp_path: Path) -> None:
    """Neither a dead link nor an empty picture."""
    html = Player(tmp_path / "gone.mp4").picture()
    assert "not there any more" in html
    assert "<video" not in html
    assert "href" not in html


def test_what_is_put_into_a_cell_depends_on_the_front_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """JupyterLab and Notebook get HTML, in which the widget stands; VS Code needs the widget itself."""
    import __main__

    assert not is_only_loaded_as_output()
    monkeypatch.setattr(__main__, "__vsc_ipynb_file__", "/books/n.ipynb", raising=False)
    assert is_only_loaded_as_output()


def test_the_words_are_there_in_every_language(file: Path) -> None:
    """And a player speaks the language of its moment."""
    english = player_words("en")
    for language in ("zh", "fr"):
        said = player_words(language)  # type: ignore[arg-type]
        assert said.keys() == english.keys()
        assert not [key for key in said if said[key] == english[key] and key not in {"pause", "volume"}]
    words.use("zh")
    try:
        assert Player(file).words["play"] != english["play"]
    finally:
        words.use(None)


def test_state_holds_no_secret(file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Keys and signed addresses that stand in a task are in no trait, no picture and no answer."""
    planted = f"Authorization: Bearer {KEY} api_key={KEY} {SIGNED}"
    task = replace(
        kept(prompt=planted, model=planted, task_id=planted, artifacts=(Artifact("clip", path=file),)),
        base_url=SIGNED,
        request={"content": [], "ratio": SIGNED, "key": KEY},
        owner=KEY,
    )
    player = Silent(OneTask(task), home=tmp_path)
    answers = [
        player.ask(kind=kind, id="1", token=player.clips[0]["token"], frame=0, start=0, kinds=[planted])[0]
        for kind in ("strip", "take_frame", "clip_twin", "clip_chunk", planted)
    ]
    for text in (str(player.get_state()), str(player._twins()), str(answers), caplog.text, repr(player), str(player)):
        assert not [secret for secret in (KEY, "5ecre7", "AKLT1") if secret in text]
