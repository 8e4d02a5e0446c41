"""Several studios on one ledger: one follows a task, the others see it, and one takes over when it is gone."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from seedance_nb import connection, providers
from seedance_nb.engine import following
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio
from seedance_nb.task import TaskRecord, TaskStatus

from ..patience import eventually
from .conftest import BY_HAND
from .test_engine import REQUEST, statuses

StudioOn = Callable[..., Studio]


def test_another_studio_watches_without_asking_the_provider(box: Sandbox, studio_on: StudioOn) -> None:
    """The second notebook's cell follows the task to its end; the clip is fetched once, by the first."""
    box.scenario = BY_HAND
    first, second = studio_on(box), studio_on(box)
    task = first.submit(REQUEST)
    same = second.tasks()[task.local_id]
    seen: list[TaskStatus] = []

    def hear(record: TaskRecord) -> None:
        seen.append(record.status)

    same.subscribe(hear)
    eventually(lambda: task.task_id)
    box.clock.advance(7200)
    assert same.wait(180).status is TaskStatus.KEPT
    assert seen[-1] is TaskStatus.KEPT
    assert second._engine.name != task.record().follower == first._engine.name
    assert sum(arrival.operation == "download" for arrival in box.requests) == 1
    assert box.creates == 1
    assert statuses(second, same).count("kept") == 1


def test_a_studio_that_closes_leaves_its_tasks_to_another(box: Sandbox, studio_on: StudioOn) -> None:
    """No lease has to run out: who closes says so."""
    box.scenario = BY_HAND
    first, second = studio_on(box), studio_on(box)
    task = first.submit(REQUEST)
    eventually(lambda: task.task_id)
    first.close()
    same = second.tasks()[task.local_id]
    box.clock.advance(7200)
    assert same.wait(180).status is TaskStatus.KEPT
    assert same.record().follower == second._engine.name
    assert box.creates == 1


NOTEBOOK = """
    import signal, sys, threading, time
    import seedance_nb as sd
    studio = sd.Studio("sandbox", base_url=sys.argv[1], home=sys.argv[2])
    task = studio.submit(sd.Request("A cat yawns", ratio="16:9", resolution="480p", duration=4))
    while task.task_id is None:
        time.sleep(0.02)
    def sleep_when_told():
        sys.stdin.readline()
        with studio._store._lock:  # in no write, which would keep the file locked for all
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
    threading.Thread(target=sleep_when_told, daemon=True).start()
    print(task.local_id, flush=True)
    print(task.wait(600).status, flush=True)
"""


@pytest.fixture
def other(box: Sandbox, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Another notebook: a process that has submitted a task and goes on living."""
    box.scenario = BY_HAND
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(NOTEBOOK), box.url("ark"), str(tmp_path / "out")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    local_id = process.stdout.readline().strip()
    assert local_id
    yield process, local_id
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait(180)
    assert process.stdin is not None
    process.stdin.close()
    process.stdout.close()


def test_a_notebook_that_is_killed_is_followed_by_another(
    other: tuple[subprocess.Popen[str], str], box: Sandbox, studio_on: StudioOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to ask for it: the next sign of life of the one that lives finds the tasks."""
    monkeypatch.setattr(following, "BEAT", 0.3)
    process, local_id = other
    studio = studio_on(box)
    task = studio.tasks()[local_id]
    assert task.record().follower != studio._engine.name
    process.kill()
    process.wait(180)
    box.clock.advance(7200)
    assert task.wait(180).status is TaskStatus.KEPT
    assert task.record().follower == studio._engine.name
    assert box.creates == 1


def test_a_notebook_that_was_stopped_finds_its_tasks_taken_and_does_no_harm(
    other: tuple[subprocess.Popen[str], str], box: Sandbox, studio_on: StudioOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a laptop that slept: the task is kept once, by the one that was awake."""
    monkeypatch.setattr(following, "BEAT", 0.2)
    monkeypatch.setattr(following, "LEASE", 1.0)
    process, local_id = other
    studio = studio_on(box)
    task = studio.tasks()[local_id]
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("sleep\n")
    process.stdin.flush()
    eventually(lambda: task.record().follower == studio._engine.name)
    box.clock.advance(7200)
    assert task.wait(180).status is TaskStatus.KEPT
    assert task.record().follower == studio._engine.name
    process.send_signal(signal.SIGCONT)
    assert process.stdout.readline().strip() == "kept"  # it is awake, and has found out
    assert statuses(studio, task).count("kept") == 1
    assert box.creates == 1
    assert sum(arrival.operation == "download" for arrival in box.requests) == 1


def test_a_task_of_another_account_is_left_alone(
    box: Sandbox, studio_on: StudioOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With another key the provider would say "not found", which would read as an end."""
    monkeypatch.setenv("ARK_API_KEY", "sk-of-account-two")
    monkeypatch.delenv("SEEDANCE_NB_ARK_URL", raising=False)
    record = studio_on(box).submit(REQUEST).wait(180).record()
    real = dataclasses.replace(record, is_sandbox=False, base_url="https://ark.cn-beijing.volces.com/api/v3")
    mine = dataclasses.replace(real, account=providers.fingerprint("sk-of-account-two"))
    theirs = dataclasses.replace(real, account=providers.fingerprint("sk-of-account-one"))
    assert connection.reconnect(mine) is not None
    assert connection.reconnect(theirs) is None
    assert connection.reconnect(dataclasses.replace(real, account="")) is not None  # written before accounts were


def test_the_second_studio_of_a_cell_sees_the_tasks_of_the_first(box: Sandbox, studio_on: StudioOn) -> None:
    """Running the cell `studio = sd.Studio()` again costs nothing and loses nothing."""
    box.scenario = BY_HAND
    first = studio_on(box)
    tasks = [first.submit(REQUEST) for _ in range(3)]
    second = studio_on(box)
    eventually(lambda: all(task.task_id for task in tasks))
    box.clock.advance(7200)
    for task in tasks:
        assert second.tasks()[task.local_id].wait(180).status is TaskStatus.KEPT
    assert box.creates == 3
