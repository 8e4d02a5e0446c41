"""Filters, groups and labels, applied by both databases, and the same in every frame."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from seedance_nb.errors import TaskNotRecordedError
from seedance_nb.ledger import BY, FILTERS, GROUPED, ORDERED, Ledger
from seedance_nb.reports import LedgerView
from seedance_nb.reports._groups import GROUPS
from seedance_nb.task import TaskStatus

from ..unit.cost_samples import OLD, a_month, at


@pytest.fixture
def view(ledger: Ledger) -> LedgerView:
    """The month of `cost_samples`, with labels on it."""
    a_month(ledger)
    view = LedgerView(ledger)
    view.tag(["t-0001", "t-0002"], "hero", client="acme")
    view.tag("t-0003", "client=ajax")
    view.untag("cgt-2", "hero")
    view.rate("t-0001", 5)
    view.rate(view.frame(local_id="t-0003"), 2)  # "also from the table"
    view.note("t-0003", "100% too_dark")
    view.file(["t-0003", "t-0004"], project="film", notebook="shots.ipynb", run="second")
    view.file("t-0002", project="")
    return view


def ids(frame: pd.DataFrame) -> set[int]:
    return {int(name.removeprefix("t-")) for name in frame["local_id"]}


CASES: list[tuple[dict[str, Any], set[int]]] = [
    ({"provider": "atlas"}, {5}),
    ({"provider": ["atlas", "elsewhere"]}, {5, 6}),
    ({"model": "seedance-2.0-fast"}, {3}),
    ({"model_id": "doubao-seedance-2-0", "provider": "atlas"}, {5}),
    ({"mode": "reference"}, {4}),
    ({"status": TaskStatus.FAILED}, {9}),
    ({"status": ["lost", "unknown"]}, {10, 11}),
    ({"resolution": "4k"}, set()),
    ({"ratio": "16:9", "status": "lost"}, {11}),
    ({"duration": 5, "seed": 7, "status": "lost"}, {11}),
    ({"project": "film"}, {1, 2, 3, 4}),
    ({"project": None}, {5, 6, 7, 8, 9, 10, 11}),
    ({"submitted_project": "film"}, {1, 2}),
    ({"batch": None, "status": "lost"}, {11}),
    ({"run": "second"}, {3, 4}),
    ({"notebook": "shots.ipynb"}, {3, 4}),
    ({"rating": [4, 5]}, {1}),
    ({"rating": None, "project": "film"}, {2, 4}),
    ({"tag": "hero"}, {1}),
    ({"tag": "client"}, {1, 2, 3}),
    ({"tag": "client=acme"}, {1, 2}),
    ({"tag": ["hero", "client=acme"]}, {1}),
    ({"tag": ["hero", "client=ajax"]}, set()),
    ({"currency": "USD"}, {5}),
    ({"currency": None}, {9, 10}),
    ({"basis": "reported"}, {5, 6}),
    ({"price_id": OLD}, {1, 7, 11}),
    ({"account": "none"}, set()),
    ({"local_id": ["t-0001", "t-0009"]}, {1, 9}),
    ({"task_id": "cgt-4"}, {4}),
    ({"search": "CAT"}, {1, 2}),
    ({"search": "%"}, set()),
    ({"text": "CAT"}, {1, 2}),
    ({"text": "CGT-9"}, {9}),
    ({"text": "acme"}, {1, 2}),
    ({"text": "%"}, {3}),
    ({"sandbox": True}, {8}),
    ({"sandbox": False, "status": "kept"}, {1, 2, 3, 4, 5, 6, 7}),
    ({"sandbox": None, "status": "lost"}, {11}),
    ({"since": dt.date(2026, 11, 16)}, {2, 3}),
    ({"since": "2026-11-16", "until": "2026-11-16"}, {2, 3}),
    ({"since": at(16) + dt.timedelta(microseconds=1)}, set()),
    ({"since": "2026-11", "until": "2026-11", "status": "lost"}, {11}),
    ({"since": "2026-12"}, set()),
    ({"until": "2026-11-02T12:00:00+08:00"}, set()),
    ({"until": "2026-11-02T12:00:01+08:00"}, {1}),
    ({"since": pd.Timestamp("2026-11-16T04:00:00Z")}, {2, 3}),
    ({"since": None, "until": None, "status": "lost"}, {11}),
]


def test_the_database_filters(view: LedgerView) -> None:
    """Each filter leaves the tasks it should, in every frame; all there are have a case here."""
    assert {name for where, _ in CASES for name in where} == set(FILTERS)
    charged = set(range(1, 9)) | {11}
    for where, left in CASES:
        assert ids(view.frame(where)) == left, where
        assert ids(view.charges(**where)) == left & charged, where
        costs = view.costs(("provider", "status"), where=where)
        assert costs["tasks"].sum() == len(left & charged), where
        if not {"since", "until"} & where.keys():  # of these each frame has its own time
            assert ids(view.events(**where)) == left, where


def test_columns_and_parts_of_a_frame(view: LedgerView, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few columns in the order they are named, the newest tasks, and parts that are together the whole."""
    whole = view.frame()
    few = view.frame(columns=["run", "cost", "local_id"], limit=3, sandbox=False)
    assert list(few.columns) == ["run", "cost", "local_id"]
    expected = whole[~whole["is_sandbox"]].head(3)[list(few.columns)].reset_index(drop=True)
    assert few.astype({"run": "string"}).equals(expected.astype({"run": "string"}))  # categories are those that occur
    monkeypatch.setattr("seedance_nb.ledger._columns._ROWS", 2)
    assert view.frame().equals(whole)  # read by twos
    parts = list(view.frames(rows=4, columns=["local_id", "tags"]))
    assert [len(part) for part in parts] == [4, 4, 3]
    assert pd.concat(parts, ignore_index=True).equals(whole[["local_id", "tags"]])
    (nothing,) = view.frames(project="nobody's")
    assert nothing.dtypes.equals(view.frame(project="nobody's").dtypes)
    with pytest.raises(ValueError, match="Did you mean 'tokens'"):
        view.frame(columns=["token"])
    with pytest.raises(ValueError, match="one row at least"):
        next(view.frames(rows=0))


