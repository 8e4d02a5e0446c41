"""The tutorial, executed in real kernels."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.postgres import Postgres

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("0*.ipynb"))
FIRST, TEAM = (FOLDER / name for name in ("01-first-clip.ipynb", "07-a-team.ipynb"))


def well_run(path: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook after a run in a folder of its own.

    Every cell ran, nothing was printed to stderr, no clip is embedded, and the last cell says what it cost.
    """
    content = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(content, timeout=300, kernel_name="python3", resources=resources).execute()
    outputs = [output for cell in content.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert "not billed" in json.dumps(content.cells[-1].outputs)
    assert list((folder / "seedance_out" / "clips").glob("*.mp4"))
    whole = json.dumps(outputs)
    assert "video/mp4;base64" not in whole
    assert "X-Tos-Signature" not in whole
    return content


@pytest.fixture(autouse=True)
def _home_beside_the_notebook(monkeypatch: pytest.MonkeyPatch, _clean_environment: None) -> None:
    monkeypatch.delenv("SEEDANCE_NB_HOME")


def test_the_tutorial_is_eight_notebooks() -> None:
    """Numbered without a gap, each with a title of its own."""
    assert [path.stem[:2] for path in NOTEBOOKS] == [f"{number:02}" for number in range(1, 9)]
    titles = [nbformat.read(path, as_version=4).cells[0].source.splitlines()[0] for path in NOTEBOOKS]
    assert len(set(titles)) == len(titles)
    assert all(title.startswith("# ") for title in titles)


@pytest.mark.parametrize("notebook", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(notebook: Path) -> None:
    """What is stored is what was written, not what a run left behind."""
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


@pytest.mark.parametrize("notebook", sorted({*NOTEBOOKS} - {FIRST, TEAM}), ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(notebook: Path, tmp_path: Path) -> None:
    """As a reader runs it, in an empty folder, without a key."""
    well_run(notebook, tmp_path)


def test_the_cell_of_a_task_ends_as_plain_html(tmp_path: Path) -> None:
    """After the first notebook's run the live card is gone, and poster, facts and cost stand in its place."""
    content = well_run(FIRST, tmp_path)
    [cell] = [cell for cell in content.cells if cell.source.startswith("task = studio.submit")]
    [output] = cell.outputs
    assert set(output.data) == {"text/html", "text/plain"}
    html = output.data["text/html"]
    for said in ("kept", "¥4.03", "108,900 tokens", "data:image/jpeg;base64,", "seedance_out/clips/"):
        assert said in html


def test_a_team_works_on_its_own_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: Postgres, migrated: str
) -> None:
    """The notebook of a team, on PostgreSQL as a team has it; the budget of both is one."""
    with postgres.database(migrated) as url:
        monkeypatch.setenv("TEAM_LEDGER", url)
        content = well_run(TEAM, tmp_path)
    said = json.dumps([cell.get("outputs", []) for cell in content.cells], ensure_ascii=False)
    assert "the budget of 14 CNY/project has ¥1.984176 left" in said
    assert "nothing is wrong" in said
    assert not (tmp_path / "seedance_out" / "ledger.sqlite3").exists()
