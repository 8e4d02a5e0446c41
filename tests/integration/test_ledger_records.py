"""What is written comes back, and reading costs a fixed number of statements."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from seedance_nb.errors import LedgerError, TaskNotRecordedError
from seedance_nb.ledger import Ledger, new_local_id
from seedance_nb.money import Money, Usage
from seedance_nb.task import Artifact, Failure, TaskStatus

from ..unit.ledger_samples import NOW, QUOTE, a_record, after, bring, charge, succeed


def stored_rows(ledger: Ledger, query: str) -> list[tuple[str, ...]]:
    """What another program reads in the ledger."""
    with ledger._engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that every engine runs meanwhile."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def test_an_intent_comes_back_as_it_was(ledger: Ledger) -> None:
    """Every field of a record survives, its quote and frozen price row included."""
    record = a_record(
        usage=Usage(1, 2, 3), failure=Failure("Code", "words"), submitted_at=after(2), finished_at=after(3)
    )
    ledger.add_intent(record)
    assert ledger.get(record.local_id) == record
    filed = a_record(
        3,
        account="0a1b2c3d4e5f",
        project="film",
        batch="b-1",
        asked_sha256="cd" * 32,
        seconds_high=12,
        follower="x/1/2",
    )
    ledger.add_intent(filed)
    assert ledger.get("t-0003") == filed
    bare = a_record(2, quote=None, seed=None, resolution=None, ratio=None, duration=None, request={}, prompt="")
    ledger.add_intent(bare)
    assert ledger.get("t-0002") == bare


def test_the_record_survives_closing(ledger_url: str, tmp_path: Path) -> None:
    """Another opening of the file finds the task, its charge, and the clip in the moved home folder."""
    first, second = tmp_path / "first", tmp_path / "second"
    clip = Artifact("clip", first / "clips" / "a.mp4", "0" * 64, 10, 1280, 720, after(50), after(86_400))
    first.mkdir()
    with Ledger.open(ledger_url, home=first) as ledger:
        succeed(ledger, a_record())
        ledger.add_artifact("t-0001", clip)
        charge(ledger, "t-0001")
    first.rename(second)
    with Ledger.open(ledger_url, home=second) as ledger:
        record = ledger.get("cgt-t-0001")
    assert record.cost == Money(Decimal("5.0094"), "CNY")
    assert record.cost_basis == "usage"
    assert record.artifact("clip") == replace(clip, path=second / "clips" / "a.mp4")


def test_paths_inside_the_home_folder_are_stored_relative(ledger: Ledger, tmp_path: Path) -> None:
    """Inside with slashes, outside as they are."""
    ledger.add_intent(a_record())
    outside = tmp_path.parent / "elsewhere.png"
    ledger.add_artifact("t-0001", Artifact("clip", tmp_path / "clips" / "a.mp4"))
    ledger.add_artifact("t-0001", Artifact("poster", outside))
    stored = dict(stored_rows(ledger, "SELECT kind, path FROM artifacts"))
    assert stored == {"clip": "clips/a.mp4", "poster": str(outside)}
    poster = ledger.get("t-0001").artifact("poster")
    assert poster is not None
    assert poster.path == outside


def test_an_artifact_is_completed_not_doubled(ledger: Ledger) -> None:
    """What is known later is added, what was known stays."""
    ledger.add_intent(a_record())
    ledger.add_artifact("t-0001", Artifact("clip", expires_at=after(86_400)))
    for _ in range(2):
        ledger.add_artifact("t-0001", Artifact("clip", sha256="1" * 64, bytes=9))
    (clip,) = ledger.get("t-0001").artifacts
    assert (clip.sha256, clip.bytes, clip.expires_at) == ("1" * 64, 9, after(86_400))


@pytest.mark.parametrize("amount", ["0.00000001", "5.0094", "12345678901.12345678", "0.1", "0"])
def test_amounts_are_exact(ledger: Ledger, amount: str) -> None:
    """An amount comes back to the last of its eight decimals."""
    ledger.add_intent(a_record())
    charge(ledger, "t-0001", amount)
    cost = ledger.get("t-0001").cost
    assert cost == Money(Decimal(amount), "CNY")
    assert isinstance(cost.amount, Decimal)


def test_times_are_text_that_sorts(ledger: Ledger) -> None:
    """Stored as ISO 8601 in UTC with Z, whatever zone they came in; returned with their zone."""
    east = dt.timezone(dt.timedelta(hours=8))
    ledger.add_intent(a_record(created_at=NOW.astimezone(east)))
    ((stored,),) = stored_rows(ledger, "SELECT created_at FROM tasks")
    assert stored == "2026-11-21T04:53:55.120000Z"
    assert ledger.get("t-0001").created_at == NOW
    assert ledger.get("t-0001").created_at.tzinfo is dt.UTC
    with pytest.raises(ValueError, match="zone"):
        ledger.transition("t-0001", TaskStatus.SUBMITTING, at=NOW.replace(tzinfo=None))


def test_a_record_with_a_cost_is_no_intent(ledger: Ledger) -> None:
    """A charge has its own way in."""
    with pytest.raises(ValueError, match="neither a cost nor artifacts"):
        ledger.add_intent(a_record(cost=Money.zero("CNY")))


def test_an_id_that_is_not_there(ledger: Ledger) -> None:
    """The message names near ids, or how to list them."""
    ledger.add_intent(a_record(task_id="cgt-20261121-abc"))
    with pytest.raises(TaskNotRecordedError, match="Did you mean 't-0001'"):
        ledger.get("t-0002")
    with pytest.raises(TaskNotRecordedError, match="'cgt-20261121-abc'"):
        ledger.get("cgt-2026")
    with pytest.raises(TaskNotRecordedError, match=r"studio\.tasks\(\)"):
        ledger.get("something else")
    for write in (
        lambda: ledger.transition("nope", TaskStatus.QUEUED, at=NOW),
        lambda: ledger.record_event("nope", "note"),
        lambda: ledger.add_artifact("nope", Artifact("clip")),
        lambda: charge(ledger, "nope"),
    ):
        with pytest.raises(TaskNotRecordedError):
            write()


def test_one_task_id_at_two_providers(ledger: Ledger) -> None:
    """A provider's id that two providers gave out does not name a task; our own id does."""
    ledger.add_intent(a_record(1, task_id="42"))
    ledger.add_intent(a_record(2, task_id="42", provider="atlas"))
    with pytest.raises(LedgerError, match="2 tasks '42'"):
        ledger.get("42")
    with pytest.raises(LedgerError, match="contradicts"):
        ledger.add_intent(a_record(3, task_id="42"))
    assert len(ledger.records()) == 2


