"""A comparison in a cell of a real JupyterLab, and what the saved notebook still shows without a kernel."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .barcode import READ, barcode_clip
from .conftest import Lab

ROOT = ".sdnb-comparison"
SHOW = """
import datetime as dt
from decimal import Decimal
from pathlib import Path
from seedance_nb.compare import Comparison, _comparison, candidates_of
from seedance_nb.money import Money, Usage
from seedance_nb.task import Artifact, TaskRecord, TaskStatus

begun = dt.datetime(2026, 11, 21, 5, 0, tzinfo=dt.UTC)


class Task:
    def __init__(self, name, model, seconds, cost, tokens):
        clip = Artifact("clip", path=Path(name).resolve())
        self.made = TaskRecord("local", "ark", False, "", model, model, "text", TaskStatus.KEPT, begun, begun,
            prompt="A fox in the snow", seed=7, cost=Money(Decimal(cost), "CNY"), usage=Usage(tokens, tokens),
            duration=2, submitted_at=begun, finished_at=begun + dt.timedelta(seconds=seconds), artifacts=(clip,))

    def record(self):
        return self.made


tasks = [
    Task("seedance_out/a fox #1.mp4", "seedance-2.0", 96, "2.21", 48_000),
    Task("seedance_out/two.mp4", "seedance-2.0-fast", 41, "1.78", 48_000),
]
compared = Comparison(candidates_of(tasks), title="Fast or standard")
"""
MEASURED = """() => {
    const place = document.querySelector("[data-sdnb-place]:has(.sdnb-comparison)");
    const picture = place?.firstElementChild.textContent ?? "";
    return picture.includes("Sharpness") && !picture.includes("measuring");
}"""
SEVERAL = """
odd = [*tasks, "seedance_out/hevc.mp4", "seedance_out/long.mp4", "seedance_out/4k.mp4", "seedance_out/gone.mp4"]
several = Comparison(candidates_of(odd), title="Whatever there is")
several.facts  # so that nothing new comes into the cell while hands are on it
several
"""


@pytest.fixture
def _clips(lab: Lab) -> None:
    folder = lab.folder / "seedance_out"
    barcode_clip(folder / "a fox #1.mp4", width=864, height=486, frames=48, sound=True)
    barcode_clip(folder / "two.mp4", width=864, height=486, frames=48, hue=(92, 54, 38), sound=True)


def ready(lab: Lab, nth: int = 0) -> None:
    root = lab.page.locator(ROOT).nth(nth)
    root.scroll_into_view_if_needed()
    root.focus()
    expect(root).to_have_attribute("data-ready", "true")


def shown(lab: Lab, nth: int = 0) -> list[int]:
    """The frames that the clips of a comparison show, read from their pixels."""
    found: list[int] = (
        lab.page.locator(ROOT).nth(nth).evaluate("(root) => [...root.querySelectorAll('video')].map(readFrame)")
    )
    return found


@pytest.mark.usefixtures("_clips")
def test_a_comparison_plays_in_a_cell_and_stays_as_a_picture(lab: Lab) -> None:
    """Through the notebook's server, frame by frame; without a kernel posters and facts are still there."""
    errors: list[str] = []
    lab.page.on("pageerror", lambda error: errors.append(str(error)))
    lab.open(lab.write(SHOW, "_comparison.PATIENCE_S = 0\ncompared"))
    lab.run_all()
    lab.page.wait_for_function(MEASURED)  # later than it was shown: the cell's picture has been replaced under it
    lab.page.evaluate(f"() => {{ {READ} }}")
    assert lab.page.locator(f"{ROOT} video[src]").count() == 0  # nothing before somebody looks
    ready(lab)
    root = lab.page.locator(ROOT)
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("ArrowRight")
    expect(root).to_have_attribute("data-frame", "2")
    expect(root).to_have_attribute("data-settled", "true")
    assert shown(lab) == [2, 2]
    expect(root.get_by_text("measuring …")).to_have_count(0)
    expect(root.locator("dd").first).to_be_visible()
    facts = root.inner_text()
    assert "¥2.21" in facts
    assert "¥0.890" in facts
    assert "The same in all:" in facts
    lab.screenshot("comparison-light", of=ROOT)
    lab.page.keyboard.press("w")
    expect(root).to_have_attribute("data-mode", "wipe")
    lab.theme("dark")
    root.scroll_into_view_if_needed()
    lab.screenshot("comparison-wipe-dark", of=ROOT)
    assert errors == []

    saved = json.dumps(lab.save())
    assert "widget-view" not in saved
    lab.theme("light")
    lab.shutdown_kernel()
    lab.reload()
    expect(lab.page.locator(".jp-OutputArea video")).to_have_count(2)
    body = lab.page.locator(".jp-OutputArea-output").last.inner_text()
    assert "model not found" not in body.lower()
    assert "¥2.21" in body
    assert "Sharpness" in body
    assert "measuring" not in body
    lab.screenshot("comparison-still", of=".jp-OutputArea-output:has(video)")


@pytest.mark.usefixtures("_clips")
def test_whatever_a_clip_is_there_is_something_sensible_to_see(open_lab: Callable[..., Lab], lab: Lab) -> None:
    """HEVC, 4k, fifteen seconds beside two, a file that is gone: each plays, or says why not."""
    folder = lab.folder / "seedance_out"
    barcode_clip(folder / "hevc.mp4", width=640, height=360, frames=48, codec="libx265", hue=(30, 80, 60))
    barcode_clip(folder / "long.mp4", width=320, height=180, frames=360, hue=(90, 30, 80))
    barcode_clip(folder / "4k.mp4", width=3840, height=2160, frames=12, hue=(80, 80, 20))
    lab.open(lab.write(SHOW, SEVERAL, name="several.ipynb"))
    lab.run_all()
    lab.wait_for(f"{ROOT}__list")
    lab.page.evaluate(f"() => {{ {READ} }}")
    ready(lab)
    root = lab.page.locator(ROOT)
    lab.page.keyboard.press("Shift+ArrowRight")
    expect(root).to_have_attribute("data-frame", "24")
    expect(root).to_have_attribute("data-settled", "true")
    assert shown(lab)[:5] == [24, 24, 24, 24, 11]
    assert "is not there any more" in root.inner_text()
    lab.screenshot("comparison-several", of=ROOT)
    lab.page.set_viewport_size({"width": 620, "height": 900})
    root.scroll_into_view_if_needed()
    lab.screenshot("comparison-several-narrow", of=ROOT)
