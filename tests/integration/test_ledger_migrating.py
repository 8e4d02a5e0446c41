"""A team's ledger is brought up to date while others write: nothing is lost, nobody waits for each other for good."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from seedance_nb.errors import LedgerError
from seedance_nb.ledger import Ledger, _connection, _migrate
from seedance_nb.ledger._connection import address, make_engine
from seedance_nb.task import TaskStatus

from ..patience import PATIENCE, eventually
from ..postgres import Postgres
from ..unit.ledger_samples import NOW, a_record

OLDER = "0005"
STEPS = (TaskStatus.SUBMITTING, TaskStatus.QUEUED, TaskStatus.RUNNING)


@pytest.fixture
def older(postgres: Postgres) -> Iterator[str]:
    """The address of a ledger with the schema before the present one."""
    with postgres.database() as url:
        engine = make_engine(address(url))
        with engine.begin() as connection:
            _migrate.run(connection, OLDER)
        engine.dispose()
        yield url


def opened_by_the_older_version(url: str, home: Path) -> Ledger:
    """A ledger as a notebook has it that began before the update."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_migrate, "HEAD", OLDER)
        return Ledger.open(url, home=home)


def version(url: str) -> str | None:
    engine = make_engine(address(url))
    with engine.connect() as connection:
        found = _migrate.version(connection)
    engine.dispose()
    return found


class Writer:
    """A notebook of the older version that goes on with its tasks, whatever happens to the tables."""

    def __init__(self, ledger: Ledger, first: int) -> None:
        self.ledger, self.first = ledger, first
        self.written: list[str] = []
        self.enough = threading.Event()

    def run(self) -> None:
        """Until it is enough; what goes wrong is raised."""
        while not self.enough.is_set():
            local_id = f"t-{self.first + len(self.written):04}"
            self.ledger.beat(f"writer/{self.first}")
            self.ledger.add_intent(a_record(self.first + len(self.written)), guard=lambda committed: None)
            for step in STEPS:
                task_id = f"cgt-{local_id}" if step is TaskStatus.QUEUED else None
                assert self.ledger.transition(local_id, step, at=NOW, task_id=task_id)
            self.ledger.record_event(local_id, "note")
            self.ledger.add_labels([local_id], {"note": "x"})
            self.written.append(local_id)


def test_a_ledger_is_brought_up_to_date_while_others_write(older: str, tmp_path: Path) -> None:
    """Every step of two notebooks that go on writing is there afterwards, and none of them was refused."""
    writers = [Writer(opened_by_the_older_version(older, tmp_path), first) for first in (1000, 5000)]
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(writer.run) for writer in writers]

        def have_gone_on(since: Sequence[int]) -> bool:
            """Whether each has made some more tasks; what one of them raises is raised here."""
            for future in running:
                if future.done():
                    future.result()
            return all(len(writer.written) > count + 3 for writer, count in zip(writers, since, strict=True))

        try:
            eventually(lambda: have_gone_on([0, 0]))
            Ledger.open(older, home=tmp_path).close()
            before = [len(writer.written) for writer in writers]
            eventually(lambda: have_gone_on(before))
        finally:
            for writer in writers:
                writer.enough.set()
    for future, writer in zip(running, writers, strict=True):
        future.result()
        writer.ledger.close()
    assert version(older) == _migrate.HEAD
    with Ledger.open(older, home=tmp_path) as ledger:
        written = {local_id for writer in writers for local_id in writer.written}
        records = ledger.records()
        assert {record.local_id for record in records} == written
        assert {record.status for record in records} == {TaskStatus.RUNNING}
        assert all(len(ledger.events(local_id)) == 5 for local_id in sorted(written)[:3])
        assert ledger.contradictions() == []


def test_who_is_in_the_middle_of_a_step_ends_it_first(older: str, tmp_path: Path) -> None:
    """It has locked a task, and changes it while the other waits to change the table: neither is refused."""
    with opened_by_the_older_version(older, tmp_path) as writer:
        writer.add_intent(a_record())
        opener = threading.Thread(target=lambda: Ledger.open(older, home=tmp_path).close())
        with writer._engine.begin() as connection:
            connection.execute(sa.text("SELECT 1 FROM tasks WHERE local_id = 't-0001' FOR UPDATE"))
            opener.start()
            waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            with writer._engine.connect() as other:
                eventually(lambda: other.execute(waits).scalar_one() > 0)
            connection.execute(sa.text("UPDATE tasks SET project = 'film' WHERE local_id = 't-0001'"))
        opener.join(PATIENCE)
        assert writer.get("t-0001").project == "film"
    assert version(older) == _migrate.HEAD


def test_who_does_not_come_to_it_leaves_all_as_it_was(
    older: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody sleeps in a step: it says so, nothing is half done, and afterwards it works."""
    with opened_by_the_older_version(older, tmp_path) as sleeper:
        sleeper.add_intent(a_record())
        monkeypatch.setattr(_connection, "BUSY_TIMEOUT", 0.05)
        with sleeper.together():
            sleeper.record_event("t-0001", "note")
            with pytest.raises(LedgerError, match=r"kept it locked.*schema.*as it was.*[Nn]othing was sent.*Try again"):
                Ledger.open(older, home=tmp_path)
        assert version(older) == OLDER
        assert len(sleeper.events("t-0001")) == 2
    monkeypatch.undo()
    Ledger.open(older, home=tmp_path).close()
    assert version(older) == _migrate.HEAD
