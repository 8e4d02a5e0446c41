"""The ledger by column, for data frames: one statement each, filtered by the database, and read piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from seedance_nb.ledger._filters import Where, conditions
from seedance_nb.ledger._labelling import NAMES, TAG, current
from seedance_nb.ledger._schema import artifacts, charges, events, tasks

Columns = dict[str, Sequence[Any]]

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

_SAID = {*NAMES, "tags"}
TASK_COLUMNS = (*_TASKS, *_CHARGES, "path", "rating", "note", "tags", "notebook", "run")
CHARGE_COLUMNS = (*_CHARGE, *_OF_TASK)


def task_pieces(
    connection: sa.Connection,
    where: Where,
    only: Iterable[str] | None = None,
    *,
    charged: bool = False,
    limit: int | None = None,
) -> Iterator[Columns]:
    """Tasks by column, newest first, some thousand at a time, with what was said of them.

    Times are the ISO text that they are stored as.

    Args:
        connection: Only read from.
        where: Filters; `since` and `until` are about the time of the intent, or with `charged` of the charge.
        only: The columns that are wanted, of `TASK_COLUMNS`; None: all.
        charged: Only tasks that were charged.
        limit: At most so many.
    """
    wanted = TASK_COLUMNS if only is None else tuple(name for name in (*TASK_COLUMNS, *_LONG) if name in {*only})
    needed = {*wanted} | ({"batch"} if "run" in wanted else set())
    chosen = [
        tasks.c.local_id,
        *(_text(tasks.c[name]) for name in (*_TASKS, *_LONG) if name in needed - {"local_id"}),
    ]
    chosen += [_text(charges.c[name]) for name in _CHARGES if name in wanted]
    source: sa.FromClause = tasks.outerjoin(charges)
    if "path" in wanted:
        chosen.append(artifacts.c.path)
        source = source.outerjoin(artifacts, _CLIP)
    at = charges.c.charged_at if charged else tasks.c.created_at
    query = sa.select(*chosen).select_from(source).where(*conditions(where, at=at))
    query = query.where(charges.c.local_id.is_not(None)) if charged else query
    query = query.order_by(tasks.c.created_at.desc(), tasks.c.local_id.desc()).limit(limit)
    said = _said(connection, {*wanted} & {*NAMES} if "tags" not in wanted else None) if needed & _SAID else {}
    for found in _pieces(connection, query, as_stored=not {*wanted} & {*_LONG}):
        _say(said, found, wanted)
        yield {name: found[name] for name in wanted}


def charge_pieces(connection: sa.Connection, where: Where) -> Iterator[Columns]:
    """Charges by column, newest first; `since` and `until` are about the time of the charge."""
    chosen = [_text(charges.c[name]) for name in _CHARGE] + [_text(tasks.c[name]) for name in _OF_TASK]
    query = sa.select(*chosen).select_from(charges.join(tasks))
    query = query.where(*conditions(where, at=charges.c.charged_at, is_sandbox=charges.c.is_sandbox))
    said = _said(connection, ["project"])
    for found in _pieces(connection, query.order_by(charges.c.charged_at.desc(), charges.c.local_id.desc())):
        _say(said, found, ["project"])
        yield found


def event_pieces(connection: sa.Connection, where: Where) -> Iterator[Columns]:
    """Events by column, in the order they were written; `since` and `until` are about when they happened."""
    chosen = [events.c.local_id, *(_text(events.c[name]) for name in ("at", "kind", "status")), events.c.detail]
    query = sa.select(*chosen).select_from(events.join(tasks).outerjoin(charges)).order_by(events.c.id)
    yield from _pieces(connection, query.where(*conditions(where, at=events.c.at)), as_stored=False)


def joined(pieces: Iterable[Columns]) -> dict[str, list[Any]]:
    """All pieces as one."""
    found: dict[str, list[Any]] = {}
    for piece in pieces:
        for name, values in piece.items():
            found.setdefault(name, []).extend(values)
    return found


def _text(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    # Times stay text: a frame reads a hundred thousand of them at once much quicker than Python one by one.
    return sa.type_coerce(column, sa.String).label(column.name) if column.name.endswith("at") else column


_ROWS = 1_000
"""So many rows are there as rows at a time: by the hundred thousand they keep the collector of garbage busy."""


def _pieces(connection: sa.Connection, query: sa.Select[Any], *, as_stored: bool = True) -> Iterator[Columns]:
    """What a query gives, by column, some thousand rows at a time; one piece without rows where it gives nothing.

    Args:
        connection: Only read from.
        query: What to read.
        as_stored: Leave values as the database has them, which spares a step for each row: there is no JSON among
            them, times are to be text, and a truth may be 0 or 1.
    """
    # A server is to keep what was not fetched yet; SQLite does so anyway.
    is_served = connection.dialect.name != "sqlite"
    result = connection.execute(query, execution_options={"stream_results": is_served, "max_row_buffer": _ROWS})
    names = list(result.keys())
    fetch: Any = result.cursor.fetchmany if as_stored and not is_served else result.fetchmany
    try:
        rows = fetch(_ROWS)
        yield dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))
        while rows := fetch(_ROWS):
            yield dict(zip(names, zip(*rows, strict=True), strict=True))
    finally:
        result.close()


def _said(connection: sa.Connection, names: Iterable[str] | None = None) -> dict[str, dict[str, str]]:
    """What counts of each task, by name: tags are a text already."""
    found: dict[str, dict[str, str]] = {}
    for local_id, name, value in connection.execute(current(names)):
        found.setdefault(local_id, {})[name] = value
    for said in found.values():
        tags = sorted(
            name.removeprefix(TAG) + ("" if value == "yes" else f"={value}")
            for name, value in said.items()
            if name.startswith(TAG)
        )
        if tags:
            said["tags"] = ", ".join(tags)
    return found


def _say(said: Mapping[str, Mapping[str, str]], found: Columns, wanted: Iterable[str]) -> None:
    """Put beside each task what was said of it; an empty text is nothing."""
    ids = found["local_id"]
    for name in wanted:
        if name == "batch":
            found[name] = [value or None for value in found[name]]
        elif name in {"project", "run"}:
            filed = found["batch" if name == "run" else name]
            if said:
                filed = [
                    said[local_id].get(name, value) if local_id in said else value
                    for local_id, value in zip(ids, filed, strict=True)
                ]
            found[name] = [value or None for value in filed]
        elif name in {"tags", "rating", "note", "notebook"}:
            values = (
                [said[local_id].get(name) if local_id in said else None for local_id in ids]
                if said
                else [None] * len(ids)
            )
            found[name] = [int(value) if value else None for value in values] if name == "rating" else values
