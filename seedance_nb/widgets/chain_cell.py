"""A chain in a notebook's cell: a film strip while something happens or can be done, then plain HTML.

The output has a `display_id`. It is drawn from threads of its own and never from the engine's, because drawing asks the
ledger and reads posters. Outside a notebook, `show` prints.
"""

from __future__ import annotations

import datetime as dt
import functools
import sys
import threading
import time
import uuid
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from seedance_nb.content import Image
from seedance_nb.engine import copies
from seedance_nb.errors import MediaError
from seedance_nb.media import previews
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets._failures import log_failure
from seedance_nb.widgets.chain_table import ChainSummary, chain_table, chain_text, chain_view
from seedance_nb.widgets.live_cell import UPDATE_INTERVAL_S, Publish, _call_later, _in_notebook, _publish

if TYPE_CHECKING:
    from seedance_nb.widgets.chain_view import ChainView


class ChainHandle(Protocol):
    """What a cell needs of a chain."""

    @property
    def home(self) -> Path | None:
        """The folder of the clips."""
        ...

    def summary(self) -> ChainSummary:
        """What there is to see of it now; may ask the ledger."""
        ...

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each change, from whichever thread; returns what ends that."""
        ...

    def run(self, *, gate: bool = False) -> object:
        """Make what is missing, or raise; returns at once."""
        ...

    def approve(self) -> object:
        """Send the next shot."""
        ...

    def again(self) -> object:
        """Make the last shot anew."""
        ...

    def stop(self) -> object:
        """Send nothing more."""
        ...


def show(handle: ChainHandle) -> ChainCell | None:
    """Show a chain in the current cell and go on showing it; outside a notebook it is printed, and None returned."""
    if not _in_notebook():
        sys.stdout.write(chain_text(still_view(handle.summary())) + "\n")
        return None
    cell = ChainCell(handle)
    cell.open()
    return cell


def _bring(summary: ChainSummary) -> None:
    """Have what is shown of a chain on this disk, where an object store keeps it."""
    records = [shot.record for shot in summary.shots if shot.record is not None]
    copies.bring(record.artifact(kind) for record in records for kind in ("clip", "last_frame"))


def still_view(summary: ChainSummary) -> dict[str, Any]:
    """What there is to see of a chain where no widget is: small posters, and links to the clips."""
    _bring(summary)
    view = _drawn(summary)
    paths = view.pop("paths")
    for shot in view["shots"]:
        shot["begins"] = ""
        if path := paths.get(shot["local_id"]):
            file = shot["file"] or {}
            shot["clip"] = {"poster": _poster(path), "width": file.get("width"), "height": file.get("height")}
    return view


def _drawn(summary: ChainSummary) -> dict[str, Any]:
    view = chain_view(summary, now=dt.datetime.now(dt.UTC), notebook_dir=_notebook_dir())
    view["paths"] = {
        shot.record.local_id: clip.path
        for shot in summary.shots
        if shot.record is not None
        and shot.record.status is TaskStatus.KEPT
        and (clip := shot.record.artifact("clip")) is not None
        and clip.path is not None
    }
    for index, shot in enumerate(summary.shots[1:], 1):
        if shot.follows and view["shots"][index]["local_id"] not in view["paths"]:
            view["shots"][index]["begins"] = _end_of(summary.shots[index - 1].record)
    return view


def _end_of(record: TaskRecord | None) -> str:
    """The picture that a shot will begin with, small, where it is there."""
    frame = record.artifact("last_frame") if record is not None and record.status is TaskStatus.KEPT else None
    if frame is None or frame.path is None:
        return ""
    try:
        return _small_picture(frame.path, frame.sha256)
    except MediaError:
        return ""


@functools.lru_cache(maxsize=64)
def _small_picture(path: Path, _sha256: str | None) -> str:
    found = previews.preview(Image(path))
    return f"data:{found.mime};base64,{b64encode(found.content).decode()}"


def _notebook_dir() -> Path:
    try:
        from seedance_nb.widgets._clips import folder_of_notebook
    except ImportError:  # no widgets here: text and plain HTML do without
        return Path.cwd()
    return folder_of_notebook()


def _poster(path: Path) -> str:
    try:
        from seedance_nb.widgets._clips import _small_poster, _stamp
    except ImportError:
        return ""
    stamp = _stamp(path)
    try:
        return _small_poster(path, stamp) if stamp is not None else ""
    except MediaError:
        return ""


class ChainCell:
    """One output that follows one chain."""

    def __init__(
        self,
        handle: ChainHandle,
        *,
        publish: Publish | None = None,
        clock: Callable[[], float] = time.monotonic,
        call_later: Callable[[float, Callable[[], None]], None] | None = None,
    ) -> None:
        """A cell that is not open yet.

        Args:
            handle: The chain.
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
        self._strip: ChainView | None = None

    def open(self) -> None:
        """Show the chain, and follow it: one that is over may be begun again."""
        unsubscribe = self._handle.on_change(self._on_change)
        try:
            self._draw()
        except BaseException:
            unsubscribe()
            raise
        if self._is_stale:  # a change came while the first picture was drawn
            self._on_change()

    def flush(self) -> None:
        """Draw now what has changed since the last time; nothing that goes wrong here is raised."""
        try:
            self._draw()
        except Exception as exc:  # noqa: BLE001  a timer has nobody above it, and who waits for shots waits for no cell
            with self._lock:
                self._is_stale = True
            log_failure(f"The output {self.display_id} of a chain could not be updated.", exc)

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
            if summary.is_over:
                self._show(_still_bundle(summary))
                self._close_strip()
            elif self._strip is not None:
                self._strip.show(_drawn(summary))
            else:
                self._show(self._live_bundle(summary))
            self._is_shown = True
            self._drawn_at = self._clock()

    def _show(self, bundle: dict[str, Any]) -> None:
        self._publish(bundle, self.display_id, self._is_shown)

    def _live_bundle(self, summary: ChainSummary) -> dict[str, Any]:
        """The strip with its picture; the picture alone where there can be no widget."""
        handle, still = self._handle, _still_bundle(summary)
        acts: dict[str, Callable[[], object]] = {
            "run": handle.run,
            "run_gated": lambda: handle.run(gate=True),
            "approve": handle.approve,
            "again": handle.again,
            "stop": handle.stop,
        }
        try:
            from seedance_nb.widgets.chain_view import ChainView

            self._strip = ChainView(_drawn(summary), acts=acts, still=still, home=handle.home)
            return self._strip.bundle()
        except Exception as exc:  # noqa: BLE001  a front end without widgets still gets the shots
            log_failure("The film strip could not be made; the cell shows plain HTML instead.", exc)
            self._close_strip()
            return dict(still)

    def _close_strip(self) -> None:
        strip, self._strip = self._strip, None
        if strip is not None:
            strip.close()


def _still_bundle(summary: ChainSummary) -> dict[str, str]:
    view = still_view(summary)
    return {"text/html": chain_table(view), "text/plain": chain_text(view)}
