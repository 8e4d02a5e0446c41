"""A real JupyterLab and a real Chromium, and a few words to speak to them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nbformat
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from ..patience import PATIENCE, eventually

SCREENSHOTS = Path(__file__).parent / "screenshots"
PATIENCE_MS = PATIENCE * 1000
expect.set_options(timeout=PATIENCE_MS)

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium() -> str | None:
    """Where a Chromium is: named in the environment, or on the path."""
    named = os.environ.get("SEEDANCE_NB_CHROMIUM")
    if named:
        return named
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return next((path for path in found if path), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests."""
    path = find_chromium()
    if path is None:
        pytest.fail(
            "The browser tests need Chromium or Chrome. Install it (Debian: apt install chromium), "
            "or name the program in SEEDANCE_NB_CHROMIUM."
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        plain = chromium.new_context

        def patient(**options: Any) -> BrowserContext:
            context = plain(**options)
            context.set_default_timeout(PATIENCE_MS)
            return context

        chromium.new_context = patient  # type: ignore[method-assign]
        yield chromium
        chromium.close()


_ASK_KERNEL = """async (code) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const future = kernel.requestExecute({ code, store_history: false });
    let said = "";
    future.onIOPub = (message) => {
        if (message.header.msg_type === "stream") said += message.content.text;
        if (message.header.msg_type === "error") said = "!" + message.content.traceback.join("\\n");
    };
    await future.done;
    return said;
}"""


class SandboxClock:
    """The clock of a sandbox in some kernel, moved by hand, also while the kernel is busy.

    A task that would take an hour is seen in each of its statuses, however slow the machine is.
    """

    BY_HAND = "sd.sandbox.Scenario(queue=3600, run=3600, concurrency=4)"
    """A scenario, in Python, in which nothing goes on by itself."""

    def __init__(self, page: Page, port: int) -> None:
        self._page = page
        self._url = f"http://127.0.0.1:{port}/sandbox/clock"

    def advance(self, seconds: float = 3600) -> None:
        """Jump ahead."""
        body = json.dumps({"advance": seconds}).encode()
        with urllib.request.urlopen(urllib.request.Request(self._url, body, method="POST"), timeout=PATIENCE):
            pass

    def advance_until(self, shown: Locator) -> None:
        """Jump ahead until something is on the page."""
        end = time.monotonic() + PATIENCE
        while not shown.count():
            assert time.monotonic() < end, f"{shown} does not come"
            self.advance()
            self._page.wait_for_timeout(200)


@dataclass(frozen=True)
class LabServer:
    """A running JupyterLab of our own."""

    url: str
    token: str
    root: Path

    def rest(self, path: str, *, method: str = "GET") -> Any:
        """One call of the server's REST interface."""
        request = urllib.request.Request(
            f"{self.url}api/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=180) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def end_kernels(self) -> None:
        """End every kernel, also one that is just ending by itself and is asked in vain."""

        def are_gone() -> bool:
            for kernel in self.rest("kernels"):
                with contextlib.suppress(urllib.error.HTTPError):
                    self.rest(f"kernels/{kernel['id']}", method="DELETE")
            return not self.rest("kernels")

        eventually(are_gone)


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """A JupyterLab that shares nothing with the machine's user: no settings, no trust, no workspace."""
    home = tmp_path_factory.mktemp("jupyter")
    root = tmp_path_factory.mktemp("lab")
    folders = {
        name: home / name.lower()
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    for folder in folders.values():
        folder.mkdir()
    # A kernel is not told what cells of other tests were: a page asks for that by itself.
    profile = folders["IPYTHONDIR"] / "profile_default"
    profile.mkdir()
    (profile / "ipython_config.py").write_text('c.HistoryManager.hist_file = ":memory:"\n')
    quiet = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    token = "browser-tests"
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"),
        f"--ServerApp.root_dir={root}",
        f"--IdentityProvider.token={token}",
        "--ServerApp.ip=127.0.0.1",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        f"--LabApp.user_settings_dir={home / 'settings'}",
        f"--LabApp.workspaces_dir={home / 'workspaces'}",
    ]
    # The server outlives the test that started it, so it must not have that test's home.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SEEDANCE_NB_")}
    environment = {**inherited, **{name: str(path) for name, path in folders.items()}, "JUPYTER_PLATFORM_DIRS": "1"}
    log = home / "lab.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=root)
        try:
            said = folders["JUPYTER_RUNTIME_DIR"] / f"jpserver-{process.pid}.json"
            url = _wait_for_server(process, said, log)
            yield LabServer(url=url, token=token, root=root)
        finally:
            process.terminate()
            try:
                process.wait(timeout=180)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for_server(process: subprocess.Popen[bytes], said: Path, log: Path) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            url = str(json.loads(said.read_text())["url"])
            with urllib.request.urlopen(f"{url}api", timeout=180):
                return url
        except (OSError, ValueError, KeyError):
            time.sleep(0.05)
    pytest.fail(f"JupyterLab did not start. Its log ends with:\n{log.read_text()[-3000:]}")


class Lab:
    """One JupyterLab page with one notebook, and the folder it lies in."""

    def __init__(self, server: LabServer, page: Page, folder: Path) -> None:
        self.server = server
        self.page = page
        self.folder = folder
        """The kernel's working directory; files here are reachable from the notebook."""
        self.name = ""

    def write(self, *cells: str, name: str = "task.ipynb") -> str:
        """Make a notebook of code cells in the folder, and return its name."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)
        return name

    def open(self, name: str) -> None:
        """Open a notebook in a workspace that remembers nothing, with the side bars closed."""
        self.name = name
        path = f"{self.folder.relative_to(self.server.root).as_posix()}/{name}"
        self.page.goto(f"{self.server.url}lab/tree/{path}?reset&token={self.server.token}")
        self.page.wait_for_function("() => window.jupyterapp !== undefined")
        self.page.evaluate("async () => { await window.jupyterapp.restored; window.jupyterapp.shell.collapseLeft(); }")
        self.wait_for(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell")

    def wait_for_kernel(self) -> None:
        """Wait until the notebook's kernel has nothing to do."""
        self.page.wait_for_function(
            """() => { const p = window.jupyterapp.shell.currentWidget;
                const k = p && p.sessionContext && p.sessionContext.session && p.sessionContext.session.kernel;
                return k && k.connectionStatus === "connected" && k.status === "idle"; }"""
        )

    def ask(self, code: str) -> str:
        """What the notebook's kernel prints to some lines of Python, aside from all cells."""
        self.wait_for_kernel()
        said = str(self.page.evaluate(_ASK_KERNEL, code))
        assert not said.startswith("!"), said
        return said

    def run_all(self, *, wait: bool = True) -> None:
        """Run all cells, and wait until the last one has returned unless told not to."""
        self.wait_for_kernel()
        if wait:
            self.command("notebook:run-all-cells")
        else:
            self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")

    def command(self, name: str, **arguments: object) -> None:
        """Execute one of JupyterLab's commands and wait for it."""
        self.page.evaluate(
            "async ([name, args]) => { await window.jupyterapp.commands.execute(name, args); }", [name, arguments]
        )

    def wait_for(
        self, selector: str, *, state: Literal["attached", "detached", "hidden", "visible"] = "visible"
    ) -> Locator:
        """Wait until something is there, and return it."""
        found = self.page.locator(selector)
        found.first.wait_for(state=state)
        return found

    def save(self) -> dict[str, Any]:
        """Save the notebook and return what is in the file."""
        self.command("docmanager:save")
        saved: dict[str, Any] = json.loads((self.folder / self.name).read_text())
        return saved

    def shutdown_kernel(self) -> None:
        """End every kernel of the server."""
        self.server.end_kernels()

    def reload(self) -> None:
        """Load the page anew, without starting a kernel by running anything."""
        self.open(self.name)

    def theme(self, name: Literal["light", "dark"]) -> None:
        """Put on JupyterLab's light or dark theme."""
        wanted = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[name]
        self.command("apputils:change-theme", theme=wanted)
        self.wait_for(f"body[data-jp-theme-name='{wanted}']", state="attached")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def screenshot(self, name: str, *, of: str | None = None) -> Path:
        """Take a picture of the page, or of the first element that fits a selector."""
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        if of is None:
            self.page.screenshot(path=path)
        else:
            self.page.locator(of).first.screenshot(path=path)
        return path


@pytest.fixture
def open_lab(lab_server: LabServer, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Lab]]:
    """Makes a `Lab` whose page has a size of its own."""
    contexts = []
    folder = lab_server.root / request.node.name.replace("[", "-").replace("]", "")
    folder.mkdir(exist_ok=True)

    def make(*, width: int = 1280, height: int = 900) -> Lab:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        return Lab(lab_server, context.new_page(), folder)

    yield make
    for context in contexts:
        context.close()
    lab_server.end_kernels()


@pytest.fixture
def lab(open_lab: Callable[..., Lab]) -> Lab:
    """A wide JupyterLab page."""
    return open_lab()
