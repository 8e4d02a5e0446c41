"""Fields of an answer, read with tolerance: what is missing, null or of another type is None."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from seedance_nb.redaction import redact, redact_value


def text(value: object) -> str | None:
    """A string that is not empty."""
    return value if isinstance(value, str) and value else None


def identity(value: object) -> str | None:
    """The id of a task: text that can stand in an address."""
    found = text(value)
    try:
        return found if found is None or found.encode() else None
    except UnicodeEncodeError:
        return None


def word(value: object, *, most: int = 80, keys: Sequence[str] = ()) -> str:
    """What should be a word, as text that may be shown: secrets folded, never longer than `most`."""
    if isinstance(value, Mapping | list):
        return f"({type(value).__name__})"  # may be nested too deep to be written out
    return redact(str(value), keys=keys)[:most]


def folded(body: Mapping[str, object], *, keys: Sequence[str] = ()) -> dict[str, object]:
    """An object with secrets folded; empty where it is nested too deep to be looked through."""
    try:
        found = redact_value(dict(body), keys=keys)
    except RecursionError:
        return {}
    return found if isinstance(found, dict) else {}


def count(value: object) -> int | None:
    """A whole number, also where it came as text or as a float without a fraction; one that the ledger can hold."""
    found: int | None = None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        found = value
    elif isinstance(value, float) and value.is_integer():
        found = int(value)
    elif isinstance(value, str) and len(value) <= 20:
        digits = value.strip().removeprefix("-")
        found = int(value) if digits.isascii() and digits.isdigit() else None
    return found if found is not None and -LARGEST <= found <= LARGEST else None


LARGEST = 2**63 - 1
"""The ledger's columns have 64 bits."""


def amount(value: object) -> Decimal | None:
    """An amount of money as the digits that were sent, not as the float they make."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found < 10**9 else None


def moment(value: object) -> dt.datetime | None:
    """A time, from seconds since 1970 or from ISO 8601."""
    seconds = count(value)
    try:
        if seconds is not None:
            return dt.datetime.fromtimestamp(seconds, dt.UTC)
        if isinstance(value, str):
            found = dt.datetime.fromisoformat(value)
            return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return None
