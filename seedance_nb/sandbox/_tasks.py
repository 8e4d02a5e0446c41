"""Tasks of the sandbox and what time does to them, for all dialects.

The store is a small event simulation: every change has a moment, and `settle` lives through the
moments that have passed, in order. So states do not depend on who looks when, and a clock that
jumps a day gives the same story as one that ticks through it. Runs on the server's loop only.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from seedance_nb.sandbox._clips import ClipShelf
from seedance_nb.sandbox._clock import Clock
from seedance_nb.sandbox.scenario import SECONDS_A_DAY, End

if TYPE_CHECKING:
    from seedance_nb.sandbox.clip import ClipSpec

log = logging.getLogger(__name__)

Status = Literal["queued", "running", "succeeded", "failed", "expired", "cancelled"]
Pool = Literal["", "4k"]
ENDED = frozenset({"succeeded", "failed", "expired", "cancelled"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen to one task if nobody steps in; fixed when it is created."""

    queue: float
    run: float
    then: End
    error_code: str = ""
    error_message: str = ""
    expires_after: float = 172_800
    """Seconds after creation at which an unended task expires."""
    record_life: float = 7 * SECONDS_A_DAY
    """Seconds after creation at which the record is forgotten."""
    cancelled_life: float = SECONDS_A_DAY
    """Seconds after cancelling at which a cancelled record is forgotten."""
    priority: int = 0
    pool: Pool = ""
    """Which concurrency cap counts it."""


@dataclass(slots=True, eq=False)
class SandboxTask:
    """One task. What a dialect needs beyond this, it keeps in `facts`."""

    id: str
    dialect: str
    order: int
    spec: ClipSpec
    plan: Plan
    created_at: float
    facts: Any
    status: Status = "queued"
    updated_at: float = 0.0
    ended_at: float | None = None
    error_code: str = ""
    error_message: str = ""
    rendered: bool = False
    render_error: BaseException | None = None
    scratch: dict[str, Any] = field(default_factory=dict)
    """What a dialect remembers about the task while it serves it."""


Listener = Callable[[SandboxTask], None]


