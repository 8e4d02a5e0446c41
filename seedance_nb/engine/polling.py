"""Looking at all unfinished tasks of one provider together.

One list request asks for up to a hundred tasks. A task that a list leaves out is asked for alone, and
counts as gone only when the provider has denied knowing it three times in a row.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from seedance_nb.errors import ProviderError, RequestRejectedError, TaskNotFoundError, TransportError
from seedance_nb.providers import Provider
from seedance_nb.task import Snapshot

log = logging.getLogger("seedance_nb.engine")

DENIALS = 3
"""So many 404s in a row mean that a task is gone."""
SILENCES = 3
"""So many refused connections in a row mean that a sandbox is gone."""
LONGEST_PAUSE = 30.0


class Poller:
    """Polls one provider as long as there is something to poll for."""

    def __init__(
        self,
        provider: Provider,
        *,
        interval: float,
        seen: Callable[[str, Snapshot], Awaitable[None]],
        gone: Callable[[str, str], Awaitable[None]],
        is_sandbox: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = provider
        self._interval = interval
        self._seen = seen
        self._gone = gone
        self._is_sandbox = is_sandbox
        self._tracked: dict[str, str] = {}
        self._denials: dict[str, int] = {}
        self._since: dict[str, float] = {}
        self._clock = clock
        self._silences = 0
        self._running: asyncio.Task[None] | None = None

    def track(self, task_id: str, local_id: str) -> None:
        """Look at this task too, from now on until `forget`."""
        self._tracked[task_id] = local_id
        self._since.setdefault(task_id, self._clock())
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._run())

    def forget(self, task_id: str) -> None:
        """Stop looking at this task."""
        self._tracked.pop(task_id, None)
        self._denials.pop(task_id, None)
        self._since.pop(task_id, None)

    def stop(self) -> None:
        """Stop looking at anything."""
        self._tracked.clear()
        if self._running is not None:
            self._running.cancel()

    async def _run(self) -> None:
        pause = self._interval
        while self._tracked:
            await asyncio.sleep(pause)
            try:
                await self._look()
                pause, self._silences = self._interval, 0
            except ProviderError as exc:
                log.warning("Looking at tasks failed and will be repeated: %s", exc)
                pause = min(pause * 2, LONGEST_PAUSE)
                await self._silence(exc)
            except Exception:
                log.exception("Looking at tasks failed in a way that should not be; it will be repeated.")
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _look(self) -> None:
        ids = list(self._tracked)
        for start in range(0, len(ids), self.provider.list_limit):
            chunk = ids[start : start + self.provider.list_limit]
            missing = chunk
            if self.provider.can_list and len(chunk) > 1:
                page = await self.provider.list(task_ids=chunk, page_size=self.provider.list_limit)
                found = {snapshot.task_id: snapshot for snapshot in page.tasks}
                for task_id in chunk:
                    if task_id in found:
                        await self._report(task_id, found[task_id])
                missing = [task_id for task_id in chunk if task_id not in found]
            await self._look_at_each(missing)

    async def _look_at_each(self, task_ids: Sequence[str]) -> None:
        """Trouble with one task does not keep the others from being looked at."""
        trouble: ProviderError | None = None
        for task_id in task_ids:
            try:
                await self._look_at(task_id)
            except ProviderError as exc:
                trouble = exc
        if trouble is not None:
            raise trouble

    async def _look_at(self, task_id: str) -> None:
        try:
            snapshot = await self.provider.get(task_id)
        except (TaskNotFoundError, RequestRejectedError) as exc:
            if self._clock() - self._since.get(task_id, 0.0) < self.provider.warm_up:
                return  # it may not know yet what it has just created
            if not isinstance(exc, TaskNotFoundError):
                raise
            self._denials[task_id] = self._denials.get(task_id, 0) + 1
            if self._denials[task_id] >= DENIALS:
                await self._lose(task_id, str(exc))
            return
        await self._report(task_id, snapshot)

    async def _report(self, task_id: str, snapshot: Snapshot) -> None:
        self._denials.pop(task_id, None)
        local_id = self._tracked.get(task_id)
        if local_id is not None:
            await self._seen(local_id, snapshot)

    async def _lose(self, task_id: str, reason: str) -> None:
        local_id = self._tracked.get(task_id)
        self.forget(task_id)
        if local_id is not None:
            await self._gone(local_id, reason)

    async def _silence(self, exc: ProviderError) -> None:
        """A sandbox lives in a kernel or a terminal; when nothing listens any more, its tasks are gone with it."""
        if not (self._is_sandbox and isinstance(exc, TransportError) and not exc.may_have_been_created):
            return
        self._silences += 1
        if self._silences >= SILENCES:
            for task_id in list(self._tracked):
                await self._lose(task_id, "The sandbox it ran on is gone.")
