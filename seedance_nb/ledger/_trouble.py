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


def _cause(error: sa.exc.SQLAlchemyError | sqlite3.Error) -> tuple[str, str]:
    original = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    name = getattr(original, "sqlite_errorname", "")
    for names, what, advice in _CAUSES:
        if name.startswith(names):
            return what, advice
    if isinstance(original, sa.exc.TimeoutError):
        return "too many threads use it at once", "Try again."
    said = str(original).strip().splitlines()[0] if str(original).strip() else type(original).__name__
    return f"the database answered {said!r}", "Check the address, the server and its rights, and try again."


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
            f"The ledger {name} refused a row that contradicts another: {error.orig}. {meaning}"
        ) from error
    except (sa.exc.DBAPIError, sa.exc.TimeoutError, sqlite3.Error) as error:
        what, advice = _cause(error)
        raise LedgerError(f"The ledger {name} could not be used: {what}. {meaning} {advice}") from error
    except sa.exc.StatementError as error:
        # A value that no column takes, such as a time without its zone: the caller's mistake, said in our words.
        if isinstance(error.orig, ValueError | TypeError):
            raise error.orig from None
        raise
