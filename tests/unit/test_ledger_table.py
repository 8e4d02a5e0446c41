"""The ledger's table without a browser: the database sums as pandas does, and nothing leaves that must not."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedance_nb import words
from seedance_nb.ledger import GROUPED, ORDERED, Ledger, Totals
from seedance_nb.reports import LedgerView
from seedance_nb.task import Artifact, TaskStatus
from seedance_nb.widgets._table_query import COLUMNS, FACETS, GROUPS, begun
from seedance_nb.widgets._table_rows import Group, Rows
from seedance_nb.widgets._table_words import table_view
from seedance_nb.widgets.ledger_table import LedgerTable

from .ledger_samples import a_ledger, a_record, after, bring, charge, succeed
from .test_cost_properties import TASKS, fill

SECRET = "sk-5ecre7-0123456789abcdef"
HOSTILE = "=cmd|' /C calc'!A0 <img src=x onerror=\"alert(1)\"> \u202eevil"
MADE = ["succeeded", "kept", "lost"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """One ledger for all examples."""
    with a_ledger(Path(tmp_path_factory.mktemp("ledger"))) as opened:
        yield opened


def summed(frame: pd.DataFrame) -> dict[bool, tuple[int, int, int, dict[str, Decimal]]]:
    """The same sums as pandas finds them in a frame of tasks."""
    found = {}
    for is_sandbox, some in frame.groupby("is_sandbox"):
        costs = some[some["cost"].notna()].groupby("currency", observed=True)["cost"].sum().to_dict()
        seconds = some[some["status"].isin(MADE)]["duration"].sum()
        found[bool(is_sandbox)] = (len(some), int(some["tokens"].sum()), int(seconds), costs)
    return found


def plain(totals: Totals) -> dict[bool, tuple[int, int, int, dict[str, Decimal]]]:
    return {key: (sums.tasks, sums.tokens, sums.seconds, sums.costs) for key, sums in totals.items()}


WHERE = st.fixed_dictionaries(
    {},
    optional={
        "provider": st.sampled_from(["ark", "atlas", ["ark", "atlas"]]),
        "text": st.sampled_from(["CAT", "acme", "film", "t-000", "%", "x'!"]),
        "project": st.sampled_from(["film", "other film", None]),
        "sandbox": st.booleans(),
        "tag": st.sampled_from(["client", "client=acme"]),
    },
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tasks=TASKS, where=WHERE, order=st.sampled_from(ORDERED), group=st.sampled_from([*GROUPED, "tag:client"]))
def test_what_the_database_finds_is_what_pandas_finds(
    shared: Ledger, tasks: list[dict[str, Any]], where: dict[str, Any], order: str, group: str
) -> None:
    """Which tasks, sums of all, of each group, of some by id, and choices: exactly those of the frame."""
    fill(shared, tasks)
    for number in range(0, len(tasks), 2):
        bring(shared, f"t-{number:04}", TaskStatus.SUCCEEDED)
    frame = LedgerView(shared).frame(where)
    assert shared.ordered_ids(where) == frame["local_id"].to_list()
    for descending in (False, True):
        assert sorted(shared.ordered_ids(where, order, descending=descending)) == sorted(frame["local_id"])
    assert plain(shared.totals(where)) == summed(frame)
    some = frame["local_id"].to_list()[::2]
    assert plain(shared.totals(None, some)) == summed(frame[frame["local_id"].isin(some)])
    groups = shared.groups(group, where)
    assert sum(sums.tasks for totals in groups.values() for sums in totals.values()) == len(frame)
    for key, totals in groups.items():
        ids = shared.ordered_ids(where, group=(group, key))
        assert plain(totals) == summed(frame[frame["local_id"].isin(ids)])
    assert {key: sum(s.tasks for s in totals.values()) for key, totals in groups.items()} == shared.choices(
        group, where
    )
    assert [line.local_id for line in shared.lines(some)] == some


def test_text_is_found_wherever_it_stands_and_as_it_is_written(tmp_path: Path) -> None:
    """In prompts, ids, notes, tags and projects; a sign that SQL knows is only a sign; what was taken away is gone."""
    with a_ledger(tmp_path) as ledger:
        prompts = ["100% snow", "100 snow", "Élan", "一只猫"]
        ledger.add_intents([a_record(n, prompt=prompt, project="") for n, prompt in enumerate(prompts)])
        ledger.add_labels(["t-0001"], {"tag:hero": "yes", "note": "Retake", "project": "spring"})
        for text, found in {
            "100%": ["t-0000"],
            "Élan": ["t-0002"],
            "猫": ["t-0003"],
            "t-0003": ["t-0003"],
            "HERO": ["t-0001"],
            "retake": ["t-0001"],
            "spring": ["t-0001"],
            "yes no": [],
        }.items():
            assert ledger.ordered_ids({"text": text}) == found, text
        ledger.add_labels(["t-0001"], {"note": None})
        assert ledger.ordered_ids({"text": "retake"}) == []


def test_tasks_are_ordered_with_the_unknown_last(tmp_path: Path) -> None:
    """Either way round; costs within their currency."""
    with a_ledger(tmp_path) as ledger:
        ledger.add_intents([a_record(number) for number in range(4)])
        charge(ledger, "t-0001", "3", "USD")
        charge(ledger, "t-0002", "5", "CNY")
        charge(ledger, "t-0003", "10", "CNY")
        assert ledger.ordered_ids(None, "cost", descending=False) == ["t-0002", "t-0003", "t-0001", "t-0000"]
        assert ledger.ordered_ids(None, "cost") == ["t-0001", "t-0003", "t-0002", "t-0000"]
        assert ledger.ordered_ids(None, "created_at", descending=False)[0] == "t-0000"
        with pytest.raises(ValueError, match="not ordered by 'x; DROP"):
            ledger.ordered_ids(None, "x; DROP TABLE tasks")
        with pytest.raises(ValueError, match="not grouped by"):
            ledger.groups("prompt")


def test_rows_of_groups_stand_below_their_heads() -> None:
    """Whatever is open, each place has one row."""
    rows = Rows(groups=[Group("a", {}, ["1", "2"]), Group("b", {}), Group("c", {}, ["3"])])
    assert len(rows) == 6
    assert rows.slice(0, 10) == [(0, None), (0, "1"), (0, "2"), (1, None), (2, None), (2, "3")]
    assert rows.slice(4, 1) == [(2, None)]
    assert rows.tasks(1, 6) == ["1", "2", "3"]


# -- the widget --


class Page:
    """What a browser would do."""

    def __init__(self, table: LedgerTable) -> None:
        self.table = table
        self._count = 0
        self._answers: dict[str, tuple[dict[str, Any], list[bytes]]] = {}
        self._heard = threading.Condition()
        table.send = self._hear  # type: ignore[method-assign]

    def _hear(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        with self._heard:
            self._answers[content["id"]] = (content, buffers or [])
            self._heard.notify_all()

    def ask(self, kind: str, **message: Any) -> tuple[dict[str, Any], list[bytes]]:
        """Send a message and wait for its answer."""
        self._count += 1
        name = f"m{self._count}"
        self.table._handle_msg(
            {"content": {"data": {"method": "custom", "content": {"kind": kind, "id": name, **message}}}, "buffers": []}
        )
        with self._heard:
            assert self._heard.wait_for(lambda: name in self._answers, timeout=180)
        return self._answers[name]

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("rows", start=0, count=50)[0]["rows"]
        return found


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(tmp_path, keys=[SECRET]) as opened:
        for number in range(6):
            record = a_record(number, prompt=f"A cat {number} {SECRET}", is_sandbox=number == 5, project="film")
            succeed(opened, record)
            charge(opened, record.local_id, "0.10000001", is_sandbox=number == 5)
        opened.add_intents([a_record(9, prompt=HOSTILE, quote=None, project="")])
        opened.transition("t-0000", TaskStatus.KEPT, at=after(99))
        opened.add_artifact("t-0000", Artifact("clip", path=tmp_path / "clips" / "a.mp4", kept_at=after(99)))
        yield opened


@pytest.fixture
def page(ledger: Ledger) -> Iterator[Page]:
    table = LedgerTable(ledger)
    yield Page(table)
    table.close()


def test_sums_and_frame_follow_filter_and_choice(page: Page) -> None:
    """Real and sandbox apart, exactly; the frame is what is shown."""
    table = page.table
    assert [line["parts"] for line in table.sums["shown"]] == [
        ["6 tasks", "25 s", "544,500 tokens", "¥0.50"],
        ["1 task", "5 s", "108,900 tokens", "would be ¥0.10"],
    ]
    page.ask("query", query={"text": "cat", "chosen": {"sandbox": [False]}, "order": "created_at", "descending": False})
    assert table.size["rows"] == table.size["tasks"] == 5
    frame = table.frame()
    assert frame["local_id"].to_list() == [f"t-{number:04}" for number in range(5)]
    assert frame["cost"].sum() == Decimal("0.50000005")
    page.ask("choose", what="rows", start=3, stop=1)
    assert table.chosen == ["t-0001", "t-0002", "t-0003"]
    assert table.sums["chosen"][0]["parts"][0] == "3 tasks"
    assert [row["chosen"] for row in page.rows()] == [False, True, True, True, False]
    page.ask("query", query={"text": ""})
    assert table.chosen == []  # nobody writes into what is not seen
    assert begun({"provider": "ark", "mode": "text", "since": "2026-11-01"}, "").where() == {
        "provider": ["ark"],
        "mode": "text",
        "since": "2026-11-01",
    }


def test_groups_open_and_are_chosen_whole(page: Page) -> None:
    """With sums on each head; a place that has moved meanwhile is not acted on."""
    table = page.table
    page.ask("query", query={"group": "project"})
    heads = page.rows()
    assert [(head["label"], head["open"]) for head in heads] == [("film", False), ("not said", False)]
    assert heads[0]["sums"][1] == "Sandbox, not billed · 1 task · 5 s · 108,900 tokens · would be ¥0.10"
    version = table.size["version"]
    page.ask("fold", group=0, version=version)
    assert table.size["rows"] == 8
    assert "changed meanwhile" in page.ask("fold", group=0, version=version)[0]["error"]
    page.ask("choose", what="group", group=1, version=table.size["version"])
    assert table.chosen == ["t-0009"]


def test_what_is_said_in_the_table_is_in_the_ledger_and_can_be_taken_back(page: Page, ledger: Ledger) -> None:
    """Of one task and of those chosen; what somebody else has said since stays."""
    table = page.table
    page.ask("say", what="tags", value="client=acme, hero", task="t-0001")
    page.ask("say", what="tags", value="hero", task="t-0001")
    assert ledger.labels(["t-0001"])["t-0001"] == {"tag:hero": "yes"}
    page.ask("undo")
    assert ledger.labels(["t-0001"])["t-0001"] == {"tag:client": "acme", "tag:hero": "yes"}
    page.ask("choose", what="all")
    page.ask("say", what="rating", value=4)
    assert table.undo == "what was said of 7 tasks"
    assert table.frame()["rating"].to_list() == [4] * 7
    LedgerView(ledger).rate("t-0002", 1)
    page.ask("undo")
    assert {key: said.get("rating") for key, said in ledger.labels().items()} == {"t-0001": None, "t-0002": "1"}
    for what, value in (("rating", 6), ("tag", "*"), ("rating", True), ("prompt", "x"), ("note", 5)):
        assert page.ask("say", what=what, value=value)[0]["ok"] is False
    page.ask("choose", what="none")
    assert "Choose tasks first" in page.ask("say", what="note", value="x")[0]["error"]


def test_nothing_that_must_not_leaves(page: Page, ledger: Ledger) -> None:
    """No prompt in a trait, no key in an answer or a picture; a formula is only text; strangers get nothing."""
    table = page.table
    table.view, before = {}, table.view
    state = json.dumps(table.get_state(), default=str)
    table.view = before
    assert SECRET not in state
    assert "A cat 1" not in state
    answers = [
        page.ask("rows", start=0, count=9),
        page.ask("choices"),
        page.ask("show", task="t-0001"),
        page.ask("csv"),
    ]
    assert SECRET not in str(answers) + table.picture() + table.text() + table.csv()
    assert "\u202e" not in str(answers[0])
    assert "<img" not in table.picture()
    lines = list(csv.DictReader(io.StringIO(table.csv())))
    assert lines[0]["prompt"].startswith("'=cmd|")
    assert (lines[-1]["cost"], lines[-1]["currency"]) == ("0.10000001", "CNY")
    assert page.ask("posters", tasks=["t-0000", "../../etc/passwd", 7])[0]["tasks"] == []
    for kind, message in {
        "rows": {"start": -1, "count": 5},
        "query": {"query": {"order": "prompt; --"}},
        "choose": {"what": "rows", "start": "x", "stop": 2},
        "show": {"task": "nobody"},
        "compose": {"task": "t-0001"},
    }.items():
        assert page.ask(kind, **message)[0]["ok"] is False
    assert table.size["rows"] == 7


def test_changes_are_read_again_and_together(page: Page, ledger: Ledger) -> None:
    """Somebody else's too, once somebody looks."""
    table, version = page.table, page.table.size["version"]
    heard = threading.Event()
    table.observe(lambda _: heard.set(), "size")
    ledger.add_intents([a_record(30), a_record(31)])
    for _ in range(50):
        table.changed()
    assert heard.wait(180)
    assert (table.size["tasks"], table.size["version"]) == (9, version + 1)
    heard.clear()
    LedgerView(ledger).note("t-0001", "x")
    page.table._handle_msg({"content": {"data": {"method": "custom", "content": {"kind": "look"}}}, "buffers": []})
    assert heard.wait(180)


@pytest.mark.parametrize("language", ["zh", "fr"])
def test_all_that_it_says_is_said_in_each_language(language: words.Language) -> None:
    """Every word, head and choice is another one, but for those that languages share."""
    english, other = table_view("en"), table_view(language)
    same = {key for key, text in english["words"].items() if other["words"][key] == text}
    assert same <= {"tags_hint"}
    for part in ("columns", "facets", "groups", "acts"):
        shared = [
            one["label"] for one, two in zip(english[part], other[part], strict=True) if one["label"] == two["label"]
        ]
        assert set(shared) <= {"Prompt", "Note", "Mode", "Tokens", "Notebook"}


def test_what_is_offered_is_there() -> None:
    """Each column that sorts is an order of the ledger's, each group one of its groups."""
    view = table_view("en")
    assert {one["id"] for one in view["columns"] if one["sorts"]} <= {*ORDERED}
    assert {*GROUPS} <= {*GROUPED}
    assert {*FACETS} - {"tag"} <= {*GROUPED}
    assert len(COLUMNS) == len(view["columns"])
