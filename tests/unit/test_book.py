"""Many writes, one transaction; each still its own."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from seedance_nb.engine.book import Book
from seedance_nb.errors import IllegalTransitionError, LedgerError
from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskStatus

from .ledger_samples import a_record

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite3", home=tmp_path) as opened:
        yield opened


def move(ledger: Ledger, name: str, status: TaskStatus) -> partial[bool]:
    return partial(ledger.transition, name, status, at=NOW)


def test_writes_that_come_together_share_a_commit(ledger: Ledger) -> None:
    """A hundred steps cost a few commits, and every one of them is there."""
    names = [f"t{number}" for number in range(100)]
    ledger.add_intents([a_record(local_id=name) for name in names])
    book, entered = Book(ledger), []
    together = ledger.together

    def counted(*, durable: bool = False):  # type: ignore[no-untyped-def]
        entered.append(durable)
        return together(durable=durable)

    ledger.together = counted  # type: ignore[method-assign]

    async def all_at_once() -> None:
        steps = (book.write(move(ledger, name, TaskStatus.SUBMITTING), durable=True) for name in names)
        await asyncio.gather(*steps)

    asyncio.run(all_at_once())
    assert {state[0] for state in ledger.states(names).values()} == {TaskStatus.SUBMITTING}
    assert entered.count(True) <= 3


def test_one_that_fails_spares_the_others(ledger: Ledger) -> None:
    """An illegal step is refused alone, and its caller hears of it."""
    ledger.add_intents([a_record(local_id="good"), a_record(local_id="bad")])
    book = Book(ledger)

    async def both() -> list[object]:
        return await asyncio.gather(
            book.write(move(ledger, "good", TaskStatus.SUBMITTING), durable=True),
            book.write(move(ledger, "bad", TaskStatus.KEPT)),
            return_exceptions=True,
        )

    good, bad = asyncio.run(both())
    assert good is True
    assert isinstance(bad, IllegalTransitionError)
    assert ledger.get("good").status is TaskStatus.SUBMITTING
    assert ledger.get("bad").status is TaskStatus.INTENT


def test_what_belongs_together_is_undone_together(ledger: Ledger) -> None:
    """One piece of work that writes twice and fails in between has written nothing."""
    ledger.add_intent(a_record(local_id="t"))
    book = Book(ledger)

    def work() -> None:
        ledger.transition("t", TaskStatus.SUBMITTING, at=NOW)
        raise LedgerError("in between")

    async def run() -> None:
        with pytest.raises(LedgerError, match="in between"):
            await book.write(work, durable=True)

    asyncio.run(run())
    assert ledger.get("t").status is TaskStatus.INTENT


def test_a_caller_that_gives_up_does_not_undo_the_write(ledger: Ledger) -> None:
    """What was asked for is written, whether or not somebody still waits for it."""
    ledger.add_intent(a_record(local_id="t"))
    book, may_go, done = Book(ledger), threading.Event(), threading.Event()

    def work() -> None:
        may_go.wait(180)
        ledger.transition("t", TaskStatus.SUBMITTING, at=NOW)
        done.set()

    async def run() -> None:
        writing = asyncio.ensure_future(book.write(work, durable=True))
        await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        may_go.set()
        assert await asyncio.to_thread(done.wait, 10)
        await book.write(lambda: None)

    asyncio.run(run())
    assert ledger.get("t").status is TaskStatus.SUBMITTING


def test_a_ledger_that_cannot_be_used_is_everybodys_error(ledger: Ledger) -> None:
    """Nobody is told that something is written when the commit failed."""
    book = Book(ledger)
    ledger.close()

    async def run() -> list[object]:
        works = (book.write(lambda: 1), book.write(lambda: 2))
        return await asyncio.gather(*works, return_exceptions=True)

    assert all(isinstance(outcome, LedgerError) for outcome in asyncio.run(run()))
