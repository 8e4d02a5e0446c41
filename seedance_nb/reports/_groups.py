"""Tasks by what they have in common: the keys that every analysis groups by, and whole numbers divided exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from seedance_nb.ledger import TAG, begins
from seedance_nb.money import Money
from seedance_nb.reports._family import family
from seedance_nb.reports._frame import Column, Columns
from seedance_nb.reports.preferred import over

_PLAIN = (
    *("provider", "model", "model_id", "mode", "status", "resolution", "ratio", "duration", "project", "batch", "run"),
    *("notebook", "rating", "price_id", "basis", "account"),
)
_TIMES = ("day", "week", "month")
GROUPS = (*_PLAIN, *_TIMES, "family")
"""What tasks can be grouped by, beside `tag:` and the name of a tag."""
_WHOLE = frozenset({"duration", "rating"})


def named(by: str | Sequence[str]) -> list[str]:
    """Names to group by as a list.

    Raises:
        ValueError: Tasks cannot be grouped by one of them.
    """
    names = [by] if isinstance(by, str) else list(by)
    for name in names:
        if name not in GROUPS and not name.startswith(TAG):
            raise ValueError(
                f"Tasks cannot be grouped by {name!r}. Choose from: {', '.join(GROUPS)}, or 'tag:' and a tag's name."
            )
    return names


def asked(names: Sequence[str]) -> list[str]:
    """What the ledger is to group by, so that it can be put together to these groups."""
    return list(dict.fromkeys("day" if name in _TIMES else "prompt" if name == "family" else name for name in names))


class Keys:
    """The groups that rows of the ledger, summed by what was `asked`, belong to."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._families: dict[str, str] = {}

    def of(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """The group of one row: a value for each name."""
        return tuple(self._value(name, row) for name in self._names)

    def _value(self, name: str, row: Mapping[str, Any]) -> Any:
        if name in _TIMES:
            return begins(name, row["day"])  # type: ignore[arg-type]
        if name == "family":
            prompt = row["prompt"]
            if prompt not in self._families:
                self._families[prompt] = family(prompt)
            return self._families[prompt]
        return row[name]


def key_columns(names: Sequence[str]) -> Columns:
    """The columns that groups have in a frame."""
    return {name: Column("Int64" if name in _WHOLE else "category", "") for name in names}


def in_order(groups: dict[tuple[Any, ...], Any]) -> list[tuple[tuple[Any, ...], Any]]:
    """Groups by their keys, missing ones last."""
    return sorted(groups.items(), key=lambda item: [(value is None, _sortable(value)) for value in item[0]])


def _sortable(value: Any) -> tuple[int, str]:
    return (int(value), "") if isinstance(value, int) else (0, str(value))


def amount(count: int) -> Decimal:
    """A count of 10⁻⁸ as a decimal amount."""
    return Money.from_e8(count, "XXX").amount


def each(cost: int, count: int) -> Decimal | None:
    """A cost in 10⁻⁸ divided by a count, rounded half up; None where there is nothing to divide by."""
    return amount(over(cost, count)) if count else None


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """A part in hundredths of a whole, to two places; None where the whole is nothing."""
    return (part * 100 / whole).quantize(Decimal("0.01"), ROUND_HALF_UP) if whole else None
