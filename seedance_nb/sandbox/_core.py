"""The middle of a sandbox: what all dialects share, and nothing of how they speak."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import logging
import threading
from collections import deque
from dataclasses import dataclass

from seedance_nb.sandbox._bills import Bills
from seedance_nb.sandbox._callbacks import Callbacks
from seedance_nb.sandbox._clips import ClipShelf
from seedance_nb.sandbox._clock import Clock
from seedance_nb.sandbox._links import Links
from seedance_nb.sandbox._media import ASSET, MediaDesk
from seedance_nb.sandbox._tasks import Pool, TaskStore
from seedance_nb.sandbox.scenario import FaultBook, Scenario

log = logging.getLogger(__name__)

KEPT_ARRIVALS = 10_000
CHINA = dt.timezone(dt.timedelta(hours=8))


@dataclass(slots=True)
class Arrival:
    """A request that reached the sandbox. Never its key, query or body."""

    at: dt.datetime
    """When, on the sandbox clock."""
    operation: str
    method: str
    path: str
    status: int | None = None
    """What was answered; None while it is pending, or if no answer was given."""
    fault: str = ""
    """The kind of the fault that struck it."""


class Core:
    """State of one sandbox. Opened, used and closed on the loop of its server."""

    def __init__(self, *, base: str, clock: Clock, scenario: Scenario, shelf: ClipShelf | None = None) -> None:
        self.base = base
        """Where it listens, without a path at the end."""
        self.clock = clock
        self.shelf = shelf or ClipShelf()
        self.store = TaskStore(clock, self.shelf, self._cap)
        self.desk = MediaDesk(self._asset)
        self.links = Links(clock, base)
        self.callbacks = Callbacks()
        self.bills = Bills()
        self.arrivals: deque[Arrival] = deque(maxlen=KEPT_ARRIVALS)
        self.creates = 0
        self.closing = asyncio.Event()
        self._scenario = scenario
        self._faults = FaultBook(scenario)
        self._assets: dict[str, bytes] = {}
        self._rates: dict[str, deque[float]] = {}
        self._serial = 0
        self._lock = threading.Lock()
        self._woken = asyncio.Event()
        self._jumped = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ticking: asyncio.Task[None] | None = None

    # -- life --

    def open(self) -> None:
        """Let time work on the tasks, also when nobody asks."""
        self._loop = asyncio.get_running_loop()
        self.store.wake = self._woken.set
        self.clock.on_advance(self.wake)
        self._ticking = self._loop.create_task(self._tick())

    async def close(self) -> None:
        """Let go of threads and of requests that hang."""
        self.closing.set()
        if self._ticking is not None:
            self._ticking.cancel()
        await self.callbacks.close()
        self.shelf.close()
        self.desk.close()
        self._loop = None

    def wake(self) -> None:
        """Look at the tasks again; from any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._stir)

    def _stir(self) -> None:
        self._woken.set()
        self._jumped.set()
        self._jumped = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Wait on the sandbox clock; a jump counts."""
        until = self.clock.now() + seconds
        while (delay := self.clock.real_seconds_until(until)) != 0.0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._jumped.wait()

    async def _tick(self) -> None:
        while True:
            self._woken.clear()
            try:
                self.store.settle()
            except Exception:
                log.exception("The sandbox could not bring its tasks up to date.")
            moment = self.store.next_moment()
            delay = None if moment is None else self.clock.real_seconds_until(moment)
            try:
                async with asyncio.timeout(delay):
                    await self._woken.wait()
            except TimeoutError:
                pass

    # -- scenario, faults, limits --

    @property
    def scenario(self) -> Scenario:
        """What happens to requests and new tasks from now on."""
        return self._scenario

    @scenario.setter
    def scenario(self, scenario: Scenario) -> None:
        with self._lock:
            self._scenario = scenario
            self._faults = FaultBook(scenario)
        self.wake()

    def arrive(self, operation: str, method: str, path: str) -> Arrival:
        """Note a request and the fault that strikes it, if one does."""
        arrival = Arrival(dt.datetime.fromtimestamp(self.clock.now(), dt.UTC), operation, method, path)
        self.arrivals.append(arrival)
        self.creates += operation == "create"
        return arrival

    @property
    def faults(self) -> FaultBook:
        """The faults of the scenario that have not struck yet."""
        with self._lock:
            return self._faults

    def within(self, name: str, limit: float | None, seconds: float) -> bool:
        """Whether one more `name` stays within `limit` per `seconds` of the sandbox clock."""
        if limit is None:
            return True
        now = self.clock.now()
        times = self._rates.setdefault(name, deque())
        while times and times[0] <= now - seconds:
            times.popleft()
        if len(times) >= limit:
            return False
        times.append(now)
        return True

    def serial(self) -> int:
        """The next number; ids are made from it."""
        with self._lock:
            self._serial += 1
            return self._serial

    def china_stamp(self) -> str:
        """The sandbox time as 14 digits in UTC+8, as ids of Ark carry it."""
        return f"{dt.datetime.fromtimestamp(self.clock.now(), CHINA):%Y%m%d%H%M%S}"

    def _cap(self, pool: Pool) -> int | None:
        return self._scenario.concurrency_4k if pool == "4k" else self._scenario.concurrency

    # -- assets --

    def add_asset(self, data: bytes) -> str:
        """Keep a medium; its `asset://` URL. From any thread."""
        name = f"asset-{self.china_stamp()}-{letters(f'asset/{self.serial()}')}"
        self._assets[name] = data
        return ASSET + name

    def _asset(self, name: str) -> bytes | None:
        return self._assets.get(name)


def letters(seed: str, count: int = 5) -> str:
    """`count` characters of a-z and 0-9 that follow from `seed`."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    found = []
    for _ in range(count):
        number, digit = divmod(number, 36)
        found.append("0123456789abcdefghijklmnopqrstuvwxyz"[digit])
    return "".join(found)
