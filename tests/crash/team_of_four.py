"""Four notebooks, one server, one key, one budget: no limit is crossed, and no kill or restart loses a clip.

A part of `make soak`, which runs it by its name: half a minute in which what happens together is left to chance.
"""

from __future__ import annotations

import itertools
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import seedance_nb as sd
from seedance_nb.ledger import Ledger
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox.clip import Clip
from seedance_nb.task import TaskStatus

from ..postgres import started
from .harness import Case, Life, Zygote, wishes
from .invariants import made, violations
from .notebook import request

KERNELS, SUBMITS = 4, 9
FIT = 27
"""So many of the 36 does the budget hold."""
IN_FLIGHT, CREATES_A_MINUTE = 10, 100
SCENARIO = Scenario(queue=0.2, run=6.5, concurrency=None, create_rpm=None)
CONSTANTS = {
    "seedance_nb.engine.following.BEAT": 0.5,
    "seedance_nb.engine.following.LEASE": 10.0,
    "seedance_nb.engine.lane.RECHECK": 0.3,
    "seedance_nb.engine.polling.SANDBOX_INTERVAL": 0.5,
}
WINDOW_S = 15.0
BUNCHED = 3
"""Requests that leave apart may come together; so many more than the pace allows in a window."""
PATIENCE_S = 240


def test_four_notebooks_stay_within_every_limit(tmp_path: Path, small_clip: Clip) -> None:
    """One of them is killed and the server restarted while they work; the others go on with its tasks."""
    [wish] = wishes("ark")
    price = sd.quote(request(wish), "ark").high.amount
    cap = price * FIT
    options = {
        "budget": f"{cap} CNY/day",
        "limits": {"in_flight": IN_FLIGHT, "creates_per_minute": CREATES_A_MINUTE},
    }
    with ExitStack() as stack:
        server = stack.enter_context(started())
        url = stack.enter_context(server.database())
        Ledger.open(url, home=tmp_path).close()
        case = stack.enter_context(Case(tmp_path, small_clip, ledger=url, scenario=SCENARIO))
        zygotes = [stack.enter_context(Zygote()) for _ in range(KERNELS)]
        lives = [
            case.start(
                zygote,
                wishes(*["ark"] * SUBMITS),
                options=options,
                constants=CONSTANTS,
                polls=True,
                seconds=PATIENCE_S,
                stays=True,
            )
            for zygote in zygotes
        ]
        readers = [threading.Thread(target=zygote.end) for zygote in zygotes]
        for reader in readers:
            reader.start()
        wait_until(lambda: case.box.created >= 8 and bool(at_the_provider(url, case, lives[0])))
        lives[0].signal(signal.SIGKILL)
        killed_at = time.monotonic()
        wait_until(lambda: case.box.created >= 13)
        server.restart()
        for reader in readers:
            reader.join(PATIENCE_S)
        assert [life.code for life in lives] == [-signal.SIGKILL, 0, 0, 0], case.last_words

        with Ledger.open(url, home=case.home) as ledger:
            records = ledger.records()
            spent = ledger.committed(is_sandbox=True).money["CNY"].amount
        # What the killed one had not sent was never created; all else is kept.
        kept = [record for record in records if record.status is TaskStatus.KEPT]
        assert {record.status for record in records} <= {TaskStatus.KEPT, TaskStatus.CANCELLED}, [
            str(record.failure) for record in records if record.status is TaskStatus.SUCCEEDED
        ]
        assert len(kept) == case.box.created
        assert len(records) == FIT
        assert spent == price * len(kept) <= cap
        refused = [line["kind"] for life in lives[1:] for line in life.said if "refused" in line]
        assert set(refused) <= {"BudgetError"}
        assert violations(case) == []

        assert most_at_once(case) == IN_FLIGHT
        arrivals = sorted(each.at.timestamp() for each in case.box.requests if each.operation == "create")
        allowed = WINDOW_S * CREATES_A_MINUTE / 60 + 1 + BUNCHED
        assert all(sum(first <= at < first + WINDOW_S for at in arrivals) <= allowed for first in arrivals)
        of_the_dead = {record.task_id or "" for record in kept if record.local_id in lives[0].all("local_id")}
        assert of_the_dead
        assert_followed_by_one(lives, {record.task_id or "" for record in kept}, of_the_dead, killed_at)


def wait_until(is_so: Callable[[], bool]) -> None:
    """Look until it is so."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def at_the_provider(url: str, case: Case, life: Life) -> list[str]:
    """The tasks that a process has submitted and that are being made."""
    with Ledger.open(url, home=case.home) as ledger:
        under_way = ledger.records(statuses=[TaskStatus.QUEUED, TaskStatus.RUNNING])
    return [record.local_id for record in under_way if record.local_id in life.all("local_id")]


def most_at_once(case: Case) -> int:
    """How many tasks were under way together at the sandbox, at most."""
    tasks = [task for several in made(case.box).values() for task in several]
    steps = sorted([(task.created_at, 1) for task in tasks] + [(task.ended_at or 1e18, -1) for task in tasks])
    return max(itertools.accumulate(step for _, step in steps))


def assert_followed_by_one(lives: list[Life], task_ids: set[str], of_the_dead: set[str], killed_at: float) -> None:
    """Nobody asks about a task that another one asks about, but for those of the dead, which go to one other."""
    looks = defaultdict(list)
    for life in lives:
        for line in life.said:
            for task_id in line.get("polled", ()):
                looks[task_id].append((line["from"], life.pid))
    assert looks.keys() >= task_ids
    for task_id, several in looks.items():
        followers = [pid for pid, _ in itertools.groupby(pid for _, pid in sorted(several))]
        heirs = [pid for pid in followers if pid != lives[0].pid]
        assert followers[-len(heirs) :] == heirs, f"{task_id} went back"
        assert len(heirs) == 1 or (task_id in of_the_dead and not heirs), f"{task_id} is followed by {followers}"
        if task_id in of_the_dead:
            adopted_at = min(at for at, pid in several if pid != lives[0].pid)
            assert adopted_at - killed_at < 60, task_id