def test_records_are_filtered_and_ordered(ledger: Ledger) -> None:
    """By status, by sandbox, newest or oldest first, and no more than asked for."""
    for number in range(1, 6):
        ledger.add_intent(a_record(number, is_sandbox=number > 3))
    bring(ledger, "t-0002", TaskStatus.UNKNOWN)
    bring(ledger, "t-0003", TaskStatus.KEPT)

    def ids(**filters: object) -> list[str]:
        return [record.local_id[-1] for record in ledger.records(**filters)]  # type: ignore[arg-type]

    assert ids() == ["5", "4", "3", "2", "1"]
    assert ids(newest_first=False, limit=2) == ["1", "2"]
    assert ids(sandbox=True) == ["5", "4"]
    assert ids(sandbox=False) == ["3", "2", "1"]
    assert ids(statuses={TaskStatus.KEPT, TaskStatus.UNKNOWN}) == ["3", "2"]
    assert ids(statuses=[]) == []
    assert [record.local_id[-1] for record in ledger.unfinished()] == ["1", "2", "4", "5"]
    assert len(ledger.find_body("ab" * 32)) == 5
    assert ledger.find_body("cd" * 32) == []


def test_what_was_asked_for_before_is_found(ledger: Ledger) -> None:
    """By the body as asked for, whatever seed was drawn, newest first; a batch by its id."""
    for number in range(1, 6):
        sha = ("aa", "bb")[number % 2] * 32
        ledger.add_intent(
            a_record(number, asked_sha256=sha, body_sha256=f"{number}" * 64, batch="b-1" if sha[0] == "a" else "")
        )
    found = ledger.find_asked(["aa" * 32, "bb" * 32, "cc" * 32, *(f"{n:064}" for n in range(3000))])
    assert {sha[:2]: [r.local_id[-1] for r in records] for sha, records in found.items()} == {
        "aa": ["4", "2"],
        "bb": ["5", "3", "1"],
    }
    assert [record.local_id[-1] for record in ledger.records(batch="b-1")] == ["4", "2"]


def test_states_of_many_tasks(ledger: Ledger) -> None:
    """Status, code of the failure and last change; one that is not there is absent."""
    ledger.add_intents([a_record(1), a_record(2)])
    ledger.transition("t-0002", TaskStatus.FAILED, at=after(9), failure=Failure("Code", "words"))
    assert {record.local_id for record in ledger.records_of(f"t-{n:04}" for n in range(2, 3000))} == {"t-0002"}
    assert ledger.states(f"t-{n:04}" for n in range(3000)) == {
        "t-0001": (TaskStatus.INTENT, None, after(1)),
        "t-0002": (TaskStatus.FAILED, "Code", after(9)),
    }


