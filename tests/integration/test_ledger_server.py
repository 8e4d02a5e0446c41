"""What a person reads when the server of a team's ledger is in trouble, and what a sleeping notebook may hold up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from seedance_nb.errors import LedgerError
from seedance_nb.ledger import Ledger, _connection
from seedance_nb.task import TaskStatus

from ..postgres import Postgres
from ..unit.ledger_samples import NOW, a_record


@pytest.fixture
def server_url(postgres: Postgres, migrated: str) -> Iterator[str]:
    """The address of a fresh ledger on a server."""
    with postgres.database(migrated) as url:
        yield url


@pytest.fixture
def on_server(server_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """A fresh ledger on a server."""
    with Ledger.open(server_url, home=tmp_path) as ledger:
        yield ledger


def end_sessions(postgres: Postgres) -> None:
    """What a restart of the server does to those who are connected."""
    postgres.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 't%' AND datname <> 'template1'"
    )


def test_a_database_that_is_not_there(postgres: Postgres, tmp_path: Path) -> None:
    """The message says whose word it is, and that nothing was sent."""
    with pytest.raises(LedgerError, match=r'could not be used.*"nowhere" does not exist.*Nothing was sent'):
        Ledger.open(postgres.url("nowhere"), home=tmp_path)


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    """No password in the message."""
    url = f"postgresql+psycopg://me:planted-word@/x?host={tmp_path}"
    with pytest.raises(LedgerError, match=r"could not be used.*Nothing was sent.*server") as caught:
        Ledger.open(url, home=tmp_path)
    assert "planted-word" not in str(caught.value)


def test_a_server_that_was_restarted(postgres: Postgres, on_server: Ledger) -> None:
    """A connection that broke meanwhile is replaced without a word."""
    on_server.add_intent(a_record())
    end_sessions(postgres)
    assert on_server.transition("t-0001", TaskStatus.SUBMITTING, at=NOW)
    assert on_server.get("t-0001").status is TaskStatus.SUBMITTING


def test_a_server_that_goes_away_in_a_block(postgres: Postgres, on_server: Ledger) -> None:
    """Nothing of the block is there afterwards, and it says so."""

    def block() -> None:
        with on_server.together(durable=True):
            on_server.transition("t-0001", TaskStatus.SUBMITTING, at=NOW)
            end_sessions(postgres)
            with pytest.raises(LedgerError, match=r"connection to its server broke.*goes on at its provider"):
                on_server.record_event("t-0001", "note")
            with pytest.raises(LedgerError, match="is lost"):
                on_server.record_event("t-0001", "note")

    on_server.add_intent(a_record())
    with pytest.raises(LedgerError, match="None of the steps"):
        block()
    assert on_server.get("t-0001") == a_record()
    assert on_server.transition("t-0001", TaskStatus.SUBMITTING, at=NOW)


def test_a_row_that_somebody_keeps_locked(
    server_url: str, on_server: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step waits for it so long and no longer; tasks that are locked are not claimed; the rest goes on."""
    monkeypatch.setattr(_connection, "BUSY_TIMEOUT", 0.05)
    on_server.add_intents([a_record(1), a_record(2)])
    with Ledger.open(server_url, home=tmp_path) as hasty, on_server._engine.begin() as connection:
        connection.execute(sa.text("SELECT 1 FROM tasks WHERE local_id = 't-0001' FOR UPDATE"))
        with pytest.raises(LedgerError, match="kept it locked"):
            hasty.transition("t-0001", TaskStatus.SUBMITTING, at=NOW)
        assert hasty.claim("me") == ["t-0002"]
        hasty.add_intent(a_record(3), guard=lambda commitments: None)
        assert hasty.transition("t-0003", TaskStatus.SUBMITTING, at=NOW)


def test_a_notebook_that_falls_asleep_in_a_step(
    server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends its transaction, so that the others can go on; its own step was not recorded."""
    monkeypatch.setattr(_connection, "IDLE_TIMEOUT", 0.05)
    with Ledger.open(server_url, home=tmp_path) as sleeper, Ledger.open(server_url, home=tmp_path) as other:
        other.add_intent(a_record())

        def sleep(commitments: object) -> None:
            other.add_intent(a_record(2), guard=lambda commitments: None)  # waits until the sleeper has lost its turn

        with pytest.raises(LedgerError, match=r"'t-0003' was not written"):
            sleeper.add_intent(a_record(3), guard=sleep)
        assert [record.local_id for record in other.records()] == ["t-0002", "t-0001"]


def test_a_row_that_contradicts_another_is_not_repeated(on_server: Ledger) -> None:
    """The message names the rule, and has neither prompt nor request in it."""
    on_server.add_intent(a_record())
    with pytest.raises(LedgerError, match=r"contradicts another: .*pk_tasks") as caught:
        on_server.add_intent(a_record())
    assert "yawns" not in str(caught.value)
