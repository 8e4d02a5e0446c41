"""The composer on pages that are not JupyterLab's: VS Code, Colab and marimo by what they say of themselves, and bare.

None of them runs here: a plain page has their class names and custom properties, and holds the module that anywidget
would load. Voila and marimo themselves were tried by hand; see the README.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from seedance_nb.composing import ThreadWorker
from seedance_nb.content import Content, Image
from seedance_nb.request import Request
from seedance_nb.widgets._module import module, style
from seedance_nb.widgets.composer import Composer

from .conftest import SCREENSHOTS

ROOT = ".sdnb-composer"
START = """async ([code, view, prompt]) => {
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const widget = (await import(url)).default();
    window.sent = [];
    const model = {
        view, prompt, error: "", get(name) { return this[name]; }, on() {}, off() {},
        send(message) { window.sent.push(message); },
    };
    await widget.initialize({ model });
    await widget.render({ model, el: document.getElementById("cell") });
}"""


@dataclass(frozen=True)
class Host:
    """A page: its body's class and colours, and the custom properties of its root."""

    name: str
    is_dark: bool
    body: str = ""
    theme: str = ""
    variables: str = ""
    media: tuple[tuple[str, str], ...] = ()


def vscode(text: str, ground: str, faint: str, focus: str, more: str = "") -> str:
    return (
        f"--vscode-foreground: {text}; --vscode-editor-background: {ground}; "
        f"--vscode-descriptionForeground: {faint}; --vscode-focusBorder: {focus}; {more}"
    )


HOSTS = [
    Host("vscode-light", False, "vscode-light", "", vscode("#3b3b3b", "#ffffff", "#3b3b3b", "#005fb8")),
    Host("vscode-dark", True, "vscode-dark", "", vscode("#cccccc", "#1f1f1f", "#9d9d9d", "#0078d4")),
    Host(
        *("vscode-high-contrast", True, "vscode-high-contrast", ""),
        vscode("#ffffff", "#000000", "#ffffff", "#f38518", "--vscode-contrastBorder: #6fc3df"),
    ),
    Host(
        *("vscode-high-contrast-light", False, "vscode-high-contrast vscode-high-contrast-light", ""),
        vscode("#292929", "#ffffff", "#292929", "#006bbd", "--vscode-contrastBorder: #0f4a85"),
    ),
    Host("colab-light", False, "", "light", "--colab-primary-text-color: #1f1f1f; --colab-primary-surface-color: #fff"),
    Host("colab-dark", True, "", "dark", "--colab-primary-text-color: #e3e3e3; --colab-primary-surface-color: #1f1f1f"),
    Host("marimo-dark", True, "dark", "", "--background: #181c1a"),
    Host("bare", False),
    Host("forced-colours", True, "", "", "", (("forced_colors", "active"), ("color_scheme", "dark"))),
]
BRIGHTNESS = """(node) => {
    const rgb = (colour) => {
        const pen = new OffscreenCanvas(1, 1).getContext("2d");
        pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1);
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const style = getComputedStyle(node);
    const brightness = (one) => Math.round(rgb(one).reduce((sum, part) => sum + part) / 3);
    return [style.color, style.backgroundColor].map(brightness);
}"""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a kernel would have sent: a request with problems, so that there are all colours."""
    home: Path = tmp_path_factory.mktemp("hosts")
    images = [Image(f"https://media.example/{n}.png", "reference_image") for n in (1, 2)]
    asked = Request(Content("[image 1] meets [image 3] --ratio 16:9", *images), ratio="21:9", duration=30, seed=7)
    done: list[Callable[[], object]] = []

    class Now(ThreadWorker):
        """Does what it is told to at once."""

        def later(self, name: str, seconds: float, function: Callable[[], object]) -> None:
            function()

    composer = Composer(asked, provider="ark", home=home, submit=done.append, worker=Now(lambda exc: None))
    made = {"view": composer.view, "prompt": composer.prompt}
    composer.close()
    return made


@pytest.mark.parametrize("host", HOSTS, ids=[host.name for host in HOSTS])
def test_it_wears_the_colours_of_its_page(browser: Browser, state: dict[str, Any], host: Host) -> None:
    """Its ground and its text are the page's, axe finds nothing serious, and it fits a column of 360 pixels."""
    context = browser.new_context(viewport={"width": 1000, "height": 1300})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.emulate_media(**dict(host.media))
    colours = "background: #181c1a; color: #edeeed" if host.name == "marimo-dark" else ""
    ground = "var(--vscode-editor-background, var(--colab-primary-surface-color, Canvas))"
    text = "var(--vscode-foreground, var(--colab-primary-text-color, CanvasText))"
    page.set_content(
        f"<!doctype html><html lang=en theme='{host.theme}'><title>{host.name}</title>"
        f"<style>:root {{ {host.variables} }} body {{ margin: 0; background: {ground}; color: {text}; {colours} }}"
        f"{style('composer.css')}</style><body class='{host.body}'><main id=cell></main></body></html>"
    )
    page.evaluate(START, [module("composer.js"), state["view"], state["prompt"]])
    root = page.locator(ROOT)
    expect(root.locator(f"{ROOT}__submit")).to_be_visible()
    for part in (f"{ROOT}__shell", f"{ROOT}__editor", f"{ROOT}__button"):
        text_now, ground_now = root.locator(part).first.evaluate(BRIGHTNESS)
        assert (ground_now < 90, text_now > 160) == (host.is_dark, host.is_dark), part
    found = Axe().run(page, context=ROOT).response["violations"]
    # Forced colours are the person's own; axe reads those of the sheet.
    if not host.media:
        assert [
            f"{node['html'][:120]} {node['failureSummary']}"
            for one in found
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ] == []
    SCREENSHOTS.mkdir(exist_ok=True)
    root.screenshot(path=SCREENSHOTS / f"composer-on-{host.name}.png")
    page.set_viewport_size({"width": 360, "height": 1300})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert errors == []
    context.close()
