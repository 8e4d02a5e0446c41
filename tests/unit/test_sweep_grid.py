"""The grid of a sweep without a browser: messages in, patches and traits out."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seedance_nb import words
from seedance_nb.composing import BudgetLeft
from seedance_nb.content import Content, Image
from seedance_nb.sandbox.clip import ClipSpec, render
from seedance_nb.task import TaskStatus
from seedance_nb.widgets.sweep_cell import SweepCell, save
from seedance_nb.widgets.sweep_grid import SweepGrid
from seedance_nb.widgets.sweep_table import sweep_table, sweep_text

from .batch_samples import House
from .sweep_samples import AXES, keep_all, sweep

KEY = "0f3c9a1e-77aa-4bd2-9c55-1a2b3c4d5e6f"
SIGNED = "https://tos.example/cat.png?X-Tos-Signature=5ecre7&X-Tos-Credential=AKLT1"
SECRETS = (KEY, "5ecre7", "AKLT1")
HOSTILE = ["<img src=x onerror=alert(1)>", "\u202egnp.exe", "$x^2$ and \\(y\\)", "a" * 3_000, f"Bearer {KEY}"]


class Grid(SweepGrid):
    """Keeps what it would have sent, and draws when the test says so."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        self.due: list[Callable[[], None]] = []
        super().__init__(*args, call_later=lambda _s, call: self.due.append(call), **options)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append((content, list(buffers or [])))

    def go_off(self) -> None:
        due, self.due = self.due, []
        for call in due:
            call()

    def tell(self, **content: object) -> dict[str, Any]:
        """As if the browser had sent it; gives the answer."""
        number = f"m{len(self.sent)}-{time.monotonic_ns()}"
        self._handle_msg(
            {"content": {"data": {"method": "custom", "content": {"id": number, **content}}}, "buffers": []}
        )
        end = time.monotonic() + 180
        while time.monotonic() < end:
            for answer, buffers in self.sent:
                if answer.get("id") == number:
                    return {**answer, "buffers": buffers}
            time.sleep(0.005)
        raise AssertionError(f"{content} was not answered")

    def patches(self) -> list[list[int]]:
        return [[cell["n"] for cell in content["cells"]] for content, _ in self.sent if content.get("kind") == "cells"]


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture(scope="module")
def clip() -> bytes:
    """A real one, small."""
    made = render(
        ClipSpec(
            width=160, height=96, frames=5, prompt="x", seed=1, model="m", mode="text", audio=False, watermark=False
        )
    )
    return made.mp4


def test_only_what_changed_is_sent(house: House) -> None:
    """A change of two cells of eight is a patch of two; the whole list is not sent again."""
    made = sweep(house).run()
    grid = Grid(made)
    assert [cell["status"] for cell in grid.cells] == ["intent"] * 8
    ids = list(house.tasks)
    for _ in range(50):
        for local_id in ids[2:4]:
            house.move(local_id, TaskStatus.QUEUED)
    assert len(grid.due) == 1  # a hundred changes, one drawing to come
    grid.go_off()
    assert grid.patches() == [[2, 3]]
    assert [cell["status"] for cell in grid.cells][2:5] == ["queued", "queued", "intent"]
    assert not grid._should_send_property("cells", grid.cells)
    assert grid._should_send_property("view", grid.view)
    assert grid.tell(kind="look")["cells"] == grid.cells


def test_the_button_states_the_price_and_is_kept_to_it(house: House) -> None:
    """What was pressed is what was read; a price that has changed since is refused, in words."""
    grid = Grid(sweep(house))
    label = grid.view["run"]["label"]
    assert label == "Make 8 clips at Volcengine Ark · ¥13.48"
    assert grid.view["run"]["reason"] == ""
    refused = grid.tell(kind="run", label="Make 8 clips at Volcengine Ark · ¥1.00")
    assert "has changed since the button was drawn. Nothing was sent" in refused["error"]
    assert not grid.tell(kind="run")["ok"]
    assert house.tasks == {}
    assert grid.tell(kind="run", label=label)["ok"]
    assert len(house.tasks) == 8
    assert "under way" in grid.tell(kind="run", label=label)["error"]
    assert [call for call in house.calls if call[0] == "submit_many"] == [("submit_many", "8")]


