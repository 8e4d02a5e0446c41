"""Tables of what was made, what it cost and whether the bill agrees, as plain data frames.

Amounts stay `Decimal`, currencies stay apart, and the sandbox's tasks are never summed with real
ones. pandas is imported when a frame is asked for, not before.
"""

from __future__ import annotations

from seedance_nb.reports._cuts import cuts_frame
from seedance_nb.reports._votes import tallies_frame
from seedance_nb.reports.ledger_view import LedgerView
from seedance_nb.reports.reconciliation import Reconciliation

__all__ = ["LedgerView", "Reconciliation", "cuts_frame", "tallies_frame"]
