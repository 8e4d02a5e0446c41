"""The life of a task, step by step, in the background.

Each step is written down before the next one begins, as a compare-and-set in the ledger, so that two
engines on one ledger cannot both take it. What follows from a step can be done twice and happens once.
Which step may follow which is said by `MAY_FOLLOW` in `seedance_nb.task`, and held by the ledger.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from seedance_nb.catalog import Limits
from seedance_nb.engine import background
from seedance_nb.engine.creating import Creating
from seedance_nb.engine.hearing import Hearing
from seedance_nb.engine.hosting import Host
from seedance_nb.engine.keeping import Keeper
from seedance_nb.engine.odds import Kind
from seedance_nb.engine.preparing import Prepared
from seedance_nb.engine.shelving import StoreOf
from seedance_nb.engine.station import Station, key_of, station
from seedance_nb.engine.steps import Steps, about, now
from seedance_nb.engine.usual import published
from seedance_nb.errors import SeedanceError, TaskNotFoundError
from seedance_nb.providers import Provider
from seedance_nb.recipe import RecipeSwitch
from seedance_nb.task import Failure, Snapshot, TaskRecord, TaskStatus, may_become

if TYPE_CHECKING:
    from seedance_nb.store import Store

log = logging.getLogger("seedance_nb.engine")

CLOSING = 10.0
"""Seconds for which what is told to end is given time to do so."""
KEEPERS = 24
"""Clips that are cared for at a time; most of those wait, between two attempts or for a download to have its turn."""
_AT_PROVIDER = frozenset({TaskStatus.QUEUED, TaskStatus.RUNNING})
"""Statuses in which a provider's word counts."""


