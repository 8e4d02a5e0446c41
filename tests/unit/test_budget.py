"""Budgets as values, and what they let through: never more than the cap, by any amount however small."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_nb.budget import MOST, Budget, Period, budgets
from seedance_nb.engine.budgeting import Trim, guard, midnight
from seedance_nb.errors import BudgetError, ConfigurationError
from seedance_nb.ledger import Committed, Ledger
from seedance_nb.money import Money, Price, Quote
from seedance_nb.task import TaskRecord, TaskStatus

AT = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
CNY20 = Money(Decimal(20), "CNY")


# -- the value --


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20 CNY/day", Budget(CNY20, "day")),
        ("¥20/day", Budget(CNY20, "day")),
        ("￥20.00 / day", Budget(CNY20, "day")),
        ("20 元 per day", Budget(CNY20, "day")),
        ("cny 20 per day", Budget(CNY20, "day")),
        ("$3/session", Budget(Money(Decimal(3), "USD"), "session")),
        ("$1,250.50/project", Budget(Money(Decimal("1250.50"), "USD"), "project")),
        ("0.00000001 CNY/day", Budget(Money(Decimal("0.00000001"), "CNY"), "day")),
        ("0 CNY/day", Budget(Money(Decimal(0), "CNY"), "day")),
        ("2,000,000 tokens/day", Budget(2_000_000, "day", "tokens")),
        ("2000000 tokens/session", Budget(2_000_000, "session", "tokens")),
        ("600 seconds/project", Budget(600, "project", "seconds")),
        ("600s/Project", Budget(600, "project", "seconds")),
        ("10 minutes/day", Budget(600, "day", "seconds")),
        ("1.5 hours/day", Budget(5400, "day", "seconds")),
    ],
)
def test_a_budget_is_read_from_words(text: str, expected: Budget) -> None:
    """Money in front or behind, counts with or without commas, and the periods."""
    assert Budget.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20",
        "20 CNY",
        "CNY/day",
        "20/day",
        "-20 CNY/day",
        "nan CNY/day",
        "1e3 CNY/day",
        "2,50 CNY/day",
        "20 CNY/week",
        "20 apples/day",
        "¥20 CNY/day",
        "0.000000001 CNY/day",
        "1.5 tokens/day",
        "9" * 40 + " CNY/day",
        "9" * 40 + " tokens/day",
        20,
        20.0,
        float("nan"),
        b"20 CNY/day",
    ],
)
def test_what_is_no_budget_is_refused(text: Any) -> None:
    """A budget that was misread would be no budget."""
    with pytest.raises(ConfigurationError):
        Budget.parse(text)


def test_a_refusal_says_how_it_is_written() -> None:
    """Whoever forgets the period sees the periods."""
    with pytest.raises(ConfigurationError, match=r"'20 CNY' is not a budget.*20 CNY/day.*session, day, project"):
        Budget.parse("20 CNY")
    with pytest.raises(ConfigurationError, match=r"for 'week', which is no period"):
        Budget.parse("20 CNY/week")


@pytest.mark.parametrize(
    ("limit", "per", "unit"),
    [
        (20.0, "day", "tokens"),
        (float("nan"), "day", "money"),
        (True, "day", "tokens"),
        (20, "day", "money"),
        (-1, "day", "seconds"),
        (MOST + 1, "day", "tokens"),
        (CNY20, "day", "tokens"),
        (CNY20, "week", "money"),
        (20, "day", "apples"),
        (Money(Decimal(-1), "CNY"), "day", "money"),
        (Money(Decimal("1e30"), "CNY"), "day", "money"),
        (Money(Decimal("1e-9"), "CNY"), "day", "money"),
    ],
)
def test_a_budget_that_cannot_be_is_refused(limit: Any, per: Any, unit: Any) -> None:
    """Floats, negative amounts and the wrong kind of limit make no budget."""
    with pytest.raises(ConfigurationError):
        Budget(limit, per, unit)


amounts = st.integers(0, MOST).map(lambda count: Money.from_e8(count, "CNY"))
any_budget = st.one_of(
    st.builds(Budget, amounts, st.sampled_from(["session", "day", "project"])),
    st.builds(
        Budget,
        st.integers(0, MOST),
        st.sampled_from(["session", "day", "project"]),
        st.sampled_from(["tokens", "seconds"]),
    ),
)


@given(any_budget)
def test_a_budget_comes_back_from_its_text(budget: Budget) -> None:
    """What is shown can be typed in again."""
    assert Budget.parse(str(budget)) == budget
    assert str(Budget.parse(str(budget))) == str(budget)


def test_budgets_are_one_several_or_none() -> None:
    """Whatever a studio is given becomes a tuple."""
    day = Budget(CNY20, "day")
    assert budgets(None) == ()
    assert budgets("20 CNY/day") == budgets(day) == (day,)
    assert budgets(["20 CNY/day", Budget(5, "session", "seconds")]) == (day, Budget(5, "session", "seconds"))
    for nonsense in (20, 1.5, ["20 CNY/day", 3]):
        with pytest.raises(ConfigurationError):
            budgets(nonsense)  # type: ignore[arg-type]


# -- the guard --


def record(
    name: str = "t-1",
    *,
    high: str | None = "5.0094",
    currency: str = "CNY",
    tokens: int = 108_900,
    seconds: int | None = 5,
    by: str = "tokens",
    **other: Any,
) -> TaskRecord:
    quote = None
    if high is not None:
        price = Price(
            "p",
            Decimal(46),
            currency,
            1_000_000,
            by,
            dt.date(2026, 4, 1),
            "s",
            dt.date(2026, 11, 20),  # type: ignore[arg-type]
        )
        money = Money(Decimal(high), currency)
        quote = Quote("ark", "seedance-2.0", "m", tokens, tokens, money, money, price, "exact", "sum")
    fields: dict[str, Any] = {
        "local_id": name,
        "provider": "ark",
        "is_sandbox": False,
        "base_url": "https://ark.example/api/v3",
        "model": "seedance-2.0",
        "model_id": "m",
        "mode": "text",
        "status": TaskStatus.INTENT,
        "created_at": AT,
        "updated_at": AT,
        "owner": "host/1/1.0",
        "quote": quote,
        "seconds_high": seconds,
    }
    return TaskRecord(**{**fields, **other})


class FakeCommitments:
    """Has been spent so much, whatever the period."""

    def __init__(self, *money: Money, tokens: int = 0, seconds: int = 0) -> None:
        self._committed = Committed(MappingProxyType({one.currency: one for one in money}), tokens, seconds, 1)
        self.asked: list[dict[str, Any]] = []

    def since(self, at: dt.datetime | None = None, **which: Any) -> Committed:
        self.asked.append({"at": at, **which})
        return self._committed


WHO: dict[str, Any] = {"owner": "host/1/1.0", "project": "film", "is_sandbox": False, "now": AT}


def refusal(budget: str | list[str], asked: list[TaskRecord], spent: FakeCommitments) -> BudgetError | None:
    try:
        ask = guard(budgets(budget), asked, **WHO)
        assert ask is not None
        ask(spent)  # type: ignore[arg-type]
    except BudgetError as exc:
        return exc
    return None


def test_without_a_budget_nothing_is_asked() -> None:
    """No cap, no query, also for a task whose cost is not known."""
    assert guard((), [record(high=None)], **WHO) is None


@pytest.mark.parametrize(
    ("budget", "spent", "fits"),
    [
        ("5.0094 CNY/day", FakeCommitments(), True),
        ("5.00939999 CNY/day", FakeCommitments(), False),
        ("20 CNY/day", FakeCommitments(Money(Decimal("14.9906"), "CNY")), True),
        ("20 CNY/day", FakeCommitments(Money(Decimal("14.99060001"), "CNY")), False),
        ("20 CNY/day", FakeCommitments(Money(Decimal(500), "USD")), True),
        ("108,900 tokens/day", FakeCommitments(), True),
        ("108,899 tokens/day", FakeCommitments(), False),
        ("200,000 tokens/day", FakeCommitments(tokens=91_101), False),
        ("5 seconds/day", FakeCommitments(), True),
        ("60 seconds/session", FakeCommitments(seconds=56), False),
        (["1000 CNY/project", "5 CNY/day"], FakeCommitments(), False),
        (["0 USD/day", "20 CNY/day"], FakeCommitments(), True),
    ],
)
def test_what_is_spent_and_what_is_asked_stay_within_the_cap(
    budget: str | list[str], spent: FakeCommitments, fits: bool
) -> None:
    """The last 10⁻⁸ may be taken, and not one more; every budget counts."""
    assert (refusal(budget, [record()], spent) is None) == fits


def test_a_refusal_says_all_that_matters() -> None:
    """The cap, what is gone, what this would take, what is left, when it frees, and that nothing was sent."""
    found = refusal("20 CNY/day", [record("a"), record("b")], FakeCommitments(Money(Decimal("12.5"), "CNY")))
    assert found is not None
    said = str(found)
    for part in ("20 CNY/day", "¥12.50", "These 2 tasks", "¥10.0188", "¥7.50 left", "midnight", "Nothing was sent"):
        assert part in said, part
    assert found.budget == Budget(CNY20, "day")
    assert found.committed == Money(Decimal("12.5"), "CNY")
    assert found.asked == Money(Decimal("10.0188"), "CNY")
    tokens = refusal("100 tokens/session", [record()], FakeCommitments(tokens=40))
    assert tokens is not None
    assert (tokens.committed, tokens.asked) == (40, 108_900)
    assert "108,900 tokens" in str(tokens)


@pytest.mark.parametrize(
    ("budget", "asked", "said"),
    [
        ("20 CNY/day", record(high=None), "not known, which is not zero"),
        ("2,000,000 tokens/day", record(high=None), "not known, which is not zero"),
        ("20 CNY/day", record(currency="USD"), "costs USD, which a budget of CNY cannot count"),
        ("2,000,000 tokens/day", record(tokens=0, by="seconds"), "its tokens are not known"),
        ("600 seconds/day", record(seconds=None), "no length that is known"),
        (["600 seconds/day", "20 CNY/day"], record(seconds=None), "no length that is known"),
    ],
)
def test_what_cannot_be_counted_is_refused(budget: str | list[str], asked: TaskRecord, said: str) -> None:
    """A cost that is not known is not zero."""
    found = refusal(budget, [record(), asked], FakeCommitments())
    assert found is not None
    assert said in str(found)
    assert "Nothing was sent" in str(found)


@pytest.mark.parametrize(
    ("budget", "asked"),
    [
        (["20 CNY/day", "3 USD/day"], record(currency="USD", high="1")),
        (["2,000,000 tokens/day", "3 USD/session"], record(currency="USD", high="1", tokens=0, by="seconds")),
        ("600 seconds/day", record(high=None)),
    ],
)
def test_one_budget_may_count_for_another(budget: str | list[str], asked: TaskRecord) -> None:
    """A task that is counted in its own currency may pass a budget that cannot count it."""
    assert refusal(budget, [asked], FakeCommitments()) is None


def test_each_period_asks_for_its_own_tasks() -> None:
    """A session is this process, a project its name, a day begins at the machine's midnight; each is asked once."""
    spent = FakeCommitments()
    assert refusal(["20 CNY/day", "9 USD/day", "99 CNY/session", "999 CNY/project"], [record()], spent) is None
    assert spent.asked == [
        {"at": midnight(AT), "owner": None, "project": None, "is_sandbox": False},
        {"at": None, "owner": "host/1/1.0", "project": None, "is_sandbox": False},
        {"at": None, "owner": None, "project": "film", "is_sandbox": False},
    ]


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("UTC0", "2026-11-21T00:00:00+00:00", "2026-11-21T00:00:00+00:00"),
        ("UTC0", "2026-11-20T23:59:59+00:00", "2026-11-20T00:00:00+00:00"),
        ("CST-8", "2026-11-20T23:00:00+00:00", "2026-11-20T16:00:00+00:00"),
        # The clocks went back at 03:00 that day: midnight was two hours before UTC's, noon one.
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T11:00:00+00:00", "2026-10-24T22:00:00+00:00"),
    ],
)
def test_a_day_is_a_day_of_this_machine(monkeypatch: pytest.MonkeyPatch, zone: str, now: str, expected: str) -> None:
    """It begins at local midnight, with the offset of that moment."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert midnight(dt.datetime.fromisoformat(now)) == dt.datetime.fromisoformat(expected)
    finally:
        monkeypatch.undo()
        time.tzset()


# -- trimming --


def trimmed(budget: str | list[str], asked: list[TaskRecord], spent: FakeCommitments) -> Trim:
    trim = Trim(budgets(budget), asked, **WHO)
    trim(spent)  # type: ignore[arg-type]
    return trim


def test_a_batch_is_trimmed_from_the_end() -> None:
    """As many from the front as fit; the order stays, and a cheap one further back is not preferred."""
    asked = [record("a"), record("b"), record("c", high="9"), record("d", high="1")]
    trim = trimmed("20 CNY/day", asked, FakeCommitments(Money(Decimal(5), "CNY")))
    assert [one.local_id for one in asked] == ["a", "b"]
    assert trim.refused is not None
    assert "The first 2 fit" in str(trim.refused)


def test_a_batch_that_fits_is_not_trimmed() -> None:
    """Exactly full is not too much, and the tightest of several budgets counts."""
    asked = [record("a"), record("b")]
    assert trimmed("10.0188 CNY/day", asked, FakeCommitments()).refused is None
    assert len(asked) == 2
    trimmed(["10.0188 CNY/day", "5 seconds/session"], asked, FakeCommitments())
    assert [one.local_id for one in asked] == ["a"]


def test_trimming_to_nothing_is_a_refusal() -> None:
    """If not even the first fits, it is said as for a batch that is not trimmed."""
    asked = [record("a"), record("b")]
    with pytest.raises(BudgetError, match="Nothing was sent"):
        trimmed("5 CNY/day", asked, FakeCommitments())


def test_a_trim_may_be_asked_again() -> None:
    """A transaction that is made anew finds the whole list again."""
    asked = [record("a"), record("b")]
    trim = Trim(budgets("12 CNY/day"), asked, **WHO)
    trim(FakeCommitments(Money(Decimal(5), "CNY")))  # type: ignore[arg-type]
    assert len(asked) == 1
    trim(FakeCommitments())  # type: ignore[arg-type]
    assert len(asked) == 2
    assert trim.refused is None


# -- never over the cap --

E8 = 10**8
some = st.integers(0, 30 * E8)


@given(cap=some, spent=some, prices=st.lists(st.integers(0, 8 * E8), min_size=1, max_size=12))
def test_the_cap_is_never_passed(cap: int, spent: int, prices: list[int]) -> None:
    """Whole or trimmed, what is let through fits to the last 10⁻⁸; and what fits is let through."""
    budget = Budget(Money.from_e8(cap, "CNY"), "day")
    asked = [record(str(n), high=str(Money.from_e8(price, "CNY").amount)) for n, price in enumerate(prices)]
    gone = FakeCommitments(Money.from_e8(spent, "CNY"))
    assert (refusal([budget], asked, gone) is None) == (spent + sum(prices) <= cap)  # type: ignore[list-item]
    fits = next((n for n in range(len(prices)) if spent + sum(prices[: n + 1]) > cap), len(prices))
    left = list(asked)
    try:
        trimmed([budget], left, gone)  # type: ignore[list-item]
    except BudgetError:
        assert fits == 0
    else:
        assert left == asked[:fits]
        assert spent + sum(prices[:fits]) <= cap


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    home = tmp_path_factory.mktemp("home")
    with closing(Ledger.open(home / "ledger.sqlite3", home=home)) as made:
        yield made


@settings(max_examples=40, deadline=None)
@given(
    cap=st.integers(0, 40 * E8),
    prices=st.lists(st.integers(1, 9 * E8), min_size=1, max_size=15),
    frees=st.sets(st.integers(0, 14)),
)
def test_a_ledger_never_promises_more_than_the_cap(
    ledger: Ledger, cap: int, prices: list[int], frees: set[int]
) -> None:
    """Task after task, some of which turn out to be free: the promises stay within the cap at every moment."""
    limits = (Budget(Money.from_e8(cap, "CNY"), "project"),)
    who = {**WHO, "project": uuid.uuid4().hex}
    promised = 0
    for n, price in enumerate(prices):
        one = record(uuid.uuid4().hex, high=str(Money.from_e8(price, "CNY").amount), project=who["project"])
        try:
            ledger.add_intent(one, guard=guard(limits, [one], **who))
        except BudgetError:
            assert promised + price > cap
            continue
        promised += price
        assert promised <= cap
        if n in frees:
            ledger.transition(one.local_id, TaskStatus.CANCELLED, at=AT)
            promised -= price


def test_a_batch_is_trimmed_inside_the_ledger(ledger: Ledger) -> None:
    """The rows that are written are those that the guard has left in the list."""
    who = {**WHO, "project": "trimmed"}
    asked = [record(name, project="trimmed") for name in "abc"]
    ledger.add_intents(asked, guard=Trim(budgets("12 CNY/project"), asked, **who))
    assert [one.local_id for one in asked] == ["a", "b"]
    assert {one.local_id for one in ledger.unfinished() if one.project == "trimmed"} == {"a", "b"}
    another = record("d", project="trimmed")
    with pytest.raises(BudgetError):
        ledger.add_intent(another, guard=guard(budgets("12 CNY/project"), [another], **who))


def test_periods_are_what_is_said() -> None:
    """The type says the same periods as the text."""
    assert set(Period.__args__) == {"session", "day", "project"}  # type: ignore[attr-defined]
