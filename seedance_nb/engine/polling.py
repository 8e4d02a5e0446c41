"""Looking at all unfinished tasks of one provider together.

When a look is worth a request, and at which tasks, is the schedule's business; see `seedance_nb.engine.schedule`.
Here the requests are sent, and what comes back is passed on: words that are new, tasks that are gone, trouble.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from seedance_nb.engine.alarm import Alarm
from seedance_nb.engine.odds import Kind
from seedance_nb.engine.schedule import SHORTEST, Cover, Schedule
from seedance_nb.engine.tracked import Tracked
from seedance_nb.errors import (
    ProviderError,
    RateLimitError,
    RequestRejectedError,
    StatusError,
    TaskNotFoundError,
    TransportError,
)
from seedance_nb.providers import Provider
from seedance_nb.task import Snapshot, TaskStatus

__all__ = ["Kind", "Poller"]

log = logging.getLogger("seedance_nb.engine")

DENIALS = 3
"""So many 404s in a row mean that a task is gone."""
SILENCES = 3
"""So many refused connections in a row mean that a sandbox is gone."""
LONGEST_PAUSE = 30.0
LONGEST_OBEDIENCE = 120.0
"""Seconds for which a provider may ask us to stay away."""
SANDBOX_INTERVAL = 0.35
"""Seconds between two requests to a sandbox, which is on this machine and takes seconds, not minutes."""
LISTS_REFUSED = 60.0
"""Seconds for which tasks are asked for one by one after a list was refused; one id may have spoilt it for all."""
CONNECTIONS = 4


class Poller:
    """Polls one provider as long as there is something to poll for.

    Args:
        provider: Whom to ask.
        pace: Returns when one more request of this operation may go; awaited before each.
        durations: Gives the seconds from submit to end of past tasks of a kind, the newest first; awaited once a kind.
        seen: Takes in what one answer says, as pairs of our id and the provider's word; only words that are new.
            What it raises is logged, and these tasks are looked at again.
        gone: Takes in, by our id and with a reason, that the provider no longer knows a task.
        is_sandbox: Whether it is a sandbox: then time is short, requests are free, and it may be gone for good.
        clock: Seconds that never go back.
        sleep: Waits for so many of them.
        wall: Seconds of the time of day, which go on while the machine sleeps.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        pace: Callable[[Literal["list", "get"]], Awaitable[None]],
        durations: Callable[[Kind], Awaitable[Sequence[float]]],
        seen: Callable[[Sequence[tuple[str, Snapshot]]], Awaitable[None]],
        gone: Callable[[str, str], Awaitable[None]],
        is_sandbox: bool,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.provider = provider
        self._pace = pace
        self._durations = durations
        self._seen = seen
        self._gone = gone
        self._is_sandbox = is_sandbox
        self._clock = clock
        self._alarm = Alarm(clock=clock, wall=wall, sleep=sleep)
        self._interval = SANDBOX_INTERVAL if is_sandbox else provider.poll_interval
        self._schedule = Schedule(
            list_limit=provider.list_limit if provider.can_list else 0,
            page_limit=provider.page_limit,
            shortest=min(SHORTEST, self._interval),
            is_free=is_sandbox,
        )
        self._known: set[Kind] = set()
        self._lists_again_at = 0.0
        self._pause = 0.0
        self._quiet_until = float("-inf")
        self._silences = 0
        self._due = float("inf")
        self._running: asyncio.Task[None] | None = None

    def track(self, task_id: str, local_id: str, *, kind: Kind, age: float = 0.0) -> None:
        """Look at this task too, from now on until `forget`.

        Args:
            task_id: The provider's id.
            local_id: Ours.
            kind: What it has in common with tasks that take as long.
            age: Seconds since it was submitted.
        """
        if self._schedule.get(task_id) is None:
            now = self._clock()
            one = self._schedule.add(task_id, local_id, kind, age=age, now=now)
            if kind not in self._known or self._schedule.due_alone(one, now) < self._due:
                self._alarm.ring()
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._run())

    def forget(self, task_id: str) -> None:
        """Stop looking at this task."""
        self._schedule.drop(task_id)
        if not self._schedule:
            self._alarm.ring()

    def look_soon(self, task_id: str) -> None:
        """Look at this task as soon as the provider's limits allow."""
        one = self._schedule.get(task_id)
        if one is not None:
            one.hold(self._clock())
            self._alarm.ring()

    def stop(self) -> None:
        """Stop looking at anything."""
        self._schedule.clear()
        if self._running is not None:
            self._running.cancel()

    async def _run(self) -> None:
        while self._schedule:
            try:
                await self._learn()
                await self._wait()
                await self._look()
                self._pause, self._silences = 0.0, 0
            except ProviderError as exc:
                log.warning("Looking at tasks failed and will be repeated: %s", exc)
                self._back_off(exc)
                await self._silence(exc)
            except Exception:
                log.exception("Looking at tasks failed in a way that should not be; it will be repeated.")
                self._back_off(None)

    def _back_off(self, exc: ProviderError | None) -> None:
        self._pause = min(2 * (self._pause or self._interval), LONGEST_PAUSE)
        asked = exc.retry_after if isinstance(exc, StatusError) else None
        self._quiet_until = self._clock() + max(self._pause, min(asked or 0.0, LONGEST_OBEDIENCE))

    async def _learn(self) -> None:
        for kind in [one for one in self._schedule.kinds() if one not in self._known]:
            self._known.add(kind)
            try:
                self._schedule.experience(kind).teach(await self._durations(kind))
            except Exception:
                log.exception("How long past tasks took is not known; tasks of %s are looked at by guess.", kind.model)
        self._schedule.learn(self._clock())

    async def _wait(self) -> None:
        """Sleep until a request is worth it, somebody asks for a look, or time has jumped."""
        while self._schedule:
            self._alarm.clear()
            now, count = self._clock(), len(self._schedule)
            self._due = max(self._schedule.due(now), self._quiet_until)
            # More tasks make a look worth it sooner, and need a new plan.
            while (left := self._due - self._clock()) > 0 and len(self._schedule) <= count:
                if await self._alarm.sleep(left):
                    self._schedule.look_at_all(self._clock())
                    self._quiet_until = float("-inf")
                    return
                if self._alarm.has_rung:
                    break
            if left <= 0:
                return
            if any(kind not in self._known for kind in self._schedule.kinds()):
                await self._learn()

    # -- looking --

    async def _look(self) -> None:
        now = self._clock()
        self._schedule.can_list = self.provider.can_list and now >= self._lists_again_at
        cover = self._schedule.plan(now)
        self._schedule.asked(now)
        if cover.listed:
            await self._pace("list")
            if self._clock() > now + SHORTEST:  # others had their turn first
                cover = self._schedule.plan(self._clock())
            self._schedule.asked(self._clock())
            await self._list(cover)
        await self._look_at_each(cover.each)

    async def _list(self, cover: Cover) -> None:
        if not cover.listed:
            return
        at = self._clock()
        try:
            if cover.page:
                page = await self.provider.list(page=cover.page, page_size=self._schedule.page_limit)
            else:
                task_ids = [one.task_id for one in cover.listed]
                page = await self.provider.list(task_ids=task_ids, page_size=self.provider.list_limit)
        except RequestRejectedError as exc:
            log.warning("%s refused a list; its tasks are asked for one by one for a while: %s", self.provider.id, exc)
            self._lists_again_at = at + LISTS_REFUSED
            return
        found = {snapshot.task_id: snapshot for snapshot in page.tasks}
        self._schedule.shown(cover, found.keys())
        answers = [(one, found[one.task_id]) for one in self._schedule if one.task_id in found]
        await self._report(answers, at)
        missing = [one for one in cover.listed if one.task_id not in found] if not cover.page else []
        for one in missing:
            one.alone = True
        await self._look_at_each(missing)

    async def _look_at_each(self, tasks: Sequence[Tracked]) -> None:
        """Trouble with one task does not keep the others from being looked at."""
        troubles: list[ProviderError] = []
        left, asked = iter(tasks), 0

        def is_hopeless() -> bool:
            failed = len(troubles)
            return any(isinstance(exc, RateLimitError) for exc in troubles) or failed == asked >= CONNECTIONS

        async def work() -> None:
            nonlocal asked
            for one in left:
                if self._schedule.get(one.task_id) is not one:
                    continue
                await self._pace("get")
                if is_hopeless():
                    return
                asked += 1
                try:
                    await self._look_at(one)
                except ProviderError as exc:
                    log.info("Looking at a task failed and will be repeated: %s", exc)
                    troubles.append(exc)
                    self._hold(one)
                except Exception:
                    log.exception("Looking at a task failed in a way that should not be; it will be repeated.")
                    self._hold(one)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(CONNECTIONS, len(tasks))):
                group.create_task(work())
        if troubles and (is_hopeless() or len(troubles) == asked):
            raise next((exc for exc in troubles if isinstance(exc, RateLimitError)), troubles[-1])

    async def _look_at(self, one: Tracked) -> None:
        at = self._clock()
        try:
            snapshot = await self.provider.get(one.task_id)
        except (TaskNotFoundError, RequestRejectedError) as exc:
            if at - one.submitted_at < self.provider.warm_up:
                one.pass_over(at)  # it may not know yet what it has just created
                return
            if not isinstance(exc, TaskNotFoundError):
                raise
            one.denials += 1
            one.hold(at + self._interval)
            if one.denials >= DENIALS:
                await self._lose(one, str(exc))
            return
        await self._report([(one, snapshot)], at)

    def _hold(self, one: Tracked) -> None:
        one.troubles += 1
        one.hold(self._clock() + min(self._interval * 2 ** min(one.troubles, 10), LONGEST_PAUSE))

    # -- telling --

    async def _report(self, answers: Sequence[tuple[Tracked, Snapshot]], at: float) -> None:
        for one, snapshot in answers:
            one.look(snapshot, at)
        news = [
            (one, snapshot)
            for one, snapshot in answers
            if one.word != (snapshot.status, snapshot.raw_status) and self._schedule.get(one.task_id) is one
        ]
        if not news or await self._pass(news):
            return
        for one, snapshot in news:  # one that cannot be taken in does not keep the others from it
            if len(news) == 1 or not await self._pass([(one, snapshot)]):
                self._hold(one)

    async def _pass(self, news: Sequence[tuple[Tracked, Snapshot]]) -> bool:
        try:
            await self._seen([(one.local_id, snapshot) for one, snapshot in news])
        except Exception:
            log.exception(
                "What %s said of its tasks could not be taken in; they are looked at again.", self.provider.id
            )
            return False
        for one, snapshot in news:
            one.word, one.troubles = (snapshot.status, snapshot.raw_status), 0
            if one.ended_after is not None:
                one.experience.end(one.order, one.ended_after)
            if snapshot.status is not None and (snapshot.status is TaskStatus.SUCCEEDED or snapshot.status.is_terminal):
                self.forget(one.task_id)
        return True

    async def _lose(self, one: Tracked, reason: str) -> None:
        await self._gone(one.local_id, reason)
        self.forget(one.task_id)

    async def _silence(self, exc: ProviderError) -> None:
        """A sandbox lives in a kernel or a terminal; when nothing listens any more, its tasks are gone with it."""
        if not (self._is_sandbox and isinstance(exc, TransportError) and not exc.may_have_been_created):
            return
        self._silences += 1
        if self._silences >= SILENCES:
            for one in self._schedule:
                await self._lose(one, "The sandbox it ran on is gone.")
