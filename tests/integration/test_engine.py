"""The life of a task against a real server, a real file and a real thread."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import logging
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import seedance_nb as sd
from seedance_nb import media
from seedance_nb.engine import owner
from seedance_nb.errors import (
    ConfigurationError,
    ContentRejectedError,
    InvalidRequestError,
    LedgerError,
    NotKeptError,
    TaskCancelled,
    TaskExpired,
    TaskFailed,
    WaitTimeout,
)
from seedance_nb.ledger import Ledger
from seedance_nb.sandbox import Fault, Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip
from seedance_nb.sandbox.dialects import Call, Reply
from seedance_nb.sandbox.dialects.ark import ArkDialect
from seedance_nb.studio import Studio
from seedance_nb.task import TaskRecord, TaskStatus

from ..patience import eventually
from .conftest import BY_HAND, QUICK

StudioOn = Callable[..., Studio]
REQUEST = sd.Request(sd.Content("A cat yawns"), ratio="16:9", resolution="480p", duration=4)


def with_faults(box: Sandbox, *faults: Fault, scenario: Scenario = QUICK) -> None:
    box.scenario = dataclasses.replace(scenario, faults=faults)


def statuses(studio: Studio, task: sd.Task) -> list[str]:
    frame = studio.ledger.events(task)
    return [str(status) for status in frame.loc[frame.kind == "status", "status"]]


def test_a_clip_is_made_charged_and_kept(box: Sandbox, studio_on: StudioOn) -> None:
    """From request to file: each step in the ledger, one create, the bill equal to the quote."""
    box.scenario = BY_HAND
    studio = studio_on(box)
    task = studio.submit(REQUEST)
    for stage in (TaskStatus.QUEUED, TaskStatus.RUNNING):
        eventually(lambda stage=stage: task.status is stage)  # type: ignore[misc]
        box.clock.advance(3600)
    task.wait(180)
    assert statuses(studio, task) == ["intent", "submitting", "queued", "running", "succeeded", "kept"]
    assert box.creates == 1
    assert task.usage is not None
    assert task.usage.completion_tokens == 40_594  # 864·496·(24·4+1)/1024
    assert task.cost is not None
    assert task.quote is not None
    assert task.cost == task.quote.amount
    assert task.cost.amount == Decimal(40_594) * 46 / 1_000_000
    assert task.video is not None
    clip = task.record().artifact("clip")
    assert clip is not None
    assert clip.sha256 == hashlib.sha256(task.video.read_bytes()).hexdigest()
    assert task.poster() is not None
    assert not list(task.video.parent.glob("*.part"))


def test_the_intent_is_on_disk_before_anything_is_sent(
    studio_on: StudioOn, box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the create arrives at the provider, the ledger already has the task."""
    studio = studio_on(box)
    answer, arrived = ArkDialect.handle, []

    async def seen(dialect: ArkDialect, call: Call) -> Reply:
        if call.operation == "create":
            with Ledger.open(tmp_path / "out" / "ledger.sqlite3", home=tmp_path / "out") as ledger:
                arrived.extend(ledger.records())
        return await answer(dialect, call)

    monkeypatch.setattr(ArkDialect, "handle", seen)
    studio.submit(REQUEST).wait(180)
    [record] = arrived
    assert record.status is TaskStatus.SUBMITTING
    assert record.seed is not None
    assert record.quote is not None
    assert record.body_sha256


def test_await_gives_the_finished_task(box: Sandbox, studio_on: StudioOn) -> None:
    """`await task` works in a loop of the user's own, for several at once."""
    studio = studio_on(box)

    async def all_three() -> list[sd.Task]:
        return await asyncio.gather(*[_awaited(studio.submit(REQUEST)) for _ in range(3)])

    assert [task.status for task in asyncio.run(all_three())] == ["kept"] * 3
    assert box.creates == 3


async def _awaited(task: sd.Task) -> sd.Task:
    return await task


