"""The price book: `data/<provider>.toml`, or what a plug-in brings, and over it the rows of your own."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, get_args

from seedance_nb import catalog, plugins
from seedance_nb.content import Mode
from seedance_nb.errors import ConfigurationError, PriceError, PriceNotFoundError
from seedance_nb.money import Price
from seedance_nb.prices import _own
from seedance_nb.prices._rows import Book, Formula, Row, apart, only, row

DATA = Path(__file__).parent / "data"
_NO_PRICES = Book("seconds", ())


def price(
    provider: str, model: str, *, resolution: str, video_input: bool, on: dt.date, mode: Mode | None = None
) -> Price:
    """The price of a clip whose task is created on a day.

    Args:
        provider: Its id, for example `"ark"`.
        model: A neutral name or one of the provider's ids.
        resolution: For example `"720p"`.
        video_input: Whether a reference clip goes in, which is billed by the second and at a lower price.
        on: The day in the provider's time zone.
        mode: `Request.mode`, which decides the price at some providers; None means `reference` with
            a reference clip and `text` without one.

    Raises:
        PriceNotFoundError: No row applies; the text says which there are.
        PriceError: Your own price file cannot be used.
        UnknownProviderError: No provider goes by this id.
        UnknownModelError: The catalog has no model of this name.
    """
    asked = mode or ("reference" if video_input else "text")
    return found(provider, model, resolution, video_input, on, asked).price


def found(provider: str, model: str, resolution: str, video_input: bool, on: dt.date, mode: Mode) -> Row:
    """The row that applies; see `price`."""
    return _found(_own.version(), provider, model, resolution, video_input, on, mode)


@lru_cache(maxsize=4096)
def _found(
    _version: object, provider: str, model: str, resolution: str, video_input: bool, on: dt.date, mode: Mode
) -> Row:
    entry = catalog.model(provider, model)
    name = model if entry is None else entry.name
    later: list[Row] = []
    for shelf in (_own.rows(provider), book(provider).rows):
        fitting = [one for one in shelf if one.fits(name, resolution, video_input, mode)]
        if started := [one for one in fitting if one.price.start_date <= on]:
            return max(started, key=lambda one: one.price.start_date)
        later += fitting
    kind = "with" if video_input else "without"
    words = f"No price of {name!r} in the mode {mode!r} at {resolution[:40]!r} {kind} a reference clip is known"
    raise PriceNotFoundError(
        f"{words} at {provider} on {on}. {_there_is(provider, name, later)} The cost is not known, which is not "
        f"zero. A price that you know can be kept in {_own.place()}."
    )


def _there_is(provider: str, name: str, later: list[Row]) -> str:
    if later:
        return f"The first one begins on {min(one.price.start_date for one in later)}."
    known = [one for one in rows(provider) if one.model == name]
    if known:
        return f"There are prices {'; '.join(sorted({_clip(one) for one in known}))}."
    names = ", ".join(sorted({repr(one.model) for one in rows(provider)}))
    return f"There are prices of {names}." if names else "There are no prices of that provider."


def _clip(one: Row) -> str:
    """What a row is for, in words."""
    resolutions = ", ".join(map(repr, one.resolutions))
    modes = "" if set(one.modes) == set(get_args(Mode)) else f" in the modes {', '.join(map(repr, one.modes))}"
    return f"at {resolutions} {'with' if one.video_input else 'without'} a reference clip{modes}"


def rows(provider: str) -> tuple[Row, ...]:
    """All price rows of a provider, your own first.

    Raises:
        PriceError: A data file, or your own, cannot be used.
        UnknownProviderError: No provider goes by this id.
    """
    return (*_own.rows(provider), *book(provider).rows)


@cache
def book(provider: str) -> Book:
    """What the package itself knows of a provider's prices, or the plug-in that brings the provider.

    A plug-in whose prices cannot be used is named in a warning and has none, so that those of the others can be.

    Raises:
        PriceError: The data file cannot be used.
        UnknownProviderError: No provider goes by this id.
    """
    facts = catalog.provider(provider)
    plugin = plugins.bringing(facts.id, ())
    if plugin is not None:
        return _brought(plugin)
    file = DATA / f"{facts.id}.toml"
    if not file.exists():
        return _NO_PRICES
    return load(tomllib.loads(file.read_text("utf-8")), file.name)


def _brought(plugin: plugins.Plugin) -> Book:
    try:
        table = plugin.table("prices")
        return _NO_PRICES if table is None else load(table, plugins.file("prices"), folder="data")
    except PriceError as exc:
        plugins.complain(f"{plugin.unusable(str(exc).rstrip('.'))} Its prices are not known, which is not zero.")
    except ConfigurationError as exc:
        plugins.complain(f"{exc} Its prices are not known, which is not zero.")
    return _NO_PRICES


def load(data: Mapping[str, Any], file: str, *, folder: str = "prices/data") -> Book:
    """The rows in a parsed data file.

    Raises:
        PriceError: A key is missing, unknown or of the wrong type, or two rows apply at once.
    """
    try:
        only(data, {"formula", "price"}, "the file")
        only({data["formula"]: None}, set(get_args(Formula)), "formula")
        read = tuple(row(entry) for entry in data["price"])
        apart(("", one) for one in read)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise PriceError(f"{folder}/{file} cannot be used: {exc!r}.") from exc
    return Book(data["formula"], read)
