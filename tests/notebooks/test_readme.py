"""What the README shows, executed."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import seedance_nb as sd

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_code_on_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of Python run as they stand, on the sandbox, and the quote is the one in its comment."""
    monkeypatch.delenv("SEEDANCE_NB_HOME")
    sd.sandbox.picture("a sailing boat on a calm ocean", path=tmp_path / "boat.png")
    (tmp_path / "bill.csv").write_text("task_id,amount\ncgt-1,5.01\n")
    first, by_hand, second, third, money = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    said = re.search(r"\.sum\s+# '(.*)'", first)
    assert said
    check = f"assert sd.check(request, 'ark') == []; assert sd.quote(request, 'ark').sum == {said[1]!r}"
    # What asks a provider for its prices asks the sandbox here.
    aside = "import os; os.environ['SEEDANCE_NB_ATLAS_URL'] = sd.sandbox.shared().url('atlas')"
    cells = [
        nbformat.v4.new_code_cell(source)
        for source in (
            first,
            check,
            "task.status",
            by_hand,
            aside,
            second,
            "import pandas as pd; del os.environ['SEEDANCE_NB_ATLAS_URL']",
            third,
            money,
        )
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    assert "kept" in notebook.cells[2].outputs[0].data["text/plain"]


def test_what_the_readme_points_to_is_there() -> None:
    """Every relative link and picture of the README leads to a file."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("command", ["demo", "test", "lab"])
def test_every_make_command_of_the_readme_exists(command: str) -> None:
    """The words after `make` are targets of the Makefile."""
    assert f"make {command}" in README
    assert re.search(rf"^{command}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
