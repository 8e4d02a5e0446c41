"""Data frames of votes, and of what they came to: columns, their order and their dtypes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seedance_nb.reports._frame import VOTES
from seedance_nb.vote import VERDICTS, Vote

if TYPE_CHECKING:
    import pandas as pd

VOTE_COLUMNS: dict[str, str] = {name: column.dtype for name, column in VOTES.items()}
"""Field of a vote: dtype of its column."""


def votes_frame(votes: Sequence[Vote]) -> pd.DataFrame:
    """One row a vote; see `LedgerView.votes`."""
    import pandas as pd

    def column(name: str, dtype: str) -> pd.Series[Any]:
        values = [getattr(vote, name) for vote in votes]
        if dtype == "category":
            return pd.Series(pd.Categorical(values, categories=VERDICTS))
        return pd.Series(values, dtype=dtype)

    return pd.DataFrame({name: column(name, dtype) for name, dtype in VOTE_COLUMNS.items()})


TALLY_COLUMNS: dict[str, str] = {
    "name": "string",
    **dict.fromkeys(("clips", "votes", "wins", "losses", "ties", "both_bad"), "Int64"),
    **{f"{name}{edge}": "Float64" for name in ("win_rate", "strength") for edge in ("", "_low", "_high")},
    "currency": "category",
    "cost": "object",
    "cost_per_preferred": "object",
}
"""Column of a tally: dtype. `object` columns hold `Decimal` or None."""


def tallies_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a contestant and currency; see `Ballot.result`."""
    import pandas as pd

    def column(name: str, dtype: str) -> pd.Series[Any]:
        values = [row[name] for row in rows]
        if dtype == "category":
            return pd.Series(pd.Categorical(values, categories=sorted({value for value in values if value})))
        return pd.Series(values, dtype=dtype)

    return pd.DataFrame({name: column(name, dtype) for name, dtype in TALLY_COLUMNS.items()})
