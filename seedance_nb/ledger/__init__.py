"""The SQL record of tasks, events, artifacts, charges, votes, labels and reservations.

The ledger is a file of the user's (SQLite), or a database of a team's (PostgreSQL), reached by a
URL. It is written before a provider hears of a task. It does not know providers. It refuses a status
that may not follow the one that is there; which one follows is for the engine to say.
"""

from __future__ import annotations

from seedance_nb.ledger._browsing import GROUPED, ORDERED, Line, Sums, Totals
from seedance_nb.ledger._commitments import Commitments, Committed
from seedance_nb.ledger._filters import FILTERS, Where, moment
from seedance_nb.ledger._labelling import NAMES, TAG, Label, tag_name
from seedance_nb.ledger._place import LEDGER_NAME, home_of
from seedance_nb.ledger._reserving import Reservation
from seedance_nb.ledger._rows import LedgerEvent
from seedance_nb.ledger._store import Begun, Ledger
from seedance_nb.ledger._totals import BY, Over, begins
from seedance_nb.ledger.local_id import new_local_id

__all__ = [
    "BY",
    "FILTERS",
    "GROUPED",
    "LEDGER_NAME",
    "NAMES",
    "ORDERED",
    "TAG",
    "Begun",
    "Commitments",
    "Committed",
    "Label",
    "Ledger",
    "LedgerEvent",
    "Line",
    "Over",
    "Reservation",
    "Sums",
    "Totals",
    "Where",
    "begins",
    "home_of",
    "moment",
    "new_local_id",
    "tag_name",
]
