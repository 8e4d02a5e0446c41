"""The ledger by column, for data frames: one statement each, filtered by the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from seedance_nb.ledger._filters import Where, conditions
from seedance_nb.ledger._labelling import TAG, current
from seedance_nb.ledger._schema import artifacts, charges, events, labels, tasks

Columns = dict[str, list[Any]]

_TASKS = (
    *("local_id", "task_id", "provider", "model", "model_id", "mode", "status", "is_sandbox", "prompt", "resolution"),
    *("ratio", "duration", "seed", "completion_tokens", "quote_tokens_high", "quote_low_e8", "quote_high_e8"),
    *("quote_currency", "failure_code", "failure_message", "created_at", "submitted_at", "finished_at", "updated_at"),
    *("account", "project", "batch"),
)
_CHARGES = ("amount_e8", "currency", "basis", "price_id", "charged_at")
_LONG = ("request", "price")
"""Only where they are asked for by name."""
_OF_TASK = ("task_id", "provider", "model", "project", "created_at")
_CHARGE = ("local_id", "charged_at", "amount_e8", "currency", "tokens", "basis", "price_id", "is_sandbox")
_CLIP = sa.and_(artifacts.c.local_id == tasks.c.local_id, artifacts.c.kind == "clip")

TASK_COLUMNS = (*_TASKS, *_CHARGES, "path", "rating", "note", "tags", "notebook", "run")
CHARGE_COLUMNS = (*_CHARGE, *_OF_TASK)


def task_columns(
    connection: sa.Connection, where: Where, only: Iterable[str] | None = None, *, charged: bool = False
) -> Columns:
    """Tasks by column, newest first, times as the ISO text they are stored as, with what was said of them.

    Args:
        connection: Only read from.
        where: Filters; `since` and `until` are about the time of the intent, or with `charged` of the charge.
        only: The columns that are wanted, of `TASK_COLUMNS`; None: all.
        charged: Only tasks that were charged.
    """
    wanted = TASK_COLUMNS if only is None else tuple(name for name in (*TASK_COLUMNS, *_LONG) if name in {*only})
    chosen = [
        tasks.c.local_id,
        *(_text(tasks.c[name]) for name in (*_TASKS, *_LONG) if name in {*wanted} - {"local_id"}),
    ]
    chosen += [_text(charges.c[name]) for name in _CHARGES if name in wanted]
    source: sa.FromClause = tasks.outerjoin(charges)
    if "path" in wanted:
        chosen.append(artifacts.c.path)
        source = source.outerjoin(artifacts, _CLIP)
    at = charges.c.charged_at if charged else tasks.c.created_at
    query = sa.select(*chosen).select_from(source).where(*conditions(where, at=at))
    query = query.where(charges.c.local_id.is_not(None)) if charged else query
    query = query.order_by(tasks.c.created_at.desc(), tasks.c.local_id.desc())
    found = _by_column(connection, query, as_stored=not {*wanted} & {*_LONG})
    _say(connection, found, wanted)
    return {name: found[name] for name in wanted}


def charge_columns(connection: sa.Connection, where: Where) -> Columns:
    """Charges by column, newest first; `since` and `until` are about the time of the charge."""
    chosen = [_text(charges.c[name]) for name in _CHARGE] + [_text(tasks.c[name]) for name in _OF_TASK]
    query = sa.select(*chosen).select_from(charges.join(tasks))
    query = query.where(*conditions(where, at=charges.c.charged_at, is_sandbox=charges.c.is_sandbox))
    found = _by_column(connection, query.order_by(charges.c.charged_at.desc(), charges.c.local_id.desc()))
    _file(connection, found, "project")
    return found


def event_columns(connection: sa.Connection, where: Where) -> Columns:
    """Events by column, in the order they were written; `since` and `until` are about when they happened."""
    chosen = [events.c.local_id, *(_text(events.c[name]) for name in ("at", "kind", "status")), events.c.detail]
    query = sa.select(*chosen).select_from(events.join(tasks).outerjoin(charges)).order_by(events.c.id)
    return _by_column(connection, query.where(*conditions(where, at=events.c.at)), as_stored=False)


def _text(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    # Times stay text: a frame reads a hundred thousand of them at once much quicker than Python one by one.
    return sa.type_coerce(column, sa.String).label(column.name) if column.name.endswith("at") else column


_ROWS = 1_000
"""So many rows are turned into columns at a time: rows by the hundred thousand keep the collector of garbage busy."""


def _by_column(connection: sa.Connection, query: sa.Select[Any], *, as_stored: bool = True) -> Columns:
    """What a query gives, by column.

    Args:
        connection: Only read from.
        query: What to read.
        as_stored: Leave values as the database has them, which spares a step for each row: there is no JSON among
            them, times are to be text, and a truth may be 0 or 1.
    """
    result = connection.execute(query)
    names = list(result.keys())
    columns: list[list[Any]] = [[] for _ in names]
    fetch: Any = result.cursor.fetchmany if as_stored else result.fetchmany
    while rows := fetch(_ROWS):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
    result.close()
    return dict(zip(names, columns, strict=True))


def _said(connection: sa.Connection, names: Iterable[str] | None = None) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for local_id, name, value in connection.execute(current(names)):
        found.setdefault(local_id, {})[name] = value
    return found


def _say(connection: sa.Connection, found: Columns, wanted: Iterable[str]) -> None:
    """Put beside each task what was said of it."""
    count = len(found["local_id"])
    said: dict[str, dict[str, str]] = {}
    if {"rating", "note", "tags", "notebook", "run", "project"} & {*wanted}:
        any_ = connection.execute(sa.select(labels.c.id).limit(1)).first()
        said = _said(connection) if any_ else {}
    for name in ("rating", "note", "tags", "notebook"):
        found[name] = [None] * count
    for name in ("project", "batch"):
        if name in found:
            found[name] = [value or None for value in found[name]]
    found["run"] = list(found.get("batch", [None] * count))
    if not said:
        return
    for place, local_id in enumerate(found["local_id"]):
        if values := said.get(local_id):
            tags = (
                name.removeprefix(TAG) + ("" if value == "yes" else f"={value}")
                for name, value in values.items()
                if name.startswith(TAG)
            )
            found["tags"][place] = ", ".join(sorted(tags)) or None
            found["rating"][place] = int(values["rating"]) if "rating" in values else None
            found["note"][place] = values.get("note")
            found["notebook"][place] = values.get("notebook")
            found["run"][place] = values.get("run") or found["run"][place]
            if "project" in found and "project" in values:
                found["project"][place] = values["project"] or None


def _file(connection: sa.Connection, found: Columns, name: str) -> None:
    """What tasks are filed under, as somebody said afterwards."""
    said = _said(connection, [name])
    found[name] = [
        (said[local_id][name] if local_id in said else value) or None
        for local_id, value in zip(found["local_id"], found[name], strict=True)
    ]
