"""A comparison that was saved as one file, opened from the disk without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from seedance_nb.compare import Candidate, Comparison

from .barcode import READ, barcode_clip
from .conftest import SCREENSHOTS

ROOT = ".sdnb-comparison"
HOSTILE = '</script><script>window.hit = 1</script><img src="http://evil.test/x.png" onerror="window.hit = 1">'


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    folder = tmp_path_factory.mktemp("page")
    one = barcode_clip(folder / "one.mp4", width=640, height=360, frames=48, sound=True)
    two = barcode_clip(folder / "two.mp4", width=640, height=360, frames=72, hue=(92, 54, 38), sound=True)
    tall = barcode_clip(folder / "tall.mp4", width=360, height=640, frames=48, hue=(20, 90, 60))
    clips = [("Fast", one), ("Standard", two), (HOSTILE, tall), ("Gone", folder / "gone.mp4")]
    return Comparison([Candidate(title, path) for title, path in clips], home=folder, title=HOSTILE)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., tuple[Page, list[str]]]]:
    """Opens a file in a browser without a network; also gives what the page asked for."""
    contexts = []

    def make(path: Path, *, width: int = 1100, scheme: str = "light") -> tuple[Page, list[str]]:
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True, color_scheme=scheme)
        contexts.append(context)
        page, asked = context.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: asked.append(f"error: {error}"))
        page.goto(path.as_uri())
        page.evaluate(f"() => {{ {READ} }}")
        return page, asked

    yield make
    for context in contexts:
        context.close()


def ready(page: Page) -> None:
    page.locator(ROOT).focus()
    page.locator(f'{ROOT}[data-ready="true"]').wait_for()


def settled(page: Page, frame: int) -> list[int]:
    """Wait until a frame stands, and read it from the clips that are there."""
    page.locator(f'{ROOT}[data-settled="true"][data-frame="{frame}"]').wait_for()
    found: list[int] = page.evaluate("() => [...document.querySelectorAll('video')].slice(0, 3).map(readFrame)")
    return found


def test_a_page_with_its_clips_inside_plays_from_the_disk(comparison: Comparison, tmp_path: Path, open_page) -> None:
    """One file: the same transport and lock, no request, and a stranger's words are words."""
    path = comparison.save(tmp_path / "inside.html")
    assert list(tmp_path.iterdir()) == [path]
    page, asked = open_page(path)
    assert page.evaluate("() => document.querySelectorAll('video[src]').length") == 0  # nothing before somebody looks
    ready(page)
    keyboard = page.keyboard
    for _ in range(3):
        keyboard.press("ArrowRight")
    assert settled(page, 3) == [3, 3, 3]
    keyboard.press("Shift+ArrowRight")
    assert settled(page, 27) == [27, 27, 27]
    keyboard.press("End")
    assert settled(page, 71) == [47, 71, 47]
    keyboard.press("Home")
    keyboard.press(" ")
    page.wait_for_function(f"() => Number(document.querySelector('{ROOT}').dataset.frame) > 3")
    keyboard.press(" ")
    page.locator(f'{ROOT}[data-settled="true"]').wait_for()
    frame = int(page.locator(ROOT).get_attribute("data-frame") or -1)
    assert settled(page, frame) == [frame] * 3

    page.screenshot(path=SCREENSHOTS / "comparison-page.png", full_page=True)
    assert page.evaluate("() => window.hit") is None
    expect(page.locator(f"{ROOT}__heading")).to_have_text(HOSTILE[:120], use_inner_text=False)
    assert {url.split(":")[0] for url in asked} == {"file", "blob"}
    assert [url for url in asked if url.startswith("file")] == [path.as_uri()]


def test_hands_and_ears(comparison: Comparison, tmp_path: Path, open_page) -> None:
    """One sound at most and none before it is asked for; two clips over each other with a line that keys move."""
    page, asked = open_page(comparison.save(tmp_path / "page.html"), width=360, scheme="dark")
    ready(page)
    muted = "() => [...document.querySelectorAll('video')].map((video) => video.muted)"
    assert page.evaluate(muted) == [True] * 4
    page.keyboard.press("2")
    assert page.evaluate(muted) == [True, False, True, True]
    page.get_by_role("button", name="Hear clip 1").click()
    assert page.evaluate(muted) == [False, True, True, True]
    page.keyboard.press("3")  # it has no sound
    assert page.evaluate(muted) == [True] * 4

    page.screenshot(path=SCREENSHOTS / "comparison-grid-360.png", full_page=True)
    page.locator(ROOT).focus()
    page.keyboard.press("ArrowRight")
    page.locator(f'{ROOT}[data-settled="true"][data-frame="1"]').wait_for()
    page.keyboard.press("w")
    line = page.get_by_role("slider", name="Line between the two clips")
    line.focus()
    page.keyboard.press("ArrowLeft")
    assert line.get_attribute("aria-valuenow") == "48"
    box = page.locator(f"{ROOT}__screen").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 80, steps=4)
    page.mouse.up()
    assert abs(int(line.get_attribute("aria-valuenow") or 0) - 75) <= 2
    page.get_by_role("combobox", name="Right").select_option("2")
    page.locator(ROOT).focus()
    page.keyboard.press("ArrowRight")
    page.locator(f'{ROOT}[data-settled="true"][data-frame="2"]').wait_for()
    assert page.locator(f"{ROOT}__screen:visible").count() == 2
    page.screenshot(path=SCREENSHOTS / "comparison-wipe-360.png", full_page=True)
    page.keyboard.press("g")
    expect(page.get_by_role("status")).to_contain_text("side by side")
    assert not [said for said in asked if said.startswith("error")]


def test_a_page_without_or_beside_its_clips(comparison: Comparison, tmp_path: Path, open_page) -> None:
    """Beside: files in a folder of the page's name. None: posters and facts, and no button that does nothing."""
    path = comparison.save(tmp_path / "beside.html", clips="beside")
    assert sorted(one.name for one in (tmp_path / "beside_clips").iterdir()) == ["1.mp4", "2.mp4", "3.mp4"]
    page, asked = open_page(path)
    ready(page)
    page.keyboard.press("ArrowRight")
    page.locator(f'{ROOT}[data-settled="true"][data-frame="1"]').wait_for()
    assert all(url.startswith(tmp_path.as_uri()) for url in asked)

    page, asked = open_page(comparison.save(tmp_path / "none.html", clips="none"))
    expect(page.locator(f"{ROOT}__badge")).to_have_count(4)
    expect(page.get_by_role("button", name="Play")).to_have_count(0)
    expect(page.locator(f"{ROOT}__value").first).to_be_visible()
    assert len(asked) == 1
