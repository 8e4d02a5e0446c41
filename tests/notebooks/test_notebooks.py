"""The tutorial, executed in a real kernel."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    """Each notebook of the tutorial."""
    return Path(request.param)


def executed(path: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook after a run in a folder of its own."""
    content = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(content, timeout=180, kernel_name="python3", resources=resources).execute()
    return content


def test_a_notebook_is_kept_without_outputs(notebook: Path) -> None:
    """What is stored is what was written, not what a run left behind."""
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


def test_a_notebook_runs_from_top_to_bottom(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell runs, nothing is printed to stderr, no clip is embedded, and the last cell says what it cost."""
    monkeypatch.delenv("SEEDANCE_NB_HOME")
    content = nbformat.read(notebook, as_version=4)
    NotebookClient(
        content, timeout=180, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    outputs = [output for cell in content.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert "nothing was billed" in json.dumps(content.cells[-1].outputs)
    assert list((tmp_path / "seedance_out" / "clips").glob("*.mp4"))
    whole = json.dumps(outputs)
    assert "video/mp4;base64" not in whole
    assert "X-Tos-Signature" not in whole


def test_the_cell_of_a_task_ends_as_plain_html(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the run the live card is gone, and poster, facts and cost stand in its place."""
    monkeypatch.delenv("SEEDANCE_NB_HOME")
    content = nbformat.read(FOLDER / "01-first-clip.ipynb", as_version=4)
    NotebookClient(
        content, timeout=180, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    [cell] = [cell for cell in content.cells if cell.source.startswith("task = studio.submit")]
    [output] = cell.outputs
    assert set(output.data) == {"text/html", "text/plain"}
    html = output.data["text/html"]
    for said in ("kept", "¥4.03", "108,900 tokens", "data:image/jpeg;base64,", "seedance_out/clips/"):
        assert said in html
