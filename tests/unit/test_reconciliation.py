"""A bill against the ledger: exactly what differs is found, on either side, and the sums say so too."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb import words
from seedance_nb.errors import BillError, UnknownProviderError
from seedance_nb.ledger import Ledger
from seedance_nb.reports import LedgerView, Reconciliation
from seedance_nb.reports._bill import Bill, BillLine
from seedance_nb.reports._matching import Booked
from seedance_nb.reports._reconciling import compare
from seedance_nb.task import TaskStatus

from .cost_samples import a_task, at, charged, quote
from .ledger_samples import a_ledger

D = Decimal
HEAD = ["task_id", "amount", "tokens", "time"]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Twenty tasks of a month, one a day, ¥5.0094 each."""
    with a_ledger(tmp_path) as opened:
        for number in range(1, 21):
            charged(opened, number, number, "5.0094")
        yield opened


def line(number: int, amount: str = "5.0094", tokens: str = "108900", **cells: str) -> list[str]:
    """A task's line as it should be."""
    return [
        cells.get("task_id", f"cgt-{number}"),
        amount,
        tokens,
        cells.get("time", f"{at(min(number, 28)):%Y-%m-%dT%H:%M:%SZ}"),
    ]


def bill(*lines: list[str]) -> bytes:
    """A bill in CSV."""
    return "\n".join(",".join(cells) for cells in [HEAD, *lines]).encode()


def found(reconciliation: Reconciliation) -> list[tuple[Any, ...]]:
    """Findings in short."""
    frame = reconciliation.frame()
    names = ["kind", "line", "local_id", "difference"]
    return [tuple(None if pd.isna(row[name]) else row[name] for name in names) for _, row in frame.iterrows()]


def test_three_missing_two_doubled_one_mispriced(ledger: Ledger) -> None:
    """Exactly those six: two charges without a line, a line without a task, two lines too many, one other amount."""
    lines = [line(number) for number in range(1, 21) if number not in {4, 9}]
    lines[0] = line(1, "5.51")
    lines += [line(7), line(8), line(99)]
    made = LedgerView(ledger).reconcile(bill(*lines), provider="ark", since="2026-11", until="2026-11")
    assert found(made) == [
        ("not_in_bill", None, "t-0004", D("-5.0094")),
        ("not_in_bill", None, "t-0009", D("-5.0094")),
        ("not_in_ledger", 22, None, D("5.0094")),
        ("doubled", 20, "t-0007", D("5.0094")),
        ("doubled", 21, "t-0008", D("5.0094")),
        ("mispriced", 2, "t-0001", D("0.5006")),
    ]
    assert (made.agrees, made.agreed, made.lines) == (False, 17, 21)
    (total,) = made.totals().to_dict("records")
    assert (total["billed"], total["booked"]) == (20 * D("5.0094") + D("5.51"), 20 * D("5.0094"))
    assert total["difference"] == sum(made.frame()["difference"]) == D("5.51")
    assert total["rounding"] == 0


def test_the_same_six_are_found_without_ids(ledger: Ledger) -> None:
    """By time and tokens; the mispriced line is found by its tokens, and the doubled ones are the same line again."""
    lines = [line(number, task_id="") for number in range(1, 21) if number not in {4, 9}]
    lines[0] = line(1, "5.51", task_id="")
    lines += [line(7, task_id=""), line(8, task_id=""), line(25, task_id="")]
    made = LedgerView(ledger).reconcile(bill(*lines), provider="ark", since="2026-11", until="2026-11")
    assert made.counts() == {"not_in_bill": 2, "not_in_ledger": 1, "doubled": 2, "mispriced": 1}
    assert {row[2] for row in found(made) if row[0] == "not_in_bill"} == {"t-0004", "t-0009"}
    assert set(made.frame()["matched_by"].dropna()) == {"time"}


def test_a_bill_that_agrees(ledger: Ledger) -> None:
    """Rounded to cents, in another order, with an id that is ours: nothing is found, and the roundings are told."""
    lines = [line(number, "5.01") for number in range(20, 1, -1)]
    lines.append(line(1, "5.01", task_id="t-0001"))
    made = LedgerView(ledger).reconcile(bill(*lines), provider="ark")
    assert made.agrees
    assert made.agreed == 20
    (total,) = made.totals().to_dict("records")
    assert total["rounding"] == total["difference"] == 20 * D("0.0006")
    assert "Nothing is missing" in str(made)
    assert not LedgerView(ledger).reconcile(bill(*lines), provider="ark", tolerance=D(0)).agrees


