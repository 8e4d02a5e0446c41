"""Who follows which task, and who takes over when."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from seedance_nb.engine import following, owner
from seedance_nb.engine.book import Book
from seedance_nb.engine.following import BEAT, LEASE, Following
from seedance_nb.ledger import Ledger, Reservation

from .ledger_samples import a_record

OTHER = "another-machine/4711/1700000000.00/1"


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.monotonic = 1000.0
        self.wall = 1.7e9

    def passes(self, seconds: float, *, asleep: bool = False) -> None:
        self.wall += seconds
        self.monotonic += 0.0 if asleep else seconds


class Scene:
    """One engine's signs of life on a ledger."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self.working: set[str] = set()
        self.let_go: list[str] = []
        self.adopted: list[set[str]] = []
        self.following = Following(
            ledger,
            Book(ledger),
            adopt=self.adopt,
            let_go=self.let_go.append,
            working=self.working,
            clock=lambda: clock.monotonic,
            wall=lambda: clock.wall,
        )

    async def adopt(self, left_alone: Collection[str]) -> None:
        self.adopted.append(set(left_alone))

    def turn(self, *, recount: bool = False) -> None:
        asyncio.run(self.following._turn(recount=recount))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite3", home=tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def scene(ledger: Ledger, clock: Clock) -> Scene:
    return Scene(ledger, clock)


def task_of(ledger: Ledger, follower: str, name: str = "t1") -> str:
    ledger.add_intent(a_record(local_id=name, follower=follower))
    return name


def test_an_engine_that_beats_is_left_its_tasks(ledger: Ledger, clock: Clock, scene: Scene) -> None:
    """As long as its counter grows, nobody takes its tasks, however long it works."""
    task_of(ledger, OTHER)
    for _ in range(20):
        ledger.beat(OTHER)
        clock.passes(LEASE / 2)
        assert scene.following.left_alone() == {}


def test_a_counter_that_stands_still_frees_the_tasks(ledger: Ledger, clock: Clock, scene: Scene) -> None:
    """After the lease, and not before."""
    ledger.beat(OTHER)
    task_of(ledger, OTHER)
    assert scene.following.left_alone() == {}
    clock.passes(LEASE - 1)
    assert scene.following.left_alone() == {}
    clock.passes(1)
    assert scene.following.left_alone() == {OTHER: 1}


def test_a_wall_clock_that_jumps_makes_nobody_dead(ledger: Ledger, clock: Clock, scene: Scene) -> None:
    """A day forward or back on the wall changes nothing about the others."""
    ledger.beat(OTHER)
    task_of(ledger, OTHER)
    scene.following.left_alone()
    for jump in (86_400.0, -172_800.0):
        clock.wall += jump
        assert scene.following.left_alone() == {}


def test_a_process_of_this_machine_that_is_gone_is_dead_at_once(ledger: Ledger, scene: Scene) -> None:
    """Here one can look, and need not wait."""
    gone = "/".join([*owner.me().split("/")[:1], "999999999", "1.00", "1"])
    ledger.beat(gone)
    task_of(ledger, gone)
    assert scene.following.left_alone() == {gone: 1}


def test_one_that_never_gave_a_sign_of_life_is_dead(ledger: Ledger, scene: Scene) -> None:
    """Its row is gone: it has closed, or its ledger was restored from a backup."""
    task_of(ledger, OTHER)
    task_of(ledger, "", "t2")
    assert scene.following.left_alone() == {OTHER: 1, "": 1}


def test_the_dead_are_reported_once_and_again_with_each_recount(ledger: Ledger, scene: Scene) -> None:
    """Tasks that cannot go on here are not asked about every few seconds."""
    task_of(ledger, OTHER)
    scene.turn()
    scene.turn()
    assert scene.adopted == [{OTHER}]
    scene.turn(recount=True)
    assert len(scene.adopted) == 2


def test_after_a_sleep_an_engine_lets_go_of_what_others_took(ledger: Ledger, clock: Clock, scene: Scene) -> None:
    """A laptop's monotonic clock stands still in its sleep; the wall tells."""
    scene.following.beat()
    mine, taken = task_of(ledger, scene.following.me), task_of(ledger, scene.following.me, "t2")
    scene.working.update({mine, taken})
    clock.passes(600, asleep=True)
    assert ledger.claim(OTHER, dead={scene.following.me}, local_ids=[taken]) == [taken]
    scene.turn()
    assert scene.let_go == [taken]


def test_a_task_taken_on_in_the_middle_of_a_recount_is_not_let_go_of(
    ledger: Ledger, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was written after the question; to let go of it would end in calling it cancelled, since nobody sent it."""
    scene.following.beat()
    scene.working.add(task_of(ledger, scene.following.me))
    ask = ledger.followed_by

    def asked_just_before(me: str) -> Collection[str]:
        answer = ask(me)
        scene.working.add(task_of(ledger, me, "t2"))
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "followed_by", asked_just_before)
        scene.turn(recount=True)
    assert scene.let_go == []
    scene.turn(recount=True)
    assert scene.let_go == []


def test_a_task_of_ours_that_nobody_works_on_is_taken_up_again(ledger: Ledger, scene: Scene) -> None:
    """A takeover or a step broke off while the ledger could not be reached: seen twice, it is no accident of time."""
    scene.following.beat()
    task_of(ledger, scene.following.me)
    scene.turn(recount=True)
    scene.turn()
    assert scene.adopted == []
    scene.turn(recount=True)
    assert scene.adopted == [{scene.following.me}]


def test_a_beat_is_written_only_now_and_then(ledger: Ledger, clock: Clock, scene: Scene) -> None:
    """A thousand submits in a second are one sign of life."""
    for _ in range(1000):
        scene.following.beat()
    assert ledger.workers()[scene.following.me] == 1
    clock.passes(BEAT)
    scene.following.beat()
    assert ledger.workers()[scene.following.me] == 2


def test_an_idle_engine_writes_nothing(ledger: Ledger, scene: Scene) -> None:
    """Without tasks there is nothing to be alive for."""
    scene.turn(recount=True)
    assert ledger.workers() == {}


def test_two_engines_of_one_process_are_two(ledger: Ledger, clock: Clock) -> None:
    """A cell that makes a second studio does not take the tasks of the first."""
    first, second = Scene(ledger, clock), Scene(ledger, clock)
    assert first.following.me != second.following.me
    first.following.beat()
    task_of(ledger, first.following.me)
    assert second.following.left_alone() == {}


def test_the_names_say_what_they_are() -> None:
    """The lease is several beats, so that one that is late kills nobody."""
    assert following.LEASE >= 5 * following.BEAT


def test_what_the_dead_have_reserved_is_free(ledger: Ledger) -> None:
    """Whoever holds something gives signs of life also without a task; where they stop, it is let go of."""
    clock = Clock()
    here = Scene(ledger, clock)
    other = Reservation.of(a_record(), name="c-1", part=0, holder=OTHER)
    ledger.beat(OTHER)
    ledger.reserve([other, replace(other, name="c-2", holder=here.following.me)])
    here.following.holds.add("c-2")
    here.turn(recount=True)
    assert here.following.me in ledger.workers()
    assert len(ledger.reservations()) == 2
    clock.passes(LEASE)
    here.turn(recount=True)
    assert [held.name for held in ledger.reservations()] == ["c-2"]
