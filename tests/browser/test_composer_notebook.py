"""The composer in Notebook 7, the main path once: picture, prompt, parameter, submit."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from playwright.sync_api import expect

from .composer_page import HERE, ROOT, SETUP
from .conftest import Lab


def test_the_main_path_in_notebook_7(open_lab: Callable[..., Lab]) -> None:
    """What was put together by hand there is the request that was submitted."""
    lab = open_lab()
    page = lab.page
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    shutil.copy(HERE / "composer_samples.py", lab.folder)
    look = "print(len(submitted), submitted[0].prompt, submitted[0].ratio, submitted[0].content.media[0].source.value)"
    name = lab.write(SETUP, "c = composer()\nc", look, name="main.ipynb")
    path = f"{lab.folder.relative_to(lab.server.root).as_posix()}/{name}"
    page.goto(f"{lab.server.url}notebooks/{path}?token={lab.server.token}")
    page.locator(".jp-Cell").first.locator(".cm-content").click()
    expect(page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute("data-status", "idle")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    root = page.locator(ROOT)
    expect(root.locator(f"{ROOT}__shell")).to_be_visible()
    errors.clear()  # those of the page itself, from before

    root.get_by_role("textbox", name="Path", exact=False).fill("https://example.com/fox.png")
    page.keyboard.press("Enter")
    expect(root.locator(f"{ROOT}__tile")).to_have_count(1)
    root.get_by_role("textbox", name="Prompt", exact=True).click()
    page.keyboard.type("The fox of @")
    page.keyboard.press("Enter")
    page.keyboard.type(" looks up")
    root.get_by_role("radio", name="9:16").click()
    expect(root.get_by_role("radio", name="9:16")).to_be_checked()
    expect(root.locator(f"{ROOT}__counts")).to_contain_text("6 words")
    expect(root.locator(f"{ROOT}__mode")).to_have_text("first frame")
    submit = root.locator(f"{ROOT}__submit")
    expect(submit).to_be_enabled()
    submit.click()
    expect(root.locator("[aria-live=polite]").last).to_have_text("Submitted.")
    lab.screenshot("composer-in-notebook-7")

    page.locator(".jp-Cell").nth(2).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    said = "1 The fox of [image 1] looks up 9:16 https://example.com/fox.png"
    expect(page.locator(".jp-Cell").nth(2).locator(".jp-OutputArea-output")).to_have_text(said)
    assert errors == []
