"""The pace of one account's requests at one provider, shared by all notebooks on a ledger."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Literal

from seedance_nb.catalog import Limits
from seedance_nb.ledger import Ledger

Operation = Literal["create", "create_4k", "list", "get", "delete"]

SLACK = 1.05
"""Requests bunch up on their way: those that leave a second apart may come within one."""


class Pacer:
    """Lets requests go one after the other, never faster than the provider allows.

    Where there is no limit nothing is written and nobody waits, but for a `back_off` of this process.

    Args:
        ledger: Keeps the pace for all processes on it.
        name: Whose requests these are: provider, address and account.
        limits: What that account may ask.
        clock: Seconds.
        sleep: Waits so many of them.
    """

    def __init__(
        self,
        ledger: Ledger,
        name: str,
        limits: Limits,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._ledger = ledger
        self._name = name
        self._clock = clock
        self._sleep = sleep
        self._every: dict[Operation, float | None] = {
            "create": _every(limits.creates_per_minute, 60.0),
            "create_4k": _every(limits.creates_per_minute_4k, 60.0),
            "list": _every(limits.lists_per_second, 1.0),
            "get": _every(limits.gets_per_second, 1.0),
            "delete": _every(limits.deletes_per_second, 1.0),
        }
        self._held_until: dict[Operation, float] = {}
        # One at a time asks the ledger; the others wait for it here, in order.
        self._turns: defaultdict[Operation, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def __call__(self, operation: Operation) -> None:
        """Return when one such request may go.

        Raises:
            LedgerError: The ledger, which keeps the pace, could not be used; the request has to wait.
        """
        every = self._every[operation]
        if every is None and operation not in self._held_until:
            return
        async with self._turns[operation]:
            while (wait := await self._take(operation, every)) > 0:
                await self._sleep(wait)

    async def _take(self, operation: Operation, every: float | None) -> float:
        """0.0 where one may go now, else for how long to wait before asking again."""
        held = self._held_until.get(operation, 0.0) - self._clock()
        if held > 0:
            return held
        self._held_until.pop(operation, None)
        if every is None:
            return 0.0
        return await asyncio.to_thread(self._ledger.take, self._key(operation), every=every)

    async def back_off(self, operation: Operation, seconds: float) -> None:
        """Let no such request go for so long, in this process and in the others: the provider has refused one.

        Raises:
            LedgerError: The others could not be told; here it holds.
        """
        self._held_until[operation] = max(self._held_until.get(operation, 0.0), self._clock() + seconds)
        if self._every[operation] is not None:
            await asyncio.to_thread(self._ledger.back_off, self._key(operation), seconds)

    def _key(self, operation: Operation) -> str:
        return f"{self._name}/{operation}"


def _every(count: int | None, seconds: float) -> float | None:
    return None if count is None else seconds / count * SLACK