class Life:
    """What happens to the tasks of one ledger between intent and kept clip.

    Args:
        steps: Where everything is written down first.
        home: The folder whose `clips` holds what is kept.
        client_of: Gives the client for a record's provider and address, or None where there is no key for it.
        limits_of: What the account of a client may do.
        recipe: How much of what made it goes into a clip.
        store_of: Gives the object store that clips go on into; None of it: they stay in the folder.
        host_at: The object store for files that a provider only reads at an address; None: there is none.
    """

    def __init__(
        self,
        steps: Steps,
        *,
        home: Path,
        client_of: Callable[[TaskRecord], Provider | None],
        limits_of: Callable[[Provider], Limits],
        recipe: RecipeSwitch = "none",
        store_of: StoreOf = lambda: None,
        host_at: Store | None = None,
    ) -> None:
        self.steps = steps
        steps.on_let_go = self._forget
        self._jobs: set[asyncio.Task[None]] = set()
        self.paused: set[str] = set()
        """Batches of which nothing is sent for now."""
        self._host = Host(steps.ledger, host_at) if host_at is not None else None
        self.creating = Creating(steps, created=self.follow, found=self.hear, host=self._host)
        self.hearing = Hearing(steps.ledger, client_of=client_of, seen=self.hear)
        """Where a provider's word goes that came without a question."""
        self._client_of = client_of
        self._limits_of = limits_of
        self._stations: dict[tuple[str, str, str], Station] = {}
        self._last_word: dict[str, str] = {}
        self._taking_in: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._to_keep: deque[tuple[str, Snapshot, Provider]] = deque()
        self._keepers = 0
        self._keeper = Keeper(
            steps.ledger, home, ask=self._ask, write=steps.book.write, recipe=recipe, store_of=store_of
        )

    def spawn(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Start work on the background loop, from any thread."""
        return background.spawn(self._do(work))

    async def _do(self, work: Coroutine[Any, Any, None]) -> None:
        job = asyncio.current_task()
        assert job is not None
        self._jobs.add(job)
        try:
            await work
        finally:
            self._jobs.discard(job)

    async def close(self, *, timeout: float) -> None:
        """Stop everything and close the connections; the tasks go on at their providers.

        A create that is under way is waited for, since its answer is the only sure word on what became of it;
        what still waits for its turn is not sent.
        """
        self.hearing.stop()
        for each in self.stations():
            each.poller.stop()
        attempts = set(self.creating.sending)
        await _ended(self._jobs - attempts, timeout=0.0)
        await _ended(attempts, timeout=timeout)
        await _ended(self._jobs, timeout=0.0)  # what those have begun
        for each in self.stations():
            each.stop()
        await self._keeper.close()

    def stations(self) -> Collection[Station]:
        """Every account that tasks were followed at."""
        return tuple(self._stations.values())

    def station(self, provider: Provider, *, is_sandbox: bool) -> Station:
        """What this provider's tasks share; on the background loop only."""
        key = key_of(provider)
        if key not in self._stations:
            self._stations[key] = made = station(
                provider,
                ledger=self.steps.ledger,
                book=self.steps.book,
                limits=self._limits_of(provider),
                usual=published,
                is_sandbox=is_sandbox,
                seen=self.hear_all,
                gone=self._gone,
            )
            for batch in self.paused:
                made.line.pause(batch)
        return self._stations[key]

    # -- following --

    async def begin(self, prepared: Collection[Prepared], provider: Provider, *, is_sandbox: bool) -> None:
        """Create the tasks whose intents are written down, when their turns have come, and follow them."""
        await self.creating.begin_all(prepared, self.station(provider, is_sandbox=is_sandbox), self.spawn)

    async def resume(self, record: TaskRecord, provider: Provider) -> None:
        """Go on with a task that nobody follows any more, from where it stands."""
        here, local_id = self.station(provider, is_sandbox=record.is_sandbox), record.local_id
        match record.status:
            case TaskStatus.INTENT:
                said = (
                    "The notebook ended before this request was sent. Nothing was created or billed; submit it again."
                )
                is_done = await self.steps.take(
                    local_id,
                    TaskStatus.CANCELLED,
                    expected={TaskStatus.INTENT},
                    failure=Failure("NotSent", said),
                    finished_at=now(),
                )
            case TaskStatus.SUBMITTING:
                said = "The notebook ended before the provider had answered."
                is_done = await self.steps.take(
                    local_id, TaskStatus.UNKNOWN, expected={TaskStatus.SUBMITTING}, detail={"no_answer": said}
                )
                if is_done:
                    await self.creating.find_out(record, here)
            case TaskStatus.UNKNOWN:
                is_done = True
                await self.creating.find_out(record, here)
            case TaskStatus.SUCCEEDED:
                is_done = True
                await self.keep(local_id, None, provider)
            case TaskStatus.QUEUED | TaskStatus.RUNNING if record.task_id is not None:
                is_done = True
                self.follow(record, record.task_id, here)
            case _:
                is_done = True
                await self.steps.tell(local_id, None)
        if not is_done:  # whoever followed it before was only asleep, and has gone on
            await self.resume(await self.steps.record(local_id), provider)

    def follow(self, record: TaskRecord, task_id: str, here: Station) -> None:
        """Look at a task from now on; on the background loop only."""
        sent_at = record.submitted_at or record.created_at
        self.steps.working[record.local_id] = (here, task_id)
        here.poller.track(
            task_id,
            record.local_id,
            kind=Kind(record.provider, record.model, record.resolution, record.duration, record.is_sandbox),
            age=max(0.0, (now() - sent_at).total_seconds()),
        )
        self.hearing.follow(record.provider, task_id, record.local_id)

    def _forget(self, local_id: str) -> None:
        self._last_word.pop(local_id, None)
        self.creating.transfers.pop(local_id, None)
        self.hearing.forget(local_id)
        if self._host is not None:
            self.spawn(self._tidy(self._host, local_id))

    async def _tidy(self, host: Host, local_id: str) -> None:
        """Remove what a task that is over had a provider read from a store."""
        record = await self.steps.record(local_id)
        if record.status.is_terminal:
            await host.clean(record)

    # -- what a provider says --

    async def hear_all(self, words: Sequence[tuple[str, Snapshot]]) -> None:
        """Take in what a provider says of tasks; what is written for them shares a transaction."""
        outcomes = await asyncio.gather(*(self.hear(*word) for word in words), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def hear(self, local_id: str, snapshot: Snapshot) -> None:
        """Take in what the provider says of a task, once, whether a poll or a webhook brings it."""
        word = snapshot.status or snapshot.raw_status  # a webhook may spell a status in another way than a poll
        async with self._taking_in.setdefault(local_id, asyncio.Lock()):
            if self._last_word.get(local_id) == word:
                return
            await self._take_in(local_id, snapshot)
            if local_id in self.steps.working:  # of one that is over nothing is remembered
                self._last_word[local_id] = word  # only now: what could not be written is looked at again

    async def _take_in(self, local_id: str, snapshot: Snapshot) -> None:
        status = snapshot.status
        if status is None:
            where = about(local_id, snapshot.task_id)
            log.warning("Task %s is %r, which no page describes.", snapshot.task_id, snapshot.raw_status, extra=where)
            detail = {"status": snapshot.raw_status}
            note = partial(self.steps.ledger.record_event, local_id, "unknown_status", detail, at=now())
            await self.steps.write(local_id, note)
            return
        facts: dict[str, Any] = {
            name: value
            for name in ("usage", "seed", "resolution", "ratio", "duration", "failure")
            if (value := getattr(snapshot, name)) is not None
        }
        if status.is_terminal or status is TaskStatus.SUCCEEDED:
            facts["finished_at"] = now()
        if status is TaskStatus.FAILED and "failure" not in facts:
            facts["failure"] = Failure("", "The provider gave no reason.")
        if status is TaskStatus.SUCCEEDED:
            await self._succeeded(local_id, snapshot, facts)
        else:
            await self.steps.take(local_id, status, expected=may_become(status) & _AT_PROVIDER, **facts)

    async def _succeeded(self, local_id: str, snapshot: Snapshot, facts: dict[str, Any]) -> None:
        done, record = await self.steps.write(local_id, partial(self._succeed, local_id, snapshot, facts))
        place = self.steps.working.get(local_id)
        if place is not None:
            place[0].poller.forget(place[1])
            place[0].line.woken()
        await self.steps.tell(local_id, TaskStatus.SUCCEEDED if done else None)
        provider = self._client_of(record)
        if record.status is TaskStatus.SUCCEEDED and provider is not None:
            self._to_keep.append((local_id, snapshot, provider))
            if self._keepers < KEEPERS:
                self._keepers += 1
                self.spawn(self._keep_all())

    def _succeed(self, local_id: str, snapshot: Snapshot, facts: dict[str, Any]) -> tuple[bool, TaskRecord]:
        """The success and its bill in one transaction: there is no moment between them to be killed in."""
        ledger = self.steps.ledger
        expected = may_become(TaskStatus.SUCCEEDED) & _AT_PROVIDER
        done = ledger.transition(local_id, TaskStatus.SUCCEEDED, at=now(), expected=expected, **facts)
        record = ledger.get(local_id)
        if record.status is TaskStatus.SUCCEEDED:
            self.steps.charge(record, snapshot.cost)
        return done, record

    async def _gone(self, local_id: str, reason: str) -> None:
        """The provider no longer knows the task."""
        record = await self.steps.record(local_id)
        bill = (
            "Nothing was billed."
            if record.is_sandbox
            else "If it had succeeded it was billed; see the provider's bill."
        )
        failure = Failure("TaskGone", f"{reason} {bill}")
        await self.steps.take(local_id, TaskStatus.LOST, expected=_AT_PROVIDER, failure=failure, finished_at=now())

    # -- keeping --

    async def _keep_all(self) -> None:
        try:
            while self._to_keep:
                local_id, snapshot, provider = self._to_keep.popleft()
                try:
                    await self.keep(local_id, snapshot, provider)
                except Exception:
                    where = about(local_id, snapshot.task_id)
                    log.exception("Keeping task %s failed in a way that should not be.", local_id, extra=where)
        finally:
            self._keepers -= 1

    async def _ask(self, provider: Provider, task_id: str) -> Snapshot:
        for each in self.stations():
            if each.provider is provider:
                await each.pacer("get")
        return await provider.get(task_id)

    async def keep(self, local_id: str, snapshot: Snapshot | None, provider: Provider) -> None:
        """Bring the clip home and say how that ended.

        Args:
            local_id: The task, which has succeeded.
            snapshot: What the provider said when it had; None asks it again.
            provider: Who made it.
        """
        record = await self.steps.record(local_id)
        try:
            home = await self._keeper.keep(record, snapshot, provider)
        except TaskNotFoundError as exc:
            await self.steps.write(local_id, partial(self.steps.charge, record, None))
            failure = Failure("TaskGone", f"The clip was made and billed, and is gone at {record.provider}: {exc}")
            await self.steps.take(
                local_id, TaskStatus.LOST, expected={TaskStatus.SUCCEEDED}, failure=failure, finished_at=now()
            )
        except SeedanceError as exc:
            where = about(local_id, record.task_id)
            log.warning("The clip of task %s is not kept yet: %s", record.task_id, exc, extra=where)
            await self.steps.take(
                local_id,
                TaskStatus.SUCCEEDED,
                expected={TaskStatus.SUCCEEDED},
                failure=Failure("NotKept", str(exc)),
                detail={"not_kept": str(exc)},
            )
        else:
            # The amount that a provider names in an answer, and the length that only the clip tells.
            reported = home.snapshot.cost if home.snapshot is not None else None
            charge = partial(self.steps.charge, record, reported, seconds=home.seconds)
            await self.steps.write(local_id, charge)
            await self.steps.take(local_id, TaskStatus.KEPT, clear_failure=True)


async def _ended(jobs: Collection[asyncio.Task[None]], *, timeout: float) -> None:
    """Wait for jobs for so long, then cancel the rest."""
    left = set(jobs) - {asyncio.current_task()}
    if left and timeout:
        _, left = await asyncio.wait(left, timeout=timeout)
    for job in left:
        job.cancel()
    if left:
        await asyncio.wait(left, timeout=CLOSING)
