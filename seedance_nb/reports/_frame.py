"""The data frames of the ledger: their columns, the order, the dtypes, and what each column means.

The tables below are also the page `docs/ledger-frames.md`; see `seedance_nb.reports.frames_doc`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from seedance_nb.reports._packing import TIME, Packed, Paths, packed

if TYPE_CHECKING:
    import pandas as pd


class Column(NamedTuple):
    """A column of a frame."""

    dtype: str
    """`object` columns hold `Decimal` or None, where nothing else is said."""
    meaning: str
    source: str = ""
    """Its name in the ledger; empty: the same."""


Columns = dict[str, Column]
_AMOUNT = "object"

TASKS: Columns = {
    "local_id": Column("string", "our id; sorts by time"),
    "task_id": Column("string", "the provider's id; missing: no answer has named one"),
    "provider": Column("category", "id of the provider"),
    "model": Column("category", "neutral name"),
    "model_id": Column("category", "the provider's id of the model"),
    "mode": Column("category", "`text`, `first_frame`, `first_last_frame` or `reference`"),
    "status": Column("category", "where the task is in its life"),
    "is_sandbox": Column("bool", "then nothing was billed, whatever `cost` says"),
    "project": Column("category", "what it is filed under, as somebody said afterwards, else as it was submitted"),
    "run": Column("category", "as somebody said, else the batch"),
    "notebook": Column("category", "as somebody said"),
    "batch": Column("string", "id of the `submit_many` it came from"),
    "tags": Column("string", "in order, with commas: `client=acme, hero`"),
    "rating": Column("Int64", "1 to 5"),
    "note": Column("string", ""),
    "prompt": Column("string", ""),
    "resolution": Column("category", "of the clip where it is known, else as asked for"),
    "ratio": Column("category", "likewise"),
    "duration": Column("Int64", "seconds of the clip, likewise"),
    "seed": Column("Int64", "as sent or reported"),
    "tokens": Column("Int64", "as reported", "completion_tokens"),
    "quote_tokens": Column("Int64", "the most that was quoted", "quote_tokens_high"),
    "cost": Column(_AMOUNT, "exact `Decimal`, in `currency`; None: not charged", "amount_e8"),
    "currency": Column("category", "of the cost"),
    "cost_basis": Column("category", "on whose word: `usage`, `reported`, `measured` or `quote`", "basis"),
    "price_id": Column("string", "row of the price book that was applied"),
    "quote_low": Column(_AMOUNT, "exact `Decimal`, in `quote_currency`; a forecast, never a cost", "quote_low_e8"),
    "quote_high": Column(_AMOUNT, "likewise", "quote_high_e8"),
    "quote_currency": Column("category", "of the quote"),
    "clip": Column("string", "path on this disk", "path"),
    "failure_code": Column("string", "the provider's code, or ours"),
    "failure_message": Column("string", "the reason in words"),
    "account": Column("category", "fingerprint of the key that pays, never the key"),
    "created_at": Column(TIME, "when the intent was written"),
    "submitted_at": Column(TIME, "when it was sent"),
    "finished_at": Column(TIME, "when we saw it end"),
    "charged_at": Column(TIME, "when the charge was written"),
    "updated_at": Column(TIME, "when the row last changed"),
}

CHARGES: Columns = {
    "local_id": Column("string", "our id of the task"),
    "task_id": Column("string", "the provider's"),
    "provider": Column("category", "id of the provider"),
    "model": Column("category", "neutral name"),
    "project": Column("category", "what the task is filed under"),
    "is_sandbox": Column("bool", "then nothing was billed"),
    "charged_at": Column(TIME, "when the charge was written"),
    "cost": Column(_AMOUNT, "exact `Decimal`, in `currency`", "amount_e8"),
    "currency": Column("category", ""),
    "tokens": Column("Int64", "that were charged; missing: not charged by tokens"),
    "cost_basis": Column("category", "`usage`, `reported`, `measured` or `quote`", "basis"),
    "price_id": Column("string", "row of the price book; missing: the provider named the amount"),
    "created_at": Column(TIME, "when the task's intent was written"),
}

EVENTS: Columns = {
    "local_id": Column("string", "the task"),
    "at": Column(TIME, "when it happened"),
    "kind": Column("string", "`status`, `charge`, or what the writer called it"),
    "status": Column("string", "from then on; missing: the event is not about a status"),
    "detail": Column("object", "a dict with more, or None"),
}

VOTES: Columns = {
    "id": Column("Int64", "order of writing"),
    "at": Column(TIME, "when it was given"),
    "comparison": Column("string", "what was compared"),
    "group": Column("string", "what both clips were asked for"),
    "rater": Column("string", "who looked"),
    "left_id": Column("string", "local id of the task, or SHA-256 of a clip that is no task's"),
    "right_id": Column("string", "likewise"),
    "verdict": Column("category", "left, right, tie, both_bad"),
    "preferred": Column("string", "the clip that was liked better; missing where neither was"),
    "place": Column("Int64", "of the pair in the rater's order"),
    "seed": Column("Int64", "what that was drawn from"),
    "seconds": Column("Float64", "how long it was looked at; missing: not measured"),
    "note": Column("string", ""),
    "withdrawn_at": Column(TIME, "missing: the vote stands"),
}

COSTS: Columns = {
    "period": Column(TIME, "with `over` only: where the day, week (from Monday) or month begins, UTC"),
    "currency": Column("category", ""),
    "is_sandbox": Column("bool", "then nothing was billed; never in one sum with real costs"),
    "tasks": Column("int64", "how many were charged"),
    "tokens": Column("int64", "that were charged"),
    "cost": Column(_AMOUNT, "exact `Decimal`, in `currency`"),
}


def is_missing(value: Any) -> bool:
    """Whether a cell of a frame has nothing in it: None, `pd.NA`, `NaT` or NaN."""
    return value is None or type(value).__name__ in {"NAType", "NaTType"} or bool(value != value)


_PIECE = 10_000
"""So many rows are Python objects at a time."""


def rows_of(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The rows of a frame as plain values; of a large one only a part is in memory twice."""
    for start in range(0, len(frame), _PIECE):
        part = frame.iloc[start : start + _PIECE]
        yield from zip(*(part[name].astype(object) for name in part.columns), strict=True)


