"""Tickets that a provider counts together, and the one task that lets them go in order."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Literal, Protocol

from seedance_nb.engine.sending import Sent

log = logging.getLogger("seedance_nb.engine")

BACK_OFF = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds that nothing is sent after the provider has held a create so many times in a row; the last one repeats."""
RECHECK = 5.0
"""Seconds after which a lane that is full, or whose ledger failed, looks again unasked."""
SAY_EVERY = 60.0

Kind = Literal["create", "create_4k"]


class Pace(Protocol):
    """When a create may go; see `Pacer`."""

    async def __call__(self, operation: Kind) -> None:
        """Return when one may go."""
        ...

    async def back_off(self, operation: Kind, seconds: float) -> None:
        """Let none go for so long."""
        ...


@dataclass(frozen=True, slots=True)
class Ticket:
    """A task that waits."""

    local_id: str
    priority: int = 0
    """0 to 9; a higher one goes first."""
    batch: str = ""
    """What it can be paused together with."""
    four_k: bool = False


@dataclass(order=True, slots=True)
class Place:
    """Where a ticket stands."""

    order: tuple[int, int]
    ticket: Ticket = field(compare=False)
    turn: asyncio.Future[bool] = field(compare=False, default_factory=asyncio.Future)
    """Comes true when the ticket may be tried, and false when it is withdrawn."""
    is_under_way: bool = field(compare=False, default=False)
    epoch: int = field(compare=False, default=0)
    """The lane's, when the ticket was let go."""

    @property
    def is_waiting(self) -> bool:
        return not self.turn.done()


class Lane:
    """Tickets in order, and who lets them go.

    Args:
        kind: Which requests these are to the pacer.
        pacer: Says when one may go.
        is_full: Whether the account has as many tasks as it may.
        paused: The batches that do not go now.
        at_once: How many may be under way together.
        clock: Seconds.
        sleep: Waits so many of them.
        jitter: From 0 to 1.
    """

    def __init__(
        self,
        kind: Kind,
        *,
        pacer: Pace,
        is_full: Callable[[], Awaitable[bool]],
        paused: Collection[str],
        at_once: int,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
        jitter: Callable[[], float],
    ) -> None:
        self.kind: Kind = kind
        self.under_way = 0
        self.room = asyncio.Event()
        """There may be room for another task."""
        self._pacer, self._is_full, self._paused, self._at_once = pacer, is_full, paused, at_once
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._heap: list[Place] = []
        self._parked: defaultdict[str, list[Place]] = defaultdict(list)
        self._driver: asyncio.Task[None] | None = None
        self._left = asyncio.Event()
        self._strain = 0
        """How many times in a row the provider took nothing."""
        self._epoch = 0
        """Counts these times: what was let go together and is held together is one time."""
        self._quiet_until = 0.0
        self._strained_at = 0.0
        self._said_at: float | None = None

    def enter(self, place: Place) -> None:
        """Stand in the place that the order gives."""
        heapq.heappush(self._heap, place)
        if self._driver is None or self._driver.done():
            self._driver = asyncio.get_running_loop().create_task(self._drive())

    def leave(self, place: Place) -> None:
        """Be no longer under way, if it was."""
        if place.is_under_way:
            place.is_under_way = False
            self.under_way -= 1
            self._left.set()
            self.room.set()

    def unpark(self, batch: str) -> None:
        """Put the tickets of a batch back."""
        for place in self._parked.pop(batch, ()):
            if place.is_waiting:
                self.enter(place)

    def close(self) -> None:
        """Let nothing go any more."""
        if self._driver is not None:
            self._driver.cancel()

    def hear(self, place: Place, sent: Sent) -> float:
        """Take in how an attempt ended; returns for how many seconds nothing is sent now."""
        is_news = place.epoch == self._epoch
        if sent.outcome in {"created", "rejected"} and is_news:
            self._strain, self._said_at = 0, None
        if sent.outcome not in {"held", "no_answer", "not_sent"} or not (is_news or sent.retry_after):
            return max(self._quiet_until - self._clock(), 0.0)
        if is_news:
            self._strain, self._epoch = self._strain + 1, self._epoch + 1
        # One lost answer is an accident; from the second on, the others are not sent into the same trouble.
        steps = BACK_OFF if sent.outcome == "held" else (0.0, *BACK_OFF)
        step = steps[min(max(self._strain, 1), len(steps)) - 1]
        wait = (sent.retry_after or step) * (1 + self._jitter() / 4)
        self._quiet_until = max(self._quiet_until, self._clock() + wait)
        if is_news and wait:
            self._say(place, sent, wait)
        return self._quiet_until - self._clock()

    def _say(self, place: Place, sent: Sent, wait: float) -> None:
        at = self._clock()
        if self._said_at is None:
            self._strained_at = at
        elif at - self._said_at < SAY_EVERY:
            return
        self._said_at = at
        log.log(
            logging.INFO if at == self._strained_at else logging.WARNING,
            "The provider has taken no create for %.0f s: %s %d more wait, the next is tried in %.0f s. "
            "Nothing was created or billed for those that wait; they can be withdrawn.",
            at - self._strained_at,
            sent.failure.message if sent.failure else sent.outcome,
            sum(other.is_waiting for other in self._heap),
            wait,
            extra={"local_id": place.ticket.local_id},
        )

    async def _drive(self) -> None:
        while self._front() is not None:
            try:
                if await self._may_go():
                    self._let_go()
            except Exception:
                log.exception("The line stands still for %.0f s. Nothing is lost: its tasks wait.", RECHECK)
                await self._sleep(RECHECK)

    def _front(self) -> Place | None:
        while self._heap:
            place = self._heap[0]
            if place.is_waiting and place.ticket.batch not in self._paused:
                return place
            heapq.heappop(self._heap)
            if place.is_waiting:
                self._parked[place.ticket.batch].append(place)
        return None

    async def _may_go(self) -> bool:
        """Whether the ticket in front may be tried; if not, something has changed meanwhile."""
        if not self._has_hand():
            self._left.clear()
            await self._left.wait()
            return False
        if (wait := self._quiet_until - self._clock()) > 0:
            await self._sleep(wait)
            return False
        self.room.clear()
        if await self._is_full():
            await self._until_room()
            return False
        await self._pacer(self.kind)
        return self._has_hand() and self._quiet_until <= self._clock()

    def _has_hand(self) -> bool:
        # After trouble one alone goes first.
        return self.under_way < (1 if self._strain else self._at_once)

    async def _until_room(self) -> None:
        woken = asyncio.ensure_future(self.room.wait())
        alarm = asyncio.ensure_future(self._sleep(RECHECK))
        try:
            await asyncio.wait({woken, alarm}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            alarm.cancel()

    def _let_go(self) -> None:
        place = self._front()
        if place is None:
            return
        heapq.heappop(self._heap)
        self.under_way += 1
        place.is_under_way, place.epoch = True, self._epoch
        place.turn.set_result(True)
