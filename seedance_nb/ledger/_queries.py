"""Reading tasks back: a fixed number of statements, however many rows."""

from __future__ import annotations

import datetime as dt
import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from seedance_nb.errors import LedgerError, TaskNotRecordedError
from seedance_nb.ledger._rows import LedgerEvent, artifact_reader, task_record
from seedance_nb.ledger._schema import artifacts, charges, events, tasks
from seedance_nb.task import Artifact, TaskRecord, TaskStatus

_TASK = sa.select(
    tasks,
    charges.c.amount_e8.label("charge_amount_e8"),
    charges.c.currency.label("charge_currency"),
    charges.c.basis.label("charge_basis"),
).select_from(tasks.outerjoin(charges))


_NAME: sa.BindParameter[str] = sa.bindparam("name")
_NAMED = _TASK.where(sa.or_(tasks.c.local_id == _NAME, tasks.c.task_id == _NAME)).order_by(tasks.c.created_at.desc())
_FILES = sa.select(artifacts).where(artifacts.c.local_id == sa.bindparam("id")).order_by(artifacts.c.kind)
"""Made once: a task is read after each of its steps."""

OPEN = tasks.c.status.in_([status.value for status in TaskStatus if not status.is_terminal])
"""The task is not over by its status."""

_IN_FLIGHT = tasks.c.status.in_(
    [status.value for status in (TaskStatus.SUBMITTING, TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.UNKNOWN)]
)


def chunks(values: Iterable[str], size: int = 500) -> Iterator[list[str]]:
    """The values without doubles, in lists that fit into one statement: SQLite once took 999 of them."""
    rest = list(dict.fromkeys(values))
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


def _read(connection: sa.Connection, ids: sa.Select[tuple[str]], newest_first: bool, home: Path) -> list[TaskRecord]:
    order = (tasks.c.created_at, tasks.c.local_id)
    found = connection.execute(
        _TASK.where(tasks.c.local_id.in_(ids)).order_by(*(c.desc() if newest_first else c for c in order))
    ).all()
    files: dict[str, list[Artifact]] = defaultdict(list)
    if found:
        read = artifact_reader(home)
        rows = connection.execute(
            sa.select(artifacts).where(artifacts.c.local_id.in_(ids)).order_by(artifacts.c.local_id, artifacts.c.kind)
        )
        for row in rows:
            files[row.local_id].append(read(row))
    return [task_record(row, files[row.local_id]) for row in found]


def records(
    connection: sa.Connection,
    home: Path,
    *,
    statuses: Collection[TaskStatus] | None = None,
    limit: int | None = None,
    newest_first: bool = True,
    sandbox: bool | None = None,
    body_sha256: str | None = None,
    asked_sha256: Collection[str] | None = None,
    batch: str | None = None,
    local_ids: Collection[str] | None = None,
    also: Collection[sa.ColumnElement[bool]] = (),
) -> list[TaskRecord]:
    """The tasks that fit, each with its charge and artifacts; two statements."""
    ids: sa.Select[Any] = sa.select(tasks.c.local_id).where(*also)
    if statuses is not None:
        ids = ids.where(tasks.c.status.in_([status.value for status in statuses]))
    if sandbox is not None:
        ids = ids.where(tasks.c.is_sandbox.is_(sandbox))
    if body_sha256 is not None:
        ids = ids.where(tasks.c.body_sha256 == body_sha256)
    if local_ids is not None:
        ids = ids.where(tasks.c.local_id.in_(local_ids))
    if asked_sha256 is not None:
        ids = ids.where(tasks.c.asked_sha256.in_(asked_sha256))
    if batch is not None:
        ids = ids.where(tasks.c.batch == batch)
        if batch:
            ids = ids.where(sa.text("batch <> ''"))  # the words of the index
    if limit is not None:
        order = (tasks.c.created_at, tasks.c.local_id)
        ids = ids.order_by(*(c.desc() if newest_first else c for c in order)).limit(limit)
    return _read(connection, ids, newest_first, home)


