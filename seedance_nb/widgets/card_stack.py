"""The cards of tasks that come one after the other, below what they came from.

A cell can only be written into where it left an output with a name. So two are left when the cell runs: one for the
tasks that are under way, one for those that ended, whose plain HTML stays in a saved notebook.
"""

from __future__ import annotations

import threading
import uuid
from typing import Any

from seedance_nb.widgets._failures import log_failure
from seedance_nb.widgets.live_cell import LiveCell, Publish, TaskHandle, _publish

WIDGET = "application/vnd.jupyter.widget-view+json"
_NOTHING = {"text/html": "", "text/plain": ""}


class CardStack:
    """Cards of tasks, the newest first; may be added to from any thread."""

    def __init__(self, *, publish: Publish | None = None) -> None:
        """A stack that is not open yet.

        Args:
            publish: How output reaches the front end; IPython's way by default.
        """
        self._publish = publish or _publish
        self._lock = threading.Lock()
        self._cells: dict[int, LiveCell] = {}
        self._bundles: dict[int, dict[str, Any]] = {}
        self._outputs = [_Output(f"sdnb-{uuid.uuid4().hex}") for _ in ("under way", "ended")]
        self._box: Any = None

    def open(self) -> None:
        """Leave the outputs in the cell that is running."""
        for output in self._outputs:
            self._publish(output.bundle, output.display_id, False)

    def add(self, handle: TaskHandle) -> None:
        """Show a task above the others, live until it ended.

        What goes wrong is logged: the task was submitted all the same.
        """
        with self._lock:
            number = len(self._cells)
            cell = LiveCell(handle, publish=lambda bundle, _id, _update: self._take(number, bundle))
            self._cells[number] = cell
        try:
            cell.open()
        except Exception as exc:  # noqa: BLE001
            log_failure("The card of a task could not be shown.", exc)

    def _take(self, number: int, bundle: dict[str, Any]) -> None:
        with self._lock:
            self._bundles[number] = bundle
            newest_first = sorted(self._bundles, reverse=True)
            live = [one for one in newest_first if WIDGET in self._bundles[one]]
            ended = [one for one in newest_first if one not in live]
            shown = (self._joined(live) | self._widget(live), self._joined(ended))
            for output, new in zip(self._outputs, shown, strict=True):
                if new != output.bundle:
                    output.bundle = new
                    self._publish(new, output.display_id, True)

    def _joined(self, numbers: list[int]) -> dict[str, Any]:
        bundles = [self._bundles[number] for number in numbers]
        if not bundles:
            return _NOTHING
        return {
            "text/html": "".join(bundle["text/html"] for bundle in bundles),
            "text/plain": "\n".join(bundle["text/plain"] for bundle in bundles),
        }

    def _widget(self, live: list[int]) -> dict[str, Any]:
        """The live cards as one widget: a card itself, or a box of several."""
        if len(live) < 2:
            return {WIDGET: self._bundles[live[0]][WIDGET]} if live else {}
        import ipywidgets  # type: ignore[import-untyped]

        self._box = self._box or ipywidgets.VBox()
        self._box.children = [card for number in live if (card := self._cells[number]._card) is not None]
        return {WIDGET: {"version_major": 2, "version_minor": 0, "model_id": self._box.model_id}}


class _Output:
    """One output, by its name, and what is in it."""

    def __init__(self, display_id: str) -> None:
        self.display_id = display_id
        self.bundle: dict[str, Any] = _NOTHING
