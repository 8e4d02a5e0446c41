"""`submit_many`: from rows to tasks, all of them or none, and none that was paid for before."""

from __future__ import annotations

import datetime as dt
import random
import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any, Literal, Protocol

from seedance_nb.batch._batch import Batch
from seedance_nb.batch._desk import Books, Desk, Member
from seedance_nb.batch._plan import held, held_sentence, plan
from seedance_nb.batch._total import Total
from seedance_nb.budget import Budget
from seedance_nb.engine import budgeting, owner
from seedance_nb.engine.preparing import Prepared, Preparer
from seedance_nb.errors import InvalidRequestError, LedgerError
from seedance_nb.handle import Task
from seedance_nb.ledger import Commitments, new_local_id
from seedance_nb.providers import Provider
from seedance_nb.request import Request
from seedance_nb.rows import Given, numbers
from seedance_nb.task import TaskRecord
from seedance_nb.words import Number, Said, Sentence

ATTEMPTS = 5
"""So often a batch that another notebook has overtaken is put together anew."""
OverBudget = Literal["refuse", "trim"]
Guard = Callable[[Commitments, list[TaskRecord]], None]
"""Asked inside the transaction that writes the intents; raises, or takes what does not fit off the end of the list."""


class SendingDesk(Desk, Protocol):
    """The engine, as far as a batch is sent by it."""

    def submit_many(
        self, prepared: list[Prepared], provider: Provider, *, guard: Guard | None = None
    ) -> list[TaskRecord]:
        """Write all intents in one durable transaction, then line the requests up; returns what was written."""
        ...


class SearchedBooks(Books, Protocol):
    """The ledger, as far as requests are known again by it."""

    def find_asked(self, asked_sha256s: Iterable[str]) -> dict[str, list[TaskRecord]]:
        """Tasks by what was asked for, newest first."""
        ...


def submit_many(
    given: Given,
    *,
    provider: Provider,
    is_sandbox: bool,
    desk: SendingDesk,
    books: SearchedBooks,
    task: Callable[[str], Task],
    budgets: Sequence[Budget] = (),
    allow: Collection[str] = (),
    again: bool = False,
    over_budget: OverBudget = "refuse",
    progress: bool = True,
    project: str = "",
    host: str = "",
    quiet: bool = False,
) -> Batch:
    """Check all rows, write all intents in one transaction, and line them up; returns at once.

    Args:
        given: Requests, contents, prompts, dicts, or a data frame.
        provider: The client.
        is_sandbox: Whether it is the sandbox of this machine.
        host: The object store for files that the provider takes by address alone; empty: there is none.
        desk: The engine.
        books: The ledger.
        task: Makes the handle of a task.
        budgets: What may be spent.
        allow: Codes of problems that the caller knows better about.
        again: Send also what is in the ledger already, and pay for it again.
        over_budget: What to do where a budget does not hold all: send none, or leave out from the end.
        progress: Whether waiting shows a bar.
        project: What the tasks are filed under.
        quiet: Warn of nothing: a face says it itself.

    Raises:
        InvalidRequestError: There are no rows, or some are wrong. Nothing was sent and nothing was written.
        BudgetError: A budget does not hold them. Nothing was sent and nothing was written.
        LedgerError: The intents could not be written. Nothing was sent.
    """
    if over_budget not in {"refuse", "trim"}:
        raise InvalidRequestError(f"over_budget={over_budget!r} is neither 'refuse' nor 'trim'. Nothing was sent.")
    # Named like a task, by the time and six letters; the letter before them tells the two apart.
    batch_id = f"b{new_local_id(dt.datetime.now(dt.UTC), random.SystemRandom())[1:]}"
    preparer = Preparer(provider, is_sandbox=is_sandbox, project=project, batch=batch_id, host=host)
    planned = plan(given, preparer, provider, allow=allow)
    for line in () if quiet else planned.warnings:
        warnings.warn(line, stacklevel=3)
    door = _Door(budgets, over_budget, project=project, is_sandbox=is_sandbox)
    for _ in range(ATTEMPTS):
        matched: Sequence[TaskRecord | None] = [None] * len(planned.prepared)
        if not again:
            matched = _matched(planned.prepared, books)
            door.look_again = partial(_is_overtaken, planned.prepared, matched, books)
        sending = [one for one, record in zip(planned.prepared, matched, strict=True) if record is None]
        records = [record or one.record for one, record in zip(planned.prepared, matched, strict=True)]
        batch = Batch(
            batch_id,
            [
                Member(row, record.local_id, record.status, record.is_over, is_held=matched[row] is not None)
                for row, record in enumerate(records)
            ],
            quote=Total.of(record.quote for record in records),
            provider=provider.id,
            is_sandbox=is_sandbox,
            desk=desk,
            books=books,
            task=task,
            progress=progress,
        )
        try:
            written = (
                desk.submit_many(sending, provider, guard=door if budgets or not again else None) if sending else []
            )
        except _Overtaken:
            batch._close()
            continue
        except BaseException:
            batch._close()
            raise
        left_out = {one.record.local_id for one in sending} - {record.local_id for record in written}
        if left_out:
            batch._leave_out(left_out, Total.of(record.quote for record in records if record.local_id not in left_out))
        batch._say(_notes([record for record in matched if record is not None], batch, door.refused))
        for line in () if quiet else batch.notes:
            warnings.warn(line, stacklevel=3)
        return batch
    raise LedgerError(
        "Another notebook submits the same requests at this moment, again and again. Nothing was sent and nothing was "
        "written here; run the cell again when it is done."
    )


