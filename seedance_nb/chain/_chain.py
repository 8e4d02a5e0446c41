"""The handle of a chain: show it, run it, decide at its gate, wait for it, join its film."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random
import threading
import time
import warnings
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedance_nb.batch import Listeners, Total
from seedance_nb.batch._total import added, amounts
from seedance_nb.budget import Budget
from seedance_nb.chain import _film
from seedance_nb.chain._course import ChainState, Course
from seedance_nb.chain._desk import Books, Desk
from seedance_nb.chain._plan import plan
from seedance_nb.chain._sender import Sender
from seedance_nb.chain._shot import Given, shots
from seedance_nb.chain._takes import Takes
from seedance_nb.errors import ConfigurationError, LedgerError, WaitTimeout
from seedance_nb.handle import Task
from seedance_nb.ledger import new_local_id
from seedance_nb.money import Money, Quote
from seedance_nb.providers import Provider
from seedance_nb.task import TaskRecord
from seedance_nb.widgets import chain_cell
from seedance_nb.widgets.chain_table import ChainSummary, ShotSummary, chain_table, chain_text
from seedance_nb.words import Sentence, Word, quoted

if TYPE_CHECKING:
    import pandas as pd

    from seedance_nb.media import Joined

SLICE = 0.2
"""Seconds between two chances for an interrupt while waiting."""


class Chain:
    """Shots that follow one another: each begins with the last frame of the one before it.

    Nothing is sent before `run`. A shot that the ledger has is not paid again, and one that follows a shot that was
    changed is made anew. All that is missing is reserved in the budgets before the first of it is sent.
    """

    def __init__(
        self,
        given: Given,
        *,
        provider: Provider,
        is_sandbox: bool,
        desk: Desk,
        books: Books,
        task: Callable[[str], Task],
        budgets: Sequence[Budget] = (),
        project: str = "",
        allow: Collection[str] = (),
        home: Path | None = None,
        host: str = "",
    ) -> None:
        """A chain of which nothing is sent.

        Args:
            given: The shots in their order.
            provider: The client.
            is_sandbox: Whether it is the sandbox of this machine.
            desk: The engine.
            books: The ledger.
            task: Makes the handle of a task.
            budgets: What may be spent.
            project: What the tasks are filed under.
            allow: Codes of problems that the caller knows better about.
            home: The folder of the clips.
            host: The object store for files that the provider takes by address alone; empty: there is none.

        Raises:
            InvalidRequestError: There are no shots, or some are wrong; each is named.
        """
        # Named like a task, by the time and six letters; the letter before them tells the two apart.
        self.id = f"c{new_local_id(dt.datetime.now(dt.UTC), random.SystemRandom())[1:]}"
        """What the ledger calls it while something is reserved for it."""
        self.home = home
        self._provider = provider.id
        self._is_sandbox = is_sandbox
        self._books = books
        self._make = task
        sender = Sender(
            self.id,
            provider=provider,
            is_sandbox=is_sandbox,
            desk=desk,
            books=books,
            budgets=budgets,
            project=project,
            allow=allow,
            host=host,
        )
        self._plan, warned = plan(shots(given), sender.preparer(), provider, allow=allow)
        for line in warned:
            warnings.warn(line, stacklevel=3)
        self._lock = threading.Lock()
        self._listeners = Listeners()
        self._cells: list[chain_cell.ChainCell] = []
        self._film: Joined | None = None
        self._course = Course(self._plan, sender, desk, Takes(self._plan, sender.preparer(), books), self._tell)

    # -- the shots --

    def __len__(self) -> int:
        return len(self._plan)

    def __getitem__(self, index: int) -> Task | None:
        """The task of a shot, counted from 0; None: it was not sent yet."""
        record = self._course.records[index]
        return None if record is None else self._make(record.local_id)

    @property
    def tasks(self) -> list[Task | None]:
        """The task of each shot; None: it was not sent yet."""
        return [self[index] for index in range(len(self))]

    @property
    def state(self) -> ChainState:
        """Where the chain is."""
        return self._course.state

    @property
    def why(self) -> str:
        """Why it stopped, or waits where it should not, in a sentence; empty where there is nothing to say."""
        return str(self._course.why)

    @property
    def missing(self) -> tuple[int, ...]:
        """The shots that are not in the ledger, counted from 0: what `run` sends and pays."""
        return tuple(index for index, record in enumerate(self._course.records) if record is None)

    # -- money --

    @property
    def quote(self) -> Total:
        """What all shots cost, those that were made already included."""
        return Total.of(self._quotes(self._course.records))

    @property
    def to_pay(self) -> Total:
        """What those shots cost that are not in the ledger: what `run` reserves."""
        return Total.of(self._plan[index].quote for index in self.missing)

    @property
    def cost(self) -> dict[str, Money]:
        """What its shots have cost so far, by currency; on the sandbox: what they would have cost."""
        return _costs(self._fresh())

    def again_quote(self, shot: int | None = None) -> Total:
        """What it costs to make a shot anew, and with it those that follow it and are made already.

        Args:
            shot: Which, counted from 1; None: the one that `again` would take.
        """
        index, records = self._again_index(shot), self._course.records
        anew = [each for each in range(index, self._end_of_link(index)) if records[each] is not None]
        return Total.of(self._plan[each].quote for each in anew)

    def _quotes(self, records: Sequence[TaskRecord | None]) -> list[Quote | None]:
        return [
            record.quote if record is not None else planned.quote
            for planned, record in zip(self._plan, records, strict=True)
        ]

    def _end_of_link(self, index: int) -> int:
        """Where the shots end that follow one another from this one on."""
        after = index + 1
        while after < len(self._plan) and self._plan[after].follows:
            after += 1
        return after

    def rows(self) -> list[dict[str, Any]]:
        """One row a shot, for a table: `pandas.DataFrame(chain.rows())`."""
        return [
            {
                "shot": index + 1,
                "prompt": planned.request.prompt,
                "follows": planned.follows,
                "status": record.status.value if record else None,
                "seed": record.seed if record else planned.request.seed,
                "quote": quote.high.amount if quote else None,
                "cost": record.cost.amount if record and record.cost else None,
                "currency": quote.high.currency if quote else None,
                "local_id": record.local_id if record else None,
            }
            for index, (planned, record, quote) in enumerate(self._lines())
        ]

    def _lines(self) -> list[tuple[Any, TaskRecord | None, Quote | None]]:
        records = self._fresh()
        return list(zip(self._plan, records, self._quotes(records), strict=True))

    def _fresh(self) -> list[TaskRecord | None]:
        """The shots' tasks as the ledger has them now."""
        known = list(self._course.records)
        moving = [record.local_id for record in known if record is not None and not record.is_over]
        now: dict[str, TaskRecord] = {}
        with suppress(LedgerError):  # of a studio that was closed: as it was seen last
            now = {record.local_id: record for record in self._books.records_of(moving)} if moving else {}
        return [record and now.get(record.local_id, record) for record in known]

    # -- acting --

    def run(self, *, gate: bool = False) -> Chain:
        """Make what is missing, shot after shot, in the background; returns at once.

        What it may cost is reserved first, all of it or nothing. After a restart of the kernel it goes on where it was:
        what is made is found, and what is under way is followed.

        Args:
            gate: Whether to wait after each shot until `approve`, `again` or `stop` says how to go on. A chain that
                is under way goes on with the gate, or without.

        Raises:
            BudgetError: A budget does not hold all that is missing. Nothing was sent.
            LedgerError: It could not be written. Nothing was sent.
        """
        self._course.begin(gate=gate)
        return self

    def approve(self) -> Chain:
        """Send the next shot: at the gate.

        Raises:
            ConfigurationError: The chain does not wait; nothing was changed.
        """
        self._course.approve()
        return self

    def again(self, shot: int | None = None) -> Chain:
        """Make a shot anew with another seed, and all that follow it; `again_quote` says before what that costs.

        The take that it replaces stays in the ledger and on this disk.

        Args:
            shot: Which, counted from 1; None: at the gate the one before it, else the last one that was sent.

        Raises:
            ConfigurationError: A shot is under way, or there is none of this number; nothing was sent.
            BudgetError: A budget does not hold it. Nothing was sent.
        """
        if self.state is ChainState.WAITING:
            self._course.again(None if shot is None else shot - 1)
        elif self.state is ChainState.RUNNING:
            raise ConfigurationError(Word("A shot is under way: stop the chain first, or wait. Nothing was sent."))
        else:
            self._course.begin(gate=self._course.is_gated, anew=frozenset({self._again_index(shot)}))
        return self

    def _again_index(self, shot: int | None) -> int:
        if shot is None:
            gate_at = self._course.gate_at
            made = [index for index, record in enumerate(self._course.records) if record is not None]
            index = gate_at - 1 if gate_at is not None else max(made, default=-1)
        else:
            index = shot - 1
        if not 0 <= index < len(self) or self._course.records[index] is None:
            raise ConfigurationError(
                Sentence("Shot {number} was not made yet, so there is nothing to make anew.", number=index + 1)
            )
        return index

    def stop(self) -> Chain:
        """Send nothing more; what is reserved is free again. A shot that was sent goes on and may be billed."""
        self._course.stop()
        return self

    # -- waiting --

    def wait(self, timeout: float | dt.timedelta | None = None) -> Chain:
        """Wait until the chain is complete, has stopped, or waits at its gate; `state` and `why` say which.

        To stop waiting, also by an interrupt, stops no shot.

        Args:
            timeout: Longest wait, in seconds. None waits without limit.

        Raises:
            WaitTimeout: We stopped waiting. The chain goes on and may be billed.
        """
        seconds = timeout.total_seconds() if isinstance(timeout, dt.timedelta) else timeout
        deadline = None if seconds is None else time.monotonic() + seconds
        lock = self._course.lock
        while self._course.is_going:
            left = SLICE if deadline is None else min(SLICE, deadline - time.monotonic())
            if left <= 0:
                raise WaitTimeout(
                    f"The chain was still under way after {seconds:g} s. Nothing was stopped; its shots go on and may "
                    "be billed. Wait again, or chain.stop()."
                )
            with lock:
                if self._course.is_going:
                    lock.wait(left)
        self._draw_end()
        return self

    def __await__(self) -> Generator[Any, None, Chain]:
        return self._wait().__await__()

    async def _wait(self) -> Chain:
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # that loop has ended
                loop.call_soon_threadsafe(changed.set)

        unsubscribe = self.on_change(tell)
        try:
            while self._course.is_going:
                await changed.wait()
                changed.clear()
        finally:
            unsubscribe()
        await asyncio.to_thread(self._draw_end)
        return self

    # -- the film --

    def join(self, target: str | os.PathLike[str], *, partial: bool = False) -> Path:
        """Put the shots one after the other into one MP4, and return where it lies.

        Every frame is kept: where a shot goes on from another, the picture between them is there twice.

        Args:
            target: Where the film is to lie.
            partial: Join the shots before the first that is missing, instead of refusing.

        Raises:
            ConfigurationError: A shot is not made yet, or its clip is not on this disk.
            MediaError: The clips cannot be joined.
        """
        self._film = _film.join(self._fresh(), target, partial=partial, home=self.home)
        return self._film.path

    def cuts(self) -> pd.DataFrame:
        """Where each shot stands in the joined film: a row a shot, with its first frame, its frames and its seconds.

        Raises:
            ConfigurationError: Nothing was joined yet.
        """
        if self._film is None:
            raise ConfigurationError('Join the shots first: chain.join("film.mp4").')
        return _film.cuts_frame(self._film, [planned.request.prompt for planned in self._plan])

    # -- showing --

    def summary(self) -> ChainSummary:
        """What there is to see of the chain now; asks the ledger for what is under way."""
        course = self._course
        with course.lock:
            state, why, gate_at, held = course.state, course.why, course.gate_at, course.held
        lines = self._lines()
        missing = [planned.quote for planned, record, _ in lines if record is None]
        return ChainSummary(
            chain_id=self.id,
            shots=[
                ShotSummary(
                    prompt=planned.request.prompt,
                    follows=planned.follows,
                    asked=planned.record,
                    price=quoted(quote) if quote else "",
                    record=record,
                    is_held=index in held,
                )
                for index, (planned, record, quote) in enumerate(lines)
            ],
            state=state.value,
            provider=self._provider,
            is_sandbox=self._is_sandbox,
            why=why,
            gate_at=gate_at,
            quote=Total.of(quote for _, _, quote in lines).text,
            to_send=Total.of(missing).text if missing else "",
            cost=amounts(_costs([record for _, record, _ in lines])),
            next_price=Total.of([self._plan[gate_at].quote]).text if gate_at is not None else "",
            again_price=Total.of([self._plan[gate_at - 1].quote]).text if gate_at else "",
        )

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each change, from whichever thread it is in; returns what ends that. It must not wait."""
        return self._listeners.add(callback)

    def _tell(self) -> None:
        self._listeners.tell()

    def _ipython_display_(self) -> None:
        cell = chain_cell.show(self)
        if cell is not None:
            self._cells.append(cell)

    def _draw_end(self) -> None:
        """Let every cell show how it stands before the one that waits goes on, so that a saved notebook has it."""
        for cell in self._cells:
            cell.flush()

    def _close(self) -> None:
        """Send nothing more, and let the thread end; what was sent goes on at its provider."""
        self._course.stop()
        self._course.join(5.0)

    def _view(self) -> dict[str, Any]:
        return chain_cell.still_view(self.summary())

    def _repr_html_(self) -> str:
        return chain_table(self._view())

    def __str__(self) -> str:
        return chain_text(self._view())

    def __repr__(self) -> str:
        made = len(self) - len(self.missing)
        price = str(self.quote)
        return f"Chain({len(self)} shots, {self.state}; {made} sent{f'; quoted {price}' if price else ''})"


def _costs(records: Sequence[TaskRecord | None]) -> dict[str, Money]:
    sums: dict[str, Money] = {}
    for record in records:
        if record is not None and record.cost is not None:
            added(sums, record.cost)
    return sums
