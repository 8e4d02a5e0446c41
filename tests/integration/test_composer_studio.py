"""A composer and a bench of a real studio on the sandbox, driven by messages alone."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import seedance_nb as sd
from seedance_nb.composing import BudgetLeft
from seedance_nb.errors import BudgetError
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio

from ..patience import eventually
from .conftest import BY_HAND

KEY = "sk-planted-77c1e2b94f"
SHORT = sd.Request("A cat", ratio="16:9", resolution="480p", duration=4)


class Hands:
    """A browser without a page: sends messages, and keeps the answers."""

    def __init__(self, widget: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.widget = widget
        self.answers: dict[str, dict[str, Any]] = {}
        self.told: list[dict[str, Any]] = []
        self._serial = 0
        monkeypatch.setattr(widget, "send", self._hear)

    def _hear(self, content: dict[str, Any], buffers: object = None) -> None:
        (self.answers.__setitem__(content["id"], content) if "id" in content else self.told.append(content))

    def post(self, kind: str, **content: Any) -> str:
        """A message, as the page sends it."""
        self._serial += 1
        message = {"kind": kind, "id": f"m{self._serial}", **content}
        self.widget._handle_msg({"content": {"data": {"method": "custom", "content": message}}, "buffers": []})
        return message["id"]

    def tell(self, kind: str, **content: Any) -> dict[str, Any]:
        """A message and its answer."""
        name = self.post(kind, **content)
        eventually(lambda: name in self.answers)
        return self.answers[name]

    def type(self, text: str) -> None:
        """Type at the end."""
        at = len(self.widget.request.prompt)
        assert self.tell("prompt_edit", rev=self.widget.prompt["rev"], start=at, removed=0, inserted=text)["ok"]


@pytest.fixture
def studio(box: Sandbox, tmp_path: Path) -> Any:
    """A studio with a budget for two small clips."""
    with Studio("sandbox", base_url=box.url("ark"), home=tmp_path / "out", budget="4 CNY/session") as made:
        yield made


def test_by_messages_alone_a_clip_is_made_once(studio: Studio, box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typed, set, priced, pressed twice: one create, one kept task, and the request is what the hands made."""
    composer = studio.composer()
    hands = Hands(composer, monkeypatch)
    hands.type("A cat yawns")
    for name, value in (("ratio", "16:9"), ("resolution", "480p"), ("duration", 4)):
        assert hands.tell("param", name=name, value=value)["ok"]
    assert composer.request == sd.Request("A cat yawns", ratio="16:9", resolution="480p", duration=4)
    eventually(lambda: "¥1.87" in composer.view["submit"]["label"] and composer.view["submit"]["enabled"])
    assert composer.view["provider"]["is_sandbox"]
    assert composer.view["budget"][0]["left_text"] == "¥4.00 left"

    token = composer.view["rev"]
    pressed = [hands.post("submit", token=token) for _ in range(2)]
    eventually(lambda: all(name in hands.answers for name in pressed))
    assert [hands.answers[name]["error"] for name in pressed] == ["", ""]
    assert hands.told == [{"kind": "submitted", "local_id": composer.task.local_id}]
    assert composer.task.wait(180).video.exists()
    assert box.creates == 1
    assert len(studio.tasks()) == 1
    composer.close()


