"""A task is charged once, sums are exact, and a budget cannot be overspent by two."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import pytest

from seedance_nb.errors import LedgerError
from seedance_nb.ledger import Commitments, Ledger
from seedance_nb.money import Money
from seedance_nb.task import TaskStatus

from ..unit.ledger_samples import QUOTE, a_record, after, bring, charge


def test_a_charge_is_written_once(ledger: Ledger) -> None:
    """The second charge is told so, and changes neither amount, sum nor events."""
    ledger.add_intent(a_record())
    assert charge(ledger, "t-0001", "5.0094")
    assert not charge(ledger, "t-0001", "6")
    assert ledger.get("t-0001").cost == Money(Decimal("5.0094"), "CNY")
    (row,) = ledger.cost_rows(["provider"])
    assert (row["cost"], row["tasks"], row["tokens"]) == (Decimal("5.0094"), 1, 108_900)
    (event,) = [event for event in ledger.events("t-0001") if event.kind == "charge"]
    assert event.detail is not None
    assert (event.detail["amount"], event.detail["basis"]) == ("5.0094", "usage")


def test_of_many_threads_one_charges(ledger: Ledger) -> None:
    """Charging at once from several threads ends in one charge."""
    ledger.add_intent(a_record())
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(charge(ledger, "t-0001"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 5 + [True]


def test_money_is_no_float(ledger: Ledger) -> None:
    """Neither a float nor a negative amount gets in."""
    ledger.add_intent(a_record())
    with pytest.raises(TypeError, match="float"):
        ledger.add_charge(
            "t-0001",
            5.01,  # type: ignore[arg-type]
            tokens=1,
            price_id=None,
            basis="usage",
            is_sandbox=False,
            at=after(1),
        )
    with pytest.raises(ValueError, match="negative"):
        charge(ledger, "t-0001", "-1")
    assert ledger.get("t-0001").cost is None


def test_kept_sums_agree_with_the_charges(ledger: Ledger) -> None:
    """Sums read from the few kept rows equal sums over the charges themselves, per currency and sandbox."""
    for number in range(1, 31):
        ledger.add_intent(a_record(number, is_sandbox=number % 5 == 0, model=f"m{number % 2}"))
        charge(
            ledger,
            f"t-{number:04}",
            f"0.{number:02}000001",
            "USD" if number % 3 == 0 else "CNY",
            is_sandbox=number % 5 == 0,
            at=after(number * 9_000),
        )
    kept = ledger.cost_rows(["model", "day"])
    summed = ledger.cost_rows(["model", "day", "mode"])
    assert len(kept) > 6
    assert [{k: v for k, v in row.items() if k != "mode"} for row in summed] == kept
    total = {(row["currency"], row["is_sandbox"]): row["cost"] for row in ledger.cost_rows([])}
    cny = sum((Decimal(f"0.{n:02}000001") for n in range(1, 31) if n % 3 and n % 5), Decimal(0))
    assert total["CNY", False] == cny
    assert len(total) == 4
    with pytest.raises(ValueError, match=r"'request'.*provider"):
        ledger.cost_rows(["request"])


def test_commitments_are_charges_and_open_quotes(ledger: Ledger) -> None:
    """A charged task counts with its charge, an open or unknown one with its quote, a free one not at all."""
    for number in range(1, 7):
        ledger.add_intent(a_record(number, is_sandbox=number == 6, owner="me" if number == 1 else "other"))
    charge(ledger, "t-0001", "4")
    bring(ledger, "t-0002", TaskStatus.UNKNOWN)
    bring(ledger, "t-0003", TaskStatus.FAILED)
    bring(ledger, "t-0004", TaskStatus.LOST)
    committed = ledger.committed()
    assert committed.money == {"CNY": Money(Decimal(4), "CNY") + QUOTE.high * 3}
    assert (committed.tokens, committed.seconds, committed.tasks) == (4 * 108_900, 20, 4)
    assert ledger.committed(after(5)).tasks == 1
    assert ledger.committed(owner="me").money == {"CNY": Money(Decimal(4), "CNY")}
    assert ledger.committed(is_sandbox=True).tasks == 1
    assert ledger.committed(after(100)).money == {}


def test_commitments_of_a_project(ledger: Ledger) -> None:
    """A budget of a project sees its own tasks only; those without one are under the empty name."""
    for number, project in enumerate(("film", "", "film", "ads"), start=1):
        ledger.add_intent(a_record(number, project=project))
    charge(ledger, "t-0001", "4")
    assert ledger.committed(project="film").money == {"CNY": Money(Decimal(4), "CNY") + QUOTE.high}
    assert ledger.committed(after(2), project="film").tasks == 1
    assert ledger.committed(project="").tasks == 1
    assert ledger.committed(project="other").tasks == 0


@pytest.mark.parametrize(
    ("duration", "seconds_high", "counted"), [(5, 12, 5), (-1, 12, 12), (None, 12, 12), (None, None, 0)]
)
def test_seconds_count_with_the_longest_clip_until_the_length_is_known(
    ledger: Ledger, duration: int | None, seconds_high: int | None, counted: int
) -> None:
    """A length left to the model is reserved with the most that it may be."""
    ledger.add_intent(a_record(duration=duration, seconds_high=seconds_high))
    assert ledger.committed().seconds == counted
    bring(ledger, "t-0001", TaskStatus.SUCCEEDED, duration=4)
    assert ledger.committed().seconds == 4


def test_many_intents_are_written_all_or_none(ledger: Ledger) -> None:
    """A guard is asked once for all; one row that cannot be written takes the others back."""
    asked: list[int] = []
    ledger.add_intents([a_record(n) for n in (1, 2, 3)], guard=lambda c: asked.append(c.since().tasks))
    assert asked == [0]
    assert [len(ledger.events(f"t-{n:04}")) for n in (1, 2, 3)] == [1, 1, 1]
    with pytest.raises(LedgerError, match=r"'t-0004' and 1 more.*was not sent"):
        ledger.add_intents([a_record(4), a_record(2)])
    ledger.add_intents([])
    assert len(ledger.records()) == 3
    assert ledger.contradictions() == []


def test_two_threads_cannot_both_take_the_last_of_a_budget(ledger: Ledger) -> None:
    """The guard looks and the intent is written in one transaction; a refused intent leaves nothing."""

    class OverBudget(Exception):
        pass

    def guard(commitments: Commitments) -> None:
        spent = commitments.since().money.get("CNY", Money.zero("CNY"))
        if spent + QUOTE.high > Money(Decimal("11"), "CNY"):
            raise OverBudget

    refused: list[int] = []

    def submit(number: int) -> None:
        try:
            ledger.add_intent(a_record(number), guard=guard)
        except OverBudget:
            refused.append(number)

    threads = [threading.Thread(target=submit, args=(number,)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert len(ledger.records()) == 2
    assert all(not ledger.events(f"t-{number:04}") for number in refused)


def test_a_guard_waits_for_the_one_before(ledger: Ledger, ledger_url: str, tmp_path: Path) -> None:
    """Another notebook's guard is asked when this one's intent is there, not when it is about to be."""
    asked: list[int] = []
    second = threading.Event()

    def late(commitments: Commitments) -> None:
        second.set()
        asked.append(commitments.since().tasks)

    with Ledger.open(ledger_url, home=tmp_path) as other:
        thread = threading.Thread(target=lambda: other.add_intent(a_record(2), guard=late))

        def early(commitments: Commitments) -> None:
            asked.append(commitments.since().tasks)
            thread.start()
            assert not second.wait(0.2)  # as long as one may look, the other may not

        ledger.add_intent(a_record(1), guard=early)
        thread.join()
    assert asked == [0, 1]
