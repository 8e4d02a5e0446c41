"""Our own ids of tasks: there before the provider's, and sorting by time."""

from __future__ import annotations

import datetime as dt
import random

_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
"""Without the pairs that people mix up when they read an id aloud."""


def new_local_id(now: dt.datetime, random: random.Random) -> str:
    """An id such as `t-20261121-045355-k3f9q2`: the second in UTC, and six random letters.

    Args:
        now: The time of the intent, with its zone.
        random: Where the letters come from; `random.SystemRandom()` outside tests.
    """
    if now.tzinfo is None:
        raise ValueError("An id is made from a time with its zone, such as datetime.now(UTC).")
    second = now.astimezone(dt.UTC).strftime("%Y%m%d-%H%M%S")
    return f"t-{second}-{''.join(random.choices(_LETTERS, k=6))}"