def test_a_charge_may_stand_on_several_lines(ledger: Ledger) -> None:
    """Paid half by a package, refunded and billed anew: what counts is their sum."""
    parts = [line(1, "3.0094"), line(1, "2"), line(2), line(2, "-5.0094"), line(2)]
    rest = [line(number) for number in range(3, 21)]
    assert LedgerView(ledger).reconcile(bill(*parts, *rest), provider="ark").agrees
    (one,) = found(LedgerView(ledger).reconcile(bill(*parts[:1], *parts[2:], *rest), provider="ark"))
    assert one == ("mispriced", 2, "t-0001", D("-2"))


def test_tokens_are_compared_where_amounts_agree_or_are_missing(ledger: Ledger) -> None:
    """Other tokens at the same amount are told; a bill of tokens alone is compared by them, doubles included."""
    rest = [line(number, "") for number in range(2, 21)]
    odd = LedgerView(ledger).reconcile(bill(line(1, tokens="108000"), *rest), provider="ark").frame()
    assert (list(odd["kind"]), list(odd["billed_tokens"]), list(odd["booked_tokens"])) == (
        ["mispriced"],
        [108_000],
        [108_900],
    )
    assert "tokens" in odd["what"][0]
    alone = LedgerView(ledger).reconcile(bill(line(1, ""), line(1, ""), *rest), provider="ark")
    assert alone.counts() == {"doubled": 1}
    assert alone.agreed == 20


def test_a_create_without_an_answer_may_be_the_strange_line(ledger: Ledger) -> None:
    """What the ledger does not know is told together with the task it may be; one that failed is not to be billed."""
    a_task(ledger, 30, 21, TaskStatus.UNKNOWN, quote=quote(2))
    a_task(ledger, 31, 22, TaskStatus.FAILED, quote=quote(2))
    lines = [line(number) for number in range(1, 21)] + [line(21, task_id="cgt-strange"), line(22, task_id="cgt-31")]
    frame = LedgerView(ledger).reconcile(bill(*lines), provider="ark").frame()
    assert list(frame["kind"]) == ["not_in_ledger", "not_charged"]
    assert list(frame["may_be"].dropna()) == ["t-0030"]
    assert "t-0030 had no answer" in frame["what"][0]
    assert "which is failed" in frame["what"][1]


def test_another_currency_is_not_another_amount(ledger: Ledger) -> None:
    """Dollars and yuan have no difference; both stand on their side of the sums."""
    lines = [line(number) for number in range(2, 21)]
    made = LedgerView(ledger).reconcile(bill(line(1, "$0.71"), *lines), provider="ark")
    assert found(made) == [("mispriced", 2, "t-0001", None)]
    sums = {row["currency"]: (row["billed"], row["booked"]) for row in made.totals().to_dict("records")}
    assert sums == {"CNY": (19 * D("5.0094"), 20 * D("5.0094")), "USD": (D("0.71"), 0)}


def test_only_the_bills_own_period_and_provider_are_missed(ledger: Ledger) -> None:
    """Days are the provider's, Beijing's at Ark; tasks of others, of the sandbox, or across the edge are not missed."""
    charged(ledger, 40, 5, "1", "USD", provider="atlas")
    charged(ledger, 41, 5, "5", is_sandbox=True)
    begin = dt.datetime(2026, 11, 7, 15, 59, 40, tzinfo=dt.UTC)  # 23:59:40 in Beijing, and ends the day after
    charged(ledger, 42, 7, "5", created_at=begin, submitted_at=begin, finished_at=begin + dt.timedelta(seconds=40))
    view = LedgerView(ledger)
    lines = [line(number) for number in (5, 6, 7)]
    assert view.reconcile(bill(*lines), provider="ark").counts() == {"not_in_bill": 1}
    assert (
        view.reconcile(bill(*lines[1:]), provider="ark", since="2026-11-05", until="2026-11-07").counts()["not_in_bill"]
        == 2
    )
    assert view.reconcile(bill(line(5)), provider="ark", since="2026-11-04", until=dt.date(2026, 11, 5)).counts() == {
        "not_in_bill": 1  # the fourth
    }
    own = view.reconcile(bill(line(41, "5", task_id="cgt-41")), provider="ark", sandbox=True)
    assert own.agrees


