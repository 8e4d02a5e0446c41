"""A table as a Parquet file: amounts as exact decimals, times in UTC, words that repeat as dictionaries, and what it is
about in its metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedance_nb.errors import ConfigurationError
from seedance_nb.money import SCALE
from seedance_nb.reports._tables import Table

if TYPE_CHECKING:
    import pyarrow as pa

DIGITS = 38
"""Of a decimal of 128 bits."""
ABOUT = b"seedance_nb"
"""Under this name the file's metadata say in JSON what it is about."""


def write_parquet(path: Path, table: Table, about: Mapping[str, str]) -> None:
    """Write one table.

    Args:
        path: Where it goes.
        table: What goes in; an index is not written.
        about: What the file says of itself.

    Raises:
        ConfigurationError: The library that writes it is missing.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError:
        raise ConfigurationError(
            'Parquet is written by a package that is missing: pip install "seedance-nb[parquet]". Nothing was '
            "written; '.html' and '.csv' need nothing more."
        ) from None
    frame = table.frame
    schema = pa.schema(
        [
            pa.field(str(name), _type(pa, frame[name].dtype), metadata=_said(table.meanings.get(str(name), "")))
            for name in frame.columns
        ]
    )
    made = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    told = {**(made.schema.metadata or {}), ABOUT: json.dumps(dict(about), ensure_ascii=False).encode()}
    pyarrow.parquet.write_table(made.replace_schema_metadata(told), str(path), compression="zstd")


def _said(meaning: str) -> dict[str, str] | None:
    return {"meaning": meaning} if meaning else None


def _type(pa: Any, dtype: Any) -> pa.DataType:
    """The type of a column of the frames, each of which has one of these dtypes."""
    name = str(dtype)
    if name == "object":
        return pa.decimal128(DIGITS, SCALE)
    if name.startswith("datetime64"):
        return pa.timestamp("us", tz="UTC")
    if name == "category":
        return pa.dictionary(pa.int32(), pa.string())
    plain = {"bool": pa.bool_(), "boolean": pa.bool_(), "float64": pa.float64(), "int64": pa.int64()}
    return plain.get(name.lower(), pa.string())
