"""The data frame of what kept files take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seedance_nb.reports._frame import Column, Columns, from_rows

if TYPE_CHECKING:
    import pandas as pd

SPACE: Columns = {
    "place": Column("category", "the object store, or the folder on this machine"),
    "project": Column("category", "what the task was filed under as it was submitted; empty: nothing"),
    "month": Column("category", "in which the task was submitted, UTC, as `2026-11`; empty: of no task"),
    "kind": Column(
        "category",
        "`clip`, `poster`, `last_frame`, `recipe`; `reference`: put there for a provider; `unknown`: of no task",
    ),
    "files": Column("int64", "how many"),
    "bytes": Column("int64", "together; of those that are missing, what they had"),
    "missing": Column("int64", "how many of them the ledger names, and are not there"),
    "here": Column("int64", "bytes that lie on this machine too, as copies or originals"),
}


def space_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A row for each place, project, month and kind."""
    return from_rows(SPACE, rows)
