"""Tasks followed in a terminal until they are over."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack

import click

from seedance_nb import answer
from seedance_nb.cli import LEFT_TO_DO
from seedance_nb.cli._desk import desk, store_at
from seedance_nb.cli._task_text import task_lines
from seedance_nb.cli._telling import fitted, tell_json
from seedance_nb.ledger import Ledger
from seedance_nb.recipe import RecipeSwitch
from seedance_nb.task import TaskRecord
from seedance_nb.words import say

LOOK = 1.0
"""Seconds after which the ledger is looked at again, also where nothing was heard."""


def watched(
    ledger: Ledger, records: Sequence[TaskRecord], *, recipe: RecipeSwitch, store: str | None, as_json: bool
) -> int:
    """Show tasks until they are over, and go on meanwhile with those that nobody follows; the exit code.

    On a terminal the lines are drawn anew; elsewhere, and as JSON, each change is a line.
    """
    if not records:
        if not as_json:
            click.echo(say("No tasks yet."))
        return 0
    ids = [record.local_id for record in records]
    with desk(ledger, ledger.home, recipe, store_at(store)) as engine, ExitStack() as stack:
        heard = threading.Event()
        stack.callback(engine.subscribe_many(ids, lambda *_: heard.set()))
        beyond = {record.local_id for record in engine.adopt()} & set(ids)
        for local_id in beyond:
            click.echo(say("Task {id} cannot be followed: there is no key for it here.", id=local_id), err=True)
        show = _JsonLines() if as_json else _Screen() if sys.stdout.isatty() else _Lines()
        while True:
            heard.clear()
            found = {record.local_id: record for record in ledger.records_of(ids)}
            show([found[local_id] for local_id in ids if local_id in found])
            open_ = {record.local_id for record in found.values() if not record.is_over}
            if open_ <= beyond:
                return LEFT_TO_DO if open_ else 0
            heard.wait(LOOK)


class _Screen:
    """Draws over what it drew before; a line that the terminal would break is cut, since it would be two."""

    def __init__(self) -> None:
        self._height = 0

    def __call__(self, records: Sequence[TaskRecord]) -> None:
        columns = shutil.get_terminal_size().columns
        lines = [fitted(line, columns) for line in task_lines(records).splitlines()]
        back = f"\x1b[{self._height}A\x1b[J" if self._height else ""
        self._height = len(lines)
        click.echo(back + "\n".join(lines))


class _Lines:
    """A line for each change."""

    def __init__(self) -> None:
        self._seen: dict[str, object] = {}

    def __call__(self, records: Sequence[TaskRecord]) -> None:
        changed = [record for record in records if self._seen.get(record.local_id) != (record.status, record.is_over)]
        for record in changed:
            self._seen[record.local_id] = (record.status, record.is_over)
        if changed:
            self._tell(changed)

    def _tell(self, records: Sequence[TaskRecord]) -> None:
        click.echo(task_lines(records).partition("\n")[2])


class _JsonLines(_Lines):
    def _tell(self, records: Sequence[TaskRecord]) -> None:
        for record in records:
            tell_json("task", task=answer.task(record))
