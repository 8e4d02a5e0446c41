"""What a person can do about a task that does not end by itself: withdraw, settle, rescue."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

import seedance_nb as sd
from seedance_nb.engine import sending
from seedance_nb.errors import ConfigurationError, ProviderError, TaskCancelled, TaskExpired, TaskFailed, TaskUnknown
from seedance_nb.sandbox import Fault, Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus

from ..patience import eventually
from .test_engine import REQUEST, statuses, with_faults

StudioOn = Callable[..., Studio]


@pytest.fixture
def unknown(box: Sandbox, studio_on: StudioOn, monkeypatch: pytest.MonkeyPatch) -> sd.Task:
    """A task that was created, of which we never heard, and which cannot be told from another one."""
    monkeypatch.setattr(sending, "SETTLE_PAUSES", (0.05,))
    with_faults(box, Fault("reset", on="create"), Fault("server_error", on="list", times=None))
    monkeypatch.setattr(sending, "SETTLE_LIMIT", 0.1)
    task = studio_on(box).submit(REQUEST)
    with pytest.raises(TaskUnknown, match=r"task\.settle\('its id'\)"):
        task.wait(180)
    box.scenario = Scenario(queue=0.05, run=0.1)
    return task


def made(box: Sandbox) -> str:
    return next(iter(box._ask().store.newest_first("ark"))).id


def test_settled_with_the_id_from_the_console(unknown: sd.Task, box: Sandbox) -> None:
    """It goes on with the task that is paid for: one create, one charge, one file."""
    assert unknown.settle(made(box)).wait(180).status is TaskStatus.KEPT
    assert unknown.cost is not None
    assert box.creates == 1


def test_settled_as_not_created(unknown: sd.Task, studio_on: StudioOn, box: Sandbox) -> None:
    """Then nothing is reserved for it, and it may be submitted again."""
    studio = studio_on(box)
    assert studio._store.committed(is_sandbox=True).tasks == 1
    assert unknown.settle(None).status is TaskStatus.FAILED
    with pytest.raises(TaskFailed, match="You said that the provider has no such task"):
        unknown.wait(180)
    assert studio._store.committed(is_sandbox=True).tasks == 0


def test_settled_with_the_id_of_another_task(unknown: sd.Task, box: Sandbox, studio_on: StudioOn) -> None:
    """A slip of the hand changes nothing."""
    other = studio_on(box).submit(REQUEST.replace(seed=99)).wait(180)
    assert other.task_id is not None
    with pytest.raises(ConfigurationError, match="It is another one, and nothing was changed"):
        unknown.settle(other.task_id)
    with pytest.raises(ProviderError):
        unknown.settle("cgt-20260101000000-nnnnn")
    assert unknown.status is TaskStatus.UNKNOWN
    with pytest.raises(ConfigurationError, match="there is nothing to settle"):
        other.settle(None)


def test_a_task_that_waits_for_its_turn_can_be_taken_back(box: Sandbox, studio_on: StudioOn) -> None:
    """While the provider refuses for now nothing was created; the person may lose patience."""
    with_faults(box, Fault("rate_limit", on="create", times=None, retry_after=30))
    studio = studio_on(box)
    task = studio.submit(REQUEST)
    eventually(lambda: statuses(studio, task)[-2:] == ["submitting", "intent"])
    assert task.cancel().status is TaskStatus.CANCELLED
    with pytest.raises(TaskCancelled, match=r"Withdrawn before it was sent\. Nothing was created or billed"):
        task.wait(180)
    assert box.created == 0


def test_a_create_that_was_held_is_sent_when_the_provider_takes_it(box: Sandbox, studio_on: StudioOn) -> None:
    """Three refusals for now, then a task: in order, and one for each."""
    with_faults(box, Fault("rate_limit", on="create", times=3, retry_after=0.05))
    studio = studio_on(box)
    tasks = [studio.submit(REQUEST.replace(seed=seed)) for seed in range(1, 5)]
    assert [task.wait(180).status for task in tasks] == ["kept"] * 4
    assert box.created == 4
    assert sorted(task.task_id or "" for task in tasks) == sorted({task.task_id or "" for task in tasks})


def test_a_clip_that_was_removed_is_fetched_again(box: Sandbox, studio_on: StudioOn) -> None:
    """As long as the provider has it, for nothing, with one charge."""
    studio = studio_on(box)
    task = studio.submit(REQUEST).wait(180)
    assert task.video is not None
    content = task.video.read_bytes()
    task.video.unlink()
    assert task.rescue().wait(180).video is not None
    assert task.video.read_bytes() == content
    assert statuses(studio, task)[-3:] == ["kept", "succeeded", "kept"]
    assert box.creates == 1
    assert len(studio.ledger.frame()) == 1


def test_a_clip_that_is_gone_at_the_provider_cannot_be_rescued(box: Sandbox, studio_on: StudioOn) -> None:
    """It says so, and the charge stays."""
    task = studio_on(box).submit(REQUEST).wait(180)
    assert task.video is not None
    task.video.unlink()
    with_faults(box, Fault("not_found", on="get", times=None))
    with pytest.raises(TaskExpired, match="made and billed, and is gone"):
        task.rescue().wait(180)
    assert task.cost is not None
    assert task.status is TaskStatus.LOST


def test_there_is_nothing_to_rescue_in_a_task_that_made_nothing(box: Sandbox, studio_on: StudioOn) -> None:
    """A failed task has no clip."""
    task = studio_on(box).submit(sd.Request("[sandbox:failed]", duration=4))
    with pytest.raises(TaskFailed):
        task.wait(180)
    with pytest.raises(ConfigurationError, match="it has no clip to fetch"):
        task.rescue()


def test_log_records_name_their_task(box: Sandbox, studio_on: StudioOn, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever collects logs finds all that concerns one task by its ids."""
    with_faults(box, Fault("unknown_status", on="get", times=2))
    with caplog.at_level(logging.INFO, "seedance_nb"):
        task = studio_on(box).submit(REQUEST).wait(180)
    about = [record for record in caplog.records if getattr(record, "local_id", "") == task.local_id]
    assert any("archiving" in record.getMessage() for record in about)
    assert {getattr(record, "task_id", None) for record in about} == {task.task_id}