def test_what_is_left_is_what_a_submit_finds(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Promised money is gone at once, and what does not fit is refused by both."""
    composer = studio.composer(SHORT)
    hands = Hands(composer, monkeypatch)
    assert studio._books.left() == [BudgetLeft("4 CNY/session", Decimal(4), "CNY")]
    studio.submit(SHORT)
    [left] = studio._books.left()
    assert round(left.left, 2) == Decimal("2.13")
    studio.submit(SHORT)
    composer.refresh()
    eventually(lambda: not composer.view["submit"]["enabled"])
    assert "4 CNY/session" in composer.view["submit"]["reason"]
    with pytest.raises(BudgetError):
        studio.submit(SHORT)
    assert not hands.tell("submit", token=composer.view["rev"])["ok"]
    composer.close()


def test_a_refusal_is_a_sentence_in_the_composer(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that only the submit finds; nothing is written."""
    composer = studio.composer(SHORT)
    hands = Hands(composer, monkeypatch)
    eventually(lambda: composer.view["submit"]["enabled"])
    monkeypatch.setattr(studio, "_send", lambda *_: (_ for _ in ()).throw(BudgetError("The budget is used up.")))
    answer = hands.tell("submit", token=composer.view["rev"])
    assert answer["error"] == composer.error == "The budget is used up."
    assert studio.ledger.frame().empty
    composer.close()


def test_a_kept_clip_and_its_last_frame_are_offered(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the ledger, by prompt, model and day."""
    task = studio.submit(SHORT.replace(return_last_frame=True)).wait(180)
    composer = studio.composer()
    hands = Hands(composer, monkeypatch)
    [clip] = hands.tell("list_kept")["kept"]
    assert (clip["local_id"], clip["has_last_frame"]) == (task.local_id, True)
    assert clip["label"].startswith("A cat · seedance-2.0 · 20")
    assert hands.tell("add_kept", local_id=task.local_id, what="last_frame")["ok"]
    [frame] = composer.request.content.media
    assert frame.source.value == str(task.last_frame)
    composer.close()


def test_prices_everywhere_are_those_of_quotes(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """On demand, one row for each provider and model."""
    composer = studio.composer(SHORT)
    hands = Hands(composer, monkeypatch)
    assert hands.tell("show_quotes", open=True)["ok"]
    eventually(lambda: composer.view["quotes"])
    assert len(composer.view["quotes"]) == len(sd.quotes(SHORT))
    composer.close()


def section(studio: Studio, name: str) -> dict[str, Any]:
    return next(one for one in studio._bench.view["sections"] if one["id"] == name)


def test_the_bench_follows_tasks_from_anywhere(studio: Studio, box: Sandbox) -> None:
    """One submitted in a cell appears, moves and ends in its table, and its cost under it."""
    box.scenario = BY_HAND
    assert section(studio, "tasks")["rows"] == []
    drawn: list[str] = []
    studio._bench.observe(
        lambda change: drawn.extend(row[0]["text"] for row in change["new"]["sections"][0]["rows"]), "view"
    )
    task = studio.submit(SHORT)
    eventually(lambda: task.task_id)
    box.clock.advance(3600)
    eventually(lambda: "running" in drawn)
    box.clock.advance(3600)
    eventually(lambda: [row[0]["text"] for row in section(studio, "tasks")["rows"]] == ["kept"])
    eventually(lambda: section(studio, "costs")["rows"])
    assert section(studio, "costs")["rows"][0][-1]["text"] == "¥1.87"
    eventually(lambda: section(studio, "costs")["also"]["rows"][0][1]["text"] == "¥2.13")


def test_a_bench_ends_with_its_studio(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    """No thread draws a closed ledger, and a closed studio still has a name."""
    bench = studio._bench
    studio.submit(SHORT)
    studio.close()
    bench.changed()
    assert bench.comm is None
    assert studio._repr_html_() is None
    studio._ipython_display_()
    assert capsys.readouterr().out == f"{studio!r}\n"


def test_outside_a_notebook_a_studio_is_its_name(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    """And a composer says where it is drawn."""
    studio._ipython_display_()
    studio.composer("x")._ipython_display_()
    written = capsys.readouterr().out
    assert written.startswith(f"{studio!r}\nComposer(")
    assert "_bench" not in vars(studio)


def test_a_planted_secret_is_in_no_composer_and_no_bench(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the key nor a signature is in a trait, a twin or an answer."""
    monkeypatch.setenv("ARK_API_KEY", KEY)
    monkeypatch.setenv("SEEDANCE_NB_ARK_URL", box.url("ark"))
    signed = "https://m.example/a.png?X-Tos-Signature=planted-signature"
    with Studio(home=tmp_path / "out") as studio:
        task = studio.submit(SHORT.replace(content=sd.Content(f"A cat. Authorization: Bearer {KEY}")))
        refused = studio.submit(SHORT.replace(content=sd.Content(f"x {KEY} [sandbox:moderation]")))
        task.wait(180)
        eventually(lambda: refused.record().is_over)
        composer = studio.composer(SHORT.replace(content=sd.Content("A cat in image 1", sd.Image(signed))))
        hands = Hands(composer, monkeypatch)
        hands.tell("list_kept")
        hands.tell("show_sent", open=True)
        hands.tell("submit", token=composer.view["rev"])
        studio._bench.draw()
        shown = [*composer._repr_mimebundle_(), *studio._bench._repr_mimebundle_(), studio._repr_html_(), hands.answers]
        shown += [studio._bench.get_state(), composer.view, composer.error, repr(composer)]
        composer.close()
    for one in shown:
        text = json.dumps(one, default=str)
        assert KEY not in text
        assert "planted-signature" not in text


def test_a_table_follows_its_tasks_and_composes_one_again(
    box: Sandbox, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task turns up by itself and is followed to its end; its request opens in a composer, and nothing is sent."""
    table = studio.ledger.show(group="status")
    hands = Hands(table, monkeypatch)
    task = studio.submit(SHORT)
    eventually(lambda: table.size["tasks"] == 1)
    task.wait(180)
    eventually(lambda: hands.tell("rows", start=0, count=1)["rows"][0].get("label") == "kept")
    assert table.frame()["local_id"].to_list() == [task.local_id]
    creates = box.creates
    assert hands.tell("compose", task=task.local_id)["missing"] == []
    again = table.composer
    assert (again.request.prompt, again.request.resolution, again.request.duration) == ("A cat", "480p", 4)
    assert table.places == {"composer": again.place}
    shown = hands.tell("show", task=task.local_id)["detail"]
    assert (shown["title"], shown["clip"]["width"] > 0, shown["composes"]) == ("A cat", True, True)
    hands.tell("compose", task=task.local_id)
    assert table.composer is not again
    assert again.comm is None  # one composer at a time
    assert box.creates == creates
    studio.ledger.close()
    assert table.comm is None
