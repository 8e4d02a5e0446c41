"""SIGKILL at every step of the life: each create happens at most once, and every paid clip comes home."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seedance_nb.sandbox.clip import Clip

from .harness import Zygotes
from .matrix import play_all
from .schedules import Opener, Schedule, moments_of, random_schedules

SEED = int(os.environ.get("SEEDANCE_NB_CRASH_SEED", "20261121"))
"""Set it to play the schedules of another run again."""
RANDOM = 12
DOORS = ("ark+",)


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory, small_clip: Clip, zygotes: Zygotes) -> list[tuple[str, int]]:
    """Every moment of one life that nothing kills."""
    with zygotes.one() as zygote:
        return moments_of(DOORS, tmp_path_factory.mktemp("clean"), small_clip, zygote, None)


def test_a_life_has_a_moment_before_and_after_each_step(moments: list[tuple[str, int]]) -> None:
    """The matrix sees writes, requests of each kind, and files; what it does not see it cannot kill."""
    names = {name for name, _ in moments}
    for request in ("create", "get", "download"):
        assert {f"{request}.sends", f"{request}.sent", f"{request}.answered", f"{request}.read"} <= names
    assert {"write.tasks", "write.events", "write.charges", "ledger.commit", "ledger.committed"} <= names
    assert {"file.open", "file.fsync", "file.fsync.done", "file.replace", "file.replace.done"} <= names


def test_killed_at_every_moment_of_a_life_nothing_is_lost_or_doubled(
    moments: list[tuple[str, int]], tmp_path: Path, small_clip: Clip, zygotes: Zygotes
) -> None:
    """One life, killed at each of its moments once, and taken up by another process."""
    schedules = [Schedule(f"moment {n}", DOORS, (moment,)) for n, moment in enumerate(moments)]
    tally = play_all(schedules, tmp_path, small_clip, zygotes)
    assert not tally.broken, str(tally)
    assert tally.kills.total() > 0.75 * len(schedules), str(tally)  # a poll more or less moves a few


def test_killed_again_while_it_recovers_nothing_is_lost_or_doubled(
    moments: list[tuple[str, int]], tmp_path: Path, small_clip: Clip, zygotes: Zygotes, crash_ledger: Opener
) -> None:
    """Random schedules of one to three kills, at moments and between them, on either kind of ledger."""
    schedules = random_schedules(moments, seed=SEED, count=RANDOM)
    tally = play_all(schedules, tmp_path, small_clip, zygotes, open_=crash_ledger)
    assert not tally.broken, str(tally)
    assert tally.kills.total() >= RANDOM / 2, str(tally)
