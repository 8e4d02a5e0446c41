"""A thread that does one thing after the other, and rests as long as it worked while more is waiting.

Python runs one thread at a time. Where thousands of tasks give a background thread work without end, a cell that
somebody runs would wait for it at every turn; a thread that rests leaves the cell half of the time.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

LONGEST = 0.05
"""Seconds of rest, at most."""


class PoliteThread:
    """One thread for the work of one event loop.

    Args:
        name: What the thread is called.
    """

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting = 0

    async def do(self, work: Callable[[], T]) -> T:
        """Have something done in the thread; its rest comes after the result."""
        spent = [0.0]

        def timed() -> T:
            begun = time.perf_counter()
            try:
                return work()
            finally:
                spent[0] = time.perf_counter() - begun

        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, timed)
        finally:
            self._waiting -= 1
            if self._waiting and spent[0]:
                self._rest(min(spent[0], LONGEST))

    def _rest(self, seconds: float) -> None:
        with contextlib.suppress(RuntimeError):  # it was closed meanwhile
            self._pool.submit(time.sleep, seconds)

    def close(self) -> None:
        """Let the thread end; what is being done is finished, what waits is not."""
        self._pool.shutdown(wait=False, cancel_futures=True)
