"""A chain as a film strip: its shots in order, their clips to look at, and the buttons of its gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import traitlets as t

from seedance_nb.composing.worker import ThreadWorker
from seedance_nb.errors import SeedanceError
from seedance_nb.widgets._clips import SendsClips, clip_words
from seedance_nb.widgets._failures import log_failure
from seedance_nb.widgets._in_place import LeavesPicture
from seedance_nb.widgets._module import module, style
from seedance_nb.words import say

ACTS = ("run", "run_gated", "approve", "again", "stop")
"""What a button can ask for."""


class ChainView(SendsClips, LeavesPicture):
    """A chain while something can be done about it.

    It draws what `view` says and decides nothing. A click sends the button's word, and is carried out in a thread.
    """

    _esm = module("chain_view.js")
    _css = style("chain_view.css")

    view = t.Dict().tag(sync=True)
    """What `chain_view` made of the chain, words included; replaced as a whole, never changed in place."""

    def __init__(
        self,
        view: Mapping[str, Any],
        *,
        acts: Mapping[str, Callable[[], object]],
        still: Mapping[str, str] | None = None,
        home: Path | None = None,
    ) -> None:
        """A strip that shows `view`.

        Args:
            view: What `chain_view` made of the chain.
            acts: What each word of `ACTS` does; called in a thread, and may wait.
            still: What stands in its place without a kernel: `text/html` and `text/plain`; nothing if None.
            home: The folder in which copies of clips are kept that a browser needs.
        """
        self._acts, self._still = acts, still or {"text/html": "", "text/plain": ""}
        self._hands = ThreadWorker(lambda exc: log_failure("A button of a chain did nothing.", exc))
        self._clips: dict[str, dict[str, Any]] = {}
        super().__init__(home=home)
        self.show(view)

    def picture(self) -> str:
        """The shots as they were when the strip was shown."""
        return self._still["text/html"]

    def text(self) -> str:
        """The same as lines of text."""
        return self._still["text/plain"]

    def show(self, view: Mapping[str, Any]) -> None:
        """Draw another state of the chain; each clip is offered once.

        Args:
            view: What `chain_view` made of the chain; paths of clips stand in `paths`, and do not go to the browser.
        """
        shown = dict(view)
        paths: Mapping[str, Path] = shown.pop("paths", {})
        shots = [{**shot, "clip": self._clip(shot["local_id"], paths)} for shot in shown["shots"]]
        gone = self._clips.keys() - {shot["local_id"] for shot in shots}
        for local_id in gone:  # another take stands in its place
            self.withdraw(self._clips.pop(local_id)["token"])
        shown["shots"] = shots
        shown["words"] = {**shown["words"], **clip_words(shown["language"])}
        self.view = shown

    def _clip(self, local_id: str, paths: Mapping[str, Path]) -> dict[str, Any] | None:
        path = paths.get(local_id)
        if path is None:
            return None
        if local_id not in self._clips:
            self._clips[local_id] = self.offer(path)
        return self._clips[local_id]

    def _on_act(self, message: dict[str, Any]) -> object:
        act = str(message.get("act"))
        language = self.view.get("language")
        offered = {button["kind"] for button in self.view.get("buttons", ())}
        if act not in offered or act not in self._acts:
            raise SeedanceError(say("The chain has moved on meanwhile; nothing was done.", language=language))
        return self._hands.run(self._acts[act])

    def close(self) -> None:
        """Take the widget off the page; the chain goes on."""
        if "_hands" in self.__dict__:
            self._hands.close()
        super().close()
