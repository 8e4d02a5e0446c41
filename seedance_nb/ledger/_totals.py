"""Sums of charges: what reports are made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import sqlalchemy as sa

from seedance_nb.ledger import _filters
from seedance_nb.ledger._filters import Where
from seedance_nb.ledger._labelling import TAG, tag_name, value_of
from seedance_nb.ledger._schema import charges, cost_totals, labels, tasks
from seedance_nb.money import Money
from seedance_nb.task import TaskStatus

Over = Literal["day", "week", "month"]
"""A stretch of time; weeks begin on Monday, all of them in UTC."""

_DAY = sa.func.substr(sa.type_coerce(charges.c.charged_at, sa.String), 1, 10)
_KEYS: dict[str, Callable[[], sa.ColumnElement[Any]]] = {
    "day": lambda: _DAY,
    "basis": lambda: charges.c.basis,
    **{
        name: lambda name=name: tasks.c[name]  # type: ignore[misc]
        for name in ("provider", "model", "model_id", "mode", "status", "resolution", "ratio", "duration", "owner")
    },
    "price_id": lambda: charges.c.price_id,
    "batch": lambda: sa.func.nullif(tasks.c.batch, ""),
    "project": _filters.project,
    "run": _filters.run_name,
    "notebook": lambda: value_of("notebook"),
    "rating": lambda: sa.cast(value_of("rating"), sa.Integer),
    "prompt": lambda: tasks.c.prompt,
}
_WITHOUT_LABELS: dict[str, Callable[[], sa.ColumnElement[Any]]] = {
    "project": lambda: sa.func.nullif(tasks.c.project, ""),
    "run": lambda: sa.func.nullif(tasks.c.batch, ""),
}
"""The same where nobody has said anything under that name, which spares a look for each task."""

BY = tuple(_KEYS)
"""What costs can be summed by, beside the currency and the sandbox; also `tag:` and the name of a tag."""


def cost_rows(
    connection: sa.Connection,
    by: Sequence[str],
    over: Over | None = None,
    where: Where | None = None,
    *,
    prompts_as: Callable[[str], str] | None = None,
) -> list[dict[str, object]]:
    """One row for each combination of `by`, stretch of time, currency and sandbox: tasks, tokens and cost.

    Where `by` and `where` allow it the sums that are kept beside the charges are read, a few rows however many
    tasks there are.

    Args:
        connection: Only read from.
        by: Of `BY`, or `tag:` and a name.
        over: Also by day, week or month of the charge: a row has its first day as `period`.
        where: Filters; `since` and `until` are about the time of the charge.
        prompts_as: What stands for a prompt; prompts with the same are put together as they come.

    Raises:
        ValueError: Costs cannot be summed by one of these, or not filtered by one of those.
    """
    where = where or {}
    for name in by:
        if name not in _KEYS and not name.startswith(TAG):
            raise ValueError(
                f"Costs cannot be summed by {name!r}. Choose from: {', '.join(BY)}, or 'tag:' and the name of a tag."
            )
    if over is not None and over not in get_args(Over):
        raise ValueError(f"Costs are summed over a {', a '.join(get_args(Over))}, not over {over!r}.")
    _filters.refuse_unknown(where)
    use_kept = _kept(by, where)
    table: sa.Table = cost_totals if use_kept else charges
    if use_kept:
        source: sa.FromClause = cost_totals
        keys: list[sa.ColumnElement[Any]] = [cost_totals.c[name] for name in by]
        day: sa.ColumnElement[Any] = cost_totals.c.day
        count: sa.ColumnElement[Any] = sa.func.sum(cost_totals.c.tasks)
        met = _kept_conditions(where)
    else:
        source = charges.join(tasks)
        keys = [key_column(connection, name) for name in by]
        day, count = _DAY, sa.func.count()
        met = _filters.conditions(where, at=charges.c.charged_at, is_sandbox=charges.c.is_sandbox)
    keys = [key.label(f"key{place}") for place, key in enumerate(keys)]
    keys += [day.label("period")] if over else []
    group = [*keys, table.c.currency, table.c.is_sandbox]
    query = (
        sa.select(*group, count.label("tasks"), sa.func.sum(table.c.tokens), sa.func.sum(table.c.amount_e8))
        .select_from(source)
        .where(*met)
        .group_by(*group)
        .order_by(table.c.is_sandbox, *keys, table.c.currency)
    )
    names = [*by, *(["period"] if over else [])]
    at_prompt = by.index("prompt") if "prompt" in by else None
    rows: dict[tuple[object, ...], list[int]] = {}
    for *values, currency, is_sandbox, tasks_, tokens, amount in connection.execute(query):
        if over:
            values[-1] = begins(over, values[-1])
        if at_prompt is not None and prompts_as is not None:
            values[at_prompt] = prompts_as(values[at_prompt])
        sums = rows.setdefault((*values, currency, is_sandbox), [0, 0, 0])
        for place, more in enumerate((tasks_, tokens, amount)):
            sums[place] += int(more or 0)
    return [
        {
            **dict(zip([*names, "currency", "is_sandbox"], key, strict=True)),
            "tasks": sums[0],
            "tokens": sums[1],
            "cost": Money.from_e8(sums[2], "XXX").amount,
        }
        for key, sums in rows.items()
    ]


def begins(over: Over, day: str) -> str:
    """The first day of the stretch of time that a day is in."""
    if over == "month":
        return f"{day[:7]}-01"
    if over == "week":
        date = dt.date.fromisoformat(day)
        return (date - dt.timedelta(days=date.weekday())).isoformat()
    return day


def _kept(by: Sequence[str], where: Where) -> bool:
    """Whether the kept sums can answer."""
    times = [_filters.moment(name, where.get(name)) for name in ("since", "until")]
    return (
        all(name in cost_totals.c for name in by)
        and set(where) <= _filters.OF_TOTALS
        and all(_filters.whole_day(text) for text in times)
    )


def _kept_conditions(where: Where) -> list[_filters.Condition]:
    c = cost_totals.c
    found: list[_filters.Condition] = []
    for name, value in where.items():
        if name == "sandbox":
            found += [] if value is None else [c.is_sandbox.is_(bool(value))]
        elif name in {"since", "until"}:
            if (text := _filters.moment(name, value)) is not None:
                found.append(c.day >= text[:10] if name == "since" else c.day < text[:10])
        else:
            found.append(_filters.among(c[name], name, value))
    return found


def key_column(connection: sa.Connection, name: str) -> sa.ColumnElement[Any]:
    """What costs are summed by under a name, of `BY` or `tag:` and a name."""
    if name.startswith(TAG):
        return value_of(tag_name(name.removeprefix(TAG)))
    if name in _WITHOUT_LABELS:
        said = connection.execute(sa.select(labels.c.id).where(labels.c.name == name).limit(1)).first()
        return (_KEYS if said else _WITHOUT_LABELS)[name]()
    return _KEYS[name]()


def status_counts(connection: sa.Connection) -> dict[tuple[TaskStatus, bool], int]:
    """How many tasks have which status, the sandbox's apart: `{(status, is_sandbox): count}`."""
    # By the status alone, so that an index has it in order.
    on_sandbox = sa.func.sum(sa.case((tasks.c.is_sandbox, 1), else_=0))
    rows = connection.execute(sa.select(tasks.c.status, sa.func.count(), on_sandbox).group_by(tasks.c.status))
    counts = {
        (TaskStatus(status), is_sandbox): int(some)
        for status, all_, sandboxed in rows
        for is_sandbox, some in ((False, all_ - sandboxed), (True, sandboxed))
    }
    return {key: count for key, count in counts.items() if count}
