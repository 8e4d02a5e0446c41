"""Clips on their way to a browser, without one: messages in, answers and their buffers out."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from seedance_nb import media, words
from seedance_nb.widgets import _failures
from seedance_nb.widgets._clips import CHUNK, POSTER_BYTES, SendsClips, clip_words, folder_of_notebook

from .media_samples import clip, picture

NAME = 'a "b"#1 <i>?.mp4'
KEY = "0f3c9a1e-77aa-4bd2-9c55-1a2b3c4d5e6f"
SIGNED = "https://tos.example/clip.mp4?X-Tos-Signature=5ecre7&X-Tos-Credential=AKLT1"
Answer = tuple[dict[str, Any], list[bytes]]


class Sender(SendsClips):
    """Keeps what it would have sent."""

    def __init__(self, **options: Any) -> None:
        self.sent: Queue[Answer] = Queue()
        super().__init__(**options)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.put((content, buffers or []))

    def ask(self, **content: object) -> Answer:
        """As if the browser had sent it; gives the answer."""
        self._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})
        return self.sent.get(timeout=180)

    def whole(self, token: str, start: int = 0) -> bytes:
        """The bytes of a clip from a place on, asked for one after the other."""
        found, total = b"", None
        while total is None or start + len(found) < total:
            answer, (piece,) = self.ask(kind="clip_chunk", id="c", token=token, start=start + len(found))
            assert answer["ok"], answer
            assert 0 < len(piece) <= CHUNK
            total = answer["total"]
            found += piece
        return found


@pytest.fixture
def sender(tmp_path: Path) -> Sender:
    return Sender(home=tmp_path / "out", notebook_dir=tmp_path / "books")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "out" / NAME
    path.parent.mkdir()
    path.write_bytes(clip(1, 320, 180, sound=True))
    return path


def test_the_browser_is_told_what_it_needs(sender: Sender, file: Path) -> None:
    """Where it may be had, what is in it, and a picture that is small enough to be kept."""
    view = sender.offer(file)
    assert view["href"] == "../out/a%20%22b%22%231%20%3Ci%3E%3F.mp4"
    assert (view["name"], view["path"], view["problem"]) == (NAME, f"../out/{NAME}", "")
    assert (view["width"], view["height"], view["fps"], view["frames"]) == (320, 180, [24, 1], 24)
    assert (view["video_codec"], view["audio_codec"], view["has_audio"]) == ("h264", "aac", True)
    assert view["duration_s"] == pytest.approx(1)
    assert view["bytes"] == file.stat().st_size
    assert view["poster"].startswith("data:image/jpeg;base64,")
    assert len(view["poster"]) <= POSTER_BYTES * 4 / 3 + 30
    json.dumps(view)


def test_a_clip_comes_in_pieces_and_goes_on_where_it_stopped(sender: Sender, tmp_path: Path) -> None:
    """Any place may be begun at, so that a lost answer costs one piece."""
    content = clip(1, 320, 180) + bytes(CHUNK * 2)
    path = tmp_path / "long.mp4"
    path.write_bytes(content)
    token = sender.offer(path)["token"]
    assert sender.whole(token) == content
    assert sender.whole(token, start=CHUNK + 7) == content[CHUNK + 7 :]


@pytest.mark.parametrize("start", [-1, True, None, "0", 1.5, 10**12])
def test_a_place_that_is_none_is_refused(sender: Sender, file: Path, start: object) -> None:
    """Nothing is sent for it, and the widget's own error stays as it is."""
    token = sender.offer(file)["token"]
    answer, buffers = sender.ask(kind="clip_chunk", id="c", token=token, start=start)
    assert (answer["ok"], buffers, sender.error) == (False, [], "")
    assert "nothing was sent" in answer["error"]


@pytest.mark.parametrize("token", ["", "../secret", None, 7, ["x"], "/etc/passwd"])
def test_only_what_was_offered_can_be_asked_for(sender: Sender, file: Path, token: object) -> None:
    """A browser names tokens and never paths."""
    sender.offer(file)
    for kind in ("clip_chunk", "clip_twin"):
        answer, buffers = sender.ask(kind=kind, id="c", token=token, start=0, kinds=["mp3"], path=str(file))
        assert (answer["ok"], buffers) == (False, [])
    assert sender.ask(kind="clip_chunk", id="c", token=str(file), start=0)[0]["ok"] is False


def test_what_is_withdrawn_is_not_given(sender: Sender, file: Path) -> None:
    """A token has an end."""
    token = sender.offer(file)["token"]
    sender.withdraw(token)
    assert "does not show such a clip" in sender.ask(kind="clip_chunk", id="c", token=token, start=0)[0]["error"]


def test_a_file_that_is_gone_or_another_is_not_given(sender: Sender, file: Path) -> None:
    """What was looked at is what comes, or a sentence."""
    token = sender.offer(file)["token"]
    os.utime(file, ns=(1, 1))
    assert "has changed" in sender.ask(kind="clip_chunk", id="c", token=token, start=0)[0]["error"]
    file.unlink()
    assert "not there any more" in sender.ask(kind="clip_chunk", id="c", token=token, start=0)[0]["error"]


def test_what_is_no_clip_is_offered_with_its_problem(sender: Sender, tmp_path: Path) -> None:
    """A cell of many clips is shown also where one is missing or damaged."""
    (tmp_path / "x.mp4").write_bytes(b"not a clip")
    (tmp_path / "p.mp4").write_bytes(picture())
    (tmp_path / "cut.mp4").write_bytes(clip(1, 320, 180)[:300])
    views = [sender.offer(tmp_path / name) for name in ("x.mp4", "p.mp4", "cut.mp4", "gone.mp4", "bad\0name")]
    assert all(view["problem"] and not view["poster"] for view in views)
    assert "not there any more" in views[3]["problem"]
    words.use("zh")
    try:
        assert sender.offer(tmp_path / "gone.mp4")["problem"] == "文件 'gone.mp4' 已不存在。"
    finally:
        words.use(None)


