"""What a task leaves behind in a kernel that goes on: memory, as thousands are submitted, kept and over."""

from __future__ import annotations

import argparse
import gc
import tempfile

import psutil

import seedance_nb as sd
from benchmarks.live_tasks import Server

ROUND = 100
"""Tasks under way at once."""
WARMING_UP = 2
"""Rounds that are not counted: libraries load, pools fill."""


def main() -> str:
    """Print how much larger the process has grown, for each task since it was warm."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tasks", type=int, default=3000)
    tasks: int = options.parse_args().tasks
    server, process, lines = Server(0.05), psutil.Process(), []
    limits = dict.fromkeys(("creates_per_minute", "in_flight", "lists_per_second", "gets_per_second"))
    with (
        tempfile.TemporaryDirectory() as home,
        sd.Studio("sandbox", base_url=server.url, home=home, limits=limits) as s,
    ):
        for turn in range(WARMING_UP + tasks // ROUND):
            made = [s.submit(_request(turn * ROUND + number)) for number in range(ROUND)]
            for task in made:
                task.wait(120)
            del made, task
            gc.collect()
            size = process.memory_info().rss
            if turn < WARMING_UP:
                warm = size
            elif (turn + 1 - WARMING_UP) % max(tasks // ROUND // 6, 1) == 0:
                since = (turn + 1 - WARMING_UP) * ROUND
                grown = size - warm
                lines.append(
                    f"{since:6,} tasks: {grown / 2**20:5.1f} MiB more, {grown / 2**10 / since:5.2f} KiB a task"
                )
                print(lines[-1], flush=True)
    server.close()
    return "\n".join(lines)


def _request(number: int) -> sd.Request:
    content = sd.Content(f"Wave number {number}")
    return sd.Request(content, model="seedance-2.0-fast", resolution="480p", ratio="16:9", duration=5)


if __name__ == "__main__":
    main()
