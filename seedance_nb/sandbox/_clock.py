"""The sandbox's time: real, accelerated, or moved by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from seedance_nb.errors import ConfigurationError


class Clock:
    """Unix seconds that pass `speed` times as fast as real ones.

    With `speed=0` time stands still and moves by `advance` only. All task times, record lives and
    URL lives of a sandbox are read from its clock.
    """

    def __init__(self, speed: float = 1.0, *, start: float | None = None) -> None:
        if not 0 <= speed < 1e6:
            raise ConfigurationError(f"speed={speed!r}: use 1 for real time, 10 for ten times as fast, 0 to stop.")
        self._speed = float(speed)
        self._lock = threading.Lock()
        self._base = time.time() if start is None else float(start)
        self._since = time.monotonic()
        self._listeners: list[Callable[[], None]] = []

    @property
    def speed(self) -> float:
        """Sandbox seconds in a real second."""
        return self._speed

    def now(self) -> float:
        """Unix seconds on this clock."""
        with self._lock:
            return self._base + (time.monotonic() - self._since) * self._speed

    def advance(self, seconds: float) -> None:
        """Jump ahead; tasks live through the time in between, in order."""
        if seconds < 0:
            raise ConfigurationError(f"advance({seconds!r}): this clock does not go back.")
        with self._lock:
            self._base += seconds
        for listener in tuple(self._listeners):
            listener()

    def real_seconds_until(self, moment: float) -> float | None:
        """Real seconds until `moment`; None if time stands still before it."""
        ahead = moment - self.now()
        if ahead <= 0:
            return 0.0
        return ahead / self._speed if self._speed else None

    def on_advance(self, listener: Callable[[], None]) -> None:
        """Call `listener`, in the thread that advances, after each jump."""
        self._listeners.append(listener)
