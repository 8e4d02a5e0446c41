"""A short cut of `make soak`: minutes of a team's day in seconds."""

from __future__ import annotations

from pathlib import Path

from seedance_nb.sandbox.clip import Clip

from .harness import Zygotes
from .team import soak


def test_a_team_with_faults_and_killed_kernels_loses_and_doubles_nothing(
    tmp_path: Path, small_clip: Clip, zygotes: Zygotes
) -> None:
    """Three notebooks, one ledger, faults by chance, kernels killed: all that is paid for is kept and charged once."""
    report = soak(tmp_path, small_clip, zygotes, hours=0.5, speed=120, clips_a_day=4800, kill_every=0.12, is_short=True)
    assert not report.broken, str(report)
    assert report.submitted == 100
    assert report.kills >= 1
    assert report.faults.total() >= 5
