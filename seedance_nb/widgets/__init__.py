"""What a cell shows of a task: a live card while it runs, plain HTML when it ended.

A widget gets values and callables from its owner and knows no studio, engine, ledger or provider.
"""

from __future__ import annotations

from seedance_nb.widgets.live_cell import TaskHandle, show

__all__ = ["TaskHandle", "show"]
