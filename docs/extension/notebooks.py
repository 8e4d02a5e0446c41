"""The numbered notebooks of the tutorial, run on the sandbox and shown with what came out.

What a cell leaves behind is plain HTML, so that a page shows it without a kernel, without scripts and without a
network; widgets proper are left out. `-D notebooks_run=0` shows them without outputs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from sphinx.application import Sphinx
from sphinx.util import logging

log = logging.getLogger(__name__)

SHOWN_FOLDER = "/home/ana/notebooks"
"""Instead of the folder in which they ran."""
_WIDGET = "application/vnd.jupyter.widget-view+json"
_KEPT = ("*.mp4", "*.png", "*.jpg", "*.html")


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.add_config_value("notebooks_run", True, "env", bool)
    app.connect("builder-inited", _bring)
    app.connect("build-finished", _bring_files)


def _bring(app: Sphinx) -> None:
    sources, shown = Path(app.srcdir).parent / "notebooks", Path(app.srcdir) / "notebooks"
    shutil.rmtree(shown, ignore_errors=True)
    shown.mkdir()
    for source in sorted(sources.glob("[0-9]*.ipynb")):
        with tempfile.TemporaryDirectory() as folder:
            notebook = nbformat.read(source, as_version=4)
            if app.config.notebooks_run:
                log.info("running %s", source.name)
                _run(notebook, Path(folder))
                _copy_files(Path(folder), shown)
            nbformat.write(_shown(notebook, folder), shown / source.name)


def _run(notebook: Any, folder: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("SEEDANCE_NB_")}
    env["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[2]), env.get("PYTHONPATH", "")])
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    # What the kernel's own log says of its port is no news to anybody.
    with client.setup_kernel(env=env, stderr=subprocess.DEVNULL):
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
        client.set_widgets_metadata()


def _shown(notebook: Any, folder: str) -> Any:
    """The notebook as a reader of a page sees it."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs = [one for one in cell.outputs if _WIDGET not in one.get("data", {}) and not _is_empty(one)]
        for output in cell.outputs:
            data = output.get("data", {})
            if "text/html" in data:
                output["data"] = {"text/html": _moved(data["text/html"], folder)}
            elif "text/plain" in data:
                data["text/plain"] = _moved(data["text/plain"], folder)
            elif "text" in output:
                output["text"] = _moved(output["text"], folder)
    return notebook


def _is_empty(output: Any) -> bool:
    data = output.get("data")
    return data is not None and not any(str(text).strip() for text in data.values())


def _moved(text: Any, folder: str) -> str:
    return "".join(text).replace(os.path.realpath(folder), SHOWN_FOLDER).replace(folder, SHOWN_FOLDER)


def _copy_files(folder: Path, shown: Path) -> None:
    for pattern in _KEPT:
        for file in folder.rglob(pattern):
            target = shown / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def _bring_files(app: Sphinx, exception: Exception | None) -> None:
    """Clips and pictures that the pages show lie beside them."""
    shown = Path(app.srcdir) / "notebooks"
    if exception is None and app.builder.format == "html":
        shutil.copytree(
            shown, Path(app.outdir) / "notebooks", ignore=shutil.ignore_patterns("*.ipynb"), dirs_exist_ok=True
        )
