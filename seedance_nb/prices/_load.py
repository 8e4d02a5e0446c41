"""Reading `data/<provider>.toml`, strictly: an unknown unit, currency or key is an error, never a zero."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from seedance_nb import catalog
from seedance_nb.errors import PriceError, PriceNotFoundError
from seedance_nb.money import Price

DATA = Path(__file__).parent / "data"

_KEYS = {"id", "model", "when", "amount", "currency", "per", "start_date", "source", "checked"}
_CURRENCIES = frozenset({"CNY", "USD"})


@dataclass(frozen=True, slots=True)
class Row:
    """A price and what it is for."""

    model: str
    resolutions: tuple[str, ...]
    video_input: bool
    price: Price

    def fits(self, model: str, resolution: str, video_input: bool) -> bool:
        """Whether this is a price for such a clip, on whichever day."""
        return self.model == model and resolution in self.resolutions and self.video_input is video_input


@lru_cache(maxsize=1024)
def price(provider: str, model: str, *, resolution: str, video_input: bool, on: dt.date) -> Price:
    """The price of a clip whose task is created on a day.

    Args:
        provider: Its id, for example `"ark"`.
        model: A neutral name or the provider's id.
        resolution: For example `"720p"`.
        video_input: Whether a reference clip goes in, which is billed by the second and at a lower price.
        on: The day in the provider's time zone.

    Raises:
        PriceNotFoundError: No row applies; the text says which there are.
        UnknownProviderError: No provider goes by this id.
        UnknownModelError: The catalog has no model of this name.
    """
    entry = catalog.model(provider, model)
    name = model if entry is None else entry.name
    fitting = [row.price for row in rows(provider) if row.fits(name, resolution, video_input)]
    started = [found for found in fitting if found.start_date <= on]
    if started:
        return max(started, key=lambda found: found.start_date)
    kind = "with" if video_input else "without"
    text = f"No price of {name!r} at {resolution[:40]!r} {kind} a reference clip is known at {provider} on {on}."
    raise PriceNotFoundError(f"{text} {_there_is(provider, name, fitting)} The cost is not known, which is not zero.")


def _there_is(provider: str, name: str, fitting: list[Price]) -> str:
    if fitting:
        return f"The first one begins on {min(found.start_date for found in fitting)}."
    known = [row for row in rows(provider) if row.model == name]
    if not known:
        names = ", ".join(sorted({repr(row.model) for row in rows(provider)}))
        return f"There are prices of {names}."
    resolutions = ", ".join(sorted({repr(resolution) for row in known for resolution in row.resolutions}))
    return f"There are prices at {resolutions}."


@cache
def rows(provider: str) -> tuple[Row, ...]:
    """All price rows of a provider.

    Raises:
        PriceError: The data file cannot be used.
        UnknownProviderError: No provider goes by this id.
    """
    facts = catalog.provider(provider)
    file = DATA / f"{facts.id}.toml"
    if not file.exists():
        return ()
    return load(tomllib.loads(file.read_text("utf-8")), file.name)


def load(data: Mapping[str, Any], file: str) -> tuple[Row, ...]:
    """The rows in a parsed data file.

    Raises:
        PriceError: A key is missing, unknown or of the wrong type, or two rows apply at once.
    """
    try:
        _only(data, {"price"}, "the file")
        found = tuple(_row(entry) for entry in data["price"])
        _apart(found)
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as exc:
        raise PriceError(f"prices/data/{file} cannot be used: {exc!r}.") from exc
    return found


def _row(table: Mapping[str, Any]) -> Row:
    _only(table, _KEYS, f"price {table.get('id')!r}")
    when, per = table["when"], table["per"]
    _only(when, {"resolution", "video_input"}, f"when of price {table['id']!r}")
    _only(per, {"tokens", "seconds"}, f"per of price {table['id']!r}")
    ((unit, count),) = per.items()
    amount = Decimal(_typed(table, "amount", str))
    if table["currency"] not in _CURRENCIES or not amount.is_finite() or amount <= 0:
        raise ValueError(f"price {table['id']!r} is {table['amount']!r} {table['currency']!r}")
    if type(count) is not int or count <= 0 or type(when["video_input"]) is not bool:
        raise ValueError(f"price {table['id']!r} has per={per!r} and when={when!r}")
    return Row(
        model=_typed(table, "model", str),
        resolutions=tuple(when["resolution"]),
        video_input=when["video_input"],
        price=Price(
            id=_typed(table, "id", str),
            amount=amount,
            currency=table["currency"],
            per=count,
            unit=unit,
            start_date=_typed(table, "start_date", dt.date),
            source=_typed(table, "source", str),
            checked=_typed(table, "checked", dt.date),
        ),
    )


def _typed(table: Mapping[str, Any], name: str, kind: type) -> Any:
    value = table[name]
    if type(value) is not kind or not value:
        raise ValueError(f"{name}={value!r} of price {table.get('id')!r} is not a {kind.__name__}")
    return value


def _only(table: Mapping[str, Any], known: set[str], name: str) -> None:
    if unknown := set(table) - known:
        raise ValueError(f"{name} has unknown keys {sorted(unknown)}")


def _apart(found: tuple[Row, ...]) -> None:
    """No id twice, and never two rows that begin on one day for the same clip."""
    ids = [row.price.id for row in found]
    if len(set(ids)) != len(ids):
        raise ValueError("a price id is there twice")
    seen: dict[tuple[object, ...], str] = {}
    for row in found:
        for resolution in row.resolutions:
            key = (row.model, resolution, row.video_input, row.price.start_date)
            if key in seen:
                raise ValueError(f"{row.price.id!r} and {seen[key]!r} apply at once")
            seen[key] = row.price.id
