"""Hundreds of killed kernels, a sweep kept in an object store through a network with faults, then two simulated days of
a team with faults: nothing lost or doubled, memory flat.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import asleep, object_store
from seedance_nb.ledger import Ledger
from seedance_nb.sandbox.clip import Clip, ClipSpec, render
from tests.crash.harness import Zygotes
from tests.crash.matrix import play_all
from tests.crash.schedules import Opener, Tally, moments_of, random_schedules
from tests.crash.team import Report, soak
from tests.postgres import started

RESULTS = Path(__file__).parent / "results"
DOORS = ("ark", "ark+", "atlas", "eachlabs")
MOST_GROWTH = 24.0
"""MiB a simulated day with 1,000 clips: the steps of an allocator, and not 24 KiB for each clip that was made."""


@contextlib.contextmanager
def _postgres(folder: Path) -> Iterator[Opener]:
    with started() as server, server.database() as url:
        Ledger.open(url, home=folder).close()
        name = url.partition("@/")[2].partition("?")[0]
        yield lambda: server.database(name)


def kill(folder: Path, clip: Clip, zygotes: Zygotes, *, kills: int, seed: int) -> dict[str, Tally]:
    """Kill at least so many kernels in each kind of ledger, at random moments, also while they recover."""
    with zygotes.one() as zygote:
        moments = moments_of(DOORS, folder / "clean", clip, zygote, None)
    tallies = {}
    for kind, opened in (("SQLite", contextlib.nullcontext(contextlib.nullcontext)), ("PostgreSQL", _postgres(folder))):
        tally = tallies[kind] = Tally()
        with opened as open_:
            for turn in range(100):
                schedules = random_schedules(moments, seed=seed + turn, count=50)
                play_all(schedules, folder / f"{kind}{turn}", clip, zygotes, open_=open_, tally=tally)
                if tally.kills.total() >= kills or tally.broken:
                    break
    return tallies


def write(text: str) -> Path:
    """Keep the figures of today."""
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    path = RESULTS / f"{dt.datetime.now(dt.UTC):%Y-%m-%d}-soak.md"
    path.write_text(f"# {path.stem}\n\n{machine}. `make soak`:\n\n```text\n{text}\n```\n")
    return path


def main() -> int:
    """Run both and print what came of it; 1 where a promise was broken."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=250, help="kernels to kill in each kind of ledger; 0: none")
    options.add_argument("--hours", type=float, default=48.0, help="simulated hours of the team; 0: none")
    options.add_argument("--speed", type=float, default=300.0, help="simulated seconds in a real one")
    options.add_argument("--clips", type=int, default=object_store.CLIPS, help="kept in an object store; 0: none")
    options.add_argument("--seed", type=int, default=int(time.time()))
    given = options.parse_args()
    print(f"seed {given.seed}", flush=True)
    clip = render(
        ClipSpec(
            width=160, height=96, frames=25, prompt="x", seed=1, model="m", mode="text", audio=True, watermark=False
        )
    )
    told: list[str] = [f"seed {given.seed}"]
    is_well = True
    with tempfile.TemporaryDirectory(prefix="sdnb-soak-") as name, contextlib.closing(Zygotes()) as zygotes:
        folder = Path(name)
        if given.kills:
            for kind, tally in kill(folder, clip, zygotes, kills=given.kills, seed=given.seed).items():
                told.append(f"{kind}: {tally}")
                print(told[-1], flush=True)
                is_well &= not tally.broken
            told.append(asleep.main())
            print(told[-1], flush=True)
        if given.clips:
            told.append(object_store.sweep(given.clips, seed=given.seed))
            print(told[-1], flush=True)
        if given.hours:
            report: Report = soak(folder / "team", clip, zygotes, hours=given.hours, speed=given.speed, seed=given.seed)
            told.append(str(report))
            print(told[-1], flush=True)
            is_well &= not report.broken
            if report.growth > MOST_GROWTH:
                told.append(f"memory is not flat: more than {MOST_GROWTH:g} MiB a day")
                print(told[-1])
                is_well = False
    if is_well:
        print(f"written to {write(chr(10).join(told)).relative_to(Path.cwd())}")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
