"""Column types of the ledger, the same in SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import json

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


def utc_text(at: dt.datetime) -> str:
    """`at` as ISO 8601 in UTC with microseconds and Z, so that text sorts as time."""
    if at.tzinfo is None:
        raise ValueError(f"The ledger keeps times with their zone; {at!r} has none.")
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class UtcText(sa.TypeDecorator[dt.datetime]):
    """A UTC time, as text of 27 characters that sorts."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else utc_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dt.datetime | None:
        """From the database."""
        return None if value is None else dt.datetime.fromisoformat(value)


class JsonText(sa.TypeDecorator[object]):
    """A JSON value, as text that a person can read."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else json_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """From the database."""
        return None if value is None else json.loads(value)


def json_text(value: object) -> str:
    """`value` as JSON on a line; what JSON has no word for (a path, a time) goes in as text."""
    return json.dumps(value, ensure_ascii=False, default=str)
