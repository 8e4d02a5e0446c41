"""Where slow things are done: one thread for each composer, which ends when there is nothing to do.

Jupyter may call back in the kernel's main thread or in a subshell's; neither may wait for a file or a database.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

T = TypeVar("T")
_IDLE_S = 5.0


class Worker(Protocol):
    """Does things elsewhere, at once or later."""

    def run(self, function: Callable[[], T]) -> Future[T]:
        """Do something as soon as what is being done is done."""
        ...

    def later(self, name: str, seconds: float, function: Callable[[], object]) -> None:
        """Do something after a while; asked for again under the same name, only the last counts."""
        ...

    def close(self) -> None:
        """Forget what is not begun; nothing is taken on any more."""
        ...


class ThreadWorker:
    """One daemon thread, started when it is needed."""

    def __init__(self, failed: Callable[[BaseException], object]) -> None:
        """A worker that has nothing to do.

        Args:
            failed: Told of what a delayed function raised, as nobody waits for it.
        """
        self._failed = failed
        self._changed = threading.Condition()
        self._queue: deque[Callable[[], object]] = deque()
        self._due: dict[str, tuple[float, Callable[[], object]]] = {}
        self._is_running = False
        self._is_closed = False

    def run(self, function: Callable[[], T]) -> Future[T]:
        """Do something as soon as what is being done is done."""
        outcome: Future[T] = Future()

        def call() -> None:
            if not outcome.set_running_or_notify_cancel():
                return
            try:
                outcome.set_result(function())
            except BaseException as exc:  # noqa: BLE001  whoever waits for the outcome gets it
                outcome.set_exception(exc)

        with self._changed:
            if self._is_closed:
                outcome.cancel()
            else:
                self._queue.append(call)
                self._wake()
        return outcome

    def later(self, name: str, seconds: float, function: Callable[[], object]) -> None:
        """Do something after a while; asked for again under the same name, only the last counts."""
        with self._changed:
            if not self._is_closed:
                self._due[name] = (time.monotonic() + seconds, function)
                self._wake()

    def close(self) -> None:
        """Forget what is not begun; nothing is taken on any more."""
        with self._changed:
            self._is_closed = True
            self._queue.clear()
            self._due.clear()
            self._changed.notify_all()

    def _wake(self) -> None:
        if not self._is_running:
            self._is_running = True
            threading.Thread(target=self._work, name="sdnb-composer", daemon=True).start()
        self._changed.notify_all()

    def _work(self) -> None:
        while (function := self._next()) is not None:
            try:
                function()
            except Exception as exc:  # noqa: BLE001  the next function is to be done all the same
                self._failed(exc)

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            while True:
                now = time.monotonic()
                name = min(self._due, key=lambda name: self._due[name][0], default="")
                moment = self._due[name][0] if name else now + _IDLE_S
                if name and moment <= now:
                    return self._due.pop(name)[1]
                if self._queue:
                    return self._queue.popleft()
                if not self._is_closed:
                    self._changed.wait(moment - now)
                if self._is_closed or not (self._queue or self._due):
                    self._is_running = False
                    return None
