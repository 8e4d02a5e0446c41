"""Several processes, one ledger: a real file, a real server, real processes, one of them killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskStatus

from ..unit.ledger_samples import NOW

ROOT = Path(__file__).parents[2]

COMMON = """
import datetime as dt, os, sys
from pathlib import Path
from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskRecord, TaskStatus
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
SUBMITTING, QUEUED, RUNNING = TaskStatus.SUBMITTING, TaskStatus.QUEUED, TaskStatus.RUNNING
def record(number):
    url, intent = "http://127.0.0.1:1", TaskStatus.INTENT
    return TaskRecord(f"t-{number:04}", "ark", True, url, "m", "m", "text", intent, NOW, NOW)
def opened():
    return Ledger.open(sys.argv[1], home=Path("unused"))
def wait_for_the_others():
    print("ready", flush=True)
    sys.stdin.readline()
"""


def start(code: str, url: str) -> subprocess.Popen[str]:
    """A process that runs `code` after the common beginning, on the ledger at `url`."""
    command = [sys.executable, "-W", "error", "-c", COMMON + code, url]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def said(process: subprocess.Popen[str]) -> str:
    """What it printed; its traceback, if it failed, fails the test."""
    out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    return out


def race(*codes: str, url: str) -> list[str]:
    """What processes print that all go on from `wait_for_the_others()` at the same moment."""
    processes = [start(code, url) for code in codes]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", said(process)
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [said(process) for process in processes]


def test_processes_that_open_a_new_ledger_together(blank_url: str, tmp_path: Path) -> None:
    """One migrates, the others wait for it, and all of them can write."""
    code = "wait_for_the_others()\nwith opened() as ledger: ledger.add_intent(record(os.getpid())); print('fine')"
    assert race(*[code] * 4, url=blank_url) == ["fine\n"] * 4
    with Ledger.open(blank_url, home=tmp_path) as ledger:
        assert len(ledger.records()) == 4


def test_of_two_processes_one_takes_each_step(ledger: Ledger, ledger_url: str) -> None:
    """Two processes race for the same step of many tasks; each is taken exactly once."""
    count = 40
    said(start(f"with opened() as ledger: ledger.add_intents([record(n) for n in range({count})])", ledger_url))
    code = f"""
with opened() as ledger:
    wait_for_the_others()
    print(*[n for n in range({count}) if ledger.transition(f"t-{{n:04}}", SUBMITTING, at=NOW, expected=["intent"])])
"""
    taken = [int(number) for out in race(code, code, url=ledger_url) for number in out.split()]
    assert sorted(taken) == list(range(count))
    assert all(len(ledger.events(f"t-{n:04}")) == 2 for n in range(count))


def test_of_two_processes_each_task_goes_to_one(ledger: Ledger, ledger_url: str) -> None:
    """Both claim what a dead one left, again and again; every task ends with one of them, and both know whose."""
    said(start("with opened() as ledger: ledger.add_intents([record(n) for n in range(300)])", ledger_url))
    code = """
me = sys.argv[0] + f"/{os.getpid()}/1"
with opened() as ledger:
    wait_for_the_others()
    names = [f"t-{n:04}" for n in range(300)]
    mine = [name for k in range(0, 300, 10) for name in ledger.claim(me, local_ids=names[k:k + 10])]
    mine += ledger.claim(me)
    assert set(mine) == ledger.followed_by(me)
    print(*mine)
"""
    taken = [name for out in race(code, code, code, url=ledger_url) for name in out.split()]
    assert len(taken) == len(set(taken))
    assert set(taken) | set(ledger.claim("last")) == {f"t-{n:04}" for n in range(300)}


def test_of_three_processes_none_goes_over_the_places_of_their_account(ledger: Ledger, ledger_url: str) -> None:
    """Ten tasks may be under way, and each of three processes wants to send a hundred: ten are sent."""
    said(start("with opened() as ledger: ledger.add_intents([record(n) for n in range(300)])", ledger_url))
    code = """
with opened() as ledger:
    wait_for_the_others()
    first = FIRST
    print(*(ledger.begin_sending(f"t-{n:04}", at=NOW, in_flight=10) for n in range(first, first + 100)))
