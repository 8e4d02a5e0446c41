"""What a person reads when the ledger cannot be used."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from seedance_nb.errors import ConfigurationError, LedgerError
from seedance_nb.ledger import Ledger, _connection
from seedance_nb.task import TaskStatus

from .ledger_samples import NOW, a_ledger, a_record


def pragma(ledger: Ledger, statement: str) -> None:
    """Give this order to the ledger's own connections."""
    with ledger._engine.connect() as connection:
        connection.exec_driver_sql(statement)


def test_a_full_disk(tmp_path: Path) -> None:
    """The intent was not written, so nothing may be sent; the ledger works again with space."""
    with a_ledger(tmp_path) as ledger:
        pragma(ledger, "PRAGMA max_page_count=1")
        with pytest.raises(LedgerError, match=r"disk is full.*was not sent.*Free some space") as caught:
            ledger.add_intent(a_record(prompt="cat " * 50_000))
        assert "cat cat" not in str(caught.value)
        pragma(ledger, "PRAGMA max_page_count=1000000")
        ledger.add_intent(a_record())
        assert len(ledger.records()) == 1


def test_a_file_that_may_only_be_read(tmp_path: Path) -> None:
    """Reading goes on; a write says that the task at its provider does too."""
    with a_ledger(tmp_path) as ledger:
        ledger.add_intent(a_record())
        pragma(ledger, "PRAGMA query_only=ON")
        with pytest.raises(LedgerError, match=r"only be read.*goes on at its provider and may be billed.*rights"):
            ledger.transition("t-0001", TaskStatus.SUBMITTING, at=NOW)
        assert ledger.get("t-0001").status is TaskStatus.INTENT


def test_a_file_that_another_process_keeps_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the patience is over the message says who to close."""
    a_ledger(tmp_path).close()
    monkeypatch.setattr(_connection, "BUSY_TIMEOUT", 0.05)
    with a_ledger(tmp_path) as ledger:
        other = sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match=r"locked.*Close the other notebook"):
            ledger.add_intent(a_record())
        assert ledger.records() == []
        other.execute("ROLLBACK")
        other.close()
        ledger.add_intent(a_record())


@pytest.mark.parametrize(
    "content", [b"this is no database, it is a letter " * 200, b"SQLite format 3\0" + b"\7" * 4000]
)
def test_a_damaged_file(tmp_path: Path, content: bytes) -> None:
    """It is left as it is, and the message says how to save what is in it."""
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"damaged.*Nothing was sent.*backup"):
        a_ledger(tmp_path)
    assert path.read_bytes() == content


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    """What cannot be opened names the way out."""
    (tmp_path / "ledger.sqlite3").mkdir()
    with pytest.raises(LedgerError, match=r"cannot be opened.*SEEDANCE_NB_HOME"):
        a_ledger(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match=r"cannot be made.*SEEDANCE_NB_HOME"):
        Ledger.open(tmp_path / "file" / "ledger.sqlite3", home=tmp_path)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sqlite://", "would forget"),
        ("sqlite:///:memory:", "would forget"),
        ("mysql://host/name", "not in 'mysql'"),
        ("post gres://word:secret@host", "cannot be read"),
    ],
)
def test_an_address_that_makes_no_sense(tmp_path: Path, address: str, said: str) -> None:
    """Refused before anything is opened, without repeating a password."""
    with pytest.raises(ConfigurationError, match=said) as caught:
        Ledger.open(address, home=tmp_path)
    assert "secret" not in str(caught.value)


def test_a_closed_ledger_says_so(tmp_path: Path) -> None:
    """Closing twice is fine, using it afterwards is not."""
    ledger = a_ledger(tmp_path)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="was closed"):
        ledger.records()
    assert repr(ledger) == f"Ledger({ledger.url})"


def test_a_relative_path_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changing the folder later does not move an open ledger."""
    monkeypatch.chdir(tmp_path)
    with Ledger.open("mine.sqlite3", home=Path("home")) as ledger:
        os.chdir(tmp_path.parent)
        ledger.add_intent(a_record())
        assert (ledger.path, ledger.home) == (tmp_path / "mine.sqlite3", tmp_path / "home")


def test_an_exception_of_the_caller_passes_and_takes_back(tmp_path: Path) -> None:
    """What a guard raises is not dressed up as trouble of the ledger."""

    def guard(_: object) -> None:
        raise ZeroDivisionError

    with a_ledger(tmp_path) as ledger:
        with pytest.raises(ZeroDivisionError):
            ledger.add_intent(a_record(), guard=guard)
        assert ledger.records() == []
        with ledger._engine.connect() as connection:
            assert connection.execute(sa.text("PRAGMA foreign_keys")).scalar() == 1


def test_writes_that_guard_money_are_durable(tmp_path: Path) -> None:
    """Intent, submitting, unknown and the provider's id reach the disk; a poll's answer may be later."""
    synchronous: list[int] = []

    def note(connection: sa.Connection) -> None:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        synchronous.append(driver.execute("PRAGMA synchronous").fetchone()[0])  # type: ignore[attr-defined]

    full, normal = 2, 1
    with a_ledger(tmp_path) as ledger:
        sa.event.listen(ledger._engine, "commit", note)
        ledger.add_intent(a_record(2))
        ledger.transition("t-0002", TaskStatus.SUBMITTING, at=NOW)
        ledger.transition("t-0002", TaskStatus.UNKNOWN, at=NOW)
        ledger.transition("t-0002", TaskStatus.QUEUED, at=NOW, task_id="cgt-2")
        ledger.transition("t-0002", TaskStatus.RUNNING, at=NOW)
        ledger.transition("t-0002", TaskStatus.RUNNING, at=NOW, task_id="cgt-2")
        with ledger.together(durable=True):
            ledger.record_event("t-0002", "note")
        with ledger.together():
            ledger.record_event("t-0002", "note")
    assert synchronous == [full, full, full, full, normal, full, full, normal]


def test_a_full_disk_in_a_block(tmp_path: Path) -> None:
    """SQLite then takes back all of the block: no other step is written, and the block says that it is lost."""

    def block(ledger: Ledger) -> None:
        with ledger.together(durable=True):
            ledger.transition("t-0001", TaskStatus.SUBMITTING, at=NOW)
            assert ledger._mine.group is not None
            ledger._mine.group.connection.exec_driver_sql("PRAGMA max_page_count=1")
            with pytest.raises(LedgerError, match="disk is full"):
                ledger.record_event("t-0001", "note", {"long": "cat " * 50_000})
            with pytest.raises(LedgerError, match="is lost"):
                ledger.record_event("t-0001", "note")

    with a_ledger(tmp_path) as ledger:
        ledger.add_intent(a_record())
        with pytest.raises(LedgerError, match=r"took back a whole transaction.*None of the steps"):
            block(ledger)
        pragma(ledger, "PRAGMA max_page_count=1000000")
        assert ledger.get("t-0001") == a_record()
        assert ledger.transition("t-0001", TaskStatus.SUBMITTING, at=NOW)
