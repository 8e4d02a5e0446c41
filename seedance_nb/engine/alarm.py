"""A sleep that can be ended early, and that notices when the machine or the process slept as well."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

SLICE = 5.0
"""The longest sleep at a time, and how far a clock may be off afterwards, in seconds."""


class Alarm:
    """Wakes one sleeper.

    Args:
        clock: Seconds that never go back; on some systems they stand still while the machine sleeps.
        wall: Seconds of the time of day, which go on.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self, *, clock: Callable[[], float], wall: Callable[[], float], sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        self._clock = clock
        self._wall = wall
        self._sleep = sleep
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """End the sleep of this moment, or the next one."""
        self._rung.set()

    def clear(self) -> None:
        """Let the next sleep be a whole one."""
        self._rung.clear()

    @property
    def has_rung(self) -> bool:
        """Whether it rang since it was cleared."""
        return self._rung.is_set()

    async def sleep(self, seconds: float) -> bool:
        """Sleep for so long, or for a part of it; True where a clock shows that much more time went by."""
        seconds = min(seconds, SLICE)
        now, wall = self._clock(), self._wall()
        rest = asyncio.ensure_future(self._sleep(seconds))
        rung = asyncio.ensure_future(self._rung.wait())
        try:
            await asyncio.wait({rest, rung}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            rest.cancel()
            rung.cancel()
        passed = self._clock() - now
        return passed > seconds + SLICE or abs(self._wall() - wall - passed) > SLICE
