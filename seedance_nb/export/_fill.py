"""Templates of source code, filled in one pass, so that what is filled in is never taken for a template."""

from __future__ import annotations

import re

_MARK = re.compile(r"«(\w+)»")


def fill(template: str, values: dict[str, str]) -> str:
    """The template with every `«name»` replaced; a name without a value is a `KeyError`."""
    return _MARK.sub(lambda match: values[match[1]], template)


def blocks(*parts: str, apart: int = 1) -> str:
    """The parts that are not empty, with empty lines between them."""
    return ("\n" * (apart + 1)).join(part.strip("\n") for part in parts if part.strip()) + "\n"
