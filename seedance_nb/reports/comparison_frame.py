"""A comparison as a frame: one row a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: dict[str, str] = {
    "title": "string",
    "provider": "string",
    "model": "string",
    "prompt": "string",
    "resolution": "string",
    "ratio": "string",
    "is_sandbox": "bool",
    "seed": "Int64",
    "tokens": "Int64",
    "cost": "object",
    "cost_per_second": "object",
    "currency": "category",
    "time_to_make": "Float64",
    "duration": "Float64",
    "frames": "Int64",
    "fps": "Float64",
    "width": "Int64",
    "height": "Int64",
    "video_codec": "string",
    "audio_codec": "string",
    "sharpness": "Float64",
    "motion": "Float64",
    "flicker": "Float64",
    "cuts": "Int64",
    "black_frames": "Int64",
    "loudness": "Float64",
    "silence": "Float64",
    "local_id": "string",
    "clip": "string",
}
"""Column and dtype. `object` columns hold `Decimal` or None."""


def comparison_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a clip; what is not known is missing.

    Args:
        rows: Values by the names of `COLUMNS`; money as `Decimal`.
    """
    import pandas as pd

    plain = {name: "object" if dtype == "category" else dtype for name, dtype in COLUMNS.items()}
    columns = {name: pd.Series([row.get(name) for row in rows], dtype=dtype) for name, dtype in plain.items()}
    return pd.DataFrame(columns).astype({"currency": "category"})
