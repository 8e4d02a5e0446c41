"""Tasks that another notebook follows: what it writes into the ledger is told to those who listen here."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Collection

from seedance_nb.engine.book import Book
from seedance_nb.engine.hub import Hub
from seedance_nb.errors import LedgerError
from seedance_nb.ledger import Ledger

log = logging.getLogger("seedance_nb.engine")

INTERVAL = 0.5
"""Seconds between two looks at the ledger, while somebody listens."""


class Watching:
    """Looks at the ledger for tasks that somebody here listens to and nobody here follows."""

    def __init__(
        self,
        ledger: Ledger,
        book: Book,
        hub: Hub,
        *,
        working: Collection[str],
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._ledger = ledger
        self._book = book
        self._hub = hub
        self._working = working
        self._sleep = sleep
        self._known: dict[str, dt.datetime] = {}

    async def run(self) -> None:
        """Look, until cancelled."""
        while True:
            await self._sleep(INTERVAL)
            try:
                await self._look()
            except LedgerError as exc:
                log.warning("Looking at what other notebooks did will be repeated: %s", exc)
            except Exception:
                log.exception("Looking at what other notebooks did failed in a way that should not be.")

    async def _look(self) -> None:
        elsewhere = [local_id for local_id in self._hub.listened() if local_id not in self._working]
        if not elsewhere:
            self._known.clear()
            return
        states = await self._book.read(self._ledger.states, elsewhere)
        known, self._known = self._known, {name: changed_at for name, (_, _, changed_at) in states.items()}
        for local_id, (status, failure, changed_at) in states.items():
            if known.get(local_id) == changed_at:
                continue
            self._hub.tell(local_id, status, is_over=status.is_over(failed=failure is not None))
            if self._hub.wants_record(local_id):
                self._hub.publish(await self._book.read(self._ledger.get, local_id))
