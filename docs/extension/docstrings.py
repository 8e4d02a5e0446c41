"""Docstrings as autodoc gets them: read as Google style, and without what concerns nobody outside."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx
from sphinx.ext import napoleon

from docs.extension.face import handed_out

_SECTION = re.compile(r"[A-Z]\w+:")
_FIELDS = {"attribute", "data", "property"}


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.setup_extension("sphinx.ext.napoleon")
    # Of a field it takes what stands before a colon for the type: "None: no such limit." Its reading is called below.
    told = app.events.listeners["autodoc-process-docstring"]
    told[:] = [one for one in told if one.handler is not napoleon._process_docstring]
    app.connect("autodoc-process-docstring", _read)
    app.connect("autodoc-process-signature", _sign)


def _read(app: Sphinx, what: str, name: str, value: object, options: Any, lines: list[str]) -> None:
    if isinstance(value, type) and value in handed_out() and "Args:" in lines:
        del lines[lines.index("Args:") :]
    lines[:] = [*_reshaped(lines)]
    kind = "object" if what in _FIELDS else what
    lines[:] = napoleon.GoogleDocstring(lines, app.config, app, kind, name, value, options).lines()


def _reshaped(lines: list[str]) -> Iterator[str]:
    """Tables and examples as they are written in Markdown, in the form that Sphinx reads; up to the first section."""
    number = 0
    while number < len(lines) and not _SECTION.fullmatch(lines[number]):
        block = list(itertools.takewhile(str.strip, lines[number:]))
        if block and block[0].startswith("|"):
            yield from _table(block)
        elif block and block[0].startswith("    "):
            yield from (".. code-block:: python", "", *block)
        else:
            yield from block
        yield from lines[number + len(block) : number + len(block) + 1]
        number += len(block) + 1
    yield from lines[number:]


def _table(rows: list[str]) -> Iterator[str]:
    yield from (".. list-table::", "   :header-rows: 1", "")
    for row in rows:
        cells = [cell.strip() for cell in row.strip("| ").split("|")]
        if set(cells[0]) == {"-"}:
            continue
        cells += [""] * (rows[0].count("|") - 1 - len(cells))
        for cell, mark in zip(cells, itertools.chain(["* -"], itertools.repeat("  -")), strict=False):
            yield f"   {mark} {cell}".rstrip()


def _sign(
    app: Sphinx, what: str, name: str, value: object, options: Any, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    return ("", None) if isinstance(value, type) and value in handed_out() else None
