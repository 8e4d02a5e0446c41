"""A team at work on the sandbox's fast clock: notebooks on one ledger, faults by chance, kernels killed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from seedance_nb.sandbox import Fault, Scenario
from seedance_nb.sandbox.clip import Clip
from seedance_nb.sandbox.scenario import FaultBook

from .harness import Case, Life, Zygote, Zygotes
from .invariants import violations

NOTEBOOKS = 3
DOORS = ("ark", "ark", "ark", "ark+", "atlas", "eachlabs")
SCENARIO = Scenario(queue=10, run=60, create_rpm=None, in_flight_cap=None)
FAULTS: dict[str, dict[str, float]] = {
    "create": {"reset": 0.01, "drop": 0.005, "server_error": 0.005, "malformed": 0.005, "rate_limit": 0.03},
    "get": {"reset": 0.01, "server_error": 0.02, "rate_limit": 0.02, "malformed": 0.01, "not_found": 0.02},
    "list": {"reset": 0.01, "server_error": 0.02, "rate_limit": 0.02, "truncated": 0.01},
    "download": {"truncated": 0.03, "reset": 0.01, "server_error": 0.01, "malformed": 0.01, "expired": 0.01},
}
"""How often of how many requests, by operation."""


class Dice:
    """Faults by chance, where a scenario counts them; a 404 never comes twice in a row."""

    def __init__(self, chance: random.Random) -> None:
        self.struck: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()
        """Requests, by operation."""
        self._chance = chance
        self._denied = False

    def take(self, operation: str) -> Fault | None:
        """The fault of this request, if it has one."""
        self.seen[operation] += 1
        point = self._chance.random()
        for kind, share in FAULTS.get(operation, {}).items():
            point -= share
            if point >= 0:
                continue
            if kind == "not_found" and self._denied:
                break
            self._denied = kind == "not_found"
            self.struck[f"{operation} {kind}"] += 1
            return Fault(kind, on=operation, retry_after=0.1 if kind == "rate_limit" else None)  # type: ignore[arg-type]
        if operation == "get":
            self._denied = False
        return None


@dataclass
class Report:
    """What a soak came to."""

    hours: float
    speed: float
    seconds: float = 0.0
    submitted: int = 0
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[float, float]] = field(default_factory=list)
    """Of the notebook that is never killed: simulated hours, MiB."""
    cpu: float = 0.0
    broken: list[str] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """MiB that a notebook grows in a simulated day, after a quarter of the time to warm up."""
        steady = [sample for sample in self.samples if sample[0] >= self.samples[-1][0] / 4]
        mean_x, mean_y = (sum(sample[n] for sample in steady) / len(steady) for n in (0, 1))
        above = sum((x - mean_x) * (y - mean_y) for x, y in steady)
        return 24 * above / sum((x - mean_x) ** 2 for x, _ in steady)

    def __str__(self) -> str:
        first, last = self.samples[len(self.samples) // 4][1], self.samples[-1][1]
        lines = [
            f"{self.hours:g} h of {NOTEBOOKS} notebooks on one ledger, {self.speed:g}× as fast: {self.seconds:.0f} s",
            f"{self.submitted} clips submitted; ended: {_counts(self.ended)}",
            f"{self.kills} kernels killed and started again",
            f"{self.faults.total()} faults: {_counts(self.faults)}",
            f"{self.requests.total()} requests: {_counts(self.requests)}",
            f"the notebook that was not killed: {first:.1f} MiB after warming up, {last:.1f} MiB at the end, "
            f"{self.growth:+.2f} MiB a day; {self.cpu:.1f} s of CPU",
            f"{len(self.broken)} violations",
            *self.broken,
        ]
        return "\n".join(lines)


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "none"


def soak(
    folder: Path,
    clip: Clip,
    zygotes: Zygotes,
    *,
    hours: float,
    speed: float,
    clips_a_day: float = 1000,
    kill_every: float = 6.0,
    seed: int = 20261121,
    ledger: str | None = None,
    is_short: bool = False,
) -> Report:
    """Let the team work, and see whether all promises were kept.

    Args:
        folder: Where everything lies.
        clip: What every task makes.
        zygotes: What the notebooks are forked from.
        hours: Simulated hours in which clips are submitted.
        speed: Simulated seconds in a real one.
        clips_a_day: Of the whole team.
        kill_every: Simulated hours between two kills.
        seed: Of the times, the faults and the kills.
        ledger: The ledger's URL; None: a file.
        is_short: Whether pauses for providers far away are shortened.
    """
    chance = random.Random(seed)
    report = Report(hours, speed)
    with contextlib.ExitStack() as stack:
        # They have imported everything before the clock begins to run.
        forks = [stack.enter_context(zygotes.one()) for _ in range(NOTEBOOKS)]
        case = stack.enter_context(Case(folder, clip, ledger=ledger, scenario=SCENARIO, speed=speed))
        started = time.monotonic()
        core = case.box._ask()
        core._faults = dice = Dice(random.Random(chance.random()))  # type: ignore[assignment]
        clock = {"speed": speed, "base": core.clock.now(), "since": time.monotonic()}
        orders = _orders(case, chance, clock, hours=hours, clips=round(hours / 24 * clips_a_day), is_short=is_short)
        notebooks = [_Notebook(*each) for each in zip(orders, forks, strict=True)]
        ends_at = started + hours * 3600 / speed
        try:
            for notebook in notebooks:
                notebook.start()
            while (pause := min(kill_every * 3600 / speed, ends_at - time.monotonic())) > 0:
                notebooks[0].over.wait(pause * chance.uniform(0.5, 1.0))
                report.kills += chance.choice(notebooks[1:]).kill()
        finally:
            for notebook in notebooks:
                notebook.join()
        case.lives = [life for notebook in notebooks for life in notebook.lives]
        core._faults = FaultBook(SCENARIO)
        last = case.run(forks[0], clock=clock, is_short=is_short)
        _add_up(report, case, notebooks, dice)
        if last.code != 0:
            report.broken.append(f"the last notebook ended with {last.code}: {case.last_words}")
    report.seconds = time.monotonic() - started
    return report


def _orders(
    case: Case, chance: random.Random, clock: dict[str, float], *, hours: float, clips: int, is_short: bool
) -> list[dict[str, Any]]:
    """What each notebook is to submit, and when."""
    schedules: list[list[dict[str, Any]]] = [[] for _ in range(NOTEBOOKS)]
    for number in range(clips):
        door = chance.choice(DOORS)
        each = {
            "provider": door.removesuffix("+"),
            "prompt": f"A lamp in window number {number}",
            "last_frame": door.endswith("+"),
            "at": clock["base"] + chance.uniform(0, hours * 3600),
        }
        schedules[number % NOTEBOOKS].append(each)
    seconds = hours * 3600 / clock["speed"]
    patience = 300.0
    return [
        case.order(
            seconds=seconds + 2 * patience,
            schedule=sorted(schedule, key=lambda each: each["at"]),
            clock=clock,
            patience=patience,
            is_short=is_short,
            constants={"seedance_nb.engine.following.BEAT": 0.2} if is_short else {},
        )
        for schedule in schedules
    ]


class _Notebook(threading.Thread):
    """Keeps one notebook running until all of its schedule is submitted and over."""

    def __init__(self, order: dict[str, Any], zygote: Zygote) -> None:
        super().__init__(daemon=True)
        self.order = order
        self._zygote = zygote
        self.lives: list[Life] = []
        self.over = threading.Event()
        self._current: Life | None = None
        self._lock = threading.Lock()

    def run(self) -> None:
        try:
            while True:
                life = self._zygote.start(self.order)
                self.lives.append(life)
                with self._lock:
                    self._current = life
                # Its last line is its end; from then on there is nobody to kill.
                self._zygote.end()
                with self._lock:
                    self._current = None
                if life.code != -signal.SIGKILL or life.too_long:
                    return
        finally:
            self.over.set()

    def kill(self) -> bool:
        """Kill the process, if one runs; it is started again."""
        with self._lock:
            life = self._current
            # It is not reaped before the line of its end, so that its number is nobody else's.
            if life is None or "cpu" in (life.said[-1] if life.said else {}):
                return False
            try:
                if psutil.Process(life.pid).status() == psutil.STATUS_ZOMBIE:
                    return False
            except psutil.NoSuchProcess:
                return False
            os.kill(life.pid, signal.SIGKILL)
            self._current = None
            return True


def _add_up(report: Report, case: Case, notebooks: list[_Notebook], dice: Dice) -> None:
    begun = notebooks[0].order["clock"]["base"]
    told = [line for life in notebooks[0].lives for line in life.said if "rss" in line]
    report.samples = [((line["at"] - begun) / 3600, line["rss"] / 2**20) for line in told if "cpu" not in line]
    report.cpu = sum(line.get("cpu", 0.0) for line in told)
    report.submitted = len(case.statuses())
    report.ended.update(str(status) for status in case.statuses())
    report.faults = dice.struck
    report.requests = dice.seen
    report.broken = violations(case)
    for number, notebook in enumerate(notebooks):
        if notebook.lives[-1].code != 0:
            report.broken.append(f"notebook {number} ended with {notebook.lives[-1].code}: {case.last_words}")
    expected = sum(len(notebook.order["schedule"]) for notebook in notebooks)
    if report.submitted != expected:
        report.broken.append(f"{expected} clips were to be submitted, and {report.submitted} are in the ledger")
