"""The life of a task, step by step, in the background.

Each step is written down before the next one begins, as a compare-and-set in the ledger, so that two
engines on one ledger cannot both take it. What follows from a step can be done twice and happens once.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import stamina

from seedance_nb.engine import background, owner
from seedance_nb.engine.hearing import Hearing
from seedance_nb.engine.hub import Hub
from seedance_nb.engine.keeping import Keeper
from seedance_nb.engine.polling import Poller
from seedance_nb.engine.preparing import Prepared
from seedance_nb.engine.sending import find, send
from seedance_nb.engine.settling import settled
from seedance_nb.engine.uploading import Transfer, Uploader
from seedance_nb.errors import ConfigurationError, LedgerError, SeedanceError, TaskNotFoundError
from seedance_nb.ledger import Ledger
from seedance_nb.money import Money
from seedance_nb.providers import Provider
from seedance_nb.task import Failure, Snapshot, TaskRecord, TaskStatus

T = TypeVar("T")

log = logging.getLogger("seedance_nb.engine")

SANDBOX_INTERVAL = 0.35
"""Seconds between two looks at the sandbox, which is on this machine."""
CREATES_AT_ONCE = 4
TRANSFER_INTERVAL = 0.25
WRITE_PATIENCE = 3600.0
"""Seconds for which a ledger that refuses a provider's id is tried again."""
STALE_SUBMIT = dt.timedelta(minutes=5)
"""A create that has been under way for longer than any time-out is nobody's any more."""

_BEFORE_END = frozenset({TaskStatus.SUBMITTING, TaskStatus.UNKNOWN, TaskStatus.QUEUED, TaskStatus.RUNNING})
_MAY_BECOME: dict[TaskStatus, frozenset[TaskStatus]] = {
    TaskStatus.QUEUED: frozenset({TaskStatus.SUBMITTING, TaskStatus.UNKNOWN}),
    TaskStatus.RUNNING: _BEFORE_END - {TaskStatus.RUNNING},
    TaskStatus.SUCCEEDED: _BEFORE_END,
    TaskStatus.FAILED: _BEFORE_END,
    TaskStatus.EXPIRED: _BEFORE_END,
    TaskStatus.CANCELLED: _BEFORE_END,
}
"""From which statuses a provider's word may lead to this one."""


def now() -> dt.datetime:
    """The time, in UTC."""
    return dt.datetime.now(dt.UTC)


