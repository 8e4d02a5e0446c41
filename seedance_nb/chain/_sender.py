"""Sending one shot: the picture it begins with, the last check, the budget, and no second payment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence

from seedance_nb.budget import Budget
from seedance_nb.chain._desk import Books, Desk, Guard
from seedance_nb.chain._frame import last_frame
from seedance_nb.chain._plan import Planned
from seedance_nb.chain._shot import with_first_frame
from seedance_nb.content import Source
from seedance_nb.engine import budgeting, owner, preparing
from seedance_nb.engine.preparing import Preparer
from seedance_nb.ledger import Commitments
from seedance_nb.providers import Provider
from seedance_nb.task import TaskRecord


class _Overtaken(Exception):
    """Another notebook was quicker; nothing was written."""

    def __init__(self, record: TaskRecord) -> None:
        super().__init__(record.local_id)
        self.record = record


class Sender:
    """Sends the shots of one chain, each at its time.

    Args:
        name: The chain's id, under which its budget is held.
        provider: The client.
        is_sandbox: Whether it is the sandbox of this machine.
        desk: The engine.
        books: The ledger.
        budgets: What may be spent.
        project: What the tasks are filed under.
        allow: Codes of problems that the caller knows better about.
        host: The object store for files that the provider takes by address alone; empty: there is none.
    """

    def __init__(
        self,
        name: str,
        *,
        provider: Provider,
        is_sandbox: bool,
        desk: Desk,
        books: Books,
        budgets: Sequence[Budget],
        project: str,
        allow: Collection[str],
        host: str = "",
    ) -> None:
        self._name = name
        self._provider = provider
        self._is_sandbox = is_sandbox
        self._desk = desk
        self._books = books
        self._budgets = budgets
        self._project = project
        self._allow = allow
        self._host = host

    def preparer(self) -> Preparer:
        """One that has read nothing yet: files may have changed since the last time."""
        return Preparer(self._provider, is_sandbox=self._is_sandbox, project=self._project, host=self._host)

    def reserve(self, plan: Sequence[Planned], missing: Collection[int]) -> None:
        """Hold what the missing shots may cost, all of it or nothing.

        Raises:
            BudgetError: A budget does not hold them; nothing was sent.
            LedgerError: It could not be written; nothing was sent.
        """
        records = [shot.record if index in missing else None for index, shot in enumerate(plan)]
        asked = [record for record in records if record is not None]
        self._desk.reserve(self._name, records, guard=self._guard(asked))

    def release(self) -> None:
        """Hold nothing more."""
        self._desk.release(self._name)

    def send(
        self,
        index: int,
        shot: Planned,
        before: TaskRecord | None,
        *,
        new_seed: bool,
        find: Callable[[], TaskRecord | None],
    ) -> TaskRecord:
        """Write a shot down and have it sent; its task, or the one that another notebook has sent meanwhile.

        Args:
            index: Which shot, counted from 0.
            shot: What was planned.
            before: The kept task that it goes on from; None: it goes on from none.
            new_seed: Make it once more, with another seed.
            find: Looks for a task that was made for it; asked inside the transaction, where nobody else can write.

        Raises:
            InvalidRequestError: With its picture it has problems that it did not have before. Nothing was sent.
            NotKeptError: The picture it begins with is not to be had. Nothing was sent.
            BudgetError: It does not fit into a budget. Nothing was sent.
        """
        request = shot.request
        if before is not None:
            (before,) = self._books.records_of([before.local_id])  # with its files as they are now
            request = with_first_frame(request, Source.of(last_frame(before, self._books.add_artifact)))
        found = self.preparer().problems(request)
        preparing.refuse(preparing.errors(found, allow=self._allow), allow=())
        quote = preparing.quote_or_why(request, self._provider.id)[0]
        follows = before.local_id if before is not None else ""
        prepared = self.preparer().prepare(request, quote=quote, follows=follows, new_seed=new_seed)
        guard = self._guard([prepared.record])

        def door(commitments: Commitments) -> None:
            if not new_seed and (record := find()) is not None:
                raise _Overtaken(record)
            commitments.release(self._name, index)
            if guard is not None:
                guard(commitments)

        try:
            self._desk.submit(prepared, self._provider, guard=door)
        except _Overtaken as overtaken:
            self._desk.release(self._name, index)
            return overtaken.record
        return prepared.record

    def _guard(self, asked: Sequence[TaskRecord]) -> Guard | None:
        return budgeting.guard(
            self._budgets,
            asked,
            owner=owner.me(),
            project=self._project,
            is_sandbox=self._is_sandbox,
            now=dt.datetime.now(dt.UTC),
        )
