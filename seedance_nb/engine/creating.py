"""From a written intent to a task at a provider: in line, sent once, found again where no answer came."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine
from functools import partial
from typing import Any, cast

from seedance_nb.engine.hosting import Host
from seedance_nb.engine.line import Ticket
from seedance_nb.engine.preparing import Prepared
from seedance_nb.engine.sending import Sent, find, send
from seedance_nb.engine.station import Station
from seedance_nb.engine.steps import Steps, about, now
from seedance_nb.engine.uploading import Transfer, Uploader
from seedance_nb.errors import SeedanceError
from seedance_nb.task import Failure, Snapshot, TaskRecord, TaskStatus

log = logging.getLogger("seedance_nb.engine")

Spawn = Callable[[Coroutine[Any, Any, None]], object]
"""Starts work on the background loop."""

IN_LINE = 64
"""Tasks of one submit that wait in the line at a time."""
LATE = 10.0
"""Seconds between the written step and the create, after which the step is taken back instead."""
TRANSFER_INTERVAL = 0.25
"""Seconds between two words on how far a file is."""


class Creating:
    """Creates tasks, each once.

    Args:
        steps: Where each step is written down.
        created: Told of a task that exists: its record, the provider's id, and where.
        found: Takes in what was found out about a task whose create had no answer.
        host: Takes files that a provider only reads at an address; None: there is no place for them.
    """

    def __init__(
        self,
        steps: Steps,
        *,
        created: Callable[[TaskRecord, str, Station], None],
        found: Callable[[str, Snapshot], Awaitable[None]],
        host: Host | None = None,
    ) -> None:
        self.coming: set[str] = set()
        """Tasks whose intent is written and that are not in their line yet."""
        self.sending: set[asyncio.Task[Any]] = set()
        """What is attempting a create now."""
        self.transfers: dict[str, Transfer] = {}
        """How far the file of a task is that is being uploaded."""
        self._steps = steps
        self._created = created
        self._found = found
        self._uploader = Uploader(steps.ledger, host)
        self._told_at = 0.0

    async def begin_all(self, prepared: Collection[Prepared], here: Station, spawn: Spawn) -> None:
        """Create tasks in the order of their priority, with only so many of them in the line at a time.

        Thousands that wait in a list cost next to nothing; thousands that wait in the line make Python's collector
        of cyclic garbage stop the whole kernel for tenths of a second.
        """
        room = {four_k: asyncio.Semaphore(IN_LINE) for four_k in (False, True)}  # they wait for different limits
        lanes: dict[bool, list[Prepared]] = {False: [], True: []}
        for each in sorted(prepared, key=lambda each: -_priority(each)):
            lanes[_is_4k(each)].append(each)

        async def feed(four_k: bool) -> None:
            waiting = lanes[four_k]
            waiting.reverse()
            while waiting:
                await room[four_k].acquire()
                spawn(self._begin(waiting.pop(), here, room[four_k].release))

        await asyncio.gather(*(feed(four_k) for four_k in lanes))

    async def _begin(self, prepared: Prepared, here: Station, leave_room: Callable[[], None]) -> None:
        """Create the task whose intent is written down, when its turn has come."""
        record = prepared.record
        if record.local_id not in self.coming:
            leave_room()
            return  # withdrawn meanwhile
        self.coming.discard(record.local_id)
        ticket = Ticket(record.local_id, priority=_priority(prepared), batch=record.batch, four_k=_is_4k(prepared))
        try:
            sent = await here.line.send(ticket, partial(self._attempt, prepared, here))
        finally:
            leave_room()
        await self._sent(record, sent, here)

    async def _attempt(self, prepared: Prepared, here: Station) -> Sent:
        """One attempt at a create, with its files."""
        local_id = prepared.record.local_id
        attempt = asyncio.current_task()
        assert attempt is not None
        self.sending.add(attempt)
        try:
            body = await self._with_files(prepared, here)
            if body is None:
                return Sent("withdrawn")
            begun = time.monotonic(), time.time()
            match await self._steps.begin_sending(local_id, in_flight=here.line.cap):
                case "gone":
                    return Sent("withdrawn")
                case "full":
                    return Sent("full")
            if max(time.monotonic() - begun[0], time.time() - begun[1]) > LATE:
                # This machine slept. Whoever was awake may have called the outcome unknown, and a person acted on it.
                is_ours = await self._steps.take(local_id, TaskStatus.INTENT, detail={"held": "This machine slept."})
                return Sent("held" if is_ours else "withdrawn", retry_after=0.0)
            sent = await send(here.provider, body)
            if sent.outcome == "created":
                await self._write_id(local_id, sent.task_id)
            elif sent.outcome == "held":
                # Nothing was created. It waits again, and would not be unknown if the kernel died now.
                said = sent.failure.message if sent.failure else ""
                await self._steps.take(local_id, TaskStatus.INTENT, detail={"held": said})
            return sent
        finally:
            self.sending.discard(attempt)

    async def _write_id(self, local_id: str, task_id: str) -> None:
        """Write down the provider's id: it is the only way back to a clip that is being paid for."""
        if await self._steps.take(local_id, TaskStatus.QUEUED, task_id=task_id, clear_failure=True):
            return
        # This process slept for long, and another one settled the task meanwhile.
        if (await self._steps.record(local_id)).task_id != task_id:
            log.critical("Task %s was created as %s after it was given up.", local_id, task_id, extra=about(local_id))
            note = partial(self._steps.ledger.record_event, local_id, "created_after_all", {"task_id": task_id})
            await self._steps.write(local_id, note)

    async def _with_files(self, prepared: Prepared, here: Station) -> dict[str, Any] | None:
        """The body with the addresses of its files, or None where one did not arrive."""
        record = prepared.record
        try:
            return await self._uploader.bring(
                record.local_id,
                prepared.uploads,
                prepared.body,
                here.provider,
                told=partial(self._tell_transfer, record),
            )
        except SeedanceError as exc:
            failure = Failure("NotSent", f"A file did not reach {record.provider}: {exc} Nothing was created.")
            await self._steps.take(record.local_id, TaskStatus.FAILED, failure=failure, finished_at=now())
            return None
        finally:
            self.transfers.pop(record.local_id, None)

    async def _sent(self, record: TaskRecord, sent: Sent, here: Station) -> None:
        local_id = record.local_id
        match sent.outcome:
            case "created":
                self._created(record, sent.task_id, here)
            case "no_answer":
                said = sent.failure.message if sent.failure else ""
                await self._steps.take(local_id, TaskStatus.UNKNOWN, detail={"no_answer": said})
                await self.find_out(await self._steps.record(local_id), here)
            case "rejected" | "not_sent":
                status = TaskStatus.REJECTED if sent.outcome == "rejected" else TaskStatus.FAILED
                await self._steps.take(local_id, status, failure=sent.failure, finished_at=now())
            case _:
                await self.withdrawn(local_id)

    async def withdrawn(self, local_id: str) -> None:
        """Write down that a task was taken back before it was sent."""
        failure = Failure("Withdrawn", "Withdrawn before it was sent. Nothing was created or billed.")
        expected = {TaskStatus.INTENT}  # what was sent after all is not cancelled by this
        await self._steps.take(local_id, TaskStatus.CANCELLED, expected=expected, failure=failure, finished_at=now())

    def _tell_transfer(self, record: TaskRecord, transfer: Transfer) -> None:
        """Let faces show how far a file is; a few times a second are enough, and the last piece always is."""
        moment = time.monotonic()
        if transfer.sent >= transfer.size or moment - self._told_at >= TRANSFER_INTERVAL:
            self._told_at = moment
            self.transfers[record.local_id] = transfer
            self._steps.hub.publish(record)

    async def find_out(self, record: TaskRecord, here: Station) -> None:
        """Find out what became of a create that had no answer."""
        provider, ledger = here.provider, self._steps.ledger
        known = await self._steps.read(record.local_id, ledger.task_ids, record.provider, record.base_url)
        snapshot = await find(provider, record, known=known, pace=partial(here.pacer, "list"))
        if snapshot is not None:
            if await self._steps.take(
                record.local_id,
                TaskStatus.QUEUED,
                expected={TaskStatus.UNKNOWN},
                task_id=snapshot.task_id,
                clear_failure=True,
            ):
                self._created(record, snapshot.task_id, here)
                await self._found(record.local_id, snapshot)
            return
        searched = "its list shows no task that is surely this one" if provider.can_list else "it has no list to search"
        advice = (
            f"{record.provider} gave no answer to the create, and {searched}. "
            "It may exist and be billed. Look at the provider's console for one made at "
            f"{(record.submitted_at or record.created_at):%Y-%m-%d %H:%M} UTC with seed {record.seed}: "
            "task.settle('its id') goes on with it, task.settle(None) says that there is none. "
            "Do not submit the request again before."
        )
        await self._steps.take(
            record.local_id,
            TaskStatus.UNKNOWN,
            expected={TaskStatus.UNKNOWN},
            failure=Failure("OutcomeUnknown", advice),
            detail={"searched": True},
        )


def _priority(prepared: Prepared) -> int:
    return cast(int, prepared.body.get("priority") or 0)


def _is_4k(prepared: Prepared) -> bool:
    return prepared.record.resolution == "4k"
