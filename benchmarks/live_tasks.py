"""Thousands of live tasks in one real kernel: does it still answer its cells, and what does a task cost?

The sandbox runs in a process of its own and every clip is the same small one. While the tasks run, a trivial
cell is executed five times a second, and the time from asking to its reply is taken.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import queue
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from seedance_nb import sandbox
from seedance_nb.ledger import Ledger
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox.clip import ClipSpec, render
from seedance_nb.task import TaskStatus

EVERY = 0.2
"""Seconds between two trivial cells."""
CELL = """
import seedance_nb as sd
studio = sd.Studio("sandbox", base_url={url!r}, home={home!r}, limits=dict.fromkeys(
    ("creates_per_minute", "in_flight", "lists_per_second", "gets_per_second")))
requests = [sd.Request(sd.Content(f"Wave number {{n}}"), model="seedance-2.0-fast", resolution="480p",
                       ratio="16:9", duration=5) for n in range({tasks})]
if hasattr(studio, "submit_many"):
    batch = studio.submit_many(requests)
else:
    batch = [studio.submit(request) for request in requests]
"""


def serve(life: float) -> None:
    """Be the sandbox: say the address, then, when a line is read, how many tasks lived at once at most."""
    clip = render(
        ClipSpec(
            width=160, height=96, frames=25, prompt="x", seed=1, model="m", mode="text", audio=True, watermark=False
        )
    )
    scenario = Scenario(queue=life / 2, run=life / 2, concurrency=None, create_rpm=None)
    with sandbox.start(scenario=scenario, render=lambda spec: clip) as box:
        print(json.dumps({"url": box.url("ark")}), flush=True)
        core, most = box._ask(), 0
        for line in sys.stdin:
            most = max(most, box.created - len(core.bills._bills))
            print(json.dumps({"most": most, "creates": box.creates, "created": box.created}), flush=True)
            if line.strip() == "end":
                return


class Server:
    """The process of the sandbox."""

    def __init__(self, life: float) -> None:
        command = [sys.executable, "-m", "benchmarks.live_tasks", "--serve", "--life", str(life)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url: str = self._line()["url"]

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def ask(self, word: str = "") -> dict[str, Any]:
        """How many tasks lived at once at most, and how many were created."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._line()

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(BrokenPipeError):
            self.ask("end")
        self._process.wait(20)


def answered(client: BlockingKernelClient, code: str, timeout: float) -> float:
    """Milliseconds from asking for a cell to its reply."""
    start = time.perf_counter()
    asked = client.execute(code, store_history=False)
    while True:
        reply = client.get_shell_msg(timeout=timeout)
        if reply["parent_header"].get("msg_id") == asked:
            break
    took = (time.perf_counter() - start) * 1000
    said = reply["content"]
    assert said["status"] == "ok", f"{said.get('ename')}: {said.get('evalue')}"
    with contextlib.suppress(queue.Empty):
        while True:
            client.get_iopub_msg(timeout=0)
    return took


def main() -> int:
    """Run it and print the figures; 1 where a task was not kept."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tasks", type=int, default=10_000)
    options.add_argument("--life", type=float, default=120.0, help="seconds that a task takes at the sandbox")
    options.add_argument("--patience", type=float, default=1800.0, help="seconds for all of it")
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve:
        serve(given.life)
        return 0
    server = Server(given.life)
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        with tempfile.TemporaryDirectory(prefix="sdnb-live-") as home:
            return measure(server, client, psutil.Process(manager.provisioner.pid), Path(home), given)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        server.close()


def measure(
    server: Server, client: BlockingKernelClient, kernel: psutil.Process, home: Path, given: argparse.Namespace
) -> int:
    """Submit, look on, print."""
    answered(client, "import seedance_nb; seedance_nb.Studio", 60)
    idle = sorted(answered(client, "1", 60) for _ in range(50))
    rss, cpu, start = kernel.memory_info().rss, sum(kernel.cpu_times()[:2]), time.monotonic()
    submitting = answered(client, CELL.format(url=server.url, home=str(home), tasks=given.tasks), given.patience)
    took: list[float] = []
    deadline, look_at, counts = start + given.patience, 0.0, {}
    with Ledger.open(home / "ledger.sqlite3", home=home) as ledger:
        while time.monotonic() < deadline:
            due = time.monotonic() + EVERY
            took.append(answered(client, "1", 60))
            if time.monotonic() >= look_at:
                counts = {str(status): count for (status, _), count in ledger.status_counts().items()}
                server.ask()
                if counts.get(TaskStatus.KEPT, 0) >= given.tasks:
                    break
                look_at = time.monotonic() + 1.0
            time.sleep(max(due - time.monotonic(), 0))
        seconds = time.monotonic() - start
        broken = ledger.contradictions()
    said = server.ask()
    took.sort()
    more = (kernel.memory_info().rss - rss) / 2**20
    spent = sum(kernel.cpu_times()[:2]) - cpu
    print(f"{given.tasks} tasks in one kernel: {seconds:.0f} s; {counts}")
    print(f"{said['most']} live at once; {said['creates']} creates, {said['created']} created")
    print(f"the submitting cell {submitting / 1000:.1f} s")
    print(f"a cell is answered in ms: p50 {_at(took, 0.5)}, p99 {_at(took, 0.99)}, max {_at(took, 1)} of {len(took)}")
    print(f"of an idle kernel: p50 {_at(idle, 0.5)}, p99 {_at(idle, 0.99)}")
    print(f"a task takes {1000 * spent / given.tasks:.1f} ms of CPU and {1024 * more / given.tasks:.1f} KiB")
    print("\n".join(broken) or "no contradictions")
    return 0 if counts == {str(TaskStatus.KEPT): given.tasks} and not broken else 1


def _at(took: list[float], share: float) -> str:
    return f"{took[min(int(len(took) * share), len(took) - 1)]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
