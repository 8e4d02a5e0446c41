"""The data frame of a film's cuts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

CUTS: dict[str, str] = {
    "shot": "int64",
    "start_frame": "int64",
    "frames": "int64",
    "start_s": "float64",
    "clip": "string",
    "prompt": "string",
}
"""Columns and their dtypes; seconds end in `_s`, frames are counted from 0."""


def cuts_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Where each shot stands in a film, one row a shot."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(CUTS)).astype(CUTS)
