"""What providers say by themselves: webhooks, after somebody has looked at their proof.

A word that was proved is taken in like the answer to a poll. One that was not is only a hint that a look
may be worth it. Neither makes us ask a provider about a task that this ledger does not wait for, so
that a stranger's posts cost a glance at a table and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from seedance_nb.errors import ProviderError, SeedanceError
from seedance_nb.ledger import Ledger
from seedance_nb.providers import Provider
from seedance_nb.task import Snapshot, TaskRecord, TaskStatus

log = logging.getLogger("seedance_nb.engine")

LOOK_INTERVAL = 1.0
"""Seconds between two looks at a task, however often one is asked for."""
SEARCH_INTERVAL = 1.0
"""Seconds between two searches of the ledger for tasks that are not followed here."""
_WAITED_FOR = frozenset({TaskStatus.QUEUED, TaskStatus.RUNNING})


class Hearing:
    """Leads a provider's word to the task it is about; everything happens on the engine's loop.

    Args:
        ledger: Which tasks there are.
        client_of: Gives the client for a record's provider and address, or None where there is no key for it.
        seen: Takes in what a provider says of a task, by our id.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        client_of: Callable[[TaskRecord], Provider | None],
        seen: Callable[[str, Snapshot], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._ledger = ledger
        self._client_of = client_of
        self._seen = seen
        self._clock = clock
        self._sleep = sleep
        self._followed: dict[tuple[str, str], str] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        self._elsewhere: dict[tuple[str, str], str] = {}
        self._searching = asyncio.Lock()
        self._searched_at = float("-inf")
        self._looked_at: dict[str, float] = {}
        self._stopped = False

    def follow(self, provider_id: str, task_id: str, local_id: str) -> None:
        """Know this task by its provider's id, until `forget`."""
        self._followed[provider_id, task_id] = local_id
        self._keys[local_id] = (provider_id, task_id)

    def forget(self, local_id: str) -> None:
        """Listen no more for a task that is over, or that another engine follows."""
        self._looked_at.pop(local_id, None)
        key = self._keys.pop(local_id, None)
        if key is not None:
            self._followed.pop(key, None)

    def stop(self) -> None:
        """Take nothing in from now on."""
        self._stopped = True

    async def hear(self, provider_id: str, snapshot: Snapshot) -> None:
        """Take in what a provider has said and proved to have said."""
        try:
            record = await self._waited_for(provider_id, snapshot.task_id)
            if record is not None:
                await self._seen(record.local_id, await self._whole(record, snapshot))
        except SeedanceError as exc:
            log.warning("A webhook from %s could not be taken in; polling goes on: %s", provider_id, exc)

    async def _whole(self, record: TaskRecord, snapshot: Snapshot) -> Snapshot:
        """A success with its bill: some providers tell a poll what they charged, and not a webhook."""
        provider = self._client_of(record)
        is_whole = snapshot.usage is not None or snapshot.cost is not None
        if snapshot.status is not TaskStatus.SUCCEEDED or is_whole or provider is None:
            return snapshot
        try:
            said = await provider.get(snapshot.task_id)
        except ProviderError as exc:
            log.info("%s said that task %s has succeeded, and no more: %s", record.provider, snapshot.task_id, exc)
            return snapshot
        return said if said.status is TaskStatus.SUCCEEDED else snapshot

    async def look(self, provider_id: str, task_id: str) -> None:
        """Ask the provider about a task that something may have happened to."""
        try:
            record = await self._waited_for(provider_id, task_id)
            provider = None if record is None else self._client_of(record)
            if record is None or provider is None or not await self._turn(record.local_id):
                return
            await self._seen(record.local_id, await provider.get(task_id))
        except SeedanceError as exc:
            log.info("A look at task %s came to nothing; polling goes on: %s", task_id, exc)

    async def _turn(self, local_id: str) -> bool:
        """Wait for a task's next turn to be looked at; False where another look, still to come, will do."""
        now = self._clock()
        last = self._looked_at.get(local_id, float("-inf"))
        if last > now:
            return False
        due = self._looked_at[local_id] = max(now, last + LOOK_INTERVAL)
        if due > now:
            await self._sleep(due - now)
        return local_id in self._looked_at and not self._stopped

    async def _waited_for(self, provider_id: str, task_id: str) -> TaskRecord | None:
        key = (provider_id, task_id)
        local_id = self._followed.get(key) or await self._search(key)
        if local_id is None or self._stopped:
            return None
        record = await asyncio.to_thread(self._ledger.get, local_id)
        return record if record.status in _WAITED_FOR else None

    async def _search(self, key: tuple[str, str]) -> str | None:
        """A task that another process on this ledger follows; any number of questions share one search a second."""
        asked_at = self._clock()
        async with self._searching:
            if self._searched_at < asked_at:
                pause = self._searched_at + SEARCH_INTERVAL - asked_at
                if pause > 0:
                    await self._sleep(pause)
                if self._stopped:
                    return None
                self._searched_at = self._clock()
                found = await asyncio.to_thread(self._ledger.unfinished)
                self._elsewhere = {(each.provider, each.task_id): each.local_id for each in found if each.task_id}
        return self._elsewhere.get(key)
