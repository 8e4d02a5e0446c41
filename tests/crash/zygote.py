"""A process that has imported everything and forks a notebook for each order it reads.

A fork takes milliseconds where a start with its imports takes a second, and a crash matrix needs
hundreds. Nothing here starts a thread or a loop before the fork. An order is a line of JSON; the answer
is a line when the notebook has begun, one for each thing it says, and one when it has ended.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import sys
import time
import traceback
from typing import Any

EVERYTHING = (
    "alembic.command",
    "av",
    "httpx",
    "numpy",
    "PIL.Image",
    "psutil",
    "seedance_nb.engine.life",
    "seedance_nb.ledger._migrate",
    "seedance_nb.providers.ark",
    "seedance_nb.providers.atlas",
    "seedance_nb.providers.eachlabs",
    "seedance_nb.reports",
    "seedance_nb.studio",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "stamina",
    "tests.crash.notebook",
)


def main() -> None:
    """Serve orders until there are no more."""
    for name in EVERYTHING:
        importlib.import_module(name)
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module("psycopg")
    say({"ready": os.getpid()})
    for line in iter(sys.stdin.readline, ""):
        serve(json.loads(line))


def say(answer: dict[str, Any]) -> None:
    """One line of an answer."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def serve(order: dict[str, Any]) -> None:
    """Fork a notebook, tell what it says, and how it ended; kill it when its time is over, or when we are to end."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be(order, writing)
    os.close(writing)
    say({"pid": pid})
    deadline, killed_at = time.monotonic() + order["seconds"], order.get("kill_after")
    kill = deadline if killed_at is None else min(deadline, time.monotonic() + killed_at)
    rest = b""
    killed = False
    while True:
        left = None if killed else max(kill - time.monotonic(), 0)
        ready, _, _ = select.select([reading] if killed else [reading, sys.stdin], [], [], left)
        if reading in ready:
            piece = os.read(reading, 65536)
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                say(json.loads(line))
            if not piece:
                break
        elif not killed:  # its time is over, or nobody waits for it any more
            os.kill(pid, signal.SIGKILL)
            killed = True
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    say({"over": os.waitstatus_to_exitcode(status), "too_long": killed and kill == deadline})


def _be(order: dict[str, Any], writing: int) -> None:
    """Be the notebook, in the child; never returns."""
    from tests.crash.notebook import run

    code = 1
    try:
        errors = os.open(order["errors"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(errors, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        run(order, lambda said: os.write(writing, json.dumps(said).encode() + b"\n"))
        code = 0
    except BaseException:  # noqa: BLE001 - there is nobody above in this process
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
