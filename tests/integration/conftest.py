"""A sandbox that is quick, and studios on it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from seedance_nb import sandbox
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec, render
from seedance_nb.studio import Studio

from ..patience import PATIENCE

QUICK = Scenario(queue=0.05, run=0.1)
BY_HAND = Scenario(queue=3600, run=3600)
"""Nothing goes on by itself, however slow the machine is: `box.clock.advance(3600)` lets tasks run, and again, end."""

# An answer is waited for as long as a slow machine needs, also where a test does not say so.
for part in ("connect", "read", "write", "pool"):
    setattr(httpx._config.DEFAULT_TIMEOUT_CONFIG, part, PATIENCE)


@pytest.fixture(scope="session")
def small_clip() -> Clip:
    """One real clip, small, for tests in which the picture does not matter."""
    return render(
        ClipSpec(
            width=160, height=96, frames=25, prompt="x", seed=1, model="m", mode="text", audio=True, watermark=False
        )
    )


@pytest.fixture
def box(small_clip: Clip) -> Iterator[Sandbox]:
    """A sandbox of the test's own, on which a task takes a blink."""
    with sandbox.start(scenario=QUICK, render=lambda spec: small_clip) as started:
        yield started


@pytest.fixture
def studio_on(tmp_path: Path) -> Iterator[Callable[[Sandbox], Studio]]:
    """A studio on a sandbox, with a ledger that all studios of the test share."""
    made: list[Studio] = []

    def make(box: Sandbox, home: Path = tmp_path / "out") -> Studio:
        made.append(Studio("sandbox", base_url=box.url("ark"), home=home))
        return made[-1]

    yield make
    for studio in made:
        studio.close()


def hear_ctrl_c() -> None:
    """In a child before it runs: a shell starts what is in the background deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def served() -> Iterator[str]:
    """`seedance-nb sandbox` in a process of its own, as in another terminal; gives Ark's address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "seedance_nb.cli", "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
    )
    assert process.stdout is not None
    url = ""
    for line in process.stdout:
        if match := re.search(r"http://127\.0\.0\.1:\d+/api/v3", line):
            url = match[0]
            break
    assert url, "the sandbox said no address"
    yield url
    process.send_signal(signal.SIGINT)
    assert process.wait(180) == 0
    process.stdout.close()
