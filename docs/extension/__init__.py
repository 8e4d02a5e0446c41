"""What Sphinx needs to know about this project: its public face, its notebooks, its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from docs.extension import docstrings, drawings, links, notebooks, reference
from docs.extension.face import complete, face


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("builder-inited", _write_reference)
    app.connect("source-read", _lead_within)
    # After the theme has made its navigation.
    app.connect("html-page-context", _level, priority=900)
    docstrings.setup(app)
    links.setup(app)
    drawings.setup(app)
    notebooks.setup(app)
    return {"parallel_read_safe": False}


def _lead_within(app: Sphinx, page: str, source: list[str]) -> None:
    """Links that hold in the repository lead to the same page of the site; no page is left out of its contents."""
    if not page.startswith("notebooks/"):
        source[0] = source[0].replace("](../notebooks/", "](notebooks/")
    if page == "index":
        listed = {page, *source[0].splitlines()}
        others = sorted(file.stem for file in Path(app.srcdir).glob("*.md") if file.stem not in listed)
        if others:
            source[0] += "\n```{toctree}\n:hidden:\n:caption: More\n\n" + "\n".join(others) + "\n```\n"


def _level(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Headings of the contents have a level, as screen readers ask for."""
    contents = str(context.get("furo_navigation_tree", ""))
    context["furo_navigation_tree"] = contents.replace('role="heading"', 'role="heading" aria-level="2"')


def _write_reference(app: Sphinx) -> None:
    for value in face().values():
        complete(getattr(value, "__module__", ""))
    reference.write(Path(app.srcdir) / "reference")
