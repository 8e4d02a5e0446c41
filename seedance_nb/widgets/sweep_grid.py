"""The matrix of a sweep while it is looked at: its price, the button, and cells that fill.

It draws what its owner's summary says, and decides nothing. Hundreds of cells move at once, so that only those that
are another way by now are sent, at most four times a second; pictures are sent when they come into sight.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Literal, Protocol

import traitlets as t

from seedance_nb import words
from seedance_nb.composing.worker import ThreadWorker
from seedance_nb.engine import copies
from seedance_nb.errors import SeedanceError
from seedance_nb.widgets._clips import SendsClips, clip_words, small_poster
from seedance_nb.widgets._failures import log_failure
from seedance_nb.widgets._in_place import LeavesPicture
from seedance_nb.widgets._module import module, style
from seedance_nb.widgets._sweep_view import (
    GridCell,
    GridSummary,
    cell_label,
    cell_view,
    clip_of,
    grid_view,
    picture_of,
    run_button,
    trim_button,
)
from seedance_nb.widgets.live_cell import UPDATE_INTERVAL_S, _call_later
from seedance_nb.widgets.sweep_table import arranged, sweep_table, sweep_text
from seedance_nb.words import Word, say

CHANGED = Word("What a run would make has changed since the button was drawn. Nothing was sent: look again.")
POSTERS = 24
"""So many pictures are sent for one message."""
SHARE = 5
"""Drawing takes one part in so many of the time, however many cells there are."""
CELLS = 4_000
"""So many cells a message may name."""


class SweepHandle(Protocol):
    """What a grid needs of a sweep."""

    def summary(self) -> GridSummary:
        """What there is to see of it now; may ask the ledger."""
        ...

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each change, in the engine's thread; returns what ends that."""
        ...

    def run(self, *, over_budget: Literal["refuse", "trim"] = "refuse") -> object:
        """Submit what is not made yet."""
        ...

    def pause(self) -> None:
        """Send nothing more until `resume`."""
        ...

    def resume(self) -> None:
        """Go on sending."""
        ...

    def stop(self) -> int:
        """Withdraw what was not sent yet."""
        ...

    def measure(self) -> object:
        """Measure the clips that are there, as far as it was not done before."""
        ...


