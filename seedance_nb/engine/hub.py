"""Who wants to hear of which task."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from seedance_nb.task import TaskRecord

log = logging.getLogger("seedance_nb.engine")

Listener = Callable[[TaskRecord], None]


class Hub:
    """Subscriptions by local id; safe from any thread.

    Listeners are called in the thread that publishes. One that raises is logged and
    keeps neither the others nor the engine from going on.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, list[tuple[bool, Listener]]] = {}

    def subscribe(self, local_id: str, listener: Listener, *, after_others: bool = False) -> Callable[[], None]:
        """Call `listener` with each new record of a task; returns what ends that.

        One that comes after the others lets a cell that waits go on only when every face has drawn the end.
        """
        entry = (after_others, listener)
        with self._lock:
            self._listeners.setdefault(local_id, []).append(entry)

        def unsubscribe() -> None:
            with self._lock:
                kept = [known for known in self._listeners.get(local_id, []) if known is not entry]
                if kept:
                    self._listeners[local_id] = kept
                else:
                    self._listeners.pop(local_id, None)

        return unsubscribe

    def publish(self, record: TaskRecord) -> None:
        """Tell everyone who listens to this task."""
        with self._lock:
            entries = sorted(self._listeners.get(record.local_id, ()), key=lambda entry: entry[0])
        for _, listener in entries:
            try:
                listener(record)
            except Exception:
                log.exception("A listener to task %s failed; the task goes on.", record.local_id)