def test_what_is_in_flight_of_an_account(ledger: Ledger) -> None:
    """Under way or of unknown outcome, of one account at one address; what was given up does not count."""
    on_the_way = (TaskStatus.SUBMITTING, TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.UNKNOWN)
    for number, status in enumerate((*on_the_way, TaskStatus.SUCCEEDED, TaskStatus.FAILED), start=1):
        ledger.add_intent(a_record(number, account="me", resolution="4k" if number < 3 else None))
        bring(ledger, f"t-{number:04}", status)
    ledger.add_intents(
        [a_record(11, account="me"), a_record(12, account="other"), a_record(13, account="me", base_url="b")]
    )
    bring(ledger, "t-0012", TaskStatus.QUEUED)
    bring(ledger, "t-0013", TaskStatus.QUEUED)
    address = a_record().base_url
    assert ledger.in_flight("ark", address, "me") == 4
    assert ledger.in_flight("ark", address, "me", four_k=True) == 2
    assert ledger.in_flight("ark", address, "me", four_k=False) == 2
    assert ledger.in_flight("ark", address, "other") == 1
    assert ledger.in_flight("atlas", address, "me") == 0
    ledger.transition(
        "t-0004", TaskStatus.UNKNOWN, at=NOW, failure=Failure("OutcomeUnknown", "x"), detail={"searched": 1}
    )
    assert ledger.in_flight("ark", address, "me") == 3


def test_durations_are_those_of_tasks_alike(ledger: Ledger) -> None:
    """Seconds of succeeded tasks, newest first, the sandbox's apart."""
    for number, seconds in enumerate((40, 50, 60), start=1):
        succeed(ledger, a_record(number), seconds=seconds)
    succeed(ledger, a_record(4, is_sandbox=True), seconds=1)
    succeed(ledger, a_record(5, resolution="480p"), seconds=20)
    ledger.add_intent(a_record(6))
    assert ledger.durations("ark", "seedance-2.0", "720p", 5) == [60.0, 50.0, 40.0]
    assert ledger.durations("ark", "seedance-2.0", "720p", 5, limit=1) == [60.0]
    assert ledger.durations("ark", "seedance-2.0", "720p", 5, is_sandbox=True) == [1.0]
    assert len(ledger.durations("ark", "seedance-2.0")) == 4


def test_a_thousand_records_take_two_statements(ledger: Ledger) -> None:
    """No statement per row, with charges and artifacts there."""
    with ledger._writing("") as connection:
        from seedance_nb.ledger._rows import Cleaner, task_columns
        from seedance_nb.ledger._schema import artifacts, tasks

        connection.execute(tasks.insert(), [task_columns(a_record(n), Cleaner()) for n in range(1000)])
        connection.execute(artifacts.insert(), [{"local_id": f"t-{n:04}", "kind": "clip"} for n in range(1000)])
    charge(ledger, "t-0999")
    with counted() as statements:
        found = ledger.records()
    assert len(statements) == 2
    assert len(found) == 1000
    assert found[0].local_id == "t-0999"
    assert found[0].cost is not None
    assert all(len(record.artifacts) == 1 for record in found)
    assert found[500].quote == QUOTE


def test_new_local_ids_sort_by_time() -> None:
    """The id begins with the second in UTC and ends with letters that are not mistaken for others."""
    east = dt.timezone(dt.timedelta(hours=8))
    dice = random.Random(1)
    early, late = new_local_id(NOW.astimezone(east), dice), new_local_id(after(1), dice)
    assert early.startswith("t-20261121-045355-")
    assert len(early) == len("t-20261121-045355-k3f9q2")
    assert early < late
    assert not set(early[18:] + late[18:]) & set("01ilo")
    with pytest.raises(ValueError, match="zone"):
        new_local_id(NOW.replace(tzinfo=None), dice)


def test_tasks_with_and_without_a_quote_are_written_together(ledger: Ledger) -> None:
    """Whichever comes first, each keeps what is known of it."""
    usage, failure = Usage(5, 5), Failure("Bad", "no")
    told = [
        a_record(1, quote=None),
        a_record(2),
        a_record(3, usage=usage, quote=None),
        a_record(4, failure=failure),
        a_record(5, quote=None),
    ]
    ledger.add_intents(told[:2])
    ledger.add_intents(told[2:][::-1])
    assert ledger.records(newest_first=False) == told
