"""Many schedules, side by side."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from seedance_nb.sandbox.clip import Clip

from .harness import Case, Zygote, Zygotes, in_parallel
from .schedules import Opener, Schedule, Tally, play

AT_ONCE = 3
"""Of two cores, because a life waits for time-outs in between."""


def play_all(
    schedules: Iterable[Schedule],
    folder: Path,
    clip: Clip,
    zygotes: Zygotes,
    *,
    open_: Opener = nullcontext,
    workers: int = AT_ONCE,
    tally: Tally | None = None,
) -> Tally:
    """Play every schedule, each on a sandbox, a ledger and a folder of its own, and add to the tally."""
    tally = Tally() if tally is None else tally

    def one(number: int, schedule: Schedule, zygote: Zygote) -> None:
        with open_() as url, Case(folder / str(number), clip, ledger=url) as case:
            play(schedule, case, zygote, tally)

    work: Iterable[Callable[[Zygote], None]] = (
        partial(one, number, schedule) for number, schedule in zip(itertools.count(), schedules)
    )
    in_parallel(work, zygotes, workers=workers)
    return tally
