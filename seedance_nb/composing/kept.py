"""What the owner of a composer tells it of the ledger: kept clips, and what a budget has left."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class KeptClip:
    """A clip that is on this disk, or whose address still works."""

    local_id: str
    label: str
    """For people."""
    clip: str | os.PathLike[str]
    """Its path, or an address at which a provider can read it; some providers take clips by address only."""
    last_frame: str | os.PathLike[str] | None = None
    """Its last frame as a picture, where there is one; else it is taken from a clip on this disk."""
    duration: float | None = None
    """Seconds, where the clip is behind an address."""
    fetch: Callable[[], None] | None = None
    """Has both files on this disk; None: they are, as long as nobody removed them."""

    @property
    def is_local(self) -> bool:
        """Whether the clip is a file."""
        return not str(os.fspath(self.clip)).startswith(("https://", "http://", "asset://"))

    @property
    def has_last_frame(self) -> bool:
        """Whether its last frame can be had."""
        return self.last_frame is not None or self.is_local


@dataclass(frozen=True, slots=True)
class BudgetLeft:
    """What one budget still allows."""

    text: str
    """The budget itself, for example `20 CNY/day`."""
    left: Decimal | int
    unit: str
    """A currency such as `CNY`, or `tokens`, or `seconds`."""
