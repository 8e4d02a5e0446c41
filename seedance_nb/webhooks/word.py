"""What a webhook amounts to, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from seedance_nb.task import Snapshot


@dataclass(frozen=True, slots=True)
class Heard:
    """A provider said this of a task, and proved that it did."""

    provider: str
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Trigger:
    """Somebody says that a task changed. Worth a look, and nothing more."""

    provider: str
    task_id: str
    """As it was posted; perhaps no task at all."""


class Verdict(Enum):
    """What the proof of a webhook is worth."""

    PROVEN = auto()
    REPEATED = auto()
    """Proven, and received before."""
    UNPROVEN = auto()
    """It offers no proof, or there is nothing here to hold the proof against."""
    REFUSED = auto()
    """It offers a proof that is wrong."""
