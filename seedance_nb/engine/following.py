"""Who follows which task: one engine each, and another one when that has died.

Every engine that has tasks to follow lets a counter grow in the ledger, and each task names the engine that
follows it. Whoever sees a counter stand still for `LEASE` seconds, or knows that its process is gone,
takes its tasks over. It is a counter and not a time, so that neither a wrong clock nor one that jumps makes
anybody dead. An engine that was asleep meanwhile finds its tasks taken and lets go of them; whatever it was in the
middle of is a compare-and-set, and fails or is the same.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Collection

from seedance_nb.engine import crowd, owner
from seedance_nb.engine.book import Book
from seedance_nb.errors import LedgerError
from seedance_nb.ledger import Ledger

log = logging.getLogger("seedance_nb.engine")

BEAT = 5.0
"""Seconds between two signs of life."""
LEASE = 30.0
"""Seconds without a sign of life after which an engine counts as dead."""
RECOUNT = 6
"""So many beats apart an engine makes sure that its tasks are still its own."""

_engines = itertools.count(1)


class Following:
    """The signs of life of one engine, and its looking out for others that give none.

    Args:
        ledger: Where both are written.
        book: The engine's way there.
        adopt: Asked now and then which tasks of the dead can go on here, with the names of the dead.
        let_go: Told each task that another engine has taken over.
        working: The tasks that are followed here.
    """

    def __init__(
        self,
        ledger: Ledger,
        book: Book,
        *,
        adopt: Callable[[Collection[str]], Awaitable[None]],
        let_go: Callable[[str], None],
        working: Collection[str],
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.me = f"{owner.me()}/{next(_engines)}"
        """This engine, unlike any other before or after it."""
        self._ledger = ledger
        self._book = book
        self._adopt = adopt
        self._let_go = let_go
        self._working = working
        self._clock = clock
        self._wall = wall
        self._sleep = sleep
        self._lock = threading.Lock()
        self._beaten_at = float("-inf")
        self._beaten_at_wall = 0.0
        self._seen: dict[str, tuple[int, float]] = {}
        self._left_alone: dict[str, int] = {}
        self._strays: set[str] = set()
        """Tasks that were ours and that nobody here worked on, when last counted."""
        self.holds: set[str] = set()
        """What is reserved for tasks to come: whoever holds something gives signs of life too."""

    def beat(self) -> None:
        """Give a sign of life unless there was one just now; from any thread, before a task is taken on."""
        with self._lock:
            if self._clock() - self._beaten_at >= BEAT / 2:
                self._ledger.beat(self.me)
                self._beaten_at, self._beaten_at_wall = self._clock(), self._wall()

    def left_alone(self) -> dict[str, int]:
        """How many unfinished tasks nobody follows any more, by who did; empty name: nobody yet.

        Blocks for a glance at the ledger.
        """
        followers = self._ledger.followers()
        gone = self._gone(followers)
        return {name: count for name, count in followers.items() if name in gone}

    def free(self) -> None:
        """Let go of what engines have reserved that are gone; blocks for a glance at the ledger."""
        holders = self._ledger.holders() - {self.me}
        if holders and (gone := self._gone(holders)):
            self._ledger.release_of(gone)

    def _gone(self, names: Collection[str]) -> set[str]:
        """Which of these engines give no sign of life any more."""
        beats = self._ledger.workers()
        moment = self._clock()
        found: set[str] = set()
        for name in names:
            if name == self.me:
                continue
            if name not in beats or not owner.is_alive(name):
                found.add(name)
                continue
            seen, since = self._seen.get(name, (-1, moment))
            if beats[name] != seen:
                self._seen[name] = (beats[name], moment)
            elif moment - since >= LEASE:
                found.add(name)
        for name in self._seen.keys() - beats.keys():
            del self._seen[name]
        return found

    async def run(self) -> None:
        """Beat and look out, until cancelled."""
        for turn in itertools.count():
            await self._sleep(BEAT)
            crowd.follows(self.me, len(self._working))
            try:
                await self._turn(recount=turn % RECOUNT == 0)
            except LedgerError as exc:
                log.warning("This notebook's sign of life could not be written and will be repeated: %s", exc)
            except Exception:
                log.exception("Looking after the tasks of this ledger failed in a way that should not be.")

    async def _turn(self, *, recount: bool) -> None:
        # A monotonic clock may stand still while a laptop sleeps, and a wall clock may be set: either gap counts.
        was_away = max(self._clock() - self._beaten_at, self._wall() - self._beaten_at_wall) > LEASE / 2
        # What is taken on while the question is asked is ours, and not in its answer.
        ours = tuple(self._working)
        if recount or was_away:
            mine = await self._book.read(self._ledger.followed_by, self.me)
            strays = mine.difference(ours, self._working)
            if strays & self._strays:
                # They were taken over, or a step of theirs broke off, while the ledger could not be reached.
                await self._adopt([self.me])
            self._strays = strays
            gone = [local_id for local_id in ours if local_id not in mine]
            if gone:
                states = await self._book.read(self._ledger.states, gone)
                taken = [name for name in gone if name in states and not states[name][0].is_terminal]
                if taken:
                    log.warning("Another notebook has taken over %d tasks while this one was away.", len(taken))
                    for local_id in taken:
                        self._let_go(local_id)
        if self._working or self.holds:
            await self._book.read(self.beat)
        if recount:
            await self._book.read(self.free)
        left_alone = await self._book.read(self.left_alone)
        if left_alone and (recount or left_alone != self._left_alone):
            # Some stay alone for good: for them there is no key here, or a person has to say something.
            await self._adopt(left_alone)
        self._left_alone = left_alone
