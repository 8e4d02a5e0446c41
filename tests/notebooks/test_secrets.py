"""A planted key, searched for in a saved notebook, its widget state and its HTML export."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from seedance_nb import sandbox
from seedance_nb.sandbox import Scenario

KEY = "sk-planted-9d3e1a77c2"

CELLS = (
    "import seedance_nb as sd\nstudio = sd.Studio()\nstudio",
    f"""request = sd.Request(
    sd.Content("A cat [sandbox:copyright] Authorization: Bearer {"{KEY}"}"), ratio="16:9", resolution="480p", duration=4
)
request""",
    "failed = studio.submit(request)\nfailed",
    """from seedance_nb.errors import TaskError
try:
    failed.wait(180)
except TaskError as exc:
    print(exc)""",
    'slow = studio.submit(sd.Request(sd.Content("A cat"), ratio="16:9", resolution="480p", duration=4))\nslow',
    "studio.quote(request)",
    "studio.tasks()",
    "studio.ledger.frame()",
    "studio.ledger",
)


@pytest.mark.parametrize("wait", [True, False], ids=["ended", "still running"])
def test_a_notebook_holds_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait: bool) -> None:
    """Neither the file, nor the widgets' state in it, nor its HTML has the key or a signature."""
    with sandbox.start(scenario=Scenario(queue=0.2, run=0.5 if wait else 600.0)) as box:
        monkeypatch.setenv("ARK_API_KEY", KEY)
        monkeypatch.setenv("SEEDANCE_NB_ARK_URL", box.url("ark"))
        monkeypatch.setenv("SEEDANCE_NB_HOME", str(tmp_path / "out"))
        # The source names the key by a variable: what a person types into a cell is the person's own.
        cells = [f"import os; KEY = os.environ['ARK_API_KEY']\n{CELLS[0]}", *CELLS[1:]]
        cells[1] = cells[1].replace('"A cat [', 'f"A cat [')
        if wait:
            cells.append("finished = slow.wait(180)")
        else:
            del cells[3]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        client = NotebookClient(
            notebook,
            timeout=180,
            kernel_name="python3",
            store_widget_state=True,
            resources={"metadata": {"path": str(tmp_path)}},
        )
        client.execute()
    html, _ = HTMLExporter().from_notebook_node(notebook)
    saved = json.dumps(notebook)
    if not wait:
        assert "sdnb-status-card" in saved, "the live card's state was to be in the file"
    for text in (saved, html):
        assert KEY not in text
        assert "X-Tos-Signature" not in text
    assert "would be" in html
