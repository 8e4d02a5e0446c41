"""For any ledger: sums by any grouping are the total, and what is quoted, reserved and charged never mixes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from seedance_nb.ledger import BY, Ledger
from seedance_nb.ledger._schema import metadata
from seedance_nb.money import Money
from seedance_nb.reports import LedgerView, exports
from seedance_nb.reports._groups import GROUPS

from .ledger_samples import QUOTE, a_ledger, a_record, after
from .workbooks import cut, sheets

AMOUNTS = st.decimals(0, Decimal("99999.99999999"), places=8)
CURRENCIES = st.sampled_from(["CNY", "USD", "EUR"])
TASKS = st.lists(
    st.fixed_dictionaries(
        {
            "provider": st.sampled_from(["ark", "atlas"]),
            "model": st.sampled_from(["seedance-2.0", "seedance-2.0-fast", ""]),
            "resolution": st.sampled_from(["720p", "4k", None]),
            "duration": st.sampled_from([5, 15, None, -1]),
            "project": st.sampled_from(["", "film"]),
            "prompt": st.sampled_from(["A cat 1", "a cat 2", "", "='x'!A0"]),
            "is_sandbox": st.booleans(),
            "quote": st.one_of(st.none(), st.tuples(AMOUNTS, CURRENCIES)),
            "charge": st.one_of(st.none(), st.tuples(AMOUNTS, CURRENCIES, st.integers(0, 40 * 86_400))),
            "tag": st.sampled_from([None, "acme", "ajax"]),
            "filed": st.sampled_from([None, "other film"]),
        }
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """One ledger for all examples; each begins with an empty one."""
    with a_ledger(Path(tmp_path_factory.mktemp("ledger"))) as opened:
        yield opened


def fill(ledger: Ledger, tasks: list[dict[str, Any]]) -> None:
    """Exactly these tasks."""
    with ledger._writing("") as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    records = []
    for number, task in enumerate(tasks):
        names = ("provider", "model", "resolution", "duration", "project", "prompt", "is_sandbox")
        quote = None
        if task["quote"] is not None:
            most = Money(*task["quote"])
            quote = replace(QUOTE, low=Money.zero(most.currency), high=most)
        records.append(a_record(number, quote=quote, **{name: task[name] for name in names}))
    ledger.add_intents(records)
    for record, task in zip(records, tasks, strict=True):
        if task["charge"] is not None:
            amount, currency, seconds = task["charge"]
            ledger.add_charge(
                record.local_id,
                Money(amount, currency),
                tokens=None,
                price_id=None,
                basis="reported",
                is_sandbox=record.is_sandbox,
                at=after(seconds),
            )
        said = {"tag:client": task["tag"], "project": task["filed"]}
        ledger.add_labels([record.local_id], {name: value for name, value in said.items() if value})


def summed(rows: list[dict[str, Any]], column: str = "cost") -> dict[tuple[str, bool], Decimal]:
    """Sums of a column by currency and sandbox."""
    found: dict[tuple[str, bool], Decimal] = {}
    for row in rows:
        key = row["currency"], bool(row["is_sandbox"])
        found[key] = found.get(key, Decimal(0)) + row[column]
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tasks=TASKS, by=st.lists(st.sampled_from([*BY, "tag:client"]), max_size=3, unique=True))
def test_sums_by_any_grouping_are_the_total(ledger: Ledger, tasks: list[dict[str, Any]], by: list[str]) -> None:
    """By any names together, over any stretch of time, by family, and in each analysis: the same, exactly."""
    fill(ledger, tasks)
    view = LedgerView(ledger)
    expected: dict[tuple[str, bool], Decimal] = {}
    for task in tasks:
        if task["charge"] is not None:
            key = task["charge"][1], task["is_sandbox"]
            expected[key] = expected.get(key, Decimal(0)) + task["charge"][0]
    for over in (None, "day", "week", "month"):
        assert summed(ledger.cost_rows(by, over)) == expected  # type: ignore[arg-type]
    assert summed(view.costs("family").to_dict("records")) == expected
    names = [name for name in by if name in GROUPS]
    assert summed(view.unit_costs(names).to_dict("records")) == expected
    assert summed(view.would_have_cost(by=names).to_dict("records")) == expected
    charges = view.charges()
    assert summed(charges.to_dict("records")) == expected
    halves = [view.costs(by, where={side: after(20 * 86_400)}) for side in ("since", "until")]
    assert summed([row for half in halves for row in half.to_dict("records")]) == expected


@settings(
    max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tasks=TASKS, by=st.lists(st.sampled_from([*BY, "tag:client", "family"]), min_size=1, max_size=3, unique=True))
def test_sums_in_files_are_the_total(ledger: Ledger, tasks: list[dict[str, Any]], by: list[str]) -> None:
    """Whatever a workbook or a Parquet file sums costs by, its rows add up to all real charges, and to nothing else."""
    assume(not {"prompt", "family"} <= set(by))
    fill(ledger, tasks)
    expected: dict[str, Decimal] = {}
    for task in tasks:
        if task["charge"] is not None and not task["is_sandbox"]:
            amount, currency, _ = task["charge"]
            expected[currency] = expected.get(currency, Decimal(0)) + amount
    options: dict[str, Any] = {
        "where": {"sandbox": False},
        "currency": "CNY",
        "fx": [],
        "by": ",".join(by),
        "over": "week",
    }
    options |= {"bill": None, "clips": "none", "title": None, "language": "en", "now": after(0)}
    for before in ledger.home.glob("sums*"):
        before.unlink()
    book = sheets(exports.write(LedgerView(ledger), ledger, ledger.home / "sums.xlsx", **options))
    exports.write(LedgerView(ledger), ledger, ledger.home / "sums-*.parquet", **options)
    rows = [cut(found, "Currency", "Cost") for name, found in book.items() if name.startswith(("By ", "Charges"))]
    frames = [pd.read_parquet(path) for path in ledger.home.glob("sums-c*.parquet")]
    rows += [[[row["currency"], row["cost"]] for row in frame.to_dict("records")] for frame in frames]
    assert len(rows) == 6
    for table in rows:
        sums: dict[str, Decimal] = {}
        for currency, cost in table:
            sums[currency] = sums.get(currency, Decimal(0)) + Decimal(cost)
        assert sums == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tasks=TASKS)
def test_quoted_reserved_and_charged_never_mix(ledger: Ledger, tasks: list[dict[str, Any]]) -> None:
    """Quotes and reservations change no cost, real or sandbox; what is committed is charges and open quotes alone."""
    fill(ledger, tasks)
    with ledger._writing("") as connection:
        held = {"part": 0, "holder": "h", "owner": "o", "project": "film", "created_at": after(0)}
        amounts = {"amount_e8": 10**12, "currency": "CNY", "tokens": 1, "seconds": 5, "is_sandbox": False}
        connection.execute(metadata.tables["reservations"].insert(), [{"name": "chain", **held, **amounts}])
    view = LedgerView(ledger)
    real = [task for task in tasks if not task["is_sandbox"]]
    charged = sum((task["charge"][0] for task in real if task["charge"] and task["charge"][1] == "CNY"), Decimal(0))
    total = view.total("CNY", fx=[]).to_dict("records")
    assert sum(row["cost"] for row in total if row["line"] == "billed" and row["currency"] == "CNY") == charged
    open_ = sum(
        (task["quote"][0] for task in real if not task["charge"] and task["quote"] and task["quote"][1] == "CNY"),
        Decimal(0),
    )
    committed = ledger.committed().money
    assert committed["CNY"].amount == charged + open_ + Decimal(10_000)
    drift = view.drift((), sandbox=False).to_dict("records")
    compared = [
        task["charge"][0]
        for task in real
        if task["charge"] and task["quote"] and task["quote"][1] == task["charge"][1] == "CNY"
    ]
    assert sum((row["billed"] for row in drift if row["currency"] == "CNY"), Decimal(0)) == sum(compared, Decimal(0))


def test_statements_do_not_grow_with_tasks(ledger: Ledger) -> None:
    """A frame of many tasks takes as many statements as one of few."""
    counts = []
    for size in (2, 40):
        fill(ledger, [])
        ledger.add_intents([a_record(number) for number in range(size)])
        ledger.add_labels([f"t-{number:04}" for number in range(size)], {"note": "x"})
        seen: list[str] = []

        def listener(*args: Any, seen: list[str] = seen) -> None:
            seen.append(args[2])

        sa.event.listen(ledger._engine, "before_cursor_execute", listener)
        LedgerView(ledger).frame()
        LedgerView(ledger).costs("project")
        sa.event.remove(ledger._engine, "before_cursor_execute", listener)
        counts.append(len(seen))
    assert counts[0] == counts[1]
