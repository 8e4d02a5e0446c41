"""The comparison of screenshots tells the references apart; no browser is needed for that."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image as Picture
from PIL import ImageChops, ImageDraw, ImageFilter

from . import looks
from .looks import OTHER_TEXT, REFERENCES, SAME_TEXT, measure

STATES = ("chinese", "empty", "frames", "offer", "prices", "problems", "references", "sent", "uploading", "words")
THEMES, WIDTHS = ("light", "dark"), (1280, 480)


def reference(state: str, theme: str, width: int) -> Picture.Image:
    with Picture.open(REFERENCES / f"composer-{state}-{theme}-{width}.png") as picture:
        return picture.convert("RGB")


def test_every_state_is_kept_and_all_of_them_are_small() -> None:
    """Ten states, two themes, two widths."""
    kept = {path.name for path in REFERENCES.glob("composer-*.png")}
    assert kept == {f"composer-{s}-{t}-{w}.png" for s in STATES for t in THEMES for w in WIDTHS}
    assert sum(path.stat().st_size for path in REFERENCES.iterdir()) < 1_600_000


@pytest.mark.parametrize("width", WIDTHS)
def test_the_references_are_told_apart_by_a_wide_margin(width: int) -> None:
    """Each state from each other one, also where their sizes are the same; and light from dark with any font."""
    for theme in THEMES:
        pictures = {state: reference(state, theme, width) for state in STATES}
        for one, other in combinations(STATES, 2):
            found = measure(pictures[one], pictures[other])
            assert found.times(SAME_TEXT) > 2, (one, other, theme, found)
    for state in STATES:
        found = measure(reference(state, "light", width), reference(state, "dark", width))
        assert found.times(OTHER_TEXT) > 8, (state, found)


@pytest.mark.parametrize("theme", THEMES)
def test_softer_letters_are_alike_and_a_hole_is_not(theme: str) -> None:
    """What another Chromium does to edges passes; a button that is gone or stands elsewhere does not."""
    whole = reference("references", theme, 1280)
    assert measure(whole, whole).times(SAME_TEXT) == 0
    assert measure(whole, whole.filter(ImageFilter.GaussianBlur(0.7))).times(SAME_TEXT) < 1
    button = (745, 770, 1090, 810)
    gone = whole.copy()
    ImageDraw.Draw(gone).rectangle(button, fill=whole.getpixel((600, 800)))
    assert measure(whole, gone).times(SAME_TEXT) > 2
    moved = whole.copy()
    moved.paste(whole.crop(button), (500, 500))
    assert measure(whole, moved).times(SAME_TEXT) > 2
    assert measure(whole, ImageChops.offset(whole, 0, 40)).times(SAME_TEXT) > 2


def test_a_failure_names_the_file_and_keeps_the_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And renewing makes the screenshot the reference, after which it passes."""
    monkeypatch.setattr(looks, "REFERENCES", tmp_path / "references")
    monkeypatch.delenv(looks.RENEW, raising=False)
    shot, difference = tmp_path / "a.png", tmp_path / "a.difference.png"
    reference("frames", "light", 480).save(shot)
    with pytest.raises(AssertionError, match=looks.RENEW):
        looks.compare(shot, 100)
    monkeypatch.setenv(looks.RENEW, "1")
    looks.compare(shot, 100)
    monkeypatch.delenv(looks.RENEW)
    looks.compare(shot, 100)
    reference("references", "light", 480).save(shot)
    with pytest.raises(AssertionError, match=r"a\.png does not look like"):
        looks.compare(shot, 100)
    assert difference.exists()
    reference("frames", "light", 480).save(shot)
    looks.compare(shot, 104)
    assert not difference.exists()
