"""Docstrings as autodoc gets them: read as Google style, and without what concerns nobody outside."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.ext import napoleon

from docs.extension.face import handed_out

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
    kind = "object" if what in _FIELDS else what
    lines[:] = napoleon.GoogleDocstring(lines, app.config, app, kind, name, value, options).lines()


def _sign(
    app: Sphinx, what: str, name: str, value: object, options: Any, signature: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    return ("", None) if isinstance(value, type) and value in handed_out() else None
