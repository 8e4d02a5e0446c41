"""A thread that rests as long as it worked, when there is more to do."""

from __future__ import annotations

import asyncio
import time

import pytest

from seedance_nb.engine import polite
from seedance_nb.engine.polite import LONGEST, PoliteThread


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how long it rested."""
    taken: list[float] = []

    class Clock:
        perf_counter = staticmethod(time.perf_counter)

        @staticmethod
        def sleep(seconds: float) -> None:
            taken.append(seconds)

    monkeypatch.setattr(polite, "time", Clock)
    return taken


def spin(seconds: float) -> int:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass
    return 1


def test_it_rests_between_two_pieces_of_work(rests: list[float]) -> None:
    """Half of the time is left to others, and no rest is longer than is good for the work."""
    thread = PoliteThread("polite")

    async def crowd() -> None:
        assert sum(await asyncio.gather(*(thread.do(lambda: spin(0.002)) for _ in range(10)))) == 10
        await asyncio.gather(*(thread.do(lambda: spin(2 * LONGEST)) for _ in range(2)))
        await thread.do(lambda: None)

    asyncio.run(crowd())
    thread.close()
    assert len(rests) == 10
    assert all(0.002 <= rest <= LONGEST for rest in rests)
    assert rests[-1] == LONGEST


def test_a_single_piece_of_work_is_not_delayed(rests: list[float]) -> None:
    """With nothing else to do there is nobody to be polite to."""
    thread = PoliteThread("polite")
    for _ in range(3):
        assert asyncio.run(thread.do(lambda: spin(0.001))) == 1
    thread.close()
    assert rests == []


def test_what_goes_wrong_goes_to_the_one_who_asked() -> None:
    """And the thread goes on."""
    thread = PoliteThread("polite")

    async def run() -> list[object]:
        return await asyncio.gather(thread.do(lambda: 1 // 0), thread.do(lambda: "fine"), return_exceptions=True)

    wrong, fine = asyncio.run(run())
    thread.close()
    assert isinstance(wrong, ZeroDivisionError)
    assert fine == "fine"
