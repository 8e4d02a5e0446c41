"""What stays in a notebook of a widget without its kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seedance_nb.widgets.still import CALM_S, Still


class Page:
    """A front end that is told of outputs, and a clock that waits to be moved."""

    def __init__(self) -> None:
        self.outputs: list[tuple[str, str, bool]] = []
        self.waiting: list[Callable[[], None]] = []
        self.text = "one"

    def publish(self, bundle: dict[str, Any], display_id: str, update: bool) -> None:
        self.outputs.append((bundle["text/html"], display_id, update))

    def call_later(self, seconds: float, function: Callable[[], None]) -> None:
        assert seconds == CALM_S
        self.waiting.append(function)

    def draw(self) -> dict[str, str]:
        return {"text/html": f"<b>{self.text}</b>", "text/plain": self.text}

    def pass_time(self) -> None:
        waiting, self.waiting = self.waiting, []
        for function in waiting:
            function()


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def still(page: Page) -> Still:
    made = Still(page.draw, publish=page.publish, call_later=page.call_later)
    made.open()
    return made


def test_it_follows_at_a_distance(page: Page, still: Still) -> None:
    """Many changes are written once, in the same output; what looks the same is not written again."""
    page.text = "two"
    still.changed()
    page.text = "three"
    still.changed()
    page.pass_time()
    still.changed()
    page.pass_time()
    assert [(html, update) for html, _, update in page.outputs] == [
        ('<div class="sdnb-still"><b>one</b></div>', False),
        ('<div class="sdnb-still"><b>three</b></div>', True),
    ]
    assert len({display_id for _, display_id, _ in page.outputs}) == 1


def test_after_the_end_nothing_is_written(page: Page, still: Still) -> None:
    """Neither what was waiting nor what comes later."""
    page.text = "two"
    still.changed()
    still.close()
    page.pass_time()
    still.changed()
    assert (len(page.outputs), page.waiting) == (1, [])


def test_what_cannot_be_drawn_is_logged(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    """The widget goes on, and the next change is written."""
    fails = [False, True, False]

    def draw() -> dict[str, str]:
        if fails.pop(0):
            raise OSError("no disk")
        return {"text/html": f"{len(fails)}", "text/plain": ""}

    still = Still(draw, publish=page.publish, call_later=page.call_later)
    still.open()
    for _ in range(2):
        still.changed()
        page.pass_time()
    assert [html for html, _, _ in page.outputs] == [
        '<div class="sdnb-still">2</div>',
        '<div class="sdnb-still">0</div>',
    ]
    assert "no disk" in caplog.text
