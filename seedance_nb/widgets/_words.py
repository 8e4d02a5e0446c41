"""How a card says things: what each status is called, what it means for the bill, what a browser writes by itself.

In English, which is what the catalogs of `words` know each text by; which words a task gets, and in which language, is
decided in `_view_model`.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Literal

from seedance_nb.content import Mode
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.words import Language, say, spans

Tone = Literal["still", "working", "good", "bad", "open"]

MODES: dict[Mode, str] = {
    "text": "from text",
    "first_frame": "from a first frame",
    "first_last_frame": "from first to last frame",
    "reference": "from references",
}

SANDBOX = "the sandbox"
NOT_BILLED = "Not billed: only a task that succeeds is."
RUNNING_CANCELLED = "Whether what was done is billed is not published; see the provider's bill."
BILLED_WHEN_MADE = "If it had succeeded it was billed: a clip is billed when it is made, not when it is fetched."
BILLED_SOMEHOW = "Billed; the provider has not said how much yet."
CANCEL_QUEUED = "Cancel this queued task? Nothing is billed."
CANCEL_RUNNING = "Cancel this running task? Whether what was done is billed is not published."


CARD: dict[str, str] = {
    "quoted": "quoted",
    "prompt": "Prompt",
    "first_frame": "First frame: {title}",
    "task": "Task: {title}",
    "time": "Time so far, against what such tasks usually take",
    "late": "longer than usual ({usual})",
    "cancel": "Cancel…",
    "yes": "Yes, cancel it",
    "no": "No, keep it",
    "asking": "Asking the provider to cancel…",
    "asked": "The provider was asked to cancel; the card follows when it answers.",
}
"""What a card writes by itself; in braces what it fills in."""

NOT_QUEUED = "Only a queued task can be cancelled; this one is {status}. Nothing was changed."
NOT_HERE = "This card only shows the task. Cancel it where it was submitted."


@functools.cache
def _card(language: Language) -> dict[str, str | list[str]]:
    return {**{key: say(text, language=language) for key, text in CARD.items()}, "spans": spans(language)}


def card_words(language: Language) -> dict[str, str | list[str]]:
    """The words of `CARD` in a language, and under `spans` how it says a time."""
    return dict(_card(language))


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

# Cells of a sweep that no task answers.
DUE = StatusWords("to make", "square", "□", "still", "Not made yet; nothing was sent.")
IMPOSSIBLE = StatusWords("cannot be made", "slash", "⊘", "bad", "It is left out; nothing is sent for it.")
SAME = StatusWords("same as another", "equals", "≡", "still", "One clip answers both, and it is paid for once.")


CHAIN: dict[str, StatusWords] = {
    "planned": StatusWords("not begun", "dots", "◌", "still", ""),
    "running": StatusWords("under way", "half", "◐", "working", ""),
    "waiting": StatusWords("waits for you", "question", "?", "open", ""),
    "stopped": StatusWords("stopped", "slash", "⊘", "bad", ""),
    "done": StatusWords("complete", "check", "✓", "good", ""),
}
"""Where a chain is, by `ChainState`."""

NOT_SENT = StatusWords("to be sent", "dots", "◌", "still", "")
"""A shot of a chain that has no task yet."""


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