def test_filters_that_make_no_sense_are_named(view: LedgerView) -> None:
    """A wrong name has a near one, a time without a zone or a form is refused, and nothing is given twice."""
    with pytest.raises(ValueError, match="Did you mean 'provider'"):
        view.frame(provder="ark")
    with pytest.raises(ValueError, match="cannot be filtered by 'x'"):
        view.costs(x=1)
    with pytest.raises(ValueError, match="given in where= and beside it"):
        view.charges({"provider": "ark"}, provider="ark")
    with pytest.raises(ValueError, match="no zone"):
        view.frame(since=dt.datetime(2026, 11, 1))  # noqa: DTZ001 - that is the mistake
    for wrong in ("yesterday", "2026-13", "2026-11-31", 5):
        with pytest.raises(ValueError, match="is no time"):
            view.costs(until=wrong)
    with pytest.raises(ValueError, match="done"):
        view.frame(status="done")
    with pytest.raises(ValueError, match="not over 'year'"):
        view.costs(over="year")  # type: ignore[arg-type]


def test_sums_by_anything_are_the_total(view: LedgerView) -> None:
    """By each thing alone, by tags, over each stretch of time: every currency adds up to the same."""
    expected = {(row["currency"], row["is_sandbox"]): row["cost"] for row in view.costs(()).to_dict("records")}
    assert len(expected) == 4
    by = [*BY, "family", "tag:client", "tag:nobody's"]
    frames = [view.costs(name) for name in by]
    frames += [
        view.costs(name, over) for name in ("project", "tag:client", "family") for over in ("day", "week", "month")
    ]
    frames += [view.unit_costs(name) for name in (*GROUPS, "tag:client")]
    for frame in frames:
        sums: dict[tuple[str, bool], Decimal] = {}
        for row in frame.to_dict("records"):
            key = row["currency"], row["is_sandbox"]
            sums[key] = sums.get(key, Decimal(0)) + row["cost"]
        assert sums == expected


