"""A task in a notebook's cell: the live card while it runs, replaced by plain HTML when it ended.

The output has a `display_id`. The last record that the engine hands out replaces it by the static
card, so that a saved notebook shows the result without a kernel. Outside a notebook, `show` prints.
"""

from __future__ import annotations

import contextvars
import datetime as dt
import sys
import threading
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets._failures import log_failure
from seedance_nb.widgets._view_model import task_view
from seedance_nb.widgets.static_card import static_card, text_card

if TYPE_CHECKING:
    from seedance_nb.widgets.status_card import StatusCard

UPDATE_INTERVAL_S = 0.25
"""The least time between two updates of one card."""

_MAY_GO_ON = frozenset({TaskStatus.UNKNOWN, TaskStatus.SUCCEEDED, TaskStatus.LOST})
"""Ends after which something may still happen: an answer is found, a clip is fetched after all."""

Publish = Callable[[dict[str, Any], str, bool], None]
"""Sends a MIME bundle to the front end under a display id, as new output or as an update."""


class TaskHandle(Protocol):
    """What a cell needs of a task."""

    def record(self) -> TaskRecord:
        """What the ledger knows of the task now."""
        ...

    def subscribe(self, callback: Callable[[TaskRecord], None]) -> Callable[[], None]:
        """Call `callback` with the record after every change, from the engine's thread.

        Returns what ends the subscription; it may be called from inside the callback.
        """
        ...

    def cancel(self) -> object:
        """Cancel the task, or raise `SeedanceError`; called from a thread of its own, and may wait."""
        ...

    def cancellable(self) -> Collection[TaskStatus]:
        """In which statuses the task can be cancelled; empty where it never can."""
        ...

    def transfer(self) -> tuple[str, int, int] | None:
        """A file on its way to the provider: its name, bytes sent, bytes in all; read without waiting."""
        ...

    def usual_durations(self) -> Sequence[float]:
        """Seconds that tasks of this kind took before."""
        ...

    def poster(self) -> bytes | None:
        """A small JPEG of the first frame, once the clip is kept; called from the engine's thread."""
        ...


def show(handle: TaskHandle, *, notebook_dir: Path | None = None) -> None:
    """Show a task in the current cell, and go on showing it until it ended.

    A task that has ended is shown as plain HTML at once. Outside a notebook the task is printed.

    Args:
        handle: The task.
        notebook_dir: Where links to the clip start from; None takes the working directory.
    """
    if not _in_notebook():
        sys.stdout.write(mimebundle(handle, notebook_dir=notebook_dir)["text/plain"] + "\n")
        return
    LiveCell(handle, notebook_dir=notebook_dir).open()


def mimebundle(handle: TaskHandle, *, notebook_dir: Path | None = None) -> dict[str, str]:
    """A task as it stands now, as `text/html` and `text/plain`."""
    record = handle.record()
    poster = handle.poster() if record.status is TaskStatus.KEPT else None
    view = task_view(record, now=_now(), notebook_dir=notebook_dir or Path.cwd())
    return _twins(view, poster)