class SweepGrid(SendsClips, LeavesPicture):
    """The cells of a sweep as a matrix or a list, with the price of it all on the button that makes them."""

    _esm = module("sweep_grid.js")
    _css = style("sweep_grid.css")

    view = t.Dict().tag(sync=True)
    """Axes, price, budgets, buttons and words, as `grid_view` made them; replaced as a whole."""

    cells = t.List(t.Dict()).tag(sync=True)
    """All cells as they were when the grid was shown; what changed since comes as `cells` messages."""

    arrangement = t.Dict().tag(sync=True)
    """Which axis is in `rows` and which in `columns`, whether it is a matrix or a list, what it is `sort`ed by, how
    many it shows, and what is `hidden`: for each axis the places of its values."""

    def __init__(
        self,
        handle: SweepHandle,
        *,
        compare: Callable[[Sequence[int]], object] | None = None,
        still: Callable[[], object] | None = None,
        home: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        call_later: Callable[[float, Callable[[], None]], None] = _call_later,
    ) -> None:
        """A grid that is not shown yet.

        Args:
            handle: The sweep.
            compare: Shows the clips of these cells beside each other.
            still: Leaves a still picture in the place of the grid.
            home: The folder of the studio.
            clock: Seconds that only grow.
            call_later: Calls a function after so many seconds, in another thread.
        """
        super().__init__(home=home)
        self._handle, self._compare, self._still = handle, compare, still
        self._clock, self._call_later = clock, call_later
        self._waiting, self._drawing, self._sending = threading.Lock(), threading.Lock(), threading.Lock()
        self._is_waiting = self._is_closed = self._is_drawn = False
        self._drawn_at, self._took_s = float("-inf"), 0.0
        self._summary: GridSummary | None = None
        self._acting = ThreadWorker(lambda exc: log_failure("The grid of a sweep could not act.", exc))
        self._looking = ThreadWorker(lambda exc: log_failure("The pictures of a sweep could not be read.", exc))
        self.touched = False
        """Whether somebody has turned, opened or selected something in it, and may want to go on."""
        self.draw()
        self._unsubscribe = handle.on_change(self.changed)

    def _should_send_property(self, key: str, value: Any) -> bool:
        # Once the browser has the cells, it hears of those that changed.
        is_known = key == "cells" and self._is_drawn
        return not is_known and bool(super()._should_send_property(key, value))

    # -- drawing --

    def picture(self) -> str:
        """The table of it as it was last drawn."""
        assert self._summary is not None
        return sweep_table(self._summary)

    def text(self) -> str:
        """The same as lines of text."""
        assert self._summary is not None
        return sweep_text(self._summary)

    def draw(self) -> None:
        """Draw what has changed since the last time."""
        with self._drawing:
            self._drawn_at = self._clock()
            summary = self._handle.summary()
            language = words.language()
            view = grid_view(summary, language)
            view["words"] |= clip_words(language)
            view["can_compare"], view["can_still"] = self._compare is not None, self._still is not None
            cells = [cell_view(cell, summary, language) for cell in summary.cells]
            news = [new for new, old in zip(cells, self.cells, strict=False) if new != old]
            is_first = self._summary is None
            self._summary = summary
            if is_first:
                names = [name for name, _ in summary.axes]
                first = {"sort": "", "show": 0, "hidden": {}}
                self.arrangement = {**arranged([labels for _, labels in summary.axes], names), **first}
            self.cells = cells
            self._is_drawn = True
            self.view = view
            if news and not is_first and self.comm is not None:
                self.send({"kind": "cells", "cells": news})
            self._took_s = self._clock() - self._drawn_at

    def changed(self) -> None:
        """Something is another way by now: draw soon. Returns at once, from any thread."""
        with self._waiting:
            if self._is_waiting or self._is_closed:
                return
            self._is_waiting = True
            wait = max(0.0, self._drawn_at + max(UPDATE_INTERVAL_S, SHARE * self._took_s) - self._clock())
        self._call_later(wait, self._draw_due)

    def _draw_due(self) -> None:
        with self._waiting:
            self._is_waiting = False
            if self._is_closed:
                return
        try:
            self.draw()
        except Exception as exc:  # noqa: BLE001  a timer has nobody above it
            if not self._is_closed:
                log_failure("The grid of a sweep could not be drawn again.", exc)

    def close(self) -> None:
        """Take the grid off the page."""
        if "_unsubscribe" in self.__dict__:
            with self._waiting:
                self._is_closed = True
            self._unsubscribe()
            self._acting.close()
            self._looking.close()
        super().close()

    @property
    def _seen(self) -> GridSummary:
        assert self._summary is not None
        return self._summary

    # -- what a person does --

    def _on_look(self, message: dict[str, Any]) -> Future[None]:
        """A view was opened: it may have missed what was sent before."""

        def look() -> None:
            self.draw()
            self._answer(message, {"cells": list(self.cells)})

        return self._acting.run(look)

    def _on_run(self, message: dict[str, Any]) -> Future[None]:
        """Submit what the button said that was pressed, and nothing else."""
        pressed, is_trim = message.get("label"), message.get("trim") is True
        if not self._sending.acquire(blocking=False):
            raise SeedanceError(say("It is being submitted already; nothing was sent twice."))

        def run() -> None:
            try:
                self.draw()
                language = words.language()
                button = run_button(self._seen, language)
                offered = trim_button(self._seen, language) if is_trim else button["label"]
                if self._seen.is_running or (button["reason"] and not is_trim):
                    raise SeedanceError(button["reason"])
                if pressed != offered or not offered:
                    raise SeedanceError(say(CHANGED))
                self._handle.run(over_budget="trim" if is_trim else "refuse")
            finally:
                self._sending.release()
                self.changed()

        future = self._acting.run(run)
        if future.cancelled():
            self._sending.release()
        return future

    def _on_pause(self, _message: dict[str, Any]) -> Future[None]:
        return self._act(self._handle.pause)

    def _on_resume(self, _message: dict[str, Any]) -> Future[None]:
        return self._act(self._handle.resume)

    def _on_stop(self, _message: dict[str, Any]) -> Future[None]:
        return self._act(self._handle.stop)

    def _act(self, function: Callable[[], object]) -> Future[None]:
        def act() -> None:
            function()
            self.changed()

        return self._acting.run(act)

    def _on_touch(self, _message: dict[str, Any]) -> None:
        self.touched = True

    def _on_posters(self, message: dict[str, Any]) -> Future[None]:
        """Send the pictures of cells that came into sight."""
        numbers = self._numbers(message)[:POSTERS]

        def send() -> None:
            found = [(number, jpeg) for number in numbers if (jpeg := self._poster(number))]
            self._answer(message, {"cells": [number for number, _ in found]}, [jpeg for _, jpeg in found])

        return self._looking.run(send)

    def _on_open(self, message: dict[str, Any]) -> Future[None]:
        """Let the browser have the clip of a cell."""
        self.touched = True
        numbers = self._numbers(message)

        def offer() -> None:
            cell, path = self._kept(numbers)
            shown = self.offer(path, name=cell_label(cell, self._seen))
            self._answer(message, {"cell": numbers[0], "clip": shown, "facts": self._facts(cell)})

        return self._looking.run(offer)

    def _on_measure(self, _message: dict[str, Any]) -> Future[None]:
        """Measure the clips, because somebody sorts by what is in them."""

        def measure() -> None:
            self._handle.measure()
            self.draw()

        return self._looking.run(measure)

    def _on_compare(self, message: dict[str, Any]) -> Future[None]:
        """Show the clips of the selected cells beside each other."""
        self.touched = True
        numbers, compare = self._numbers(message), self._compare
        if compare is None:
            raise SeedanceError(say("This grid only shows the sweep. Compare with sweep.compare(…)."))
        return self._act(lambda: compare(numbers))

    def _on_still(self, _message: dict[str, Any]) -> Future[None]:
        """Leave a still picture here."""
        still = self._still
        if still is None:
            raise SeedanceError(say("This grid only shows the sweep."))
        return self._act(still)

    def _numbers(self, message: Mapping[str, Any]) -> list[int]:
        """The cells that a message names, which is a stranger's.

        Raises:
            SeedanceError: They are not cells of this sweep.
        """
        named = message.get("cells")
        if not isinstance(named, list) or len(named) > CELLS or not all(type(one) is int for one in named):
            raise SeedanceError(say("No cells were named; nothing was done."))
        if any(not 0 <= one < len(self._seen.cells) for one in named):
            raise SeedanceError(say("This sweep has no such cell; nothing was done."))
        return list(dict.fromkeys(named))

    def _kept(self, numbers: Sequence[int]) -> tuple[GridCell, Path]:
        cell = self._seen.cells[numbers[0]] if numbers else None
        if cell is not None and cell.record is not None:
            copies.bring([cell.record.artifact("clip")])
        path = clip_of(cell) if cell is not None else None
        if cell is None or path is None:
            raise SeedanceError(say("This cell has no clip yet."))
        return cell, path

    def _facts(self, cell: GridCell) -> str:
        """What is said beside an open clip."""
        view = cell_view(cell, self._seen, words.language())
        names = {figure.id: say(figure.name) for figure in self._seen.figures}
        found = [f"{names[name]} {said}" for name, (_, said) in view["figures"].items() if name in names]
        return " · ".join([view["word"], *found])

    def _poster(self, number: int) -> bytes:
        """A small JPEG of a cell's clip; empty where there is none."""
        path = picture_of(self._seen.cells[number])
        return small_poster(path) if path is not None else b""
