"""Clips joined into one film: its frames are the clips', and its sound stays in step with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from seedance_nb.errors import MediaError
from seedance_nb.media import frame, join, probe_file

from . import media_samples as samples
from .test_media_twins import heard, packets, pixel

RATE = 48_000


def shot(path: Path, level: int, *, frames: int = 37, sound: bool = True, size: int = 64, **more: Any) -> Path:
    """A clip of a brightness that rises by one a frame, and a click in the middle of its sound."""
    fps = more.get("fps", 24)
    click = np.zeros(round(frames * RATE / fps))
    middle = click.size // 2
    click[middle : middle + 50] = 0.7
    pictures = [np.full((size, size), level + number) for number in range(frames)]
    return samples.film(path, pictures, sound=click if sound else None, **more)


def levels(path: Path) -> list[int]:
    """The brightness of every frame in its middle."""
    with av.open(str(path)) as container:
        return [int(found.to_ndarray(format="rgb24")[32, 32, 0]) for found in container.decode(video=0)]


def clicks(path: Path) -> list[int]:
    """The samples at which a click begins."""
    loud = np.flatnonzero(np.abs(heard(path)) > 0.3)
    return [int(at) for at, before in zip(loud, [-RATE, *loud[:-1]], strict=True) if at - before > 2_000]


def test_clips_of_one_kind_are_copied(tmp_path: Path) -> None:
    """The film's pictures are the clips', packet for packet; frames add up, and each cut says where it is."""
    shots = [shot(tmp_path / f"{place}.mp4", 30 + 60 * place, frames=30 + place) for place in range(3)]
    film = join(shots, tmp_path / "film.mp4")
    assert film.copied
    assert "copied" in film.why
    assert [(cut.path, cut.start, cut.frames) for cut in film] == [
        (shots[0], 0, 30),
        (shots[1], 30, 31),
        (shots[2], 61, 32),
    ]
    assert [cut.start_s for cut in film] == pytest.approx([0, 30 / 24, 61 / 24])
    facts = probe_file(film.path)
    assert facts.frames == film.frames == 93
    assert facts.duration == pytest.approx(93 / 24)
    assert [packet[4] for packet in packets(film.path)] == [packet[4] for path in shots for packet in packets(path)]
    for cut in film:
        assert frame(film.path, cut.start) == frame(cut.path, 0)
        assert frame(film.path, cut.start + cut.frames - 1) == frame(cut.path, -1)


@pytest.mark.parametrize("other_size", [64, 96])
def test_sound_does_not_drift(tmp_path: Path, other_size: int) -> None:
    """In twelve clips of 37 frames, with AAC longer than the pictures, the last click is as exact as the first."""
    one = shot(tmp_path / "one.mp4", 30)
    other = shot(tmp_path / "other.mp4", 90, size=other_size)
    film = join([one, other] * 6, tmp_path / "film.mp4")
    assert film.copied == (other_size == 64)
    seconds = 37 / 24
    wanted = [round((place + 0.5) * seconds * RATE) for place in range(12)]
    assert np.abs(np.array(clicks(film.path)) - wanted).max() < 0.003 * RATE
    assert probe_file(film.path).frames == 12 * 37


def test_a_clip_without_sound_is_silent(tmp_path: Path) -> None:
    """Between two clips with sound there is silence, exactly as long as its pictures."""
    loud, mute = shot(tmp_path / "loud.mp4", 30), shot(tmp_path / "mute.mp4", 90, sound=False)
    film = join([mute, loud, mute, loud], tmp_path / "film.mp4")
    assert film.copied
    assert np.abs(np.array(clicks(film.path)) - np.array([1.5, 3.5]) * 37 / 24 * RATE).max() < 0.003 * RATE
    assert probe_file(join([mute, mute], tmp_path / "silent.mp4").path).audio_codec is None


def test_other_clips_are_encoded_anew(tmp_path: Path) -> None:
    """A clip of another size, rate and codec gets the first one's, with black around it, and it is said why."""
    first = shot(tmp_path / "first.mp4", 60)
    wide = [np.full((64, 128), 200)] * 60
    other = samples.film(
        tmp_path / "other.mp4", wide, fps=48, codec="libx265", options={"x265-params": "log-level=none"}
    )
    film = join([first, other], tmp_path / "film.mp4")
    assert not film.copied
    assert "other.mp4" in film.why
    facts = probe_file(film.path)
    assert (facts.width, facts.height, facts.fps, facts.video_codec) == (64, 64, 24, "h264")
    assert [cut.frames for cut in film] == [37, 30]
    assert facts.frames == film.frames == 67
    found = levels(film.path)
    assert np.allclose(found[:37], np.arange(60, 97), atol=2)
    assert np.allclose(found[37:], 200, atol=3)
    assert pixel(frame(film.path, 50)) == pytest.approx((0, 0, 0), abs=3)


def test_another_rate_says_so(tmp_path: Path) -> None:
    """30 frames a second into 24: the film is as long, and has the frames for that."""
    film = join([shot(tmp_path / "a.mp4", 30), shot(tmp_path / "b.mp4", 30, fps=30, frames=45)], tmp_path / "film.mp4")
    assert "30" in film.why
    assert "24" in film.why
    assert [cut.frames for cut in film] == [37, 36]


def test_what_cannot_be_joined_says_so(tmp_path: Path) -> None:
    """No clip, a text, a clip cut off, or a wish to stop: a sentence, and no file."""
    good = shot(tmp_path / "good.mp4", 30)
    bad = samples.kept(tmp_path, "bad.mp4", b"text")
    cut = samples.kept(tmp_path, "cut.mp4", samples.clip(1, options=(("movflags", "faststart"),))[:-20_000])
    for paths in ([], [good, bad], [good, cut], [good] * 201, [good, tmp_path / "none.mp4"]):
        with pytest.raises(MediaError):
            join(paths, tmp_path / "film.mp4")
    with pytest.raises(MediaError, match="Stopped"):
        join([good, good], tmp_path / "film.mp4", stopped=lambda: True)
    assert not (tmp_path / "film.mp4").exists()
    assert not list(tmp_path.glob(".*"))
