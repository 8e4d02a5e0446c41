"""Widgets in a notebook that is reopened: with the kernel they go on, without one they are read."""

from __future__ import annotations

from playwright.sync_api import expect

from .conftest import Lab

SETUP = """
import seedance_nb as sd
box = sd.sandbox.start(speed=0)
studio = sd.Studio("sandbox", home="seedance_out", base_url=box.url("ark"))
"""
COMPOSER = 'composer = studio.composer("A fox crosses fresh snow")\ncomposer'
SWEEP = 'studio.sweep("A {animal} in snow", animal=["cat", "hen"], ratio="16:9", resolution="480p", duration=4)'


def test_a_reopened_notebook_says_nothing_of_models(lab: Lab) -> None:
    """Composer, sweep and bench come back with their kernel, and are plain HTML without it."""
    lab.open(lab.write(SETUP, COMPOSER, SWEEP, "studio", name="reopened.ipynb"))
    lab.theme("light")
    lab.run_all()
    widgets = [lab.page.locator(f".jp-OutputArea {root}") for root in (".sdnb-sweep-grid", ".sdnb-bench")]
    composers = lab.page.locator(".jp-OutputArea .sdnb-composer")
    expect(composers).to_have_count(2)  # by itself, and on the bench
    for widget in widgets:
        expect(widget).to_be_visible()
    composers.first.get_by_role("textbox", name="Prompt", exact=True).fill("A hen crosses fresh snow")
    expect(lab.page.locator(".sdnb-still").first).to_contain_text("A hen crosses fresh snow")
    lab.save()

    lab.reload()
    expect(composers).to_have_count(2)
    expect(composers.first.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("A hen crosses fresh snow")
    for widget in widgets:
        expect(widget).to_be_visible()

    lab.shutdown_kernel()
    lab.reload()
    outputs = lab.page.locator(".jp-OutputArea-output")
    expect(outputs.filter(has_text="A hen crosses fresh snow").first).to_be_visible()
    expect(outputs.filter(has_text="¥1.87").first).to_be_visible()
    expect(composers).to_have_count(0)
    assert "model not found" not in lab.page.locator("body").inner_text()
    lab.screenshot("reopened-without-kernel")
