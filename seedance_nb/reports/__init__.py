"""Tables of what was made and what it cost, as plain data frames.

Amounts stay `Decimal`, currencies stay apart, and the sandbox's tasks are never summed with real
ones. pandas is imported when a frame is asked for, not before.
"""

from __future__ import annotations

from seedance_nb.reports._votes import tallies_frame
from seedance_nb.reports.ledger_view import LedgerView

__all__ = ["LedgerView", "tallies_frame"]
