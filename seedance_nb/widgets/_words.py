"""How a card says things: what each status is called, what it means for the bill, times and sizes.

Everything here is a constant or a pure function; which words a task gets is decided in `_view_model`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from seedance_nb.content import Mode
from seedance_nb.task import TaskRecord, TaskStatus

Tone = Literal["still", "working", "good", "bad", "open"]

MODES: dict[Mode, str] = {
    "text": "from text",
    "first_frame": "from a first frame",
    "first_last_frame": "from first to last frame",
    "reference": "from references",
}

NOT_BILLED = "Not billed: only a task that succeeds is."
CANCEL_QUEUED = "Cancel this queued task? Nothing is billed."
CANCEL_RUNNING = "Cancel this running task? Whether what was done is billed is not published."


@dataclass(frozen=True, slots=True)
class StatusWords:
    """How a status looks and reads. `{at}` in a sentence stands for the provider."""

    word: str
    shape: str
    """Which drawing the browser uses."""
    glyph: str
    """The same shape as a character, for plain HTML and text; none of them turns into an emoji."""
    tone: Tone
    sentence: str
    """What is happening, or what happened."""
    advice: str = ""
    """What to do about it."""


STATUS: dict[TaskStatus, StatusWords] = {
    TaskStatus.INTENT: StatusWords("written down", "dots", "◌", "still", "Written down; nothing was sent yet."),
    TaskStatus.SUBMITTING: StatusWords("sending", "arrow", "↑", "still", "The request is on its way to {at}."),
    TaskStatus.QUEUED: StatusWords("queued", "ring", "○", "still", "{at} has the task and has not begun."),
    TaskStatus.RUNNING: StatusWords("running", "half", "◐", "working", "{at} is making the clip."),
    TaskStatus.SUCCEEDED: StatusWords(
        "made", "down", "↓", "working", "The clip is made and is being fetched to this disk."
    ),
    TaskStatus.KEPT: StatusWords("kept", "check", "✓", "good", "The clip is on this disk."),
    TaskStatus.FAILED: StatusWords(
        "failed",
        "cross",
        "✕",
        "bad",
        "{at} gave up on this task; nothing more will happen.",
        "Change what the message names and submit again; that is a new task.",
    ),
    TaskStatus.REJECTED: StatusWords(
        "rejected",
        "bar",
        "–",
        "bad",
        "{at} refused the request; no task was created.",
        "Change what the message names and submit again.",
    ),
    TaskStatus.EXPIRED: StatusWords(
        "expired",
        "clock",
        "◷",
        "bad",
        "{at} let the task go before there was a clip.",
        "Submit it again if you still want the clip; that is a new task.",
    ),
    TaskStatus.CANCELLED: StatusWords("cancelled", "slash", "⊘", "still", "Cancelled; there is no clip."),
    TaskStatus.LOST: StatusWords(
        "lost",
        "broken",
        "◇",
        "bad",
        "{at} no longer has the task or its clip, and the clip is not on this disk.",
        "Submit it again with the same seed if you still want it; that is a new task and a new bill.",
    ),
    TaskStatus.UNKNOWN: StatusWords(
        "unknown",
        "question",
        "?",
        "open",
        "The request was sent, and no answer says whether a task was created.",
        "It is never submitted again by itself.",
    ),
}

NOT_KEPT = StatusWords(
    "made, not kept",
    "down",
    "↓",
    "open",
    "The clip is made, and did not reach this disk.",
    "Mend what the message names, then call studio.tasks(): it fetches the clip while the provider has it.",
)
"""A task that succeeded and whose clip this disk refused."""


def words_for(record: TaskRecord) -> StatusWords:
    """The words for where a task stands."""
    if record.status is TaskStatus.SUCCEEDED and record.is_over:
        return NOT_KEPT
    return STATUS[record.status]


def iso(moment: dt.datetime | None) -> str | None:
    """A moment as a browser reads it, in UTC with milliseconds."""
    if moment is None:
        return None
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_in_words(seconds: float) -> str:
    """A time span as people say it.

    >>> seconds_in_words(41.6), seconds_in_words(72), seconds_in_words(3840), seconds_in_words(90_000)
    ('41 s', '1 min 12 s', '1 h 4 min', '1 d 1 h')
    """
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def bytes_in_words(count: int) -> str:
    """A file size as people say it, in powers of a thousand.

    >>> bytes_in_words(812), bytes_in_words(30_412), bytes_in_words(4_230_000)
    ('812 B', '30 kB', '4.2 MB')
    """
    if count < 1000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1000:.0f} kB"
    return f"{count / 1_000_000:.1f} MB"
