"""Tasks that another notebook follows or has just made: what it writes into the ledger is told to who listens here."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import logging
from collections.abc import Awaitable, Callable, Collection

from seedance_nb.engine.book import Book
from seedance_nb.engine.hub import Hub
from seedance_nb.errors import LedgerError
from seedance_nb.ledger import Ledger

log = logging.getLogger("seedance_nb.engine")

INTERVAL = 0.5
"""Seconds between two looks at the ledger, while somebody listens."""
NEWS = 4
"""So many looks apart, what is new altogether is looked for, while a table or a bench is shown."""


class Watching:
    """Looks at the ledger for tasks that somebody here listens to and nobody here follows, and for new ones."""

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
        self._word: tuple[int, int] | None = None

    async def run(self) -> None:
        """Look, until cancelled."""
        for turn in itertools.count():
            await self._sleep(INTERVAL)
            try:
                await self._look()
                if turn % NEWS == 0:
                    await self._look_for_news()
            except LedgerError as exc:
                log.warning("Looking at what other notebooks did will be repeated: %s", exc)
            except Exception:
                log.exception("Looking at what other notebooks did failed in a way that should not be.")

    async def _look_for_news(self) -> None:
        if not self._hub.wants_news:
            self._word = None
            return
        before, self._word = self._word, await self._book.read(self._ledger.last_word)
        if self._word != before:
            self._hub.tell_news()

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
