"""One step of a task: written down, then told."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import stamina

from seedance_nb.engine.book import Book
from seedance_nb.engine.hub import Hub
from seedance_nb.engine.settling import settled
from seedance_nb.errors import IllegalTransitionError, LedgerError, TaskNotRecordedError
from seedance_nb.ledger import Begun, Ledger
from seedance_nb.money import Money
from seedance_nb.task import Failure, TaskRecord, TaskStatus, may_become

if TYPE_CHECKING:
    from seedance_nb.engine.station import Station

T = TypeVar("T")

log = logging.getLogger("seedance_nb.engine")

WRITE_PATIENCE = 3600.0
"""Seconds for which a step that the ledger does not take is tried again."""
_DURABLE = frozenset({TaskStatus.INTENT, TaskStatus.SUBMITTING, TaskStatus.UNKNOWN})
"""Statuses that decide whether a request may be sent: on the disk before we go on."""


def now() -> dt.datetime:
    """The time, in UTC."""
    return dt.datetime.now(dt.UTC)


def about(local_id: str, task_id: str | None = None) -> dict[str, str]:
    """What a log record carries about the task it is about: `local_id` and `task_id`."""
    return {"local_id": local_id, "task_id": task_id or ""}


class Steps:
    """The steps of a ledger's tasks, and which tasks are followed here.

    Args:
        ledger: Where each is written down first.
        book: The way there.
        hub: Who is told.
    """

    def __init__(self, ledger: Ledger, book: Book, hub: Hub) -> None:
        self.ledger = ledger
        self.book = book
        self.hub = hub
        self.working: dict[str, tuple[Station, str] | None] = {}
        """The tasks that are followed here, by our id: where, and the provider's id, once there is one."""
        self.on_let_go: Callable[[str], None] = lambda _: None
        """Told of each task that is followed here no longer."""

    async def write(self, local_id: str, work: Callable[[], T], *, durable: bool = False) -> T:
        """Write something of a task, and go on trying: without it a clip could be lost, or paid twice."""
        said = "A step of task %s is not in the ledger yet: %s"
        return await self._again(local_id, said, lambda: self.book.write(work, durable=durable))

    async def read(self, local_id: str, work: Callable[..., T], *args: Any) -> T:
        """Ask the ledger something that the next step of a task depends on, and go on trying."""
        said = "Task %s waits for the ledger to be read: %s"
        return await self._again(local_id, said, lambda: self.book.read(work, *args))

    async def _again(self, local_id: str, said: str, attempt: Callable[[], Awaitable[T]]) -> T:
        def refused(exc: Exception) -> bool:
            passing = isinstance(exc, LedgerError) and not isinstance(
                exc, IllegalTransitionError | TaskNotRecordedError
            )
            if passing:
                log.critical(said, local_id, exc, extra=about(local_id))
            return passing

        async for each in stamina.retry_context(refused, attempts=None, timeout=WRITE_PATIENCE, wait_max=10):
            with each:
                return await attempt()
        raise AssertionError("unreachable")  # pragma: no cover

    async def take(
        self,
        local_id: str,
        status: TaskStatus,
        *,
        expected: Collection[TaskStatus] | None = None,
        detail: Any = None,
        **facts: Any,
    ) -> bool:
        """Take a step if the task still stands where it begins; False where somebody else took one.

        Args:
            local_id: The task.
            status: Where it stands from now on.
            expected: Where it must stand; None: anywhere from where this may follow.
            detail: More for the event.
            **facts: What else `Ledger.transition` writes.
        """
        step = partial(
            self.ledger.transition,
            local_id,
            status,
            at=now(),
            expected=may_become(status) if expected is None else expected,
            detail=detail,
            **facts,
        )
        done = await self.write(local_id, step, durable=status in _DURABLE or "task_id" in facts)
        await self.tell(local_id, status if done else None, facts.get("failure"))
        return done

    async def begin_sending(self, local_id: str, *, in_flight: int | None) -> Begun:
        """Take the step that comes before a create is sent, if there is room; see `Ledger.begin_sending`."""
        step = partial(self.ledger.begin_sending, local_id, at=now(), in_flight=in_flight)
        begun = await self.write(local_id, step, durable=True)
        if begun != "full":
            await self.tell(local_id, TaskStatus.SUBMITTING if begun == "begun" else None)
        return begun

    async def tell(self, local_id: str, status: TaskStatus | None, failure: Failure | None = None) -> None:
        """Say where a task stands to whoever listens; None: somebody else took the step, the ledger knows which."""
        record = None
        if status is None:
            record = await self.record(local_id)
            status, is_over = record.status, record.is_over
        else:
            is_over = status.is_over(failed=failure is not None)
        if is_over:
            self.let_go(local_id)
        self.hub.tell(local_id, status, is_over=is_over)
        if self.hub.wants_record(local_id):
            self.hub.publish(record or await self.record(local_id))

    async def record(self, local_id: str) -> TaskRecord:
        """What the ledger knows of a task."""
        return await self.read(local_id, self.ledger.get, local_id)

    def let_go(self, local_id: str) -> None:
        """Follow a task no longer here; on the background loop only."""
        place = self.working.pop(local_id, None)
        if place is not None:
            where, task_id = place
            where.poller.forget(task_id)
            where.line.woken()
        self.on_let_go(local_id)

    def charge(self, record: TaskRecord, reported: Money | None, *, seconds: int | None = None) -> None:
        """Settle the bill, once; see `settled` for whose word counts. To be called inside `write`."""
        bill = settled(record, reported, seconds=seconds)
        if bill is not None:
            self.ledger.add_charge(
                record.local_id,
                bill.cost,
                tokens=bill.tokens,
                price_id=bill.price_id,
                basis=bill.basis,
                is_sandbox=record.is_sandbox,
                at=now(),
            )
