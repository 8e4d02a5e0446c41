"""How long the clip of a task can still be had that is made and not on this disk, in words.

A live card ticks in the browser, so it gets the words for each stage and the moments between them; what is saved
with a notebook gets the words of the moment, with the moments themselves in them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from seedance_nb.catalog.lives import Deadlines
from seedance_nb.widgets._words import iso, seconds_in_words


def countdown(until: Deadlines, *, now: dt.datetime, at: str) -> dict[str, Any]:
    """The stages of a countdown; `{left}` in `working` stands for the time that is left.

    Args:
        until: When the clip's address and the provider's record of its task end.
        now: The moment of looking, timezone-aware.
        at: What the provider is called.
    """
    rescue = f"until {_moment(until.record)}" if until.record else f"as long as {at} has the task"
    works = f"The clip's address works for another {{left}}; a rescue can be tried {rescue}."
    stages = {
        "address_until": iso(until.address),
        "record_until": iso(until.record),
        "working": works,
        "run_out": f"The clip's address has run out. task.rescue() asks {at} for a new one, {rescue}.",
        "gone": f"The clip's address has run out, and {at} has forgotten the task: it can no longer be fetched.",
    }
    if until.address is None:
        # Without a published time there is none to count down to.
        how_long = "is not published" if until.record is None else "is not known"
        stages["run_out"] = f"How long {at} keeps the clip {how_long}. A rescue can be tried {rescue}."
    left = (until.address - now).total_seconds() if until.address else 0.0
    if until.record is not None and until.record <= now:
        said = stages["gone"]
    elif left > 0 and until.address is not None:
        said = f"{works.format(left=f'{seconds_in_words(left)}, until {_moment(until.address)}')}"
    else:
        said = stages["run_out"]
    return {**stages, "now": said}


def _moment(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
