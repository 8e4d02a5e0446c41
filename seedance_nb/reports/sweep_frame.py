"""The data frame of a sweep: a row for each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from seedance_nb.money import Quote
    from seedance_nb.task import TaskRecord


def sweep_frame(axes: Mapping[str, Sequence[Any]], rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a cell, in order.

    Args:
        axes: The values of each axis, by its name.
        rows: For each cell `at` (the places of its values), `cell`, `same_as`, `record`, `quote`, `prompt`, `problem`.
    """
    import pandas as pd

    columns: dict[str, pd.Series[Any]] = {}
    for place, (name, values) in enumerate(axes.items()):
        columns[name] = pd.Series([values[row["at"][place]] for row in rows])
    records: list[TaskRecord | None] = [row["record"] for row in rows]
    quotes: list[Quote | None] = [row["quote"] for row in rows]
    costs = [record.cost if record is not None else None for record in records]
    moneys = [cost or (quote.high if quote is not None else None) for cost, quote in zip(costs, quotes, strict=True)]
    clips = [record.artifact("clip") if record is not None else None for record in records]
    facts: dict[str, tuple[list[Any], str]] = {
        "cell": ([row["cell"] for row in rows], "int64"),
        "status": ([_status(row) for row in rows], "category"),
        "same_as": ([row["same_as"] for row in rows], "Int64"),
        "quote_low": ([quote and quote.low.amount for quote in quotes], "object"),
        "quote_high": ([quote and quote.high.amount for quote in quotes], "object"),
        "cost": ([cost and cost.amount for cost in costs], "object"),
        "currency": ([money and money.currency for money in moneys], "category"),
        "tokens": ([record.usage.total_tokens if record and record.usage else None for record in records], "Int64"),
        "time_to_make": ([time_to_make(record) for record in records], "Float64"),
        "clip": ([str(clip.path) if clip and clip.path else None for clip in clips], "string"),
        "prompt": ([row["prompt"] for row in rows], "string"),
        "problem": ([row["problem"] or None for row in rows], "string"),
        "local_id": ([record.local_id if record else None for record in records], "string"),
    }
    # An axis that is called like one of these columns, such as a variable {status}, stays what the axis is.
    columns |= {name: pd.Series(values, dtype=kind) for name, (values, kind) in facts.items() if name not in columns}
    return pd.DataFrame(columns)


def time_to_make(record: TaskRecord | None) -> float | None:
    """Seconds from the create to the end, as we saw them; None where it has not ended with a clip."""
    if record is None or record.finished_at is None or record.cost is None:
        return None
    return round((record.finished_at - (record.submitted_at or record.created_at)).total_seconds(), 3)


def _status(row: Mapping[str, Any]) -> str:
    if row["problem"]:
        return "cannot be made"
    return row["record"].status.value if row["record"] is not None else "to make"
