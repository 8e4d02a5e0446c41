"""What stays in a notebook of a widget that only a kernel keeps alive: plain HTML in an output below it.

A front end draws either the widget or the HTML of one output, and without a kernel it says that it has no model. So
the HTML has an output of its own, and the style sheet of the widget hides it where the widget is drawn.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping

from seedance_nb.widgets._failures import log_failure
from seedance_nb.widgets.live_cell import Publish, _call_later, _publish

CALM_S = 2.0
"""After a change, until it is written; what changes meanwhile is written with it."""


class Still:
    """An output that follows a widget at a distance."""

    def __init__(
        self,
        draw: Callable[[], Mapping[str, str]],
        *,
        publish: Publish | None = None,
        call_later: Callable[[float, Callable[[], None]], None] | None = None,
    ) -> None:
        """An output that is not in a cell yet.

        Args:
            draw: Gives `text/html` and `text/plain` as they are now; called in threads that may wait for it.
            publish: How output reaches the front end; IPython's way by default.
            call_later: Calls a function after so many seconds, in another thread.
        """
        self._draw, self._publish = draw, publish or _publish
        self._call_later = call_later or _call_later
        self._display_id = f"sdnb-{uuid.uuid4().hex}"
        self._lock = threading.Lock()
        self._is_waiting = self._is_closed = False
        self._shown: dict[str, str] = {}

    def open(self) -> None:
        """Leave the output in the cell that is running."""
        self._shown = self._bundle()
        self._publish(self._shown, self._display_id, False)

    def changed(self) -> None:
        """What it shows is another way by now: write it soon. Returns at once, from any thread."""
        with self._lock:
            if self._is_waiting or self._is_closed:
                return
            self._is_waiting = True
        self._call_later(CALM_S, self._write)

    def close(self) -> None:
        """Write nothing any more; what is written stays."""
        with self._lock:
            self._is_closed = True

    def _write(self) -> None:
        with self._lock:
            self._is_waiting = False
            if self._is_closed:
                return
        try:
            bundle = self._bundle()
            if bundle != self._shown:
                self._shown = bundle
                self._publish(bundle, self._display_id, True)
        except Exception as exc:  # noqa: BLE001  a timer has nobody above it
            if not self._is_closed:
                log_failure("What a notebook keeps of a widget could not be written.", exc)

    def _bundle(self) -> dict[str, str]:
        drawn = self._draw()
        return {"text/html": f'<div class="sdnb-still">{drawn["text/html"]}</div>', "text/plain": drawn["text/plain"]}