def test_a_button_pressed_twice_is_one_batch(house: House) -> None:
    """The second press comes while the first is still being written down."""
    made = sweep(house)
    grid = Grid(made)
    begun, go_on = threading.Event(), threading.Event()
    run = made.run

    def slowly(**options: Any) -> Any:
        begun.set()
        assert go_on.wait(180)
        return run(**options)

    made.run = slowly  # type: ignore[method-assign]
    label = grid.view["run"]["label"]
    first = threading.Thread(target=lambda: grid.tell(kind="run", label=label))
    first.start()
    assert begun.wait(180)
    assert "already" in grid.tell(kind="run", label=label)["error"]
    go_on.set()
    first.join(180)
    assert [call for call in house.calls if call[0] == "submit_many"] == [("submit_many", "8")]


def test_a_budget_that_is_short_disables_the_button_and_offers_what_fits(house: House) -> None:
    """With the reason beside it."""
    grid = Grid(sweep(house, left=[BudgetLeft("6 CNY/session", Decimal(6), "CNY")]))
    assert "has ¥6.00 left" in grid.view["run"]["reason"]
    assert grid.view["trim"] == "Make only the first 3 that fit · ¥5.24"
    assert grid.view["budgets"] == ["6 CNY/session: ¥6.00 left"]
    assert "¥6.00" in grid.tell(kind="run", label=grid.view["run"]["label"])["error"]
    assert house.tasks == {}


def test_pause_and_stop_are_buttons(house: House) -> None:
    """While it runs."""
    made = sweep(house).run()
    grid = Grid(made)
    assert grid.tell(kind="pause")["ok"]
    grid.go_off()
    assert grid.view["is_paused"]
    assert grid.tell(kind="resume")["ok"]
    assert grid.tell(kind="stop")["ok"]
    assert {record.status for record in house.tasks.values()} == {TaskStatus.CANCELLED}


def test_pictures_and_clips_are_sent_when_asked_for(house: House, tmp_path: Path, clip: bytes) -> None:
    """A picture weighs a few kB and is in no trait; a clip is offered by a token."""
    grid = Grid(sweep(house).run())
    keep_all(house, tmp_path, clip)
    grid.go_off()
    answer = grid.tell(kind="posters", cells=[0, 1, 7])
    assert answer["cells"] == [0, 1, 7]
    assert all(picture[:2] == b"\xff\xd8" and len(picture) < 4_000 for picture in answer["buffers"])
    opened = grid.tell(kind="open", cells=[3])
    assert opened["clip"]["name"] == "cat · rain · seedance-2.0-fast"
    assert opened["clip"]["token"]
    assert "cost ¥2.01" in opened["facts"]
    assert "base64" not in json.dumps([grid.view, grid.cells, grid.arrangement])


@pytest.mark.parametrize("cells", [None, "0", [8], [-1], [True], ["0"], [0.0], list(range(5_000)), {"0": 1}])
def test_cells_that_are_none_are_refused(house: House, cells: object) -> None:
    """Whatever a page sends."""
    grid = Grid(sweep(house), compare=lambda _: None)
    for kind in ("posters", "open", "compare"):
        answer = grid.tell(kind=kind, cells=cells)
        assert not answer["ok"]
        assert answer["error"]


def test_selected_cells_are_compared(house: House, tmp_path: Path) -> None:
    """In the order they were selected, in the output below."""
    shown: list[Any] = []
    made = sweep(house).run()
    keep_all(house, tmp_path)
    cell = SweepCell(made, is_asked_for=True, publish=lambda *output: shown.append(output), call_later=lambda *_: None)
    cell.open()
    cell._compare([5, 0])
    bundle, display_id, is_update = shown[-1]
    assert (bundle["text/plain"], display_id, is_update) == ("beside", cell.below_id, True)


# -- the end --


