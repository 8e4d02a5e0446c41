"""The handle of a batch: show it, `await` it, wait for it, pause it, stop it."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from typing import Any, overload

from seedance_nb.batch._desk import Books, Desk, Member
from seedance_nb.batch._listeners import Listeners
from seedance_nb.batch._outcomes import Outcomes
from seedance_nb.batch._progress import Bar
from seedance_nb.batch._tally import Tally
from seedance_nb.batch._total import Total, amounts
from seedance_nb.errors import WaitTimeout
from seedance_nb.handle import Task
from seedance_nb.money import Money
from seedance_nb.task import TaskStatus
from seedance_nb.widgets import batch_cell
from seedance_nb.widgets.batch_table import SHOWN, BatchSummary, batch_table, batch_text, failure_row
from seedance_nb.words import Number, Word, say

SLICE = 0.2
"""Seconds between two chances for an interrupt, and two steps of the bar, while waiting."""


class Batch(Sequence[Task]):
    """Tasks that were submitted together, in the order of their rows.

    Counts move with the engine's events; the ledger is asked only for what has ended since it was last asked.
    """

    def __init__(
        self,
        batch_id: str,
        members: Sequence[Member],
        *,
        quote: Total,
        provider: str,
        is_sandbox: bool,
        desk: Desk,
        books: Books,
        task: Callable[[str], Task],
        progress: bool = True,
    ) -> None:
        self.id = batch_id
        """What the ledger calls it."""
        self.notes: tuple[str, ...] = ()
        """What there was to say when it was submitted: which requests were not sent, and why."""
        self.left_out: tuple[int, ...] = ()
        """Rows that a budget did not hold; nothing of them was sent."""
        self._desk = desk
        self._make = task
        self._progress = progress
        self._members = tuple(members)
        self._rows = {member.local_id: member.row for member in members}
        self._quote = quote
        self._provider = provider
        self._is_sandbox = is_sandbox
        self._is_paused = False
        self._lock = threading.Lock()
        self._ends: set[Future[None]] = set()
        self._listeners = Listeners()
        self._cells: list[batch_cell.BatchCell] = []
        self._tally = Tally({member.local_id: (member.status, member.is_over) for member in members})
        self._outcomes = Outcomes(books, self._tally)
        self._unsubscribe: Callable[[], None] = lambda: None
        self._unsubscribe = desk.subscribe_many(tuple(self._rows), self._changed)
        # One that was held may have moved between the look that found it and the subscription.
        moving = [member.local_id for member in members if member.is_held and not member.is_over]
        for record in books.records_of(moving) if moving else ():
            self._tally.change(record.local_id, record.status, record.is_over, heard=False)
        if self._tally.is_settled:
            self._close()

    # -- the tasks --

    def __len__(self) -> int:
        return len(self._members)

    @overload
    def __getitem__(self, which: int) -> Task: ...
    @overload
    def __getitem__(self, which: slice) -> list[Task]: ...
    def __getitem__(self, which: int | slice) -> Task | list[Task]:
        if isinstance(which, slice):
            return [self._make(member.local_id) for member in self._members[which]]
        return self._make(self._members[which].local_id)

    def __iter__(self) -> Iterator[Task]:
        return (self._make(member.local_id) for member in self._members)

    @property
    def rows(self) -> tuple[int, ...]:
        """For each task the row that it is of, from 0; the same as its index unless rows were left out."""
        return tuple(member.row for member in self._members)

    @property
    def held(self) -> int:
        """How many tasks were in the ledger already and were not sent again."""
        return sum(member.is_held for member in self._members)

    # -- where they stand --

    @property
    def counts(self) -> dict[TaskStatus, int]:
        """How many tasks have which status, in the order of a task's life."""
        counts: Counter[TaskStatus] = Counter()
        for (status, _), count in self._tally.counts().items():
            counts[status] += count
        return dict(counts)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to any of them by itself."""
        return self._tally.is_over

    @property
    def quote(self) -> Total:
        """What all tasks of the batch were to cost, as known at submit, also those that were not sent again."""
        return self._quote

    @property
    def cost(self) -> dict[str, Money]:
        """What they have cost so far, by currency; on the sandbox: what they would have cost."""
        return self._outcomes.cost()

    def failures(self) -> list[dict[str, Any]]:
        """The tasks that ended without a clip on this disk and were not cancelled, as rows for a table.

        Each has `row`, `status`, `code`, `message`, `bill` (what it means for the bill), `advice`, `prompt`, `seed`,
        `submitted_at`, `task_id` and `local_id`. `pandas.DataFrame(batch.failures())` makes a frame of them.
        """
        return [failure_row(row, record) for row, record in self._outcomes.failures(self._rows)]

    # -- waiting --

    def wait(self, timeout: float | dt.timedelta | None = None) -> Batch:
        """Wait until all tasks are over and return the batch; a task that failed raises nothing, see `failures`.

        To stop waiting, also by an interrupt, stops no task.

        Args:
            timeout: Longest wait, in seconds. None waits without limit.

        Raises:
            WaitTimeout: We stopped waiting. The tasks go on and may be billed.
        """
        seconds = timeout.total_seconds() if isinstance(timeout, dt.timedelta) else timeout
        deadline = None if seconds is None else time.monotonic() + seconds
        future = self._ending()
        try:
            with self._bar() as bar:
                while True:
                    left = SLICE if deadline is None else min(SLICE, deadline - time.monotonic())
                    with suppress(FutureTimeout):
                        future.result(max(left, 0))
                    bar.move(self._tally.over, self._postfix())
                    if future.done() or (deadline is not None and time.monotonic() >= deadline):
                        break
        finally:
            is_over = future.done()
            future.cancel()
        if not is_over:
            raise WaitTimeout(
                f"{len(self) - self._tally.over:,} of {len(self):,} tasks were still under way after {seconds:g} s. "
                "None was cancelled; they go on and may be billed. Wait again, or batch.stop() what is not sent yet."
            )
        self._draw_end()
        return self

    def __await__(self) -> Generator[Any, None, Batch]:
        return self._wait().__await__()

    async def _wait(self) -> Batch:
        ending = asyncio.wrap_future(self._ending())
        try:
            with self._bar() as bar:
                while not ending.done():
                    await asyncio.wait({ending}, timeout=SLICE)
                    bar.move(self._tally.over, await asyncio.to_thread(self._postfix))
        finally:
            ending.cancel()
        await asyncio.to_thread(self._draw_end)
        return self

    def _bar(self) -> Bar:
        return Bar(len(self), self._tally.over, is_shown=self._progress and not self.is_over)

    def _postfix(self) -> str:
        counts = [(self.counts.get(TaskStatus.KEPT, 0), Word("kept"))]
        counts += [(self._tally.failed, Word("failed"))] if self._tally.failed else []
        said = [say("{count} {status}", count=Number(count), status=word) for count, word in counts]
        cost = self.cost
        said += [amounts(cost).said()] if cost else []
        return ", ".join(said)

    def _ending(self) -> Future[None]:
        """A future that is done when all tasks are over; cancelling it does nothing to them."""
        future: Future[None] = Future()
        with self._lock:
            self._ends.add(future)
        future.add_done_callback(self._end_is_known)
        if self.is_over:
            _settle(future)
        return future

    def _end_is_known(self, future: Future[None]) -> None:
        with self._lock:
            self._ends.discard(future)

    def _changed(self, local_id: str, status: TaskStatus, is_over: bool) -> None:
        """Take in a change, in the engine's thread: nothing here waits or reads."""
        if not self._tally.change(local_id, status, is_over):
            return
        self._outcomes.forget(local_id)
        with self._lock:
            ends = tuple(self._ends) if self._tally.is_over else ()
        self._listeners.tell()
        for future in ends:
            _settle(future)
        if self._tally.is_settled:
            self._close()

    # -- acting --

    def pause(self) -> None:
        """Send nothing more of this batch until `resume`; what was sent goes on."""
        self._is_paused = True
        self._desk.pause(self.id)
        self._tell()

    def resume(self) -> None:
        """Go on sending after `pause`."""
        self._is_paused = False
        self._desk.resume(self.id)
        self._tell()

    def stop(self) -> int:
        """Withdraw what was not sent yet, for which nothing is billed, and return how many those were.

        What was sent goes on, and may be billed. A task that another batch has sent is left alone. Where this is
        interrupted, the batch stays paused.
        """
        held = {member.local_id for member in self._members if member.is_held}
        self.pause()  # or the first ones in the line would be sent while the last ones are withdrawn
        waiting = [name for name in self._tally.of_status(TaskStatus.INTENT) if name not in held]
        withdrawn = self._desk.withdraw_many(waiting)
        self.resume()
        return withdrawn

    # -- showing --

    def summary(self) -> BatchSummary:
        """What there is to see of the batch now; asks the ledger for what has ended since it was last asked."""
        return BatchSummary(
            total=len(self),
            counts=self._tally.counts(),
            quote=self._quote.text,
            cost=amounts(self.cost),
            failed=self._tally.failed,
            failures=self._outcomes.failures(self._rows, SHOWN),
            notes=self.notes,
            provider=self._provider,
            is_sandbox=self._is_sandbox,
            is_paused=self._is_paused,
            is_over=self.is_over,
            is_settled=self._tally.is_settled,
        )

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each change, in the engine's thread; returns what ends that."""
        return self._listeners.add(callback)

    def _tell(self) -> None:
        self._listeners.tell()

    def _ipython_display_(self) -> None:
        cell = batch_cell.show(self)
        if cell is not None:
            self._cells.append(cell)

    def _draw_end(self) -> None:
        """Let every cell show the end before the one that waits goes on, so that a saved notebook has it."""
        for cell in self._cells:
            cell.flush()

    def _repr_html_(self) -> str:
        return batch_table(self.summary())

    def __str__(self) -> str:
        return batch_text(self.summary())

    def __repr__(self) -> str:
        counts = ", ".join(f"{count:,} {status}" for status, count in self.counts.items())
        words = [f"{len(self):,} tasks: {counts}" if counts else "no tasks"]
        words += [f"quoted {self._quote}"] if str(self._quote) else []
        return f"Batch({self.id}; {'; '.join(words)})"

    # -- for the one who makes it --

    def _leave_out(self, local_ids: Collection[str], quote: Total) -> None:
        """Drop those that were neither sent nor written; the quote is that of the others."""
        self.left_out = tuple(member.row for member in self._members if member.local_id in local_ids)
        self._members = tuple(member for member in self._members if member.local_id not in local_ids)
        self._quote = quote
        self._tally.forget(local_ids)

    def _say(self, notes: Sequence[str]) -> None:
        self.notes = tuple(notes)

    def _close(self) -> None:
        """Hear no more of its tasks."""
        self._unsubscribe()


def _settle(future: Future[None]) -> None:
    with suppress(InvalidStateError):  # cancelled, or settled by the other thread
        future.set_result(None)
