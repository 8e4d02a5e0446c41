"""An exception in a callback: the traceback for the log, a sentence for the person.

Nothing here needs a widget, so that showing a task as text does not load one.
"""

from __future__ import annotations

import logging
import traceback

from seedance_nb.errors import SeedanceError
from seedance_nb.redaction import redact
from seedance_nb.words import say

_log = logging.getLogger("seedance_nb.widgets")


def log_failure(what: str, exc: BaseException) -> None:
    """Put an exception with its traceback into the log, secrets folded."""
    _log.error("%s\n%s", what, redact("".join(traceback.format_exception(exc))))


def sentence_of(exc: BaseException) -> str:
    """What to tell a person about an exception."""
    if isinstance(exc, SeedanceError):
        return redact(str(exc))
    what = f"{type(exc).__name__}: {exc}"
    return redact(say("Something went wrong here ({what}). The log has the details.", what=what))
