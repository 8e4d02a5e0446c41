"""The handle of a task: show it, `await` it, or wait for it.

A handle holds no state. It asks the ledger, so that it says the same in every notebook and
after every restart.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedance_nb.engine import Engine, copies
from seedance_nb.engine.odds import Kind
from seedance_nb.engine.usual import published
from seedance_nb.errors import (
    ContentRejectedError,
    NotKeptError,
    SeedanceError,
    TaskCancelled,
    TaskExpired,
    TaskFailed,
    TaskUnknown,
    WaitTimeout,
)
from seedance_nb.ledger import Ledger
from seedance_nb.money import Money, Quote, Usage
from seedance_nb.task import ArtifactKind, Failure, TaskRecord, TaskStatus

if TYPE_CHECKING:
    from seedance_nb.widgets.player import Player

SLICE = 0.2
"""Seconds between two chances for an interrupt while waiting."""
ENOUGH_TIMED = 3
"""From so many tasks on, what they took says more than what others saw."""
_MAY_BE_RESCUED = frozenset({TaskStatus.KEPT, TaskStatus.LOST})
_MODERATION = ("SensitiveContentDetected", "RiskDetection", "ContentSecurityDetection", "PolicyViolation")


class Task:
    """One task, from its intent to its kept clip."""

    def __init__(self, engine: Engine, ledger: Ledger, local_id: str, *, record: TaskRecord | None = None) -> None:
        self._engine = engine
        self._ledger = ledger
        self._last = record
        self.local_id = local_id
        """Our own id, there before the provider's."""

    def record(self) -> TaskRecord:
        """Everything the ledger knows of the task, now; of one that is over, also after the studio was closed."""
        last = self._last
        is_final = last is not None and last.status.is_terminal and last.status not in _MAY_BE_RESCUED
        if last is None or not (is_final or (last.status.is_terminal and self._ledger.is_closed)):
            last = self._last = self._ledger.get(self.local_id)
        return last

    @property
    def task_id(self) -> str | None:
        """The provider's id; None until it has answered."""
        return self.record().task_id

    @property
    def status(self) -> TaskStatus:
        """Where the task is in its life."""
        return self.record().status

    @property
    def quote(self) -> Quote | None:
        """What it was to cost, as known at submit."""
        return self.record().quote

    @property
    def usage(self) -> Usage | None:
        """What the provider says it consumed; None until it has succeeded."""
        return self.record().usage

    @property
    def cost(self) -> Money | None:
        """What it cost; None until it has succeeded. On the sandbox: what it would have cost."""
        return self.record().cost

    @property
    def seed(self) -> int | None:
        """The seed that was sent."""
        return self.record().seed

    @property
    def video(self) -> Path | None:
        """The kept clip; None until there is one. Of one in an object store, its copy here, fetched now if need be.

        Raises:
            StoreError: The store does not give it.
            NotKeptError: This disk has no room for a copy.
        """
        return self._path("clip")

    @property
    def last_frame(self) -> Path | None:
        """The last frame as a picture, where it was asked for."""
        return self._path("last_frame")

    @property
    def error(self) -> Failure | None:
        """Why it did not end well; None where it did, or has not ended."""
        return self.record().failure

    def _path(self, kind: ArtifactKind) -> Path | None:
        return copies.here(self.record().artifact(kind))

    def fetch(self) -> Task:
        """Have the clip, its poster and its last frame on this machine, where an object store keeps them.

        Raises:
            StoreError: The store does not give one of them.
            NotKeptError: This disk has no room for them.
        """
        for artifact in self.record().artifacts:
            copies.here(artifact)
        return self

    # -- waiting --

    def wait(self, timeout: float | dt.timedelta | None = 600.0) -> Task:
        """Wait until the clip is kept and return this task. To stop waiting does not stop the task.

        Args:
            timeout: Longest wait, in seconds. None waits without limit.

        Raises:
            TaskFailed: The provider gave up or refused it. Nothing is billed.
            TaskExpired: It, or its clip, is gone.
            TaskCancelled: It was cancelled.
            TaskUnknown: No answer says whether it was created.
            NotKeptError: The clip is made, and this disk refused it.
            WaitTimeout: We stopped waiting. The task goes on and may be billed.
        """
        seconds = timeout.total_seconds() if isinstance(timeout, dt.timedelta) else timeout
        deadline = None if seconds is None else time.monotonic() + seconds
        future = self._engine.finished(self.local_id)
        try:
            while True:
                left = SLICE if deadline is None else min(SLICE, deadline - time.monotonic())
                try:
                    return self._ended(future.result(max(left, 0)))
                except FutureTimeout:
                    if deadline is not None and time.monotonic() >= deadline:
                        break
        finally:
            future.cancel()
        raise WaitTimeout(
            f"{self._name()} was still {self.status} after {seconds:g} s. It was not cancelled and may be billed. "
            f"It goes on: studio.tasks()[{self.local_id!r}]."
        )

    def __await__(self) -> Generator[Any, None, Task]:
        future: Future[TaskRecord] = self._engine.finished(self.local_id)
        record = yield from asyncio.wrap_future(future).__await__()
        return self._ended(record)

    def _ended(self, record: TaskRecord) -> Task:
        self._last = record
        if record.status is not TaskStatus.KEPT:
            raise self._error(record)
        return self

    def _error(self, record: TaskRecord) -> SeedanceError:
        failure = record.failure or Failure("", "No reason was given.")
        text = f"{self._name()}: {failure.message}"
        match record.status:
            case TaskStatus.SUCCEEDED:
                return NotKeptError(text)
            case TaskStatus.UNKNOWN:
                return TaskUnknown(text, task=self, code=failure.code)
            case TaskStatus.CANCELLED:
                return TaskCancelled(text, task=self, code=failure.code)
            case TaskStatus.EXPIRED | TaskStatus.LOST:
                return TaskExpired(text, task=self, code=failure.code)
            case _:
                kind = ContentRejectedError if any(word in failure.code for word in _MODERATION) else TaskFailed
                done = "was refused" if record.status is TaskStatus.REJECTED else "failed"
                return kind(
                    f"{self._name()} {done} ({failure.code or 'no code'}): {failure.message} Nothing is billed for it.",
                    task=self,
                    code=failure.code,
                )

    def _name(self) -> str:
        record = self.record()
        return f"Task {(record.task_id or self.local_id)!r} at {record.provider}"

    # -- acting --

    def cancel(self) -> Task:
        """Cancel the task while it waits to be sent, or is queued at the provider; nothing is billed then.

        Raises:
            ConfigurationError: It is not queued any more; nothing was changed.
            ProviderError: The provider refused or did not answer; the task goes on.
        """
        self._last = self._engine.cancel(self.local_id)
        return self

    def settle(self, task_id: str | None) -> Task:
        """Say what became of a create that had no answer, after a look at the provider's console.

        Args:
            task_id: The provider's id of the task, which is followed from then on; None: it has no such task, and
                nothing is reserved for it any more.

        Raises:
            ConfigurationError: The outcome is known, or that task is another one; nothing was changed.
            ProviderError: The provider does not know it, or did not answer; nothing was changed.
        """
        self._last = self._engine.settle(self.local_id, task_id)
        return self

    def rescue(self) -> Task:
        """Fetch the clip again: one that is not kept yet, was lost, or was removed from this disk; returns at once.

        It costs nothing. It works as long as the provider has the task: 7 days on Ark, the clip itself 24 hours.

        Raises:
            ConfigurationError: It has no clip to fetch, or there is no key to ask with.
        """
        self._engine.rescue(self.local_id)
        self._last = None
        return self

    # -- saying something of it --

    def note(self, text: str | None) -> Task:
        """Write a note beside the task; an empty one, or None, takes it away. Secrets are folded."""
        self._ledger.add_labels([self.local_id], {"note": text or None})
        return self

    def labels(self) -> dict[str, str]:
        """What was said of it: `tag:…`, `note`, `rating`, and where it is filed; see `studio.ledger.tag`."""
        return self._ledger.labels([self.local_id]).get(self.local_id, {})

    # -- showing --

    def subscribe(self, callback: Callable[[TaskRecord], None]) -> Callable[[], None]:
        """Hear of each change, in the engine's thread; returns what ends that."""
        return self._engine.subscribe(self.local_id, callback)

    def cancellable(self) -> frozenset[TaskStatus]:
        """In which statuses this task's provider can cancel it; empty where it never can."""
        return self._engine.cancellable(self.record())

    def usual_durations(self) -> Sequence[float]:
        """Seconds that tasks like this one took before; from the catalog where the ledger knows too few."""
        record = self.record()
        timed = self._ledger.durations(
            record.provider, record.model, record.resolution, record.duration, is_sandbox=record.is_sandbox
        )
        kind = Kind(record.provider, record.model, record.resolution, record.duration, record.is_sandbox)
        return timed if len(timed) >= ENOUGH_TIMED else [*timed, *published(kind)]

    def transfer(self) -> tuple[str, int, int] | None:
        """A file of this task that is on its way to the provider: its name, bytes sent, bytes in all."""
        found = self._engine.transfer(self.local_id)
        return None if found is None else (found.file, found.sent, found.size)

    def poster(self) -> bytes | None:
        """A small JPEG of the first frame, once the clip is kept."""
        try:
            path = self._path("poster")
            return path.read_bytes() if path is not None else None
        except (OSError, SeedanceError):
            return None

    def preview(self) -> Player:
        """The clip to look at closely, as of `studio.preview`; before it is kept, where the task stands."""
        from seedance_nb.widgets.player import Player

        return Player(self, home=self._ledger.home)

    def _ipython_display_(self) -> None:
        from seedance_nb.widgets import live_cell

        live_cell.show(self)

    def __repr__(self) -> str:
        record = self.record()
        end = record.finished_at or dt.datetime.now(dt.UTC)
        elapsed = (end - (record.submitted_at or record.created_at)).total_seconds()
        return f"Task({record.provider}, {record.task_id or record.local_id}, {record.status}, {elapsed:.0f} s)"
