"""A chain in a cell and as a widget, without a browser: what is drawn, what a button does, what is never published."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seedance_nb import words
from seedance_nb.errors import BudgetError
from seedance_nb.task import Artifact, Failure, TaskRecord, TaskStatus
from seedance_nb.widgets.chain_cell import ChainCell, still_view
from seedance_nb.widgets.chain_table import ChainSummary, ShotSummary, chain_table, chain_text, chain_view
from seedance_nb.widgets.chain_view import ChainView

from .media_samples import clip
from .widget_samples import NOW, kept, record

KEY = "0f3c9a1e-77aa-4bd2-9c55-1a2b3c4d5e6f"
BASE64 = "iVBORw0KGgo" + "Qk1BAAAAAAAAADYA" * 20
SIGNED = "https://tos.example/clip.mp4?X-Tos-Signature=5ecre7&X-Tos-Credential=AKLT1"
SECRETS = (KEY, BASE64[20:], "5ecre7", "AKLT1")


def shot(prompt: str, *, follows: bool = True, task: TaskRecord | None = None, **changes: Any) -> ShotSummary:
    return ShotSummary(
        prompt=prompt, follows=follows, asked=record(TaskStatus.INTENT), price="¥5.01", record=task, **changes
    )


def summary(**changes: Any) -> ChainSummary:
    """A chain of three at its first gate."""
    shots = [shot("A cat <b>waits</b>", follows=False, task=kept()), shot("It looks up"), shot("Night", follows=False)]
    facts = {
        "chain_id": "c-1",
        "shots": shots,
        "state": "waiting",
        "provider": "ark",
        "is_sandbox": False,
        "gate_at": 1,
        "quote": "¥15.03",
        "to_send": "¥10.02",
        "cost": "¥5.01",
        "next_price": "¥5.01",
        "again_price": "¥5.02",
    }
    return ChainSummary(**{**facts, **changes})


class Chain:
    """A chain that the test moves."""

    home = None

    def __init__(self) -> None:
        self.now = summary()
        self.listeners: list[Callable[[], None]] = []
        self.looks = 0
        self.done: list[str] = []
        self.acted = threading.Event()
        self.trouble: Exception | None = None

    def summary(self) -> ChainSummary:
        self.looks += 1
        return self.now

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(callback)
        return lambda: self.listeners.remove(callback)

    def move(self, **changes: Any) -> None:
        self.now = replace(self.now, **changes)
        for listener in tuple(self.listeners):
            listener()

    def _do(self, what: str) -> None:
        self.done.append(what)
        self.acted.set()
        if self.trouble:
            raise self.trouble

    def run(self, *, gate: bool = False) -> None:
        self._do("run gated" if gate else "run")

    def approve(self) -> None:
        self._do("approve")

    def again(self) -> None:
        self._do("again")

    def stop(self) -> None:
        self._do("stop")


class Strip(ChainView):
    """Keeps what it would have sent."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.sent: list[Any] = []
        self.answered = threading.Event()
        super().__init__(*args, **options)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append(content)
        self.answered.set()

    def tell(self, **content: object) -> None:
        """As if the browser had sent it, and until it is answered."""
        self.answered.clear()
        self._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})
        assert self.answered.wait(180)


def strip(chain: Chain, **changes: Any) -> Strip:
    acts = {"approve": chain.approve, "again": chain.again, "stop": chain.stop, "run": chain.run}
    return Strip(chain_view(summary(**changes), now=NOW), acts=acts)


# -- what is drawn --


def test_every_shot_says_how_it_is_linked_what_it_costs_and_where_it_stands() -> None:
    """In text and in HTML; what a prompt says is never markup, and prices stand on the buttons."""
    view = chain_view(summary(), now=NOW)
    assert [each["link"] for each in view["shots"]] == ["first", "follows", "cut"]
    assert [each["label"] for each in view["buttons"]] == [
        "Send shot 2 · ¥5.01",
        "Make shot 1 anew · ¥5.02",
        "Stop here",
    ]
    text, html = chain_text(view), chain_table(view)
    for said in (text, html):
        for words_ in ("begins where shot 1 ends", "a cut: begins anew", "waits for you", "to be sent", "kept"):
            assert words_ in said
    assert "Quoted: ¥15.03. Still to be sent: ¥10.02. Cost so far: ¥5.01." in text
    assert "<b>" not in html
    assert "A cat &lt;b&gt;waits&lt;/b&gt;" in html


@pytest.mark.parametrize(
    ("state", "kinds"),
    [("planned", ["run_gated", "run"]), ("running", ["stop"]), ("stopped", []), ("done", [])],
)
def test_only_what_can_be_done_has_a_button(state: str, kinds: list[str]) -> None:
    """At each state of a chain."""
    view = chain_view(summary(state=state, gate_at=None), now=NOW)
    assert [button["kind"] for button in view["buttons"]] == kinds


@pytest.mark.parametrize(("language", "said"), [("zh", "接镜头 1 的结尾"), ("fr", "commence où finit le plan 1")])
def test_it_speaks_other_languages(language: str, said: str) -> None:
    """The words of the strip and of the plain HTML."""
    words.use(language)
    try:
        view = chain_view(summary(), now=NOW)
    finally:
        words.use(None)
    assert said in chain_table(view)
    assert view["words"]["yes"] != "Yes, stop"


