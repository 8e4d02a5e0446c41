"""Several tasks in one table."""

from __future__ import annotations

from dataclasses import replace

from seedance_nb.task import TaskStatus
from seedance_nb.widgets.task_table import MOST, task_table

from .widget_samples import NOW, record


def test_each_task_has_a_row_with_status_and_cost() -> None:
    """Status in a word and a shape, the prompt as text, the quote until there is a cost."""
    html = task_table([record(TaskStatus.RUNNING, prompt="<img src=x onerror=alert(1)>")], now=NOW)
    assert "◐ running" in html
    assert "<img" not in html
    assert "¥5.01" in html


def test_a_clip_that_is_not_here_says_how_long_it_can_be_had() -> None:
    """In the row itself, in words."""
    html = task_table([record(TaskStatus.SUCCEEDED, finished_at=NOW)], now=NOW)
    assert "works for another 1 d 0 h, until 2026-11-22 05:01 UTC" in html
    assert "works for" not in task_table([record()], now=NOW)


def test_a_long_list_is_cut_and_says_so() -> None:
    """A thousand tasks do not flood the notebook."""
    tasks = [replace(record(), local_id=f"t-{number}") for number in range(MOST + 7)]
    html = task_table(tasks, now=NOW)
    assert html.count("<tr>") == MOST + 1
    assert "7 more" in html


def test_no_tasks_are_said() -> None:
    """An empty ledger is a sentence, not an empty table."""
    assert "No tasks yet" in task_table([], now=NOW)
