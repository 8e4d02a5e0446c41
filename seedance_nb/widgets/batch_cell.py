"""A batch in a notebook's cell: its summary as plain HTML, drawn again while its tasks move.

It is drawn from threads of its own and never from the engine's, because drawing asks the ledger what has ended.
Outside a notebook, `show` prints.
"""

from __future__ import annotations

import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import Protocol

from seedance_nb.widgets._failures import log_failure
from seedance_nb.widgets.batch_table import BatchSummary, batch_table, batch_text
from seedance_nb.widgets.live_cell import UPDATE_INTERVAL_S, Publish, _call_later, _in_notebook, _publish


class BatchHandle(Protocol):
    """What a cell needs of a batch."""

    def summary(self) -> BatchSummary:
        """What there is to see of it now; may ask the ledger."""
        ...

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each change, from the engine's thread; returns what ends that."""
        ...


def show(handle: BatchHandle) -> BatchCell | None:
    """Show a batch in the current cell and go on showing it; outside a notebook it is printed, and None returned."""
    if not _in_notebook():
        sys.stdout.write(batch_text(handle.summary()) + "\n")
        return None
    cell = BatchCell(handle)
    cell.open()
    return cell


class BatchCell:
    """One output that follows one batch."""

    def __init__(
        self,
        handle: BatchHandle,
        *,
        publish: Publish | None = None,
        clock: Callable[[], float] = time.monotonic,
        call_later: Callable[[float, Callable[[], None]], None] | None = None,
    ) -> None:
        """A cell that is not open yet.

        Args:
            handle: The batch.
            publish: How output reaches the front end; IPython's way by default.
            clock: Seconds that only grow.
            call_later: Calls a function after so many seconds, from another thread.
        """
        self.display_id = f"sdnb-{uuid.uuid4().hex}"
        self._handle = handle
        self._publish = publish or _publish
        self._clock = clock
        self._call_later = call_later or _call_later
        self._drawing = threading.Lock()
        # Never held while drawing, so that a change costs the engine nothing.
        self._lock = threading.Lock()
        self._is_stale = True
        self._is_waiting = False
        self._is_shown = False
        self._drawn_at = float("-inf")
        self._unsubscribe: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Show the batch, and follow it until nothing more can happen to it."""
        self._unsubscribe = self._handle.on_change(self._on_change)
        try:
            self._draw()
        except BaseException:
            self._unsubscribe()
            raise
        if self._is_stale:  # a change came while the first picture was drawn
            self._on_change()

    def flush(self) -> None:
        """Draw now what has changed since the last time; nothing that goes wrong here is raised."""
        try:
            self._draw()
        except Exception as exc:  # noqa: BLE001  a timer has nobody above it, and who waits for tasks waits for no cell
            with self._lock:
                self._is_stale = True
            log_failure(f"The output {self.display_id} of a batch could not be updated.", exc)

    def _on_change(self) -> None:
        with self._lock:
            self._is_stale = True
            if self._is_waiting or not self._is_shown:
                return
            self._is_waiting = True
            wait = max(0.0, self._drawn_at + UPDATE_INTERVAL_S - self._clock())
        self._call_later(wait, self._on_due)

    def _on_due(self) -> None:
        with self._lock:
            self._is_waiting = False
        self.flush()

    def _draw(self) -> None:
        with self._drawing:
            with self._lock:
                if not self._is_stale:
                    return
                self._is_stale = False
            summary = self._handle.summary()
            bundle = {"text/html": batch_table(summary), "text/plain": batch_text(summary)}
            self._publish(bundle, self.display_id, self._is_shown)
            self._is_shown = True
            self._drawn_at = self._clock()
            if summary.is_settled:
                self._unsubscribe()