def matched_task(request: Request, preparer: Preparer, books: SearchedBooks) -> TaskRecord | None:
    """The task that stands for a request in a batch, as `submit_many` would take it; None: it would be sent."""
    return _matched([preparer.prepare(request, quote=None)], books)[0]


def _matched(prepared: Sequence[Prepared], books: SearchedBooks) -> Sequence[TaskRecord | None]:
    return held(prepared, books.find_asked({one.record.asked_sha256 for one in prepared}))


def _is_overtaken(prepared: Sequence[Prepared], matched: Sequence[TaskRecord | None], books: SearchedBooks) -> bool:
    """Whether another notebook has written one of these requests since they were looked for."""
    known = sum(record is not None for record in matched)
    return sum(record is not None for record in _matched(prepared, books)) > known


class _Overtaken(Exception):
    """Another notebook was quicker; nothing was written."""


class _Door:
    """The guard of a batch: refuses it whole, or leaves out its end."""

    def __init__(self, budgets: Sequence[Budget], over_budget: OverBudget, *, project: str, is_sandbox: bool) -> None:
        self.refused = ""
        """Why the end was left out."""
        self.look_again: Callable[[], bool] = bool
        """Whether another notebook was quicker; asked inside the transaction, where nobody else can write."""
        self._budgets = budgets
        self._trims = over_budget == "trim"
        self._project = project
        self._is_sandbox = is_sandbox

    def __call__(self, commitments: Commitments, records: list[TaskRecord]) -> None:
        if self.look_again():
            raise _Overtaken
        whose: dict[str, Any] = {
            "owner": owner.me(),
            "project": self._project,
            "is_sandbox": self._is_sandbox,
            "now": dt.datetime.now(dt.UTC),
        }
        if not self._trims:
            refuse = budgeting.guard(self._budgets, records, **whose)
            if refuse is not None:
                refuse(commitments)
            return
        trim = budgeting.Trim(self._budgets, records, **whose)
        trim(commitments)
        self.refused = "" if trim.refused is None else str(trim.refused)


def _notes(records: Sequence[TaskRecord], batch: Batch, refused: str) -> list[Said]:
    left_out = batch.left_out
    notes: list[Said] = [held_sentence(records, len(batch) - len(records), len(left_out))] if records else []
    if left_out:
        notes.append(
            Sentence(
                "{left_out} of {total} requests were left out, {rows}. {why} "
                "Submit the same rows again when there is room: what is in the ledger by then is not paid twice.",
                left_out=Number(len(left_out)),
                total=Number(len(batch) + len(left_out)),
                rows=numbers(left_out),
                why=refused,
            )
        )
    return notes
