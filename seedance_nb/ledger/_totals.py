"""Sums of charges, and the columns of all tasks: what reports are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from seedance_nb.ledger._schema import artifacts, charges, cost_totals, tasks
from seedance_nb.money import Money
from seedance_nb.task import TaskStatus

_DAY = sa.func.substr(sa.type_coerce(charges.c.charged_at, sa.String), 1, 10)
_KEYS: dict[str, sa.ColumnElement[Any]] = {
    "day": _DAY,
    "basis": charges.c.basis,
    **{
        name: tasks.c[name]
        for name in ("provider", "model", "model_id", "mode", "status", "resolution", "ratio", "duration", "owner")
    },
}
BY = tuple(_KEYS)
"""What costs can be summed by, beside the currency and the sandbox."""


def cost_rows(connection: sa.Connection, by: Sequence[str]) -> list[dict[str, object]]:
    """One row for each combination of `by`, currency and sandbox: tasks, tokens and cost.

    Where `by` allows it the sums that are kept beside the charges are read, a few rows however
    many tasks there are.

    Raises:
        ValueError: Costs cannot be summed by one of these.
    """
    for name in by:
        if name not in _KEYS:
            raise ValueError(f"Costs cannot be summed by {name!r}. Choose from: {', '.join(BY)}.")
    source: sa.FromClause
    if all(name in cost_totals.c for name in by):
        source, table = cost_totals, cost_totals
        keys: list[sa.ColumnElement[Any]] = [cost_totals.c[name] for name in by]
        count: sa.ColumnElement[Any] = sa.func.sum(cost_totals.c.tasks)
    else:
        source, table = charges.join(tasks), charges
        keys = [_KEYS[name] for name in by]
        count = sa.func.count()
    keys = [key.label(name) for key, name in zip(keys, by, strict=True)]
    group = [*keys, table.c.currency, table.c.is_sandbox]
    query = (
        sa.select(*group, count.label("tasks"), sa.func.sum(table.c.tokens), sa.func.sum(table.c.amount_e8))
        .select_from(source)
        .group_by(*group)
        .order_by(table.c.is_sandbox, *keys, table.c.currency)
    )
    found = []
    for *values, currency, is_sandbox, tasks_, tokens, amount in connection.execute(query):
        row: dict[str, object] = dict(zip(by, values, strict=True))
        row |= {"currency": currency, "is_sandbox": is_sandbox, "tasks": int(tasks_), "tokens": int(tokens or 0)}
        row["cost"] = Money.from_e8(int(amount), currency).amount
        found.append(row)
    return found


def status_counts(connection: sa.Connection) -> dict[tuple[TaskStatus, bool], int]:
    """How many tasks have which status, the sandbox's apart: `{(status, is_sandbox): count}`."""
    keys = (tasks.c.status, tasks.c.is_sandbox)
    rows = connection.execute(sa.select(*keys, sa.func.count()).group_by(*keys))
    return {(TaskStatus(status), is_sandbox): count for status, is_sandbox, count in rows}


_LEFT_OUT = frozenset(
    {
        *("base_url", "request", "body_sha256", "asked_sha256", "quote_sum", "quote_basis", "price", "total_tokens"),
        *("seconds_high", "owner", "follower"),
    }
)
"""Columns of `tasks` that are not for a table: long, or of use to the engine only."""


def task_columns(connection: sa.Connection) -> dict[str, list[Any]]:
    """All tasks by column, newest first, times as the ISO text they are stored as."""
    columns: list[sa.ColumnElement[Any]] = [
        sa.type_coerce(column, sa.String).label(column.name) if column.name.endswith("_at") else column
        for column in tasks.c
        if column.name not in _LEFT_OUT
    ]
    columns += [charges.c.amount_e8, charges.c.currency, charges.c.basis, charges.c.price_id]
    columns.append(artifacts.c.path)
    joined = tasks.outerjoin(charges).outerjoin(
        artifacts, sa.and_(artifacts.c.local_id == tasks.c.local_id, artifacts.c.kind == "clip")
    )
    query = sa.select(*columns).select_from(joined).order_by(tasks.c.created_at.desc(), tasks.c.local_id.desc())
    result = connection.execute(query)
    names = list(result.keys())
    rows = result.all()
    if not rows:
        return {name: [] for name in names}
    return {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
