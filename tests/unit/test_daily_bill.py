"""A bill that a provider tells by day and model: read to the end or not at all, and held against the ledger."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb.errors import AuthenticationError, BillError, ConfigurationError, ResponseFormatError, SeedanceError
from seedance_nb.ledger import Ledger
from seedance_nb.money import Money
from seedance_nb.providers._atlas_costs import decode_costs
from seedance_nb.providers.atlas import Atlas
from seedance_nb.providers.protocol import Billed, BilledDay
from seedance_nb.reports import LedgerView, Reconciliation
from seedance_nb.reports.reconciliation import days
from seedance_nb.task import TaskStatus

from .cost_samples import a_task, at, charged
from .ledger_samples import a_ledger

D = Decimal
TEXT, FAST = "bytedance/seedance-2.0/text-to-video", "bytedance/seedance-2.0-fast/text-to-video"
WIRE = Path(__file__).parents[1] / "wire" / "atlas"
DAY = dt.timedelta(days=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Atlas Cloud: two tasks of $1.2096 on the second, one on the third, two on the fast model on the fourth."""
    with a_ledger(tmp_path) as opened:
        for number, (day, model, amount) in enumerate(
            ((2, TEXT, "1.2096"), (2, TEXT, "1.2096"), (3, TEXT, "1.2096"), (4, FAST, "0.8"), (4, FAST, "0.8")), 1
        ):
            charged(opened, number, day, amount, "USD", provider="atlas", model_id=model, basis="measured")
        yield opened


def billed(*rows: tuple[int, str, str], since: int = 1, until: int = 10, partial: tuple[int, ...] = ()) -> Billed:
    """A bill of days of November 2026."""

    def day(number: int) -> dt.date:
        return dt.date(2026, 11, number)

    told = tuple(BilledDay(day(number), model, Money(D(amount), "USD")) for number, model, amount in rows)
    return Billed(day(since), day(until), told, frozenset(map(day, partial)))


GOOD = ((2, TEXT, "2.419200"), (3, TEXT, "1.209600"), (4, FAST, "1.600000"))


def held(ledger: Ledger, bill: Billed, **options: Any) -> Reconciliation:
    """A bill against the ledger."""
    return LedgerView(ledger).reconcile(bill, provider="atlas", **options)


def found(reconciliation: Reconciliation) -> list[tuple[Any, ...]]:
    """Findings in short."""
    names = ["kind", "at", "model", "billed", "booked", "difference"]
    rows = reconciliation.frame().to_dict("records")
    return [
        (row["kind"], row["at"].day, *(None if pd.isna(row[name]) else row[name] for name in names[2:])) for row in rows
    ]


def test_a_bill_that_agrees(ledger: Ledger) -> None:
    """Five tasks on three lines; days without anything are nothing."""
    made = held(ledger, billed(*GOOD))
    assert (made.agrees, made.agreed, made.lines) == (True, 5, 3)
    (total,) = made.totals().to_dict("records")
    assert (total["billed"], total["booked"], total["difference"], total["rounding"]) == (
        D("5.2288"),
        D("5.2288"),
        0,
        0,
    )
    assert "by day (UTC) and model" in " ".join(made.in_words())
    assert held(ledger, billed((2, TEXT, "2.419201"), *GOOD[1:])).totals()["rounding"][0] == D("0.000001")


def test_what_differs_is_told_by_day_and_model(ledger: Ledger) -> None:
    """A day of another sum, one that was not billed, one that the ledger lacks, and a model it does not know."""
    made = held(ledger, billed((2, TEXT, "3.6288"), (4, FAST, "1.6"), (5, TEXT, "1.2096"), (5, "someone/else", "0.5")))
    assert found(made) == [
        ("not_in_bill", 3, TEXT, None, D("1.2096"), D("-1.2096")),
        ("not_in_ledger", 5, TEXT, D("1.2096"), None, D("1.2096")),
        ("not_in_ledger", 5, "someone/else", D("0.5"), None, D("0.5")),
        ("mispriced", 2, TEXT, D("3.6288"), D("2.4192"), D("1.2096")),
    ]
    assert made.agreed == 2
    (total,) = made.totals().to_dict("records")
    assert total["difference"] == D("3.6288") + D("1.6") + D("1.2096") + D("0.5") - D("5.2288") == D("1.7096")
    assert set(made.frame()["matched_by"]) == {"day"}
    assert "$3.628800 was billed, and the ledger has $2.419200 for 2 tasks" in made.frame()["what"][3]
    assert "someone/else" in made._repr_mimebundle_()["text/html"]
    assert "服务商" in " ".join(made.in_words("zh"))
    assert "2026-11-05" in made.cells("fr")[2][-1]


