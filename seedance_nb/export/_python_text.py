"""Values as Python source: readable, nested like the code around them, and harmless whatever they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seedance_nb.export._plan import Slot

WIDTH = 88
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_JOINER = "\u200d"
"""Joins emoji; invisible by itself, and harmless."""


def literal(value: object, indent: str = "") -> str:
    """A JSON value as a Python literal; a `Slot` as the name of its variable.

    >>> print(literal({"prompt": 'Say "hi"', "duration": 5}))
    {"prompt": "Say \\"hi\\"", "duration": 5}

    Args:
        value: What to write.
        indent: The blanks before the line that it begins on.
    """
    if isinstance(value, Slot):
        return str(value)
    if isinstance(value, str):
        return _text(value, indent)
    inner = indent + "    "
    if isinstance(value, Mapping):
        return _enclosed("{", [f"{quoted(str(k))}: {literal(v, inner)}" for k, v in value.items()], "}", indent)
    if isinstance(value, list):
        return _enclosed("[", [literal(entry, inner) for entry in value], "]", indent)
    return repr(value)


def arguments(values: Mapping[str, object], indent: str = "") -> str:
    """The same as keyword arguments, in parentheses."""
    inner = indent + "    "
    lines = "".join(f"{inner}{name}={literal(value, inner)},\n" for name, value in values.items())
    return f"(\n{lines}{indent})"


def quoted(text: str) -> str:
    """A string on one line, in double quotes.

    What can be read stays as it is, in every script. What cannot be seen is escaped: a character that turns
    the direction of writing would make the code look like other code.
    """
    return '"' + "".join(map(_character, text)) + '"'


def comment(text: str) -> str:
    """A comment of one line, in Python and in shells."""
    seen = "".join(character if character.isprintable() else " " for character in text)
    return f"# {' '.join(seen.split())}"


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() or character == _JOINER else repr(character)[1:-1]


def _text(text: str, indent: str) -> str:
    lines = text.splitlines(keepends=True)
    if len(lines) < 2:
        return quoted(text)
    inner = indent + "    "
    return "(\n" + "".join(f"{inner}{quoted(line)}\n" for line in lines) + f"{indent})"


def _enclosed(opening: str, entries: Iterable[str], closing: str, indent: str) -> str:
    entries = list(entries)
    short = opening + ", ".join(entries) + closing
    if "\n" not in short and len(indent) + len(short) <= WIDTH:
        return short
    return opening + "\n" + "".join(f"{indent}    {entry},\n" for entry in entries) + indent + closing
