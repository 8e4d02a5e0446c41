"""The live card of one task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import traitlets as t

from seedance_nb.errors import SeedanceError
from seedance_nb.widgets._base import BaseWidget
from seedance_nb.widgets._module import module, style
from seedance_nb.widgets._words import NOT_HERE, NOT_QUEUED
from seedance_nb.words import say


class StatusCard(BaseWidget):
    """A task while it is under way: its status, its time, its money, and a way to cancel it.

    The card draws what `view` says and decides nothing. Time ticks in the browser.
    """

    _esm = module("status_card.js")
    _css = style("status_card.css")

    view = t.Dict().tag(sync=True)
    """What `task_view` made of the record, words included; replaced as a whole, never changed in place."""

    def __init__(self, view: Mapping[str, Any], *, cancel: Callable[[], object] | None = None) -> None:
        """A card that shows `view`.

        Args:
            view: What `task_view` made of the record.
            cancel: Cancels the task; returns quickly, or returns a `concurrent.futures.Future`.
        """
        super().__init__()
        self._cancel = cancel
        self.view = dict(view)

    def _on_cancel(self, _message: dict[str, Any]) -> object:
        language = self.view.get("language")
        if not self.view.get("can_cancel"):
            word = self.view.get("status_word", "")
            raise SeedanceError(say(NOT_QUEUED, language=language, status=word))
        if self._cancel is None:
            raise SeedanceError(say(NOT_HERE, language=language))
        return self._cancel()