def test_a_task_seen_the_morning_after_counts_on_its_day(ledger: Ledger) -> None:
    """The notebook was closed overnight; what began before the period and was billed before it is not missed."""
    late = at(6, 8)
    charged(
        ledger, 20, 6, "1.2096", "USD", provider="atlas", model_id=TEXT, created_at=at(5, 23), submitted_at=at(5, 23)
    )
    assert ledger.get("t-0020").finished_at is not None
    assert ledger.get("t-0020").finished_at <= late  # type: ignore[operator]
    assert held(ledger, billed(*GOOD, (5, TEXT, "1.2096"))).agrees
    assert held(ledger, billed(*GOOD, (6, TEXT, "1.2096"))).agrees
    assert held(ledger, billed((6, TEXT, "0"), since=6)).agrees  # the fifth has it
    assert held(ledger, billed(*GOOD)).counts() == {"not_in_bill": 1}
    assert held(ledger, billed(*GOOD, (5, TEXT, "1.2096"), until=6)).agrees


def test_a_day_that_is_not_over_is_left_out(ledger: Ledger) -> None:
    """And it is said which."""
    made = held(ledger, billed(*GOOD[:2], partial=(4,)))
    assert made.agrees
    assert made.agreed == 3
    assert "not through with 2026-11-04" in str(made._repr_mimebundle_()["text/plain"])


def test_a_create_without_an_answer_may_be_what_is_lacking(ledger: Ledger) -> None:
    """It is named beside the day's difference; tasks of others and of the sandbox do not count."""
    a_task(ledger, 30, 3, TaskStatus.UNKNOWN, provider="atlas", model_id=TEXT)
    charged(ledger, 31, 3, "1.2096", "USD", provider="atlas", model_id=TEXT, is_sandbox=True)
    charged(ledger, 32, 3, "1.2096", "USD", provider="eachlabs", model_id=TEXT)
    frame = held(ledger, billed(GOOD[0], (3, TEXT, "2.4192"), GOOD[2])).frame()
    assert list(frame["kind"]) == ["mispriced"]
    assert list(frame["may_be"]) == ["t-0030"]
    with pytest.raises(BillError, match="whose bill"):
        LedgerView(ledger).reconcile(billed(*GOOD))


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from([TEXT, FAST]), st.integers(0, 5_000_000)), max_size=6))
def test_sums_are_those_of_both_sides(rows: list[tuple[int, str, int]]) -> None:
    """Whatever is billed: the difference of the sums is that of the findings and the roundings."""
    from seedance_nb.reports._daily import compare_days

    bill = billed(*((day, model, str(D(amount) / 1_000_000)) for day, model, amount in rows))
    compared = compare_days(bill, [], [], tolerance=None)
    total = sum((total.billed - total.booked for total in compared.totals.values()), D(0))
    parts = sum((one.difference or D(0) for one in compared.findings), D(0))
    assert total == parts + sum((total.rounding for total in compared.totals.values()), D(0))
    assert total == sum((D(amount) / 1_000_000 for _, _, amount in rows), D(0))


def test_the_days_that_are_asked_for() -> None:
    """A month is whole, but not beyond today; without a period it is the last thirty days."""
    today = dt.date(2026, 11, 26)
    assert days("2026-10", "2026-10", today) == (dt.date(2026, 10, 1), dt.date(2026, 11, 1))
    assert days("2026-11", None, today) == (dt.date(2026, 11, 1), dt.date(2026, 11, 27))
    assert days("2026-11", "2026-11", today) == (dt.date(2026, 11, 1), dt.date(2026, 11, 27))
    assert days(None, None, today) == (dt.date(2026, 10, 27), dt.date(2026, 11, 27))
    with pytest.raises(BillError, match="no day"):
        days("2026-12", None, today)


# -- over the wire --


