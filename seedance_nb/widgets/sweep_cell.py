"""A sweep in a notebook's cell: the live grid while it is looked at and runs, a still table when it is over.

The output has a `display_id`: at the end plain HTML takes the place of the grid, so that a saved notebook shows it
without a kernel, unless somebody is at work in the grid. Below it an output waits for the clips that are compared.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
import uuid
from base64 import b64encode
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import quote as quote_url

from seedance_nb import words
from seedance_nb.engine import copies
from seedance_nb.errors import InvalidRequestError
from seedance_nb.widgets._clips import folder_of_notebook, small_poster
from seedance_nb.widgets._failures import log_failure
from seedance_nb.widgets._sweep_view import GridSummary, clip_of, picture_of
from seedance_nb.widgets._view_model import _relative
from seedance_nb.widgets.live_cell import UPDATE_INTERVAL_S, Publish, _call_later, _in_notebook, _publish
from seedance_nb.widgets.sweep_grid import SweepGrid, SweepHandle
from seedance_nb.widgets.sweep_table import POSTERS_BYTES, picture, poster_alt, sweep_table, sweep_text
from seedance_nb.words import say

Clips = Literal["inside", "beside", "none"]
_NOTHING = {"text/html": "", "text/plain": ""}
_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 24px; font-family: system-ui, sans-serif; }}
video {{ display: block; width: 240px; max-width: 100%; height: auto; border-radius: 3px; }}
</style></head><body>{body}</body></html>
"""


class HasBundle(Protocol):
    """Something that can be put into an output."""

    def bundle(self) -> dict[str, Any]:
        """What the output shows of it, by MIME type."""
        ...


class ShownSweep(SweepHandle, Protocol):
    """What a cell needs of a sweep."""

    @property
    def is_running(self) -> bool:
        """Whether something of it is under way."""
        ...

    def beside(self, numbers: Sequence[int]) -> HasBundle:
        """A comparison of the clips of these cells."""
        ...


def show(handle: ShownSweep, *, live: bool = False) -> SweepCell | None:
    """Show a sweep in the current cell; outside a notebook it is printed, and None returned.

    Args:
        handle: The sweep.
        live: Show the grid also where the sweep is over.
    """
    if not _in_notebook():
        sys.stdout.write(sweep_text(handle.summary()) + "\n")
        return None
    cell = SweepCell(handle, is_asked_for=live)
    cell.open()
    return cell


