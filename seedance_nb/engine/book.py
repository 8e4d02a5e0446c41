"""The engine's way to the ledger: off the loop, and many writes in one transaction.

A poll of hundreds of tasks brings hundreds of small writes at once. They are taken together: each has a
savepoint of its own, all share one commit, and none of them is told that it is done before that commit is.
One thread does all of it, so that a kernel with thousands of tasks has no crowd competing with its cells.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from seedance_nb.engine.polite import PoliteThread
from seedance_nb.ledger import Ledger

T = TypeVar("T")

AT_ONCE = 200
"""Writes in one transaction, at most: other notebooks wait for their turn meanwhile."""


@dataclass(slots=True)
class _Entry:
    work: Callable[[], Any]
    durable: bool
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class Book:
    """Reads and writes of one ledger, from one event loop."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: list[_Entry] = []
        self._flushing: asyncio.Task[None] | None = None
        self._thread = PoliteThread("seedance-ledger")

    async def write(self, work: Callable[[], T], *, durable: bool = False) -> T:
        """Do some writing, in one transaction with whatever else waits; returns when it is committed.

        Args:
            work: Calls the ledger, from the writing thread; what it writes is undone where it raises.
            durable: Whether it has to be on the disk before this returns.

        Raises:
            LedgerError: It was not written.
        """
        loop = asyncio.get_running_loop()
        entry = _Entry(work, durable, loop.create_future())
        self._waiting.append(entry)
        if self._flushing is None or self._flushing.done():
            self._flushing = loop.create_task(self._flush())
        # A caller that is cancelled stops waiting; what it asked for is written all the same.
        result: T = await asyncio.shield(entry.done)
        return result

    async def read(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Ask the ledger something, off the loop."""
        return await self._thread.do(lambda: work(*args, **kwargs))

    async def _flush(self) -> None:
        while self._waiting:
            entries, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            try:
                await self._thread.do(partial(self._together, entries))
            except Exception as exc:  # noqa: BLE001 - handed to everyone who waits
                for entry in entries:
                    entry.error = entry.error or exc
            except asyncio.CancelledError:
                for entry in entries:
                    entry.done.cancel()
                raise
            for entry in entries:
                if entry.done.done():
                    continue
                if entry.error is not None:
                    entry.done.set_exception(entry.error)
                else:
                    entry.done.set_result(entry.result)

    def _together(self, entries: list[_Entry]) -> None:
        with self._ledger.together(durable=any(entry.durable for entry in entries)):
            for entry in entries:
                try:
                    with self._ledger.together():
                        entry.result = entry.work()
                except Exception as exc:  # noqa: BLE001 - handed to the one who asked
                    entry.error = exc

    def close(self) -> None:
        """Let the thread end; what is being written is finished first."""
        self._thread.close()
