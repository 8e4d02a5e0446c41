"""The ledger's table in a real JupyterLab: filtered, grouped, summed, written into, composed again, left still."""

from __future__ import annotations

import json
import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from .conftest import Lab

ROOT = ".sdnb-ledger-table"
LONG_MS = 60_000
SETUP = """
import datetime as dt, time
from dataclasses import replace
from decimal import Decimal
import seedance_nb as sd
from seedance_nb.money import Money, Usage
from seedance_nb.sandbox.clip import render
from seedance_nb.task import TaskRecord, TaskStatus
small = lambda spec: render(replace(spec, width=320, height=180, frames=24))
box = sd.sandbox.start(speed=0, render=small)
studio = sd.Studio("sandbox", home="seedance_out", base_url=box.url("ark"), key=open("key").read())
ledger, begin = studio._store, dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
def record(number):
    at = begin + dt.timedelta(hours=number)
    return TaskRecord(
        local_id=f"old-{number:04}", provider="ark" if number % 3 else "atlas", is_sandbox=False,
        base_url="https://x.example.com", model="seedance-2.0", model_id="m", mode="text", status=TaskStatus.INTENT,
        created_at=at, updated_at=at, prompt=f"A heron lands on pond {number}",
        request={"content": [{"type": "text", "text": f"A heron lands on pond {number}"}], "ratio": "16:9",
                 "resolution": "480p", "duration": 4},
        body_sha256="", resolution="480p", ratio="16:9", duration=4, project="ponds" if number % 2 else "")
records = [record(number) for number in range(400)]
with ledger.together(durable=True):
    ledger.add_intents(records)
    for one in records:
        ledger.transition(one.local_id, TaskStatus.SUBMITTING, at=one.created_at, submitted_at=one.created_at)
        ledger.transition(one.local_id, TaskStatus.QUEUED, at=one.created_at, task_id="cgt-" + one.local_id)
        ends = TaskStatus.SUCCEEDED if one.local_id != "old-0007" else TaskStatus.FAILED
        ledger.transition(one.local_id, ends, at=one.created_at, finished_at=one.created_at, usage=Usage(1000, 1000))
        if ends is TaskStatus.SUCCEEDED:
            ledger.transition(one.local_id, TaskStatus.LOST, at=one.created_at)
            currency = "CNY" if one.provider == "ark" else "USD"
            ledger.add_charge(one.local_id, Money(Decimal("0.10000001"), currency), tokens=1000, price_id=None,
                              basis="usage", is_sandbox=False, at=one.created_at)
SMALL = dict(model="seedance-2.0-fast", ratio="16:9", resolution="480p", duration=4)
HOSTILE = '<img src=x onerror="window.hacked=1"> =cmd|x $a$'
tasks = [studio.submit(sd.Request(sd.Content(text), **SMALL)) for text in ("A fox in snow", HOSTILE)]
while not all(task.record().is_over for task in tasks): box.clock.advance(5), time.sleep(0.05)
"""


def asked(lab: Lab, expression: str) -> str:
    """What an expression is in the kernel."""
    code = f"import json; open('said.json', 'w').write(json.dumps(str(({expression}))))"
    reply = lab.page.evaluate(
        """async (code) => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            return (await kernel.requestExecute({ code, store_history: false }).done).content.status;
        }""",
        code,
    )
    assert reply == "ok"
    said: str = json.loads((lab.folder / "said.json").read_text())
    return said


def serious(page: Page) -> list[str]:
    """What axe finds on the table that keeps somebody out."""
    found = Axe().run(page, context=ROOT).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


def rows(root: Locator) -> Locator:
    """The rows of tasks and groups that are drawn."""
    return root.locator(f"{ROOT}__body {ROOT}__row:not([data-waits])")


def cell(root: Locator, text: str, column: str) -> Locator:
    """A cell of the row that has a text."""
    return rows(root).filter(has_text=text).locator(f'[data-column="{column}"]')


