"""Reading `data/<provider>.toml`, strictly: a key that nothing here knows is an error.

A file may begin with `like`, the id of a provider here that it resembles; see `likeness`. Beside the files here are
those of plug-ins; one that cannot be used is left out, and named in a warning.
"""

from __future__ import annotations

import copy
import datetime as dt
import difflib
import tomllib
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args

from seedance_nb import plugins
from seedance_nb.catalog._facts import (
    Body,
    Input,
    Limit,
    Model,
    Operation,
    Parameter,
    PromptAdvice,
    ProviderFacts,
    Range,
    Rate,
    Usual,
    Way,
)
from seedance_nb.catalog._likeness import likeness
from seedance_nb.content import ROLES, MediaKind, Mode
from seedance_nb.errors import ConfigurationError, UnknownModelError, UnknownProviderError
from seedance_nb.request import Request

DATA = Path(__file__).parent / "data"

_Table = dict[str, Any]


@cache
def providers() -> tuple[str, ...]:
    """The ids of all providers in the catalog, sorted; also of those that other packages bring."""
    return tuple(sorted(one for one in plugins.usable(_own()) if one in _own() or _is_readable(one)))


@cache
def _own() -> frozenset[str]:
    return frozenset(file.stem for file in DATA.glob("*.toml"))


def _is_readable(provider_id: str) -> bool:
    try:
        provider(provider_id)
    except ConfigurationError as exc:
        plugins.complain(str(exc))
        return False
    return True


@cache
def provider(provider_id: str) -> ProviderFacts:
    """What is known of a provider.

    Raises:
        UnknownProviderError: No provider goes by this id.
        ConfigurationError: Another package brings it, and what it says cannot be used.
    """
    plugin = plugins.bringing(provider_id, _own())
    if plugin is not None:
        return _brought(plugin)
    if provider_id not in _own():
        known = ", ".join(repr(name) for name in providers())
        raise UnknownProviderError(f"There is no provider {provider_id!r}; known are {known}. Nothing was sent.")
    file = f"{provider_id}.toml"
    return load(_parsed(file), file)


def _brought(plugin: plugins.Plugin) -> ProviderFacts:
    table = plugin.table("catalog")
    if table is None:
        raise plugin.unusable(f"there is no data/catalog.toml beside {plugin.entry.module}")
    try:
        facts = load(table, plugins.file("catalog"), folder="data")
    except ConfigurationError as exc:
        raise plugin.unusable(str(exc).rstrip(".")) from exc
    if facts.id != plugin.id:
        raise plugin.unusable(f"its data/catalog.toml is about {facts.id!r}")
    return facts


def _parsed(file: str) -> _Table:
    return tomllib.loads((DATA / file).read_text("utf-8"))


@cache
def model(provider_id: str, name: str) -> Model | None:
    """The model of this neutral name, or of any of the provider's ids for it.

    None means that the id looks like one of the provider's own, such as an endpoint `ep-…`, and that
    the catalog knows nothing more about it.

    Raises:
        UnknownProviderError: No provider goes by this id.
        UnknownModelError: The name is no neutral name and does not look like the provider's own.
    """
    facts = provider(provider_id)
    for known in facts.models:
        if name == known.name or known.has_id(name):
            return known
    if name.startswith(facts.own_ids):
        return None
    raise UnknownModelError(
        f"model={name[:80]!r} is not in the catalog of {provider_id}. {did_you_mean(facts, name)} Nothing was sent."
    )


def model_id(request: Request, provider_id: str) -> str:
    """The id that is sent for a request: the one for its mode, or the provider's own id that it names.

    Raises:
        UnknownProviderError: No provider goes by this id.
        UnknownModelError: The catalog has no model of this name, or not for this mode.
    """
    entry = model(provider_id, request.model)
    if entry is None or entry.has_id(request.model):
        return request.model
    found = entry.id_for(request.mode)
    if found is None:
        raise UnknownModelError(
            f"{entry.name!r} is not offered at {provider_id} in the mode {request.mode!r}, only in "
            f"{', '.join(map(repr, entry.ids))}. Nothing was sent."
        )
    return found


def did_you_mean(facts: ProviderFacts, name: str) -> str:
    """The known names nearest to a wrong one, in words."""
    near, own = (" or ".join(map(repr, names)) for names in (near_names(facts, name), facts.own_ids))
    return f"Did you mean {near}? An id of the provider's own begins with {own}."


def near_names(facts: ProviderFacts, name: str) -> list[str]:
    """The known names nearest to a wrong one, or all models where none is near."""
    names = [entry for known in facts.models for entry in (known.name, *known.ids.values())]
    near = difflib.get_close_matches(name, dict.fromkeys(names), n=2, cutoff=0.5)
    return near or [known.name for known in facts.models]


def load(data: Mapping[str, Any], file: str, *, folder: str = "catalog/data") -> ProviderFacts:
    """The facts in a parsed data file.

    Raises:
        ConfigurationError: A key is missing, unknown, or of the wrong type; the text says where.
    """
    try:
        table = copy.deepcopy(dict(data))
        if like := table.pop("like", None):
            if like not in _own():
                raise ValueError(f"like={like!r} is no provider of this package")
            table = likeness(_parsed(f"{like}.toml"), table)
        return _provider(table)
    except (KeyError, TypeError, ValueError, AttributeError, OSError) as exc:
        raise ConfigurationError(f"{folder}/{file} cannot be used: {exc!r}.") from exc


