"""The bench of a studio: compose, compare, and see tasks, ledger and costs, each in a tab.

It draws what `view` says, and holds the composer and the comparison; what is in `view` is put together by its owner.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import anywidget
import traitlets as t

from seedance_nb.composing.worker import ThreadWorker
from seedance_nb.errors import ConfigurationError
from seedance_nb.widgets._bench_view import MOST_COMPARED, bench_html
from seedance_nb.widgets._failures import log_failure
from seedance_nb.widgets._in_place import LeavesPicture, is_only_loaded_as_output
from seedance_nb.widgets._module import module, style
from seedance_nb.widgets.card_stack import CardStack
from seedance_nb.widgets.live_cell import UPDATE_INTERVAL_S, _call_later, _in_notebook, _publish
from seedance_nb.widgets.shown_composer import ShownComposer
from seedance_nb.widgets.still import Still


class Bench(LeavesPicture):
    """The tabs of a studio, drawn again while its tasks move, at most four times a second.

    Its place in the cell is empty without a kernel: its tables follow it in an output of its own.
    """

    _esm = module("bench.js")
    _css = style("bench.css")

    view = t.Dict().tag(sync=True)
    """What `bench_view` made; replaced as a whole, never changed in place."""

    section = t.Unicode("compose").tag(sync=True)
    """Which tab is open."""

    composer = anywidget.WidgetTrait().tag(sync=True)
    """The composer of the first tab."""

    comparison = anywidget.WidgetTrait().tag(sync=True)
    """The clips that were chosen to be compared, under one transport; None until some are."""

    ledger = anywidget.WidgetTrait().tag(sync=True)
    """The table of all tasks, made once somebody opens its tab; None until then."""

    places = t.Dict().tag(sync=True)
    """Where the other widgets stand by themselves, for a page that hands a widget no others."""

    def __init__(
        self,
        composer: ShownComposer,
        *,
        title: str,
        look: Callable[[], Mapping[str, Any]],
        compare: Callable[[Sequence[str]], LeavesPicture] | None = None,
        table: Callable[[], LeavesPicture] | None = None,
        clock: Callable[[], float] = time.monotonic,
        call_later: Callable[[float, Callable[[], None]], None] = _call_later,
    ) -> None:
        """A bench that is not shown yet.

        Args:
            composer: What is in its first tab.
            title: What studio it is, in words.
            look: Gives the view as it is now; may ask the ledger. Not called in the engine's thread.
            compare: Makes a comparison of the clips of these tasks, by local id; may take a while. None: it cannot.
            table: Makes the table of the ledger; may take a while. None: there is none.
            clock: Seconds that only grow.
            call_later: Calls a function after so many seconds, in another thread.
        """
        super().__init__()
        self._compare, self._table = compare, table
        self._worker = ThreadWorker(lambda exc: log_failure("The bench could not do something later.", exc))
        self._title, self._look, self._clock, self._call_later = title, look, clock, call_later
        self._waiting = threading.Lock()
        self._is_waiting = self._is_closed = False
        self._drawn_at = float("-inf")
        self._still: Still | None = None
        self.composer = composer
        self.places = {"composer": composer.place}
        self.draw()

    def draw(self) -> None:
        """Draw everything as it is now."""
        self._drawn_at = self._clock()
        self.view = dict(self._look())
        if self._still is not None:
            self._still.changed()

    def changed(self) -> None:
        """Something is another way by now: draw soon. Returns at once, from any thread."""
        with self._waiting:
            if self._is_waiting or self._is_closed:
                return
            self._is_waiting = True
            wait = max(0.0, self._drawn_at + UPDATE_INTERVAL_S - self._clock())
        self._call_later(wait, self._on_due)

    def _on_due(self) -> None:
        with self._waiting:
            self._is_waiting = False
            if self._is_closed:
                return
        try:
            self.draw()
        except Exception as exc:  # noqa: BLE001  a timer has nobody above it
            if not self._is_closed:
                log_failure("The bench could not be drawn again.", exc)

    def _on_look(self, _message: dict[str, Any]) -> Future[None] | None:
        """Somebody opens a tab: other notebooks may have changed the ledger meanwhile."""
        self.changed()
        table = self._table
        if self.section != "ledger" or table is None:
            return None

        def show() -> None:
            if self.ledger is None:
                new = table()
                self.places = {**self.places, "ledger": new.place}
                self.ledger = new

        return self._worker.run(show)

    def _on_compare(self, message: dict[str, Any]) -> Future[None]:
        """Somebody has chosen clips; which there are is looked up by their ids, never taken from the browser."""
        there = {clip["id"] for clip in self.view["compare"]["clips"]}
        asked = message.get("clips")
        chosen = [one for one in asked if one in there] if isinstance(asked, list) else []
        if self._compare is None or not 2 <= len(chosen) <= MOST_COMPARED:
            raise ConfigurationError(str(self.view["compare"]["ask"]))
        compare = self._compare

        def show() -> None:
            before, new = self.comparison, compare(chosen)
            self.places = {**self.places, "comparison": new.place}
            self.comparison = new
            if before is not None:
                before.close()

        return self._worker.run(show)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[Any, Any], dict[Any, Any]]:
        data, metadata = super()._repr_mimebundle_(**options)
        return {**data, **self._tables()}, metadata

    def picture(self) -> str:
        """Nothing: see the class."""
        return ""

    def text(self) -> str:
        """What studio it is."""
        return self._title

    def _tables(self) -> dict[str, str]:
        return {"text/html": bench_html(self.view, title=self._title), "text/plain": self._title}

    def _ipython_display_(self) -> None:
        if not _in_notebook():
            sys.stdout.write(f"{self._title}\n")
            return
        self.draw()
        data = self._twins()
        if is_only_loaded_as_output():
            data = self._repr_mimebundle_()[0]
            del data["text/html"]
        _publish(data, f"sdnb-bench-{self.model_id}", False)
        if self._still is not None:
            self._still.close()
        self._still = Still(self._tables)
        self._still.open()
        stack = CardStack()
        stack.open()
        self.composer.stack = stack

    def close(self) -> None:
        """Take the bench and its composer off the page."""
        if "_is_closed" in self.__dict__:
            with self._waiting:
                self._is_closed = True
            if self._still is not None:
                self._still.close()
            self._worker.close()
        for child in (self.composer, self.comparison, self.ledger):
            if child is not None:
                child.close()
        super().close()
