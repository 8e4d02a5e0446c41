"""The bench and what it is made of, without a studio: its view, its cards, how often it draws."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seedance_nb import words
from seedance_nb.bench import kept_clips
from seedance_nb.budget import budgets
from seedance_nb.content import Content, Image
from seedance_nb.engine import budgeting
from seedance_nb.ledger import Committed
from seedance_nb.money import Money
from seedance_nb.prices import quote
from seedance_nb.request import Problem, Request
from seedance_nb.task import Artifact, TaskStatus
from seedance_nb.widgets._bench_view import bench_html, bench_view
from seedance_nb.widgets._in_place import LeavesPicture
from seedance_nb.widgets.bench import Bench
from seedance_nb.widgets.card_stack import WIDGET, CardStack
from seedance_nb.widgets.check_card import check_card
from seedance_nb.widgets.shown_composer import ShownComposer

from .widget_samples import NOW, record

HOSTILE = '<img src=x onerror="alert(1)"> \u202eevil $x$ </bdi>'


def view_of(*records: Any, language: words.Language = "en", **changes: Any) -> dict[str, Any]:
    options: dict[str, Any] = {"total": len(records), "facts": [("Tasks", "3")], "costs": [], "budgets": []}
    return bench_view(records, now=NOW, language=language, **{**options, **changes})


def sections(view: dict[str, Any]) -> dict[str, Any]:
    return {section["id"]: section for section in view["sections"]}


# -- what is seen --


def test_each_section_names_what_shows_it_alone() -> None:
    """Tasks, ledger and costs, beside the composer; nothing that is not built."""
    view = view_of(record(TaskStatus.RUNNING))
    assert {name: section["code"] for name, section in sections(view).items()} == {
        "tasks": "studio.tasks()",
        "ledger": "studio.ledger",
        "costs": "studio.ledger.costs()",
    }
    assert view["compose"]["code"] == "studio.composer()"
    assert view["compare"]["code"] == "studio.compare(task_1, task_2)"
    [row] = sections(view)["tasks"]["rows"]
    assert row[0]["text"] == "running"
    assert row[0]["glyph"] == "◐"


def test_more_tasks_than_are_shown_are_counted() -> None:
    """And where the others are is said."""
    tasks = sections(view_of(record(TaskStatus.KEPT), total=1234))["tasks"]
    assert (tasks["count"], tasks["note"]) == ("1,234", "… and 1,233 more: studio.tasks() has all of them.")


def test_costs_keep_the_sandbox_and_each_currency_apart() -> None:
    """With what is left of budgets."""
    rows = [
        {
            "provider": "ark",
            "model": "m",
            "currency": "CNY",
            "is_sandbox": False,
            "tasks": 2,
            "tokens": 9000,
            "cost": Decimal("5.01"),
        },
        {
            "provider": "atlas",
            "model": "m",
            "currency": "USD",
            "is_sandbox": True,
            "tasks": 1,
            "tokens": 0,
            "cost": Decimal("0.45"),
        },
    ]
    costs = sections(view_of(costs=rows, budgets=[("20 CNY/day", "¥14.99")]))["costs"]
    assert [[cell["text"] for cell in row] for row in costs["rows"]] == [
        ["Volcengine Ark", "m", "2", "9,000", "¥5.01"],
        ["Atlas Cloud", "m", "1", "0", "$0.45"],
    ]
    assert [row[0]["below"] for row in costs["rows"]] == ["", "sandbox, not billed"]
    assert costs["also"]["rows"][0][1]["text"] == "¥14.99"


@pytest.mark.parametrize("language", ["zh", "fr"])
def test_labels_are_said_in_each_language(language: words.Language) -> None:
    """Every label of the English bench is another word."""
    english, other = view_of(), view_of(language=language)
    labels = [section["label"] for section in other["sections"]]
    assert not set(labels) & {section["label"] for section in english["sections"]}
    assert other["compose"]["failed"] != english["compose"]["failed"]


def test_hostile_text_stays_text_and_no_dollar_becomes_a_formula() -> None:
    """In the HTML; the browser gets it as data."""
    html = bench_html(view_of(record(TaskStatus.KEPT, prompt=HOSTILE)), title="Studio(x)")
    assert "<img" not in html
    assert "\u202e" not in html
    assert "<span>$</span>x<span>$</span>" in html


# -- how often it is drawn --


class Later:
    """Calls when told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def __call__(self, seconds: float, function: Callable[[], None]) -> None:
        self.waiting.append((seconds, function))

    def go(self) -> None:
        for _, function in [self.waiting.pop(0) for _ in list(self.waiting)]:
            function()


