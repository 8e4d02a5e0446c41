"""How one provider is spoken to by code that stands on its own: paths, words, and how its answers are read.

The snippets are source code in the language that their field names. There is one module for each wire. The words
for the end of a task are those of the clients in `seedance_nb.providers`; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seedance_nb.providers import UrlOf
from seedance_nb.request import Request


@dataclass(frozen=True, slots=True)
class Dialect:
    """One provider."""

    encode: Callable[[Request, str, UrlOf], dict[str, object]]
    """The client's own encoder."""
    create_path: str
    task_path: str
    """What the id is put behind."""
    succeeded: tuple[str, ...]
    ended: tuple[str, ...]
    """Words for every other end."""
    poll_interval: float
    has_sdk: bool = False
    gives_last_frame: bool = True
    warm_up: int = 0
    """Seconds during which a fresh id may be denied."""
    python_told: str = ""
    """Lines that read an answer, between the check of its status and the return of `said`."""
    python_id: str = 'created["id"]'
    python_reason: str = 'task.get("error")'
    python_usage: str = 'task.get("usage")'
    python_clip: str = ""
    """Lines that set `clip` (and `last_frame`) from `task`."""
    python_upload: str = ""
    shell_look: str = ""
    """A Python program, without single quotes, that sets `found` from `said`: id, status, clip, last frame,
    usage, reason."""
    shell_upload: str = ""
