"""One reading of a clip finds what three readings find."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedance_nb import media
from seedance_nb.errors import MediaError

from .media_samples import clip, compressed_sound, kept, picture


@pytest.mark.parametrize(
    "content",
    [
        clip(2, 320, 180, sound=True),
        clip(1, 1280, 720),
        clip(2, 90, 160, container="mov"),
        clip(1, 64, 64, container="webm", codec="libvpx"),
    ],
    ids=["mp4 with sound", "mp4 in 720p", "mov", "webm"],
)
def test_one_look_is_worth_three(tmp_path: Path, content: bytes) -> None:
    """The same facts, and the same bytes of both pictures."""
    path = kept(tmp_path, "a.clip", content)
    look = media.look(path, last_frame=True)
    assert look.facts == media.probe_file(path)
    assert look.poster == media.poster(path)
    assert look.last_frame == media.last_frame(path)
    assert media.look(path).last_frame is None


@pytest.mark.parametrize(
    "content",
    [b"", b"words", clip(2, 320, 180)[:-4000], picture(), compressed_sound(container="ipod", codec="aac")],
    ids=["empty", "words", "cut off", "a picture", "a sound"],
)
def test_what_is_no_clip_is_said(tmp_path: Path, content: bytes) -> None:
    """Nothing but a whole clip passes."""
    with pytest.raises(MediaError):
        media.look(kept(tmp_path, "a.mp4", content))


def test_a_file_that_is_missing_is_said(tmp_path: Path) -> None:
    """As by every reader."""
    with pytest.raises(MediaError, match="no file"):
        media.look(tmp_path / "nothing.mp4")