def test_at_the_end_a_still_table_takes_its_place(house: House, tmp_path: Path, clip: bytes) -> None:
    """Under the same display id, with the posters, without a widget; and a grid in use is left alone."""
    for touched in (False, True):
        shown: list[Any] = []
        made = sweep(house, "A {animal}", animal=["cat", f"fox {touched}"], ratio="16:9", resolution="480p").run()
        cell = SweepCell(made, publish=lambda *output: shown.append(output), call_later=lambda *_: None)  # noqa: B023
        cell.open()
        assert cell.grid is not None
        assert f'data-sdnb-place="{cell.grid.place}"' in shown[0][0]["text/html"]
        if touched:
            cell.grid.tell = None  # type: ignore[attr-defined]
            cell.grid.touched = True
        keep_all(house, tmp_path, clip)
        cell.flush()
        assert len(shown) == (2 if touched else 3)
        if touched:
            cell.freeze()
        bundle, display_id, is_update = shown[-1]
        assert set(bundle) == {"text/html", "text/plain"}
        assert (display_id, is_update) == (cell.display_id, True)
        assert bundle["text/html"].count("data:image/jpeg;base64,") == 2
        assert len(bundle["text/html"]) < 20_000
        assert cell.grid is None


def test_a_sweep_that_is_over_is_shown_still(house: House, tmp_path: Path, clip: bytes) -> None:
    """Also after a restart, when its clips are found in the ledger."""
    sweep(house).run()
    keep_all(house, tmp_path, clip)
    shown: list[Any] = []
    cell = SweepCell(sweep(house), publish=lambda *output: shown.append(output), call_later=lambda *_: None)
    cell.open()
    [(bundle, _, _)] = shown
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/html"].count("<img ") == 8


@pytest.mark.parametrize("clips", ["inside", "beside", "none"])
def test_a_saved_page_stands_alone(house: House, tmp_path: Path, clip: bytes, clips: str) -> None:
    """With the clips in it, beside it, or with posters only; nothing in it points to the network."""
    made = sweep(house).run()
    keep_all(house, tmp_path, clip)
    page = save(made, tmp_path / "out" / "a page.html", clips=clips)
    html = page.read_text("utf-8")
    assert html.count("<video ") == (0 if clips == "none" else 8)
    assert ("data:video/mp4;base64," in html) == (clips == "inside")
    assert len(list((tmp_path / "out").rglob("*.mp4"))) == (8 if clips == "beside" else 0)
    assert "http" not in html.replace("http-equiv", "")
    assert str(tmp_path) not in html


def test_what_strangers_write_is_text(house: House) -> None:
    """Values of variables, in the table, the text and the traits."""
    made = sweep(house, "A {what}", what=HOSTILE, ratio="16:9", resolution="480p")
    html = sweep_table(made.summary())
    assert "<img src=x" not in html
    assert "\u202e" not in html
    assert "$x^2$" not in html
    grid = Grid(made)
    state = json.dumps([grid.view, grid.cells])
    assert "\u202e" not in state
    assert max(len(value) for axis in grid.view["axes"] for value in axis["values"]) <= 60


def test_state_holds_no_secret(house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A key in a variable, a signed address in the media, a failure that quotes both: nothing of it is published."""
    template = Content("A {what} of [image 1]", Image(SIGNED, role="reference_image"))
    axes = {"what": ["cat", f"Authorization: Bearer {KEY}"], "ratio": "16:9", "resolution": "480p"}
    with caplog.at_level(logging.DEBUG):
        made = sweep(house, template, **axes)
        grid = Grid(made)
        made.run()
        first, second = house.tasks
        house.fail(first, message=f"cannot read {SIGNED} with Bearer {KEY}")
        house.move(second, TaskStatus.QUEUED)
        grid.go_off()
        grid.tell(kind="open", cells=[0])
        grid.tell(kind="look")
    published = [
        json.dumps([grid.get_state(), [content for content, _ in grid.sent]], default=str),
        sweep_table(made.summary()),
        sweep_text(made.summary()),
        repr(made),
        caplog.text,
        save(made, tmp_path / "x.html").read_text("utf-8"),
    ]
    for text in published:
        for secret in SECRETS:
            assert secret not in text


@pytest.mark.parametrize("language", ["en", "zh", "fr"])
def test_it_speaks_each_language(house: House, language: str) -> None:
    """All words of the grid, and the table; none is left in English."""
    made = sweep(house, seeds=2, **AXES)
    words.use(language)
    try:
        grid = Grid(made)
        html = sweep_table(made.summary())
    finally:
        words.use(None)
    assert grid.view["language"] == language
    assert f'lang="{language}"' in html
    if language != "en":
        english = Grid(made).view["words"]
        assert "to make" not in html
        same = {key for key, said in grid.view["words"].items() if said == english[key]}
        assert same <= {"pause"}
