"""Where tasks wait for their turn to be created, in order.

There is a line for each account at a provider. A create that the provider holds (429: nothing was created) goes
back to its place, and the line waits before it tries again. It never gives up: nothing is billed meanwhile, and
a person can withdraw what takes too long. Creates of 4k, which providers count apart, wait in a lane of their own.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import time
from collections.abc import Awaitable, Callable
from functools import partial

from seedance_nb.catalog import Limits
from seedance_nb.engine.lane import Kind, Lane, Pace, Place, Ticket
from seedance_nb.engine.sending import Sent
from seedance_nb.errors import LedgerError

__all__ = ["Line", "Ticket"]

log = logging.getLogger("seedance_nb.engine")


class Line:
    """Sends creates in order, as fast as the provider takes them.

    Everything here belongs to one event loop.

    Args:
        pacer: Says when a create may go.
        in_flight: How many of the account's tasks have not ended; asked only where there is a limit.
        limits: What the account may ask.
        at_once: How many creates may be under way together, of 4k and of the others.
        clock: Seconds.
        sleep: Waits so many of them.
        jitter: From 0 to 1; a wait gets longer by up to a quarter, so that notebooks do not come back together.
    """

    def __init__(
        self,
        *,
        pacer: Pace,
        in_flight: Callable[[], Awaitable[int]],
        limits: Limits,
        at_once: int = 4,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._pacer = pacer
        self._in_flight = in_flight
        self.cap = limits.in_flight
        """How many tasks of the account may be under way; None: any number."""
        self._paused: set[str] = set()
        new = partial(
            Lane,
            pacer=pacer,
            is_full=self._is_full,
            paused=self._paused,
            at_once=at_once,
            clock=clock,
            sleep=sleep,
            jitter=jitter,
        )
        self._lanes = (new("create"), new("create_4k"))
        self._places: dict[str, Place] = {}
        self._numbers = itertools.count()
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """How many tickets wait, those of paused batches too."""
        return sum(place.is_waiting for place in self._places.values())

    async def send(self, ticket: Ticket, attempt: Callable[[], Awaitable[Sent]]) -> Sent:
        """Wait for the ticket's turn and attempt its create, again and again while it is held.

        Args:
            ticket: Whose turn it is.
            attempt: Sends the create once, and says how that ended.

        Returns:
            How the last attempt ended, which is never `held` or `full`; or `withdrawn`, if it is no longer wanted.

        Raises:
            CancelledError: The line was closed, or the caller cancelled; the create is not under way.
        """
        if ticket.local_id in self._places:
            raise ValueError(f"Task {ticket.local_id} is in the line already.")
        lane = self._lanes[ticket.four_k]
        place = self._places[ticket.local_id] = Place((-ticket.priority, next(self._numbers)), ticket)
        try:
            self._enter(lane, place)
            while await place.turn:
                sent = await attempt()
                wait = lane.hear(place, sent)
                if sent.outcome not in {"held", "full"}:
                    return sent
                place.turn = asyncio.Future()
                self._enter(lane, place)
                lane.leave(place)
                if sent.outcome == "held":
                    await self._tell_others(lane.kind, wait)
            return Sent("withdrawn")
        finally:
            place.turn.cancel()
            lane.leave(place)
            del self._places[ticket.local_id]

    def withdraw(self, local_id: str) -> bool:
        """Take a ticket out; False where its create is under way, or it is not in the line."""
        place = self._places.get(local_id)
        if place is None or not place.is_waiting:
            return False
        place.turn.set_result(False)
        return True

    def pause(self, batch: str) -> None:
        """Let no ticket of a batch go until `resume`; creates that are under way end."""
        self._paused.add(batch)

    def resume(self, batch: str) -> None:
        """Let the tickets of a batch go again, each from its old place."""
        self._paused.discard(batch)
        for lane in self._lanes:
            lane.unpark(batch)

    def woken(self) -> None:
        """Somebody's task has ended: there may be room for another."""
        for lane in self._lanes:
            lane.room.set()

    def close(self) -> None:
        """Send nothing more: whoever waits is cancelled, creates that are under way end."""
        self._is_closed = True
        for lane in self._lanes:
            lane.close()
        for place in self._places.values():
            place.turn.cancel()

    def _enter(self, lane: Lane, place: Place) -> None:
        if self._is_closed:
            raise asyncio.CancelledError
        lane.enter(place)

    async def _tell_others(self, kind: Kind, wait: float) -> None:
        try:
            await self._pacer.back_off(kind, wait)
        except LedgerError as exc:
            log.warning("Other notebooks could not be told to wait, and may meet the same refusal: %s", exc)

    async def _is_full(self) -> bool:
        """Whether the account has as many tasks as it may."""
        if self.cap is None:
            return False
        # One that is under way may be counted by both: the last places are filled one after the other. Another notebook
        # may take the last one before our task does: then the ledger says so, see `Ledger.begin_sending`.
        return await self._in_flight() + sum(lane.under_way for lane in self._lanes) >= self.cap
