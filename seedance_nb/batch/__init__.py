"""Many requests at once: checked together, priced together, written down together, followed as one.

`submit_many` is what a studio calls. What it gives back is a `Batch`, which shows itself in a cell, can be waited
for, paused and stopped, and says of each task what became of it.
"""

from __future__ import annotations

from seedance_nb.batch._batch import Batch
from seedance_nb.batch._listeners import Listeners
from seedance_nb.batch._plan import is_free
from seedance_nb.batch._submit import OverBudget, matched_task, submit_many
from seedance_nb.batch._total import Total
from seedance_nb.rows import Given

__all__ = ["Batch", "Given", "Listeners", "OverBudget", "Total", "is_free", "matched_task", "submit_many"]
