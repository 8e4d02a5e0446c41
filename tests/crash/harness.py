"""Processes that are killed, and a case around them: a sandbox, a ledger and a folder of its own."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from seedance_nb import sandbox
from seedance_nb.ledger import Ledger
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip
from seedance_nb.task import TaskStatus

ROOT = Path(__file__).parents[2]
QUICK = Scenario(queue=0.02, run=0.05, concurrency=None, create_rpm=None)
PROVIDERS = ("ark", "atlas", "eachlabs")
LONGEST = 600.0
"""Seconds after which a life that has not ended is one that never would."""
_SERIAL = itertools.count(1)


@dataclass
class Life:
    """What became of one process."""

    pid: int
    said: list[dict[str, Any]] = field(default_factory=list)
    code: int = 0
    """Its exit code; -9 where it was killed."""
    too_long: bool = False

    def all(self, word: str) -> list[Any]:
        """Everything it said under a word, in order."""
        return [line[word] for line in self.said if word in line]

    @property
    def ends(self) -> list[dict[str, Any]]:
        """The tasks that it saw end in another way than kept, or not end at all."""
        return [line for line in self.said if "ended" in line or "still" in line]

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    @property
    def moments(self) -> list[tuple[str, int]]:
        """The moments it passed, where it was told to say them."""
        return [(name, count) for name, count in self.all("moment")]


class Zygote:
    """A process that forks notebooks, one at a time; see `zygote.py`."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.zygote"],
            cwd=ROOT,
            env=environment | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._life: Life | None = None
        assert "ready" in self._line()

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the zygote has ended"
        found: dict[str, Any] = json.loads(line)
        return found

    @property
    def is_busy(self) -> bool:
        """Whether a life has begun that is not over."""
        return self._life is not None

    def start(self, order: dict[str, Any]) -> Life:
        """Begin a life; `end` waits for its end."""
        assert self._life is None, "one at a time"
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        self._life = Life(pid=self._line()["pid"])
        return self._life

    def until(self, *words: str) -> dict[str, Any]:
        """Wait until the life that has begun says one of these words, or is over."""
        assert self._life is not None
        while True:
            line = self._line()
            if "over" in line:
                self._life.code, self._life.too_long = line["over"], line["too_long"]
                self._life = None
                return line
            self._life.said.append(line)
            if any(word in line for word in words):
                return line

    def end(self) -> None:
        """Wait until the life that has begun is over."""
        while "over" not in self.until():
            pass

    def stop(self) -> None:
        """Kill the life that has begun."""
        assert self._life is not None
        self._life.signal(signal.SIGKILL)
        self.end()

    def run(self, order: dict[str, Any]) -> Life:
        """A life from beginning to end."""
        life = self.start(order)
        self.end()
        return life

    def close(self) -> None:
        """Let the process end, and what it has begun with it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(180)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Zygotes:
    """Zygotes that are there, to take and to give back; another one where there is none."""

    def __init__(self) -> None:
        self._free: list[Zygote] = []
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def one(self) -> Iterator[Zygote]:
        """A zygote for a while; what it has begun by then is killed."""
        with self._lock:
            zygote = self._free.pop() if self._free else None
        zygote = zygote or Zygote()
        try:
            yield zygote
        except BaseException:
            zygote.close()  # nobody knows what it was in the middle of
            raise
        if zygote.is_busy:
            zygote.stop()
        with self._lock:
            self._free.append(zygote)

    def close(self) -> None:
        """Let all of them end."""
        for zygote in self._free:
            zygote.close()


class Case:
    """A sandbox, a ledger and a folder, and the processes that use them.

    Args:
        folder: Where all of it lies.
        clip: What every task makes.
        ledger: The ledger's URL; None: a file in the folder.
        scenario: What the sandbox does.
    """

    def __init__(
        self, folder: Path, clip: Clip, *, ledger: str | None = None, scenario: Scenario = QUICK, speed: float = 1.0
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.home = folder / "home"
        self.errors = folder / "errors.txt"
        self.ledger = ledger or str(self.home / "ledger.sqlite3")
        self.clip = clip
        self.box: Sandbox = sandbox.start(scenario=scenario, speed=speed, render=lambda spec: clip)
        self.asked: dict[str, dict[str, Any]] = {}
        """What was asked for, by prompt."""
        self.lives: list[Life] = []

    def order(self, submit: Sequence[dict[str, Any]] = (), *, seconds: float = LONGEST, **more: Any) -> dict[str, Any]:
        """An order for a process on this case."""
        self.asked |= {each["prompt"]: each for each in submit}
        return {
            "urls": {provider: self.box.url(provider) for provider in PROVIDERS},
            "home": str(self.home),
            "ledger": self.ledger,
            "errors": str(self.errors),
            "submit": list(submit),
            "seconds": seconds,
            **more,
        }

    def run(self, zygote: Zygote, submit: Sequence[dict[str, Any]] = (), **more: Any) -> Life:
        """A process from beginning to end."""
        life = zygote.run(self.order(submit, **more))
        self.lives.append(life)
        return life

    def start(self, zygote: Zygote, submit: Sequence[dict[str, Any]] = (), **more: Any) -> Life:
        """A process that has begun."""
        life = zygote.start(self.order(submit, **more))
        self.lives.append(life)
        return life

    def statuses(self) -> list[TaskStatus]:
        """How the tasks stand."""
        with Ledger.open(self.ledger, home=self.home) as ledger:
            return [record.status for record in ledger.records()]

    @property
    def last_words(self) -> str:
        """What the processes raised, and the end of what they logged."""
        said = self.errors.read_text() if self.errors.exists() else ""
        raised = [said[found.start() : found.start() + 3000] for found in re.finditer("Traceback", said)]
        return "\n".join([*raised[-2:], said[-3000:]])

    def close(self) -> None:
        """Stop the sandbox."""
        self.box.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def wishes(*doors: str) -> list[dict[str, Any]]:
    """Requests, one for each provider named; `ark+` also asks for the last frame."""
    return [
        {
            "provider": door.removesuffix("+"),
            "prompt": f"A kite above hill number {next(_SERIAL)}",
            "last_frame": door.endswith("+"),
        }
        for door in doors
    ]


def in_parallel(work: Iterable[Callable[[Zygote], None]], zygotes: Zygotes, *, workers: int) -> None:
    """Do all of it with so many zygotes; what one raises ends all, and is raised."""
    left, lock = iter(work), threading.Lock()
    trouble: list[BaseException] = []

    def one_after_another() -> None:
        try:
            with zygotes.one() as zygote:
                while not trouble:
                    with lock:
                        job = next(left, None)
                    if job is None:
                        return
                    job(zygote)
        except BaseException as exc:  # noqa: BLE001 - raised below, in the thread that waits
            trouble.append(exc)

    threads = [threading.Thread(target=one_after_another) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if trouble:
        raise trouble[0]
