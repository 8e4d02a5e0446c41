"""What the tasks of a batch cost and why some failed: read from the ledger once for each that ended."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from seedance_nb.batch._desk import Books
from seedance_nb.batch._tally import Tally
from seedance_nb.batch._total import added
from seedance_nb.money import Money
from seedance_nb.task import TaskRecord


class Outcomes:
    """Costs and failures, from any thread.

    Args:
        books: The ledger.
        tally: Knows what has ended since it was last asked.
    """

    def __init__(self, books: Books, tally: Tally) -> None:
        self._books = books
        self._tally = tally
        self._lock = threading.Lock()
        self._billed: set[str] = set()
        self._sums: dict[str, Money] = {}
        self._failed: dict[str, TaskRecord] = {}

    def cost(self) -> dict[str, Money]:
        """What they have cost so far, by currency.

        Raises:
            LedgerError: It could not be read; the next time asks for the same.
        """
        with self._lock:
            ended = self._tally.take_unbilled()
            try:
                records = self._books.records_of(ended) if ended else []
            except BaseException:
                self._tally.put_back(ended)
                raise
            for record in records:
                if record.cost is not None and record.local_id not in self._billed:
                    self._billed.add(record.local_id)
                    added(self._sums, record.cost)
            return dict(self._sums)

    def failures(self, rows: Mapping[str, int], most: int | None = None) -> list[tuple[int, TaskRecord]]:
        """Rows and records of those that failed first, by row.

        Args:
            rows: The row of each task.
            most: At most so many.
        """
        names = self._tally.failing(most)
        unread = [name for name in names if name not in self._failed]
        if unread:
            self._failed |= {record.local_id: record for record in self._books.records_of(unread)}
        # One that came alive again meanwhile has left the failures.
        found = [(rows[name], record) for name in names if (record := self._failed.get(name)) is not None]
        return sorted(found, key=lambda entry: entry[0])

    def forget(self, local_id: str) -> None:
        """What was read of a task is no longer so."""
        self._failed.pop(local_id, None)
