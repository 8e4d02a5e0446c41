"""How long the clip of a task can still be had that is made and not on this disk, in words.

A live card ticks in the browser, so it gets the words for each stage and the moments between them; what is saved
with a notebook gets the words of the moment, with the moments themselves in them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from seedance_nb.catalog.lives import Deadlines
from seedance_nb.widgets._words import iso
from seedance_nb.words import Language, Sentence, Word, seconds


def countdown(until: Deadlines, *, now: dt.datetime, at: str, language: Language) -> dict[str, Any]:
    """The stages of a countdown; `{left}` in `working` stands for the time that is left.

    Args:
        until: When the clip's address and the provider's record of its task end.
        now: The moment of looking, timezone-aware.
        at: What the provider is called.
        language: What to say it in.
    """
    record = _moment(until.record) if until.record else ""
    rescue = Sentence("until {moment}", moment=record) if record else Sentence("as long as {at} has the task", at=at)
    run_out = Sentence(
        "The clip's address has run out. task.rescue() asks {at} for a new one, {rescue}.", at=at, rescue=rescue
    )
    if until.address is None:
        # Without a published time there is none to count down to.
        how_long = Word("is not published") if until.record is None else Word("is not known")
        run_out = Sentence(
            "How long {at} keeps the clip {how_long}. A rescue can be tried {rescue}.",
            at=at,
            how_long=how_long,
            rescue=rescue,
        )
    gone = Sentence(
        "The clip's address has run out, and {at} has forgotten the task: it can no longer be fetched.", at=at
    )
    left = (until.address - now).total_seconds() if until.address else 0.0
    said = run_out
    if until.record is not None and until.record <= now:
        said = gone
    elif left > 0 and until.address is not None:
        exact = Sentence("{left}, until {moment}", left=seconds(left, language), moment=_moment(until.address))
        said = _working(exact, rescue)
    return {
        "address_until": iso(until.address),
        "record_until": iso(until.record),
        "working": _working("{left}", rescue).said(language),
        "run_out": run_out.said(language),
        "gone": gone.said(language),
        "now": said.said(language),
    }


def _working(left: str, rescue: Sentence) -> Sentence:
    return Sentence(
        "The clip's address works for another {left}; a rescue can be tried {rescue}.", left=left, rescue=rescue
    )


def _moment(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