def get(connection: sa.Connection, name: str, home: Path, ledger: str) -> TaskRecord:
    """The task with this id of ours, or of its provider."""
    found = connection.execute(_NAMED, {"name": name}).all()
    found = [row for row in found if row.local_id == name] or found
    if len(found) > 1:
        which = ", ".join(f"{row.local_id!r} at {row.provider}" for row in found)
        raise LedgerError(f"The ledger {ledger} has {len(found)} tasks {name!r}: {which}. Name one by its own id.")
    if not found:
        raise not_recorded(connection, name, ledger)
    files = connection.execute(_FILES, {"id": found[0].local_id}).all()
    return task_record(found[0], [*map(artifact_reader(home), files)] if files else ())


def not_recorded(connection: sa.Connection, name: str, ledger: str) -> TaskNotRecordedError:
    """The exception for an id that the ledger does not have, with the ids it was perhaps meant to be."""
    newest = sa.select(tasks.c.local_id, tasks.c.task_id).order_by(tasks.c.created_at.desc()).limit(1000)
    known = [text for row in connection.execute(newest) for text in row if text]
    near = [text for text in known if name and text.startswith(name)][:3] or difflib.get_close_matches(name, known, 3)
    advice = (
        f"Did you mean {' or '.join(repr(text) for text in near)}?" if near else "studio.tasks() lists what it has."
    )
    return TaskNotRecordedError(
        f"The ledger {ledger} has no task {name!r}; if a provider has one of this id, it was not recorded here. "
        f"{advice}"
    )


def task_events(connection: sa.Connection, local_id: str) -> list[LedgerEvent]:
    """What happened to a task, oldest first."""
    rows = connection.execute(sa.select(events).where(events.c.local_id == local_id).order_by(events.c.id))
    return [
        LedgerEvent(
            id=row.id,
            local_id=row.local_id,
            at=row.at,
            kind=row.kind,
            status=None if row.status is None else TaskStatus(row.status),
            detail=row.detail,
        )
        for row in rows
    ]


def durations(
    connection: sa.Connection,
    provider: str,
    model: str,
    resolution: str | None,
    duration: int | None,
    *,
    limit: int,
    is_sandbox: bool,
) -> list[float]:
    """Seconds from sending to the end, of tasks like this that succeeded, newest first."""
    c = tasks.c
    query = (
        sa.select(c.submitted_at, c.finished_at)
        .where(c.provider == provider, c.model == model, c.is_sandbox.is_(is_sandbox))
        .where(c.status.in_([TaskStatus.SUCCEEDED.value, TaskStatus.KEPT.value]))
        .where(c.submitted_at.is_not(None), c.finished_at.is_not(None))
        .order_by(c.finished_at.desc())
        .limit(limit)
    )
    if resolution is not None:
        query = query.where(c.resolution == resolution)
    if duration is not None:
        query = query.where(c.duration == duration)
    return [(finished - submitted).total_seconds() for submitted, finished in connection.execute(query)]


def task_ids(connection: sa.Connection, provider: str, base_url: str) -> set[str]:
    """The ids that a provider at one address gave to tasks of this ledger."""
    c = tasks.c
    query = sa.select(c.task_id).where(c.provider == provider, c.base_url == base_url, c.task_id.is_not(None))
    return set(connection.execute(query).scalars())


def states(
    connection: sa.Connection, local_ids: Iterable[str]
) -> dict[str, tuple[TaskStatus, str | None, dt.datetime]]:
    """Status, code of the failure and last change of each of these tasks that is there."""
    c = tasks.c
    query = sa.select(c.local_id, c.status, c.failure_code, c.updated_at)
    return {
        row.local_id: (TaskStatus(row.status), row.failure_code, row.updated_at)
        for some in chunks(local_ids)
        for row in connection.execute(query.where(c.local_id.in_(some)))
    }


def in_flight(
    connection: sa.Connection, provider: str, base_url: str, account: str, *, four_k: bool | None = None
) -> int:
    """How many tasks one account has under way at one address of a provider."""
    c = tasks.c
    query = (
        sa.select(sa.func.count())
        .where(_IN_FLIGHT, c.provider == provider, c.base_url == base_url, c.account == account)
        .where(sa.or_(c.status != TaskStatus.UNKNOWN.value, c.failure_code.is_(None)))
    )
    if four_k is not None:
        is_4k = sa.func.coalesce(c.resolution, "") == "4k"
        query = query.where(is_4k if four_k else sa.not_(is_4k))
    return int(connection.execute(query).scalar_one())
