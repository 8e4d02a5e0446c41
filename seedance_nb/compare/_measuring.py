"""Measuring the clips of a comparison, each file once, wherever the media work of its studio is done.

What was measured is kept in the ledger under the clip's checksum, so that another comparison, another notebook and
another day find it there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from seedance_nb import media, recipe, workshop
from seedance_nb.compare._candidate import Candidate
from seedance_nb.content import Source
from seedance_nb.errors import LedgerError, MediaError
from seedance_nb.ledger import Ledger
from seedance_nb.media import MEASURES_VERSION, Measures
from seedance_nb.recipe import Recipe
from seedance_nb.widgets._failures import log_failure


class Measuring:
    """What is measured of some candidates, by their place."""

    def __init__(
        self, candidates: Sequence[Candidate], ledger: Ledger | None, changed: Callable[[], None] = lambda: None
    ) -> None:
        """Nothing is measured yet.

        Args:
            candidates: Whose clips are measured.
            ledger: Where measures are kept; None: nowhere.
            changed: Called after each clip, in the thread that measures.
        """
        self.found: dict[int, Measures] = {}
        """What was measured; replaced by no other value later."""
        self.told: dict[int, Recipe] = {}
        """What files say of themselves that are no task's."""
        self.failed: set[int] = set()
        """Of which clips nothing can be measured: they are not there, or cannot be decoded."""
        self._candidates = tuple(candidates)
        self._ledger = ledger
        self._changed = changed
        self._begun = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_stopped = False

    @property
    def is_over(self) -> bool:
        """Whether each clip is measured, or cannot be."""
        return len(self.found) + len(self.failed) == len(self._candidates)

    def begin(self) -> None:
        """Measure in a thread; again is fine."""
        with self._begun:
            if self._thread is None:
                self._thread = threading.Thread(target=self._measure_all, name="sdnb-measuring", daemon=True)
                self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        """Measure, and return when all is measured, or after so many seconds."""
        self.begin()
        assert self._thread is not None
        self._thread.join(seconds)

    def stop(self) -> None:
        """Give up after the frame that is being measured."""
        self._is_stopped = True

    def _measure_all(self) -> None:
        waiting: list[tuple[int, Path, str]] = []
        for place, candidate in enumerate(self._candidates):
            if self._is_stopped:
                return
            if candidate.record is None and candidate.path is not None:
                with suppress(MediaError):  # most files say nothing
                    self.told[place] = recipe.open(candidate.path)
            try:
                if candidate.path is None:
                    raise MediaError("There is no clip to measure.")
                digest = _digest(candidate, candidate.path)
                if kept := self._kept(digest):
                    self._has(place, kept)
                else:
                    waiting.append((place, candidate.path, digest))
            except Exception as exc:  # noqa: BLE001  a thread has nobody above it, and the next clip is another one
                self._has(place, exc)
        shop = workshop.at(self._ledger.home if self._ledger else None)
        paths = [path for _, path, _ in waiting]
        for number, came in shop.each(media.measure, paths, stopped=lambda: self._is_stopped):
            place, _, digest = waiting[number]
            if isinstance(came, Measures) and self._ledger is not None:
                with suppress(LedgerError):  # closed or locked: the figures are right all the same
                    self._ledger.add_measures(digest, MEASURES_VERSION, came.values())
            self._has(place, came)

    def _kept(self, digest: str) -> Measures | None:
        with suppress(LedgerError, ValueError):
            kept = self._ledger.measures([digest], MEASURES_VERSION) if self._ledger else {}
            if digest in kept:
                return Measures.of(kept[digest])
        return None

    def _has(self, place: int, came: Measures | Exception) -> None:
        if isinstance(came, Measures):
            self.found[place] = came
        else:
            self.failed.add(place)
            if not isinstance(came, MediaError):
                log_failure("A clip could not be measured.", came)
        try:
            self._changed()
        except Exception as exc:  # noqa: BLE001
            log_failure("What was measured could not be shown.", exc)


def _digest(candidate: Candidate, path: Path) -> str:
    clip = candidate.record.artifact("clip") if candidate.record else None
    if clip is not None and clip.sha256 and clip.path == path and clip.bytes == _size(path):
        return clip.sha256
    return media.sha256(Source.of(path))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
