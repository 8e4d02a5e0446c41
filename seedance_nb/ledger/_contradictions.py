"""What must hold in every ledger, whatever was killed when; each breach of it as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from operator import attrgetter

import sqlalchemy as sa

from seedance_nb.ledger._schema import artifacts, charges, cost_totals, events, tasks
from seedance_nb.task import MAY_FOLLOW, TaskStatus

_SUCCEEDED, _KEPT, _LOST = (status.value for status in (TaskStatus.SUCCEEDED, TaskStatus.KEPT, TaskStatus.LOST))
_MADE = (_SUCCEEDED, _KEPT, _LOST)
"""Only a clip that was made, or may have been, is charged."""
_AT_PROVIDER = (TaskStatus.QUEUED.value, TaskStatus.RUNNING.value, *_MADE)
_SUMS = ("tasks", "tokens", "amount_e8")


def contradictions(connection: sa.Connection) -> list[str]:
    """Every breach there is; a fixed number of statements, all on one state of the ledger."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    return [*_paths(connection), *_rows(connection), *_charges(connection), *_totals(connection)]


def _paths(connection: sa.Connection) -> Iterator[str]:
    """The events of each task lead from its intent to its status, in steps that are allowed."""
    steps = (
        sa.select(tasks.c.local_id, tasks.c.status.label("now"), events.c.status.label("then"))
        .select_from(tasks.outerjoin(events, sa.and_(events.c.local_id == tasks.c.local_id, events.c.kind == "status")))
        .order_by(tasks.c.local_id, events.c.id)
    )
    for name, rows in groupby(connection.execute(steps), key=attrgetter("local_id")):
        seen = list(rows)
        now = seen[0].now
        path = [TaskStatus(row.then) for row in seen if row.then is not None]
        if not path or path[0] is not TaskStatus.INTENT:
            yield f"Task {name} begins with {path[0] if path else 'no event'}, not with its intent."
        if path and path[-1] != now:
            yield f"Task {name} is {now}, and its last event says {path[-1]}."
        for before, after in pairwise(path):
            if after is not before and after not in MAY_FOLLOW[before]:
                yield f"Task {name} went from {before} to {after}, which is no step."


def _rows(connection: sa.Connection) -> Iterator[str]:
    """A task that a provider has has its id, no two have the same, and a kept one has its clip."""
    c = tasks.c
    nameless = sa.select(c.local_id, c.status).where(c.status.in_(_AT_PROVIDER), c.task_id.is_(None))
    for name, status in connection.execute(nameless.order_by(c.local_id)):
        yield f"Task {name} is {status}, and its provider's id is not there."
    key = (c.task_id, c.provider, c.base_url)
    doubled = sa.select(*key, sa.func.count()).where(c.task_id.is_not(None)).group_by(*key).having(sa.func.count() > 1)
    for task_id, provider, _, count in connection.execute(doubled):
        yield f"{count} tasks are {task_id} at {provider}."
    clip = sa.and_(artifacts.c.local_id == c.local_id, artifacts.c.kind == "clip")
    bare = (
        sa.select(c.local_id)
        .select_from(tasks.outerjoin(artifacts, clip))
        .where(c.status == _KEPT, sa.or_(artifacts.c.path.is_(None), artifacts.c.sha256.is_(None)))
    )
    for name in connection.execute(bare.order_by(c.local_id)).scalars():
        yield f"Task {name} is kept, and path or checksum of its clip is not there."


def _charges(connection: sa.Connection) -> Iterator[str]:
    """What was made is charged, nothing else is, and each charge is told once among the events."""
    c = tasks.c
    told = (
        sa.select(events.c.local_id, sa.func.count().label("times"))
        .where(events.c.kind == "charge")
        .group_by(events.c.local_id)
        .subquery()
    )
    made = sa.exists().where(events.c.local_id == c.local_id, events.c.status == _SUCCEEDED)
    query = (
        sa.select(
            *(c.local_id, c.status, c.quote_currency, c.is_sandbox, c.quote_low_e8, c.quote_high_e8),
            charges.c.amount_e8,
            charges.c.is_sandbox.label("charged_as_sandbox"),
            sa.func.coalesce(told.c.times, 0).label("times"),
            sa.case((c.status == _LOST, made), else_=sa.true()).label("made"),
        )
        .select_from(tasks.outerjoin(charges).outerjoin(told, told.c.local_id == c.local_id))
        .where(sa.or_(c.status.in_(_MADE), charges.c.local_id.is_not(None), told.c.times.is_not(None)))
        .order_by(c.local_id)
    )
    for row in connection.execute(query):
        charged = row.amount_e8 is not None
        if charged and row.status not in _MADE:
            yield f"Task {row.local_id} is {row.status}, and was charged."
        if charged and row.charged_as_sandbox != row.is_sandbox:
            yield f"Task {row.local_id} and its charge do not agree on whether it ran on the sandbox."
        if row.times != charged:
            yield f"Task {row.local_id} has {int(charged)} charge(s), and {row.times} event(s) of one."
        # The clip of a lost task cannot be measured any more: with a range for a quote it may stay uncharged.
        settled = row.status == _KEPT or (row.status == _LOST and row.made and row.quote_low_e8 == row.quote_high_e8)
        if settled and not charged and row.quote_currency is not None:
            yield f"Task {row.local_id} is {row.status} and was quoted, and has no charge."


def _totals(connection: sa.Connection) -> Iterator[str]:
    """The sums that are kept are the sums of the charges."""
    names = ("day", "provider", "model", "basis", "currency", "is_sandbox")
    columns = {
        "day": sa.func.substr(sa.type_coerce(charges.c.charged_at, sa.String), 1, 10),
        "provider": tasks.c.provider,
        "model": tasks.c.model,
        **{name: charges.c[name] for name in ("basis", "currency", "is_sandbox")},
    }
    keys = [columns[name].label(name) for name in names]
    sums = (sa.func.count(), sa.func.coalesce(sa.func.sum(charges.c.tokens), 0), sa.func.sum(charges.c.amount_e8))
    summed = sa.select(*keys, *sums).select_from(charges.join(tasks)).group_by(*keys)
    kept = sa.select(*(cost_totals.c[name] for name in (*names, *_SUMS)))
    right = {tuple(row[:6]): tuple(map(int, row[6:])) for row in connection.execute(summed)}
    there = {tuple(row[:6]): tuple(map(int, row[6:])) for row in connection.execute(kept)}
    for key in sorted(right.keys() | there.keys()):
        if right.get(key) != there.get(key):
            yield (
                f"The kept sum of {', '.join(map(str, key))} is {there.get(key)}, "
                f"and its charges make {right.get(key)} (tasks, tokens, 10⁻⁸ of the currency)."
            )