def page(*rows: tuple[str, str], day: str = "2026-11-02", **more: Any) -> dict[str, Any]:
    """One page of costs."""
    results = [
        {"object": "model_cost.result", "model": {"name": name}, "amount": {"value": value, "currency": "usd"}}
        for name, value in rows
    ]
    bucket = {"object": "model_cost.bucket", "date": day, "partial": False, "results": results}
    return {"object": "list", "data": [bucket], "has_more": False, "next_page": None, **more}


def asked(
    *answers: httpx.Response, since: str = "2026-11-01", until: str = "2026-11-03"
) -> tuple[Billed, list[httpx.Request]]:
    """What a client makes of some answers, and what it asked."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answers[min(len(seen), len(answers)) - 1]

    async def ask() -> Billed:
        client = Atlas(
            base_url="https://api.atlascloud.ai/api/v1", key="apikey-x", transport=httpx.MockTransport(answer)
        )
        try:
            return await client.billed(dt.date.fromisoformat(since), dt.date.fromisoformat(until))
        finally:
            await client.close()

    return asyncio.run(ask()), seen


def test_all_pages_and_all_stretches_are_read() -> None:
    """With the key, at the billing API beside the other, 180 days at a time; a cursor is passed back as it came."""
    first = httpx.Response(200, json=page((TEXT, "1.209600"), has_more=True, next_page="c/2=="))
    told, seen = asked(first, httpx.Response(200, json=page((FAST, "0.5"))), since="2026-01-01", until="2026-11-03")
    assert [(row.model_id, row.amount) for row in told.days] == [
        (TEXT, Money(D("1.209600"), "USD")),
        *[(FAST, Money(D("0.5"), "USD"))] * 2,
    ]
    assert [str(one.url.copy_with(query=None)) for one in seen] == [
        "https://api.atlascloud.ai/public/v1/model-costs"
    ] * 3
    periods = [(one.url.params["start_date"], one.url.params["end_date"], one.url.params.get("page")) for one in seen]
    assert periods == [
        ("2026-01-01", "2026-06-30", None),
        ("2026-01-01", "2026-06-30", "c/2=="),
        ("2026-06-30", "2026-11-03", None),
    ]
    assert all(one.headers["authorization"] == "Bearer apikey-x" for one in seen)
    assert seen[0].url.params.get_list("group_by[]") == ["model"]


def test_recorded_costs_are_read() -> None:
    """As a grouped answer was seen: a model by its name, a day that is not over."""
    told = decode_costs(json.loads((WIRE / "page_costs.json").read_text("utf-8")))
    assert told.days == (
        BilledDay(dt.date(2026, 11, 25), TEXT, Money(D("2.419200"), "USD")),
        BilledDay(dt.date(2026, 11, 26), FAST, Money(D("0.800000"), "USD")),
    )
    assert told.partial == {dt.date(2026, 11, 26)}


def test_what_cannot_be_read_is_no_zero() -> None:
    """An amount, a day or a page that is something else is an error; so is a key that is refused and not shown."""
    for broken in (
        [],
        {"data": None},
        {"data": [{"date": "yesterday", "results": []}]},
        page((TEXT, "1,20")),
        {"data": [{"date": "2026-11-02", "results": [{"amount": {"value": "1"}}]}]},
        {"data": [{"date": "2026-11-02", "results": [{"amount": {"value": "1", "currency": "dollars"}}]}]},
    ):
        with pytest.raises(ResponseFormatError, match="Nothing was compared"):
            decode_costs(broken)
    refused = httpx.Response(401, text=(WIRE / "error_401_public.json").read_text("utf-8"))
    with pytest.raises(AuthenticationError) as caught:
        asked(refused)
    assert "apikey-x" not in str(caught.value) + repr(caught.value.body)
    with pytest.raises(ConfigurationError, match="does not end in"):
        asyncio.run(
            Atlas(base_url="https://proxy.example/atlas", key="x").billed(dt.date(2026, 11, 1), dt.date(2026, 11, 2))
        )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["data", "date", "results", "amount", "value", "currency", "model", "partial"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_no_answer_breaks_the_reader(payload: object) -> None:
    """Whatever comes is a page or an error of ours."""
    with contextlib.suppress(SeedanceError):
        decode_costs(payload)