class TaskStore:
    """All tasks, and the clock's way with them."""

    def __init__(self, clock: Clock, shelf: ClipShelf, cap: Callable[[Pool], int | None]) -> None:
        self.clock = clock
        self.shelf = shelf
        self._cap = cap
        self._tasks: dict[str, SandboxTask] = {}
        self._order = 0
        self._moments: list[tuple[float, int, str, SandboxTask]] = []
        self._serial = 0
        self._waiting: dict[Pool, list[tuple[int, int, SandboxTask]]] = {"": [], "4k": []}
        self._running: dict[Pool, int] = {"": 0, "4k": 0}
        self._queued = 0
        self._held: dict[str, SandboxTask] = {}
        self._settling = False
        self.wake: Callable[[], None] = lambda: None
        """Called when something may be due earlier than was thought."""
        self.listeners: dict[str, Listener] = {}
        """By dialect: called after each change of status."""

    # -- reading --

    def get(self, task_id: str, dialect: str) -> SandboxTask | None:
        """The task, as it is now."""
        self.settle()
        task = self._tasks.get(task_id)
        return task if task is not None and task.dialect == dialect else None

    def newest_first(self, dialect: str) -> Iterator[SandboxTask]:
        """All tasks of a dialect, as they are now."""
        self.settle()
        return (task for task in reversed(self._tasks.values()) if task.dialect == dialect)

    @property
    def queued(self) -> int:
        """How many tasks are queued now."""
        self.settle()
        return self._queued

    @property
    def created(self) -> int:
        """How many tasks were created so far."""
        return self._order

    def next_moment(self) -> float | None:
        """When the next thing is due."""
        return self._moments[0][0] if self._moments else None

    # -- changing --

    def add(self, task_id: str, dialect: str, spec: ClipSpec, plan: Plan, facts: Any) -> SandboxTask:
        """Create a task, queued from now."""
        self.settle()
        now = self.clock.now()
        self._order += 1
        task = SandboxTask(task_id, dialect, self._order, spec, plan, now, facts, updated_at=now)
        self._tasks[task_id] = task
        self._queued += 1
        self._at(now + plan.queue, "ready", task)
        self._at(now + plan.expires_after, "expire", task)
        self._at(now + plan.record_life, "forget", task)
        self._tell(task)
        self.wake()
        return task

    def cancel(self, task: SandboxTask) -> None:
        """Cancel a task that has not ended. Whether one that runs may be cancelled is the dialect's business."""
        now = self.clock.now()
        self._end(task, "cancelled", now)
        self._at(now + task.plan.cancelled_life, "forget", task)
        self.wake()

    def delete(self, task: SandboxTask) -> None:
        """Forget the record of an ended task."""
        self._tasks.pop(task.id, None)

    def settle(self) -> None:
        """Live through everything that is due."""
        if self._settling:
            return
        self._settling = True
        try:
            now = self.clock.now()
            for pool in self._waiting:
                self._start(pool, now)
            while True:
                while self._moments and self._moments[0][0] <= now:
                    at, _, what, task = heapq.heappop(self._moments)
                    self._happen(what, task, at)
                if not self._release(now):
                    break
        finally:
            self._settling = False

    # -- one moment --

    def _at(self, moment: float, what: str, task: SandboxTask) -> None:
        self._serial += 1
        heapq.heappush(self._moments, (moment, self._serial, what, task))

    def _happen(self, what: str, task: SandboxTask, at: float) -> None:
        if what == "forget":
            self.delete(task)
        elif what == "ready" and task.status == "queued":
            heapq.heappush(self._waiting[task.plan.pool], (-task.plan.priority, task.order, task))
            self._start(task.plan.pool, at)
        elif what == "expire" and task.status in {"queued", "running"}:
            self._end(task, "expired", at)
        elif what == "end" and task.status == "running":
            if task.plan.then == "succeeded" and not task.rendered:
                self._held[task.id] = task
            else:
                self._finish(task, at)

    def _start(self, pool: Pool, at: float) -> None:
        waiting = self._waiting[pool]
        cap = self._cap(pool)
        while waiting and (cap is None or self._running[pool] < cap):
            task = heapq.heappop(waiting)[2]
            if task.status != "queued":
                continue
            self._running[pool] += 1
            self._move(task, "running", at)
            self._at(at + task.plan.run, "end", task)
            if task.plan.then == "succeeded":
                self._render(task)

    def _render(self, task: SandboxTask) -> None:
        def done(error: BaseException | None) -> None:
            task.rendered = True
            task.render_error = error
            if error is not None:
                log.error("The sandbox could not render the clip of task %s.", task.id, exc_info=error)
            self.wake()

        self.shelf.want(task.spec, done)

    def _release(self, now: float) -> bool:
        ready = [task for task in self._held.values() if task.rendered]
        for task in ready:
            del self._held[task.id]
            if task.status == "running":
                self._finish(task, now)
        return bool(ready)

    def _finish(self, task: SandboxTask, at: float) -> None:
        task.error_code, task.error_message = task.plan.error_code, task.plan.error_message
        if task.plan.then == "succeeded" and task.render_error is not None:
            task.error_code = "InternalServiceError"
            self._end(task, "failed", at)
        else:
            self._end(task, task.plan.then, at)

    def _end(self, task: SandboxTask, status: Status, at: float) -> None:
        was_running = task.status == "running"
        self._move(task, status, at)
        if was_running:
            self._running[task.plan.pool] -= 1
            self._start(task.plan.pool, at)

    def _move(self, task: SandboxTask, status: Status, at: float) -> None:
        if task.status == "queued":
            self._queued -= 1
        task.status = status
        task.updated_at = at
        if status in ENDED:
            task.ended_at = at
        self._tell(task)

    def _tell(self, task: SandboxTask) -> None:
        if (listener := self.listeners.get(task.dialect)) is not None:
            listener(task)