def test_the_last_frame_is_kept_when_asked_for(box: Sandbox, studio_on: StudioOn) -> None:
    """`return_last_frame` brings a PNG home, ready to be the next first frame."""
    task = studio_on(box).submit(REQUEST.replace(return_last_frame=True)).wait(180)
    assert task.last_frame is not None
    facts = media.probe_file(task.last_frame)
    assert (facts.format, facts.width, facts.height) == ("png", 160, 96)


def test_to_stop_waiting_does_not_stop_the_task(box: Sandbox, studio_on: StudioOn) -> None:
    """A time-out says that the task goes on and may be billed, and it does go on."""
    box.scenario = BY_HAND
    task = studio_on(box).submit(REQUEST)
    with pytest.raises(WaitTimeout, match=r"not cancelled and may be billed.*studio\.tasks\(\)"):
        task.wait(0.2)
    eventually(lambda: task.task_id)
    box.clock.advance(7200)
    assert task.wait(180).status is TaskStatus.KEPT


def test_an_interrupt_stops_the_waiting_only(box: Sandbox, studio_on: StudioOn) -> None:
    """Ctrl-C in a waiting cell leaves the paid task alone."""
    import _thread

    box.scenario = BY_HAND
    task = studio_on(box).submit(REQUEST)
    stopped = threading.Event()

    def press() -> None:
        # On a busy machine the first one may meet a destructor, which is deaf to it; a person presses again.
        pause = 0.5
        while not stopped.wait(pause):
            _thread.interrupt_main()
            pause = 20.0

    fingers = threading.Thread(target=press, daemon=True)
    fingers.start()
    with pytest.raises(KeyboardInterrupt):
        task.wait(180)
    stopped.set()
    fingers.join()
    eventually(lambda: task.task_id)
    box.clock.advance(7200)
    assert task.wait(180).status is TaskStatus.KEPT
    assert box.creates == 1


def test_cancelling_the_await_leaves_the_task_alone(box: Sandbox, studio_on: StudioOn) -> None:
    """A cancelled coroutine is the user's; the task is not."""
    box.scenario = BY_HAND
    task = studio_on(box).submit(REQUEST)

    async def impatient() -> None:
        await asyncio.wait_for(_awaited(task), 0.2)

    with pytest.raises(TimeoutError):
        asyncio.run(impatient())
    eventually(lambda: task.task_id)
    box.clock.advance(7200)
    assert task.wait(180).status is TaskStatus.KEPT


# -- creating --


def test_a_lost_answer_is_found_again_by_its_seed(box: Sandbox, studio_on: StudioOn) -> None:
    """Accepted, then reset: the outcome is unknown, then settled from the list; there is one create and one charge."""
    with_faults(box, Fault("reset", on="create"))
    studio = studio_on(box)
    task = studio.submit(REQUEST)
    eventually(lambda: "unknown" in statuses(studio, task))
    assert task.wait(180).status is TaskStatus.KEPT
    assert box.creates == 1
    assert studio.ledger.costs().tasks.sum() == 1


@pytest.mark.parametrize("kind", ["malformed", "truncated"])
def test_an_unreadable_answer_is_not_a_failure(box: Sandbox, studio_on: StudioOn, kind: str) -> None:
    """A create whose answer cannot be read was accepted all the same, and is found."""
    with_faults(box, Fault(kind, on="create"))  # type: ignore[arg-type]
    assert studio_on(box).submit(REQUEST).wait(180).status is TaskStatus.KEPT
    assert box.creates == 1


def test_an_unknown_outcome_is_never_submitted_again(box: Sandbox, studio_on: StudioOn) -> None:
    """While a 500 leaves the outcome open, nothing is sent a second time."""
    with_faults(box, Fault("server_error", on="create"))
    studio = studio_on(box)
    task = studio.submit(REQUEST)
    eventually(lambda: task.status is TaskStatus.UNKNOWN)
    creates = [entry for entry in box.requests if entry.method == "POST"]
    assert len(creates) == 1
    assert task.error is None
    assert not task.record().is_over


