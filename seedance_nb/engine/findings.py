"""What an examination of ledger and files finds, as values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Ill = Literal[
    "clip_missing",
    "clip_damaged",
    "adoptable",
    "not_kept",
    "still_missing",
    "orphan",
    "stale_part",
    "leftover",
    "store_closed",
    "unknown_outcome",
    "never_sent",
    "no_answer",
    "unfollowed",
    "charge_missing",
    "contradiction",
]
NEEDS_ENGINE = frozenset({"clip_missing", "clip_damaged", "not_kept", "never_sent", "no_answer", "unfollowed"})
"""What only the engine can mend, because a provider has to be asked: by a rescue for the first three, else by going
on with the task."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    kind: Ill
    what: str
    """What was found, as a sentence."""
    why: str
    """What it means for the clip or the bill, as a sentence."""
    fix: str
    """What mends it, as a sentence."""
    repairable: bool
    """Whether it can be mended without a person's decision: by `repair`, or by the engine for what is in
    `NEEDS_ENGINE`."""
    local_id: str = ""
    path: Path | None = None
    original: str = ""
    """Where it lies in an object store; empty: in none."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What there was to look at, and what was found."""

    findings: tuple[Finding, ...]
    tasks: int
    at: dt.datetime
    is_deep: bool = False
