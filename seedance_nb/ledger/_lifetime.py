"""A ledger from opening to closing, and the transactions in between."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import sqlalchemy as sa
from sqlalchemy.engine import URL

from seedance_nb.errors import LedgerError
from seedance_nb.ledger._connection import DURABLE, WRITE, address, file_of, make_engine, use_wal
from seedance_nb.ledger._migrate import is_current, migrate
from seedance_nb.ledger._rows import Cleaner
from seedance_nb.ledger._trouble import explained

_READ_ONLY = "Nothing was changed; tasks at their providers go on."


class Lifetime:
    """A ledger that is open: its address, its engine, and transactions to read and to write in."""

    def __init__(self, url: URL, home: Path, keys: Sequence[str] = ()) -> None:
        self._url = url
        self._home = Path(os.path.abspath(home.expanduser()))
        self._clean = Cleaner(keys)
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        # SQLite lets a second writer sleep and look again; between our own threads a lock is quicker.
        self._lock = threading.Lock()
        self._engine = make_engine(self._url)
        self._quick = self._engine.execution_options(**{WRITE: True})
        self._durable = self._engine.execution_options(**{WRITE: True, DURABLE: True})
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
                with self._durable.begin() as connection:
                    migrate(connection, self.url)

    @property
    def path(self) -> Path | None:
        """The ledger's file; None where a server keeps it."""
        return file_of(self._url)

    @property
    def url(self) -> str:
        """Where the ledger is, the password hidden."""
        return self._url.render_as_string(hide_password=True)

    @property
    def home(self) -> Path:
        """The folder that artifacts are kept in."""
        return self._home

    def __repr__(self) -> str:
        return f"Ledger({self.url})"

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

    @contextmanager
    def _writing(self, meaning: str, *, durable: bool = False) -> Iterator[sa.Connection]:
        self._check_usable()
        engine = self._durable if durable else self._quick
        with explained(self.url, meaning), self._lock, engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        self._check_usable()
        with explained(self.url, _READ_ONLY), self._engine.connect() as connection:
            yield connection


def _dispose(engine: sa.Engine, pid: int) -> None:
    engine.dispose(close=os.getpid() == pid)
