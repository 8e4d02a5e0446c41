"""A ledger from opening to closing, and the transactions in between."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import sqlalchemy as sa
from sqlalchemy.engine import URL

from seedance_nb.errors import LedgerError
from seedance_nb.ledger._connection import address, begin, file_of, make_engine, may_write, short_orders, use_wal
from seedance_nb.ledger._migrate import HEAD, is_current, migrate
from seedance_nb.ledger._rows import Cleaner
from seedance_nb.ledger._trouble import explained

_BROKEN = (sa.exc.SQLAlchemyError, sqlite3.Error)

_READ_ONLY = "Nothing was changed; tasks at their providers go on."
_GROUP = "None of the steps that were to be written together was recorded; tasks at their providers go on."


@dataclass(slots=True)
class _Group:
    """The transaction that a thread writes in."""

    connection: sa.Connection
    durable: bool
    lost: Exception | None = None
    """The database has taken back all of it, as SQLite does when the disk is full, and this is what told us."""


class _Mine(threading.local):
    group: _Group | None = None


class Lifetime:
    """A ledger that is open: its address, its engine, and transactions to read and to write in."""

    def __init__(self, url: URL, home: Path, keys: Sequence[str] = ()) -> None:
        self._url = url
        self._shown = url.render_as_string(hide_password=True)
        self._home = Path(os.path.abspath(home.expanduser()))
        self._clean = Cleaner(keys)
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        # SQLite lets a second writer sleep and look again; between our own threads a lock is quicker.
        self._lock = threading.Lock()
        self._mine = _Mine()
        self._engine = make_engine(self._url)
        self._finalize = weakref.finalize(self, _dispose, self._engine, self._pid)

    @classmethod
    def open(cls, url_or_path: str | os.PathLike[str], *, home: Path, keys: Sequence[str] = ()) -> Self:
        """The ledger at an address, made or brought up to date where that is needed.

        Args:
            url_or_path: A file, `sqlite:///…`, or `postgresql+psycopg://…` for a team.
            home: The folder that artifacts are kept in; paths inside it are stored relative to it.
            keys: Secrets known by value; wherever one occurs in a text it is folded.

        Raises:
            LedgerVersionError: A newer version wrote it; it was not touched.
            LedgerError: It cannot be opened.
            ConfigurationError: The address makes no sense, or its driver is missing.
        """
        ledger = cls(address(url_or_path), home, keys)
        try:
            ledger._prepare()
        except BaseException:
            ledger.close()
            raise
        return ledger

    def _prepare(self) -> None:
        meaning = "Nothing was sent, and nothing is billed because of this."
        with explained(self.url, meaning):
            if self.path is not None and not self.path.exists():
                try:
                    self.path.parent.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise LedgerError(
                        f"The folder of the ledger {self.url} cannot be made: {error.strerror}. {meaning} "
                        "Choose another one with SEEDANCE_NB_HOME."
                    ) from error
            with self._engine.connect() as connection:
                current = is_current(connection, self.url)
            if not current:
                use_wal(self._engine)
                meaning = f"It was not brought up to schema {HEAD}, is as it was, and nothing was sent."
                with explained(self.url, meaning), self._engine.begin() as connection:
                    begin(connection, write=True)
                    migrate(connection, self.url)

    @property
    def path(self) -> Path | None:
        """The ledger's file; None where a server keeps it."""
        return file_of(self._url)

    @property
    def url(self) -> str:
        """Where the ledger is, the password hidden."""
        return self._shown

    @property
    def home(self) -> Path:
        """The folder that artifacts are kept in."""
        return self._home

    def __repr__(self) -> str:
        return f"Ledger({self.url})"

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def close(self) -> None:
        """Let go of the file or the server; again is fine."""
        self._closed = True
        self._finalize()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_usable(self) -> None:
        if self._closed:
            raise LedgerError(f"The ledger {self.url} was closed; tasks at their providers go on. Open it again.")
        if os.getpid() != self._pid:
            # After a fork the parent's connections are not ours to use or to close.
            self._finalize.detach()
            self._engine.dispose(close=False)
            self._begin()

    def check_writable(self) -> None:
        """Make sure that this role may write here, before something is done at a provider that has to be recorded.

        Raises:
            LedgerError: It may only read.
        """
        with self._reading() as connection:
            if not may_write(connection):
                raise LedgerError(
                    f"The ledger {self.url} could not be used: this role may read it and not write. Nothing was "
                    "changed here or at the provider, and tasks go on. Ask who runs the server for the right to write."
                )

    @contextmanager
    def together(self, *, durable: bool = False) -> Iterator[None]:
        """Make one transaction of all that this thread writes inside: much quicker than one each.

        A write that raises undoes only itself, and raises to its caller; the others stand. What is
        raised out of the block undoes all of it. Inside another block this one is a part of that.
        Other writers wait meanwhile, so nothing slow belongs in here.

        Args:
            durable: Whether all of it is on the disk when the block ends. Steps that must be (an intent, a
                provider's id, a status that decides whether a request may be sent) are refused otherwise.

        Raises:
            LedgerError: It could not be written; then none of it was.
        """
        if self._mine.group is not None:
            with self._writing(_GROUP, durable=durable):
                yield
            return
        self._check_usable()
        mine = self._mine
        with explained(self.url, _GROUP), self._lock, self._engine.begin() as connection:
            begin(connection, write=True, durable=durable)
            mine.group = group = _Group(connection, durable)
            try:
                yield
            finally:
                mine.group = None
            if group.lost:
                raise LedgerError(f"The ledger {self.url} took back a whole transaction. {_GROUP}") from group.lost

    @contextmanager
    def _writing(self, meaning: str, *, durable: bool = False) -> Iterator[sa.Connection]:
        self._check_usable()
        group = self._mine.group
        if group is not None:
            with explained(self.url, meaning), _step(group, durable):
                yield group.connection
            return
        with explained(self.url, meaning), self._lock, self._engine.begin() as connection:
            begin(connection, write=True, durable=durable)
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        self._check_usable()
        group = self._mine.group
        with explained(self.url, _READ_ONLY):
            if group is not None:
                yield group.connection
                return
            with self._engine.connect() as connection:
                begin(connection, write=False)
                yield connection


@contextmanager
def _step(group: _Group, durable: bool) -> Iterator[None]:
    """A part of a transaction, undone alone where it raises."""
    if durable and not group.durable:
        raise RuntimeError("This step is to be on the disk before we go on: write it in together(durable=True).")
    if group.lost:
        raise LedgerError(
            f"This step was not recorded: the transaction it belongs to is lost. {_GROUP}"
        ) from group.lost
    run = short_orders(group.connection)
    try:
        run("SAVEPOINT step")
    except _BROKEN as error:
        group.lost = error
        raise
    try:
        yield
        run("RELEASE SAVEPOINT step")
    except BaseException:
        try:
            run("ROLLBACK TO SAVEPOINT step")
        except _BROKEN as error:
            group.lost = error
        raise


def _dispose(engine: sa.Engine, pid: int) -> None:
    engine.dispose(close=os.getpid() == pid)
