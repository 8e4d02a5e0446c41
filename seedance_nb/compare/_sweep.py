"""The handle of a sweep: see its matrix and its price, run it, watch it, compare what it made."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from seedance_nb.batch import Batch, OverBudget, Total
from seedance_nb.batch._desk import Desk
from seedance_nb.batch._plan import held
from seedance_nb.batch._submit import SearchedBooks
from seedance_nb.compare import _figures as figures
from seedance_nb.compare._answers import Answers
from seedance_nb.compare._candidate import Candidate
from seedance_nb.compare._choosing import candidates, chosen
from seedance_nb.compare._comparison import Comparison
from seedance_nb.compare._measuring import Measuring
from seedance_nb.compare._offers import Offer, offers
from seedance_nb.compare._plan import Plan
from seedance_nb.compare._summary import costs, summary, to_make
from seedance_nb.composing import BudgetLeft
from seedance_nb.engine.preparing import Preparer
from seedance_nb.errors import ConfigurationError, InvalidRequestError
from seedance_nb.ledger import Ledger
from seedance_nb.money import Money
from seedance_nb.providers import Provider
from seedance_nb.request import Request
from seedance_nb.task import TaskRecord
from seedance_nb.widgets import sweep_cell
from seedance_nb.widgets._sweep_view import GridSummary
from seedance_nb.widgets.sweep_table import sweep_table, sweep_text

if TYPE_CHECKING:
    import os

    import pandas as pd

    from seedance_nb.compare._ballot import Ballot
    from seedance_nb.reports.verdict import Verdict


class Submits(Protocol):
    """How requests become a batch: `Studio.submit_many`, quietly."""

    def __call__(self, requests: Sequence[Request], *, over_budget: OverBudget, allow: Collection[str]) -> Batch:
        """Check, reserve, write down and send; raises where a budget does not hold them."""
        ...


class Sweep:
    """Cells of which each is a clip: nothing is submitted before `run`, and nothing is paid for twice.

    Show it as a cell's last line: the matrix, its whole price, what the ledger has already, and the button.

    Args:
        plan: The cells.
        provider: The client; all cells are made there.
        is_sandbox: Whether it is the sandbox of this machine.
        engine: Tells of changes.
        books: The ledger.
        submit: Submits requests as a batch.
        left: What each budget allows now.
        allow: Codes of problems that the caller knows better about.
        project: What the tasks are filed under.
        compare: Makes a comparison of candidates.
        ledger: Where measures and votes are; None: there are none.
        keys: Secrets known by value, which are shown nowhere.
        host: The object store for files that the provider takes by address alone; empty: there is none.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        provider: Provider,
        is_sandbox: bool,
        engine: Desk,
        books: SearchedBooks,
        submit: Submits,
        left: Callable[[], Sequence[BudgetLeft]],
        compare: Callable[[Sequence[Candidate]], Comparison],
        ledger: Ledger | None = None,
        allow: Collection[str] = (),
        project: str = "",
        keys: Sequence[str] = (),
        host: str = "",
    ) -> None:
        self.plan = plan
        """Its axes and its cells."""
        self.batch: Batch | None = None
        """What the last run submitted; None before the first."""
        self._provider = provider
        self._is_sandbox = is_sandbox
        self._books = books
        self._submit = submit
        self._left = left
        self._compare = compare
        self._ledger = ledger
        self._allow = tuple(allow)
        self._keys = tuple(keys)
        preparer = Preparer(provider, is_sandbox=is_sandbox, project=project, host=host)
        self._offers = offers(plan, preparer, provider, allow=allow)
        self._own = tuple(offer.cell.number for offer in self._offers if offer.is_own)
        self._answers = Answers(engine, books)
        self._submitting = threading.Lock()
        self._figures: figures.Found = {}
        self._cells: list[sweep_cell.SweepCell] = []
        self.look()

    # -- what it is --

    def __len__(self) -> int:
        return len(self._offers)

    @property
    def quote(self) -> Total:
        """What all of it costs, also what the ledger has already; each clip once, however many cells it answers."""
        return Total.of(self._offers[number].quote for number in self._own)

    @property
    def due(self) -> Total:
        """What a run would cost now: of the cells that the ledger has no clip of, and none under way."""
        return Total.of(self._offers[number].quote for number in self._to_make())

    @property
    def cost(self) -> dict[str, Money]:
        """What its clips have cost, by currency, whenever they were made; on the sandbox: would have cost."""
        return costs(self.records().values())

    @property
    def is_over(self) -> bool:
        """Whether all of it was run, and nothing more will happen by itself."""
        records = self.records()
        return all(number in records and records[number].is_over for number in self._own)

    @property
    def is_running(self) -> bool:
        """Whether a run is under way."""
        return self.batch is not None and not self.batch.is_over

    @property
    def problems(self) -> dict[int, str]:
        """What cannot be made and why, by the number of the cell; those are left out of a run."""
        return {offer.cell.number: offer.problem for offer in self._offers if offer.prepared is None}

    def look(self) -> Sweep:
        """Ask the ledger anew what it has of these cells, for example after another notebook has run the same."""
        own = [offer.prepared for number in self._own if (offer := self._offers[number]).prepared is not None]
        found = held(own, self._books.find_asked({one.record.asked_sha256 for one in own}))
        self._answers.follow(
            {number: record for number, record in zip(self._own, found, strict=True) if record is not None}
        )
        return self

    def records(self) -> dict[int, TaskRecord]:
        """The task that answers each cell, by its number; absent are those without one, and those that are the same."""
        return self._answers.records()

    def _to_make(self) -> list[int]:
        return to_make(self._offers, self.records())

    # -- acting --

    def run(self, *, over_budget: OverBudget = "refuse") -> Sweep:
        """Submit what the ledger does not have yet, and return this sweep; returns at once.

        Cells that are made or under way are not sent again, also not after a restart. While a run is under way,
        another one does nothing.

        Args:
            over_budget: What to do where a budget does not hold all: submit none, or leave out from the end.

        Raises:
            InvalidRequestError: No cell can be made. Nothing was sent and nothing was written.
            BudgetError: A budget does not hold them. Nothing was sent and nothing was written.
            LedgerError: The intents could not be written. Nothing was sent.
        """
        if not self._own:
            raise InvalidRequestError(
                f"None of the {len(self):,} cells can be made; nothing was sent and nothing was written.\n"
                + "\n".join(f"  • {line}" for line in dict.fromkeys(map(str, self.problems.values())))
            )
        with self._submitting:
            if self.is_running:
                return self
            requests = [self._offers[number].cell.request for number in self._own]
            batch = self._submit(requests, over_budget=over_budget, allow=self._allow)
            numbers = {task.local_id: self._own[row] for row, task in zip(batch.rows, batch, strict=True)}
            self.batch = batch
            self._answers.follow({numbers[record.local_id]: record for record in self._books.records_of(numbers)})
        return self

    def wait(self, timeout: float | dt.timedelta | None = None) -> Sweep:
        """Wait until all cells are over and return the sweep; a task that failed raises nothing.

        To stop waiting stops no task. Where all cells are in the ledger already, nothing has to be run first.

        Args:
            timeout: Longest wait, in seconds. None waits without limit.

        Raises:
            WaitTimeout: We stopped waiting. The tasks go on and may be billed.
            ConfigurationError: Nothing was run yet.
        """
        self._started().wait(timeout)
        self._draw_end()
        return self

    def __await__(self) -> Generator[Any, None, Sweep]:
        return self._wait().__await__()

    async def _wait(self) -> Sweep:
        await self._started()
        await asyncio.to_thread(self._draw_end)
        return self

    def _started(self) -> Batch:
        if self.batch is None:
            if self._to_make():
                raise ConfigurationError(
                    f"Nothing of this sweep was submitted yet, so there is nothing to wait for: {self._to_make_said()}."
                    " sweep.run() submits it, or the button in its cell."
                )
            self.run()
        assert self.batch is not None
        return self.batch

    def _to_make_said(self) -> str:
        due = self.due
        return f"{len(self._to_make()):,} clips" + (f", {due}" if str(due) else "")

    def pause(self) -> None:
        """Send nothing more until `resume`; what was sent goes on."""
        if self.batch is not None:
            self.batch.pause()
        self._answers.tell()

    def resume(self) -> None:
        """Go on sending after `pause`."""
        if self.batch is not None:
            self.batch.resume()
        self._answers.tell()

    def stop(self) -> int:
        """Withdraw what was not sent yet, for which nothing is billed; how many those were."""
        return self.batch.stop() if self.batch is not None else 0

    # -- looking closely --

    def candidates(self, **where: Any) -> list[Candidate]:
        """The clips that are on this disk, in the order of the cells, each with what tells it from the others.

        Args:
            where: For an axis the value, or several of them, that a clip must have.

        Raises:
            InvalidRequestError: There is no such axis, or it has no such value.
        """
        return candidates(self.plan, chosen(self.plan, self._offers, where), self.records())

    def compare(self, **where: Any) -> Comparison:
        """The clips that are on this disk beside each other, locked to one frame.

        Args:
            where: For an axis the value, or several of them, that a clip must have: `sweep.compare(animal="cat")`.

        Raises:
            InvalidRequestError: There is no such axis or value, or no such clip on this disk.
        """
        return self._compared(self.candidates(**where))

    def _compared(self, candidates: Sequence[Candidate]) -> Comparison:
        if not candidates:
            raise InvalidRequestError(
                "There is no clip of these cells on this disk yet, so there is nothing to compare. "
                "sweep.run() makes them; sweep.wait() waits for them."
            )
        return self._compare(candidates)

    def beside(self, numbers: Sequence[int]) -> Comparison:
        """The clips of these cells beside each other, by the numbers of the cells.

        Raises:
            InvalidRequestError: None of them is on this disk.
        """
        own = dict.fromkeys(same if (same := self._offers[one].same_as) is not None else one for one in numbers)
        return self._compared(candidates(self.plan, [self._offers[number] for number in own], self.records()))

    def measure(self) -> Sweep:
        """Measure the clips that are on this disk, each once; what was measured is kept in the ledger."""
        Measuring(self.candidates(), self._ledger).wait()
        return self

    def vote(self, rater: str = "") -> Ballot:
        """Vote blindly between clips that were asked for the same; see `Comparison.vote`."""
        return self.compare().vote(rater)

    def verdict(self) -> Verdict:
        """What came out, model by model, with a sentence; see `Comparison.verdict`."""
        return self.compare().verdict()

    def frame(self) -> pd.DataFrame:
        """One row a cell, in their order.

        Columns: one for each axis; then `cell` (int64), `status` (category; `to make`, `cannot be made`, or that of
        the task), `same_as` (Int64: the cell whose clip this is), `quote_low`, `quote_high` (object, `Decimal`),
        `cost` (object, `Decimal`), `currency` (category), `tokens` (Int64), `time_to_make` (Float64, seconds),
        `clip`, `prompt`, `problem`, `local_id` (string).
        """
        from seedance_nb.reports.sweep_frame import sweep_frame

        axes = {axis.name: list(axis.values) for axis in self.plan.axes}
        records = self.records()
        rows = [self._row(offer, records) for offer in self._offers]
        return sweep_frame(axes, rows)

    def _row(self, offer: Offer, records: Mapping[int, TaskRecord]) -> dict[str, Any]:
        number = offer.cell.number if offer.same_as is None else offer.same_as
        return {
            "at": offer.cell.at,
            "cell": offer.cell.number,
            "same_as": offer.same_as,
            "record": records.get(number),
            "quote": offer.quote,
            "prompt": offer.cell.request.prompt,
            "problem": offer.problem,
        }

    # -- showing --

    def summary(self) -> GridSummary:
        """What there is to see of it now; asks the ledger for what has changed since it was last asked."""
        records, batch = self.records(), self.batch
        # While clips come in nobody votes on them, and the ledger is left alone.
        if self._ledger is not None and (batch is None or batch.is_over):
            self._figures = figures.found(self._ledger, records)
        return summary(
            self.plan,
            self._offers,
            records,
            batch=batch,
            figures=figures.FIGURES,
            measured=self._figures,
            keys=self._keys,
            left=self._left(),
            provider=self._provider.id,
            is_sandbox=self._is_sandbox,
        )

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each change, in the engine's thread; returns what ends that."""
        return self._answers.on_change(callback)

    def save(self, path: str | os.PathLike[str], *, clips: str = "beside") -> Any:
        """Write the matrix and its clips as one HTML file that works without a kernel; see `sweep_cell.save`.

        Args:
            path: The file to write.
            clips: Where the clips are: `inside` the file, `beside` it in a folder, or `none`.
        """
        return sweep_cell.save(self, path, clips=clips)

    def grid(self) -> None:
        """Show the live grid in this cell, also of a sweep that is over: to sort, filter, open and compare."""
        sweep_cell.show(self, live=True)

    def _ipython_display_(self) -> None:
        cell = sweep_cell.show(self)
        if cell is not None:
            self._cells.append(cell)

    def _draw_end(self) -> None:
        """Let every cell show the end before the one that waits goes on, so that a saved notebook has it."""
        for cell in self._cells:
            cell.flush()

    def _repr_html_(self) -> str:
        return sweep_table(self.summary())

    def __str__(self) -> str:
        return sweep_text(self.summary())

    def __repr__(self) -> str:
        sizes = " × ".join(
            f"{len(self.plan.axes[place].values)} {self.plan.axes[place].name}" for place in self.plan.shown
        )
        words = [f"{len(self):,} cells" + (f": {sizes}" if sizes else "")]
        words += [f"quoted {self.quote}"] if str(self.quote) else []
        words += ["nothing submitted yet" if self.batch is None else repr(self.batch)]
        return f"Sweep({'; '.join(words)})"
