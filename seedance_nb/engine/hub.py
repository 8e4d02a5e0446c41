"""Who wants to hear of which task.

There are two kinds of listeners. A face of one task wants its whole record, which costs a look at the ledger
and is taken only where somebody listens. A batch wants to know of thousands of tasks only where each stands.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from typing import TypeVar

from seedance_nb.task import TaskRecord, TaskStatus

log = logging.getLogger("seedance_nb.engine")

Entry = TypeVar("Entry")

Listener = Callable[[TaskRecord], None]
StatusListener = Callable[[str, TaskStatus, bool], None]
"""Takes our id, the status, and whether the task is over."""


class Hub:
    """Subscriptions by local id; safe from any thread.

    Listeners are called in the thread that publishes, in the order of the changes. One that raises is logged and
    keeps neither the others nor the engine from going on.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, list[tuple[bool, Listener]]] = {}
        self._status_listeners: dict[str, list[StatusListener]] = {}
        self._news_listeners: list[Callable[[], None]] = []

    def subscribe(self, local_id: str, listener: Listener, *, after_others: bool = False) -> Callable[[], None]:
        """Call `listener` with each new record of a task; returns what ends that.

        One that comes after the others lets a cell that waits go on only when every face has drawn the end.
        """
        entry = (after_others, listener)
        with self._lock:
            self._listeners.setdefault(local_id, []).append(entry)

        def unsubscribe() -> None:
            with self._lock:
                _remove(self._listeners, local_id, entry)

        return unsubscribe

    def subscribe_many(self, local_ids: Collection[str], listener: StatusListener) -> Callable[[], None]:
        """Call `listener` with each new status of these tasks; returns what ends that."""
        local_ids = tuple(local_ids)
        with self._lock:
            for local_id in local_ids:
                self._status_listeners.setdefault(local_id, []).append(listener)

        def unsubscribe() -> None:
            with self._lock:
                for local_id in local_ids:
                    _remove(self._status_listeners, local_id, listener)

        return unsubscribe

    def subscribe_news(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` when anything new is in the ledger, whoever wrote it; returns what ends that."""
        with self._lock:
            self._news_listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                self._news_listeners = [known for known in self._news_listeners if known is not listener]

        return unsubscribe

    @property
    def wants_news(self) -> bool:
        """Whether anybody wants to hear of tasks that are new to this process."""
        return bool(self._news_listeners)

    def tell_news(self) -> None:
        """Tell those who want to hear of anything."""
        with self._lock:
            listeners = tuple(self._news_listeners)
        for listener in listeners:
            try:
                listener()
            except Exception:
                log.exception("A listener to the ledger failed; its tasks go on.")

    def wants_record(self, local_id: str) -> bool:
        """Whether anybody wants to hear more of a task than its status."""
        with self._lock:
            return local_id in self._listeners

    def listened(self) -> set[str]:
        """The tasks that anybody wants to hear of."""
        with self._lock:
            return self._listeners.keys() | self._status_listeners.keys()

    def tell(self, local_id: str, status: TaskStatus, *, is_over: bool) -> None:
        """Tell those who only want to know where a task stands."""
        with self._lock:
            listeners = tuple(self._status_listeners.get(local_id, ()))
        for listener in listeners:
            try:
                listener(local_id, status, is_over)
            except Exception:
                log.exception("A listener to task %s failed; the task goes on.", local_id)

    def publish(self, record: TaskRecord) -> None:
        """Tell everyone who listens to this task."""
        with self._lock:
            entries = sorted(self._listeners.get(record.local_id, ()), key=lambda entry: entry[0])
        for _, listener in entries:
            try:
                listener(record)
            except Exception:
                log.exception("A listener to task %s failed; the task goes on.", record.local_id)


def _remove(listeners: dict[str, list[Entry]], local_id: str, entry: Entry) -> None:
    kept = [known for known in listeners.get(local_id, []) if known is not entry]
    if kept:
        listeners[local_id] = kept
    else:
        listeners.pop(local_id, None)
