"""Every number about money, redone by hand: see the table in `cost_samples.a_month`."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from seedance_nb import prices
from seedance_nb.budget import Budget
from seedance_nb.money import Fx
from seedance_nb.reports import LedgerView
from seedance_nb.reports._family import family
from seedance_nb.task import TaskStatus

from .cost_samples import CLIP_IS_GONE, NEW, NEW_PRICE, OLD, a_month, a_task, at, charged, quote
from .ledger_samples import a_ledger

D = Decimal
RATE = Fx(D("7.1"), "USD", "CNY", dt.date(2026, 11, 20), "my bank")
CNY = D("5.0094") + D("5.445") + D("4.0293") + D("5.4432") + D("5.0554") + D("5.0094")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[LedgerView]:
    """A view of a ledger with nothing in it, at prices that change on the fifteenth."""
    prices.override([NEW_PRICE])
    with a_ledger(tmp_path) as ledger:
        yield LedgerView(ledger)
    prices.override()


@pytest.fixture
def view(empty: LedgerView) -> LedgerView:
    """A view of the month."""
    a_month(empty._ledger)
    return empty


def lines(frame: pd.DataFrame, *names: str) -> list[Any]:
    """Rows as tuples of some columns, or the values of one."""
    rows = [tuple(None if pd.isna(row[name]) else row[name] for name in names) for _, row in frame.iterrows()]
    return [row[0] for row in rows] if len(names) == 1 else rows


def test_a_price_change_splits_the_month_and_not_the_sum(view: LedgerView) -> None:
    """Each task costs what the price was on its day; by price row, week and month they add up to the same."""
    assert D("29.9917") == CNY  # so that a reader has it
    rows = lines(view.costs("price_id", sandbox=False, currency="CNY"), "price_id", "tasks", "cost")
    assert rows == [
        ("ark/seedance-2.0-fast/720p/no-video/2026-04", 1, D("4.0293")),
        (OLD, 3, D("15.0742")),  # 2 × 5.0094 + 5.0554
        ("ark/seedance-2.0/720p/video/2026-04", 1, D("5.4432")),
        (NEW, 1, D("5.445")),
    ]
    weeks = view.costs((), "week", sandbox=False, currency="CNY")
    assert lines(weeks, "period", "cost") == [
        (pd.Timestamp("2026-11-02", tz="UTC"), D("15.508")),  # from Monday the 2nd: tasks 1, 4 and 7
        (pd.Timestamp("2026-11-09", tz="UTC"), D("5.0094")),
        (pd.Timestamp("2026-11-16", tz="UTC"), D("9.4743")),
    ]
    (month,) = lines(view.costs((), "month", {"sandbox": False, "currency": "CNY"}), "period", "cost")
    assert month == (pd.Timestamp("2026-11-01", tz="UTC"), CNY)


def test_a_family_is_prompts_that_differ_in_numbers(view: LedgerView) -> None:
    """Case, blanks and numbers do not tell prompts apart; a word does."""
    rows = lines(view.costs("family", project="film"), "family", "tasks", "cost")
    assert rows == [("a cat, take #", 2, D("10.4544"))]
    assert family("Cat 1") == family("cat  2.5") != family("fox 1")
    assert len(view.costs(["family", "provider"], sandbox=False)) == 5
    with pytest.raises(ValueError, match="not by both"):
        view.costs(["prompt", "family"])


def test_currencies_are_seen_in_one_at_a_named_rate_and_stay_what_they_are(view: LedgerView) -> None:
    """What has no rate is a line of its own and in no sum; the sandbox is in none either."""
    total = view.total("CNY", fx=RATE)
    assert lines(total, "line", "currency", "tasks", "cost", "seen") == [
        ("billed", "CNY", 6, CNY, CNY),
        ("billed", "USD", 1, D("1.2096"), D("8.58816")),  # 1.2096 × 7.1
        ("together", "CNY", 7, None, CNY + D("8.58816")),
        ("not converted", "EUR", 1, D("3"), None),
    ]
    assert total.attrs["fx"] == "1 USD = 7.1 CNY on 2026-11-20 (my bank)"
    assert list(total["rate"])[1] == total.attrs["fx"]
    in_dollars = view.total("USD", fx=[RATE, Fx(D("1.08"), "EUR", "USD", dt.date(2026, 11, 20), "my bank")])
    assert "not converted" not in set(in_dollars["line"])
    assert lines(in_dollars, "seen")[-1] == (CNY / D("7.1")).quantize(D("1e-8")) + D("1.2096") + D("3.24")
    (sandbox,) = lines(view.total("CNY", sandbox=True), "line", "cost")[:1]
    assert sandbox == ("billed", D("7"))
    with pytest.raises(ValueError, match="no common sum"):
        view.total(sandbox=None)


def test_costs_may_be_seen_in_one_currency_beside_their_own(view: LedgerView) -> None:
    """The native amount stays; where there is no rate the view has nothing."""
    costs = view.costs("provider", view="CNY", fx=RATE, sandbox=False)
    assert lines(costs, "provider", "cost", "cost_CNY") == [
        ("ark", CNY, CNY),
        ("atlas", D("1.2096"), D("8.58816")),
        ("elsewhere", D("3"), None),
    ]
    with pytest.raises(ValueError, match="ISO 4217"):
        view.costs(view="yuan")


def test_what_a_second_a_kept_and_a_preferred_clip_cost(view: LedgerView) -> None:
    """A lost clip is paid for and not kept; four raters judged clips 1 and 2 and preferred one of them three times."""
    (row,) = view.unit_costs((), sandbox=False, currency="CNY").to_dict("records")
    assert (row["tasks"], row["cost"], row["seconds"]) == (6, CNY, 30)
    assert row["cost_a_second"] == D("0.99972333")  # 29.9917 / 30
    assert (row["kept"], row["cost_a_kept_clip"]) == (5, D("5.99834"))
    assert (row["judged"], row["preferred"], row["cost_of_judged"]) == (8, 3, 4 * (D("5.0094") + D("5.445")))
    assert row["cost_a_preferred_clip"] == D("13.9392")  # 41.8176 / 3
    by_task = view.unit_costs("price_id", local_id=["t-0001", "t-0002"])
    assert lines(by_task, "cost_a_preferred_clip") == [D("10.0188"), D("21.78")]  # 4 × 5.0094 / 2, 4 × 5.445 / 1
    nothing = view.unit_costs("model", project="nobody's")
    assert nothing.empty
    (lost,) = view.unit_costs((), status="lost").to_dict("records")
    assert (lost["cost_a_kept_clip"], lost["cost_a_preferred_clip"]) == (None, None)


def test_failures_cost_time_and_no_money(view: LedgerView) -> None:
    """The failed task and the lost one took 40 s each; the one without an answer is neither made nor failed."""
    (row,) = view.outcomes((), provider="ark", sandbox=False).to_dict("records")
    counted = {name: row[name] for name in ("tasks", "made", "kept", "lost", "failed", "unknown", "open")}
    assert counted == {"tasks": 8, "made": 6, "kept": 5, "lost": 1, "failed": 1, "unknown": 1, "open": 0}
    assert row["success_percent"] == round(100 * 6 / 7, 2)
    assert (row["seconds_to_clip"], row["seconds_lost"]) == (40, 80)
    assert set(view.outcomes("day")["is_sandbox"]) == {True, False}


def test_quotes_are_held_against_bills_by_price_row(view: LedgerView) -> None:
    """Task 7 was billed 1,000 tokens more, ¥0.046; tasks without a quote prove nothing."""
    rows = {row["price_id"]: row for row in view.drift(currency="CNY", sandbox=False).to_dict("records")}
    old = rows[OLD]
    assert (old["compared"], old["within"], old["above"], old["below"]) == (3, 2, 1, 0)
    assert (old["quoted_high"], old["billed"], old["over"], old["under"]) == (D("15.0282"), D("15.0742"), D("0.046"), 0)
    assert old["drift_percent"] == D("0.31")  # 0.046 / 15.0282
    assert (old["tokens_quoted"], old["tokens_billed"]) == (326_700, 327_700)
    assert rows[NEW]["drift_percent"] == 0
    clip = rows["ark/seedance-2.0/720p/video/2026-04"]
    assert (clip["tasks"], clip["without_quote"], clip["compared"], clip["drift_percent"]) == (1, 1, 0, None)


def test_a_charge_by_the_quote_or_in_another_currency_is_not_compared(empty: LedgerView) -> None:
    """Neither says whether the quote was right."""
    charged(empty._ledger, 1, 2, "5.0094", basis="quote", quote=quote(2))
    charged(empty._ledger, 2, 2, "0.7", "USD", basis="reported", quote=quote(2))
    rows = lines(empty.drift(()), "currency", "by_quote", "other_currency", "compared", "billed")
    assert rows == [("CNY", 1, 0, 0, D("0")), ("USD", 0, 1, 0, D("0"))]


def test_the_same_work_on_fast(view: LedgerView) -> None:
    """Five clips of 108,900 tokens × ¥37 and one of 194,400 × ¥22, by the requests and not by the tokens of task 7."""
    frame = view.would_have_cost(model="seedance-2.0-fast", provider="ark", by=(), sandbox=False, currency="CNY")
    (row,) = frame.to_dict("records")
    assert (row["tasks"], row["cost"]) == (6, CNY)
    assert row["would_low"] == row["would_high"] == 5 * D("4.0293") + D("4.2768")
    assert pd.isna(row["reason"])


def test_the_same_work_at_the_prices_of_another_day(view: LedgerView) -> None:
    """Before the change task 2 costs ¥5.0094, after it each costs ¥5.445; without a day, what it was on its own."""
    before = view.would_have_cost(on=dt.date(2026, 11, 1), by=(), provider="ark", local_id="t-0002")
    after = view.would_have_cost(on=dt.date(2026, 11, 30), by=(), local_id=["t-0001", "t-0002", "t-0007"])
    as_it_was = view.would_have_cost(by=(), local_id=["t-0001", "t-0002"])
    assert lines(before, "cost", "would_high") == [(D("5.445"), D("5.0094"))]
    assert sum(after["would_high"]) == 3 * D("5.445")
    assert sum(as_it_was["would_high"]) == sum(as_it_was["cost"]) == D("10.4544")


def test_what_cannot_be_priced_again_is_a_line_with_its_reason(view: LedgerView) -> None:
    """A clip whose length is unknown, a model that is not there, a provider that is gone: the costs still add up."""
    charged(view._ledger, 20, 20, "6", mode="reference", request=CLIP_IS_GONE)
    charged(view._ledger, 21, 20, "6", request={"content": "?"})
    charged(view._ledger, 23, 20, "6", request={"content": [{"type": "text", "text": "x"}, "?", 7, None]})
    charged(view._ledger, 22, 20, "6", resolution="4k", model="seedance-2.0-fast")
    frame = view.would_have_cost(by=(), sandbox=False)
    reasons = {row["reason"]: row for row in frame.to_dict("records") if isinstance(row["reason"], str)}
    assert {reason.split()[0]: row["tasks"] for reason, row in reasons.items()} == {
        "A": 1,
        "What": 2,
        "This": 1,
        "There": 1,
    }
    assert all(row["would_low"] is None and row["would_high"] is None for row in reasons.values())
    by_currency = frame.groupby("currency", observed=True)["cost"].sum()
    assert by_currency.to_dict() == {"CNY": CNY + 24, "EUR": D("3"), "USD": D("1.2096")}


def test_a_price_begins_at_midnight_where_the_provider_is(empty: LedgerView) -> None:
    """Ark's day of the new price began at 16:00 UTC of the day before."""
    midnight = dt.datetime(2026, 11, 14, 16, tzinfo=dt.UTC)
    for number, moment in enumerate((midnight - dt.timedelta(microseconds=1), midnight), 1):
        charged(empty._ledger, number, 16, "1", created_at=moment)
    rows = lines(empty.would_have_cost(by="day"), "tasks", "would_high")
    assert rows == [(2, D("10.4544"))]
    rows = [lines(empty.would_have_cost(by=(), local_id=f"t-000{number}"), "would_high") for number in (1, 2)]
    assert rows == [[D("5.0094")], [D("5.445")]]


