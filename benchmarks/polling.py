"""Polling on a virtual clock: requests a task and seconds from finish to seen, against fixed loops and the bound.

The engine's own poller runs, with a provider that answers at once and a clock that jumps. Times are log-normal with a
median of 120 s; several tasks are launched at 10 a second, as Ark's 600 creates a minute allow. `cold`: nothing is
known of the kind; else so many past tasks are. `3 s`, `30 s`: a loop of gets for each task, as around Ark's SDK.
`fixed`: a loop whose interval makes as many requests as ours. `flow`: a new task begins for each one seen to end.
Gets are paced at 20 a second, as Ark documents; with 500 tasks that is less than we would ask, and neither `fixed` nor
`bound` is held back by it.

`bound` knows the true distribution and sends as many requests as ours. For one task, and for several that can only be
asked for one by one, its looks are the optimum of a dynamic programme over the age (0.5 s apart at the finest): each
look costs a price, each second of delay 1, and what is known after a look is the age alone. Where one list
serves all, it is the same programme over the density of all ends together, with looks at least 1 s apart, which is
exact for many tasks; with few, a schedule that reacts to what it sees may be better than it. A row is some 200
tasks, so that a mean is good to about 7 %.
"""

from __future__ import annotations

import asyncio
import math
import random
import statistics
import time
from collections.abc import Awaitable, Sequence
from functools import cache
from typing import Any

import numpy as np

from seedance_nb.engine.polling import Kind, Poller
from seedance_nb.providers import Page
from seedance_nb.task import Snapshot, TaskStatus

MEDIAN = 120.0
SIGMAS = (0.15, 0.35)
LAUNCHES_A_SECOND = 10.0
GET_PACE = 0.05
KIND = Kind("ark", "seedance-2.0", "720p", 5, False)


class _Selector:
    """Passes the time that nothing happens in at once."""

    def __init__(self, loop: VirtualLoop, selector: Any) -> None:
        self._loop, self._selector = loop, selector

    def select(self, timeout: float | None = None) -> Any:
        self._loop.passed += timeout or 0.0
        return self._selector.select(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._selector, name)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to whatever is due next."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0
        self._selector = _Selector(self, self._selector)

    def time(self) -> float:
        return self.passed


class FakeProvider:
    """Tasks that end at moments given before; counts who asks."""

    id = "ark"
    warm_up = 0.0
    list_limit = 100
    page_limit = 500
    poll_interval = 2.0

    def __init__(self, *, can_list: bool, clock: Any) -> None:
        self.can_list = can_list
        self.requests = 0
        self.ends: dict[str, float] = {}
        self._clock = clock

    def _snapshot(self, task_id: str) -> Snapshot:
        status = TaskStatus.SUCCEEDED if self._clock() >= self.ends[task_id] else TaskStatus.RUNNING
        return Snapshot(task_id, status, status.value)

    async def get(self, task_id: str) -> Snapshot:
        self.requests += 1
        return self._snapshot(task_id)

    async def list(self, *, task_ids: Sequence[str] = (), page: int = 1, page_size: int = 100) -> Page:
        self.requests += 1
        chosen = list(task_ids) or list(self.ends)[::-1][(page - 1) * page_size : page * page_size]
        return Page(len(self.ends), tuple(self._snapshot(task_id) for task_id in chosen))


class Result:
    """What came of one run."""

    def __init__(self, tasks: int, requests: float, delays: Sequence[float]) -> None:
        self.requests = requests / tasks
        self.mean = statistics.fmean(delays)
        self.p95 = sorted(delays)[math.ceil(0.95 * len(delays)) - 1]

    def __str__(self) -> str:
        return f"{self.requests:7.2f} {self.mean:6.2f} {self.p95:6.2f}"


