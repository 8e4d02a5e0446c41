"""A pace that notebooks keep together, on a ledger and a clock of the test's own."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from seedance_nb.catalog import Limits
from seedance_nb.engine.pacing import SLACK, Pacer
from seedance_nb.errors import LedgerError
from seedance_nb.ledger import Ledger

NAME = "ark/https://ark.example/api/v3/0123456789ab"
START = 1_800_000_000.0


class Clock:
    """Seconds of the test, and a sleep that lets them pass for everybody."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    with closing(Ledger.open(tmp_path / "ledger.sqlite3", home=tmp_path)) as made:
        made.clock = clock
        yield made


class NoLedger:
    """Nobody may use it."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"the ledger was asked: {name}")


def pacer(ledger: object, clock: Clock, limits: Limits, name: str = NAME) -> Pacer:
    return Pacer(ledger, name, limits, clock=clock, sleep=clock.sleep)  # type: ignore[arg-type]


def test_requests_go_one_after_the_other(ledger: Ledger, clock: Clock) -> None:
    """In any second there are no more than the provider allows, whoever asks; the first goes at once."""
    mine, others = (pacer(ledger, clock, Limits(lists_per_second=1)) for _ in range(2))
    times: list[float] = []

    async def ask(paced: Pacer) -> None:
        await paced("list")
        times.append(clock.now - START)

    async def work() -> None:
        for _ in range(3):
            await ask(mine)
            await ask(others)

    asyncio.run(work())
    assert times[0] == 0
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == pytest.approx([SLACK] * 5)


@pytest.mark.parametrize(
    ("operation", "limits", "every"),
    [
        ("create", Limits(creates_per_minute=600), 0.1),
        ("create_4k", Limits(creates_per_minute_4k=15), 4.0),
        ("list", Limits(lists_per_second=1), 1.0),
        ("get", Limits(gets_per_second=20), 0.05),
        ("delete", Limits(deletes_per_second=20), 0.05),
    ],
)
def test_each_operation_has_its_own_limit(
    ledger: Ledger, clock: Clock, operation: str, limits: Limits, every: float
) -> None:
    """Creates are limited by the minute, the rest by the second."""
    paced = pacer(ledger, clock, limits)

    async def work() -> None:
        await paced(operation)  # type: ignore[arg-type]
        await paced(operation)  # type: ignore[arg-type]

    asyncio.run(work())
    assert clock.now - START == pytest.approx(every * SLACK)


def test_operations_and_accounts_do_not_wait_for_each_other(ledger: Ledger, clock: Clock) -> None:
    """A slow 4k create holds up no list, and one key's no other's."""
    limits = Limits(creates_per_minute_4k=15, lists_per_second=1)
    mine, other = pacer(ledger, clock, limits), pacer(ledger, clock, limits, name="ark/other")

    async def work() -> None:
        await mine("create_4k")
        await mine("list")
        await other("create_4k")

    asyncio.run(work())
    assert clock.now == START


def test_many_who_wait_go_in_order(ledger: Ledger, clock: Clock) -> None:
    """A hundred at once come out one by one, first come first."""
    paced = pacer(ledger, clock, Limits(gets_per_second=20))
    order: list[int] = []

    async def ask(number: int) -> None:
        await paced("get")
        order.append(number)

    async def work() -> None:
        await asyncio.gather(*(ask(number) for number in range(100)))

    asyncio.run(work())
    assert order == list(range(100))
    assert clock.now - START == pytest.approx(99 * 0.05 * SLACK)


def test_no_limit_touches_no_ledger(clock: Clock) -> None:
    """Where nothing is published there is nothing to write down."""
    paced = pacer(NoLedger(), clock, Limits())

    async def work() -> None:
        for operation in ("create", "create_4k", "list", "get", "delete"):
            await paced(operation)  # type: ignore[arg-type]

    asyncio.run(work())
    assert clock.now == START


def test_a_back_off_holds_the_others_too(ledger: Ledger, clock: Clock) -> None:
    """A 429 in one notebook keeps the other one from asking for the next."""
    limits = Limits(creates_per_minute=600)
    mine, others = pacer(ledger, clock, limits), pacer(ledger, clock, limits)

    async def work() -> None:
        await mine.back_off("create", 8.0)
        await others("create")

    asyncio.run(work())
    assert clock.now - START >= 8.0


def test_a_back_off_holds_here_without_a_limit(clock: Clock) -> None:
    """A provider that publishes nothing can still ask to be left alone for a while."""
    paced = pacer(NoLedger(), clock, Limits())

    async def work() -> None:
        await paced.back_off("get", 5.0)
        await paced.back_off("get", 2.0)
        await paced("list")
        assert clock.now == START
        await paced("get")
        await paced("get")

    asyncio.run(work())
    assert clock.now - START == 5.0


def test_trouble_with_the_ledger_is_not_taken_for_leave(ledger: Ledger, clock: Clock) -> None:
    """Without the pace nothing goes; it goes again once the ledger does."""
    paced = pacer(ledger, clock, Limits(lists_per_second=1))

    class Locked:
        def take(self, *_: object, **__: object) -> float:
            raise LedgerError("locked")

    paced._ledger = Locked()  # type: ignore[assignment]
    with pytest.raises(LedgerError):
        asyncio.run(paced("list"))
