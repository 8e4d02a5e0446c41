"""The first blocks of README as a newcomer would run them, in JupyterLab; README's pictures are taken here."""

from __future__ import annotations

import os
from collections.abc import Callable

from playwright.sync_api import Locator, expect

import seedance_nb as sd

from ..notebooks.pages import ROOT, blocks
from .conftest import Lab, SandboxClock
from .pictures import WANTED
from .test_comparison_notebook import MEASURED

CARD = ".sdnb-status-card"
COMPARISON = ".sdnb-comparison"
SWEEP = ".sdnb-sweep-grid"
LEDGER = ".sdnb-ledger-table"
QUICK = "sd.sandbox.shared().scenario = sd.sandbox.Scenario(queue=0.1, run=0.3, concurrency=10)"


def test_what_readme_shows_is_what_its_code_does(open_lab: Callable[..., Lab]) -> None:
    """A clip from prompt to cell, the composer with it, both models compared, a sweep, and all of it in the ledger."""
    lab = open_lab(width=1180, height=820)
    page = lab.page
    cells = [block.code.strip() for block in blocks(ROOT / "README.md") if block.language == "python"][:5]
    sd.sandbox.picture("a sailing boat on a calm ocean", 1280, 720, path=lab.folder / "boat.png")
    lab.open(lab.write(*cells, name="README.ipynb"))
    lab.theme("light")
    started = f"import seedance_nb as sd; box = sd.sandbox.shared(); box.scenario = {SandboxClock.BY_HAND}"
    clock = SandboxClock(page, int(lab.ask(f"{started}; print(box.port); del box")))

    lab.wait_for_kernel()
    lab.command("notebook:run-cell")
    word = page.locator(f"{CARD}__word")
    expect(word).to_have_text("queued")
    clock.advance()
    expect(word).to_have_text("running")
    both(lab, "readme-live-cell", page.locator(CARD))
    clock.advance()
    video = lab.wait_for(".jp-OutputArea video")
    page.wait_for_function("(video) => fetch(video.poster).then(() => true)", arg=video.element_handle())
    expect(page.locator(".jp-OutputArea-output:has(video)")).to_contain_text("would be ¥4.03")
    both(lab, "readme-first-clip")

    lab.ask(QUICK)
    run_next(lab)
    composer = page.locator(".sdnb-composer")
    expect(composer.locator(".sdnb-composer__submit")).to_contain_text("would be ¥4.03")
    expect(composer).to_contain_text("boat.png")

    run_next(lab)
    comparison = page.locator(COMPARISON)
    page.wait_for_function(MEASURED)  # before that, the cell may still be drawn anew under the hands
    comparison.focus()
    expect(comparison).to_have_attribute("data-ready", "true")
    for frame in (24, 48):
        comparison.press("Shift+ArrowRight")
        expect(comparison).to_have_attribute("data-frame", str(frame))
        expect(comparison).to_have_attribute("data-settled", "true")
    for said in ("Sharpness", "would be ¥5.01", "would be ¥4.03"):
        expect(comparison).to_contain_text(said)
    both(lab, "readme-comparison", comparison)

    run_next(lab)
    grid = page.locator(SWEEP)
    grid.get_by_role("button", name="Make 8 clips on the sandbox").click()
    cells_of = grid.locator(f"{SWEEP}__cell")
    cells_of.nth(1).focus()  # somebody is at work in it, so that it stays
    page.keyboard.press("Space")
    expect(grid.locator(f"{SWEEP}__counts")).to_have_text("✓8 kept")
    expect(grid.locator(f"{SWEEP}__cell img")).to_have_count(8)
    both(lab, "readme-sweep", grid)

    run_next(lab)
    table = page.locator(LEDGER)
    expect(table).to_contain_text("11 tasks")
    expect(table).to_contain_text("hero")
    expect(table.locator(f"{LEDGER}__poster img").first).to_be_visible()
    both(lab, "readme-ledger", table)


def run_next(lab: Lab) -> None:
    """Run the cell below, and stay with it."""
    lab.wait_for_kernel()
    lab.command("notebook:move-cursor-down")
    lab.command("notebook:run-cell")


def both(lab: Lab, name: str, of: Locator | None = None) -> None:
    """A picture of the page, or of a part that is brought into view; where README wants it anew, on each theme."""
    for theme in ("dark", "light") if os.environ.get(WANTED) else ("light",):
        lab.theme(theme)
        path = lab.screenshot(f"{name}-{theme}")
        if of is not None:
            of.scroll_into_view_if_needed()
            of.screenshot(path=path)
