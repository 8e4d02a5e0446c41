"""`$name` and `${name}` in a cell: variables of the notebook, looked up and never evaluated."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from seedance_nb.errors import InvalidRequestError

# A dollar that no name follows is a dollar, as in "a $5 coin".
_PLACE = re.compile(r"\$(?:(?P<dollar>\$)|(?P<name>[^\W\d]\w*)|\{(?P<braced>[^{}]*)\})")


def filled(text: str, variables: Mapping[str, object]) -> str:
    """The text with its variables put in as text; `$$` is a dollar.

    Raises:
        InvalidRequestError: There is no such variable, or something else than a name stands in the braces.
    """
    return _PLACE.sub(lambda place: "$" if place["dollar"] else str(_value(place, variables)), text)


def value_of(text: str, variables: Mapping[str, object]) -> object:
    """What an option means: the value itself where the text is one variable and nothing else; else the filled text.

    Raises:
        InvalidRequestError: As of `filled`.
    """
    place = _PLACE.fullmatch(text)
    if place is not None and not place["dollar"]:
        return _value(place, variables)
    return filled(text, variables)


def _value(place: re.Match[str], variables: Mapping[str, object]) -> object:
    name = place["name"] or (place["braced"] or "").strip()
    if not name.isidentifier():
        raise InvalidRequestError(
            f"{place[0][:80]!r} is no variable: only names are looked up, and nothing is evaluated. "
            "Write $name or ${name}, and $$ for a dollar."
        )
    if name not in variables:
        raise InvalidRequestError(f"There is no variable {name!r} in this notebook. {near(name, own(variables))}")
    return variables[name]


def own(variables: Mapping[str, object]) -> list[str]:
    """The names that a person gave, without those of the shell."""
    shells = {"In", "Out", "exit", "quit", "get_ipython", "open"}
    return [name for name in variables if not name.startswith("_") and name not in shells]


def near(name: str, known: list[str], otherwise: str = "Write $$ for a dollar.") -> str:
    """The names that were perhaps meant."""
    found = difflib.get_close_matches(name, known, 3)
    return f"Did you mean {' or '.join(found)}?" if found else otherwise
