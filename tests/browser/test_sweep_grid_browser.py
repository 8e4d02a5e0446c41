"""The grid of a sweep in a real JupyterLab: from the price to the clips, and to a notebook without a kernel."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import SandboxClock

ROOT = ".sdnb-sweep-grid"
SETUP = f"""
from dataclasses import replace
import seedance_nb as sd
from seedance_nb.sandbox.clip import render
small = lambda spec: render(replace(spec, width=320, height=180, frames=24))
box = sd.sandbox.start(scenario={SandboxClock.BY_HAND}, render=small)
studio = sd.Studio("sandbox", base_url=box.url("ark"), budget="60 CNY/session")
"""
SWEEP = """
sweep = studio.sweep(
    "A {animal} in {place}", animal=["cat", "fox", "<b>hen</b>"], place=["snow", "rain"],
    model=["seedance-2.0", "seedance-2.0-fast"], resolution="480p", duration=4, ratio="16:9", seeds=1)
sweep
"""


def test_a_sweep_is_priced_made_turned_opened_and_left_still(lab) -> None:
    """Nothing is sent before the button; cells fill; axes turn; keys do everything; the end needs no kernel."""
    page = lab.page
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    lab.open(lab.write(SETUP, SWEEP, "print('creates', box.creates)", name="sweep.ipynb"))
    lab.theme("light")
    lab.run_all()
    grid = page.locator(ROOT)
    cells = grid.locator(f"{ROOT}__cell")
    expect(cells).to_have_count(12)
    expect(cells.first).to_contain_text("¥1.87")
    expect(page.get_by_text("creates 0")).to_be_visible()
    expect(grid).to_contain_text("60 CNY/session: ¥60.00 left")
    lab.screenshot("sweep-before", of=ROOT)

    button = grid.get_by_role("button", name="Make 12 clips on the sandbox · would be ¥20.22")
    button.dblclick()
    expect(grid.get_by_role("button", name="Pause")).to_be_visible()
    clock = SandboxClock(page, int(lab.ask("print(box.port)")))
    counts = grid.locator(f"{ROOT}__counts")
    clock.advance_until(counts.filter(has_text="running"))
    clock.advance_until(grid.locator(f"{ROOT}__cell img"))
    lab.screenshot("sweep-filling", of=ROOT)
    # Somebody is at work in it, so that it stays.
    cells.nth(1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(cells.nth(2)).to_have_attribute("aria-selected", "true")
    clock.advance_until(counts.filter(has_text="12 kept"))
    expect(counts).to_have_text("✓12 kept")
    expect(grid.locator(f"{ROOT}__cell img")).to_have_count(12)
    expect(grid.locator(f"{ROOT}__live")).to_have_text("12 kept.")
    assert lab.ask("print(box.creates, len(studio.tasks()))") == "12 12\n"

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    video = grid.locator("video")
    expect(video).to_be_visible()
    page.wait_for_function(
        "() => { const v = document.querySelector('.sdnb-sweep-grid video'); return v.currentTime > 0.1; }"
    )
    expect(grid.locator(f"{ROOT}__viewer")).to_contain_text("fox · snow · seedance-2.0-fast")
    lab.theme("dark")
    lab.screenshot("sweep-done-dark", of=ROOT)
    cells.nth(6).focus()
    page.keyboard.press("Escape")
    expect(video).to_have_count(0)
    expect(cells.nth(6)).to_be_focused()

    page.keyboard.press("Space")
    grid.get_by_role("button", name="Compare 2 clips").click()
    expect(page.locator(".sdnb-comparison video").first).to_be_attached()
    lab.screenshot("sweep-compared-dark")
    grid.get_by_role("button", name="Clear the selection").click()

    grid.get_by_role("button", name="Swap rows and columns").click()
    expect(grid.locator(f"{ROOT}__row")).to_have_text(["seedance-2.0", "seedance-2.0-fast"])
    lab.screenshot("sweep-swapped-dark", of=ROOT)
    lab.theme("light")
    grid.get_by_label("Layout").select_option("list")
    grid.get_by_label("Sort by").select_option("cost")
    expect(cells.first).to_contain_text("seedance-2.0-fast")
    grid.get_by_text("Filter", exact=True).click()
    grid.get_by_role("checkbox", name="<b>hen</b>").uncheck()
    expect(cells).to_have_count(8)
    expect(grid.get_by_text("Filter (4 hidden)")).to_be_visible()
    lab.screenshot("sweep-filtered", of=ROOT)
    grid.get_by_role("button", name="Show everything").click()
    expect(cells).to_have_count(12)

    grid.get_by_role("button", name="Leave a still picture").click()
    table = page.locator(".jp-OutputArea-output", has_text="12 cells").locator("table")
    expect(table.locator("img")).to_have_count(12)
    expect(grid).to_have_count(0)
    lab.save()
    size = (lab.folder / lab.name).stat().st_size
    assert size < 120_000, size
    lab.shutdown_kernel()
    lab.reload()
    expect(table.locator("img").first).to_be_visible()
    lab.screenshot("sweep-still")
    assert page.get_by_text("model not found").count() == 0
    assert errors == []