def test_what_was_said_stands_beside_the_tasks(view: LedgerView) -> None:
    """Tags in order, the rating, the note, and where tasks are filed; what was taken away is missing."""
    rows = view.frame().set_index("local_id")
    first, second, third = (rows.loc[name] for name in ("t-0001", "t-0002", "t-0003"))
    assert (first["tags"], first["rating"], first["project"]) == ("client=acme, hero", 5, "film")
    assert (second["tags"], second["project"], pd.isna(second["rating"])) == ("client=acme", "film", True)
    assert (third["note"], third["notebook"], third["run"]) == ("100% too_dark", "shots.ipynb", "second")
    assert pd.isna(rows.loc["t-0005"]["project"])
    by_client = view.costs("tag:client", currency="CNY", sandbox=False)
    assert list(by_client["tag:client"].dropna()) == ["acme", "ajax"]
    assert sorted(by_client["cost"]) == [Decimal("4.0293"), Decimal("10.4544"), Decimal("15.508")]
    assert list(view.charges(local_id="t-0003")["project"]) == ["film"]


def test_only_what_can_be_said_is_said(view: LedgerView) -> None:
    """Ratings are 1 to 5; a task that is not there, or something that names none, is refused."""
    for wrong in (0, 6, True, 2.5):
        with pytest.raises(ValueError, match="from 1 to 5"):
            view.rate("t-0001", wrong)  # type: ignore[arg-type]
    with pytest.raises(TaskNotRecordedError):
        view.note("t-0099", "x")
    with pytest.raises(TypeError, match="not int"):
        view.note(7, "x")
    view.rate("t-0001", None)
    view.note("t-0003", "")
    rows = view.frame(local_id=["t-0001", "t-0003"])
    assert rows["rating"].isna().sum() == 1
    assert rows["note"].isna().all()


def test_kept_sums_answer_whole_days(view: LedgerView) -> None:
    """Filtered by provider and days the sums beside the charges give the same as the charges do."""
    for where in (
        {"since": "2026-11-03", "until": "2026-11-09"},
        {"provider": ["ark"], "sandbox": False},
        {"currency": "EUR"},
    ):
        kept = view.costs("provider", "week", where)
        added = view.costs(["provider", "mode"], "week", where).groupby("currency", observed=True)["cost"].sum()
        assert kept.groupby("currency", observed=True)["cost"].sum().to_dict() == added.to_dict()
        assert not kept.empty


def test_events_of_several_tasks(view: LedgerView) -> None:
    """All of them, of some, or since a moment, in the order of writing."""
    two = view.events(["t-0001", "cgt-9"])
    assert ids(two) == {1, 9}
    assert list(view.events("t-0009")["status"]) == ["intent", "submitting", "queued", "failed"]
    assert len(view.events(None)) == len(view.events()) > 40
    assert view.events(since="2026-12").empty


def test_a_table_leafs_through_what_frames_have(view: LedgerView, ledger: Ledger) -> None:
    """On each database: by every order, in every group, of every value, the same tasks and the same exact sums."""
    frame = view.frame()
    wanted = {
        str(name): Decimal(amount) for name, amount in frame.groupby("currency", observed=True)["cost"].sum().items()
    }
    for order in ORDERED:
        for descending in (True, False):
            assert sorted(ledger.ordered_ids(None, order, descending=descending)) == sorted(frame["local_id"])
    for by in (*GROUPED, "tag:client"):
        found: dict[str, Decimal] = {}
        names: list[str] = []
        for key, totals in ledger.groups(by).items():
            names += ledger.ordered_ids(group=(by, key))
            for sums in totals.values():
                for currency, amount in sums.costs.items():
                    found[currency] = found.get(currency, Decimal(0)) + amount
        assert found == wanted, by
        assert sorted(names) == sorted(frame["local_id"]), by
        assert sum(ledger.choices(by).values()) == len(frame)
    assert ledger.choices("tag") == {"client": 3, "hero": 1}
    assert [line.local_id for line in ledger.lines(["t-0003", "nobody", "t-0001"])] == ["t-0003", "t-0001"]
    for where, left in CASES:
        totals = ledger.totals(where)
        assert sum(sums.tasks for sums in totals.values()) == len(left), where
