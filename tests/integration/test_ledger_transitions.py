"""A status and its event are written together or not at all, and by one writer only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from seedance_nb.errors import IllegalTransitionError, TaskNotRecordedError
from seedance_nb.ledger import Ledger
from seedance_nb.money import Usage
from seedance_nb.task import MAY_FOLLOW, Failure, TaskStatus

from ..unit.ledger_samples import NOW, a_record, after, bring


@pytest.fixture(autouse=True)
def _one_intent(ledger: Ledger) -> None:
    ledger.add_intent(a_record())


class PowerCut(BaseException):
    """Stops a process in the middle."""


@contextmanager
def failing_at(beginning: str, failure: type[BaseException]) -> Iterator[None]:
    """Meanwhile nothing comes of statements that begin like this."""

    def cut(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(beginning):
            raise failure

    sa.event.listen(sa.Engine, "before_cursor_execute", cut)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", cut)


def test_a_transition_writes_row_and_event(ledger: Ledger) -> None:
    """Status, what is known with it, and an event in order."""
    ledger.transition("t-0001", TaskStatus.SUBMITTING, at=after(2), submitted_at=after(2))
    ledger.transition("t-0001", TaskStatus.QUEUED, at=after(3), task_id="cgt-1", detail={"raw": "queued"})
    ledger.transition(
        "t-0001",
        TaskStatus.FAILED,
        at=after(9),
        usage=Usage(0, 0),
        seed=11,
        resolution="480p",
        ratio="1:1",
        duration=4,
        failure=Failure("Moderation", "refused"),
        finished_at=after(9),
    )
    record = ledger.get("t-0001")
    assert (record.status, record.task_id, record.seed, record.duration) == (TaskStatus.FAILED, "cgt-1", 11, 4)
    assert (record.resolution, record.ratio, record.usage) == ("480p", "1:1", Usage(0, 0))
    assert record.failure == Failure("Moderation", "refused")
    assert (record.submitted_at, record.finished_at, record.updated_at) == (after(2), after(9), after(9))
    told = [(event.kind, event.status, event.at, event.detail) for event in ledger.events("t-0001")]
    assert told == [
        ("status", TaskStatus.INTENT, after(1), None),
        ("status", TaskStatus.SUBMITTING, after(2), None),
        ("status", TaskStatus.QUEUED, after(3), {"raw": "queued"}),
        ("status", TaskStatus.FAILED, after(9), None),
    ]


def test_an_unexpected_status_writes_nothing(ledger: Ledger) -> None:
    """Compare and set: the loser is told, and leaves no trace."""
    before = ledger.get("t-0001"), ledger.events("t-0001")
    assert not ledger.transition(
        "t-0001", TaskStatus.QUEUED, at=after(5), expected={TaskStatus.SUBMITTING}, task_id="cgt-1", detail={"a": 1}
    )
    assert (ledger.get("t-0001"), ledger.events("t-0001")) == before
    assert ledger.transition("t-0001", TaskStatus.SUBMITTING, at=after(5), expected=[TaskStatus.INTENT])


def test_the_same_status_again_is_told_once(ledger: Ledger) -> None:
    """A poll without news writes nothing; new detail is an event; a new field changes the row."""
    bring(ledger, "t-0001", TaskStatus.QUEUED)
    for _ in range(3):
        assert ledger.transition("t-0001", TaskStatus.RUNNING, at=after(5))
    assert ledger.get("t-0001").updated_at == after(5)
    assert len(ledger.events("t-0001")) == 4
    for _ in range(2):
        ledger.transition("t-0001", TaskStatus.RUNNING, at=after(6), detail={"raw_status": "rendering"})
    assert [event.detail for event in ledger.events("t-0001")[3:]] == [None, {"raw_status": "rendering"}]
    ledger.transition("t-0001", TaskStatus.RUNNING, at=after(7), seed=3)
    assert (ledger.get("t-0001").seed, ledger.get("t-0001").updated_at) == (3, after(7))
    assert len(ledger.events("t-0001")) == 5


def test_other_events_stand_beside(ledger: Ledger) -> None:
    """An event of the caller's own changes no row; the ledger's own kinds are refused."""
    ledger.record_event("t-0001", "poll_failed", {"path": Path("a"), "n": 1.5}, at=after(4))
    event = ledger.events("t-0001")[-1]
    assert (event.kind, event.status, event.at, event.detail) == (
        "poll_failed",
        None,
        after(4),
        {"path": "a", "n": 1.5},
    )
    assert ledger.get("t-0001").updated_at == after(1)
    ledger.record_event("t-0001", "note")
    with pytest.raises(ValueError, match="'charge'"):
        ledger.record_event("t-0001", "charge")


def test_a_crash_between_row_and_event_leaves_neither(ledger: Ledger) -> None:
    """Whatever stops the second write takes the first one back."""

    with failing_at("INSERT INTO events", PowerCut):
        with pytest.raises(PowerCut):
            ledger.transition("t-0001", TaskStatus.SUBMITTING, at=after(5), seed=3)
        with pytest.raises(PowerCut):
            ledger.add_intent(a_record(2))
    assert ledger.get("t-0001") == a_record()
    assert len(ledger.records()) == 1
    assert ledger.transition("t-0001", TaskStatus.SUBMITTING, at=after(5), seed=3)


def test_of_two_threads_one_wins(ledger: Ledger) -> None:
    """Many threads want the same step of many tasks: each step is taken once."""
    names = [f"t-{number:04}" for number in range(2, 22)]
    for number in range(2, 22):
        ledger.add_intent(a_record(number))
    start = threading.Barrier(4)
    wins: list[str] = []

    def race() -> None:
        start.wait()
        step, begun = TaskStatus.SUBMITTING, {TaskStatus.INTENT}
        wins.extend(name for name in names if ledger.transition(name, step, at=NOW, expected=begun))

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wins) == names
    assert all(len(ledger.events(name)) == 2 for name in names)


@pytest.mark.parametrize("before", TaskStatus)
def test_only_steps_of_the_table_are_taken(ledger: Ledger, before: TaskStatus) -> None:
    """A step that is in the table, or a word said again, is written; any other raises and writes nothing."""
    for number, after_it in enumerate(TaskStatus, start=10):
        name = f"t-{number:04}"
        ledger.add_intent(a_record(number))
        if before is not TaskStatus.INTENT:
            bring(ledger, name, before)
        told = ledger.events(name)
        if after_it is before:
            assert ledger.transition(name, after_it, at=NOW)
            assert ledger.events(name) == told
        elif after_it in MAY_FOLLOW[before]:
            assert ledger.transition(name, after_it, at=NOW)
            assert ledger.events(name)[-1].status is after_it
        else:
            said = f"'{name}' is {before}.*never followed by {after_it}.*nothing was written"
            with pytest.raises(IllegalTransitionError, match=said):
                ledger.transition(name, after_it, at=NOW, seed=99, expected={before})
            assert not ledger.transition(name, after_it, at=NOW, expected={after_it})
            assert ledger.events(name) == told
            assert ledger.get(name).seed != 99


def test_steps_written_together(ledger: Ledger) -> None:
    """All of a block is one transaction; a step that raises undoes only itself; reading sees what was written."""
    ledger.add_intents([a_record(2), a_record(3)])
    with ledger.together(durable=True):
        ledger.transition("t-0001", TaskStatus.SUBMITTING, at=after(5))
        with pytest.raises(IllegalTransitionError):
            ledger.transition("t-0002", TaskStatus.KEPT, at=after(5))
        with pytest.raises(TaskNotRecordedError):
            ledger.transition("t-9999", TaskStatus.SUBMITTING, at=after(5))
        with pytest.raises(ZeroDivisionError), failing_at("INSERT INTO events", ZeroDivisionError):
            ledger.transition("t-0002", TaskStatus.SUBMITTING, at=after(5))
        with ledger.together():
            assert ledger.transition("t-0003", TaskStatus.SUBMITTING, at=after(5))
        assert ledger.get("t-0001").status is TaskStatus.SUBMITTING
    assert {name: state[0] for name, state in ledger.states(["t-0001", "t-0002", "t-0003"]).items()} == {
        "t-0001": TaskStatus.SUBMITTING,
        "t-0002": TaskStatus.INTENT,
        "t-0003": TaskStatus.SUBMITTING,
    }
    assert ledger.contradictions() == []


def test_what_leaves_the_block_undoes_all_of_it(ledger: Ledger) -> None:
    """An exception out of a block takes back every step in it, and the next write stands alone again."""

    def block() -> None:
        with ledger.together(durable=True):
            ledger.transition("t-0001", TaskStatus.SUBMITTING, at=after(5))
            with ledger.together():
                ledger.add_intent(a_record(2))
            raise PowerCut

    with pytest.raises(PowerCut):
        block()
    assert [record.status for record in ledger.records()] == [TaskStatus.INTENT]
    assert ledger.transition("t-0001", TaskStatus.SUBMITTING, at=after(5))


def test_a_block_ends_at_its_own_thread(ledger: Ledger) -> None:
    """What another thread writes meanwhile waits, and is no part of the block."""
    other = threading.Thread(target=lambda: ledger.record_event("t-0001", "outside"))

    def block() -> None:
        with ledger.together():
            ledger.record_event("t-0001", "inside")
            other.start()
            raise PowerCut

    with pytest.raises(PowerCut):
        block()
    other.join()
    assert [event.kind for event in ledger.events("t-0001")] == ["status", "outside"]


def test_a_block_that_may_be_lost_takes_no_step_that_must_not(ledger: Ledger) -> None:
    """What decides whether a request is sent is refused in a block that is not durable; so is a guard in any."""
    with ledger.together():
        with pytest.raises(RuntimeError, match="durable=True"):
            ledger.transition("t-0001", TaskStatus.SUBMITTING, at=after(5))
        with pytest.raises(RuntimeError, match="durable=True"):
            ledger.add_intent(a_record(2))
    with ledger.together(durable=True), pytest.raises(RuntimeError, match="of its own"):
        ledger.add_intent(a_record(2), guard=lambda commitments: None)
    assert [record.status for record in ledger.records()] == [TaskStatus.INTENT]
