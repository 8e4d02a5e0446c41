"""What was measured in many clips, as a frame: one row a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: dict[str, str] = {
    "clip": "string",
    "local_id": "string",
    "duration": "Float64",
    "frames": "Int64",
    "fps": "Float64",
    "width": "Int64",
    "height": "Int64",
    "video_codec": "string",
    "audio_codec": "string",
    "has_audio": "boolean",
    "sharpness": "Float64",
    "motion": "Float64",
    "flicker": "Float64",
    "cuts": "object",
    "black_frames": "Int64",
    "loudness": "Float64",
    "silence": "Float64",
    "sha256": "string",
    "error": "string",
}
"""Column and dtype. `cuts` holds tuples of frame numbers."""


def measures_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """One row a clip; what is not known is missing.

    Args:
        rows: Values by the names of `COLUMNS`.
    """
    import pandas as pd

    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=dtype) for name, dtype in COLUMNS.items()}
    )