def _provider(table: _Table) -> ProviderFacts:
    provider_id = table["id"]
    sizes = table.pop("sizes")
    _only(sizes, {"pixels", "source", "checked"}, "sizes")
    inputs = table.pop("inputs")
    _only(inputs, set(get_args(MediaKind)), "inputs")
    models = tuple(_model(entry, provider_id) for entry in table.pop("model"))
    facts = ProviderFacts(
        zone=_zone(table.pop("utc_offset")),
        own_ids=tuple(table.pop("own_ids")),
        models=models,
        sizes={
            resolution: {ratio: (int(width), int(height)) for ratio, (width, height) in row.items()}
            for resolution, row in sizes["pixels"].items()
        },
        inputs={kind: _input(entry, kind) for kind, entry in inputs.items()},
        body=Body(**_sourced(table.pop("body"))),
        prompt=PromptAdvice(**_sourced(table.pop("prompt"))),
        parameters=tuple(Parameter(**_sourced(entry)) for entry in table.pop("parameter")),
        limits=tuple(_limit(entry) for entry in table.pop("limit", ())),
        rates=tuple(_rate(entry) for entry in table.pop("rate", ())),
        usual=tuple(_usual(entry) for entry in table.pop("usual", ())),
        **_sourced(table),
    )
    _complete(facts)
    return facts


def _model(table: _Table, provider_id: str) -> Model:
    duration = table.pop("duration")
    _only(duration, {"min", "max", "auto"}, "duration")
    roles = table.pop("roles")
    _only(roles, set(ROLES), "roles")
    given = table.pop("id")
    ids = cast(dict[Mode, str], given if isinstance(given, dict) else dict.fromkeys(get_args(Mode), given))
    _only(dict.fromkeys(map(str, ids)), set(get_args(Mode)), "id")
    for name in ("resolutions", "ratios", "not_offered"):
        table[name] = tuple(table[name])
    for name, known in (("needs_prompt", get_args(Mode)), ("inferred", ROLES)):
        table[name] = tuple(table.get(name, ()))
        _only(dict.fromkeys(table[name]), set(known), name)
    if not ids:
        raise ValueError(f"model {table['name']!r} has no id")
    return Model(
        provider=provider_id,
        ids=ids,
        duration=Range(Fraction(duration["min"]), Fraction(duration["max"])),
        auto_duration=duration["auto"],
        roles=roles,
        **_sourced(table),
    )


def _input(table: _Table, kind: str) -> Input:
    for name in ("ratio", "side", "pixels", "fps", "fps_tolerated", "seconds", "seconds_tolerated"):
        if name in table:
            low, high = table[name]
            table[name] = Range(Fraction(low), Fraction(high))
    for name in ("total_seconds", "total_seconds_tolerated"):
        if name in table:
            table[name] = Fraction(table[name])
    for name in ("formats", "video_codecs"):
        table[name] = tuple(table.get(name, ()))
    table["sources"] = _ways(table["sources"])
    table["role_sources"] = {role: _ways(ways) for role, ways in table.get("role_sources", {}).items()}
    _only(table["role_sources"], set(ROLES), "role_sources")
    return Input(kind=cast(MediaKind, kind), **_sourced(table))


def _ways(ways: list[Way]) -> tuple[Way, ...]:
    _only(dict.fromkeys(ways), set(get_args(Way)), "sources")
    return tuple(ways)


def _limit(table: _Table) -> Limit:
    table["resolutions"] = tuple(table["resolutions"])
    return Limit(**_sourced(table))


def _rate(table: _Table) -> Rate:
    _only({table["operation"]: None}, set(get_args(Operation)), "operation")
    return Rate(**_sourced(table))


def _usual(table: _Table) -> Usual:
    low, high = table.pop("seconds")
    return Usual(seconds=Range(Fraction(low), Fraction(high)), **_sourced(table))


def _zone(offset: str) -> dt.timezone:
    found = dt.datetime.strptime(offset, "%z").tzinfo
    if not isinstance(found, dt.timezone):
        raise ValueError(f"utc_offset={offset!r} is not a time zone such as '+08:00'")
    return found


def _sourced(table: _Table) -> _Table:
    """The table itself, once it is sure that it says where and when it was read."""
    if not isinstance(table.get("source"), str) or not table["source"].strip():
        raise ValueError(f"a table has no source: {sorted(table)}")
    if type(table.get("checked")) is not dt.date:
        raise ValueError(f"a table has no day on which it was checked: {sorted(table)}")
    return table


def _only(table: _Table, known: set[str], name: str) -> None:
    if unknown := set(table) - known:
        raise ValueError(f"{name} has unknown keys {sorted(unknown)}")


def _complete(facts: ProviderFacts) -> None:
    """Every model must have pixels for everything it offers, and no id may be there twice."""
    if missing := set(get_args(MediaKind)) - set(facts.inputs):
        raise ValueError(f"inputs have no {sorted(missing)}")
    names = [entry for model in facts.models for entry in (model.name, *dict.fromkeys(model.ids.values()))]
    if len(set(names)) != len(names):
        raise ValueError("a model's name or id is there twice")
    for model in facts.models:
        for resolution in model.resolutions:
            if missing := set(model.fixed_ratios) - set(facts.sizes[resolution]):
                raise ValueError(f"{model.name} at {resolution} has no pixels for {sorted(missing)}")
