"""The film of a chain: its clips one after the other, and the list of its cuts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb import media, workshop
from seedance_nb.engine import copies
from seedance_nb.errors import ConfigurationError
from seedance_nb.reports import cuts_frame as frame_of
from seedance_nb.task import TaskRecord, TaskStatus

if TYPE_CHECKING:
    import pandas as pd

    from seedance_nb.media import Joined


def join(
    records: Sequence[TaskRecord | None], target: str | os.PathLike[str], *, partial: bool, home: Path | None = None
) -> Joined:
    """Join the kept clips of shots.

    Args:
        records: The task of each shot; None: it was not sent yet.
        target: Where the film is to lie.
        partial: Join those before the first that is missing.
        home: The folder of the clips, whose workshop does it.

    Raises:
        ConfigurationError: A shot is missing, or the clip of one; with `partial` only where there is none at all.
        MediaError: The clips cannot be joined.
        StoreError: An object store does not give one of them.
    """
    paths: list[Path] = []
    why = ""
    for number, record in enumerate(records, 1):
        path = _clip(record)
        if path is None:
            status = record.status if record is not None else "not sent yet"
            gone = record is not None and record.status is TaskStatus.KEPT
            why = f"the clip of shot {number} is not on this disk any more" if gone else f"shot {number} is {status}"
            break
        paths.append(path)
    if why and not (partial and paths):
        advice = " chain.join(…, partial=True) joins the shots before it." if paths else ""
        raise ConfigurationError(f"There is no whole film: {why}. Nothing was written.{advice}")
    joined: Joined = workshop.at(home).do(media.join, paths, target=target)
    # By the names that the files have here, whoever joined them.
    cuts = tuple(replace(cut, path=path) for cut, path in zip(joined.cuts, paths, strict=True))
    return replace(joined, path=Path(target), cuts=cuts)


def _clip(record: TaskRecord | None) -> Path | None:
    clip = record.artifact("clip") if record is not None and record.status is TaskStatus.KEPT else None
    path = copies.here(clip)
    return path if path is not None and path.is_file() else None


def cuts_frame(film: Joined, prompts: Sequence[str]) -> pd.DataFrame:
    """The cut list as a data frame."""
    return frame_of(
        [
            {
                "shot": number,
                "start_frame": cut.start,
                "frames": cut.frames,
                "start_s": cut.start_s,
                "clip": str(cut.path),
                "prompt": prompt,
            }
            for number, (cut, prompt) in enumerate(zip(film.cuts, prompts, strict=False), 1)
        ]
    )
