"""Callbacks: what a provider posts to a URL of the client's when a task changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from seedance_nb.sandbox import _fetch
from seedance_nb.sandbox._fetch import Posted


class Callbacks:
    """Posts in the background, in order for each task, with a number of tries."""

    def __init__(self) -> None:
        self._last: dict[str, asyncio.Task[None]] = {}
        self._pool: ThreadPoolExecutor | None = None

    def send(
        self,
        task_id: str,
        url: str,
        body: bytes,
        *,
        tries: int = 1,
        headers: Mapping[str, str] | None = None,
        timeout: float = 5.0,
        pause: float = 0.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tell: Callable[[Posted], None] = lambda posted: None,
    ) -> None:
        """Post `body` after what was sent for this task before.

        Args:
            tries: Calls in all, until the receiver answers with 2xx.
            timeout: Real seconds the receiver has for its answer.
            pause: Seconds between tries.
            sleep: Waits for them; real seconds unless it is a clock's.
            tell: Hears what became of each try.
        """
        if self._pool is None:
            self._pool = ThreadPoolExecutor(4, thread_name_prefix="sandbox-callback")
        head = {"Content-Type": "application/json"} | dict(headers or {})
        before = self._last.get(task_id)
        work = asyncio.get_running_loop().create_task(
            self._send(before, url, body, tries, head, timeout, pause, sleep, tell)
        )
        self._last[task_id] = work

        def forget(done: asyncio.Task[None]) -> None:
            if self._last.get(task_id) is done:
                del self._last[task_id]

        work.add_done_callback(forget)

    async def _send(
        self,
        before: asyncio.Task[None] | None,
        url: str,
        body: bytes,
        tries: int,
        headers: dict[str, str],
        timeout: float,
        pause: float,
        sleep: Callable[[float], Awaitable[None]],
        tell: Callable[[Posted], None],
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        loop = asyncio.get_running_loop()
        for attempt in range(tries):
            if attempt and pause:
                await sleep(pause)
            posted = await loop.run_in_executor(self._pool, lambda: _fetch.post(url, body, headers, timeout=timeout))
            tell(posted)
            if posted.ok:
                return

    async def close(self) -> None:
        """Give up what was not sent yet."""
        pending = list(self._last.values())
        for work in pending:
            work.cancel()
        if pending:
            await asyncio.wait(pending, timeout=1.0)
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
