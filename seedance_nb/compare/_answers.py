"""Which task answers which cell of a sweep, and where each stands: followed by events, read when somebody looks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from seedance_nb.batch import Listeners
from seedance_nb.batch._desk import Books, Desk
from seedance_nb.compare._summary import MAY_GO_ON
from seedance_nb.task import TaskRecord, TaskStatus


class Answers:
    """The tasks of a sweep by the numbers of their cells, from any thread.

    Args:
        engine: Tells of changes.
        books: The ledger; asked only for what has changed since it was last asked.
    """

    def __init__(self, engine: Desk, books: Books) -> None:
        self._engine = engine
        self._books = books
        self._lock = threading.Lock()
        self._records: dict[int, TaskRecord] = {}
        self._numbers: dict[str, int] = {}
        self._stale: set[str] = set()
        self._listeners = Listeners()
        self._unsubscribe: Callable[[], None] = lambda: None

    def follow(self, records: Mapping[int, TaskRecord]) -> None:
        """From now on these are the tasks."""
        with self._lock:
            self._records = dict(records)
            self._numbers = {record.local_id: number for number, record in records.items()}
            moving = [one.local_id for one in records.values() if not one.is_over or one.status in MAY_GO_ON]
            self._stale = set(moving)  # one may have moved between the look that found it and the subscription
        before, self._unsubscribe = self._unsubscribe, self._engine.subscribe_many(moving, self._changed)
        before()
        self.tell()

    def records(self) -> dict[int, TaskRecord]:
        """The task of each cell as it is now, by number.

        Raises:
            LedgerError: It could not be read; the next time asks for the same.
        """
        with self._lock:
            stale, self._stale = self._stale, set()
        if stale:
            try:
                found = self._books.records_of(stale)
            except BaseException:
                with self._lock:
                    self._stale |= stale
                raise
            with self._lock:
                for record in found:
                    self._take(record)
        with self._lock:
            return dict(sorted(self._records.items()))

    def _take(self, record: TaskRecord) -> None:
        number = self._numbers.get(record.local_id)
        known = self._records.get(number) if number is not None else None
        # Of two threads that read, the slower one may bring what is older.
        if number is not None and (known is None or known.updated_at <= record.updated_at):
            self._records[number] = record

    def _changed(self, local_id: str, _status: TaskStatus, _is_over: bool) -> None:
        """Take in a change, in the engine's thread: nothing here waits or reads."""
        with self._lock:
            self._stale.add(local_id)
        self.tell()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each change, in the engine's thread; returns what ends that."""
        return self._listeners.add(callback)

    def tell(self) -> None:
        """Say that something is another way by now."""
        self._listeners.tell()