async def _run(
    runs: Sequence[float], past: Sequence[float], *, can_list: bool, pace: float, at_once: int = 10**9
) -> tuple[int, list[float]]:
    clock = asyncio.get_running_loop().time
    provider = FakeProvider(can_list=can_list, clock=clock)
    delays: list[float] = []
    free_at = {"list": 0.0, "get": 0.0}

    async def paced(operation: str) -> None:
        every = 1.0 if operation == "list" else pace
        free_at[operation] = max(free_at[operation], clock()) + every
        await asyncio.sleep(free_at[operation] - every - clock())

    async def durations(kind: Kind) -> Sequence[float]:
        return past

    async def seen(answers: Sequence[tuple[str, Snapshot]]) -> None:
        delays.extend(
            clock() - provider.ends[task_id] for task_id, snapshot in answers if snapshot.status is TaskStatus.SUCCEEDED
        )

    async def gone(task_id: str, reason: str) -> None:
        raise AssertionError(reason)

    poller = Poller(
        provider,  # type: ignore[arg-type]
        pace=paced,
        durations=durations,
        seen=seen,
        gone=gone,
        is_sandbox=False,
        clock=clock,
        wall=clock,
    )
    for number, run in enumerate(runs):
        provider.ends[str(number)] = clock() + run
        poller.track(str(number), str(number), kind=KIND)
        await asyncio.sleep(1 / LAUNCHES_A_SECOND)
        while number + 1 - len(delays) >= at_once:
            await asyncio.sleep(0.1)
    while len(delays) < len(runs):
        await asyncio.sleep(1.0)
    return provider.requests, delays