def test_a_reference_clip_counts_with_its_length_only_where_it_is_as_it_was(empty: LedgerView, tmp_path: Path) -> None:
    """A file of another content is not the clip that was billed."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"another clip")
    entry = {"type": "video", "role": "reference_video", "source": "file", "path": str(path), "sha256": "00" * 32}
    charged(empty._ledger, 1, 2, "5", mode="reference", request={"content": [entry]})
    charged(empty._ledger, 2, 2, "5", mode="reference", request={"content": [{**entry, "duration": 2}]})
    rows = lines(empty.would_have_cost(by=()), "tasks", "would_high")
    assert sorted(rows, key=str) == [(1, D("5.4432")), (1, None)]


def test_a_forecast_of_little_says_so(empty: LedgerView) -> None:
    """No number out of six days, a mean out of ten, an interval out of three weeks; constant days have no width."""
    for number in range(1, 26):
        charged(empty._ledger, number, number, "2")
    six = empty.forecast(now=at(7), days=10)
    assert lines(six, "past_days", "spent", "expected", "low", "high") == [(6, D("12"), None, None, None)]
    assert "Fewer than 7" in six["method"][0]
    ten = empty.forecast(now=at(11), days=10)
    assert lines(ten, "past_days", "expected", "low", "high") == [(10, D("20"), None, None)]
    all_ = empty.forecast(now=at(26), days=10)
    assert lines(all_, "past_days", "expected", "low", "high") == [(25, D("20"), D("20"), D("20"))]
    assert lines(empty.forecast(now=at(26), days=10, weeks=2), "past_days", "spent", "low") == [(14, D("28"), None)]
    assert empty.forecast(now=at(26), sandbox=True).empty
    with pytest.raises(ValueError, match="by weeks="):
        empty.forecast(since="2026-11")
    with pytest.raises(ValueError, match="one day at least"):
        empty.forecast(days=0)


def test_an_interval_holds_the_mean_and_widens_with_bursts(empty: LedgerView) -> None:
    """Days without charges count as days; weeks of ¥40, ¥100 and ¥70 differ by ¥30, and three of them are few."""
    for number, (day, amount) in enumerate({2: "70", 9: "40", 16: "100", 23: "70"}.items(), 1):
        charged(empty._ledger, number, day, amount)
    (row,) = empty.forecast(now=at(26), days=30).to_dict("records")
    assert (row["past_days"], row["spent"], row["expected"]) == (24, D("280"), D("350"))
    width = D("1.886") * 30 * D("3.2262")  # Student's t of 2; the root of 30/7 × (1 + 30/7 / 3)
    assert abs(row["high"] - 350 - width) < 1
    assert row["high"] - 350 == 350 - row["low"]
    assert empty.forecast(now=at(26), days=30).equals(empty.forecast(now=at(26), days=30))


def test_four_intervals_of_five_hold() -> None:
    """On made-up weeks of any kind, with the seed fixed: not many more, and not many fewer."""
    from seedance_nb.reports._forecast import _by_weeks

    rng = random.Random(7)
    held = 0
    for _ in range(400):
        days = [int(rng.lognormvariate(20, 0.6)) * (place % 7 < 5) for place in range(56 + 30)]
        low, high = _by_weeks(days[:56], 30, sum(days[:56]) * 30 // 56)
        held += low <= sum(days[56:]) <= high
    assert 0.73 < held / 400 < 0.87


def test_a_plan_is_forecast_by_its_quotes_and_by_how_tasks_ended(view: LedgerView) -> None:
    """Ark's standard model: 5 of 6 made. (5 + ½) / (6 + 1) of ten times ¥5.445; without a past, all that is quoted."""
    plan = [quote(16)] * 10
    (row,) = view.forecast(plan).to_dict("records")
    assert (row["past_tasks"], row["spent"]) == (6, 0)
    assert row["expected"] == (D("54.45") * D("5.5") / 7).quantize(D("1e-8"))
    assert 0 < row["low"] < row["expected"] < row["high"] == D("54.45")
    (blind,) = view.forecast([quote(16, "byteplus")] * 10).to_dict("records")
    assert (blind["past_tasks"], blind["currency"], blind["low"]) == (0, "USD", None)
    assert blind["expected"] == blind["high"] == 10 * quote(16, "byteplus").high.amount
    assert "of seedance-2.0 no task has ended yet" in blind["method"]


