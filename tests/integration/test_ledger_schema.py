"""The same schema on both databases, from nothing and from every older one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from seedance_nb.ledger import Ledger
from seedance_nb.ledger._connection import address, begin, make_engine
from seedance_nb.ledger._migrate import HEAD, run, version
from seedance_nb.ledger._rows import Cleaner, task_columns
from seedance_nb.ledger._schema import VERSION_TABLE, VIEWS, metadata
from seedance_nb.task import TaskStatus

from ..unit.ledger_samples import NOW, a_record, a_vote, charge, succeed

FIRST = "0001"
SECOND = "0002"
NEW_IN_0002 = ("account", "project", "batch", "asked_sha256", "seconds_high", "follower")


@contextmanager
def writing(url: str) -> Iterator[sa.Connection]:
    """A transaction that writes, past the ledger."""
    engine = make_engine(address(url))
    try:
        with engine.begin() as connection:
            begin(connection, write=True)
            yield connection
    finally:
        engine.dispose()


def test_the_migrations_make_what_the_code_describes(blank_url: str, tmp_path: Path) -> None:
    """The migrated schema differs from the described one in nothing."""
    Ledger.open(blank_url, home=tmp_path).close()
    with writing(blank_url) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert set(sa.inspect(connection).get_view_names()) == set(VIEWS)


def test_down_and_up_again(ledger_url: str, tmp_path: Path) -> None:
    """A downgrade leaves no table; an upgrade after it makes a working ledger."""
    with Ledger.open(ledger_url, home=tmp_path) as ledger:
        ledger.add_intent(a_record())
    with writing(ledger_url) as connection:
        run(connection, "base")
        assert version(connection) is None
        assert sa.inspect(connection).get_table_names() == [VERSION_TABLE]
    with Ledger.open(ledger_url, home=tmp_path) as ledger:
        assert ledger.records() == []
        ledger.add_intent(a_record())


def test_a_ledger_of_the_first_schema_loses_nothing(blank_url: str, tmp_path: Path) -> None:
    """Opening it brings it up to date: tasks, events and sums stay, and what is new is empty."""
    with writing(blank_url) as connection:
        run(connection, FIRST)
        assert version(connection) == FIRST
        old = sa.Table("tasks", sa.MetaData(), autoload_with=connection)
        assert not set(NEW_IN_0002) & set(old.columns.keys())
        for number in range(1, 200):
            row = task_columns(a_record(number), Cleaner())
            kept = {name: metadata.tables["tasks"].c[name] for name in row if name not in NEW_IN_0002}
            insert = sa.table("tasks", *(sa.column(name, column.type) for name, column in kept.items())).insert()
            connection.execute(insert, [{name: row[name] for name in kept}])
            status = {"local_id": row["local_id"], "at": NOW, "kind": "status", "status": "intent"}
            connection.execute(metadata.tables["events"].insert(), [status])
        total = sa.text("INSERT INTO cost_totals VALUES (:day, 'ark', 'm', 'usage', 'CNY', :sandbox, 1, 2, 300000000)")
        connection.execute(total, {"day": "2026-11-21", "sandbox": False})
    with Ledger.open(blank_url, home=tmp_path) as ledger:
        assert ledger.records(newest_first=False) == [a_record(number) for number in range(1, 200)]
        assert [event.status for event in ledger.events("t-0007")] == [TaskStatus.INTENT]
        assert len(ledger.cost_rows([])) == 1
        assert ledger.claim("me", local_ids=["t-0007"]) == ["t-0007"]
        ledger.add_intent(a_record(500, project="film"))
    with writing(blank_url) as connection:
        assert version(connection) == HEAD
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_ledger_of_the_second_schema_loses_nothing(blank_url: str, tmp_path: Path) -> None:
    """Opening it adds what votes and measures need; tasks, their events and who follows them stay."""
    before = a_record(project="film", follower="me")
    with writing(blank_url) as connection:
        run(connection, SECOND)
        assert not {"votes", "measures"} & set(sa.inspect(connection).get_table_names())
        connection.execute(metadata.tables["tasks"].insert(), [task_columns(before, Cleaner())])
        status = {"local_id": before.local_id, "at": NOW, "kind": "status", "status": "intent"}
        connection.execute(metadata.tables["events"].insert(), [status])
    with Ledger.open(blank_url, home=tmp_path) as ledger:
        assert ledger.records() == [before]
        assert ledger.followed_by("me") == {before.local_id}
        assert ledger.votes() == []
        vote = ledger.add_vote(a_vote())
        ledger.add_measures("ab" * 32, 1, {"sharpness": 1.5})
        assert ledger.votes() == [vote]
    with writing(blank_url) as connection:
        assert version(connection) == HEAD
        run(connection, SECOND)
        assert version(connection) == SECOND
    with Ledger.open(blank_url, home=tmp_path) as ledger:
        assert (ledger.records(), ledger.votes(), ledger.measures(["ab" * 32], 1)) == ([before], [], {})


def test_going_back_to_the_first_schema_keeps_its_rows(ledger_url: str, tmp_path: Path) -> None:
    """A step down and up again forgets what the first schema has no column for, and nothing else."""
    record = a_record(project="film", follower="me")
    with Ledger.open(ledger_url, home=tmp_path) as ledger:
        succeed(ledger, record)
        charge(ledger, "t-0001", "4")
        before = ledger.get("t-0001")
    with writing(ledger_url) as connection:
        run(connection, FIRST)
    with Ledger.open(ledger_url, home=tmp_path) as ledger:
        assert ledger.get("t-0001") == replace(before, project="", follower="")
        assert ledger.contradictions() == []


def test_the_views_say_what_they_promise(ledger: Ledger) -> None:
    """Costs as exact decimal text, and the tasks that are not over."""
    ledger.add_intent(a_record(1))
    ledger.add_intent(a_record(2, quote=None))
    charge(ledger, "t-0001", "12.05")
    charge(ledger, "t-0002", "0.00000007")
    with ledger._engine.connect() as connection:
        costs = connection.execute(sa.text("SELECT quoted, cost, currency FROM task_costs ORDER BY local_id")).all()
        open_ = connection.execute(sa.text("SELECT local_id FROM open_tasks ORDER BY 1")).all()
    assert costs == [("5.00940000", "12.05000000", "CNY"), (None, "0.00000007", "CNY")]
    assert open_ == [("t-0001",), ("t-0002",)]
