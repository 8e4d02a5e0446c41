"""What is measured of a clip, on clips of which it is known."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seedance_nb.errors import MediaError
from seedance_nb.media import MEASURES_VERSION, Measures, measure

from . import media_samples as samples

WIDTH, HEIGHT = 640, 360
PLAIN = np.full((90, 160), 90)
"""A picture where it does not matter."""


@cache
def scene(seed: int, *, blur: int = 0) -> Any:
    """A picture of blocks and lines in colours, the same for a seed."""
    chance = np.random.default_rng(seed)
    blocks = chance.integers(30, 225, (18, 32, 3))
    picture = np.kron(blocks, np.ones((20, 20, 1))) + chance.normal(0, 12, (HEIGHT, WIDTH, 1))
    for _ in range(blur):
        for axis in (0, 1):
            picture = (np.roll(picture, 1, axis) + picture + np.roll(picture, -1, axis)) / 3
    return np.clip(picture, 0, 255)


def measured(folder: Path, pictures: Any, **more: Any) -> Measures:
    return measure(samples.film(folder / "clip.mp4", pictures, **more))


def test_a_blurred_picture_is_less_sharp(tmp_path: Path) -> None:
    """Sharpness tells a picture from its blurred twin by far, and hardly changes with the size of the clip."""
    crisp, soft = scene(1), scene(1, blur=12)
    sharp = measured(tmp_path, [crisp] * 12).sharpness
    assert sharp > 10 * measured(tmp_path, [soft] * 12).sharpness
    twice = np.kron(crisp, np.ones((2, 2, 1)))
    assert 0.6 * sharp < measured(tmp_path, [twice] * 12).sharpness < 1.6 * sharp


def test_a_still_does_not_move(tmp_path: Path) -> None:
    """Motion is next to nothing in a still, and grows with how far a picture moves from frame to frame."""
    wide = scene(2)
    still, slow, fast = (
        measured(tmp_path, [np.roll(wide, step * place, axis=1) for place in range(24)]).motion for step in (0, 2, 6)
    )
    assert still < 0.3
    assert still < slow / 5
    assert slow * 1.5 < fast


def test_motion_does_not_depend_on_the_frame_rate(tmp_path: Path) -> None:
    """The same movement in as much time counts as much at 48 frames a second as at 24."""
    soft = scene(2, blur=40)
    usual = measured(tmp_path, [np.roll(soft, 4 * place, axis=1) for place in range(24)]).motion
    double = measured(tmp_path, [np.roll(soft, 2 * place, axis=1) for place in range(48)], fps=48).motion
    assert double == pytest.approx(usual, rel=0.25)


def test_flicker_is_told_from_a_fade(tmp_path: Path) -> None:
    """Brightness that jumps to and fro by 8 is a flicker of 8; one that fades is none, and neither is a cut."""
    soft = scene(3, blur=6) * 0.6 + 30
    jumping = measured(tmp_path, [soft + 8 * (place % 2) for place in range(24)])
    fading = measured(tmp_path, [soft + 2 * place for place in range(24)])
    assert jumping.flicker == pytest.approx(8, abs=1.5)
    assert fading.flicker < 0.5
    assert jumping.cuts == fading.cuts == ()


@pytest.mark.parametrize("moving", [0, 5])
def test_a_hard_cut_is_found_at_its_frame(tmp_path: Path, moving: int) -> None:
    """Cuts at frames 10 and 25 are found there, also where all moves."""
    scenes = [scene(4 + (place >= 10) + (place >= 25)) for place in range(40)]
    pictures = [np.roll(picture, moving * place, axis=1) for place, picture in enumerate(scenes)]
    assert measured(tmp_path, pictures).cuts == (10, 25)


def test_a_flash_and_a_black_hole_are_no_cuts(tmp_path: Path) -> None:
    """A white frame in a scene, and five black ones, lead back to the same scene; the black ones are counted."""
    pictures = [scene(7)] * 40
    pictures[8] = np.full((HEIGHT, WIDTH, 3), 250)
    pictures[20:25] = [np.zeros((HEIGHT, WIDTH, 3))] * 5
    found = measured(tmp_path, pictures)
    assert found.cuts == ()
    assert found.black_frames == 5


def test_a_cut_through_black_is_one_cut(tmp_path: Path) -> None:
    """What follows a black pause is a new scene where it is another one."""
    pictures = [scene(8)] * 12 + [np.zeros((HEIGHT, WIDTH, 3))] * 4 + [scene(9)] * 12
    assert measured(tmp_path, pictures).cuts == (16,)


def test_loudness_is_that_of_the_standard(tmp_path: Path) -> None:
    """A sine of -23 LUFS measures so within 0.3, and with 1.5 s of silence around it these are counted."""
    pictures = [PLAIN] * 96
    loud = measured(tmp_path, pictures, sound=samples.tone(4))
    assert loud.loudness == pytest.approx(-23.0, abs=0.3)
    assert loud.silence == pytest.approx(0, abs=0.06)
    pause = np.concatenate([samples.tone(1), np.zeros(72_000), samples.tone(1.5)])
    assert measured(tmp_path, pictures, sound=pause).silence == pytest.approx(1.5, abs=0.11)


def test_a_mute_track_is_not_no_track(tmp_path: Path) -> None:
    """Silence is as long as the sound that is silent; without a track there is none to measure."""
    pictures = [PLAIN] * 48
    mute = measured(tmp_path, pictures, sound=np.zeros(96_000))
    assert (mute.has_audio, mute.loudness, mute.audio_codec) == (True, None, "aac")
    assert mute.silence == pytest.approx(2, abs=0.06)
    none = measured(tmp_path, pictures)
    assert (none.has_audio, none.loudness, none.silence, none.audio_codec) == (False, None, None, "")


def test_measures_say_what_the_clip_is(tmp_path: Path) -> None:
    """Frames, length, rate and size come with them, and all of it survives JSON."""
    found = measured(tmp_path, [scene(1)] * 30, fps=30)
    assert (found.frames, found.duration, found.fps) == (30, 1.0, 30.0)
    assert (found.width, found.height, found.video_codec) == (640, 360, "h264")
    assert Measures.of(json.loads(json.dumps(found.values()))) == found
    assert MEASURES_VERSION >= 1
    with pytest.raises(ValueError, match="no measures"):
        Measures.of({"frames": 3})


def test_what_cannot_be_measured_says_so(tmp_path: Path) -> None:
    """A sound, a text and a clip that is cut off give a sentence; a stop is heeded."""
    for content in (samples.sound(), b"text", samples.clip(1)[:-900]):
        with pytest.raises(MediaError):
            measure(samples.kept(tmp_path, "thing.mp4", content))
    with pytest.raises(MediaError, match="Stopped"):
        measure(samples.kept(tmp_path, "clip.mp4", samples.clip(1)), stopped=lambda: True)