@pytest.fixture
def composer(tmp_path: Path) -> ShownComposer:
    return ShownComposer("A cat", provider="ark", home=tmp_path, submit=lambda request: pytest.fail("not submitted"))


def test_many_changes_are_drawn_together(composer: ShownComposer) -> None:
    """At most one drawing every quarter of a second, and the last change is always drawn."""
    later, looked, now = Later(), [], [100.0]

    def look() -> dict[str, Any]:
        looked.append(len(looked))
        return view_of(total=len(looked))

    bench = Bench(composer, title="Studio(x)", look=look, clock=lambda: now[0], call_later=later)
    assert len(looked) == 1
    for _ in range(50):
        bench.changed()
    assert [round(seconds, 2) for seconds, _ in later.waiting] == [0.25]
    later.go()
    assert len(looked) == 2
    now[0] += 10
    bench.changed()
    assert later.waiting[0][0] == 0.0
    bench.close()
    later.go()
    bench.changed()
    assert (len(looked), later.waiting) == (2, [])


def test_a_drawing_that_fails_is_logged_and_the_next_goes_on(
    composer: ShownComposer, caplog: pytest.LogCaptureFixture
) -> None:
    """The ledger may be busy once."""
    later, answers = Later(), [view_of(), ValueError("busy"), view_of(total=2)]

    def look() -> dict[str, Any]:
        answer = answers.pop(0)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    bench = Bench(composer, title="x", look=look, call_later=later)
    for _ in range(2):
        bench.changed()
        later.go()
    assert "busy" in caplog.text
    assert sections(bench.view)["tasks"]["count"] == "2"
    bench.close()


class Compared(LeavesPicture):
    """What stands for a comparison."""

    closed = False

    def close(self) -> None:
        self.closed = True
        super().close()


def test_only_clips_that_are_offered_are_compared(composer: ShownComposer) -> None:
    """Two or more of them; a second choice takes the place of the first, and what a browser makes up is left out."""
    asked: list[list[str]] = []

    def compare(local_ids: Sequence[str]) -> LeavesPicture:
        asked.append(list(local_ids))
        return Compared()

    view = view_of(clips=[(f"t-{number}", f"Clip {number}") for number in range(12)])
    bench = Bench(composer, title="x", look=lambda: view, compare=compare)
    for wrong in (None, "t-1", ["t-1"], ["t-1", "../../etc"], [f"t-{number}" for number in range(12)]):
        bench._dispatch(bench, {"kind": "compare", "id": "m", "clips": wrong}, None)
        assert "at most 9" in bench.error
    assert (asked, bench.comparison) == ([], None)

    def choose(*clips: str) -> Compared:
        bench._on_compare({"clips": list(clips)}).result(10)
        assert isinstance(bench.comparison, Compared)
        return bench.comparison

    first = choose("t-1", "t-2", "t-99")
    second = choose("t-3", "t-4")
    assert asked == [["t-1", "t-2"], ["t-3", "t-4"]]
    assert (first.closed, second.closed) == (True, False)
    assert bench.places == {"composer": composer.place, "comparison": second.place}
    bench.close()
    assert second.closed


def test_the_bench_has_twins_for_pages_without_widgets(composer: ShownComposer) -> None:
    """The plain text stays the studio's."""
    bench = Bench(composer, title="Studio(ark; /x)", look=view_of)
    data, _ = bench._repr_mimebundle_()
    assert data["text/plain"] == "Studio(ark; /x)"
    assert "No tasks yet." in data["text/html"]
    assert WIDGET in data
    bench.close()


# -- cards below --


class Handle:
    """A task whose changes the test makes."""

    def __init__(self, status: TaskStatus = TaskStatus.RUNNING, **changes: Any) -> None:
        self.now = record(status, **changes)
        self.listeners: list[Callable[[Any], None]] = []

    def record(self) -> Any:
        return self.now

    def subscribe(self, callback: Callable[[Any], None]) -> Callable[[], None]:
        self.listeners.append(callback)
        return lambda: self.listeners.remove(callback)

    def push(self, status: TaskStatus, **changes: Any) -> None:
        self.now = record(status, **changes)
        for listener in list(self.listeners):
            listener(self.now)

    def cancel(self) -> None: ...
    def cancellable(self) -> frozenset[TaskStatus]:
        return frozenset()

    def transfer(self) -> None: ...
    def usual_durations(self) -> list[float]:
        return []

    def poster(self) -> None: ...


