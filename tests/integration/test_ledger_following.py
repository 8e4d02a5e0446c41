"""Each unfinished task is followed by one process, and goes to another only when that one is gone."""

from __future__ import annotations

from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskStatus

from ..unit.ledger_samples import a_record, bring

US, THEM, NEW = "here/1/100.00", "there/2/200.00", "here/3/300.00"


def ids(*numbers: int) -> list[str]:
    return [f"t-{number:04}" for number in numbers]


def test_a_heartbeat_is_a_counter_that_grows(ledger: Ledger) -> None:
    """Each process has its own, until it retires."""
    assert ledger.workers() == {}
    for _ in range(3):
        ledger.beat(US)
    ledger.beat(THEM)
    assert ledger.workers() == {US: 3, THEM: 1}
    ledger.retire(US)
    ledger.retire(US)
    assert ledger.workers() == {THEM: 1}
    ledger.beat(US)
    assert ledger.workers() == {US: 1, THEM: 1}


def test_what_nobody_follows_is_claimed_once(ledger: Ledger) -> None:
    """Unfinished tasks only, oldest first, and none that somebody follows."""
    ledger.add_intents([a_record(n, follower=THEM if n == 2 else "") for n in range(1, 6)])
    bring(ledger, "t-0003", TaskStatus.KEPT)
    bring(ledger, "t-0004", TaskStatus.UNKNOWN)
    assert ledger.claim(US, local_ids=ids(1, 2)) == ids(1)
    assert ledger.claim(US, local_ids=[]) == []
    assert ledger.claim(US) == ids(4, 5)
    assert ledger.claim(NEW) == []
    assert ledger.followed_by(US) == set(ids(1, 4, 5))
    assert ledger.followers() == {US: 3, THEM: 1}
    assert ledger.get("t-0004").follower == US


def test_the_tasks_of_a_process_that_is_gone_are_taken_over(ledger: Ledger) -> None:
    """Only of those that are said to be dead; what has ended stays as it was."""
    ledger.add_intents([a_record(n, follower=(US, THEM)[n % 2]) for n in range(1, 6)])
    bring(ledger, "t-0003", TaskStatus.FAILED)
    assert ledger.claim(NEW, dead={THEM, "never seen"}) == ids(1, 5)
    assert ledger.get("t-0003").follower == THEM
    assert ledger.claim(NEW, dead=[NEW]) == []
    assert ledger.followers() == {US: 2, NEW: 2}


def test_who_retires_leaves_its_tasks_to_others(ledger: Ledger) -> None:
    """Its unfinished tasks are free; those that ended still say who followed them."""
    ledger.add_intents([a_record(n, follower=US) for n in (1, 2)])
    bring(ledger, "t-0002", TaskStatus.FAILED)
    ledger.retire(US)
    assert ledger.followers() == {"": 1}
    assert ledger.get("t-0002").follower == US
    assert ledger.claim(NEW) == ids(1)


def test_thousands_are_claimed_at_once(ledger: Ledger) -> None:
    """No limit of a statement stands in the way, neither for tasks nor for the dead."""
    ledger.add_intents([a_record(n, follower=f"dead/{n}/1") for n in range(1500)])
    dead = [f"dead/{n}/1" for n in range(1500)]
    assert ledger.claim(US, dead=dead, local_ids=ids(*range(40_000))) == ids(*range(1500))
    assert ledger.followers() == {US: 1500}
