"""A notebook's process that stands still for a minute, as on a laptop that sleeps, with the lease as it is."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

from seedance_nb import Studio, sandbox
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox.clip import ClipSpec, render

NOTEBOOK = """
    import sys
    import seedance_nb as sd
    studio = sd.Studio("sandbox", base_url=sys.argv[1], home=sys.argv[2])
    tasks = [studio.submit(sd.Request(f"Number {n}", ratio="16:9", resolution="480p", duration=4)) for n in range(20)]
    while not all(task.task_id for task in tasks):
        pass
    print("submitted", flush=True)
    print([str(task.wait(600).status) for task in tasks].count("kept"), flush=True)
"""
ASLEEP = 60.0


def main() -> str:
    """Let it sleep, with another notebook awake; raises where something is not as it should be."""
    clip = render(
        ClipSpec(
            width=160, height=96, frames=25, prompt="x", seed=1, model="m", mode="text", audio=True, watermark=False
        )
    )
    scenario = Scenario(queue=1.0, run=8.0, concurrency=None)
    with (
        tempfile.TemporaryDirectory(prefix="sdnb-asleep-") as home,
        sandbox.start(scenario=scenario, render=lambda spec: clip) as box,
    ):
        url = box.url("ark")
        other = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(NOTEBOOK), url, home], stdout=subprocess.PIPE, text=True
        )
        assert other.stdout is not None
        try:
            assert other.stdout.readline().strip() == "submitted"
            other.send_signal(signal.SIGSTOP)
            fell_asleep = time.monotonic()
            with Studio("sandbox", base_url=url, home=Path(home)) as studio:
                tasks = studio.tasks()
                kept = [task.wait(ASLEEP) for task in tasks]
                taken_after = time.monotonic() - fell_asleep
                time.sleep(max(0.0, ASLEEP - taken_after))
                other.send_signal(signal.SIGCONT)
                assert other.stdout.readline().strip() == "20"
                assert len(kept) == box.creates == 20
                downloads = sum(arrival.operation == "download" for arrival in box.requests)
                assert downloads == 20, downloads
                assert studio.ledger.costs().tasks.sum() == 20
                assert len(studio.doctor(deep=True)) == 0
        finally:
            other.send_signal(signal.SIGCONT)
            other.kill()
            other.wait(20)
            other.stdout.close()
    return f"asleep for {ASLEEP:.0f} s: 20 tasks taken over and kept after {taken_after:.0f} s, once each; doctor: well"


if __name__ == "__main__":
    sys.stdout.write(main() + "\n")