"""
    answers = race(*(code.replace("FIRST", str(first)) for first in (0, 100, 200)), url=ledger_url)
    words = [word for out in answers for word in out.split()]
    assert (words.count("begun"), words.count("full")) == (10, 290)
    assert ledger.in_flight("ark", "http://127.0.0.1:1", "") == 10
    assert ledger.begin_sending("t-0299", at=NOW, in_flight=None) == "begun"
    assert ledger.begin_sending("t-0299", at=NOW, in_flight=None) == "gone"


def test_of_two_processes_with_one_budget_none_goes_over_it(ledger: Ledger, ledger_url: str) -> None:
    """Each wants 100 s of the last 121 s, while a third one goes on with its tasks: exactly 120 s are taken."""
    said(start("with opened() as ledger: ledger.add_intents([record(n) for n in range(20)])", ledger_url))
    submit = """
from dataclasses import replace
class Over(Exception): pass
def guard(commitments):
    if commitments.since(project="film").seconds + 5 > 121:
        raise Over
taken = 0
with opened() as ledger:
    wait_for_the_others()
    for n in range(20):
        one = replace(record(0), local_id=f"t-{os.getpid()}-{n}", project="film", is_sandbox=False, duration=5)
        try:
            ledger.add_intent(one, guard=guard)
            taken += 1
        except Over:
            pass
print(taken)
"""
    go_on = """
with opened() as ledger:
    wait_for_the_others()
    for n in range(20):
        ledger.transition(f"t-{n:04}", SUBMITTING, at=NOW)
    with ledger.together(durable=True):
        for n in reversed(range(20)):
            ledger.transition(f"t-{n:04}", QUEUED, at=NOW, task_id=f"cgt-{n}")
    for n in range(20):
        ledger.transition(f"t-{n:04}", RUNNING, at=NOW)
print(0)
"""
    assert sum(map(int, race(submit, submit, go_on, url=ledger_url))) == 24
    assert ledger.committed(project="film").seconds == 120
    assert ledger.contradictions() == []


def test_processes_keep_one_pace_together(ledger: Ledger, ledger_url: str) -> None:
    """However many ask, as often as they like: 45 at one in 0.05 s take no less than 44 times that."""
    code = """
import time
with opened() as ledger:
    wait_for_the_others()
    begun = time.time()
    for _ in range(15):
        while wait := ledger.take("x", every=0.05):
            assert 0 < wait <= 0.05
            time.sleep(wait / 2)
    print(begun, time.time())
"""
    spans = [tuple(map(float, out.split())) for out in race(code, code, code, url=ledger_url)]
    assert max(end for _, end in spans) - min(begun for begun, _ in spans) >= 44 * 0.05 - 1e-4


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
def test_a_process_killed_between_two_writes(ledger: Ledger, ledger_url: str) -> None:
    """The row without its event is gone, the intent before it is there, and the ledger can be written."""
    code = """
import signal
import sqlalchemy as sa
ledger = opened()
ledger.add_intent(record(1))
def die(connection, cursor, statement, *_):
    if statement.startswith("INSERT INTO events"):
        os.kill(os.getpid(), signal.SIGKILL)
sa.event.listen(sa.Engine, "before_cursor_execute", die)
ledger.transition("t-0001", SUBMITTING, at=NOW)
"""
    process = start(code, ledger_url)
    _, err = process.communicate(timeout=180)
    assert process.returncode == -signal.SIGKILL, err
    (record,) = ledger.unfinished()
    assert record.status is TaskStatus.INTENT
    assert len(ledger.events("t-0001")) == 1
    assert ledger.transition("t-0001", TaskStatus.SUBMITTING, at=record.created_at)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_opens_its_own_connections(ledger_url: str) -> None:
    """Parent and child both go on with the ledger that was open before the fork."""
    code = """
ledger = opened()
ledger.add_intent(record(1))
child = os.fork()
if not child:
    ledger.add_intent(record(2))
    ledger.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
ledger.add_intent(record(3))
print(len(ledger.records()))
ledger.close()
"""
    assert said(start(code, ledger_url)) == "3\n"
