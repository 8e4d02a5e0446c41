"""The pages that are not JupyterLab's: the bench as an app by Voila, and the composer in marimo."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from .conftest import SCREENSHOTS

APP = Path(__file__).parents[2] / "notebooks" / "studio.ipynb"
PATIENCE_MS = 180_000
PLAY = """async (video) => {
    video.muted = true;
    while (video.readyState < 2) await new Promise((next) => setTimeout(next, 50));
    await video.play();
    while (video.currentTime < 0.5) await new Promise(requestAnimationFrame);
    video.pause();
}"""
MARIMO = """
import marimo

app = marimo.App()


@app.cell
def _():
    import seedance_nb as sd

    studio = sd.Studio("sandbox")
    composer = studio.composer(sd.Request("A kite", ratio="16:9", resolution="480p", duration=4))
    return composer, studio


@app.cell
def _(composer):
    composer
    return


if __name__ == "__main__":
    app.run()
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def serving(folder: Path, *command: str) -> Iterator[str]:
    """The address of a server that a command starts on the port that takes the place of `{port}`."""
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SEEDANCE_NB_")}
    environment = {**inherited, "SEEDANCE_NB_LANG": "en", "HOME": str(folder), "JUPYTER_PLATFORM_DIRS": "1"}
    line = [sys.executable, "-m", *(word.format(port=port) for word in command)]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(line, stdout=output, stderr=subprocess.STDOUT, cwd=folder, env=environment)
        try:
            url = f"http://127.0.0.1:{port}/"
            end = time.monotonic() + 180
            while process.poll() is None and time.monotonic() < end:
                try:
                    urllib.request.urlopen(url, timeout=180).close()
                    break
                except OSError:
                    time.sleep(0.1)
            else:
                pytest.fail(f"{command[0]} did not start. Its log ends with:\n{log.read_text()[-3000:]}")
            yield url
        finally:
            process.terminate()
            try:
                process.wait(timeout=180)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens an address in a page that may ask for nothing that is not on this machine."""
    contexts = []

    def page_of(url: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 1100})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(url)
        return page

    yield page_of
    for context in contexts:
        context.close()


def composer_in(page: Page) -> Locator:
    root = page.locator(".sdnb-composer").first
    expect(root.locator(".sdnb-composer__shell")).to_be_visible(timeout=PATIENCE_MS)
    return root


def submit(page: Page, root: Locator, price: str) -> None:
    """Press the button when it states the price of what is composed."""
    button = root.locator(".sdnb-composer__submit")
    expect(button).to_contain_text(price, timeout=PATIENCE_MS)
    expect(button).to_be_enabled()
    button.click()


def test_the_bench_is_an_app_by_voila(tmp_path: Path, visit: Callable[[str], Page]) -> None:
    """Composed, priced, submitted and kept on a page without code, cell or toolbar."""
    shutil.copy(APP, tmp_path)
    command = ("voila", APP.name, "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1", "--theme=dark")
    with serving(tmp_path, *command) as url:
        page = visit(url)
        root = composer_in(page)
        root.get_by_role("textbox", name="Prompt", exact=True).click()
        page.keyboard.type("A fox in the snow")
        root.get_by_role("radio", name="seedance-2.0-fast").click()
        root.get_by_role("radio", name="16:9").click()
        root.get_by_role("radio", name="480p").click()
        submit(page, root, "¥1.87")
        page.get_by_role("tab", name="Tasks").click()
        panel = page.locator(".sdnb-bench__panel:not([hidden])")
        expect(panel).to_contain_text("kept", timeout=PATIENCE_MS)
        expect(panel).to_contain_text("A fox in the snow")
        page.get_by_role("tab", name="Ledger").click()
        poster = page.locator(".sdnb-ledger-table__poster:has(img)").first
        poster.wait_for()
        poster.click()
        video = page.locator(".sdnb-ledger-table video")
        video.wait_for()
        video.evaluate(PLAY)
        page.screenshot(path=SCREENSHOTS / "voila-dark.png")
        assert page.get_by_text("import seedance_nb").count() == 0
        assert len(list((tmp_path / "seedance_out" / "clips").glob("*.mp4"))) == 1


def test_the_composer_works_in_marimo(tmp_path: Path, visit: Callable[[str], Page]) -> None:
    """It draws, answers what is typed, and what its button submits is made and kept."""
    (tmp_path / "app.py").write_text(MARIMO)
    command = ("marimo", "-q", "run", "app.py", "--headless", "--no-token", "--host=127.0.0.1", "--port={port}")
    with serving(tmp_path, *command) as url:
        page = visit(url)
        root = composer_in(page)
        root.get_by_role("textbox", name="Prompt", exact=True).click()
        page.keyboard.press("End")
        page.keyboard.type(" over the dunes")
        expect(root.locator(".sdnb-composer__counts")).to_contain_text("5 words", timeout=PATIENCE_MS)
        submit(page, root, "¥1.87")
        expect(root.locator("[aria-live=polite]").last).to_have_text("Submitted.", timeout=PATIENCE_MS)
        page.screenshot(path=SCREENSHOTS / "marimo.png")
        clips = tmp_path / "seedance_out" / "clips"
        end = time.monotonic() + 180
        while not list(clips.glob("*.mp4")) and time.monotonic() < end:
            page.wait_for_timeout(100)
        assert len(list(clips.glob("*.mp4"))) == 1
