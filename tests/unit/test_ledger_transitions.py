"""A status and its event are written together or not at all, and by one writer only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from seedance_nb.ledger import Ledger
from seedance_nb.money import Usage
from seedance_nb.task import Failure, TaskStatus

from .ledger_samples import NOW, a_ledger, a_record, after


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(tmp_path) as opened:
        opened.add_intent(a_record())
        yield opened


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
    assert ledger.transition("t-0001", TaskStatus.QUEUED, at=after(5), expected=[TaskStatus.INTENT])


def test_the_same_status_again_is_told_once(ledger: Ledger) -> None:
    """A poll without news writes nothing; new detail is an event; a new field changes the row."""
    for _ in range(3):
        assert ledger.transition("t-0001", TaskStatus.RUNNING, at=after(5))
    assert ledger.get("t-0001").updated_at == after(5)
    assert len(ledger.events("t-0001")) == 2
    for _ in range(2):
        ledger.transition("t-0001", TaskStatus.RUNNING, at=after(6), detail={"raw_status": "rendering"})
    assert [event.detail for event in ledger.events("t-0001")] == [None, None, {"raw_status": "rendering"}]
    ledger.transition("t-0001", TaskStatus.RUNNING, at=after(7), seed=3)
    assert (ledger.get("t-0001").seed, ledger.get("t-0001").updated_at) == (3, after(7))
    assert len(ledger.events("t-0001")) == 3


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

    class PowerCut(BaseException):
        pass

    def cut(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO events"):
            raise PowerCut

    sa.event.listen(sa.Engine, "before_cursor_execute", cut)
    try:
        with pytest.raises(PowerCut):
            ledger.transition("t-0001", TaskStatus.QUEUED, at=after(5), task_id="cgt-1")
        with pytest.raises(PowerCut):
            ledger.add_intent(a_record(2))
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", cut)
    assert ledger.get("t-0001") == a_record()
    assert len(ledger.records()) == 1
    assert ledger.transition("t-0001", TaskStatus.QUEUED, at=after(5), task_id="cgt-1")


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


def test_writes_that_guard_money_are_durable(ledger: Ledger) -> None:
    """Intent, submitting, unknown and the provider's id reach the disk; a poll's answer may be later."""
    synchronous: list[int] = []

    def note(connection: sa.Connection) -> None:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        synchronous.append(driver.execute("PRAGMA synchronous").fetchone()[0])  # type: ignore[attr-defined]

    sa.event.listen(ledger._engine, "commit", note)
    full, normal = 2, 1
    ledger.add_intent(a_record(2))
    ledger.transition("t-0002", TaskStatus.SUBMITTING, at=NOW)
    ledger.transition("t-0002", TaskStatus.UNKNOWN, at=NOW)
    ledger.transition("t-0002", TaskStatus.QUEUED, at=NOW, task_id="cgt-2")
    ledger.transition("t-0002", TaskStatus.RUNNING, at=NOW)
    ledger.transition("t-0002", TaskStatus.RUNNING, at=NOW, task_id="cgt-2")
    assert synchronous == [full, full, full, full, normal, full]
