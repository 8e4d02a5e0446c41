"""Posters and last frames."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image as Pillow

from seedance_nb.errors import MediaError
from seedance_nb.media import last_frame, poster, probe_file

from . import media_samples as samples


def pixel(content: bytes) -> tuple[int, int, int]:
    found = Pillow.open(io.BytesIO(content)).convert("RGB").getpixel((10, 10))
    assert isinstance(found, tuple)
    return found[0], found[1], found[2]


def near(found: tuple[int, int, int], wanted: tuple[int, int, int], by: int = 5) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


def test_a_poster_is_the_first_frame_in_small(tmp_path: Path) -> None:
    """A poster is a JPEG of 480 pixels across and shows the first frame."""
    content = poster(samples.kept(tmp_path, "clip.mp4", samples.clip(1, 640, 360)))
    assert content.startswith(b"\xff\xd8\xff")
    assert Pillow.open(io.BytesIO(content)).size == (480, 270)
    assert near(pixel(content), (20, 60, 40))


def test_a_poster_keeps_to_its_bytes(tmp_path: Path) -> None:
    """A poster that may only have few bytes gets smaller."""
    path = samples.kept(tmp_path, "clip.mp4", samples.clip(1, 640, 360))
    content = poster(path, max_bytes=800)
    assert len(content) <= 800
    assert Pillow.open(io.BytesIO(content)).width < 480


def test_a_small_clip_is_not_enlarged(tmp_path: Path) -> None:
    """A clip narrower than the poster keeps its width."""
    content = poster(samples.kept(tmp_path, "clip.mp4", samples.clip(1, 320, 320)))
    assert Pillow.open(io.BytesIO(content)).size == (320, 320)


@pytest.mark.parametrize("tagged", [False, True])
def test_colours_are_those_a_browser_shows(tmp_path: Path, tagged: bool) -> None:
    """From 720 lines on, colours are BT.709, whether the file says so or not."""
    content = samples.clip(1, 1280, 720, matrix="ITU709", tagged=tagged)
    found = pixel(last_frame(samples.kept(tmp_path, "clip.mp4", content)))
    assert near(found, (20 + 2 * 23, 60, 40), by=3)


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_the_last_frame_is_exactly_the_last(tmp_path: Path, codec: str) -> None:
    """Frame 71 of 72 is found by its brightness, at full size."""
    path = samples.kept(tmp_path, "clip.mp4", samples.clip(3, 320, 320, codec=codec))
    content = last_frame(path)
    assert content.startswith(b"\x89PNG")
    assert Pillow.open(io.BytesIO(content)).size == (320, 320)
    assert near(pixel(content), (20 + 2 * 71, 60, 40), by=1)


def test_a_kept_clip_tells_its_frames(tmp_path: Path) -> None:
    """The number of frames of a kept clip is known."""
    assert probe_file(samples.kept(tmp_path, "clip.mp4", samples.clip(3, 320, 320))).frames == 72


@pytest.mark.parametrize("content", [samples.picture(), samples.sound(), b"text", b""])
def test_what_is_no_clip_has_no_frame(tmp_path: Path, content: bytes) -> None:
    """A picture, a sound or a text gives a sentence with its name."""
    path = samples.kept(tmp_path, "thing.mp4", content)
    for ask in (poster, last_frame):
        with pytest.raises(MediaError, match=r"No frame of 'thing\.mp4'"):
            ask(path)
    with pytest.raises(MediaError, match="There is no file"):
        poster(tmp_path / "none.mp4")