@pytest.mark.parametrize("kind", ["rate_limit", "quota"])
def test_a_429_waits_and_then_goes_through(box: Sandbox, studio_on: StudioOn, kind: str) -> None:
    """Too many requests, or too many queued, says that nothing was created; the create is made later."""
    with_faults(box, Fault(kind, on="create", times=2, retry_after=0.1))  # type: ignore[arg-type]
    assert studio_on(box).submit(REQUEST).wait(180).status is TaskStatus.KEPT
    assert [entry.status for entry in box.requests if entry.method == "POST"] == [429, 429, 200]


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault("unauthorized", on="create"), TaskFailed, "ARK_API_KEY"),
        (Fault("overdue", on="create"), TaskFailed, "Top up"),
        (Fault("moderation", on="create"), ContentRejectedError, "SensitiveContentDetected"),
    ],
)
def test_a_refused_create_costs_nothing_and_says_so(
    box: Sandbox, studio_on: StudioOn, fault: Fault, error: type[Exception], words: str
) -> None:
    """What the provider refuses ends as rejected, with its code and what it means for the bill."""
    with_faults(box, fault)
    studio = studio_on(box)
    task = studio.submit(REQUEST)
    with pytest.raises(error, match=words) as caught:
        task.wait(180)
    assert "Nothing is billed" in str(caught.value)
    assert task.status is TaskStatus.REJECTED
    assert task.cost is None
    assert studio.ledger.costs().empty


def test_nothing_is_sent_where_nothing_listens(small_clip: object, studio_on: StudioOn, box: Sandbox) -> None:
    """A refused connection carried nothing: the task failed, surely unbilled."""
    studio = studio_on(box)
    box.stop()
    task = studio.submit(REQUEST)
    with pytest.raises(TaskFailed, match="Nothing was sent"):
        task.wait(180)


# -- the end --


@pytest.mark.parametrize(
    ("trigger", "error", "status"),
    [
        ("[sandbox:failed]", TaskFailed, TaskStatus.FAILED),
        ("[sandbox:copyright]", ContentRejectedError, TaskStatus.FAILED),
        ("[sandbox:expired]", TaskExpired, TaskStatus.EXPIRED),
    ],
)
def test_a_bad_end_raises_and_is_not_billed(
    box: Sandbox, studio_on: StudioOn, trigger: str, error: type[Exception], status: TaskStatus
) -> None:
    """A failed or expired task raises its own error and has no charge."""
    studio = studio_on(box)
    task = studio.submit(REQUEST.replace(content=sd.Content(f"A cat {trigger}")))
    with pytest.raises(error):
        task.wait(180)
    assert task.status is status
    assert task.cost is None


def test_a_queued_task_can_be_cancelled(box: Sandbox, studio_on: StudioOn) -> None:
    """Cancel works while it is queued, and whoever waits is told."""
    box.scenario = Scenario(queue=600, run=600)
    task = studio_on(box).submit(REQUEST)
    eventually(lambda: task.status is TaskStatus.QUEUED)
    assert task.cancel().status is TaskStatus.CANCELLED
    with pytest.raises(TaskCancelled, match="Nothing is billed"):
        task.wait(180)


def test_a_running_task_cannot_be_cancelled_and_goes_on(box: Sandbox, studio_on: StudioOn) -> None:
    """Cancel on a running task changes nothing; on an ended one it does not destroy the record."""
    box.scenario = Scenario(queue=0.0, run=3600)
    task = studio_on(box).submit(REQUEST)
    eventually(lambda: task.status is TaskStatus.RUNNING)
    with pytest.raises(ConfigurationError, match="only one that is queued can"):
        task.cancel()
    box.clock.advance(3600)
    task.wait(180)
    with pytest.raises(ConfigurationError):
        task.cancel()
    assert not [entry for entry in box.requests if entry.method == "DELETE"]


# -- looking and keeping --


