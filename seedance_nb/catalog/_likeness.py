"""A data file that says only in what a provider differs from another one.

Tables are laid over those of the other file, key by key. A list of entries replaces the other list;
an entry takes what it does not say from the other list's entry of the same name, and an entry that is
not repeated is not offered. A list that is not there is the other's. What is said anew must say anew
where it was read.
"""

from __future__ import annotations

from typing import Any

_Table = dict[str, Any]

_WHOLE = frozenset({"id", "roles", "duration", "role_sources"})
"""Tables that are one fact: taken as they are, or not at all."""


def likeness(base: _Table, own: _Table) -> _Table:
    """A provider's own tables, and beneath them those of the one it is like.

    Raises:
        ValueError: Something is said anew without a source, or the other file is itself like a third.
    """
    if "like" in base:
        raise ValueError(f"{base.get('id')!r} is itself like another provider")
    for place, table in _sayings(own):
        if not {"source", "checked"} <= table.keys():
            raise ValueError(f"{place} differs and has no source or no day")
    return _over(base, own)


def _over(base: _Table, own: _Table) -> _Table:
    made = dict(base)
    for key, value in own.items():
        below = base.get(key)
        if isinstance(value, dict) and isinstance(below, dict) and key not in _WHOLE:
            made[key] = _over(below, value)
        elif isinstance(value, list) and isinstance(below, list) and all(isinstance(entry, dict) for entry in value):
            named = {entry.get("name"): entry for entry in below if isinstance(entry, dict) and "name" in entry}
            made[key] = [_over(named.get(entry.get("name"), {}), entry) for entry in value]
        else:
            made[key] = value
    return made


def _sayings(own: _Table) -> list[tuple[str, _Table]]:
    """Every table that must have a source of its own."""
    found = [("the file", own)]
    for key, value in own.items():
        if key == "inputs":
            found += [(f"inputs.{kind}", table) for kind, table in value.items()]
        elif isinstance(value, dict):
            found.append((key, value))
        elif isinstance(value, list):
            found += [(f"{key} {n}", entry) for n, entry in enumerate(value, 1) if isinstance(entry, dict)]
    return found
