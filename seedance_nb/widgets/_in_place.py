"""Widgets of which a saved notebook keeps a picture: plain HTML, which reads without a kernel.

JupyterLab prefers a widget to the HTML beside it, and without a kernel shows neither: "model not found". So what is put
into the cell is the HTML alone. The widget's module runs in JupyterLab and Notebook 7 as soon as its model is there,
without any output of its own; it looks for the place with its name and stands in it for as long as there is a
kernel (`parts/place.js`). Elsewhere a widget is only loaded where it is an output, so there both are put into the cell.
"""

from __future__ import annotations

import os
import sys
import uuid
from html import escape
from typing import Any

import traitlets as t

from seedance_nb.widgets._base import BaseWidget
from seedance_nb.widgets.live_cell import _in_notebook, _publish

_OTHERS = ("google.colab", "marimo")


class LeavesPicture(BaseWidget):
    """A widget that is a picture of itself in a saved notebook."""

    place = t.Unicode("").tag(sync=True)
    """The name of the place in a cell's HTML where it stands."""

    @t.default("place")
    def _new_place(self) -> str:
        # Not in `__init__`: the browser looks for the place as soon as it hears of the widget.
        return f"sdnb-{uuid.uuid4().hex}"

    def picture(self) -> str:
        """What it shows, as HTML that needs no kernel, style sheet or script."""
        raise NotImplementedError

    def text(self) -> str:
        """What it shows, as lines of text."""
        raise NotImplementedError

    def _twins(self) -> dict[str, str]:
        html = f'<div class="sdnb-place" data-sdnb-place="{escape(self.place)}">{self.picture()}</div>'
        return {"text/html": html, "text/plain": self.text()}

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[Any, Any], dict[Any, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, **self._twins()}, metadata

    def bundle(self) -> dict[str, Any]:
        """What is put into a cell, by MIME type."""
        return dict(self._repr_mimebundle_()[0]) if is_only_loaded_as_output() else self._twins()

    def _ipython_display_(self) -> None:
        if not _in_notebook():
            sys.stdout.write(f"{self.text()}\n")
            return
        _publish(self.bundle(), f"sdnb-{uuid.uuid4().hex}", False)


def is_only_loaded_as_output() -> bool:
    """Whether the front end runs a widget's module only where the widget is shown: VS Code, Colab, marimo, Voila."""
    main = sys.modules.get("__main__")
    return (
        hasattr(main, "__vsc_ipynb_file__")
        or any(name in sys.modules for name in _OTHERS)
        or os.environ.get("SERVER_SOFTWARE", "").startswith("voila")
    )
