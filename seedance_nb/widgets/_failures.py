"""An exception in a callback: the traceback for the log, a sentence for the person.

Nothing here needs a widget, so that showing a task as text does not load one.
"""

from __future__ import annotations

import logging
import traceback

from seedance_nb.errors import SeedanceError
from seedance_nb.redaction import redact
from seedance_nb.words import Language, Said, say

_log = logging.getLogger("seedance_nb.widgets")


def log_failure(what: str, exc: BaseException) -> None:
    """Put an exception with its traceback into the log, secrets folded."""
    _log.error("%s\n%s", redact(what), redact("".join(traceback.format_exception(exc))))


def sentence_of(exc: BaseException, language: Language | None = None) -> str:
    """What to tell a person about an exception, in a language where it is known in it; None for the one spoken."""
    if isinstance(exc, SeedanceError):
        said = exc.args[0] if exc.args else ""
        return redact(said.said(language) if isinstance(said, Said) and said == str(exc) else str(exc))
    what = f"{type(exc).__name__}: {exc}"
    return redact(say("Something went wrong here ({what}). The log has the details.", language=language, what=what))
