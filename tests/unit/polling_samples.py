"""A provider and a clock for tests of the poller: hours pass at once, and every request is noted."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from seedance_nb.engine.polling import Kind, Poller
from seedance_nb.errors import ProviderError, TaskNotFoundError
from seedance_nb.providers import Page, Provider
from seedance_nb.task import Snapshot, TaskStatus

KIND = Kind("ark", "seedance-2.0", "720p", 5, False)


class _Selector:
    """Lets the time pass at once in which nothing happens."""

    def __init__(self, loop: VirtualLoop, selector: Any) -> None:
        self._loop = loop
        self._selector = selector

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "everything waits and nothing will happen"
        self._loop.passed += timeout
        return self._selector.select(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._selector, name)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to whatever is due next."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 1000.0
        self._selector: Any = _Selector(self, cast(Any, self)._selector)

    def time(self) -> float:
        return self.passed


def virtually(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test to its end on a clock that jumps."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(work())


def past(count: int, *, middle: float = 120.0, sigma: float = 0.2, seed: int = 11) -> list[float]:
    chance = random.Random(seed)
    return [chance.lognormvariate(math.log(middle), sigma) for _ in range(count)]


@dataclass
class Asked:
    """One request."""

    at: float
    operation: Literal["list", "get"]
    task_ids: tuple[str, ...] = ()
    page: int = 0


@dataclass(eq=False)
class FakeProvider:
    """Tasks run until moments given before, and trouble comes when a test says so."""

    can_list: bool = True
    warm_up: float = 0.0
    id: str = "ark"
    list_limit: int = 100
    page_limit: int = 500
    poll_interval: float = 2.0
    ends: dict[str, float] = field(default_factory=dict)
    """When each task ends, the oldest first."""
    running_from: dict[str, float] = field(default_factory=dict)
    """When a task that is queued at first begins to run."""
    asked: list[Asked] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    """Tasks that a list leaves out."""
    trouble: Callable[[Asked], ProviderError | None] = lambda asked: None
    word: Callable[[str], Snapshot | None] = lambda task_id: None

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def snapshot(self, task_id: str) -> Snapshot:
        said = self.word(task_id)
        if said is not None:
            return said
        status = TaskStatus.SUCCEEDED if self.now() >= self.ends[task_id] else TaskStatus.RUNNING
        if self.now() < self.running_from.get(task_id, 0.0):
            status = TaskStatus.QUEUED
        return Snapshot(task_id, status, status.value)

    def _note(self, asked: Asked) -> None:
        self.asked.append(asked)
        trouble = self.trouble(asked)
        if trouble is not None:
            raise trouble

    async def get(self, task_id: str) -> Snapshot:
        self._note(Asked(self.now(), "get", (task_id,)))
        if task_id not in self.ends:
            raise not_found(task_id)
        return self.snapshot(task_id)

    async def list(self, *, task_ids: Sequence[str] = (), page: int = 1, page_size: int = 100) -> Page:
        assert page_size <= 500
        assert len(task_ids) <= self.list_limit
        self._note(Asked(self.now(), "list", tuple(task_ids), 0 if task_ids else page))
        newest = [one for one in reversed(self.ends) if one not in self.hidden]
        shown = [one for one in newest if one in task_ids] if task_ids else newest[(page - 1) * page_size :]
        return Page(len(newest), tuple(self.snapshot(one) for one in shown[:page_size]))


def not_found(task_id: str) -> TaskNotFoundError:
    return TaskNotFoundError("It is not known.", provider="ark", status_code=404, task_id=task_id)


class Desk:
    """A poller with all that it needs, and what it has passed on."""

    def __init__(
        self, provider: FakeProvider, *, past: Sequence[float] = (), is_sandbox: bool = False, **more: Any
    ) -> None:
        self.provider = provider
        self.clock = asyncio.get_running_loop().time
        self.paced: list[str] = []
        self.told: list[tuple[float, str, str]] = []
        """When, which task, which word."""
        self.lost: list[tuple[str, str]] = []
        self.refuse: Callable[[str], Exception | None] = lambda local_id: None
        self.asked_for: list[Kind] = []
        self._past = past
        self._is_sandbox = is_sandbox
        self._free_at = 0.0
        arguments: dict[str, Any] = {
            "pace": self._pace,
            "durations": self._durations,
            "seen": self._seen,
            "gone": self._gone,
            "is_sandbox": is_sandbox,
            "clock": self.clock,
            "wall": self.clock,
        }
        self.poller = Poller(cast(Provider, provider), **(arguments | more))

    def launch(self, *runs: float, kind: Kind = KIND, prefix: str = "t") -> list[str]:
        """Begin tasks that take so many seconds each."""
        made = [f"{prefix}{len(self.provider.ends) + number}" for number in range(len(runs))]
        for task_id, run in zip(made, runs, strict=True):
            self.provider.ends[task_id] = self.clock() + run
            self.poller.track(task_id, f"our-{task_id}", kind=kind)
        return made

    def seen(self, word: str = "succeeded") -> dict[str, float]:
        """When each task was last seen with this word, by the provider's id."""
        return {local_id.removeprefix("our-"): at for at, local_id, said in self.told if said == word}

    def delays(self) -> list[float]:
        """Seconds from finish to seen, of all that were seen to succeed."""
        return [at - self.provider.ends[task_id] for task_id, at in self.seen().items()]

    async def until(self, is_so: Callable[[], bool], *, within: float = 3600.0) -> None:
        """Let time pass until something is so."""
        end = self.clock() + within
        while not is_so():
            assert self.clock() < end, f"not within {within} s"
            await asyncio.sleep(0.5)

    async def _pace(self, operation: Literal["list", "get"]) -> None:
        self.paced.append(operation)
        if operation == "list" and not self._is_sandbox:
            now = self.clock()
            self._free_at = max(self._free_at, now) + 1.0
            await asyncio.sleep(self._free_at - 1.0 - now)

    async def _durations(self, kind: Kind) -> Sequence[float]:
        self.asked_for.append(kind)
        return self._past

    async def _seen(self, answers: Sequence[tuple[str, Snapshot]]) -> None:
        for local_id, _ in answers:
            refusal = self.refuse(local_id)
            if refusal is not None:
                raise refusal
        self.told += [(self.clock(), local_id, snapshot.raw_status) for local_id, snapshot in answers]

    async def _gone(self, local_id: str, reason: str) -> None:
        self.lost.append((local_id, reason))
