"""The work between a request and a kept clip, on one background thread.

`background` owns the thread and its loop, `sending` creates tasks and settles unknown outcomes,
`polling` looks at all of them together, `keeping` brings the clips home, `life` ties these
to the ledger, and `engine` is their door. Nothing here knows a widget: the engine publishes records, faces subscribe.
"""

from __future__ import annotations

from seedance_nb.engine.background import run
from seedance_nb.engine.engine import Engine

__all__ = ["Engine", "run"]
