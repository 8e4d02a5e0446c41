"""A team's server dies and another one takes over, under a ledger that stays open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seedance_nb.errors import LedgerError
from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskStatus

from ..postgres import Postgres, started
from ..unit.ledger_samples import NOW, a_record

ONLY_READ = "ALTER DATABASE failing SET default_transaction_read_only = on"
TAKE_WRITES = "ALTER DATABASE failing RESET default_transaction_read_only"
WRITER = "target_session_attrs=read-write"


@pytest.fixture
def standby(postgres: Postgres, tmp_path: Path) -> Iterator[Postgres]:
    """A server that has the same tasks and takes no writes yet."""
    postgres.run("CREATE DATABASE failing")
    with Ledger.open(postgres.url("failing"), home=tmp_path) as ledger:
        ledger.add_intent(a_record())
    postgres.run(ONLY_READ)
    yield postgres
    postgres.run("DROP DATABASE failing WITH (FORCE)")


def test_another_server_takes_over(standby: Postgres, tmp_path: Path) -> None:
    """The one that takes writes is found, in whatever order; when it is gone the other is, once it takes them."""
    with started() as first:
        first.run("CREATE DATABASE failing")
        with Ledger.open(first.url("failing"), home=tmp_path) as made:
            made.add_intent(a_record())
        both = f"{standby.url('failing')},{first.url('failing').partition('host=')[2]}&{WRITER}"
        ledger = Ledger.open(both, home=tmp_path)
        assert ledger.transition("t-0001", TaskStatus.SUBMITTING, at=NOW)
    with pytest.raises(LedgerError, match=r"could not be used.*request was not sent"):
        ledger.add_intent(a_record(2))
    standby.run(TAKE_WRITES)
    with ledger:
        ledger.add_intent(a_record(2))
        assert ledger.transition("t-0001", TaskStatus.SUBMITTING, at=NOW)
        assert [record.local_id for record in ledger.unfinished()] == ["t-0001", "t-0002"]


def test_a_standby_says_what_it_is(standby: Postgres, tmp_path: Path) -> None:
    """It is read from; a create is refused in words, and goes through as soon as there is a server that takes it."""
    with Ledger.open(standby.url("failing"), home=tmp_path) as ledger:
        assert ledger.get("t-0001").status is TaskStatus.INTENT
        ledger.beat("me")
        assert (ledger.claim("me"), ledger.workers()) == ([], {})
        with pytest.raises(LedgerError, match=r"only be read here.*standby.*was not sent.*target_session_attrs"):
            ledger.add_intent(a_record(2))
        standby.run(TAKE_WRITES)  # which only new connections hear of, as after a change of address
        ledger.add_intent(a_record(2))
        assert len(ledger.records()) == 2


def test_a_server_that_is_not_there_is_passed_over(postgres: Postgres, migrated: str, tmp_path: Path) -> None:
    """The first address answers nothing, and the second is used."""
    with postgres.database(migrated) as url:
        name, _, host = url.partition("?host=")
        with Ledger.open(f"{name}?host={tmp_path},{host}&{WRITER}", home=tmp_path) as ledger:
            ledger.add_intent(a_record())
            assert len(ledger.records()) == 1