class SweepCell:
    """One output that follows one sweep, and one below it for what is compared."""

    def __init__(
        self,
        handle: ShownSweep,
        *,
        is_asked_for: bool = False,
        publish: Publish | None = None,
        clock: Callable[[], float] = time.monotonic,
        call_later: Callable[[float, Callable[[], None]], None] | None = None,
    ) -> None:
        """A cell that is not open yet.

        Args:
            handle: The sweep.
            is_asked_for: Whether the grid was asked for, so that it stays until somebody is done with it.
            publish: How output reaches the front end; IPython's way by default.
            clock: Seconds that only grow.
            call_later: Calls a function after so many seconds, from another thread.
        """
        self.display_id = f"sdnb-{uuid.uuid4().hex}"
        self.below_id = f"sdnb-{uuid.uuid4().hex}"
        self._handle = handle
        self._is_asked_for = is_asked_for
        self._publish = publish or _publish
        self._clock, self._call_later = clock, call_later or _call_later
        self._lock = threading.Lock()
        self._is_waiting = False
        self._looked_at = float("-inf")
        self._is_frozen = False
        self._freezing = threading.Lock()
        self.grid: SweepGrid | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Show the sweep: as a grid, or as a still table where it is over."""
        summary = self._handle.summary()
        if summary.is_settled and not summary.to_make and not self._is_asked_for:
            self._is_frozen = True
            self._publish(self._still(summary), self.display_id, False)
            return
        bundle = self._live() or {"text/html": sweep_table(summary), "text/plain": sweep_text(summary)}
        self._publish(bundle, self.display_id, False)
        self._publish(_NOTHING, self.below_id, False)
        self._unsubscribe = self._handle.on_change(self._on_change)
        self._on_change()

    def freeze(self) -> None:
        """Leave a still table in the place of the grid, now."""
        with self._freezing:
            if self._is_frozen:
                return
            self._publish(self._still(self._handle.summary()), self.display_id, True)
            self._is_frozen = True
        self._unsubscribe()
        grid, self.grid = self.grid, None
        if grid is not None:
            grid.close()

    def flush(self) -> None:
        """Freeze now if it is over; nothing that goes wrong here is raised."""
        try:
            self._look()
        except Exception as exc:  # noqa: BLE001  a timer has nobody above it, and who waits for tasks waits for no cell
            log_failure(f"The output {self.display_id} of a sweep could not be updated.", exc)

    def _look(self) -> None:
        self._looked_at = self._clock()
        is_in_use = self._is_asked_for or (self.grid is not None and self.grid.touched)
        if self._is_frozen or is_in_use or self._handle.is_running:
            return
        summary = self._handle.summary()
        if summary.is_settled and (summary.is_over or not summary.to_make):
            self.freeze()

    def _on_change(self) -> None:
        with self._lock:
            if self._is_waiting or self._is_frozen:
                return
            self._is_waiting = True
            wait = max(0.0, self._looked_at + UPDATE_INTERVAL_S - self._clock())
        self._call_later(wait, self._on_due)

    def _on_due(self) -> None:
        with self._lock:
            self._is_waiting = False
        self.flush()

    def _live(self) -> dict[str, Any]:
        """The grid and its picture; empty where there can be no widget, and plain HTML has to do."""
        try:
            self.grid = SweepGrid(self._handle, compare=self._compare, still=self.freeze)
            return self.grid.bundle()
        except Exception as exc:  # noqa: BLE001  a front end without widgets still gets the table
            log_failure("The grid of a sweep could not be made; the cell shows plain HTML instead.", exc)
            self.grid = None
            return {}

    def _compare(self, numbers: Sequence[int]) -> None:
        self._publish(self._handle.beside(numbers).bundle(), self.below_id, True)

    def _still(self, summary: GridSummary) -> dict[str, Any]:
        folder = folder_of_notebook()
        arrangement = self.grid.arrangement if self.grid is not None else None
        hint = say("sweep.grid() shows it live again: to sort, filter, open and compare.")
        html = sweep_table(summary, arrangement=arrangement, media=posters(summary, folder), hint=hint)
        return {"text/html": html, "text/plain": sweep_text(summary)}


def posters(summary: GridSummary, folder: Path) -> dict[int, str]:
    """A small picture for each kept clip that leads to the file; as many as are not too heavy for a notebook."""
    found: dict[int, str] = {}
    room = POSTERS_BYTES
    for cell in summary.cells:
        path = clip_of(cell)
        if path is None or cell.same_as is not None:
            continue
        jpeg = small_poster(picture_of(cell) or path)
        room -= len(jpeg)
        if room < 0:
            break
        relative = _relative(path, folder)
        href = quote_url(relative, errors="surrogateescape") if relative else ""
        if jpeg:
            found[cell.number] = picture(jpeg, poster_alt(cell, summary, words.language()), href=href)
    return found


def save(handle: SweepHandle, path: str | os.PathLike[str], *, clips: str = "beside") -> Path:
    """Write the matrix as one HTML file that works without a kernel and without a network.

    Args:
        handle: The sweep.
        path: The file to write.
        clips: Where the clips are: `inside` the file, `beside` it in a folder of its name, or `none`: only posters.

    Returns:
        The file.

    Raises:
        InvalidRequestError: There is no such place for clips.
    """
    if clips not in {"inside", "beside", "none"}:
        raise InvalidRequestError(f"clips={clips!r} is none of 'inside', 'beside', 'none'. Nothing was written.")
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    summary = handle.summary()
    if clips != "none":
        copies.bring(cell.record.artifact("clip") for cell in summary.cells if cell.record is not None)
    media = {}
    for cell in summary.cells:
        clip = clip_of(cell)
        shown = picture_of(cell) if clips == "none" else clip
        if clip is None or shown is None or cell.same_as is not None or not shown.is_file():
            continue
        alt = poster_alt(cell, summary, words.language())
        jpeg = small_poster(shown)
        media[cell.number] = (
            picture(jpeg, alt) if clips == "none" else _video(clip, jpeg, alt, file, inside=clips == "inside")
        )
    body = sweep_table(summary, media=media)
    whole = _PAGE.format(language=words.language(), title=escape(str(file.stem)), body=body)
    part = file.with_name(f".{file.name}.part")
    part.write_text(whole, "utf-8")
    part.replace(file)
    return file


def _video(clip: Path, jpeg: bytes, alt: str, page: Path, *, inside: bool) -> str:
    """A player, whose clip is in the page or in a folder beside it."""
    if inside:
        source = f"data:video/mp4;base64,{b64encode(clip.read_bytes()).decode()}"
    else:
        folder = page.with_name(f"{page.stem}_clips")
        folder.mkdir(exist_ok=True)
        target = folder / clip.name
        if not target.exists() or target.stat().st_size != clip.stat().st_size:
            shutil.copyfile(clip, target)
        source = quote_url(f"{folder.name}/{clip.name}", errors="surrogateescape")
    poster = f' poster="data:image/jpeg;base64,{b64encode(jpeg).decode()}"' if jpeg else ""
    return (
        f'<video src="{escape(source)}"{poster} controls playsinline preload="none" aria-label="{escape(alt)}"></video>'
    )
