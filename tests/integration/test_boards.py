"""What one notebook shows follows what another one does, also tasks that it has not heard of before."""

from __future__ import annotations

from collections.abc import Callable

from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus

from ..patience import eventually
from ..unit.test_bench import sections
from .conftest import BY_HAND
from .test_engine import REQUEST


def test_a_table_and_a_bench_have_the_new_tasks_of_another_notebook(
    box: Sandbox, studio_on: Callable[[Sandbox], Studio]
) -> None:
    """Without a press: a task comes, goes on and gets a tag."""
    box.scenario = BY_HAND
    mine, neighbours = studio_on(box), studio_on(box)
    table = mine.ledger.show()
    bench = mine._bench
    assert table.size["rows"] == 0
    task = neighbours.submit(REQUEST)
    eventually(lambda: table.size["rows"] == 1)
    eventually(lambda: sections(bench.view)["tasks"]["count"] == "1")
    eventually(lambda: task.status is TaskStatus.QUEUED)
    version = table.size["version"]
    neighbours.ledger.tag(task, client="acme")
    eventually(lambda: table.size["version"] > version and "acme" in table.csv())