# -- the cell --


def test_a_cell_is_drawn_four_times_a_second_and_ends_as_plain_html(tmp_path: Path) -> None:
    """One display id; a burst is one picture; the end needs no widget; one that is begun again has one anew."""
    shown: list[tuple[dict[str, Any], str, bool]] = []
    timers: list[tuple[float, Callable[[], None]]] = []
    chain = Chain()
    cell = ChainCell(
        chain,
        publish=lambda *each: shown.append(each),
        clock=lambda: 100.0,
        call_later=lambda seconds, function: timers.append((seconds, function)),
    )
    cell.open()
    live = "data-sdnb-place="
    assert live in shown[0][0]["text/html"]
    assert "A " in shown[0][0]["text/plain"]
    for number in range(300):
        chain.move(state="running", gate_at=None, cost=f"¥{number}.00")
    assert [seconds for seconds, _ in timers] == [pytest.approx(0.25)]
    assert chain.looks == 1
    timers.pop()[1]()
    assert chain.looks == 2
    assert len(shown) == 1  # the widget's trait carries it
    chain.move(state="done")
    cell.flush()
    assert set(shown[-1][0]) == {"text/html", "text/plain"}
    assert "complete" in shown[-1][0]["text/html"]
    assert live not in shown[-1][0]["text/html"]
    chain.move(state="running")
    cell.flush()
    assert live in shown[-1][0]["text/html"]
    assert len({display_id for _, display_id, _ in shown}) == 1


def test_a_still_has_small_posters(tmp_path: Path) -> None:
    """A saved notebook shows each shot for a few kilobytes."""
    path = tmp_path / "a.mp4"
    path.write_bytes(clip())
    task = kept(artifacts=(Artifact("clip", path=path, width=320, height=240),))
    html = chain_table(still_view(summary(shots=[shot("x", follows=False, task=task)])))
    assert "data:image/jpeg;base64," in html
    assert len(html) < 8_000


# -- the widget --


def test_a_button_acts_in_a_thread_and_is_answered() -> None:
    """One message, one act; what it raises is a sentence beside the buttons."""
    chain = Chain()
    widget = strip(chain)
    widget.tell(kind="act", id="m1", act="approve")
    assert chain.done == ["approve"]
    assert widget.sent == [{"id": "m1", "ok": True, "error": ""}]
    chain.trouble = BudgetError("The budget is used up.")
    widget.tell(kind="act", id="m2", act="again")
    assert widget.error == "The budget is used up."
    assert widget.sent[-1]["ok"] is False


@pytest.mark.parametrize("act", ["run", "delete", None, 3])
def test_a_late_or_strange_click_changes_nothing(act: object) -> None:
    """Only what the strip offers now can be asked for."""
    chain = Chain()
    widget = strip(chain)
    widget.tell(kind="act", id="m1", act=act)
    assert chain.done == []
    assert "moved on" in widget.error


def test_a_clip_is_offered_once(tmp_path: Path) -> None:
    """By a token; a new state of the chain keeps it, another take takes it away."""
    path = tmp_path / "a.mp4"
    path.write_bytes(clip())
    view = chain_view(summary(), now=NOW)
    view["paths"] = {"local-1": path}
    widget = Strip(view, acts={})
    token = widget.view["shots"][0]["clip"]["token"]
    widget.show(view)
    assert widget.view["shots"][0]["clip"]["token"] == token
    assert "paths" not in widget.view
    assert list(widget._offers) == [token]
    other = chain_view(summary(shots=[shot("x", follows=False, task=kept(local_id="local-2"))]), now=NOW)
    widget.show({**other, "paths": {"local-2": path}})
    assert token not in widget._offers


def test_nothing_secret_is_published(caplog: pytest.LogCaptureFixture) -> None:
    """Keys, signed queries and media bytes planted everywhere are in no trait, output, message, log or repr."""
    planted = f"Authorization: Bearer {KEY} api_key={KEY} {SIGNED} data:image/png;base64,{BASE64} {BASE64}"
    task = replace(
        kept(prompt=planted, failure=Failure(planted, planted), task_id=planted, model=planted),
        base_url=SIGNED,
        request={"content": [{"image_url": {"url": f"data:image/png;base64,{BASE64}"}}], "ratio": SIGNED, "key": KEY},
        owner=KEY,
    )
    for status in (TaskStatus.QUEUED, TaskStatus.FAILED, TaskStatus.KEPT):
        each = replace(shot(planted, follows=False, task=replace(task, status=status)), asked=task)
        facts = summary(shots=[each, shot(planted)], why=planted)
        view = chain_view(facts, now=NOW, notebook_dir=Path("/books/one"))
        chain = Chain()
        chain.trouble = BudgetError(planted)
        widget = Strip(view, acts={"approve": chain.approve})
        widget.tell(kind="act", id="m1", act="approve")
        published = (widget.get_state(), widget.sent, chain_table(view), chain_text(view), caplog.text, widget)
        for text in map(str, published):
            assert not [secret for secret in SECRETS if secret in text]