class LiveCell:
    """One output that follows one task."""

    def __init__(
        self,
        handle: TaskHandle,
        *,
        notebook_dir: Path | None = None,
        publish: Publish | None = None,
        clock: Callable[[], float] = time.monotonic,
        call_later: Callable[[float, Callable[[], None]], None] | None = None,
    ) -> None:
        """A cell that is not open yet.

        Args:
            handle: The task.
            notebook_dir: Where links to the clip start from; None takes the working directory.
            publish: How output reaches the front end; IPython's way by default.
            clock: Seconds that only grow.
            call_later: Calls a function after so many seconds, from any thread.
        """
        self.display_id = f"sdnb-{uuid.uuid4().hex}"
        self._handle = handle
        self._notebook_dir = notebook_dir or Path.cwd()
        self._publish = publish or _publish
        self._clock = clock
        self._call_later = call_later or _call_later
        # Held while drawing, never while calling the handle, whose locks are not ours to know.
        self._lock = threading.Lock()
        self._latest: TaskRecord | None = None
        self._usual: tuple[float, ...] = ()
        self._cancellable: frozenset[TaskStatus] = frozenset()
        self._card: StatusCard | None = None
        self._is_shown = False
        self._is_waiting = False
        self._drawn_at = float("-inf")
        self._unsubscribe: Callable[[], None] | None = None

    def open(self) -> None:
        """Show the task, and follow it unless it has ended for good."""
        record = self._handle.record()
        if _has_ended(record):
            self._draw_now(record)
            return
        self._usual = tuple(self._handle.usual_durations())
        self._cancellable = frozenset(self._handle.cancellable())
        self._unsubscribe = self._handle.subscribe(self._on_change)
        try:
            self._draw_now(self._handle.record())
        except BaseException:
            self._unsubscribe()
            raise

    def _on_change(self, record: TaskRecord) -> None:
        """Take in a change; nothing that goes wrong here reaches the engine."""
        try:
            with self._lock:
                self._latest = record
                if not self._is_shown:
                    return
            if record.is_over:
                self._draw_now(record)
            else:
                self._draw_soon()
        except Exception as exc:  # noqa: BLE001  the engine goes on; the log says what happened
            log_failure(f"The cell of the task {record.local_id!r} could not be updated.", exc)

    def _draw_soon(self) -> None:
        with self._lock:
            if self._is_waiting:
                return
            wait = self._drawn_at + UPDATE_INTERVAL_S - self._clock()
            if wait <= 0:
                self._draw(None)
                return
            self._is_waiting = True
        self._call_later(wait, self._on_due)

    def _on_due(self) -> None:
        try:
            with self._lock:
                self._is_waiting = False
                if self._latest is not None and not self._latest.is_over:
                    self._draw(None)
        except Exception as exc:  # noqa: BLE001  a timer has nobody above it
            log_failure(f"The output {self.display_id} could not be updated.", exc)

    def _draw_now(self, record: TaskRecord) -> None:
        poster = self._poster(record)
        with self._lock:
            # A change that came in the meantime is newer than what was read.
            if self._is_shown or self._latest is None:
                self._latest = record
            self._draw(poster)
            latest = self._latest
        if latest is not record and latest.is_over:
            self._draw_now(latest)
        elif _has_ended(latest) and self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _draw(self, poster: bytes | None) -> None:
        record = self._latest
        if record is None:
            return
        view = task_view(
            record,
            now=_now(),
            usual=self._usual,
            notebook_dir=self._notebook_dir,
            cancellable=self._cancellable,
            transfer=None if record.is_over else self._handle.transfer(),
        )
        if record.is_over:
            self._show(_twins(view, poster))
            self._close_card()
        elif self._card is not None:
            self._card.view = view
        else:
            self._show(self._live_bundle(view) | _twins(view, None))
        self._drawn_at = self._clock()

    def _show(self, bundle: dict[str, Any]) -> None:
        self._publish(bundle, self.display_id, self._is_shown)
        self._is_shown = True

    def _live_bundle(self, view: dict[str, Any]) -> dict[str, Any]:
        """The widget's part of the bundle; empty where there can be no widget, and plain HTML has to do."""
        try:
            from seedance_nb.widgets.status_card import StatusCard

            self._card = StatusCard(view, cancel=lambda: _in_thread(self._handle.cancel))
            bundle = self._card._repr_mimebundle_()
        except Exception as exc:  # noqa: BLE001  a front end without widgets still gets the card
            log_failure("The live card could not be made; the cell shows plain HTML instead.", exc)
            self._close_card()
            return {}
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return dict(data or {})

    def _close_card(self) -> None:
        card, self._card = self._card, None
        if card is not None:
            card.close()

    def _poster(self, record: TaskRecord) -> bytes | None:
        if record.status is not TaskStatus.KEPT:
            return None
        try:
            return self._handle.poster()
        except Exception as exc:  # noqa: BLE001  a card without its picture is still a card
            log_failure(f"The poster of the task {record.local_id!r} could not be read.", exc)
            return None


def _has_ended(record: TaskRecord) -> bool:
    return record.is_over and record.status not in _MAY_GO_ON


def _twins(view: dict[str, Any], poster: bytes | None) -> dict[str, str]:
    return {"text/html": static_card(view, poster=poster), "text/plain": text_card(view)}


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _call_later(seconds: float, function: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, function)
    timer.daemon = True
    timer.start()


def _in_thread(function: Callable[[], object]) -> Future[None]:
    """The function's outcome, from a thread that the kernel does not wait for."""
    outcome: Future[None] = Future()

    def run() -> None:
        try:
            function()
        except BaseException as exc:  # noqa: BLE001  whoever waits for the outcome gets it
            outcome.set_exception(exc)
        else:
            outcome.set_result(None)

    threading.Thread(target=run, name="sdnb-cancel", daemon=True).start()
    return outcome


def _in_notebook() -> bool:
    """Whether a front end shows rich output: an IPython shell that is not the terminal's."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and all(kind.__name__ != "TerminalInteractiveShell" for kind in type(shell).__mro__)


def _publish(bundle: dict[str, Any], display_id: str, update: bool) -> None:
    import IPython.display

    display: Callable[..., object] = IPython.display.display
    if not update:
        display(bundle, raw=True, display_id=display_id)
        return
    # Front ends find the output by its display id. But nbclient hears only what belongs to the cell that
    # is running, and a task of the engine's loop carries the context of the cell that submitted it. In an
    # empty context ipykernel falls back to the cell that runs now.
    contextvars.Context().run(display, bundle, raw=True, display_id=display_id, update=True)