def test_what_cannot_be_read_is_listed_and_the_rest_is_compared(ledger: Ledger) -> None:
    """A formula is no amount: its line is named, and the charge it may be for is missed."""
    made = LedgerView(ledger).reconcile(
        bill(line(1, "=1+1"), *[line(number) for number in range(2, 21)]), provider="ark"
    )
    assert made.counts() == {"not_in_bill": 1, "unreadable": 1}
    assert "'=1+1'" in made.frame()["what"].iloc[-1]


def test_mistakes_are_said_before_anything_is_compared(ledger: Ledger) -> None:
    """A provider that there is not, a period that is none, a tolerance in floats."""
    view = LedgerView(ledger)
    with pytest.raises(UnknownProviderError):
        view.reconcile(bill(line(1)), provider="nobody")
    for wrong in ("November", "2026-13", "2026-11-31"):
        with pytest.raises(BillError, match="is no time"):
            view.reconcile(bill(line(1)), provider="ark", since=wrong)
    with pytest.raises(BillError, match="no Decimal"):
        view.reconcile(bill(line(1)), provider="ark", tolerance=0.01)  # type: ignore[arg-type]


def test_texts_of_a_bill_are_text(ledger: Ledger, tmp_path: Path) -> None:
    """Tags are escaped in the cell, formulas are disarmed in the CSV, in each language."""
    evil = '"<img src=x onerror=alert(1)>"'
    made = LedgerView(ledger).reconcile(
        bill(line(1, task_id=evil), line(2, task_id="=cmd|' /C calc'!A0")), provider="ark", since="2026-11-25"
    )
    try:
        for language in words.LANGUAGES:
            words.use(language)
            bundle = made._repr_mimebundle_()
            assert "<img" not in bundle["text/html"]
            assert "&lt;img" in bundle["text/html"]
            assert made.frame()["what"].str.len().min() > 5
    finally:
        words.use(None)
    assert repr(made) == "Reconciliation(2 lines, 0 agreed, 2 not_in_ledger)"
    with made.save(tmp_path / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["task_id"] for row in rows] == ["<img src=x onerror=alert(1)>", "'=cmd|' /C calc'!A0"]
    assert rows[0]["billed"] == "5.0094"


MISHAPS = st.lists(st.sampled_from(["fine", "missing", "doubled", "mispriced", "strange", "split"]), max_size=30)


@given(mishaps=MISHAPS, with_ids=st.booleans(), seed=st.randoms(use_true_random=False))
def test_exactly_what_went_wrong_is_found(mishaps: list[str], with_ids: bool, seed: Any) -> None:
    """Whatever mishaps a bill has, in whatever order: as many findings of each kind, and sums that account for all."""
    tasks, lines = [], []
    for number, mishap in enumerate(mishaps):
        begin = at(1) + dt.timedelta(hours=6 * number)
        amount = D(100 + number)
        given_ = (f"cgt-{number}" if with_ids else "", amount, "CNY", 1000 + number, begin)
        one = BillLine(number, *given_)
        if mishap != "strange":
            tasks.append(
                Booked(f"t-{number}", f"cgt-{number}", "kept", "m", amount, "CNY", 1000 + number, begin, begin)
            )
        if mishap in {"fine", "doubled", "strange"}:
            lines += [one] * (2 if mishap == "doubled" else 1)
        elif mishap == "mispriced":
            lines.append(BillLine(number, given_[0], amount + 1, *given_[2:]))
        elif mishap == "split" and with_ids:
            lines += [BillLine(number, given_[0], part, "CNY", 1000 + number, begin) for part in (amount - 1, D(1))]
        elif mishap == "split":
            lines.append(one)
    seed.shuffle(lines)
    made = compare(Bill(tuple(lines), {}), tasks, since=None, until=None, tolerance=None)
    kinds = [finding.kind for finding in made.findings]
    names = {"missing": "not_in_bill", "doubled": "doubled", "mispriced": "mispriced", "strange": "not_in_ledger"}
    assert sorted(kinds) == sorted(names[mishap] for mishap in mishaps if mishap in names)
    total = made.totals.get("CNY")
    if total is not None:
        assert total.billed == sum((one.amount for one in lines if one.amount is not None), D(0))
        assert total.booked == sum((task.amount for task in tasks if task.amount is not None), D(0))
        differences = sum((finding.difference or D(0) for finding in made.findings), D(0))
        assert total.billed - total.booked == differences + total.rounding
