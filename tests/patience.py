"""How long a test waits for what must come: as long as the slowest machine needs, and no longer than it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 180.0
"""Seconds after which something will not come any more; nothing is ever waited for on purpose for so long."""


def eventually(condition: Callable[[], object], *, within: float = PATIENCE, pause: float = 0.01) -> None:
    """Wait for a condition, not for a time."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(pause)
