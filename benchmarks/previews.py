"""Fifty previews: bytes of the notebook, bytes to the browser, time until all are seen, against two others.

In a JupyterLab and a Chromium of its own; every way shows the same fifty files. The server's limit on a kernel's
output is lifted, since it would cut off the others.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from playwright.sync_api import Page, sync_playwright

from seedance_nb.sandbox.clip import ClipSpec, render

COUNT = 50
SPEC = ClipSpec(864, 496, 121, "A fox in the snow at dusk", 7, "seedance-2.0", "text", audio=True, watermark=False)
TOKEN = "previews"
SETUP = "from pathlib import Path\nfrom IPython.display import display\nclips = sorted(Path('clips').glob('*.mp4'))\n"
WAYS = {
    "studio.preview": "from seedance_nb.widgets.player import Player\nshow = lambda clip: Player(clip, home=Path('.'))",
    "IPython Video(embed=True)": "from IPython.display import Video\nshow = lambda clip: Video(str(clip), embed=True)",
    "ipywidgets.Video": "from ipywidgets import Video\nshow = lambda clip: Video.from_file(str(clip), autoplay=False)",
}
SEEN = """(count) => {
    const posters = [...document.querySelectorAll(".sdnb-player__poster")].filter((one) => one.naturalWidth);
    const videos = [...document.querySelectorAll(".jp-OutputArea-output video:not([poster])")];
    return posters.length === count || videos.filter((one) => one.readyState >= 2 && one.videoWidth).length >= count;
}"""
PICTURES = """() => {
    const outputs = [...document.querySelectorAll(".jp-OutputArea-output")];
    return outputs.filter((one) => one.querySelector("video[poster], .sdnb-player") ||
        [...one.querySelectorAll("video")].some((video) => video.readyState >= 2)).length;
}"""


@contextmanager
def lab(root: Path) -> Iterator[str]:
    """A JupyterLab over a folder; gives its address."""
    home = Path(tempfile.mkdtemp())
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    folders = {name: str(home / name.lower()) for name in names}
    for folder in folders.values():
        Path(folder).mkdir()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"),
            *(f"--ServerApp.root_dir={root}", f"--IdentityProvider.token={TOKEN}", "--LabApp.news_url=None"),
            "--ZMQChannelsWebsocketConnection.limit_rate=False",
            f"--LabApp.user_settings_dir={home / 'settings'}",
            f"--LabApp.workspaces_dir={home / 'workspaces'}",
        ],
        env={**os.environ, **folders, "JUPYTER_PLATFORM_DIRS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        said = Path(folders["JUPYTER_RUNTIME_DIR"]) / f"jpserver-{process.pid}.json"
        while True:
            try:
                url = str(json.loads(said.read_text())["url"])
                urllib.request.urlopen(f"{url}api", timeout=5).close()
                break
            except (OSError, ValueError, KeyError):
                if process.poll() is not None:
                    raise RuntimeError("JupyterLab did not start.") from None
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(home, ignore_errors=True)


def _open(page: Page, url: str, name: str) -> None:
    page.goto(f"{url}lab/tree/{name}?reset&token={TOKEN}")
    page.wait_for_function("() => window.jupyterapp !== undefined")
    page.evaluate("() => window.jupyterapp.restored")
    page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()


def _kernels(url: str) -> list[str]:
    request = urllib.request.Request(f"{url}api/kernels", headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return [str(kernel["id"]) for kernel in json.loads(answer.read())]


def measure(page: Page, url: str, root: Path, way: str) -> tuple[int, int, float, int]:
    """Bytes of the notebook, bytes that came over the kernel's sockets, seconds, pictures after all is opened again."""
    name = f"{way.split()[0]}.ipynb"
    cells = [nbformat.v4.new_code_cell(text) for text in (SETUP + WAYS[way], "for clip in clips: display(show(clip))")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, root / name)
    came = 0

    def count(data: bytes | str) -> None:
        nonlocal came
        came += len(data)

    page.on("websocket", lambda socket: socket.on("framereceived", count))
    _open(page, url, name)
    page.wait_for_function(
        """() => { const kernel = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
            return kernel?.connectionStatus === "connected" && kernel.status === "idle"; }"""
    )
    begun, before = time.perf_counter(), came
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_function(SEEN, arg=COUNT, timeout=240_000)
    seconds = time.perf_counter() - begun
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    over = came - before
    for kernel in _kernels(url):
        urllib.request.urlopen(
            urllib.request.Request(
                f"{url}api/kernels/{kernel}", method="DELETE", headers={"Authorization": f"token {TOKEN}"}
            )
        ).close()
    _open(page, url, name)
    page.locator(".jp-OutputArea-output").nth(COUNT - 1).wait_for(state="attached", timeout=120_000)
    page.wait_for_timeout(3_000)
    return (root / name).stat().st_size, over, seconds, page.evaluate(PICTURES)


def main() -> None:
    """Print the figures of each way."""
    root = Path(tempfile.mkdtemp())
    content = render(SPEC).mp4
    (root / "clips").mkdir()
    for number in range(COUNT):
        (root / "clips" / f"clip-{number:02}.mp4").write_bytes(content)
    print(f"{COUNT} clips of {SPEC.width}×{SPEC.height}, 5 s, {len(content) / 1e6:.2f} MB each")
    chromium = os.environ.get("SEEDANCE_NB_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with lab(root) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for way in WAYS:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(60_000)
            size, over, seconds, pictures = measure(page, url, root, way)
            print(
                f"{way:26} notebook {size / 1000:>10,.0f} kB · to the browser {over / 1e6:>7,.1f} MB · "
                f"all seen after {seconds:>5.1f} s · pictures without a kernel: {pictures} of {COUNT}"
            )
            page.close()
        browser.close()
    shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