def test_a_batch_is_forecast_with_what_it_cost_already(empty: LedgerView) -> None:
    """Charged tasks are certain, failed ones are free, and the rest is quoted."""
    charged(empty._ledger, 1, 2, "5.0094", batch="b-1", quote=quote(2))
    a_task(empty._ledger, 2, 2, TaskStatus.FAILED, batch="b-1", quote=quote(2))
    a_task(empty._ledger, 3, 2, TaskStatus.QUEUED, batch="b-1", quote=quote(2))
    a_task(empty._ledger, 4, 2, TaskStatus.QUEUED, quote=quote(2))
    (row,) = empty.forecast("b-1").to_dict("records")
    assert (row["spent"], row["past_tasks"]) == (D("5.0094"), 2)
    assert row["expected"] == D("5.0094") + (D("5.0094") * D("1.5") / 3)
    assert (row["low"], row["high"]) == (D("5.0094"), D("10.0188"))


def test_a_budget_by_project_burns_down(empty: LedgerView) -> None:
    """¥100 less ¥2 a day: 88 left after six days, and used up in 44 more; what is reserved is told apart."""
    for number in range(1, 21):
        charged(empty._ledger, number, number, "2", project="film")
    a_task(empty._ledger, 30, 20, TaskStatus.QUEUED, project="film", quote=quote(2))
    empty.file("t-0001", project="another film")
    frame = empty.burn_down("100 CNY/project", project="film", now=at(21))
    assert lines(frame, "spent", "total", "left")[0] == (D("2"), D("2"), D("98"))
    assert lines(frame, "spent", "total", "left")[-1] == (D("0"), D("40"), D("60"))
    assert len(frame) == 21
    assert {name: frame.attrs[name] for name in ("budget", "left", "reserved", "ends")} == {
        "budget": "100 CNY/project",
        "left": "60.00",
        "reserved": "5.0094",
        "ends": "2026-12-21",  # 60 / 2 = 30 days
    }
    assert empty.burn_down("100 USD/project", project="film", now=at(21))["spent"].sum() == 0
    with pytest.raises(ValueError, match="session"):
        empty.burn_down(Budget.parse("5 CNY/session"))


def test_a_budget_by_day_begins_again_each_day(empty: LedgerView) -> None:
    """Tokens and seconds burn down as money does."""
    for number in (1, 2, 3):
        charged(empty._ledger, number, number, "2")
    tokens = empty.burn_down("200000 tokens/day", now=at(3, 5))
    assert lines(tokens, "spent", "left") == [(108_900, 91_100)] * 3
    assert lines(empty.burn_down("12 seconds/day", now=at(3, 5)), "left") == [7, 7, 7]
    assert tokens.attrs["ends"] == ""
