"""The data frame of a verdict, with its sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, ClassVar

import pandas as pd

from seedance_nb.markup import no_formulas

COLUMNS: dict[str, str] = {
    "name": "string",
    "clips": "Int64",
    "is_sandbox": "bool",
    "currency": "category",
    "cost": "object",
    "cost_per_second": "object",
    **dict.fromkeys(("time_to_make", "sharpness", "motion", "flicker", "loudness"), "Float64"),
    "votes": "Int64",
    "wins": "Int64",
    **dict.fromkeys(("win_rate", "win_rate_low", "win_rate_high"), "Float64"),
    "cost_per_preferred": "object",
}
"""Column of a verdict: dtype. `object` columns hold `Decimal` or None."""


class Verdict(pd.DataFrame):
    """A data frame that says what it means below itself; a part of it is a plain frame."""

    _metadata: ClassVar[list[str]] = ["sentence"]
    sentence: str
    """What was found, and what was not."""

    @property
    def _constructor(self) -> Callable[..., pd.DataFrame]:
        return pd.DataFrame

    def _repr_html_(self) -> str | None:
        table = self.to_html(notebook=True)
        return no_formulas(f"{table}<p>{escape(self.sentence)}</p>")

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n{self.sentence}"


def verdict_frame(rows: Sequence[Mapping[str, Any]], sentence: str) -> Verdict:
    """One row a contestant; see `Comparison.verdict`."""
    columns = {name: pd.Series([row[name] for row in rows], dtype=kind) for name, kind in COLUMNS.items()}
    made = Verdict(columns)
    made.sentence = sentence
    return made
