"""Values as JSON text that is safe in a quoted here-document, in pieces around the media."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from seedance_nb.export._plan import Slot


def pieces(body: Mapping[str, object]) -> list[str | Slot]:
    """JSON text and slots in turn; each stands on lines of its own, as JSON allows between any two tokens.

    No line of the text can end a here-document: in JSON a line begins with a bracket, a quote or a value.
    """
    found: list[str | Slot] = []
    text = ""
    for part in _parts(body, "\n"):
        if isinstance(part, Slot):
            found += [_trimmed(text), part]
            text = ""
        else:
            text += part
    return [*found, _trimmed(text)]


def _trimmed(text: str) -> str:
    return text.lstrip("\n").rstrip("\n ")


def _parts(value: object, newline: str) -> Iterator[str | Slot]:
    inner = newline + "  "
    if isinstance(value, Slot):
        yield value
    elif isinstance(value, Mapping) and value:
        opening = "{"
        for name, entry in value.items():
            yield f"{opening}{inner}{string(str(name))}: "
            yield from _parts(entry, inner)
            opening = ","
        yield newline + "}"
    elif isinstance(value, list) and value:
        opening = "["
        for entry in value:
            yield opening + inner
            yield from _parts(entry, inner)
            opening = ","
        yield newline + "]"
    elif isinstance(value, str):
        yield string(value)
    else:
        yield json.dumps(value)


def string(text: str) -> str:
    """A JSON string in which every script is readable and what cannot be seen is escaped."""
    return re.sub(r"[^\x20-\x7e]", _seen, json.dumps(text, ensure_ascii=False))


def _seen(match: re.Match[str]) -> str:
    character = match[0]
    if character.isprintable() or character == "\u200d":
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else json.dumps(character)[1:-1]
