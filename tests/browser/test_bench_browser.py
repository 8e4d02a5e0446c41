"""The bench of a studio in a real JupyterLab: tabs, a task from the prompt to the bill, and what a notebook keeps."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from .conftest import Lab

ROOT = ".sdnb-bench"
SETUP = """
import time
import seedance_nb as sd
from seedance_nb import sandbox
started = sandbox.start(speed=0)
studio = sd.Studio("sandbox", home="seedance_out", base_url=started.url("ark"), key=open("key").read(),
                   budget="20 CNY/day")
SMALL = dict(model="seedance-2.0-fast", ratio="16:9", resolution="480p", duration=4)
"""
_RUN = """async (code) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const reply = await kernel.requestExecute({ code, store_history: false }).done;
    return reply.content.status;
}"""


def tab(root: Locator, name: str) -> Locator:
    return root.get_by_role("tab", name=name)


def panel(root: Locator) -> Locator:
    return root.locator(f"{ROOT}__panel:not([hidden])")


def python(page: Page, code: str) -> None:
    assert page.evaluate(_RUN, code) == "ok"


def serious(page: Page) -> list[str]:
    found = Axe().run(page, context=ROOT).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@pytest.fixture
def shown(open_lab: Callable[..., Lab]) -> tuple[Lab, Locator, list[str]]:
    """A notebook whose last cell shows a studio, and what its page throws."""
    lab = open_lab(height=1100)
    errors: list[str] = []
    lab.page.on("pageerror", lambda error: errors.append(str(error)))
    (lab.folder / "key").write_text("KEY-5ecre7-0123456789abcdef")
    lab.open(lab.write(SETUP, "studio", name="bench.ipynb"))
    lab.theme("light")
    errors.clear()  # those of the page itself, from before
    lab.run_all()
    root = lab.wait_for(ROOT)
    expect(root.locator(".sdnb-composer__shell")).to_be_visible()
    return lab, root, errors


def test_a_task_from_the_prompt_to_the_bill(shown: tuple[Lab, Locator, list[str]]) -> None:
    """Tabs by pointer and by keys; what is composed and submitted turns up in the other tabs while they are open."""
    lab, root, errors = shown
    page = lab.page
    expect(root.get_by_role("tab")).to_have_text(["Compose", "Tasks", "Compare", "Ledger", "Costs"])
    tab(root, "Tasks").click()
    expect(panel(root)).to_contain_text("No tasks yet.")
    for key, name in (
        ("ArrowRight", "Compare"),
        ("ArrowRight", "Ledger"),
        ("ArrowRight", "Costs"),
        ("ArrowRight", "Compose"),
        ("End", "Costs"),
    ):
        page.keyboard.press(key)
        expect(tab(root, name)).to_be_focused()
        expect(tab(root, name)).to_have_attribute("aria-selected", "true")
        expect(root.get_by_role("tabpanel", name=name)).to_be_visible()
    expect(panel(root)).to_contain_text("20 CNY/day")
    page.keyboard.press("Home")

    root.get_by_role("textbox", name="Prompt", exact=True).fill("A fox crosses fresh snow at dawn")
    root.get_by_role("radio", name="16:9").click()
    root.get_by_role("radio", name="480p").click()
    root.get_by_role("slider").fill("4")
    submit = root.locator(".sdnb-composer__submit")
    expect(submit).to_have_text(re.compile(r"Generate in the sandbox \(would be ¥1\.\d\d\)"))
    expect(submit).to_be_enabled()
    submit.click()
    tab(root, "Tasks").click()
    row = panel(root).get_by_role("row").nth(1)
    expect(row).to_contain_text("queued")
    expect(row).to_contain_text("A fox crosses fresh snow at dawn")
    expect(tab(root, "Tasks")).to_contain_text("1")
    python(page, "started.clock.advance(2)")
    expect(row).to_contain_text("running")
    for theme in ("light", "dark"):
        lab.theme(theme)
        assert serious(page) == []
        lab.screenshot(f"bench-tasks-{theme}")
    python(page, "started.clock.advance(10)")
    expect(row).to_contain_text("kept")
    expect(row).to_contain_text("¥1.87")

    tab(root, "Ledger").click()
    expect(panel(root)).to_contain_text("ledger.sqlite")
    for theme in ("light", "dark"):
        lab.theme(theme)
        assert serious(page) == []
        lab.screenshot(f"bench-ledger-{theme}")
    tab(root, "Costs").click()
    expect(panel(root).get_by_role("row").nth(1)).to_contain_text("¥1.87")
    expect(panel(root)).to_contain_text("sandbox, not billed")
    for theme in ("light", "dark"):
        lab.theme(theme)
        assert serious(page) == []
        lab.screenshot(f"bench-costs-{theme}")
    page.set_viewport_size({"width": 480, "height": 1100})
    for name in ("Tasks", "Ledger", "Costs"):
        tab(root, name).click()
        assert root.evaluate("(node) => node.scrollWidth - node.clientWidth") <= 0
        lab.screenshot(f"bench-{name.lower()}-narrow")
    assert errors == []


def test_clips_are_compared_on_the_bench(shown: tuple[Lab, Locator, list[str]]) -> None:
    """Chosen by pointer or by keys, they stand side by side under one transport; others take their place."""
    lab, root, errors = shown
    tab(root, "Compare").click()
    expect(panel(root)).to_contain_text("No clips yet.")
    prompts = [f"A fox crosses field {number}" for number in (1, 2, 3)]
    python(lab.page, f"tasks = [studio.submit(sd.Request(sd.Content(p), **SMALL)) for p in {prompts}]")
    python(
        lab.page, "while not all(task.record().is_over for task in tasks): started.clock.advance(5), time.sleep(0.1)"
    )
    boxes = panel(root).get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    button = panel(root).get_by_role("button", name=re.compile("^Compare"))
    expect(button).to_be_disabled()
    boxes.nth(0).check()
    expect(button).to_be_disabled()
    boxes.nth(1).focus()
    lab.page.keyboard.press("Space")
    expect(button).to_have_text("Compare (2)")
    button.click()
    comparison = panel(root).locator(".sdnb-comparison")
    expect(comparison.locator("video")).to_have_count(2)
    for said in ("A fox crosses field 3", "A fox crosses field 2", "Sharpness"):
        expect(comparison).to_contain_text(said)
    boxes.nth(2).check()
    button.click()
    expect(comparison.locator("video")).to_have_count(3)
    expect(comparison).to_have_count(1)
    for theme in ("light", "dark"):
        lab.theme(theme)
        assert serious(lab.page) == []
        lab.screenshot(f"bench-compare-{theme}")
    assert errors == []


def test_what_a_notebook_keeps_of_a_bench(shown: tuple[Lab, Locator, list[str]]) -> None:
    """No key, no clip; and without a kernel the tables of the last moment, with the clips that were kept."""
    lab, root, errors = shown
    page = lab.page
    root.get_by_role("textbox", name="Prompt", exact=True).fill("A fox crosses fresh snow at dawn")
    root.get_by_role("radio", name="16:9").click()
    root.get_by_role("radio", name="480p").click()
    root.get_by_role("slider").fill("4")
    submit = root.locator(".sdnb-composer__submit")
    expect(submit).to_have_text(re.compile(r"Generate in the sandbox \(would be ¥1\.\d\d\)"))
    submit.click()
    tab(root, "Tasks").click()
    row = panel(root).get_by_role("row").nth(1)
    expect(row).to_contain_text("queued")
    python(page, "started.clock.advance(12)")
    expect(row).to_contain_text("kept")
    lab.wait_for(".jp-OutputArea video")
    lab.screenshot("bench-with-its-card")
    still = lab.page.locator(".sdnb-still")
    expect(still).to_be_hidden()
    expect(still).to_contain_text("A fox crosses fresh snow at dawn")
    expect(still).to_contain_text(re.compile(r"kept"))
    saved: dict[str, Any] = lab.save()
    text = json.dumps(saved)
    assert "5ecre7" not in text
    assert "video/mp4;base64" not in text
    assert len(text) < 120_000
    assert errors == []

    lab.shutdown_kernel()
    lab.reload()
    expect(still).to_be_visible()
    expect(still).to_contain_text("A fox crosses fresh snow at dawn")
    expect(lab.page.locator(".jp-OutputArea video")).to_be_visible()
    lab.screenshot("bench-reopened")
    lab.theme("dark")
    lab.screenshot("bench-reopened-dark")