@pytest.mark.parametrize(
    "fault",
    [
        Fault("not_found", on="get", times=2),
        Fault("server_error", on="get", times=3),
        Fault("malformed", on="get", times=2),
        Fault("truncated", on="get", times=2),
        Fault("drop", on="get", times=2),
        Fault("unknown_status", on="get", times=2),
        Fault("rate_limit", on="get", times=2, retry_after=0.1),
    ],
    ids=lambda fault: fault.kind,
)
def test_trouble_while_looking_is_not_an_end(box: Sandbox, studio_on: StudioOn, fault: Fault) -> None:
    """A flicker of any kind does not end a task that is running and paid for."""
    with_faults(box, fault)
    assert studio_on(box).submit(REQUEST).wait(180).status is TaskStatus.KEPT
    assert box.creates == 1


def test_a_task_denied_three_times_is_lost(box: Sandbox, studio_on: StudioOn) -> None:
    """Three 404s in a row mean that the provider no longer knows it."""
    with_faults(box, Fault("not_found", on="get", times=None))
    task = studio_on(box).submit(REQUEST)
    with pytest.raises(TaskExpired, match="Nothing was billed"):
        task.wait(180)
    assert task.status is TaskStatus.LOST


@pytest.mark.parametrize(
    "fault",
    [
        Fault("truncated", on="download"),
        Fault("malformed", on="download"),
        Fault("expired", on="download"),
        Fault("server_error", on="download", times=2),
        Fault("drop", on="download"),
    ],
    ids=lambda fault: fault.kind,
)
def test_a_clip_is_kept_whole_or_fetched_again(
    box: Sandbox, studio_on: StudioOn, fault: Fault, small_clip: Clip
) -> None:
    """A broken, wrong or expired download is asked for again with a fresh address; no second create, no part left."""
    with_faults(box, fault)
    task = studio_on(box).submit(REQUEST).wait(180)
    assert task.video is not None
    (task.video.parent / "sent.part").write_bytes(small_clip.mp4)
    assert media.same_packets(task.video, task.video.parent / "sent.part")
    (task.video.parent / "sent.part").unlink()
    assert box.creates == 1
    assert [path.suffix for path in task.video.parent.iterdir() if path.suffix == ".part"] == []


def test_a_disk_that_refuses_the_clip_loses_nothing(box: Sandbox, studio_on: StudioOn, tmp_path: Path) -> None:
    """Where the folder cannot be written, the task says that the clip is made and waits; later it is kept."""
    studio = studio_on(box)
    blocked = tmp_path / "out" / "clips"
    blocked.write_text("a file where the folder should be")
    task = studio.submit(REQUEST)
    with pytest.raises(NotKeptError, match=r"made and billed.*studio\.tasks\(\)"):
        task.wait(180)
    assert task.status is TaskStatus.SUCCEEDED
    blocked.unlink()
    again = studio.tasks()[task.local_id]
    assert again.wait(180).status is TaskStatus.KEPT
    assert again.error is None
    assert box.creates == 1
    assert studio.ledger.costs().tasks.sum() == 1


# -- restarting --


def test_another_studio_goes_on_with_what_is_unfinished(box: Sandbox, studio_on: StudioOn) -> None:
    """A studio made later on the same ledger finds the task by either id and finishes it."""
    box.scenario = BY_HAND
    first = studio_on(box).submit(REQUEST)
    eventually(lambda: first.task_id)
    second = studio_on(box).tasks()
    assert second[str(first.task_id)].local_id == first.local_id
    box.clock.advance(7200)
    assert second[first.local_id].wait(180).status is TaskStatus.KEPT
    assert first.wait(180).status is TaskStatus.KEPT
    assert box.creates == 1
    assert studio_on(box).ledger.costs().tasks.sum() == 1


def test_an_intent_of_a_dead_process_was_never_sent(box: Sandbox, studio_on: StudioOn, tmp_path: Path) -> None:
    """A row that never got beyond its intent is closed as not sent, and nothing is created."""
    studio = studio_on(box)
    done = studio.submit(REQUEST).wait(180).record()
    store = Ledger.open(tmp_path / "out" / "ledger.sqlite3", home=tmp_path / "out")
    store.add_intent(_left_behind(done, TaskStatus.INTENT))
    task = studio_on(box).tasks()["t-20261121-000000-aaaaaa"]
    with pytest.raises(TaskCancelled, match="before this request was sent"):
        task.wait(180)
    assert box.creates == 1
    store.close()


