"""Clips beside or over each other, held to the same frame.

What is said of each clip is put together by its owner; nothing is loaded before somebody looks. The saved notebook
keeps posters and facts, as `_in_place.py` says.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

import traitlets as t

from seedance_nb import words
from seedance_nb.widgets._clips import SendsClips
from seedance_nb.widgets._comparison_view import FactRow, Shown, comparison_view
from seedance_nb.widgets._in_place import LeavesPicture, is_only_loaded_as_output
from seedance_nb.widgets._module import module, style
from seedance_nb.widgets.live_cell import _in_notebook, _publish
from seedance_nb.widgets.static_comparison import static_comparison, text_comparison


class Comparison(SendsClips, LeavesPicture):
    """Clips under one transport: in a grid or as a wipe, frame by frame, with one sound or none."""

    _esm = module("comparison.js")
    _css = style("comparison.css")

    view = t.Dict().tag(sync=True)
    """What `comparison_view` made: the clips, what differs, the words; replaced as a whole."""

    def __init__(
        self,
        clips: Sequence[tuple[str, Path | None, str]],
        rows: Sequence[FactRow],
        *,
        title: str = "",
        home: Path | None = None,
        notebook_dir: Path | None = None,
    ) -> None:
        """A comparison that is not shown yet.

        Args:
            clips: Of each the title, the file, and why there is none.
            rows: What is known of them.
            title: What is compared; how many clips if empty.
            home: The studio's folder: copies that a browser needs go to `twins` in it.
            notebook_dir: Where links to clips start from; the folder of the notebook if None.
        """
        super().__init__(home=home, notebook_dir=notebook_dir)
        self.language = words.language()
        """In which it speaks: the one that was spoken as it was made."""
        self._title = title
        self._display_id = ""
        self._shown = [
            Shown(name, self.offer(path) if path is not None else None, absent) for name, path, absent in clips
        ]
        self.say(rows)

    def _ipython_display_(self) -> None:
        if _in_notebook() and not is_only_loaded_as_output():
            self._display_id = f"sdnb-{uuid.uuid4().hex}"
            _publish(self._twins(), self._display_id, False)
        else:
            super()._ipython_display_()

    def keep(self) -> None:
        """Let the saved notebook have what is said of the clips by now."""
        if self._display_id:
            _publish(self._twins(), self._display_id, True)

    def say(self, rows: Sequence[FactRow]) -> None:
        """Say something else of the clips, for example what has been measured since."""
        self.view = comparison_view(self._shown, rows, language=self.language, title=self._title)

    def picture(self) -> str:
        """Posters and facts as HTML."""
        return static_comparison(self.view)

    def text(self) -> str:
        """The facts as lines of text."""
        return text_comparison(self.view)

    def __repr__(self) -> str:
        return f"Comparison({', '.join(one.title[:40] for one in self._shown[:3])}{', …' * (len(self._shown) > 3)})"
