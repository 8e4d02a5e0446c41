"""The data frame of all tasks: its columns, their order and their dtypes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedance_nb.money import Money

if TYPE_CHECKING:
    import pandas as pd

TIME = "datetime64[us, UTC]"

COLUMNS: dict[str, tuple[str, str]] = {
    "local_id": ("local_id", "string"),
    "task_id": ("task_id", "string"),
    "provider": ("provider", "category"),
    "model": ("model", "category"),
    "model_id": ("model_id", "category"),
    "mode": ("mode", "category"),
    "status": ("status", "category"),
    "is_sandbox": ("is_sandbox", "bool"),
    "prompt": ("prompt", "string"),
    "resolution": ("resolution", "category"),
    "ratio": ("ratio", "category"),
    "duration": ("duration", "Int64"),
    "seed": ("seed", "Int64"),
    "tokens": ("completion_tokens", "Int64"),
    "quote_tokens": ("quote_tokens_high", "Int64"),
    "cost": ("amount_e8", "object"),
    "currency": ("currency", "category"),
    "cost_basis": ("basis", "category"),
    "price_id": ("price_id", "string"),
    "quote_low": ("quote_low_e8", "object"),
    "quote_high": ("quote_high_e8", "object"),
    "quote_currency": ("quote_currency", "category"),
    "clip": ("path", "string"),
    "failure_code": ("failure_code", "string"),
    "failure_message": ("failure_message", "string"),
    "created_at": ("created_at", TIME),
    "submitted_at": ("submitted_at", TIME),
    "finished_at": ("finished_at", TIME),
    "updated_at": ("updated_at", TIME),
}
"""Column of the frame: column of the ledger, dtype. `object` columns hold `Decimal` or None."""


def tasks_frame(columns: Mapping[str, list[Any]], home: Path) -> pd.DataFrame:
    """One row a task; see `LedgerView.frame`.

    Args:
        columns: As the ledger gives them.
        home: Where relative paths of clips lie.
    """
    import pandas as pd

    return pd.DataFrame(
        {name: _series(name, columns[source], dtype, home) for name, (source, dtype) in COLUMNS.items()}
    )


def _series(name: str, values: list[Any], dtype: str, home: Path) -> pd.Series[Any]:
    import pandas as pd

    if dtype == TIME:
        times: pd.Series[Any] = pd.to_datetime(pd.Series(values, dtype="object"), format="ISO8601", utc=True)
        return times.astype(pd.DatetimeTZDtype("us", "UTC"))
    if dtype == "object":
        return exact(values)
    if dtype == "category":
        return pd.Series(pd.Categorical(values, categories=sorted({value for value in values if value is not None})))
    if name == "clip":
        values = [None if value is None else str(home / value) for value in values]
    return pd.Series(values, dtype=dtype)


def exact(values: list[int | None]) -> pd.Series[Any]:
    """Counts of 10⁻⁸ as `Decimal`s; None stays None."""
    import pandas as pd

    amounts = [None if value is None else Money.from_e8(value, "XXX").amount for value in values]
    return pd.Series(amounts, dtype="object")
