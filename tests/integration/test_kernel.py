"""Real kernels: one that is killed, one that is busy, and what a planted key leaves behind."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from pathlib import Path
from typing import Any

from jupyter_client import BlockingKernelClient, KernelManager

from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskStatus

from ..patience import PATIENCE, eventually


def control(url: str, path: str, body: object = None, *, method: str = "PUT") -> Any:
    """Speak to the sandbox's own endpoints."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url.replace("/api/v3", path), data=data, method=method if data else "GET")
    with urllib.request.urlopen(request, timeout=180) as answer:
        return json.loads(answer.read())


def creates(url: str) -> int:
    """How many creates reached the sandbox."""
    return sum(entry["operation"] == "create" for entry in control(url, "/sandbox/requests")["items"])


class Kernel:
    """A kernel as a notebook has one."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, **environment})
        self.client: BlockingKernelClient = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str, *, timeout: float = PATIENCE) -> str:
        """Run a cell to its end and return what it printed."""
        printed: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                printed.append(content["text"])

        reply = self.client.execute_interactive(code, timeout=timeout, output_hook=hear)
        assert reply["content"]["status"] == "ok", "\n".join(reply["content"].get("traceback", []))
        return "".join(printed)

    def kill(self) -> None:
        """SIGKILL, as the out-of-memory killer does it."""
        pid = self.manager.provisioner.pid  # type: ignore[union-attr]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: not self.manager.is_alive())

    def close(self) -> None:
        """End the kernel and close its sockets."""
        self.client.stop_channels()
        if self.manager.is_alive():
            self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()
        self.manager.context.destroy(linger=0)


SUBMIT = """
import seedance_nb as sd
studio = sd.Studio()
task = studio.submit(sd.Request(sd.Content("A cat yawns"), ratio="16:9", resolution="480p", duration=4))
print(task.local_id)
"""


def test_a_killed_kernel_loses_nothing(served: str, tmp_path: Path) -> None:
    """SIGKILL while a task runs: a new kernel's `studio.tasks()` finishes it; one create, one charge, one file."""
    control(served, "/sandbox/scenario", {"queue": 0, "run": 3600})
    environment = {"SEEDANCE_NB_ARK_URL": served, "SEEDANCE_NB_HOME": str(tmp_path / "out")}
    first = Kernel(tmp_path, **environment)
    first.run(SUBMIT)
    with Ledger.open(tmp_path / "out" / "ledger.sqlite3", home=tmp_path / "out") as ledger:
        eventually(lambda: ledger.records()[0].status is TaskStatus.RUNNING)
        first.kill()
        first.close()
        control(served, "/sandbox/clock", {"advance": 3600}, method="POST")
        second = Kernel(tmp_path, **environment)
        printed = second.run(
            "import seedance_nb as sd\n"
            "studio = sd.Studio()\n"
            "task = studio.tasks()[0].wait(180)\n"
            "print(task.status, len(studio.tasks()), studio.ledger.costs().tasks.sum(), task.cost)"
        )
        second.close()
        assert printed.split() == ["kept", "1", "1", "¥1.87"]
        assert creates(served) == 1
        [record] = ledger.records()
        clips = list((tmp_path / "out" / "clips").glob("*.mp4"))
        assert [artifact.path for artifact in record.artifacts if artifact.kind == "clip"] == clips


def test_a_blocked_cell_does_not_delay_a_task(served: str, tmp_path: Path) -> None:
    """While a cell sleeps, the task ends and its clip is kept."""
    control(served, "/sandbox/scenario", {"queue": 0.2, "run": 0.3})
    kernel = Kernel(tmp_path, SEEDANCE_NB_ARK_URL=served, SEEDANCE_NB_HOME=str(tmp_path / "out"))
    try:
        kernel.run(SUBMIT)
        message = kernel.client.execute("import time; time.sleep(3600)")
        with Ledger.open(tmp_path / "out" / "ledger.sqlite3", home=tmp_path / "out") as ledger:
            eventually(lambda: ledger.records()[0].status is TaskStatus.KEPT)
        kernel.manager.interrupt_kernel()
        reply = kernel.client.get_shell_msg(timeout=180)
        assert reply["parent_header"]["msg_id"] == message
        assert reply["content"]["ename"] == "KeyboardInterrupt"
    finally:
        kernel.close()


COROUTINE = """
import asyncio
import seedance_nb as sd

async def two():
    await asyncio.sleep(0)
    return 2

print(sd.run(two()))
"""


def test_a_coroutine_of_ones_own_runs_inside_a_kernel(tmp_path: Path) -> None:
    """`sd.run` brings a coroutine to its end in a cell, where a loop is already running."""
    kernel = Kernel(tmp_path)
    try:
        assert kernel.run(COROUTINE).strip() == "2"
    finally:
        kernel.close()
