"""Measuring many clips at once, wherever media work is done; what the ledger has already is not measured again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from seedance_nb import media
from seedance_nb.batch._progress import Bar
from seedance_nb.compare._candidate import Candidate
from seedance_nb.content import Source
from seedance_nb.errors import LedgerError, MediaError, SeedanceError
from seedance_nb.ledger import Ledger
from seedance_nb.media import MEASURES_VERSION, Measures
from seedance_nb.reports.measures_frame import measures_frame
from seedance_nb.task import Artifact, TaskRecord, TaskStatus
from seedance_nb.words import say
from seedance_nb.workshop import Workshop

if TYPE_CHECKING:
    import pandas as pd


def measured(
    candidates: Sequence[Candidate], ledger: Ledger, workshop: Workshop, *, progress: bool = False
) -> pd.DataFrame:
    """Measure clips, each once; what goes wrong with one stands in its row.

    Each is kept in the ledger as soon as it is measured, so that whoever interrupts goes on where it stopped.

    Args:
        candidates: Whose clips.
        ledger: Where measures are kept, by the checksum of the clip.
        workshop: Who does it.
        progress: Whether a bar is shown.
    """
    rows = [_Row(candidate) for candidate in candidates]
    waiting: dict[str, list[_Row]] = {}
    for row in rows:
        if row.sha256:
            waiting.setdefault(row.sha256, []).append(row)
    for sha256, values in ledger.measures(waiting, MEASURES_VERSION).items():
        with suppress(ValueError):  # of a notebook that says other things: it is measured anew
            found = Measures.of(values)
            for row in waiting.pop(sha256):
                row.came = found
    over = len(rows) - sum(map(len, waiting.values()))
    todo = list(waiting.values())
    with Bar(len(rows), over, is_shown=progress) as bar:
        for place, came in workshop.each(media.measure, [alike[0].clip for alike in todo]):
            if isinstance(came, Measures):
                with suppress(LedgerError):  # closed or locked: the figures are right all the same
                    ledger.add_measures(todo[place][0].sha256, MEASURES_VERSION, came.values())
            for row in todo[place]:
                row.came = came
            over += len(todo[place])
            bar.move(over, "")
    return measures_frame([row.values() for row in rows])


def kept(records: Iterable[TaskRecord]) -> list[Candidate]:
    """The clips of those tasks that have one."""
    clips = ((record, record.artifact("clip")) for record in records if record.status is TaskStatus.KEPT)
    return [Candidate("", clip.path, record) for record, clip in clips if clip is not None]


class _Row:
    """One clip: what it is, and what came of it."""

    def __init__(self, candidate: Candidate) -> None:
        self._candidate = candidate
        self.sha256 = ""
        self.came: Measures | SeedanceError | None = None
        kept = candidate.record.artifact("clip") if candidate.record is not None else None
        if candidate.path is None:
            self.came = MediaError(say("There is no clip."))
            return
        try:
            # What was changed on the disk since it was kept is another clip.
            trusted = kept is not None and kept.sha256 and (kept.original or _size(candidate) == kept.bytes)
            self.sha256 = (kept.sha256 if trusted and kept else None) or media.sha256(Source.of(candidate.path))
            self.clip = kept if trusted and kept else Artifact("clip", path=candidate.path, sha256=self.sha256)
        except MediaError as exc:
            self.came = exc

    def values(self) -> dict[str, Any]:
        record = self._candidate.record
        found = {
            "clip": str(self._candidate.path) if self._candidate.path is not None else None,
            "local_id": record.local_id if record is not None else None,
            "sha256": self.sha256 or None,
        }
        if isinstance(self.came, Measures):
            return {**found, **self.came.values(), "cuts": self.came.cuts}
        return {**found, "error": str(self.came)}


def _size(candidate: Candidate) -> int:
    try:
        return candidate.path.stat().st_size if candidate.path is not None else -1
    except OSError:
        return -1