def test_live_cards_and_ended_ones_have_an_output_each() -> None:
    """A card alone, then a box of two, then plain HTML, the newest first."""
    outputs: dict[str, dict[str, Any]] = {}
    updates: list[bool] = []

    def publish(bundle: dict[str, Any], display_id: str, update: bool) -> None:
        outputs[display_id] = bundle
        updates.append(update)

    stack = CardStack(publish=publish)
    stack.open()
    live, ended = list(outputs)
    assert outputs[live]["text/html"] == outputs[ended]["text/html"] == ""
    first, second = Handle(prompt="one"), Handle(prompt="two")
    stack.add(first)
    alone = outputs[live][WIDGET]["model_id"]
    stack.add(second)
    assert outputs[live][WIDGET]["model_id"] != alone
    assert outputs[live]["text/html"].index("two") < outputs[live]["text/html"].index("one")
    first.push(TaskStatus.CANCELLED, prompt="one")
    assert "one" in outputs[ended]["text/html"]
    assert "one" not in outputs[live]["text/html"]
    second.push(TaskStatus.CANCELLED, prompt="two")
    assert outputs[live] == {"text/html": "", "text/plain": ""}
    assert outputs[ended]["text/html"].index("two") < outputs[ended]["text/html"].index("one")
    assert WIDGET not in outputs[ended]
    assert updates == [False, False] + [True] * (len(updates) - 2)


def test_a_card_that_cannot_be_shown_does_not_fail_the_submit(caplog: pytest.LogCaptureFixture) -> None:
    """The task is under way, whatever the page says."""

    def publish(*_: object) -> None:
        raise OSError("no front end")

    CardStack(publish=publish).add(Handle())
    assert "no front end" in caplog.text


# -- the card of a request --


def test_a_request_that_was_not_sent_is_a_card() -> None:
    """Problems by where they are, the price with its sum, hostile text as text, keys folded."""
    request = Request(
        Content(f"{HOSTILE} sk-planted", Image("https://m.example/a.png?X-Tos-Signature=5ecre7")), ratio="16:9"
    )
    problem = Problem("x", "prompt", f"What {HOSTILE}.", "Why.", "Fix.")
    card = check_card(
        request,
        provider="atlas",
        is_sandbox=False,
        problems=[problem],
        quote=quote(request, "atlas"),
        keys=["sk-planted"],
    )
    for text in card.values():
        for secret in ("sk-planted", "5ecre7", "\u202e"):
            assert secret not in text
        assert "5 s × " in text
        assert "1 thing to mend first." in text
    assert "<img" not in card["text/html"]
    assert "#d9534f" in card["text/html"]


# -- what a composer is told --


def test_only_clips_that_are_here_are_offered(tmp_path: Path) -> None:
    """With a label of prompt, model and day, and the last frame where there is one."""
    clip, frame = tmp_path / "a.mp4", tmp_path / "a.png"
    clip.write_bytes(b"x")
    frame.write_bytes(b"x")
    here = record(
        TaskStatus.KEPT, prompt="A cat " * 40, artifacts=(Artifact("clip", clip), Artifact("last_frame", frame))
    )
    gone = record(TaskStatus.KEPT, artifacts=(Artifact("clip", tmp_path / "gone.mp4"),))
    [found] = kept_clips([here, gone, record(TaskStatus.KEPT, artifacts=())])
    assert (found.clip, found.last_frame, found.local_id) == (clip, frame, here.local_id)
    assert found.label.startswith("A cat A cat")
    assert "… · seedance-2.0" in found.label


def test_what_is_left_is_what_the_guard_lets_through() -> None:
    """Never less than nothing, each in its unit, each period asked once."""
    asked: list[Any] = []

    def since(at: dt.datetime | None, **options: Any) -> Committed:
        asked.append((at is not None, options["owner"], options["project"], options["is_sandbox"]))
        return Committed(money={"CNY": Money(Decimal("7.5"), "CNY")}, tokens=900, seconds=40, tasks=2)  # type: ignore[arg-type]

    left = budgeting.left(
        budgets(["20 CNY/day", "800 tokens/session", "60 seconds/day", "5 CNY/project"]),
        since,
        owner="me",
        project="p",
        is_sandbox=True,
        now=NOW,
    )
    assert [rest for _, rest in left] == [Money(Decimal("12.5"), "CNY"), 0, 20, Money(Decimal(0), "CNY")]
    assert asked == [(True, None, None, True), (False, "me", None, True), (False, None, "p", True)]


def test_a_view_is_data_for_the_browser() -> None:
    """Nothing in it needs Python."""
    assert json.loads(json.dumps(view_of(record(TaskStatus.RUNNING)))) == view_of(record(TaskStatus.RUNNING))
