"""How the ledger is reached: its address, its engine, and what each database wants to be told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url

from seedance_nb.errors import ConfigurationError

BUSY_TIMEOUT = 10.0
"""Seconds to wait while another process writes."""

IDLE_TIMEOUT = 30.0
"""Seconds after which a server ends the transaction of a process that sleeps in the middle of it."""

_MAY_WRITE = sa.text(
    "SELECT current_setting('transaction_read_only') = 'off' AND has_table_privilege('workers', 'INSERT, UPDATE')"
)

_DURABLE = "ledger_durable"
"""What SQLite was last told on a connection: whether a commit is on the disk when it returns."""


def address(url_or_path: str | os.PathLike[str]) -> URL:
    """The URL of a ledger: a path becomes a SQLite file, absolute from now on.

    Raises:
        ConfigurationError: It cannot be read as a URL, or names no file and no server we write to.
    """
    text = os.fspath(url_or_path)
    if not isinstance(url_or_path, str) or "://" not in text:
        return URL.create("sqlite", database=str(Path(text).expanduser().absolute()))
    try:
        url = make_url(text)
    except sa.exc.ArgumentError:
        raise ConfigurationError(
            "The address of the ledger cannot be read; nothing was opened. "
            "Give a path, 'sqlite:///folder/ledger.sqlite3' or 'postgresql+psycopg://user@host/name'."
        ) from None
    kind = url.get_backend_name()
    if kind == "sqlite":
        if url.database in (None, "", ":memory:") or str(url.database).startswith("file:"):
            raise ConfigurationError(
                "A ledger in memory would forget tasks that are paid for; nothing was opened. Give it a path."
            )
        return url.set(database=str(Path(str(url.database)).expanduser().absolute()))
    if kind != "postgresql":
        raise ConfigurationError(f"A ledger is kept in SQLite or PostgreSQL, not in {kind!r}; nothing was opened.")
    return url


def file_of(url: URL) -> Path | None:
    """The file behind `url`; None where a server keeps it."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def make_engine(url: URL) -> sa.Engine:
    """An engine for `url`; nothing is opened yet.

    Raises:
        ConfigurationError: The driver for this database is not installed.
    """
    is_sqlite = url.get_backend_name() == "sqlite"
    arguments = {"timeout": BUSY_TIMEOUT} if is_sqlite else {"connect_timeout": BUSY_TIMEOUT}
    try:
        engine = sa.create_engine(
            url, hide_parameters=True, connect_args=arguments, pool_pre_ping=not is_sqlite, pool_size=5, max_overflow=20
        )
    except ModuleNotFoundError as missing:
        raise ConfigurationError(
            f"The ledger's address asks for {missing.name!r}, which is not installed; nothing was opened. "
            "For 'postgresql+psycopg://': pip install 'seedance-nb[postgres]'"
        ) from missing
    if is_sqlite:
        event.listen(engine, "connect", _prepare)
    else:
        event.listen(engine, "connect", _be_patient)
        event.listen(engine, "handle_error", _leave_standby)
    return engine


def _leave_standby(context: sa.engine.ExceptionContext) -> None:
    # The server that took writes was made a standby: the next step looks for the one that takes them now.
    if getattr(context.original_exception, "sqlstate", None) == "25006":
        context.is_disconnect = True


def _be_patient(connection: Any, record: Any) -> None:
    # A notebook that is put to sleep in the middle of a step must not stop the rest of the team.
    connection.execute(f"SET lock_timeout = {int(BUSY_TIMEOUT * 1000)}")
    connection.execute(f"SET idle_in_transaction_session_timeout = {int(IDLE_TIMEOUT * 1000)}")
    connection.commit()


def _prepare(connection: Any, record: Any) -> None:
    # The driver is to leave transactions alone: `begin` opens each, as a reading or a writing one.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
    record.info[_DURABLE] = True


def begin(connection: sa.Connection, *, write: bool, durable: bool = True) -> None:
    """Open the transaction that SQLAlchemy believes to be open already; other databases open their own.

    Not as a listener of its engine: with one, each statement costs a third more.

    Args:
        connection: Fresh from its engine.
        write: Whether it will write: then other writers wait from now on.
        durable: Whether it is on the disk when it is committed.
    """
    if connection.dialect.name != "sqlite":
        return
    driver: Any = connection.connection.dbapi_connection
    if not write:
        driver.execute("BEGIN")
        return
    info = connection.info
    if info.get(_DURABLE) is not durable:
        # Has no effect inside a transaction, so it comes before.
        driver.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        info[_DURABLE] = durable
    driver.execute("BEGIN IMMEDIATE")


def may_write(connection: sa.Connection) -> bool:
    """Whether this role may write here: not one that may only read, and not on a standby.

    A file is taken to be writable.
    """
    return connection.dialect.name != "postgresql" or bool(connection.execute(_MAY_WRITE).scalar())


def short_orders(connection: sa.Connection) -> Callable[[str], object]:
    """How a connection is told what has neither values nor an answer: past SQLAlchemy where that is quicker."""
    driver: Any = connection.connection.dbapi_connection
    return driver.execute if connection.dialect.name == "sqlite" else connection.exec_driver_sql


def use_wal(engine: sa.Engine) -> None:
    """Let readers and a writer work side by side, where the file system can.

    The switch is kept in the file. It wants the file for itself and does not queue for it, so
    two first openings at once try again; without it the ledger is as correct, only slower.
    """
    if engine.dialect.name != "sqlite":
        return
    driver = engine.raw_connection()
    try:
        cursor = driver.cursor()
        until = time.monotonic() + 2.0
        while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                cursor.execute("PRAGMA journal_mode=WAL").fetchone()
                break
            except engine.dialect.loaded_dbapi.OperationalError as busy:
                if "locked" not in str(busy):
                    raise
                if time.monotonic() > until:
                    break
                time.sleep(0.02)
        cursor.close()
    finally:
        driver.close()
