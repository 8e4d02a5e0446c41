"""A composer in a cell, with the cards of the tasks that it submitted below it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from seedance_nb.request import Request
from seedance_nb.widgets._in_place import LeavesPicture, is_only_loaded_as_output
from seedance_nb.widgets.card_stack import CardStack
from seedance_nb.widgets.check_card import check_card
from seedance_nb.widgets.composer import Composer
from seedance_nb.widgets.live_cell import TaskHandle, _in_notebook, _publish
from seedance_nb.widgets.still import Still
from seedance_nb.words import say


class ShownComposer(Composer, LeavesPicture):
    """A composer whose tasks are shown where it is shown; in the newest place, if there are several.

    Its place in the cell is empty without a kernel: what it shows then follows it in an output of its own.
    """

    stack: CardStack | None = None
    """Where the cards go; None while it is shown nowhere."""

    still: Still | None = None
    """What stays of it without a kernel; None while it is shown nowhere by itself."""

    def __init__(self, request: Any = None, *, submit: Callable[[Request], TaskHandle], **options: Any) -> None:
        """A composer that is not shown yet.

        Args:
            request: What to begin with; nothing if None.
            submit: Submits a request and gives its task.
            options: The others of `Composer`.
        """
        super().__init__(request, submit=lambda asked: self._shown(submit(asked)), **options)
        self.observe_request(self._changed)

    def _changed(self, _request: Request) -> None:
        if self.still is not None:
            self.still.changed()

    def _shown(self, task: TaskHandle) -> TaskHandle:
        if self.stack is not None:
            self.stack.add(task)
        return task

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[Any, Any], dict[Any, Any]]:
        data, metadata = super()._repr_mimebundle_(**options)
        return {**data, **self._card()}, metadata

    def picture(self) -> str:
        """Nothing: see the class."""
        return ""

    def text(self) -> str:
        """What it is, on a line."""
        return repr(self)

    def _card(self) -> dict[str, str]:
        head = say("A request in the composer; run this cell to go on with it.")
        return check_card(self.request, provider=self.provider, is_sandbox=self._session.is_sandbox, head=head)

    def _ipython_display_(self) -> None:
        if not _in_notebook():
            sys.stdout.write(f"{self!r}\nIt is drawn in a notebook; here `%%seedance` does the same.\n")
            return
        data = self._twins()
        if is_only_loaded_as_output():
            data = {**self._repr_mimebundle_()[0], "text/plain": repr(self)}
            del data["text/html"]
        _publish(data, f"sdnb-composer-{self.model_id}", False)
        if self.still is not None:
            self.still.close()
        self.still, self.stack = Still(self._card), CardStack()
        self.still.open()
        self.stack.open()

    def close(self) -> None:
        """Take it off the page; what is there for the time without a kernel stays."""
        if self.still is not None:
            self.still.close()
        super().close()
