"""One output that follows one task, without a front end."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seedance_nb.task import Failure, TaskRecord, TaskStatus
from seedance_nb.widgets import live_cell
from seedance_nb.widgets.live_cell import LiveCell, mimebundle, show

from .widget_samples import kept, record

WIDGET = "application/vnd.jupyter.widget-view+json"


class Handle:
    """A task whose records the test pushes."""

    def __init__(self, first: TaskRecord) -> None:
        self.now = first
        self.listeners: list[Callable[[TaskRecord], None]] = []
        self.picture: Callable[[], bytes | None] = lambda: b"\xff\xd8picture"

    def record(self) -> TaskRecord:
        return self.now

    def subscribe(self, callback: Callable[[TaskRecord], None]) -> Callable[[], None]:
        self.listeners.append(callback)
        return lambda: self.listeners.remove(callback)

    def push(self, new: TaskRecord) -> None:
        self.now = new
        for listener in list(self.listeners):
            listener(new)

    def cancel(self) -> None:
        raise AssertionError("nobody asked for this")

    def cancellable(self) -> tuple[TaskStatus, ...]:
        return (TaskStatus.QUEUED,)

    def transfer(self) -> tuple[str, int, int] | None:
        return None

    def usual_durations(self) -> tuple[float, ...]:
        return (40.0, 60.0)

    def poster(self) -> bytes | None:
        return self.picture()


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

    def open(self, handle: Handle) -> LiveCell:
        cell = LiveCell(
            handle,
            publish=self.publish,
            clock=lambda: self.time,
            call_later=lambda seconds, function: self.timers.append((seconds, function)),
        )
        cell.open()
        return cell


@pytest.fixture
def screen() -> Screen:
    return Screen()


def test_a_live_task_is_a_widget_with_its_twins_and_ends_as_html(screen: Screen) -> None:
    """The same display id first holds the widget, then the static card; nothing goes on listening."""
    handle = Handle(record(TaskStatus.QUEUED))
    cell = screen.open(handle)
    (bundle, display_id, update) = screen.shown[0]
    assert set(bundle) == {WIDGET, "text/html", "text/plain"}
    assert update is False
    card = cell._card
    handle.push(kept())
    (bundle, last_id, update) = screen.shown[1]
    assert set(bundle) == {"text/html", "text/plain"}
    assert (last_id, update) == (display_id, True)
    assert "data:image/jpeg" in bundle["text/html"]
    assert card is not None
    assert card.comm is None
    assert handle.listeners == []
    assert len(screen.shown) == 2


def test_a_task_that_has_ended_is_html_at_once(screen: Screen) -> None:
    """No widget, no subscription."""
    handle = Handle(kept())
    screen.open(handle)
    ((bundle, _, update),) = screen.shown
    assert WIDGET not in bundle
    assert update is False
    assert handle.listeners == []


def test_a_burst_of_changes_is_drawn_four_times_a_second(screen: Screen) -> None:
    """The last word counts, at the next tick, with one timer."""
    handle = Handle(record(TaskStatus.QUEUED))
    cell = screen.open(handle)
    for number in range(50):
        handle.push(record(TaskStatus.RUNNING, prompt=f"change {number}"))
    assert cell._card is not None
    assert cell._card.view["status"] == "queued"
    assert [seconds for seconds, _ in screen.timers] == [pytest.approx(0.25)]
    screen.go_off()
    assert cell._card.view["prompt"] == "change 49"
    screen.time += 1
    handle.push(record(TaskStatus.SUCCEEDED))
    assert cell._card.view["status"] == "succeeded"
    assert len(screen.shown) == 1


def test_the_end_does_not_wait_for_the_timer(screen: Screen) -> None:
    """A timer that was set before the end draws nothing after it."""
    handle = Handle(record(TaskStatus.QUEUED))
    screen.open(handle)
    handle.push(record(TaskStatus.RUNNING))
    handle.push(kept())
    assert len(screen.shown) == 2
    screen.go_off()
    assert len(screen.shown) == 2


def test_a_change_between_reading_and_showing_is_not_lost(screen: Screen) -> None:
    """The task may end while the cell is being made."""
    handle = Handle(record(TaskStatus.QUEUED))
    subscribe = handle.subscribe

    def subscribe_and_end(callback: Callable[[TaskRecord], None]) -> Callable[[], None]:
        end = subscribe(callback)
        handle.push(kept())
        handle.now = record(TaskStatus.RUNNING)
        return end

    handle.subscribe = subscribe_and_end  # type: ignore[method-assign]
    screen.open(handle)
    bundle = screen.shown[-1][0]
    assert WIDGET not in bundle
    assert "data:image/jpeg" in bundle["text/html"]
    assert handle.listeners == []


def test_an_unknown_outcome_rests_and_can_come_alive_again(screen: Screen) -> None:
    """Plain HTML while nobody knows; a widget when the task is found; HTML at the end."""
    lost_sight = record(TaskStatus.UNKNOWN, failure=Failure("OutcomeUnknown", "No answer."))
    handle = Handle(lost_sight)
    screen.open(handle)
    handle.push(record(TaskStatus.RUNNING))
    screen.go_off()
    handle.push(kept())
    assert [WIDGET in bundle for bundle, _, _ in screen.shown] == [False, True, False]
    assert len({display_id for _, display_id, _ in screen.shown}) == 1
    assert handle.listeners == []


def test_nothing_is_raised_into_the_engine(screen: Screen, caplog: pytest.LogCaptureFixture) -> None:
    """A front end that fails is a line in the log with its traceback."""
    handle = Handle(record(TaskStatus.QUEUED))
    cell = screen.open(handle)

    def fail(*_: object) -> None:
        raise OSError("the kernel's socket is closed")

    cell._publish = fail
    with caplog.at_level(logging.ERROR):
        handle.push(kept())
    assert "the kernel's socket is closed" in caplog.text
    assert "Traceback" in caplog.text


def test_a_poster_that_cannot_be_read_leaves_the_card(screen: Screen, caplog: pytest.LogCaptureFixture) -> None:
    """The rest of the card is shown all the same."""
    handle = Handle(record(TaskStatus.QUEUED))
    screen.open(handle)

    def broken() -> bytes:
        raise OSError("unreadable")

    handle.picture = broken
    with caplog.at_level(logging.ERROR):
        handle.push(kept())
    assert "<video" in screen.shown[-1][0]["text/html"]
    assert "unreadable" in caplog.text


def test_without_widgets_the_cell_is_html_that_is_updated(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no widget can be made, the twins are drawn again at each change."""

    def no_widget(*_: object, **__: object) -> None:
        raise RuntimeError("no comm here")

    monkeypatch.setattr("seedance_nb.widgets.status_card.StatusCard", no_widget)
    handle = Handle(record(TaskStatus.QUEUED))
    screen.open(handle)
    screen.time += 1
    handle.push(record(TaskStatus.RUNNING))
    handle.push(kept())
    assert [set(bundle) for bundle, _, _ in screen.shown] == [{"text/html", "text/plain"}] * 3
    assert [update for _, _, update in screen.shown] == [False, True, True]


def test_a_cancel_runs_in_its_own_thread() -> None:
    """The kernel does not wait for a provider, and hears of a refusal."""

    def refuse() -> None:
        raise ValueError("begun")

    assert live_cell._in_thread(lambda: None).result(5) is None
    assert isinstance(live_cell._in_thread(refuse).exception(5), ValueError)


def test_outside_a_notebook_the_task_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """A plain Python session gets text, and no subscription."""
    handle = Handle(record(TaskStatus.RUNNING))
    show(handle)
    assert capsys.readouterr().out.startswith("◐ running · A fox in the snow\n")
    assert handle.listeners == []


def test_the_mimebundle_is_a_card_of_this_moment() -> None:
    """For every place that asks for HTML or text."""
    bundle = mimebundle(Handle(replace(record(), prompt="Now")))
    assert set(bundle) == {"text/html", "text/plain"}
    assert "Now" in bundle["text/plain"]


def test_showing_text_loads_no_widget_library() -> None:
    """A script that prints a task does not pay for a notebook."""
    code = "import sys, seedance_nb.widgets; sys.exit(bool({'anywidget', 'ipywidgets', 'IPython'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
