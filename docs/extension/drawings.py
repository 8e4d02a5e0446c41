"""Drawings stand in the page itself, so that they follow its colours and can be read aloud."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    # Before the pictures of a page are collected.
    app.connect("doctree-read", _put_in_place, priority=100)


def _put_in_place(app: Sphinx, doctree: nodes.document) -> None:
    folder = Path(app.env.doc2path(app.env.docname)).parent
    for image in list(doctree.findall(nodes.image)):
        if image["uri"].endswith(".svg"):
            drawing = Path(app.srcdir) / image["uri"] if not (folder / image["uri"]).exists() else folder / image["uri"]
            html = f'<div class="drawing">{drawing.read_text("utf-8")}</div>'
            image.parent.replace(image, nodes.raw("", html, format="html"))
