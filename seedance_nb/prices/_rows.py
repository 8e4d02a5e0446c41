"""A price row and what it is for, read from a table strictly: what is not understood is an error, never a zero."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

from seedance_nb.content import Mode
from seedance_nb.money import Fx, Price

Formula = Literal["frames_plus_one", "seconds"]
"""How a provider counts tokens; see `seedance_nb.prices.tokens`."""

_KEYS = {"id", "model", "when", "amount", "currency", "per", "start_date", "source", "checked", "caveat"}
_CURRENCIES = frozenset({"CNY", "USD"})
_MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True, slots=True)
class Row:
    """A price and what it is for."""

    model: str
    resolutions: tuple[str, ...]
    video_input: bool
    modes: tuple[Mode, ...]
    price: Price
    caveat: str = ""
    """What makes this price less certain than others, said in each quote."""

    def fits(self, model: str, resolution: str, video_input: bool, mode: Mode) -> bool:
        """Whether this is a price for such a clip, on whichever day."""
        return (
            self.model == model
            and resolution in self.resolutions
            and self.video_input is video_input
            and mode in self.modes
        )


@dataclass(frozen=True, slots=True)
class Book:
    """What one data file says."""

    formula: Formula
    rows: tuple[Row, ...]


def row(table: Mapping[str, Any]) -> Row:
    """One row.

    Raises:
        KeyError: A key is missing.
        TypeError: A table is something else.
        ValueError: A key is unknown, or a value is not what it should be.
    """
    only(table, _KEYS, f"price {table.get('id')!r}")
    when, per = table["when"], table["per"]
    only(when, {"resolution", "video_input", "mode"}, f"when of price {table['id']!r}")
    only(per, {"tokens", "seconds"}, f"per of price {table['id']!r}")
    if len(per) != 1:
        raise ValueError(f"price {table['id']!r} is per {sorted(per)}, which is not one unit")
    ((unit, count),) = per.items()
    amount = number(table, "amount")
    if table["currency"] not in _CURRENCIES or amount <= 0:
        raise ValueError(f"price {table['id']!r} is {table['amount']!r} {table['currency']!r}")
    if type(count) is not int or count <= 0 or type(when["video_input"]) is not bool:
        raise ValueError(f"price {table['id']!r} has per={per!r} and when={when!r}")
    resolutions, modes = when["resolution"], when.get("mode", _MODES)
    if isinstance(resolutions, str) or isinstance(modes, str) or not resolutions or not modes:
        raise ValueError(f"price {table['id']!r} has when={when!r}; resolution and mode are lists")
    only(dict.fromkeys(modes), set(_MODES), f"mode of price {table['id']!r}")
    return Row(
        model=typed(table, "model", str),
        resolutions=tuple(resolutions),
        video_input=when["video_input"],
        modes=tuple(modes),
        caveat=typed(table, "caveat", str) if "caveat" in table else "",
        price=Price(
            id=typed(table, "id", str),
            amount=amount,
            currency=table["currency"],
            per=count,
            unit=unit,
            start_date=typed(table, "start_date", dt.date),
            source=typed(table, "source", str),
            checked=typed(table, "checked", dt.date),
        ),
    )


def fx_row(table: Mapping[str, Any]) -> Fx:
    """One rate between currencies; raises as `row` does."""
    only(table, {"base", "quote", "rate", "date", "source"}, "fx")
    return Fx(
        rate=number(table, "rate"),
        base=typed(table, "base", str),
        quote=typed(table, "quote", str),
        date=typed(table, "date", dt.date),
        source=typed(table, "source", str),
    )


def apart(found: Iterable[tuple[str, Row]]) -> None:
    """No id twice, and never two rows of a provider that begin on one day for the same clip."""
    ids: set[str] = set()
    seen: dict[tuple[object, ...], str] = {}
    for provider, one in found:
        if one.price.id in ids:
            raise ValueError(f"price id {one.price.id!r} is there twice")
        ids.add(one.price.id)
        for resolution in one.resolutions:
            for mode in one.modes:
                key = (provider, one.model, resolution, one.video_input, mode, one.price.start_date)
                if key in seen:
                    raise ValueError(f"{one.price.id!r} and {seen[key]!r} apply at once")
                seen[key] = one.price.id


def typed(table: Mapping[str, Any], name: str, kind: type) -> Any:
    """A value of exactly one type, and not empty."""
    value = table[name]
    if type(value) is not kind or not value:
        raise ValueError(f"{name}={value!r} of {table.get('id', 'a row')!r} is not a {kind.__name__}")
    return value


def number(table: Mapping[str, Any], name: str) -> Decimal:
    """A decimal number, written as text so that no binary one comes between."""
    text = typed(table, name, str)
    try:
        found = Decimal(text)
    except ArithmeticError:
        found = Decimal("nan")
    if not found.is_finite():
        raise ValueError(f"{name}={text!r} of {table.get('id', 'a row')!r} is not a number")
    return found


def only(table: Mapping[str, Any], known: set[str], name: str) -> None:
    """No unknown keys."""
    if unknown := set(table) - known:
        raise ValueError(f"{name} has unknown keys {sorted(unknown)}")
