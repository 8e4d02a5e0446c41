"""The half of the ledger that only reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from seedance_nb.ledger import _columns, _queries, _totals
from seedance_nb.ledger._commitments import Commitments, Committed
from seedance_nb.ledger._contradictions import contradictions
from seedance_nb.ledger._filters import OF_CHARGES, Where, conditions
from seedance_nb.ledger._lifetime import Lifetime
from seedance_nb.ledger._rows import LedgerEvent
from seedance_nb.ledger._schema import tasks
from seedance_nb.task import TaskRecord, TaskStatus


class Reading(Lifetime):
    """What can be asked of a ledger."""

    def get(self, name: str) -> TaskRecord:
        """The task with this id, ours or its provider's.

        Raises:
            TaskNotRecordedError: There is none; the message names near ones.
        """
        with self._reading() as connection:
            return _queries.get(connection, name, self._home, self.url)

    def records(
        self,
        *,
        statuses: Collection[TaskStatus] | None = None,
        limit: int | None = None,
        newest_first: bool = True,
        sandbox: bool | None = None,
        batch: str | None = None,
        where: Where | None = None,
    ) -> list[TaskRecord]:
        """Tasks by the time of their intent, each with its charge and artifacts.

        Args:
            statuses: Only these; None: all.
            limit: At most so many.
            newest_first: The order, and which ones a limit leaves out.
            sandbox: True: only the sandbox's; False: only real ones; None: both.
            batch: Only those of one `submit_many`, by its id.
            where: More filters by name, those of `FILTERS` that are about the task itself; `since` and `until` are
                about the time of the intent.

        Raises:
            ValueError: There is no such filter, or it does not take that value.
        """
        if of_charges := OF_CHARGES & {*(where or ())}:
            raise ValueError(f"Records are not filtered by {', '.join(sorted(of_charges))}; the frame of charges is.")
        also = conditions(where or {}, at=tasks.c.created_at)
        with self._reading() as connection:
            return _queries.records(
                connection,
                self._home,
                statuses=statuses,
                limit=limit,
                newest_first=newest_first,
                sandbox=sandbox,
                batch=batch,
                also=also,
            )

    def records_of(self, local_ids: Iterable[str]) -> list[TaskRecord]:
        """These tasks, in any order; one that is not there is absent."""
        with self._reading() as connection:
            return [
                record
                for some in _queries.chunks(local_ids)
                for record in _queries.records(connection, self._home, local_ids=some)
            ]

    def unfinished(self) -> list[TaskRecord]:
        """Tasks that are not over, oldest first: under way, to be kept, or `unknown` and to be settled."""
        statuses = [status for status in TaskStatus if not status.is_terminal]
        return self.records(statuses=statuses, newest_first=False)

    def task_ids(self, provider: str, base_url: str) -> set[str]:
        """The provider's ids of every task it made for this ledger."""
        with self._reading() as connection:
            return _queries.task_ids(connection, provider, base_url)

    def find_body(self, body_sha256: str) -> list[TaskRecord]:
        """Tasks whose request had this body, newest first."""
        with self._reading() as connection:
            return _queries.records(connection, self._home, body_sha256=body_sha256)

    def find_asked(self, asked_sha256s: Iterable[str]) -> dict[str, list[TaskRecord]]:
        """Tasks that were asked for with one of these bodies, newest first; a body without any is absent."""
        found: dict[str, list[TaskRecord]] = {}
        with self._reading() as connection:
            for some in _queries.chunks(asked_sha256s):
                for record in _queries.records(connection, self._home, asked_sha256=some):
                    found.setdefault(record.asked_sha256, []).append(record)
        return found

    def states(self, local_ids: Iterable[str]) -> dict[str, tuple[TaskStatus, str | None, dt.datetime]]:
        """Status, code of the failure and time of the last change, by our id; one that is not there is absent."""
        with self._reading() as connection:
            return _queries.states(connection, local_ids)

    def in_flight(self, provider: str, base_url: str, account: str, *, four_k: bool | None = None) -> int:
        """How many tasks an account has under way at a provider, those with an unknown outcome included.

        An unknown one that was looked for in vain is left out: it may not exist.

        Args:
            provider: Its id.
            base_url: Its address.
            account: Fingerprint of the key.
            four_k: True: only clips in 4k; False: only others; None: all.
        """
        with self._reading() as connection:
            return _queries.in_flight(connection, provider, base_url, account, four_k=four_k)

    def contradictions(self) -> list[str]:
        """What in the ledger does not fit together, a sentence each; empty where all is well."""
        with self._reading() as connection:
            return contradictions(connection)

    def events(self, local_id: str) -> list[LedgerEvent]:
        """What happened to a task, oldest first; empty for a task that is not there."""
        with self._reading() as connection:
            return _queries.task_events(connection, local_id)

    def durations(
        self,
        provider: str,
        model: str,
        resolution: str | None = None,
        duration: int | None = None,
        *,
        limit: int = 50,
        is_sandbox: bool = False,
    ) -> list[float]:
        """Seconds from sending to the end, of tasks like this that succeeded, newest first.

        Args:
            provider: Its id.
            model: The neutral name, as in the task.
            resolution: Of the clip; None: any.
            duration: Of the clip in seconds; None: any.
            limit: At most so many.
            is_sandbox: The sandbox's instead of real ones; the two never mix.
        """
        with self._reading() as connection:
            return _queries.durations(
                connection, provider, model, resolution, duration, limit=limit, is_sandbox=is_sandbox
            )

    def committed(
        self,
        since: dt.datetime | None = None,
        *,
        owner: str | None = None,
        project: str | None = None,
        is_sandbox: bool = False,
    ) -> Committed:
        """What is spent or promised; see `Commitments.since`."""
        with self._reading() as connection:
            return Commitments(connection).since(since, owner=owner, project=project, is_sandbox=is_sandbox)

    def cost_rows(
        self,
        by: Sequence[str],
        over: _totals.Over | None = None,
        where: Where | None = None,
        *,
        prompts_as: Callable[[str], str] | None = None,
    ) -> list[dict[str, object]]:
        """Exact sums of charges for each combination of `by`, stretch of time, currency and sandbox.

        Args:
            by: Of `BY`, or `tag:` and the name of a tag.
            over: Also by `day`, `week` or `month` of the charge, whose first day is `period`.
            where: Filters by name, see `FILTERS`; `since` and `until` are about the time of the charge.
            prompts_as: What stands for a prompt; prompts with the same are put together.

        Raises:
            ValueError: Costs cannot be summed or filtered by one of these.
        """
        with self._reading() as connection:
            return _totals.cost_rows(connection, by, over, where, prompts_as=prompts_as)

    def status_counts(self) -> dict[tuple[TaskStatus, bool], int]:
        """How many tasks have which status: `{(status, is_sandbox): count}`."""
        with self._reading() as connection:
            return _totals.status_counts(connection)

    def task_columns(
        self,
        where: Where | None = None,
        only: Iterable[str] | None = None,
        *,
        charged: bool = False,
        limit: int | None = None,
    ) -> dict[str, list[Any]]:
        """Tasks by column, newest first, all at once; see `task_pieces`."""
        return _columns.joined(self.task_pieces(where, only, charged=charged, limit=limit))

    def task_pieces(
        self,
        where: Where | None = None,
        only: Iterable[str] | None = None,
        *,
        charged: bool = False,
        limit: int | None = None,
    ) -> Iterator[_columns.Columns]:
        """Tasks by column, newest first, some thousand at a time, for a data frame; read in one transaction.

        Args:
            where: Filters by name, see `FILTERS`; `since` and `until` are about the time of the intent.
            only: Columns that are wanted; None: all.
            charged: Only tasks that were charged; then `since` and `until` are about the time of the charge.
            limit: At most so many.
        """
        with self._reading() as connection:
            yield from _columns.task_pieces(connection, where or {}, only, charged=charged, limit=limit)

    def charge_pieces(self, where: Where | None = None) -> Iterator[_columns.Columns]:
        """Charges by column, newest first; filters as in `task_pieces`, times are those of the charge."""
        with self._reading() as connection:
            yield from _columns.charge_pieces(connection, where or {})

    def event_pieces(self, where: Where | None = None) -> Iterator[_columns.Columns]:
        """Events by column, in the order of writing; filters as in `task_pieces`, times are those of the event."""
        with self._reading() as connection:
            yield from _columns.event_pieces(connection, where or {})
