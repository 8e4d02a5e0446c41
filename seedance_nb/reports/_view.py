"""What all views of the ledger share: the ledger, how tasks are named, and how filters are given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from seedance_nb.ledger import Ledger, Where


class View:
    """Something to look at a ledger with."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def _local_ids(self, tasks: object) -> list[str]:
        """Our ids of what was named: a task, an id, several of these, or a frame with a column `local_id`.

        Raises:
            TaskNotRecordedError: The ledger has no such task.
            TypeError: It is none of these.
        """
        if isinstance(tasks, str):
            return [self._ledger.get(tasks).local_id]
        named: Any = getattr(tasks, "local_id", None)
        if isinstance(named, str):
            return [named]
        if named is not None and hasattr(named, "__iter__"):
            return [str(one) for one in named]
        if isinstance(tasks, Iterable) and not isinstance(tasks, bytes | Mapping):
            return [one for task in tasks for one in self._local_ids(task)]
        raise TypeError(
            f"Name tasks by their ids, or give tasks or rows of ledger.frame(), not {type(tasks).__name__}."
        )


def merged(where: Where | None, filters: Mapping[str, object]) -> dict[str, object]:
    """Filters from a mapping and by keyword as one.

    Raises:
        ValueError: One is there twice.
    """
    where = dict(where or {})
    if twice := sorted(where.keys() & filters.keys()):
        raise ValueError(f"{twice[0]!r} is given in where= and beside it. Keep one of the two.")
    return {**where, **filters}
