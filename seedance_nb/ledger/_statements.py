"""The statements that write, made once, so that a step of a task costs microseconds."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from seedance_nb.ledger._schema import artifacts, charges, cost_totals, events, measures, paces, tasks, votes, workers

_ID: sa.BindParameter[str] = sa.bindparam("id")

TASK = sa.select(tasks.c.provider, tasks.c.model).where(tasks.c.local_id == _ID)
ACCOUNT = sa.select(tasks.c.provider, tasks.c.base_url, tasks.c.account).where(tasks.c.local_id == _ID)
STATUS = sa.select(tasks.c.status).where(tasks.c.local_id == _ID).with_for_update()
"""Locks the row where the database locks rows; SQLite has locked the file by then."""
LAST_DETAIL = (
    sa.select(events.c.detail)
    .where(events.c.local_id == _ID, events.c.kind == "status")
    .order_by(events.c.id.desc())
    .limit(1)
)
ADD_TASK = tasks.insert().inline()
ADD_EVENT = events.insert().inline()
GUARD = sa.text("SELECT pg_advisory_xact_lock(1592632015)")
"""PostgreSQL: held to the end of the transaction by who asks what is committed, to add to it."""
PLACES = sa.text("SELECT pg_advisory_xact_lock(1592632016, hashtext(:account))")
"""PostgreSQL: held to the end of the transaction by who counts an account's tasks under way, to add one."""
CHANGE = tasks.update().where(tasks.c.local_id == _ID)
"""Sets the columns that come as parameters."""
FOLLOW = tasks.update().where(tasks.c.local_id == _ID).values(follower=sa.bindparam("by"))
PACED = sa.select(paces.c.next_at, paces.c.held_until).where(paces.c.name == _ID).with_for_update()
PACE = paces.update().where(paces.c.name == _ID)
"""Sets the columns that come as parameters."""


def _insert(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@cache
def add_charge(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Insert a charge unless the task has one."""
    insert = _insert(dialect, charges).on_conflict_do_nothing(index_elements=["local_id"])
    # The count of inserted rows is the answer, and is forgotten for inserts unless one asks for it.
    return insert.inline().execution_options(preserve_rowcount=True)


@cache
def add_total(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Add a charge to the sums it belongs to."""
    insert = _insert(dialect, cost_totals)
    sums = {name: cost_totals.c[name] + insert.excluded[name] for name in ("tasks", "tokens", "amount_e8")}
    return insert.on_conflict_do_update(index_elements=list(cost_totals.primary_key), set_=sums)


@cache
def add_artifact(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Insert an artifact, or fill in what is news about one that is there."""
    insert = _insert(dialect, artifacts)
    key = list(artifacts.primary_key)
    known = {c.name: sa.func.coalesce(insert.excluded[c.name], c) for c in artifacts.c if not c.primary_key}
    return insert.on_conflict_do_update(index_elements=key, set_=known)


@cache
def beat(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Count a heartbeat, the first one included."""
    insert = _insert(dialect, workers)
    counted = {"beats": workers.c.beats + 1, "seen_at": insert.excluded.seen_at}
    return insert.on_conflict_do_update(index_elements=["owner"], set_=counted)


@cache
def add_pace(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """A pace at which nothing was taken yet, unless it is there."""
    return _insert(dialect, paces).values(next_at=0.0, held_until=0.0).on_conflict_do_nothing(index_elements=["name"])


@cache
def withdraw(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """A row that takes a vote back, unless there is one."""
    insert = _insert(dialect, votes).on_conflict_do_nothing(index_elements=["withdraws"])
    return insert.inline().execution_options(preserve_rowcount=True)


@cache
def add_measures(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """What was measured in a clip, in the place of what was measured in the same way before."""
    insert = _insert(dialect, measures)
    news = {name: insert.excluded[name] for name in ("figures", "measured_at")}
    return insert.on_conflict_do_update(index_elements=list(measures.primary_key), set_=news)
