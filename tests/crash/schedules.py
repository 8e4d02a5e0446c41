"""When to kill: at each moment of a life once, or at random ones, also while it recovers."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seedance_nb.sandbox.clip import Clip

from .boundaries import Moment
from .harness import Case, Zygote, wishes
from .invariants import violations

LOOKS = 2
"""How many looks at a task are worth a death of their own; how many there are is a matter of the machine's speed."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Which requests, and where the life that submits them and those that take them up are killed.

    Each end is a moment, or a number of seconds after the start.
    """

    name: str
    doors: tuple[str, ...]
    ends: tuple[Moment | float, ...]

    def __str__(self) -> str:
        return f"{self.name}: {', '.join(self.doors)}; killed at {', '.join(map(str, self.ends))}"


@dataclass
class Tally:
    """What a run of schedules came to."""

    kills: Counter[str] = field(default_factory=Counter)
    """By the name of the moment; `timer` for those between two."""
    schedules: int = 0
    survived: int = 0
    """Lives that were over before their end came."""
    found: Counter[str] = field(default_factory=Counter)
    """How tasks ended."""
    broken: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"{sum(self.kills.values())} kills in {self.schedules} schedules, {len(self.broken)} violations",
            "by moment: " + ", ".join(f"{name} {count}" for name, count in self.kills.most_common()),
            "tasks ended: " + ", ".join(f"{status} {count}" for status, count in self.found.most_common()),
            *self.broken,
        ]
        return "\n".join(lines)


def play(schedule: Schedule, case: Case, zygote: Zygote, tally: Tally) -> None:
    """Live, be killed, be taken up, be killed again; then recover, and look whether all promises were kept."""
    submit: Sequence[dict[str, Any]] = wishes(*schedule.doors)
    for end in schedule.ends:
        at: dict[str, Any] = {"kill": end} if isinstance(end, tuple) else {"kill_after": end}
        life = case.run(zygote, submit, **at)
        submit = ()
        if life.code == -9 and not life.too_long:
            tally.kills[end[0] if isinstance(end, tuple) else "timer"] += 1
        else:
            tally.survived += 1
            _expect_end(schedule, case, life.code, life.too_long, tally)
    last = case.run(zygote)
    _expect_end(schedule, case, last.code, last.too_long, tally)
    broken = violations(case)
    if broken:
        tally.broken.append(f"[{schedule}]\n  " + "\n  ".join(broken) + f"\n{case.last_words}")
    tally.schedules += 1
    tally.found.update(str(status) for status in case.statuses())


def _expect_end(schedule: Schedule, case: Case, code: int, too_long: bool, tally: Tally) -> None:
    if too_long or code:
        how = "never ended" if too_long else f"ended with {code}"
        tally.broken.append(f"[{schedule}]\n  a process {how}\n{case.last_words}")


def moments_of(doors: Sequence[str], folder: Path, clip: Clip, zygote: Zygote, ledger: str | None) -> list[Moment]:
    """The moments of a life that nothing kills, in order."""
    with Case(folder, clip, ledger=ledger) as case:
        life = case.run(zygote, wishes(*doors), trace=True)
        assert life.code == 0, case.last_words
        assert violations(case) == []
    return [(name, count) for name, count in life.moments if count <= LOOKS or not name.startswith("get.")]


def random_schedules(moments: Sequence[Moment], *, seed: int, count: int) -> list[Schedule]:
    """Schedules of one to three kills each, at moments or between them; the seed and the number give them again."""
    return [_random(moments, random.Random(f"{seed}/{number}"), f"seed {seed}/{number}") for number in range(count)]


def _random(moments: Sequence[Moment], chance: random.Random, title: str) -> Schedule:
    doors = chance.choice([("ark", "ark+"), ("ark+", "atlas", "eachlabs"), ("ark", "ark+", "ark", "atlas", "eachlabs")])
    ends: list[Moment | float] = []
    for number in range(chance.choice([1, 1, 2, 3])):
        # What was done before is not done again: the next life is shorter, and has moments of its own.
        name = chance.choice(sorted({moment for moment, _ in moments}) + (["list.sent", "list.read"] if number else []))
        last = max((count for moment, count in moments if moment == name), default=3)
        early: Moment = (name, chance.randint(1, max(1, last // (number + 1))))
        ends.append(early if chance.random() < 0.75 else round(chance.uniform(0.02, 0.5), 3))
    return Schedule(title, doors, tuple(ends))


Opener = Callable[[], AbstractContextManager[str | None]]
"""Opens the URL of an empty ledger for a case; None: a file of its own."""