def virtually(work: Awaitable[Any]) -> Any:
    """Run a coroutine to its end on a clock that jumps."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)  # type: ignore[arg-type]


def ours(count: int, sigma: float, known: int, *, can_list: bool, tasks: int, seed: int = 1) -> Result:
    """The poller, with `count` tasks at a time, until it has seen `tasks`; each round knows `known` past tasks."""
    chance = random.Random(seed)
    requests, delays = 0, []
    for _ in range(max(1, tasks // count)):
        past = [chance.lognormvariate(math.log(MEDIAN), sigma) for _ in range(known)]
        runs = [chance.lognormvariate(math.log(MEDIAN), sigma) for _ in range(count)]
        asked, late = virtually(_run(runs, past, can_list=can_list, pace=GET_PACE))
        requests += asked
        delays += late
    return Result(len(delays), requests, delays)


def flow(count: int, sigma: float, known: int, *, tasks: int, seed: int = 4) -> Result:
    """The poller with a list, while a new task begins whenever one of `count` is seen to end."""
    chance = random.Random(seed)
    past = [chance.lognormvariate(math.log(MEDIAN), sigma) for _ in range(known)]
    runs = [chance.lognormvariate(math.log(MEDIAN), sigma) for _ in range(tasks)]
    asked, late = virtually(_run(runs, past, can_list=True, pace=GET_PACE, at_once=count))
    return Result(tasks, asked, late)


def loop(interval: float, sigma: float) -> Result:
    """A loop of gets for each task, the first one at once."""
    chance = random.Random(2)
    runs = [chance.lognormvariate(math.log(MEDIAN), sigma) for _ in range(20_000)]
    looks = [math.ceil(run / interval) for run in runs]
    delays = [number * interval - run for number, run in zip(looks, runs, strict=True)]
    return Result(len(runs), sum(looks) + len(runs), delays)


def _same_requests(curve: Sequence[tuple[float, float]], requests: float) -> float:
    """The delay of a curve of (requests, delay) where it makes so many requests."""
    ordered = sorted(curve)
    logs = np.log(np.array(ordered))
    return float(np.exp(np.interp(math.log(requests), logs[:, 0], logs[:, 1])))


@cache
def _fixed_curve(sigma: float) -> list[tuple[float, float]]:
    results = [loop(interval, sigma) for interval in np.geomspace(0.5, 120, 30)]
    return [(one.requests, one.mean) for one in results]


def _grid(sigma: float, step: float, longest: float) -> tuple[np.ndarray, np.ndarray]:
    ages = np.arange(0, longest, step)
    cdf = np.array([0.5 * (1 + math.erf(math.log(max(age, 1e-9) / MEDIAN) / sigma / math.sqrt(2))) for age in ages])
    return ages, cdf


@cache
def _bound_curve(sigma: float, launched_over: float, apart: float) -> list[tuple[float, float]]:
    """(requests, delay a task) of the best schedule for each of some prices; see the top of this file."""
    step, longest = 0.5, 700.0
    ages, cdf = _grid(sigma, step, longest)
    if launched_over:
        width = max(1, round(launched_over / step))
        cdf = np.convolve(cdf, np.full(width, 1 / width))[: len(ages)]
    area = np.concatenate([[0.0], np.cumsum((cdf[1:] + cdf[:-1]) / 2 * step)])
    curve = []
    least = max(1, round(apart / step))
    for price in np.geomspace(0.004, 30, 30):
        value = np.zeros(len(ages))
        following = np.zeros(len(ages), dtype=int)
        for now in range(len(ages) - 2, -1, -1):
            to = np.arange(min(now + least, len(ages) - 1), min(now + 600, len(ages)))
            late = area[to] - area[now] - cdf[now] * (to - now) * step
            costs = price * (1 - cdf[now]) + late + value[to]
            best = int(np.argmin(costs))
            value[now], following[now] = costs[best], to[best]
        now, requests, delay = 0, 0.0, 0.0
        while now < len(ages) - 1:
            then = following[now]
            requests += 1 - cdf[now]
            delay += area[then] - area[now] - cdf[now] * (then - now) * step
            now = then
        curve.append((requests, delay))
    return curve


def bound(count: int, sigma: float, requests: float, *, can_list: bool) -> float:
    """The delay of the best schedule that makes so many requests a task."""
    if count == 1 or not can_list:
        return _same_requests(_bound_curve(sigma, 0.0, 0.5), requests)
    return _same_requests(_list_curve(count, sigma), requests)


@cache
def _list_curve(count: int, sigma: float) -> list[tuple[float, float]]:
    """For lists that serve all: a request costs the same until the last of `count` tasks has ended."""
    step = 0.5
    ages, cdf = _grid(sigma, step, 900.0)
    width = max(1, round(count / LAUNCHES_A_SECOND / step))
    cdf = np.convolve(cdf, np.full(width, 1 / width))[: len(ages)]
    going_on = 1 - cdf**count
    area = np.concatenate([[0.0], np.cumsum((cdf[1:] + cdf[:-1]) / 2 * step)])
    curve = []
    for price in np.geomspace(0.004, 3 * count, 24):
        value = np.zeros(len(ages))
        following = np.zeros(len(ages), dtype=int)
        for now in range(len(ages) - 2, -1, -1):
            to = np.arange(min(now + round(1 / step), len(ages) - 1), min(now + 600, len(ages)))
            late = count * (area[to] - area[now] - cdf[now] * (to - now) * step)
            costs = price * going_on[now] + late + value[to]
            best = int(np.argmin(costs))
            value[now], following[now] = costs[best], to[best]
        now, requests, delay = 0, 0.0, 0.0
        while now < len(ages) - 1:
            then = following[now]
            requests += going_on[now]
            delay += area[then] - area[now] - cdf[now] * (then - now) * step
            now = then
        curve.append((requests / count, delay))
    return curve


def main() -> None:
    """Print the table."""
    started = time.perf_counter()
    print("                          requests   mean    p95  |  fixed  bound  of fixed  of bound   (delays in s)")
    for sigma in SIGMAS:
        for interval in (3.0, 30.0):
            print(f"σ {sigma:.2f}  any      {interval:2.0f} s    {loop(interval, sigma)}")
        print(f"σ {sigma:.2f}  flow  500    50   {flow(500, sigma, 50, tasks=2500)}")
        for can_list, name in ((True, "list"), (False, "get")):
            for count in (1, 10, 100, 500):
                if count == 1 and can_list:
                    continue  # one task is asked for by a get in either case
                for known in (0, 50, 200):
                    result = ours(count, sigma, known, can_list=can_list, tasks=200 if count < 500 else 500)
                    fixed = _same_requests(_fixed_curve(sigma), result.requests)
                    best = bound(count, sigma, result.requests, can_list=can_list)
                    label = "cold" if not known else f"{known}"
                    compared = (
                        f"{fixed:6.2f} {best:6.2f}  {result.mean / fixed:8.2f}  {result.mean / best:8.2f}"
                        if not can_list or count == 1
                        else f"   –   {best:6.2f}     –     {result.mean / best:8.2f}"
                    )
                    print(f"σ {sigma:.2f}  {name:<4} {count:>4}  {label:>4}   {result}  | {compared}", flush=True)
    print(f"({time.perf_counter() - started:.0f} s)")


if __name__ == "__main__":
    main()
