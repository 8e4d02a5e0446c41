"""What is held of budgets for tasks to come, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from seedance_nb.budget import Budget
from seedance_nb.engine.budgeting import guard
from seedance_nb.errors import BudgetError
from seedance_nb.ledger import Commitments, Ledger, Reservation
from seedance_nb.money import Money
from seedance_nb.task import TaskRecord

from ..unit.ledger_samples import NOW, QUOTE, a_record

ME = "here/1/1.0"
EACH = QUOTE.high.amount


def shot(number: int = 1, **changes: object) -> TaskRecord:
    return a_record(number, **{"quote": QUOTE, "seconds_high": 5, "owner": ME, **changes})


def held(parts: int, *, name: str = "c-1", holder: str = f"{ME}/1", **changes: object) -> list[Reservation]:
    return [Reservation.of(shot(**changes), name=name, part=part, holder=holder) for part in range(parts)]


def door(budget: str, *records: TaskRecord) -> Callable[[Commitments], None]:
    asked = guard([Budget.parse(budget)], records, owner=ME, project="", is_sandbox=False, now=NOW)
    assert asked is not None
    return asked


def test_what_is_held_is_committed(ledger: Ledger) -> None:
    """In money, tokens and seconds, for its session, its project and every day; the sandbox's apart."""
    ledger.reserve(held(3, project="film"))
    ledger.add_intent(shot(project="film"))
    for asked in ({}, {"owner": ME}, {"project": "film"}):
        committed = ledger.committed(**asked)  # type: ignore[arg-type]
        assert committed.money == {"CNY": Money(EACH * 4, "CNY")}
        assert (committed.tokens, committed.seconds, committed.tasks) == (4 * QUOTE.tokens_high, 20, 4)
    assert ledger.committed(dt.datetime.now(dt.UTC) + dt.timedelta(days=9)).tasks == 3
    for other in ({"owner": "else"}, {"project": ""}, {"is_sandbox": True}):
        assert ledger.committed(**other).tasks == 0  # type: ignore[arg-type]
    ledger.reserve(held(1, name="c-2", quote=None, seconds_high=None))
    assert ledger.committed().money == {"CNY": Money(EACH * 4, "CNY")}
    assert ledger.reservations("c-2")[0].amount is None


def test_a_task_takes_over_what_was_held_for_it(ledger: Ledger) -> None:
    """Of a budget that is full of reservations, the tasks they are for can be written, and no other."""
    budget = f"{EACH * 3} CNY/day"
    ledger.reserve(held(3), guard=door(budget, shot(), shot(), shot()))
    with pytest.raises(BudgetError, match="spent or promised"):
        ledger.add_intent(shot(9), guard=door(budget, shot(9)))

    def second(commitments: Commitments) -> None:
        commitments.release("c-1", 1)
        door(budget, shot(2))(commitments)

    ledger.add_intent(shot(2), guard=second)
    assert [each.part for each in ledger.reservations("c-1")] == [0, 2]
    assert ledger.committed().money == {"CNY": Money(EACH * 3, "CNY")}

    def dearer(commitments: Commitments) -> None:
        commitments.release("c-1", 2)
        door(budget, replace(shot(3), quote=replace(QUOTE, high=Money(EACH * 2, "CNY"))))(commitments)

    with pytest.raises(BudgetError):
        ledger.add_intent(shot(3), guard=dearer)
    assert [each.part for each in ledger.reservations("c-1")] == [0, 2]  # the refusal took nothing away


def test_all_of_it_fits_or_nothing_is_held(ledger: Ledger) -> None:
    """A budget for two holds no chain of three; a chain that begins anew does not stand in its own way."""
    two = f"{EACH * 2} CNY/day"
    with pytest.raises(BudgetError, match="These 3 tasks"):
        ledger.reserve(held(3), guard=door(two, shot(), shot(), shot()))
    assert ledger.reservations() == []
    for _ in range(2):
        ledger.reserve(held(2), guard=door(two, shot(), shot()))
    assert len(ledger.reservations()) == 2
    ledger.release("c-1")
    ledger.release("c-1")
    assert ledger.committed().money == {}


def test_it_ends_with_who_holds_it(ledger: Ledger) -> None:
    """An engine that is gone holds nothing; what others hold stays."""
    ledger.reserve(held(2, holder="here/1/1.0/1"))
    ledger.reserve(held(1, name="c-2", holder="here/2/1.0/1"))
    ledger.reserve(held(1, name="c-3", holder="here/3/1.0/1"))
    assert ledger.holders() == {"here/1/1.0/1", "here/2/1.0/1", "here/3/1.0/1"}
    ledger.retire("here/1/1.0/1")
    ledger.release_of(["here/3/1.0/1"])
    assert [each.name for each in ledger.reservations()] == ["c-2"]
    assert ledger.reservations()[0].amount == Money(Decimal(EACH), "CNY")
