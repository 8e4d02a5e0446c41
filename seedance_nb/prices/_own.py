"""Prices of your own: a TOML file, or rows given in a notebook. They go before those of the package.

The file is `$SEEDANCE_NB_PRICES`, else `prices.toml` in the home folder. Its rows are written like those
of the package, with `provider` beside `model`; `id`, `source` and `checked` may be left out, and `[[fx]]`
rows give rates. A change of the file is noticed at the next quote.
"""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from seedance_nb import catalog
from seedance_nb.errors import PriceError, SeedanceError
from seedance_nb.money import Fx
from seedance_nb.prices._rows import Row, apart, fx_row, only, row

VARIABLE = "SEEDANCE_NB_PRICES"
NAME = "prices.toml"
_HOME = "seedance_out"
"""Where a studio keeps things when nobody says otherwise."""
_GIVEN = "prices.override"

_Version = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Own:
    """What you know better."""

    rows: tuple[tuple[str, Row], ...] = ()
    """Each with its provider."""
    rates: tuple[Fx, ...] = ()


_given = Own()
_count = 0


def override(prices: Iterable[Mapping[str, Any]] = ()) -> None:
    """Use these price rows before all others, until the kernel ends or this is called again.

    Without rows, those given before are dropped.

    >>> override([{"provider": "eachlabs", "model": "seedance-2.0-mini", "amount": "0.12", "currency": "USD",
    ...            "per": {"seconds": 1}, "start_date": dt.date(2026, 11, 1),
    ...            "when": {"resolution": ["720p"], "video_input": False}}])
    >>> override()

    Args:
        prices: Tables as in a price file: `provider`, `model`, `when`, `amount`, `currency`, `per`, `start_date`.

    Raises:
        PriceError: A row cannot be used; those given before stay in force.
    """
    global _given, _count
    _given, _count = _read({"price": list(prices)}, _GIVEN, dt.datetime.now(dt.UTC).date()), _count + 1


def place() -> str:
    """Where a price of your own can be kept, in words."""
    return f"your own {NAME} (or {VARIABLE}) or given to prices.override()"


def version() -> _Version:
    """Something that is another when the rows of your own may have changed."""
    return (_count, *_stamp())


def rows(provider: str) -> tuple[Row, ...]:
    """Your own rows for a provider, those given in the notebook in front.

    Raises:
        PriceError: The file cannot be used.
    """
    given = [one for known, one in _given.rows if known == provider]
    return (*given, *(one for known, one in _file(_stamp()).rows if known == provider))


def rates() -> tuple[Fx, ...]:
    """Your own rates between currencies.

    Raises:
        PriceError: The file cannot be used.
    """
    return _file(_stamp()).rates


def _stamp() -> _Version:
    """The file, and when it was written: () without one."""
    named = os.environ.get(VARIABLE, "").strip()
    path = named or os.path.join(os.environ.get("SEEDANCE_NB_HOME") or _HOME, NAME)
    path = os.path.abspath(os.path.expanduser(path))
    try:
        status = os.stat(path)
    except OSError as exc:
        if named:
            raise PriceError(
                f"{VARIABLE} names {named!r}, which cannot be read: {exc.strerror}. "
                "Correct the path, or take the variable away to use the prices of the package."
            ) from exc
        return ()
    return (path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)
def _file(stamp: _Version) -> Own:
    if not stamp:
        return Own()
    path = Path(str(stamp[0]))
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        day = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date()
    except (OSError, ValueError) as exc:
        raise PriceError(f"Your price file {str(path)!r} cannot be used: {exc}.") from exc
    return _read(data, str(path), day)


def _read(data: Mapping[str, Any], origin: str, day: dt.date) -> Own:
    """The rows of a file, or of a notebook.

    Raises:
        PriceError: With the file and the row that cannot be used.
    """
    name = "The rows given to prices.override()" if origin == _GIVEN else f"Your price file {origin!r}"
    at = "the file"
    try:
        only(data, {"price", "fx"}, "it")
        read, known = [], []
        for number, table in enumerate(data.get("price", ()), 1):
            at = f"[[price]] {number}" + (f" (id {table['id']!r})" if table.get("id") else "")
            read.append(_row(dict(table), number, origin, day))
        for number, table in enumerate(data.get("fx", ()), 1):
            at = f"[[fx]] {number}"
            known.append(fx_row(table))
        at = "all rows together"
        apart(read)
    except KeyError as exc:
        raise PriceError(f"{name} cannot be used. {at}: {exc.args[0]!r} is missing.") from exc
    except (SeedanceError, TypeError, ValueError, AttributeError) as exc:
        raise PriceError(f"{name} cannot be used. {at}: {exc}") from exc
    return Own(tuple(read), tuple(known))


def _row(table: dict[str, Any], number: int, origin: str, day: dt.date) -> tuple[str, Row]:
    facts = catalog.provider(table.pop("provider"))
    entry = catalog.model(facts.id, table["model"])
    if entry is not None:
        table["model"] = entry.name
    name = table.get("id") or f"{facts.id}/{table['model']}/{number}"
    table["id"] = f"own/{name}"
    where = _GIVEN if origin == _GIVEN else f"your price file {Path(origin).name}"
    table["source"] = f"{where}: {table['source']}" if table.get("source") else where
    table.setdefault("checked", day)
    return facts.id, row(table)