def test_a_closed_widget_reads_nothing(sender: Sender, file: Path) -> None:
    """A late request is neither answered nor an error."""
    token = sender.offer(file)["token"]
    sender.close()
    sender._handle_msg(
        {"content": {"data": {"method": "custom", "content": {"kind": "clip_chunk", "token": token, "start": 0}}}}
    )
    assert sender.sent.empty()


def test_a_link_starts_at_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where somebody changed the working directory."""
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "n.ipynb"))
    assert folder_of_notebook() == tmp_path
    for nowhere in ("", "n.ipynb", "/no/such/folder/n.ipynb"):
        monkeypatch.setenv("JPY_SESSION_NAME", nowhere)
        assert folder_of_notebook() == Path.cwd()


def test_the_words_are_there_in_every_language() -> None:
    """And their blanks with them."""
    english = clip_words("en")
    for language in ("zh", "fr"):
        said = clip_words(language)  # type: ignore[arg-type]
        assert said.keys() == english.keys()
        assert not [key for key in said if said[key] == english[key]]
        assert "{share}" in said["clip_loading"]
        assert "{codec}" in said["clip_is_h264"]


def test_a_hidden_clip_says_nothing_of_itself(sender: Sender, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither its view, nor an answer, nor a refusal, nor the log has its name, its folder or what is in its tags."""
    import av

    path = tmp_path / "seedance-2.0-fast" / "whose.mp4"
    path.parent.mkdir()
    (tmp_path / "plain.mp4").write_bytes(clip(1, 320, 180))
    with av.open(str(tmp_path / "plain.mp4")) as source, av.open(str(path), "w") as tagged:
        tagged.metadata["comment"] = f"made by seedance-2.0-fast {KEY} {SIGNED}"
        stream = tagged.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                tagged.mux(packet)
    assert KEY.encode() in path.read_bytes()
    view = sender.offer(path, hidden=True)
    assert (view["href"], view["name"], view["path"], view["bytes"]) == (None, "", "", 0)
    content = sender.whole(view["token"])
    path.unlink()
    with caplog.at_level(logging.DEBUG, _failures.__name__):
        refused, _ = sender.ask(kind="clip_chunk", id="c", token=view["token"], start=0)
    assert refused["ok"] is False
    published = [str(sender.get_state()), str(view), str(refused), caplog.text, content.decode("latin-1")]
    for text in published:
        assert not [told for told in ("seedance-2.0", "whose", KEY, "5ecre7") if told in text]
    assert media.probe_file(next((tmp_path / "out" / "twins").iterdir())).frames == 24


def test_what_a_browser_cannot_play_is_copied_once(sender: Sender, tmp_path: Path) -> None:
    """The copy is another clip, is kept under the checksum, and is served like the first."""
    path = tmp_path / "out" / "hevc.mp4"
    path.parent.mkdir()
    path.write_bytes(clip(1, 320, 180, codec="libx265", sound=True))
    token = sender.offer(path)["token"]
    answer, _ = sender.ask(kind="clip_twin", id="t", token=token, kinds=["h264", "mp3"])
    view = answer["clip"]
    assert (view["video_codec"], view["audio_codec"], view["twin"]) == ("h264", "mp3", ["h264", "mp3"])
    assert (view["frames"], view["name"]) == (24, "hevc.mp4")
    assert view["href"].startswith("../out/twins/")
    made = sorted((tmp_path / "out" / "twins").iterdir())
    assert sender.whole(view["token"]) == made[0].read_bytes() or sender.whole(view["token"]) == made[1].read_bytes()
    stamps = [one.stat().st_mtime_ns for one in made]
    again, _ = sender.ask(kind="clip_twin", id="t", token=token, kinds=["mp3", "h264"])
    assert again["clip"]["href"] == view["href"]
    assert [one.stat().st_mtime_ns for one in made] == stamps


@pytest.mark.parametrize("kinds", [[], None, "mp3", ["bare"], ["mp3", "mp3"], ["../x"], ["h264", 7]])
def test_no_other_copy_can_be_asked_for(sender: Sender, file: Path, kinds: object) -> None:
    """Two kinds there are; whatever else is asked for, nothing is made."""
    token = sender.offer(file)["token"]
    answer, _ = sender.ask(kind="clip_twin", id="t", token=token, kinds=kinds)
    assert answer["ok"] is False
    assert "nothing was made" in answer["error"]


def test_state_holds_no_secret(sender: Sender, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A key in a file name's folder, in an error and in a message is nowhere in what is published."""
    planted = f"Authorization: Bearer {KEY} {SIGNED}"
    path = tmp_path / f"Bearer {KEY}.mp4"
    path.write_bytes(b"broken")
    view = sender.offer(path, name="clip")
    answers = [
        sender.ask(kind=kind, id="c", token=token, start=0, kinds=["mp3"])[0]
        for kind in ("clip_chunk", "clip_twin", planted)
        for token in (view["token"], planted)
    ]
    path.unlink()
    answers.append(sender.ask(kind="clip_chunk", id="c", token=view["token"], start=0)[0])
    for text in (str(sender.get_state()), str(answers), caplog.text, repr(sender)):
        assert not [secret for secret in (KEY, "5ecre7", "AKLT1") if secret in text]
