"""Several processes, one ledger: real files, real processes, one of them killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskStatus

ROOT = Path(__file__).parents[2]

COMMON = """
import datetime as dt, os, sys
from pathlib import Path
from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskRecord, TaskStatus
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
home = Path(sys.argv[1])
def record(number):
    url, intent = "http://127.0.0.1:1", TaskStatus.INTENT
    return TaskRecord(f"t-{number:04}", "ark", True, url, "m", "m", "text", intent, NOW, NOW)
def opened():
    return Ledger.open(home / "ledger.sqlite3", home=home)
"""


def start(code: str, home: Path) -> subprocess.Popen[str]:
    """A process that runs `code` after the common beginning."""
    command = [sys.executable, "-W", "error", "-c", COMMON + code, str(home)]
    return subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def said(process: subprocess.Popen[str]) -> str:
    """What it printed; its traceback, if it failed, fails the test."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def test_processes_that_open_a_new_ledger_together(tmp_path: Path) -> None:
    """One migrates, the others wait for it, and all of them can write."""
    code = "with opened() as ledger: ledger.add_intent(record(os.getpid())); print('fine')"
    processes = [start(code, tmp_path) for _ in range(4)]
    assert [said(process) for process in processes] == ["fine\n"] * 4
    with Ledger.open(tmp_path / "ledger.sqlite3", home=tmp_path) as ledger:
        assert len(ledger.records()) == 4


def test_of_two_processes_one_takes_each_step(tmp_path: Path) -> None:
    """Two processes race for the same step of many tasks; each is taken exactly once."""
    count = 40
    said(start(f"with opened() as ledger:\n for n in range({count}): ledger.add_intent(record(n))", tmp_path))
    code = f"""
with opened() as ledger:
    print("ready", flush=True)
    sys.stdin.readline()
    taken = [n for n in range({count})
             if ledger.transition(f"t-{{n:04}}", TaskStatus.SUBMITTING, at=NOW, expected=[TaskStatus.INTENT])]
print(*taken)
"""
    processes = [start(code, tmp_path) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    taken = [int(number) for process in processes for number in said(process).split()]
    assert sorted(taken) == list(range(count))
    with Ledger.open(tmp_path / "ledger.sqlite3", home=tmp_path) as ledger:
        assert all(len(ledger.events(f"t-{n:04}")) == 2 for n in range(count))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
def test_a_process_killed_between_two_writes(tmp_path: Path) -> None:
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
ledger.transition("t-0001", TaskStatus.QUEUED, at=NOW, task_id="cgt-1")
"""
    process = start(code, tmp_path)
    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, err
    with Ledger.open(tmp_path / "ledger.sqlite3", home=tmp_path) as ledger:
        (record,) = ledger.unfinished()
        assert (record.status, record.task_id) == (TaskStatus.INTENT, None)
        assert len(ledger.events("t-0001")) == 1
        assert ledger.transition("t-0001", TaskStatus.QUEUED, at=record.created_at, task_id="cgt-1")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_opens_its_own_connections(tmp_path: Path) -> None:
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
    assert said(start(code, tmp_path)) == "3\n"
