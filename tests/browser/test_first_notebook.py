"""Two notebooks as a reader runs them: JupyterLab, a browser, the sandbox."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from playwright.sync_api import expect

from .conftest import SandboxClock

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01-first-clip.ipynb"
COSTS = NOTEBOOK.with_name("05-what-it-cost.ipynb")
CARD = ".sdnb-status-card"
PLAY = """async (video) => {
    video.muted = true;
    await video.play();
    await new Promise((done) => {
        const look = () => video.currentTime > 0.5 ? done() : requestAnimationFrame(look);
        look();
    });
    video.pause();
    return { time: video.currentTime, width: video.videoWidth, height: video.videoHeight, duration: video.duration };
}"""


def test_the_first_notebook_from_prompt_to_ledger(lab) -> None:
    """The card goes through its states, the clip plays, and all of it is there without a kernel."""
    shutil.copy(NOTEBOOK, lab.folder)
    lab.open(NOTEBOOK.name)
    lab.theme("light")
    started = f"import seedance_nb as sd; box = sd.sandbox.shared(); box.scenario = {SandboxClock.BY_HAND}"
    clock = SandboxClock(lab.page, int(lab.ask(f"{started}; print(box.port); del sd, box")))
    lab.run_all(wait=False)

    word = lab.page.locator(f"{CARD}__word")
    seen: list[str] = []
    expect(word).to_have_text("queued")
    lab.page.locator(CARD).scroll_into_view_if_needed()
    lab.screenshot("first-notebook-queued")
    seen.append(word.inner_text())
    clock.advance()
    expect(word).to_have_text("running")
    expect(lab.page.locator(CARD)).to_contain_text("sandbox, nothing is billed")
    seen.append(word.inner_text())
    lab.screenshot("first-notebook-running")
    clock.advance()
    video = lab.wait_for(".jp-OutputArea video")
    assert seen == ["queued", "running"]
    expect(lab.page.locator(CARD)).to_have_count(0)

    video.scroll_into_view_if_needed()
    played = video.evaluate(PLAY)
    assert played["time"] > 0.5
    assert (played["width"], played["height"]) == (1280, 720)
    assert 5.0 <= played["duration"] <= 5.1
    lab.screenshot("first-notebook-kept")
    lab.theme("dark")
    lab.screenshot("first-notebook-kept-dark")
    lab.theme("light")

    last = lab.page.locator(".jp-Cell").last
    expect(last).to_contain_text("not billed")
    last.scroll_into_view_if_needed()
    lab.screenshot("first-notebook-end")
    assert lab.page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0

    saved = lab.save()
    outputs = json.dumps([cell.get("outputs", []) for cell in saved["cells"]])
    assert "application/vnd.jupyter.widget-view+json" not in outputs
    assert "video/mp4;base64" not in outputs
    assert len(outputs) < 120_000
    assert "X-Tos-Signature" not in json.dumps(saved)

    lab.shutdown_kernel()
    lab.reload()
    again = lab.wait_for(".jp-OutputArea video")
    again.scroll_into_view_if_needed()
    assert again.get_attribute("poster").startswith("data:image/jpeg;base64,")
    card = lab.page.locator(".jp-OutputArea-output:has(video)")
    expect(card).to_contain_text("¥4.03")
    expect(card).to_contain_text("108,900 tokens")
    expect(card).to_contain_text("kept")
    assert "model not found" not in lab.page.locator("body").inner_text()
    lab.screenshot("first-notebook-reopened")
    assert again.evaluate(PLAY)["width"] == 1280


def test_the_notebook_about_costs_from_work_to_table(lab) -> None:
    """Sums, a chart, a bill that is wrong and the ledger's table come out as the text around them says."""
    shutil.copy(COSTS, lab.folder)
    lab.open(COSTS.name)
    lab.theme("light")
    lab.run_all()
    page = lab.page
    expect(page.locator(".jp-OutputArea-output", has_text="Billed twice: 1").first).to_be_attached()
    chart = page.locator(".jp-OutputArea-output svg.marks").first
    chart.scroll_into_view_if_needed()
    expect(chart).to_be_visible()
    table = page.locator(".sdnb-ledger-table")
    table.scroll_into_view_if_needed()
    expect(table.get_by_role("row", name="A heron")).to_be_visible()
    expect(table).to_contain_text("6 tasks")
    lab.screenshot("costs-notebook-end")
    assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
