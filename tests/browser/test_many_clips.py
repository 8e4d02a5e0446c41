"""A batch as a person watches it: live numbers, then a plain summary that needs no kernel."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import SandboxClock

SETUP = f"""
import pandas as pd
import seedance_nb as sd
box = sd.sandbox.start(scenario={SandboxClock.BY_HAND})
studio = sd.Studio("sandbox", base_url=box.url("ark"), budget="60 CNY/session", project="browser")
prompts = ["A cat in snow", "一只狐狸在雨里 <b>quickly</b>", "A boat [sandbox:failed]", "A kite", "A train", "A lamp"]
frame = pd.DataFrame(dict(prompt=prompts, resolution="480p", duration=4, ratio="16:9"))
print(box.port)
"""


def test_a_batch_counts_itself_and_stays(lab) -> None:
    """The summary moves while the tasks do, names what failed, and is there without a kernel."""
    name = lab.write("batch = studio.submit_many(frame)\nbatch", "batch.wait(180)\nstudio.doctor()")
    lab.open(name)
    lab.theme("light")
    clock = SandboxClock(lab.page, int(lab.ask(SETUP)))
    lab.run_all(wait=False)
    summary = lab.page.locator(".jp-OutputArea-output", has_text="6 tasks").first
    clock.advance_until(summary.filter(has_text="running"))
    lab.screenshot("batch-running")
    clock.advance_until(summary.filter(has_text="5 kept"))
    expect(summary).to_contain_text("1 failed")
    expect(lab.page.locator(".jp-OutputArea-output", has_text="looked at").last).to_be_visible()
    summary.scroll_into_view_if_needed()
    lab.screenshot("batch-over")
    lab.theme("dark")
    lab.screenshot("batch-over-dark")
    lab.theme("light")
    lab.save()
    lab.shutdown_kernel()
    lab.reload()
    expect(lab.page.locator(".jp-OutputArea-output", has_text="5 kept").first).to_be_visible()
    assert lab.page.get_by_text("model not found").count() == 0
