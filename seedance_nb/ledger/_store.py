"""The ledger itself: what may be written, and in which transactions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from seedance_nb.errors import IllegalTransitionError
from seedance_nb.ledger import _statements
from seedance_nb.ledger._browsing import Browsing
from seedance_nb.ledger._commitments import Commitments
from seedance_nb.ledger._following import Following
from seedance_nb.ledger._labelling import Labelling
from seedance_nb.ledger._measuring import Measuring
from seedance_nb.ledger._pacing import Pacing
from seedance_nb.ledger._queries import in_flight as _under_way
from seedance_nb.ledger._queries import not_recorded
from seedance_nb.ledger._reading import Reading
from seedance_nb.ledger._reserving import Reserving
from seedance_nb.ledger._rows import artifact_columns, failure_columns, task_columns, usage_columns
from seedance_nb.ledger._summing import Summing
from seedance_nb.ledger._voting import Voting
from seedance_nb.money import Money, Usage
from seedance_nb.task import MAY_FOLLOW, Artifact, CostBasis, Failure, TaskRecord, TaskStatus

Begun = Literal["begun", "full", "gone"]
"""Whether a request may be sent now; see `Ledger.begin_sending`."""

_BEFORE_ID = frozenset({TaskStatus.INTENT, TaskStatus.SUBMITTING, TaskStatus.UNKNOWN})
"""Statuses that decide whether a request may be sent (again): on the disk before we go on."""

_NOT_SENT = "The request was not sent, and nothing is billed because of this."
_GOES_ON = "A task that was sent goes on at its provider and may be billed; this step of it was not recorded."


class Ledger(Reading, Summing, Following, Pacing, Reserving, Voting, Measuring, Labelling, Browsing):
    """The SQL record of tasks, events, artifacts, charges, votes and labels.

    One object may be used from several threads, and one file by several processes.
    """

    def add_intent(self, record: TaskRecord, *, guard: Callable[[Commitments], None] | None = None) -> None:
        """Write down a task before its request is sent; see `add_intents`."""
        self.add_intents([record], guard=guard)

    def add_intents(self, records: Sequence[TaskRecord], *, guard: Callable[[Commitments], None] | None = None) -> None:
        """Write down tasks before their requests are sent: all or none, in one durable transaction.

        Args:
            records: The tasks; they have no cost and no artifacts yet.
            guard: Asked once inside the transaction, before a row is there, what is committed so far.
                What it raises goes on to the caller, and nothing is written: so two processes
                cannot both take the last of a budget. It is not asked inside `together`.
        """
        if any(record.cost is not None or record.artifacts for record in records):
            raise ValueError("A task that begins has neither a cost nor artifacts.")
        if guard is not None and self._mine.group is not None:
            raise RuntimeError("A guard wants a transaction of its own: add intents outside of together().")
        if not records:
            return
        rows = [task_columns(record, self._clean) for record in records]
        events = [
            _event(record.local_id, record.created_at, "status", status=record.status, detail=None)
            for record in records
        ]
        which = repr(records[0].local_id) + (f" and {len(records) - 1} more" if len(records) > 1 else "")
        meaning = f"The intent of task {which} was not written, so its request was not sent."
        with self._writing(meaning, durable=True) as connection:
            if guard is not None:
                if connection.dialect.name == "postgresql":
                    # Guarded intents queue here, one process after the other; nothing else waits for it, so a
                    # guard neither stops the steps of other tasks nor runs into a deadlock with them.
                    connection.execute(_statements.GUARD)
                guard(Commitments(connection))
            kept = len(records)  # the guard may have taken some off the end
            connection.execute(_statements.ADD_TASK, rows[:kept])
            connection.execute(_statements.ADD_EVENT, events[:kept])

    def begin_sending(self, local_id: str, *, at: dt.datetime, in_flight: int | None = None) -> Begun:
        """Take the step to `submitting`, if the task still waits and its account may have one more under way.

        Of two processes that want the last place one gets it. On the disk before this returns.

        Args:
            local_id: The task.
            at: When it is sent.
            in_flight: How many tasks the account may have that have not ended; None: any number.

        Returns:
            `begun`; `full`: nothing was written, and the task waits; `gone`: it did not wait any more.

        Raises:
            TaskNotRecordedError: The ledger has no such task.
        """
        with self.together(durable=True):
            if in_flight is not None and self._is_full(local_id, in_flight):
                return "full"
            expected = {TaskStatus.INTENT}
            is_ours = self.transition(local_id, TaskStatus.SUBMITTING, at=at, expected=expected, submitted_at=at)
            return "begun" if is_ours else "gone"

    def _is_full(self, local_id: str, most: int) -> bool:
        """Whether a task's account has as many under way as it may; from here on nobody else counts or adds to them."""
        with self._writing(_NOT_SENT, durable=True) as connection:
            key = connection.execute(_statements.ACCOUNT, {"id": local_id}).first()
            if key is None:
                raise not_recorded(connection, local_id, self.url)
            if connection.dialect.name == "postgresql":  # SQLite has locked the file by then
                connection.execute(_statements.PLACES, {"account": "/".join(key)})
            return _under_way(connection, *key) >= most

    def transition(
        self,
        local_id: str,
        status: TaskStatus,
        *,
        at: dt.datetime,
        detail: Mapping[str, object] | None = None,
        expected: Collection[TaskStatus] | None = None,
        task_id: str | None = None,
        usage: Usage | None = None,
        seed: int | None = None,
        resolution: str | None = None,
        ratio: str | None = None,
        duration: int | None = None,
        failure: Failure | None = None,
        clear_failure: bool = False,
        submitted_at: dt.datetime | None = None,
        finished_at: dt.datetime | None = None,
    ) -> bool:
        """Set a task's status and what is known with it: row and event in one transaction.

        The write is on the disk before this returns when it carries the provider's id, or a
        status that decides whether the request may be sent. A status that was there before adds
        an event only if `detail` differs from that of the last one.

        Args:
            local_id: The task.
            status: Its status from now on.
            at: When that was so.
            detail: More for the event; secrets are folded.
            expected: Write only if the stored status is one of these.
            task_id: The provider's id; this and the following stay as they are where None.
            usage: What the provider says was consumed.
            seed: The seed it used.
            resolution: Of the clip.
            ratio: Of the clip, resolved.
            duration: Of the clip, in seconds.
            failure: Why it did not end well.
            clear_failure: Forget why an earlier attempt did not.
            submitted_at: When the request was sent.
            finished_at: When we saw it end.

        Returns:
            Whether the stored status was as expected. If not, nothing was written.

        Raises:
            TaskNotRecordedError: The ledger has no such task.
            IllegalTransitionError: The status may not follow the stored one (see `MAY_FOLLOW`), though that
                was as expected; nothing was written.
        """
        detail = None if detail is None else self._clean.value(detail)
        changes: dict[str, object] = {
            "task_id": task_id,
            "seed": seed,
            "resolution": resolution,
            "ratio": ratio,
            "duration": duration,
            "submitted_at": submitted_at,
            "finished_at": finished_at,
        }
        changes = {name: value for name, value in changes.items() if value is not None}
        changes |= usage_columns(usage) if usage else {}
        if failure is not None or clear_failure:
            changes |= failure_columns(failure, self._clean)
        durable = task_id is not None or status in _BEFORE_ID
        with self._writing(_GOES_ON, durable=durable) as connection:
            stored = connection.execute(_statements.STATUS, {"id": local_id}).scalar()
            if stored is None:
                raise not_recorded(connection, local_id, self.url)
            if expected is not None and stored not in expected:
                return False
            is_news = stored != status
            if is_news and status not in MAY_FOLLOW[TaskStatus(stored)]:
                raise IllegalTransitionError(
                    f"Task {local_id!r} is {stored}, and {stored} is never followed by {status}; nothing was written. "
                    f"{_GOES_ON} Please report this: the step should not have been tried."
                )
            if not is_news and detail is not None:
                is_news = connection.execute(_statements.LAST_DETAIL, {"id": local_id}).scalar() != detail
            if is_news or changes:
                row = {"id": local_id, "status": status.value, "updated_at": at, **changes}
                connection.execute(_statements.CHANGE, row)
            if is_news:
                _add_event(connection, local_id, at, "status", status=status, detail=detail)
        return True

    def record_event(
        self, local_id: str, kind: str, detail: Mapping[str, object] | None = None, *, at: dt.datetime | None = None
    ) -> None:
        """Note something about a task that changes nothing in its row.

        Args:
            local_id: The task.
            kind: A word of the caller's, other than `status` and `charge`.
            detail: More; secrets are folded.
            at: When it happened; None: now.
        """
        if kind in {"status", "charge"}:
            raise ValueError(f"Events of kind {kind!r} are written by the ledger itself.")
        clean = None if detail is None else self._clean.value(detail)
        with self._writing(_GOES_ON) as connection:
            self._require(connection, local_id)
            _add_event(connection, local_id, at or dt.datetime.now(dt.UTC), kind, detail=clean)

    def add_artifact(self, local_id: str, artifact: Artifact) -> None:
        """Record a file of a task; again is fine, and fills in what was not known before."""
        row = artifact_columns(local_id, artifact, self._home)
        with self._writing("The file, if it was kept, is where it was put; only its row is missing.") as connection:
            self._require(connection, local_id)
            connection.execute(_statements.add_artifact(connection.dialect.name), row)

    def add_charge(
        self,
        local_id: str,
        money: Money,
        *,
        tokens: int | None,
        price_id: str | None,
        basis: CostBasis,
        is_sandbox: bool,
        at: dt.datetime,
    ) -> bool:
        """Record what a task cost, once: charge, kept sums and event in one transaction.

        Args:
            local_id: The task.
            money: The amount, stored as a whole number of 10⁻⁸ of its currency.
            tokens: How many were charged; None where it was not by tokens.
            price_id: The price row that was applied; None where the provider named the amount.
            basis: How the amount is known.
            is_sandbox: Whether it ran on the local sandbox: then nothing was billed.
            at: When the charge became known.

        Returns:
            False if the task was charged before; then nothing was written.
        """
        if not isinstance(money, Money):
            raise TypeError(f"A charge is Money, not {type(money).__name__}.")
        if money.amount < 0:
            raise ValueError(f"A charge is not negative: {money!r}.")
        row: dict[str, object] = {
            "amount_e8": money.to_e8(),
            "currency": money.currency,
            "tokens": tokens,
            "price_id": price_id,
            "basis": basis,
            "is_sandbox": is_sandbox,
        }
        with self._writing("The charge was not recorded; what the provider bills stays the same.") as connection:
            task = self._require(connection, local_id)
            dialect = connection.dialect.name
            charge = {"local_id": local_id, "charged_at": at, **row}
            if connection.execute(_statements.add_charge(dialect), charge).rowcount != 1:
                return False
            total = {
                "day": at.astimezone(dt.UTC).date().isoformat(),
                "provider": task.provider,
                "model": task.model,
                "tasks": 1,
                **{name: row[name] for name in ("amount_e8", "currency", "basis", "is_sandbox")},
                "tokens": tokens or 0,
            }
            connection.execute(_statements.add_total(dialect), total)
            detail = {"amount": format(money.amount, "f"), **{k: v for k, v in row.items() if k != "amount_e8"}}
            _add_event(connection, local_id, at, "charge", detail=detail)
        return True

    def _require(self, connection: sa.Connection, local_id: str) -> Any:
        row = connection.execute(_statements.TASK, {"id": local_id}).first()
        if row is None:
            raise not_recorded(connection, local_id, self.url)
        return row


def _event(
    local_id: str, at: dt.datetime, kind: str, *, status: TaskStatus | None, detail: Mapping[str, object] | None
) -> dict[str, object]:
    return {"local_id": local_id, "at": at, "kind": kind, "status": status and status.value, "detail": detail}


def _add_event(
    connection: sa.Connection,
    local_id: str,
    at: dt.datetime,
    kind: str,
    *,
    status: TaskStatus | None = None,
    detail: Mapping[str, object] | None = None,
) -> None:
    connection.execute(_statements.ADD_EVENT, _event(local_id, at, kind, status=status, detail=detail))
