"""What went wrong with a database, in words that say what it means for tasks and the bill."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from seedance_nb.errors import LedgerError

_CAUSES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("SQLITE_FULL",), "the disk is full", "Free some space and try again."),
    (
        ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"),
        "another process has kept it locked",
        "Close the other notebook or SQL tool that writes to it, and try again.",
    ),
    (("SQLITE_READONLY", "SQLITE_PERM"), "it may only be read here", "Check the rights of the file and of its folder."),
    (
        ("SQLITE_CANTOPEN", "SQLITE_AUTH"),
        "it cannot be opened",
        "Check that its folder exists and may be written to, or set SEEDANCE_NB_HOME to another one.",
    ),
    (
        ("SQLITE_CORRUPT", "SQLITE_NOTADB"),
        "it is damaged, or is no SQLite file",
        "Move it aside and put a backup in its place; `sqlite3 <file> .recover` often saves the rows. "
        "Do not submit the same requests again before you have looked: providers list the tasks of the last days.",
    ),
    (("SQLITE_IOERR",), "the disk did not obey", "Check the disk; on a network drive move the ledger to a local one."),
)

_SERVER_CAUSES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("53100", "53200"), "its server has no space left", "Tell who runs the server, and try again."),
    (("53300",), "its server has no connection left", "Close notebooks that are not needed, and try again."),
    (("55P03", "40P01", "40001", "57014"), "another process has kept it locked", "Try again."),
    (("42501",), "this role may read it and not write", "Ask who runs the server for the right to write."),
    (
        ("25006",),
        "it may only be read here: this is a standby of its server, or a session that only reads",
        "Name the server that takes writes; with several in the address, add target_session_attrs=read-write.",
    ),
    (("28",), "its server did not let us in", "Check user and password in the address."),
    (("3D000",), "its server has no such database", "Create the database, or check the name in the address."),
    (("08", "25P03", "57P"), "the connection to its server broke", "Check that the server runs, and try again."),
)
"""By the beginning of SQLSTATE. Source: PostgreSQL, "Appendix A. PostgreSQL Error Codes", read 2026-11-21."""


def _cause(error: sa.exc.SQLAlchemyError | sqlite3.Error) -> tuple[str, str]:
    original = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    name = getattr(original, "sqlite_errorname", "")
    for names, what, advice in _CAUSES:
        if name.startswith(names):
            return what, advice
    state = getattr(original, "sqlstate", None) or ""
    for states, what, advice in _SERVER_CAUSES:
        if state.startswith(states):
            return what, advice
    if isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated:
        return _SERVER_CAUSES[-1][1:]
    if isinstance(original, sa.exc.TimeoutError):
        return "too many threads use it at once", "Try again."
    return f"the database answered {_first_line(original)!r}", "Check the address, the server and its rights."


def _first_line(error: BaseException | None) -> str:
    # PostgreSQL goes on with the row itself, prompt and all.
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


@contextmanager
def explained(name: str, meaning: str) -> Iterator[None]:
    """Whatever the database raises inside becomes a `LedgerError`.

    Args:
        name: Where the ledger is, without a password.
        meaning: What a failure here means for the task and the bill; a sentence.
    """
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise LedgerError(
            f"The ledger {name} refused a row that contradicts another: {_first_line(error.orig)}. {meaning}"
        ) from error
    except (sa.exc.DBAPIError, sa.exc.TimeoutError, sqlite3.Error) as error:
        what, advice = _cause(error)
        raise LedgerError(f"The ledger {name} could not be used: {what}. {meaning} {advice}") from error
    except sa.exc.StatementError as error:
        # A value that no column takes, such as a time without its zone: the caller's mistake, said in our words.
        if isinstance(error.orig, ValueError | TypeError):
            raise error.orig from None
        raise