def from_pieces(
    table: Columns, pieces: Iterable[Mapping[str, Sequence[Any]]], home: Path | None = None
) -> pd.DataFrame:
    """A frame out of what the ledger gives by column, piece by piece.

    Args:
        table: What the frame has.
        pieces: As the ledger gives them.
        home: Where relative paths of clips lie; None: they stay relative.
    """
    import pandas as pd

    made: dict[str, Packed] = {}
    for name, column in table.items():
        is_amount = (column.source or name).endswith("_e8")
        made[name] = (
            Paths(home) if name == "clip" and home is not None else packed("amount" if is_amount else column.dtype)
        )
    for piece in pieces:
        for name, column in table.items():
            made[name].add(piece[column.source or name])
    # One after the other, so that the pieces of a column go before the next one is put together.
    return pd.DataFrame({name: made.pop(name).series() for name in table}, copy=False)


def from_rows(table: Columns, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A frame out of rows that have each of its columns; amounts are `Decimal` already."""
    import pandas as pd

    return pd.DataFrame({name: series([row[name] for row in rows], column.dtype) for name, column in table.items()})


def series(values: Sequence[Any], dtype: str) -> pd.Series[Any]:
    """Values as a column of a dtype; categories are the values that occur, in order."""
    import pandas as pd

    if dtype == TIME:
        times: pd.Series[Any] = pd.to_datetime(pd.Series(values, dtype="object"), format="ISO8601", utc=True)
        return times.astype(pd.DatetimeTZDtype("us", "UTC"))
    if dtype == "category":
        known = sorted({value for value in values if value is not None})
        codes: dict[Any, int] = {value: code for code, value in enumerate(known)} | {None: -1}
        return pd.Series(pd.Categorical.from_codes([codes[value] for value in values], categories=pd.Index(known)))
    return pd.Series(values, dtype=dtype)
