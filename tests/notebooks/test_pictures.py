"""The pictures of README and documentation: there, small, told in words, and taken by a test that there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image as Picture

from ..browser.pictures import HERE, IMAGES, SHOWN
from .pages import PAGES, ROOT, pictures

FILES = {target for name, shown in SHOWN.items() for _, target in shown.files(name)}
SEEN = {(page.parent / path).resolve() for page in PAGES for path in pictures(page)}


@pytest.mark.parametrize("page", [page for page in PAGES if pictures(page)], ids=lambda page: page.name)
def test_a_picture_is_told_in_words(page: Path) -> None:
    """Who does not see it reads what is on it."""
    for path, said in pictures(page).items():
        wide = len(said) + sum(not letter.isascii() for letter in said)
        assert wide > 40, f"{path} says {said!r}"


def test_each_picture_is_taken_by_a_test_and_shown_somewhere() -> None:
    """None was made by hand, and none lies about that nobody sees; a dark one stands beside its light one."""
    assert set(IMAGES.glob("*.png")) == FILES
    assert SEEN >= FILES
    for page in (ROOT / "README.md", ROOT / "README.zh-CN.md"):
        shown = {path for path in pictures(page) if path.endswith(".png")}
        assert len(shown) >= 10
        assert {path.replace(".png", "-dark.png") for path in shown if not path.endswith("-dark.png")} <= shown


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_can_be_taken_again(name: str) -> None:
    """Its test is there; what is kept of it is small, and of a size that is read."""
    shown = SHOWN[name]
    file, _, function = shown.test.partition("::")
    assert f"def {function.partition('[')[0]}(" in (HERE / file).read_text("utf-8")
    for _, target in shown.files(name):
        assert target.stat().st_size < 400_000, f"{target.name} is too large for a page that is read on a phone"
        with Picture.open(target) as picture:
            assert 800 <= picture.width <= 1400
            assert 150 <= picture.height <= 1700
