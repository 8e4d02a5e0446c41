"""Who wants to hear that something is another way by now."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress


class Listeners:
    """Callbacks that are told of each change, in the thread that tells it; none of them is called under a lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    def add(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each change from now on; returns what ends that."""
        with self._lock:
            self._callbacks.append(callback)

        def unsubscribe() -> None:
            with self._lock, suppress(ValueError):
                self._callbacks.remove(callback)

        return unsubscribe

    def tell(self) -> None:
        """Say that something is another way by now."""
        with self._lock:
            callbacks = tuple(self._callbacks)
        for callback in callbacks:
            callback()
