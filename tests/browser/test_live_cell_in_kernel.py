"""The live cell in a real kernel under nbclient, which executes tutorials and hears only the running cell."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
from nbclient import NotebookClient

SHOW = """
import asyncio, threading
from dataclasses import replace
from fake_task import FakeTask, record
from seedance_nb.task import TaskStatus
from seedance_nb.widgets import show

loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
go, gone = threading.Event(), threading.Event()
task = FakeTask(record("running", prompt="seen from a later cell"))

async def engine():
    await asyncio.to_thread(go.wait)
    task.push(replace(task.record(), status=TaskStatus.CANCELLED))
    gone.set()

# The coroutine carries the context of this cell, as the engine's do.
asyncio.run_coroutine_threadsafe(engine(), loop)
show(task)
"""
WAIT = """
import ipykernel
go.set()
assert gone.wait(180)
ipykernel.__version__
"""


def test_the_card_of_an_earlier_cell_is_replaced_while_a_later_one_runs(tmp_path: Path) -> None:
    """A notebook executed from the command line ends with static cards, not with widgets nobody can draw."""
    shutil.copy(Path(__file__).parent / "fake_task.py", tmp_path)
    cells = [nbformat.v4.new_code_cell(source) for source in (SHOW, WAIT)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(
        notebook, timeout=180, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    (output,) = notebook.cells[0].outputs
    assert set(output.data) == {"text/html", "text/plain"}
    assert "cancelled" in output.data["text/html"]
    assert [o.output_type for o in notebook.cells[1].outputs] == ["execute_result"]
    print(notebook.cells[1].outputs[0].data["text/plain"])