def active(page: Page) -> dict[str, Any]:
    """Row and column of the cell that has the focus."""
    found: dict[str, Any] = page.evaluate(
        """() => ({ row: document.activeElement.closest('[role=row]')?.getAttribute('aria-rowindex'),
                    column: document.activeElement.dataset.column ?? null })"""
    )
    return found


def test_the_ledger_is_searched_written_into_and_left_still(lab: Lab) -> None:
    """From four hundred tasks to the one that is meant, by pointer and by keys; sums follow; words are taken back."""
    page = lab.page
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    (lab.folder / "key").write_text("KEY-5ecre7-0123456789abcdef")
    lab.open(lab.write(SETUP, "table = studio.ledger.show()\ntable", name="ledger.ipynb"))
    lab.theme("light")
    errors.clear()  # those of the page itself, from before
    lab.run_all()
    root = lab.wait_for(ROOT).first
    foot = root.locator(f"{ROOT}__foot")
    grid = root.get_by_role("grid", name="Ledger")
    expect(grid).to_have_attribute("aria-rowcount", "403", timeout=LONG_MS)
    expect(foot).to_contain_text("400 tasks", timeout=LONG_MS)
    # 265 of ark and 134 of atlas are charged, exactly; the sandbox's stand on a line of their own.
    expect(foot).to_contain_text("¥26.50")
    expect(foot).to_contain_text("$13.40")
    expect(foot.locator(f"{ROOT}__sum").nth(1)).to_contain_text("Sandbox, not billed")
    expect(rows(root).nth(0)).to_contain_text("<img src=x", timeout=LONG_MS)
    expect(root.locator(f"{ROOT}__poster img")).to_have_count(2, timeout=LONG_MS)
    assert page.evaluate("() => window.hacked") is None
    assert rows(root).count() < 60  # however many there are, few are drawn
    assert serious(page) == []
    for theme in ("light", "dark"):
        lab.theme(theme)
        lab.screenshot(f"ledger-table-{theme}", of=ROOT)

    # By keys: to the end of all tasks and back, a rating, a tag, what is chosen.
    cell(root, "A fox in snow", "prompt").click()
    expect(cell(root, "A fox in snow", "prompt")).to_be_focused()
    page.keyboard.press("Control+End")
    expect(rows(root).filter(has_text="pond 0")).to_have_count(1, timeout=LONG_MS)
    page.wait_for_function("() => document.activeElement.closest('[aria-rowindex=\"403\"]')", timeout=LONG_MS)
    page.keyboard.press("Control+Home")
    page.wait_for_function("() => document.activeElement.closest('[aria-rowindex=\"2\"]')", timeout=LONG_MS)
    page.keyboard.press("ArrowDown")
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.dataset.column === 'rating'", timeout=LONG_MS)
    assert active(page) == {"row": "3", "column": "rating"}
    page.keyboard.press("4")
    expect(cell(root, "A fox in snow", "rating")).to_contain_text("★★★★☆", timeout=LONG_MS)
    expect(cell(root, "A fox in snow", "rating")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.type("client=acme, hero")
    page.keyboard.press("Enter")
    expect(cell(root, "A fox in snow", "tags")).to_contain_text("client=acme, hero", timeout=LONG_MS)
    assert asked(lab, "ledger.labels([tasks[0].local_id])[tasks[0].local_id]") == (
        "{'rating': '4', 'tag:client': 'acme', 'tag:hero': 'yes'}"
    )
    page.keyboard.press("Control+z")
    expect(cell(root, "A fox in snow", "tags")).to_have_text("", timeout=LONG_MS)

    # Search; sums follow; what is written of those chosen is in the ledger.
    search = root.get_by_role("searchbox")
    search.fill("pond 12")
    expect(foot).to_contain_text("11 tasks", timeout=LONG_MS)
    expect(rows(root)).to_have_count(11, timeout=LONG_MS)
    assert asked(lab, "len(table.frame()), table.frame()['cost'].sum()") == "(11, Decimal('1.10000011'))"
    root.get_by_role("checkbox", name="Choose all that are shown").check()
    expect(foot.locator(f"{ROOT}__sum").last).to_contain_text("11 tasks", timeout=LONG_MS)
    foot.get_by_role("combobox", name="Say of those chosen").select_option("project")
    foot.get_by_role("textbox", name="What to say").fill("birds")
    foot.get_by_role("button", name="Apply").click()
    expect(cell(root, "pond 120", "project")).to_have_text("birds", timeout=LONG_MS)
    assert asked(lab, "set(studio.ledger.frame(project='birds').local_id) == set(table.chosen)") == "True"
    search.fill("")
    expect(foot).to_contain_text("400 tasks", timeout=LONG_MS)

    # Filters, a group with its sums, and its tasks.
    root.get_by_role("button", name="Filters").click()
    root.get_by_role("checkbox", name=re.compile("^Atlas Cloud")).check()
    expect(foot).to_contain_text("134 tasks", timeout=LONG_MS)
    assert serious(page) == []
    lab.screenshot("ledger-table-filters-dark", of=ROOT)
    root.get_by_role("button", name="Filters (1)").click()
    root.get_by_role("combobox", name="Group by").select_option("project")
    tree = root.get_by_role("treegrid", name="Ledger")
    expect(tree).to_have_attribute("aria-rowcount", "4", timeout=LONG_MS)
    expect(rows(root).nth(0)).to_contain_text("birds", timeout=LONG_MS)
    expect(rows(root).nth(0)).to_contain_text("5 tasks")
    rows(root).nth(0).locator(f"{ROOT}__group").click()
    expect(rows(root).nth(0)).to_have_attribute("aria-expanded", "true", timeout=LONG_MS)
    expect(tree).to_have_attribute("aria-rowcount", "9", timeout=LONG_MS)
    expect(rows(root).nth(1)).to_contain_text("pond 12", timeout=LONG_MS)
    lab.screenshot("ledger-table-groups-dark", of=ROOT)
    indexes = rows(root).evaluate_all("(rows) => rows.map((row) => Number(row.getAttribute('aria-rowindex')))")
    assert indexes == sorted(indexes)  # a screen reader reads them as they stand in the page
    root.get_by_role("button", name=re.compile("Remove the filter")).click()
    root.get_by_role("combobox", name="Group by").select_option("")
    expect(foot).to_contain_text("400 tasks", timeout=LONG_MS)

    # A clip, and its request once more.
    cell(root, "A fox in snow", "clip").click()
    detail = root.get_by_role("region", name="Task: A fox in snow")
    expect(detail).to_be_visible(timeout=LONG_MS)
    page.wait_for_function(
        "(root) => document.querySelector(`${root} video`)?.readyState >= 1", arg=ROOT, timeout=LONG_MS
    )
    lab.theme("light")
    lab.screenshot("ledger-table-detail-light", of=ROOT)
    assert serious(page) == []
    detail.get_by_role("button", name="Compose again").click()
    prompt = root.get_by_role("textbox", name="Prompt", exact=True)
    expect(prompt).to_have_value("A fox in snow", timeout=LONG_MS)
    assert asked(lab, "box.creates, table.composer.request.duration") == "(2, 4)"

    # Somebody submits: the table follows to the end by itself.
    asked(lab, "tasks.append(studio.submit(sd.Request(sd.Content('An owl at noon'), **SMALL)))")
    expect(cell(root, "An owl at noon", "status")).to_have_text("queued", timeout=LONG_MS)
    asked(lab, "box.clock.advance(60)")
    expect(cell(root, "An owl at noon", "status")).to_have_text("kept", timeout=LONG_MS)

    # Without a kernel.
    text = json.dumps(lab.save())
    assert "KEY-5ecre7" not in text
    assert "base64" not in text
    lab.shutdown_kernel()
    lab.reload()
    picture = page.locator(".jp-OutputArea table")
    expect(picture).to_contain_text("A fox in snow", timeout=LONG_MS)
    expect(page.locator(ROOT)).to_have_count(0)
    expect(page.locator(".jp-OutputArea").filter(has_text="¥26.50")).to_have_count(1)
    assert errors == []
