"""Bringing a database to the present schema, once, whoever opens it first.

A ledger that is up to date costs one question; Alembic is imported only when there is work.
"""

from __future__ import annotations

import threading
from pathlib import Path

import sqlalchemy as sa

from seedance_nb.errors import LedgerError, LedgerVersionError
from seedance_nb.ledger._schema import VERSION_TABLE, metadata
from seedance_nb.ledger._statements import GUARD

HEAD = "0006"
"""Number of the last migration."""

_ALEMBIC = threading.Lock()
_PG_LOCK = 0x5EEDA2CE
"""Key of the advisory lock that migrating holds in PostgreSQL."""
_NOT_ALLOWED = {"42501", "25006"}
"""SQLSTATE of who has not the right, and of a server or session that only reads."""


def version(connection: sa.Connection) -> str | None:
    """The number of the schema in there; None for a database without a ledger."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    row = connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).first()  # noqa: S608 - a constant
    return None if row is None else str(row[0])


def is_current(connection: sa.Connection, name: str) -> bool:
    """Whether there is nothing to do.

    Args:
        connection: Only read from.
        name: Where the ledger is, for the message.

    Raises:
        LedgerVersionError: It was written by a newer version of this package.
    """
    found = version(connection)
    if found is None:
        if not sa.inspect(connection).has_table("tasks"):
            return False
        # Both tables come with one commit, perhaps of another notebook between the two questions.
        found = version(connection)
        if found is None:
            raise LedgerError(
                f"{name} holds a table 'tasks' and is no ledger. It was not touched, and no task is concerned. "
                "Name another file or database for the ledger."
            )
    if found > HEAD:
        raise LedgerVersionError(
            f"{name} was written by a newer version of seedance-nb (schema {found}; this one knows {HEAD}). "
            "It was not touched, its tasks and costs are safe, and nothing was sent. "
            "Update with: pip install -U seedance-nb"
        )
    return found == HEAD


def migrate(connection: sa.Connection, name: str) -> None:
    """Run what is missing, inside the transaction that `connection` is in.

    That transaction is to be a writing one: of two processes the second waits, and then finds
    nothing left to do.
    """
    if connection.dialect.name != "postgresql":
        if not is_current(connection, name):
            run(connection, HEAD)
        return
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PG_LOCK})
    if is_current(connection, name):
        return
    try:
        _lock_out(connection)
        run(connection, HEAD)
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _NOT_ALLOWED:
            raise
        raise LedgerError(
            f"The ledger {name} wants to be brought up to schema {HEAD}, and this role may not do that. It is as it "
            "was, its tasks and costs are safe, and nothing was sent. Let somebody whose role owns its tables open it "
            "once with this version, and try again."
        ) from error


def _lock_out(connection: sa.Connection) -> None:
    """Let those who write now end their step, and the others wait until the schema is another.

    All locks come before the first change, and in the order in which steps take them: who has locked a row and waits
    for us to change the table would otherwise be waited for by us.
    """
    there = set(sa.inspect(connection).get_table_names())
    connection.execute(GUARD)
    for name in sorted(there.intersection(metadata.tables), key=lambda name: (name != "tasks", name)):
        connection.execute(sa.text(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE"))


def run(connection: sa.Connection, revision: str) -> None:
    """Go up to `revision`, or down to it where it is `base` or a lower number."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    go = command.downgrade if revision < (version(connection) or "") or revision == "base" else command.upgrade
    # Alembic keeps its context in a global of the process.
    with _ALEMBIC:
        go(config, revision)
