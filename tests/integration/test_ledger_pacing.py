"""A pace that is shared, on a clock that the test moves."""

from __future__ import annotations

import pytest

from seedance_nb.ledger import Ledger

START = 1_795_000_000.0


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(ledger: Ledger) -> Clock:
    ledger.clock = Clock()
    return ledger.clock


def taken(ledger: Ledger, clock: Clock, seconds: float, *, every: float, burst: int) -> list[float]:
    """When one was taken, by somebody who sleeps as long as told and asks again."""
    times = []
    while clock.now < START + seconds:
        wait = ledger.take("x", every=every, burst=burst)
        if wait:
            clock.now += wait
        else:
            times.append(clock.now - START)
    return times


def test_one_in_so_many_seconds(ledger: Ledger, clock: Clock) -> None:
    """The first at once, then evenly; the wait that is named is long enough."""
    assert taken(ledger, clock, 3.4, every=1.0, burst=1) == pytest.approx([0, 1, 2, 3], abs=1e-4)


def test_a_burst_after_a_rest(ledger: Ledger, clock: Clock) -> None:
    """Several at once after a rest, however long it was; then the pace of the long run."""
    assert taken(ledger, clock, 4.5, every=2.0, burst=3) == pytest.approx([0, 0, 0, 2, 4], abs=1e-4)
    clock.now += 1000
    assert [ledger.take("x", every=2.0, burst=3) for _ in range(4)] == pytest.approx([0, 0, 0, 2.0], abs=1e-4)


def test_asking_reserves_nothing(ledger: Ledger, clock: Clock) -> None:
    """Who asks and goes away has not moved anybody's turn."""
    assert ledger.take("x", every=5.0) == 0.0
    assert [ledger.take("x", every=5.0) for _ in range(10)] == pytest.approx([5.0] * 10, abs=1e-4)
    clock.now += 5.0
    assert ledger.take("x", every=5.0) == 0.0


def test_names_are_apart(ledger: Ledger, clock: Clock) -> None:
    """One pace does not hold another."""
    assert ledger.take("x", every=5.0) == 0.0
    ledger.back_off("z", 60)
    assert ledger.take("y", every=5.0) == 0.0


def test_a_refusal_holds_everybody(ledger: Ledger, clock: Clock) -> None:
    """For as long as said, at most two minutes; a shorter word does not shorten a longer one."""
    ledger.back_off("x", 30)
    ledger.back_off("x", 10)
    assert ledger.take("x", every=0.1, burst=50) == pytest.approx(30, abs=1e-4)
    ledger.back_off("x", 86_400)
    assert ledger.take("x", every=0.1) == pytest.approx(120, abs=1e-4)
    clock.now += 120.001
    assert ledger.take("x", every=0.1) == 0.0


@pytest.mark.parametrize("back", [4.0, 3600.0])
def test_a_clock_that_was_set_back_stops_nobody(ledger: Ledger, clock: Clock, back: float) -> None:
    """What this clock cannot have written is void: neither a pace nor a refusal waits for an hour."""
    assert ledger.take("x", every=1.0) == 0.0
    ledger.back_off("y", 120)
    clock.now -= back
    assert ledger.take("x", every=1.0) == 0.0
    assert ledger.take("y", every=1.0) == 0.0


def test_without_a_clock_of_ours_the_database_tells_the_time(ledger: Ledger) -> None:
    """The time of this machine for a file, of the server for a server; here they are the same."""
    assert ledger.take("x", every=60.0) == 0.0
    assert 50 < ledger.take("x", every=60.0) <= 60
    ledger.back_off("y", 60)
    assert 50 < ledger.take("y", every=1.0) <= 60


@pytest.mark.parametrize(("every", "burst"), [(0.0, 1), (-1.0, 1), (1.0, 0)])
def test_a_pace_that_is_none(ledger: Ledger, every: float, burst: int) -> None:
    """Refused, instead of a loop without a rest."""
    with pytest.raises(ValueError, match="A pace is"):
        ledger.take("x", every=every, burst=burst)
