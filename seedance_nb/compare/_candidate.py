"""What is looked at beside others: the clip of a task, or of a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seedance_nb.task import TaskRecord


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clip to look at beside others: a task's, or a file's."""

    title: str
    """What tells it from the others, for example `seedance-2.0-fast · seed 7`."""
    path: Path | None
    """The kept clip; None: there is none (yet)."""
    record: TaskRecord | None = None
    """What the ledger knows of the task that made it; None: it is a file of which nothing is known."""
    group: str = ""
    """Candidates of one group were asked for the same, prompt and seed: votes compare within a group."""