class Life:
    """What happens to the tasks of one ledger between intent and kept clip.

    Args:
        ledger: Where everything is written down first.
        hub: Who is told of each change.
        home: The folder whose `clips` holds what is kept.
        client_of: Gives the client for a record's provider and address, or None where there is no key for it.
    """

    def __init__(
        self, ledger: Ledger, hub: Hub, *, home: Path, client_of: Callable[[TaskRecord], Provider | None]
    ) -> None:
        self.working: set[str] = set()
        """Local ids of the tasks that are followed here."""
        self.jobs: set[Future[None]] = set()
        """What is under way on the background loop."""
        self.hearing = Hearing(ledger, client_of=client_of, seen=self._seen)
        """Where a provider's word goes that came without a question."""
        self._ledger = ledger
        self._hub = hub
        self._client_of = client_of
        self._pollers: dict[tuple[str, str], Poller] = {}
        self._last_word: dict[str, str] = {}
        self._taking_in: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._creates = asyncio.Semaphore(CREATES_AT_ONCE)
        self._keeper = Keeper(ledger, home)
        self._uploader = Uploader(ledger)
        self.transfers: dict[str, Transfer] = {}
        """How far the file of a task is that is being uploaded."""
        self._told_at = 0.0

    def spawn(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Start work on the background loop, from any thread."""
        job = background.spawn(work)
        self.jobs.add(job)
        job.add_done_callback(self.jobs.discard)
        return job

    async def close(self) -> None:
        """Stop looking and close the connections; the tasks go on at their providers."""
        self.hearing.stop()
        for poller in self._pollers.values():
            poller.stop()
        await self._keeper.close()

    async def _do(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Ledger and file work, off the loop."""
        return await asyncio.to_thread(work, *args, **kwargs)

    async def _step(
        self, local_id: str, status: TaskStatus, *, expected: Collection[TaskStatus], detail: Any = None, **facts: Any
    ) -> bool:
        done = await self._do(
            self._ledger.transition, local_id, status, at=now(), expected=expected, detail=detail, **facts
        )
        await self._publish(local_id)
        return done

    async def _publish(self, local_id: str) -> None:
        record = await self._do(self._ledger.get, local_id)
        if record.is_over:
            self.working.discard(local_id)
            self._last_word.pop(local_id, None)
            self.hearing.forget(record)
        self._hub.publish(record)

    async def begin(self, prepared: Prepared, provider: Provider) -> None:
        """Create the task whose intent is written down, and follow it."""
        record, local_id = prepared.record, prepared.record.local_id
        async with self._creates:
            try:
                body = await self._uploader.bring(
                    local_id, prepared.uploads, prepared.body, provider, told=partial(self._tell_transfer, record)
                )
            except SeedanceError as exc:
                failure = Failure("NotSent", f"A file did not reach {record.provider}: {exc} Nothing was created.")
                await self._step(
                    local_id, TaskStatus.FAILED, expected={TaskStatus.INTENT}, failure=failure, finished_at=now()
                )
                return
            finally:
                self.transfers.pop(local_id, None)
            if not await self._step(local_id, TaskStatus.SUBMITTING, expected={TaskStatus.INTENT}, submitted_at=now()):
                return
            sent = await send(provider, body)
        if sent.outcome == "created":
            await self._write_id(record, sent.task_id)
            self._follow(local_id, sent.task_id, provider, record.is_sandbox)
        elif sent.outcome == "no_answer":
            said = sent.failure.message if sent.failure else ""
            await self._step(local_id, TaskStatus.UNKNOWN, expected={TaskStatus.SUBMITTING}, detail={"no_answer": said})
            self.spawn(self._settle(await self._do(self._ledger.get, local_id), provider))
        else:
            status = TaskStatus.REJECTED if sent.outcome == "rejected" else TaskStatus.FAILED
            await self._step(
                local_id, status, expected={TaskStatus.SUBMITTING}, failure=sent.failure, finished_at=now()
            )

    def _tell_transfer(self, record: TaskRecord, transfer: Transfer) -> None:
        """Let faces show how far a file is; a few times a second are enough, and the last piece always is."""
        moment = time.monotonic()
        if transfer.sent >= transfer.size or moment - self._told_at >= TRANSFER_INTERVAL:
            self._told_at = moment
            self.transfers[record.local_id] = transfer
            self._hub.publish(record)

    async def _write_id(self, record: TaskRecord, task_id: str) -> None:
        """Write down the provider's id, and go on trying: it is the only way back to a clip that is being paid for."""

        def refused(exc: Exception) -> bool:
            if isinstance(exc, LedgerError):
                log.critical(
                    "Task %s was created at %s and is not in the ledger yet: %s", task_id, record.provider, exc
                )
            return isinstance(exc, LedgerError)

        async for attempt in stamina.retry_context(refused, attempts=None, timeout=WRITE_PATIENCE, wait_max=10):
            with attempt:
                await self._step(
                    record.local_id,
                    TaskStatus.QUEUED,
                    expected={TaskStatus.SUBMITTING, TaskStatus.UNKNOWN},
                    task_id=task_id,
                )

    async def _settle(self, record: TaskRecord, provider: Provider) -> None:
        """Find out what became of a create that had no answer."""
        known = await self._do(self._ledger.task_ids, record.provider, record.base_url)
        found = await find(provider, record, known=known)
        if found is not None:
            if await self._step(
                record.local_id, TaskStatus.QUEUED, expected={TaskStatus.UNKNOWN}, task_id=found.task_id
            ):
                self._follow(record.local_id, found.task_id, provider, record.is_sandbox)
                await self._seen(record.local_id, found)
            return
        searched = "its list shows no task that is surely this one" if provider.can_list else "it has no list to search"
        advice = (
            f"{record.provider} gave no answer to the create, and {searched}. "
            "It may exist and be billed. Look at the provider's console for one made at "
            f"{(record.submitted_at or record.created_at):%Y-%m-%d %H:%M} UTC with seed {record.seed} "
            "before you submit it again."
        )
        await self._step(
            record.local_id,
            TaskStatus.UNKNOWN,
            expected={TaskStatus.UNKNOWN},
            failure=Failure("OutcomeUnknown", advice),
            detail={"searched": True},
        )

    async def resume(self, record: TaskRecord, provider: Provider) -> None:
        """Go on with a task that another process, or an earlier one, began."""
        while (
            record.status in {TaskStatus.INTENT, TaskStatus.SUBMITTING}
            and owner.is_alive(record.owner)
            and now() - record.updated_at < STALE_SUBMIT
        ):
            await asyncio.sleep(1.0)  # its own process is at it
            record = await self._do(self._ledger.get, record.local_id)
        if record.is_over:
            await self._publish(record.local_id)
        elif record.status is TaskStatus.INTENT:
            await self._step(
                record.local_id,
                TaskStatus.CANCELLED,
                expected={TaskStatus.INTENT},
                failure=Failure(
                    "NotSent",
                    "The notebook ended before this request was sent. Nothing was created or billed; submit it again.",
                ),
                finished_at=now(),
            )
        elif record.status in {TaskStatus.SUBMITTING, TaskStatus.UNKNOWN}:
            await self._step(
                record.local_id,
                TaskStatus.UNKNOWN,
                expected={TaskStatus.SUBMITTING, TaskStatus.UNKNOWN},
                detail={"no_answer": "The notebook ended before the provider had answered."},
            )
            await self._settle(record, provider)
        elif record.task_id is not None:
            if record.status is TaskStatus.SUCCEEDED:
                await self._charge(record, None)
                await self._keep(record.local_id, None, provider)
            else:
                self._follow(record.local_id, record.task_id, provider, record.is_sandbox)

    def _follow(self, local_id: str, task_id: str, provider: Provider, is_sandbox: bool) -> None:
        key = (provider.id, provider.base_url)
        if key not in self._pollers:
            self._pollers[key] = Poller(
                provider,
                interval=SANDBOX_INTERVAL if is_sandbox else provider.poll_interval,
                seen=self._seen,
                gone=self._gone,
                is_sandbox=is_sandbox,
            )
        self._pollers[key].track(task_id, local_id)
        self.hearing.follow(provider.id, task_id, local_id)

    def _forget(self, record: TaskRecord) -> None:
        for poller in self._pollers.values():
            if record.task_id:
                poller.forget(record.task_id)

    async def _seen(self, local_id: str, snapshot: Snapshot) -> None:
        """Take in what the provider says of a task, once, whether a poll or a webhook brings it."""
        word = snapshot.status or snapshot.raw_status  # a webhook may spell a status in another way than a poll
        async with self._taking_in.setdefault(local_id, asyncio.Lock()):
            if self._last_word.get(local_id) == word:
                return
            await self._take_in(local_id, snapshot)
            if local_id in self.working:  # of one that is over nothing is remembered
                self._last_word[local_id] = word  # only now: what could not be written is looked at again

    async def _take_in(self, local_id: str, snapshot: Snapshot) -> None:
        status = snapshot.status
        if status is None:
            log.warning("Task %s has the status %r, which no page describes.", snapshot.task_id, snapshot.raw_status)
            await self._do(self._ledger.record_event, local_id, "unknown_status", {"status": snapshot.raw_status})
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
        await self._step(local_id, status, expected=_MAY_BECOME[status], **facts)
        if "finished_at" not in facts:
            return
        # Another notebook may have taken this step; what follows from it is done here all the same, and only once.
        record = await self._do(self._ledger.get, local_id)
        self._forget(record)
        if record.status is TaskStatus.SUCCEEDED:
            await self._charge(record, snapshot.cost)
            provider = self._client_of(record)
            if provider is not None:
                self.spawn(self._keep(local_id, snapshot, provider))

    async def _gone(self, local_id: str, reason: str) -> None:
        """The provider no longer knows the task."""
        record = await self._do(self._ledger.get, local_id)
        bill = (
            "Nothing was billed."
            if record.is_sandbox
            else "If it had succeeded it was billed; see the provider's bill."
        )
        await self._step(
            local_id,
            TaskStatus.LOST,
            expected=_BEFORE_END,
            failure=Failure("TaskGone", f"{reason} {bill}"),
            finished_at=now(),
        )

    async def _charge(self, record: TaskRecord, reported: Money | None, *, seconds: int | None = None) -> None:
        """Settle the bill, once; see `settled` for whose word counts."""
        bill = settled(record, reported, seconds=seconds)
        if bill is not None:
            await self._do(
                self._ledger.add_charge,
                record.local_id,
                bill.cost,
                tokens=bill.tokens,
                price_id=bill.price_id,
                basis=bill.basis,
                is_sandbox=record.is_sandbox,
                at=now(),
            )

    async def cancel(self, record: TaskRecord, provider: Provider) -> TaskRecord:
        """Cancel a queued task, after making sure that it still is."""
        assert record.task_id is not None
        snapshot = await provider.get(record.task_id)
        if snapshot.status not in provider.cancellable:
            # On an ended task Ark's call would destroy the provider's record, and the clip with it.
            await self._seen(record.local_id, snapshot)
            raise ConfigurationError(
                f"Task {record.task_id} is {snapshot.raw_status} and can no longer be cancelled; "
                f"only one that is {' or '.join(sorted(provider.cancellable))} can. Nothing was changed."
            )
        await provider.cancel(record.task_id)
        await self._step(
            record.local_id,
            TaskStatus.CANCELLED,
            expected=_BEFORE_END,
            failure=cancelled(snapshot.status),
            finished_at=now(),
        )
        self._forget(record)
        return await self._do(self._ledger.get, record.local_id)

    async def _keep(self, local_id: str, snapshot: Snapshot | None, provider: Provider) -> None:
        """Bring the clip home and say how that ended."""
        record = await self._do(self._ledger.get, local_id)
        try:
            seconds = await self._keeper.keep(record, snapshot, provider)
            await self._charge(record, None, seconds=seconds)
        except TaskNotFoundError as exc:
            failure = Failure("TaskGone", f"The clip was made and billed, and is gone at {record.provider}: {exc}")
            await self._step(
                local_id, TaskStatus.LOST, expected={TaskStatus.SUCCEEDED}, failure=failure, finished_at=now()
            )
        except SeedanceError as exc:
            log.warning("The clip of task %s is not kept yet: %s", record.task_id, exc)
            await self._step(
                local_id,
                TaskStatus.SUCCEEDED,
                expected={TaskStatus.SUCCEEDED},
                failure=Failure("NotKept", str(exc)),
                detail={"not_kept": str(exc)},
            )
        else:
            await self._step(local_id, TaskStatus.KEPT, expected={TaskStatus.SUCCEEDED}, clear_failure=True)


def cancelled(status: TaskStatus | None) -> Failure:
    """What a cancel means for the bill."""
    if status is TaskStatus.QUEUED:
        return Failure("Cancelled", "Cancelled while it was queued. Nothing is billed.")
    return Failure(
        "CancelledRunning",
        "Cancelled while it was running. Whether what was done is billed is not published; see the provider's bill.",
    )