def test_a_create_cut_off_by_a_crash_is_looked_for(box: Sandbox, studio_on: StudioOn, tmp_path: Path) -> None:
    """A row whose process died while it was submitting is settled from the provider's list."""
    studio = studio_on(box)
    with_faults(box, Fault("reset", on="create"))
    lost = studio.submit(REQUEST.replace(seed=4711))
    lost.wait(180)
    box.scenario = QUICK
    made = lost.record()
    fresh = tmp_path / "fresh"
    store = Ledger.open(fresh / "ledger.sqlite3", home=fresh)
    store.add_intent(_left_behind(made, TaskStatus.SUBMITTING))
    other = studio_on(box, fresh)
    assert other.tasks()[0].wait(180).task_id == made.task_id
    assert box.creates == 1
    store.close()


def _left_behind(record: TaskRecord, status: TaskStatus) -> TaskRecord:
    return dataclasses.replace(
        record,
        local_id="t-20261121-000000-aaaaaa",
        status=status,
        task_id=None,
        usage=None,
        cost=None,
        artifacts=(),
        finished_at=None,
        owner=owner.me().rsplit("/", 1)[0] + "/1.0",
        follower=owner.me().rsplit("/", 1)[0] + "/1.0/1",
    )


def test_a_task_of_a_sandbox_that_is_gone_ends_as_lost(small_clip: object, studio_on: StudioOn, box: Sandbox) -> None:
    """After a restart the old kernel's sandbox is gone; its tasks say so instead of waiting for ever."""
    box.scenario = Scenario(queue=600, run=600)
    task = studio_on(box).submit(REQUEST)
    eventually(lambda: task.status is TaskStatus.QUEUED)
    box.stop()
    with pytest.raises(TaskExpired, match=r"sandbox it ran on is gone.*Nothing was billed"):
        task.wait(180)


# -- before anything is sent --


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"duration": 3}, "duration"),
        ({"resolution": "1080p", "model": "seedance-2.0-fast"}, "resolution"),
        ({"ratio": "2:1"}, "ratio"),
        ({"content": sd.Content("x", sd.Audio("https://example.com/a.mp3", duration=5))}, "audio 1"),
        ({"content": sd.Content("image 3 runs", sd.Image("https://example.com/a.png"))}, "prompt"),
    ],
)
def test_what_is_wrong_is_not_sent_and_not_written(
    box: Sandbox, studio_on: StudioOn, changes: dict[str, object], where: str
) -> None:
    """A bad request raises with every problem, and leaves no trace at the provider or in the ledger."""
    studio = studio_on(box)
    with pytest.raises(InvalidRequestError, match="nothing was sent and nothing was written") as caught:
        studio.submit(REQUEST.replace(**changes))
    assert where in {problem.where for problem in caught.value.problems}
    assert not box.requests
    assert studio.ledger.frame().empty


def test_a_problem_can_be_allowed_by_its_code(box: Sandbox, studio_on: StudioOn) -> None:
    """Someone who knows better than a check can say so."""
    request = REQUEST.replace(content=sd.Content("a poster that reads 'image 3'"))
    studio = studio_on(box)
    [problem] = studio.check(request)
    assert studio.submit(request, allow={problem.code}).wait(180).status is TaskStatus.KEPT


def test_a_ledger_that_cannot_be_written_sends_nothing(box: Sandbox, tmp_path: Path) -> None:
    """No intent, no create."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(LedgerError):
        Studio("sandbox", base_url=box.url("ark"), home=blocked)
    assert box.creates == 0


def test_a_listener_that_fails_does_not_stop_the_task(
    box: Sandbox, studio_on: StudioOn, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken widget is logged; the task goes on."""
    box.scenario = Scenario(queue=0.3, run=0.3)
    task = studio_on(box).submit(REQUEST)

    def broken(record: TaskRecord) -> None:
        raise RuntimeError("a face fell off")

    task.subscribe(broken)
    with caplog.at_level(logging.ERROR, "seedance_nb"):
        task.wait(180)
    assert "a face fell off" in caplog.text
