"""The handle of a comparison: look at clips beside each other, read their facts, take them along."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from seedance_nb import media, words
from seedance_nb.compare._ballot import Ballot, Reveal
from seedance_nb.compare._candidate import Candidate
from seedance_nb.compare._fact_rows import fact_rows
from seedance_nb.compare._facts import ClipFacts, facts_of
from seedance_nb.compare._measuring import Measuring
from seedance_nb.engine import copies
from seedance_nb.errors import ConfigurationError, MediaError, SeedanceError
from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets._words import words_for
from seedance_nb.words import say

if TYPE_CHECKING:
    import pandas as pd

    from seedance_nb.reports.verdict import Verdict
    from seedance_nb.widgets.comparison import Comparison as ComparisonWidget
    from seedance_nb.widgets.comparison_page import PageClip

PATIENCE_S = 1.5
"""How long a cell waits for measures before it shows what there is."""
Clips = Literal["inside", "beside", "none"]
"""Where a saved page has its clips: in the file, in a folder beside it, or nowhere."""


@runtime_checkable
class HasRecord(Protocol):
    """A task, as far as a comparison needs it."""

    def record(self) -> TaskRecord:
        """What the ledger knows of it now."""
        ...


Compared = HasRecord | Candidate | str | os.PathLike[str]
"""One clip to compare: a task, a candidate, or the path of a file."""


def candidates_of(clips: Iterable[Compared | Iterable[Compared]]) -> list[Candidate]:
    """What is compared, each with a title that tells it from the others.

    Args:
        clips: Tasks, paths, batches or lists of these, in the order in which they are shown.

    Raises:
        ConfigurationError: There is nothing to compare, or something is neither a task nor a file.
    """
    found = list(_flat(clips))
    if not found:
        raise ConfigurationError(
            "There is nothing to compare: name tasks, a batch, or the paths of clips, for example "
            'studio.compare(task_1, task_2) or studio.compare("a.mp4", "b.mp4").'
        )
    # A candidate has a record too, as a value.
    records = [one.record() if not isinstance(one, Candidate) and isinstance(one, HasRecord) else None for one in found]
    made = [record for record in records if record is not None]
    titles = _titles(made)
    return [
        one
        if isinstance(one, Candidate)
        else Candidate(titles.pop(0), _clip(record), record, group=f"{record.seed} {record.prompt}")
        if record is not None
        else _file(one)
        for one, record in zip(found, records, strict=True)
    ]


class Comparison:
    """Clips beside or over each other, held to the same frame, with what tells them apart.

    Show it as a cell's last line. `save` makes one HTML file of it that needs neither kernel nor network.

    Args:
        candidates: The clips, in order.
        ledger: Where measures are kept and tasks are read again; None: a comparison of files alone.
        home: The studio's folder: copies that a browser needs go to `twins` in it.
        title: What is compared; how many clips if empty.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        *,
        ledger: Ledger | None = None,
        home: Path | None = None,
        title: str = "",
    ) -> None:
        # Whatever is done with them reads them, and most of it in widgets that know files only.
        copies.bring(one.record.artifact("clip") for one in candidates if one.record is not None)
        self.candidates = tuple(candidates)
        """The clips that are compared, in order."""
        self._ledger = ledger
        self._home = home
        self._title = title
        self._lock = threading.Lock()
        self._cells: list[ComparisonWidget] = []
        self._measuring = Measuring(self.candidates, ledger, self._draw)

    def __len__(self) -> int:
        return len(self.candidates)

    @property
    def facts(self) -> list[ClipFacts]:
        """What is known of each clip; what is not measured yet is measured now, which takes seconds."""
        self._measuring.wait()
        return self._facts()

    def frame(self) -> pd.DataFrame:
        """The facts and the measures, one row a clip; what is not measured yet is measured now.

        Columns: `title`, `provider`, `model`, `prompt`, `resolution`, `ratio` (string), `is_sandbox` (bool), `seed`,
        `tokens` (Int64), `cost`, `cost_per_second` (object, `Decimal`), `currency` (category), `time_to_make` (Float64,
        seconds); what `media.Measures` has: `duration`, `fps`, `sharpness`, `motion`, `flicker`, `loudness`, `silence`
        (Float64), `frames`, `width`, `height`, `cuts`, `black_frames` (Int64; of cuts how many), `video_codec`,
        `audio_codec` (string); `local_id`, `clip` (string).
        """
        from seedance_nb.reports.comparison_frame import comparison_frame

        rows = []
        for candidate, facts in zip(self.candidates, self.facts, strict=True):
            measured = facts.measures.values() if facts.measures is not None else {}
            rows.append(
                {
                    **{name: getattr(facts, name) for name in ("title", "provider", "model", "prompt", "resolution")},
                    "ratio": facts.ratio,
                    "is_sandbox": facts.is_sandbox,
                    "seed": facts.seed,
                    "tokens": facts.tokens,
                    "cost": facts.cost.amount if facts.cost else None,
                    "cost_per_second": facts.cost_per_second.amount if facts.cost_per_second else None,
                    "currency": facts.cost.currency if facts.cost else None,
                    "time_to_make": facts.time_to_make,
                    **measured,
                    "cuts": len(measured["cuts"]) if measured else None,
                    "local_id": candidate.record.local_id if candidate.record else "",
                    "clip": str(candidate.path) if candidate.path else "",
                }
            )
        return comparison_frame(rows)

    def vote(self, rater: str = "", *, reveal: Reveal = "end") -> Ballot:
        """A blind vote on the clips that were asked for the same; show it as a cell's last line.

        Args:
            rater: Who looks; each rater has an order of their own, and another name can be given in the cell.
            reveal: When to tell what the clips were: after all pairs of a rater, or after each.

        Raises:
            ConfigurationError: No two clips were asked for the same, or there is no ledger to keep votes in.
        """
        if self._ledger is None:
            raise ConfigurationError(
                "Votes are kept in a ledger, and this comparison has none: compare the clips with studio.compare(...)."
            )
        return Ballot(self.candidates, self._ledger, rater=rater, reveal=reveal)

    def verdict(self) -> Verdict:
        """What came out, a row for each model, with a sentence that says no more than these clips do.

        | column | dtype | |
        | --- | --- | --- |
        | `name` | string | the model, or what else tells the clips of a group apart; the most preferred first |
        | `clips` | Int64 | how many are on this disk |
        | `is_sandbox` | bool | then nothing was billed, and times and pictures are imitations |
        | `cost`, `cost_per_second` | object, `Decimal` | of all its clips; the mean; None: not known of each |
        | `currency` | category | |
        | `time_to_make` | Float64 | the median, in seconds |
        | `sharpness`, `motion`, `flicker`, `loudness` | Float64 | means, see `media.Measures`; measured if need be |
        | `votes`, `wins` | Int64 | blind votes that had one of its clips before them; that preferred it |
        | `win_rate`, `win_rate_low`, `win_rate_high` | Float64 | with Wilson's interval, 95 % |
        | `cost_per_preferred` | object, `Decimal` | what is paid until one is preferred; None: none was |

        The sentence is `verdict.sentence`, and stands below the table.
        """
        from seedance_nb.compare._verdict import verdict_rows
        from seedance_nb.reports.verdict import verdict_frame

        votes = self._ledger.votes() if self._ledger is not None else []
        rows, found = verdict_rows(self.candidates, self.facts, votes)
        language = words.language()
        said = [sentence.said(language) for sentence in found]
        return verdict_frame(rows, ("" if language == "zh" else " ").join(said))

    def save(self, path: str | os.PathLike[str], *, clips: Clips = "inside") -> Path:
        """Write the comparison as one HTML file that opens anywhere, without kernel and without network.

        Clips that not every browser plays go along as copies in H.264.

        Args:
            path: Where it goes; replaced if it is there.
            clips: `"inside"` the file, which gets a third larger than they are; `"beside"` it, in the folder
                `<name>_clips`; or `"none"`: posters and facts alone.

        Returns:
            The path of the page.

        Raises:
            ConfigurationError: There is no such place for clips.
            SeedanceError: A clip cannot be read, or the page cannot be written.
        """
        if clips not in ("inside", "beside", "none"):
            raise ConfigurationError(f'clips={clips!r} is not offered: "inside", "beside" or "none".')
        from seedance_nb.widgets.comparison_page import write_page

        target = Path(path).expanduser()
        self._measuring.wait()
        view = self._widget_view()
        part = target.with_name(f".{target.name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            sources = self._sources(target, clips)
            with part.open("wb") as file:
                write_page(file, view, sources)
            part.replace(target)
        except OSError as exc:
            part.unlink(missing_ok=True)
            raise SeedanceError(
                f"The comparison could not be saved to {target.name!r}: {exc.strerror or exc}. "
                "The clips are untouched; make room or name another place, and save again."
            ) from exc
        return target

    def _sources(self, target: Path, clips: Clips) -> list[PageClip]:
        from seedance_nb.widgets.comparison_page import PageClip

        folder = target.with_name(f"{target.stem}_clips")
        found = []
        for place, candidate in enumerate(self.candidates):
            playable = None if clips == "none" else self._playable(candidate)
            if playable is None:
                found.append(PageClip())
            elif clips == "inside":
                found.append(PageClip(inside=playable))
            else:
                folder.mkdir(parents=True, exist_ok=True)
                # Numbers alone: a name may say more than the page does, and may not be one on another system.
                copy = folder / f"{place + 1}{playable.suffix.lower()}"
                shutil.copyfile(playable, copy)
                found.append(PageClip(beside=f"{folder.name}/{copy.name}"))
        return found

    def _playable(self, candidate: Candidate) -> Path | None:
        """The file that goes along: one that every browser plays."""
        if candidate.path is None:
            return None
        try:
            facts = media.probe_file(candidate.path)
            if facts.kind != "video":
                return None
            if facts.video_codec == "hevc":
                from seedance_nb.widgets._twin_files import TwinFiles

                return TwinFiles(self._home or Path("seedance_out").resolve()).made(candidate.path, ["h264"])
        except MediaError:
            return None
        return candidate.path

    # -- showing --

    def _facts(self) -> list[ClipFacts]:
        found, told = self._measuring.found, self._measuring.told
        return [
            facts_of(candidate, found.get(place), told.get(place)) for place, candidate in enumerate(self.candidates)
        ]

    def _waiting(self) -> set[int]:
        done = self._measuring.found.keys() | self._measuring.failed
        return {place for place, one in enumerate(self.candidates) if one.path is not None and place not in done}

    def _widget(self) -> ComparisonWidget:
        from seedance_nb.widgets.comparison import Comparison as ComparisonWidget

        clips = [(one.title, one.path, _absent(one)) for one in self.candidates]
        rows = fact_rows(self._facts(), words.language(), waiting=self._waiting())
        return ComparisonWidget(clips, rows, title=self._title, home=self._home)

    def _widget_view(self) -> dict[str, Any]:
        widget = self._widget()
        try:
            return dict(widget.view)
        finally:
            widget.close()

    def _draw(self) -> None:
        """Say what has been measured by now, in every cell."""
        with self._lock:
            cells = tuple(self._cells)
        for cell in cells:
            self._say(cell)

    def _say(self, cell: ComparisonWidget) -> None:
        cell.say(fact_rows(self._facts(), cell.language, waiting=self._waiting()))
        if self._measuring.is_over:
            cell.keep()

    def widget(self) -> ComparisonWidget:
        """The comparison as a widget, to be put into another one; what is not measured yet is said as it comes."""
        cell = self._widget()
        with self._lock:
            self._cells.append(cell)
        self._measuring.begin()
        if self._measuring.is_over:
            self._draw()
        return cell

    def _ipython_display_(self) -> None:
        # What was measured before is there at once, and two clips take a second; more is said when it is known.
        self._measuring.wait(PATIENCE_S)
        was_over = self._measuring.is_over
        cell = self._widget()
        cell._ipython_display_()
        with self._lock:
            self._cells.append(cell)
        if not was_over:  # something may have been measured before the cell could be told
            self._say(cell)

    def bundle(self) -> dict[str, Any]:
        """What a cell shows of it, live, for whoever puts it into an output of their own."""
        from seedance_nb.widgets._in_place import is_only_loaded_as_output

        cell = self.widget()
        return dict(cell._repr_mimebundle_()[0] if is_only_loaded_as_output() else cell._twins())

    def _repr_html_(self) -> str:
        from seedance_nb.widgets.static_comparison import static_comparison

        return static_comparison(self._widget_view())

    def __repr__(self) -> str:
        return f"Comparison({', '.join(one.title[:40] for one in self.candidates[:4])}{', …' * (len(self) > 4)})"


def _flat(clips: Iterable[Compared | Iterable[Compared]]) -> Iterable[Compared]:
    for one in clips:
        if isinstance(one, HasRecord | Candidate | str | os.PathLike):
            yield one
        elif isinstance(one, Iterable):
            yield from _flat(one)
        else:
            raise ConfigurationError(
                f"{type(one).__name__} is nothing to compare: name tasks, a batch, or the paths of clips."
            )


def _titles(records: Sequence[TaskRecord]) -> list[str]:
    """What tells the tasks from each other: of model, seed and prompt what differs; else model and seed."""
    differ = {
        "model": len({one.model for one in records}) > 1,
        "seed": len({one.seed for one in records}) > 1,
        "prompt": len({one.prompt for one in records}) > 1,
    }
    titles = []
    for one in records:
        parts = [one.model] if differ["model"] or not differ["prompt"] else []
        if one.seed is not None and (differ["seed"] or not any(differ.values())):
            parts.append(say("seed {seed}", seed=one.seed))
        if differ["prompt"]:
            parts.append(" ".join(one.prompt.split())[:60])
        titles.append(" · ".join(part for part in parts if part) or one.local_id)
    return titles


def _clip(record: TaskRecord) -> Path | None:
    clip = record.artifact("clip")
    return clip.path if clip is not None and record.status is TaskStatus.KEPT else None


def _file(path: Compared) -> Candidate:
    found = Path(path).expanduser()  # type: ignore[arg-type]
    return Candidate(found.name, found)


def _absent(candidate: Candidate) -> str:
    if candidate.path is not None:
        return ""
    if candidate.record is None:
        return say("There is no clip.")
    said = words_for(candidate.record)
    word = say(said.word)
    return say("There is no clip: the task is {status}.", status=word)
