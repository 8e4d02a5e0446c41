"""One output that follows one batch, without a front end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seedance_nb.task import TaskStatus
from seedance_nb.widgets.batch_cell import BatchCell, show
from seedance_nb.widgets.batch_table import BatchSummary


class Batch:
    """A batch that the test moves."""

    def __init__(self) -> None:
        self.now = BatchSummary(2, {(TaskStatus.QUEUED, False): 2}, "ark", is_sandbox=False)
        self.listeners: list[Callable[[], None]] = []
        self.looks = 0
        self.trouble: Exception | None = None

    def summary(self) -> BatchSummary:
        self.looks += 1
        if self.trouble is not None:
            raise self.trouble
        return self.now

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(callback)
        return lambda: self.listeners.remove(callback)

    def move(self, **changes: Any) -> None:
        self.now = replace(self.now, **changes)
        for listener in tuple(self.listeners):
            listener()


class Screen:
    """A front end that remembers, a clock that stands still, and timers that go off on demand."""

    def __init__(self) -> None:
        self.shown: list[tuple[dict[str, Any], str, bool]] = []
        self.time = 100.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def publish(self, bundle: dict[str, Any], display_id: str, update: bool) -> None:
        self.shown.append((bundle, display_id, update))

    def go_off(self) -> None:
        timers, self.timers = self.timers, []
        for seconds, function in timers:
            self.time += seconds
            function()

    def open(self, batch: Batch) -> BatchCell:
        cell = BatchCell(
            batch,
            publish=self.publish,
            clock=lambda: self.time,
            call_later=lambda seconds, function: self.timers.append((seconds, function)),
        )
        cell.open()
        return cell


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def batch() -> Batch:
    return Batch()


def test_a_burst_of_changes_is_drawn_four_times_a_second(screen: Screen, batch: Batch) -> None:
    """One timer, one look at the ledger, the last word; and never in the thread that brings the change."""
    screen.open(batch)
    for number in range(500):
        batch.move(cost=f"¥{number}.00")
    assert [seconds for seconds, _ in screen.timers] == [pytest.approx(0.25)]
    assert batch.looks == 1
    screen.go_off()
    assert batch.looks == 2
    assert "¥499.00" in screen.shown[-1][0]["text/html"]
    assert [update for _, _, update in screen.shown] == [False, True]
    assert len({display_id for _, display_id, _ in screen.shown}) == 1


def test_the_end_stays_as_plain_html(screen: Screen, batch: Batch) -> None:
    """And nobody listens any more."""
    screen.open(batch)
    batch.move(is_over=True, is_settled=True)
    screen.go_off()
    assert set(screen.shown[-1][0]) == {"text/html", "text/plain"}
    assert "all over" in screen.shown[-1][0]["text/html"]
    assert batch.listeners == []


def test_a_flush_draws_what_the_timer_would(screen: Screen, batch: Batch) -> None:
    """Once: who waits for the batch finds the end on the page, and the timer finds nothing to do."""
    cell = screen.open(batch)
    batch.move(is_over=True, is_settled=True)
    cell.flush()
    screen.go_off()
    cell.flush()
    assert len(screen.shown) == 2


def test_a_change_while_the_first_picture_is_drawn_is_not_lost(screen: Screen, batch: Batch) -> None:
    """It is drawn next."""
    summary = batch.summary

    def during() -> BatchSummary:
        found = summary()
        if batch.looks == 1:
            batch.move(is_over=True, is_settled=True)
        return found

    batch.summary = during  # type: ignore[method-assign]
    screen.open(batch)
    screen.go_off()
    assert "all over" in screen.shown[-1][0]["text/html"]


def test_nothing_is_raised_into_a_timer(screen: Screen, batch: Batch, caplog: pytest.LogCaptureFixture) -> None:
    """A ledger or a front end that fails is a line in the log, and the next change draws again."""
    screen.open(batch)
    batch.trouble = OSError("the ledger is busy")
    with caplog.at_level(logging.ERROR):
        batch.move(cost="¥1.00")
        screen.go_off()
    assert "the ledger is busy" in caplog.text
    batch.trouble = None
    batch.move(cost="¥2.00")
    screen.go_off()
    assert "¥2.00" in screen.shown[-1][0]["text/html"]


def test_a_batch_that_cannot_be_shown_leaves_no_listener(screen: Screen, batch: Batch) -> None:
    """The cell gets the exception."""
    batch.trouble = OSError("no ledger")
    with pytest.raises(OSError, match="no ledger"):
        screen.open(batch)
    assert batch.listeners == []


def test_outside_a_notebook_it_is_printed(batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    """A plain Python session gets text, and no subscription."""
    assert show(batch) is None
    assert capsys.readouterr().out.startswith("2 tasks at Volcengine Ark, under way\n")
    assert batch.listeners == []
