"""A blind vote in a cell: two clips side by side, and nothing that tells which is which.

What is known of the clips stays in the kernel. The browser gets two clips under random tokens, as bytes without tags,
with no name, path or link; a vote says `left` or `right`. Only when a rater has voted on all pairs comes the result
down.
"""

from __future__ import annotations

import math
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, ClassVar, Protocol

import traitlets as t

from seedance_nb import words
from seedance_nb.composing.worker import ThreadWorker, Worker
from seedance_nb.errors import SeedanceError
from seedance_nb.redaction import redact
from seedance_nb.vote import VERDICTS, Verdict
from seedance_nb.widgets._clips import SendsClips, clip_words
from seedance_nb.widgets._failures import log_failure
from seedance_nb.widgets._in_place import LeavesPicture, is_only_loaded_as_output
from seedance_nb.widgets._module import module, style
from seedance_nb.widgets.live_cell import _in_notebook, _publish
from seedance_nb.widgets.vote_result import not_done_html, not_done_text, result_html, result_text
from seedance_nb.words import Sentence, Word, say

LONGEST_NAME = 80
LONGEST_NOTE = 500


class Side(Protocol):
    """A clip that lies before a rater, as far as it may be known here."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...


class Round(Protocol):
    """Two clips that lie before a rater."""

    @property
    def left(self) -> Side:
        """One of them."""
        ...

    @property
    def right(self) -> Side:
        """The other."""
        ...

    @property
    def asked(self) -> str:
        """What both were asked for; empty: not the same."""
        ...


class Booth(Protocol):
    """One rater's sitting; it may ask the ledger, and is asked in a thread."""

    @property
    def total(self) -> int:
        """How many pairs there are."""
        ...

    def left(self) -> Sequence[Round]:
        """The pairs that are still to be voted on, the next one first."""
        ...

    def cast(self, round_: Any, verdict: Verdict, *, seconds: float | None, note: str) -> str:
        """Write a vote; gives what may be told of the pair now, or nothing."""
        ...

    def undo(self) -> bool:
        """Take the rater's last vote back; False where there is none."""
        ...

    def can_undo(self) -> bool:
        """Whether there is one."""
        ...

    def result(self) -> dict[str, Any]:
        """What came of it, as `vote_result` draws it; asked only when the rater has voted on all pairs."""
        ...


class BlindVote(SendsClips, LeavesPicture):
    """A place to vote on pairs of clips without knowing what made them."""

    _esm = module("blind_vote.js")
    _css = style("blind_vote.css")
    _told_in_place: ClassVar[frozenset[str]] = SendsClips._told_in_place

    view = t.Dict().tag(sync=True)
    """What is drawn: `rater`, `total`, `done`, and either `round` with two clips or `result`; replaced as a whole."""

    words = t.Dict().tag(sync=True)
    """What the browser says by itself, in the language of the cell."""

    def __init__(
        self,
        booth_of: Callable[[str], Booth],
        *,
        rater: str = "",
        pairs: int,
        home: Path | None = None,
        worker: Worker | None = None,
    ) -> None:
        """A place to vote that is not shown yet.

        Args:
            booth_of: Gives the sitting of a rater.
            rater: Who looks first; another one may take the place.
            pairs: How many pairs each is asked about.
            home: The studio's folder: copies without tags go to `twins` in it.
            worker: Where the ledger is asked; a thread of its own if None.
        """
        failed = lambda exc: log_failure("A blind vote could not be drawn.", exc)  # noqa: E731
        self._voting = worker or ThreadWorker(failed)
        self._booth_of, self._pairs = booth_of, pairs
        self._booth: Booth | None = None
        self._round: Round | None = None
        self._displays: list[str] = []
        self._drawing = threading.Lock()
        self._has_result = False
        super().__init__(home=home)
        self.language = words.language()
        self.words = {**vote_words(self.language), **clip_words(self.language), "language": self.language}
        self._sit(rater)

    # -- what is drawn --

    def _sit(self, rater: str) -> None:
        # Whatever was pasted into the field goes down to the page again.
        self._rater = redact(rater)
        self._booth = self._booth_of(self._rater)
        self._draw()

    def _draw(self, told: str = "") -> None:
        """Draw the next pair of the rater, or the result where there is none."""
        assert self._booth is not None
        with self._drawing:
            left = self._booth.left()
            before = self.view.get("round")
            view: dict[str, Any] = {
                "rater": self._rater,
                "total": self._booth.total,
                "done": self._booth.total - len(left),
                "can_undo": self._booth.can_undo(),
                "told": told,
                "round": None,
                "result": None,
            }
            self._round = left[0] if left else None
            if self._round is None:
                view["result"] = self._booth.result()
            else:
                sides = {side: self.offer(getattr(self._round, side).path, hidden=True) for side in ("left", "right")}
                view["round"] = {"id": uuid.uuid4().hex, "asked": self._round.asked, **sides}
            self.view = view
            if before:
                for side in ("left", "right"):
                    self.withdraw(before[side]["token"])
        self._keep_picture()

    def picture(self) -> str:
        """The result as HTML, or how far the vote is."""
        if self.view["result"]:
            return result_html(self.view["result"])
        return not_done_html(self.view["done"], self.view["total"], self.language)

    def text(self) -> str:
        """The same as lines of text."""
        if self.view["result"]:
            return result_text(self.view["result"])
        return not_done_text(self.view["done"], self.view["total"], self.language)

    def __repr__(self) -> str:
        return f"BlindVote({self.view['done']} of {self.view['total']} pairs)"

    def _ipython_display_(self) -> None:
        if not _in_notebook():
            sys.stdout.write(f"{self.text()}\n")
            return
        self._displays.append(f"sdnb-{uuid.uuid4().hex}")
        bundle = self._repr_mimebundle_()[0] if is_only_loaded_as_output() else self._twins()
        _publish(bundle, self._displays[-1], False)

    def _keep_picture(self) -> None:
        """Let the cell keep the result as soon as there is one; and nothing of it while another rater votes."""
        has_result = self.view["result"] is not None
        if has_result is self._has_result:
            return
        self._has_result = has_result
        for display in self._displays:
            _publish(self._twins(), display, True)

    # -- what a rater does --

    def _on_vote(self, message: dict[str, Any]) -> Future[None]:
        verdict, round_ = message.get("verdict"), self._now(message)
        if verdict not in VERDICTS:
            raise SeedanceError(Sentence("That is no vote; nothing was written."))
        seconds, note = _seconds(message.get("seconds")), _text(message.get("note"), LONGEST_NOTE)

        def cast() -> None:
            self._still(message)
            assert self._booth is not None
            try:
                told = self._booth.cast(round_, verdict, seconds=seconds, note=note)
            except SeedanceError:
                self._draw()  # voted on in another window: what lies here is not asked any more
                raise
            self._draw(told)

        return self._voting.run(cast)

    def _on_undo(self, _message: dict[str, Any]) -> Future[None]:
        def undo() -> None:
            assert self._booth is not None
            if not self._booth.undo():
                raise SeedanceError(Sentence("There is no vote to take back."))
            self._draw()

        return self._voting.run(undo)

    def _on_rater(self, message: dict[str, Any]) -> Future[None]:
        rater = _text(message.get("name"), LONGEST_NAME)
        return self._voting.run(lambda: self._sit(rater))

    def _now(self, message: dict[str, Any]) -> Round:
        self._still(message)
        assert self._round is not None
        return self._round

    def _still(self, message: dict[str, Any]) -> None:
        """Refuse a vote on what does not lie there any more: a second click, or a second window."""
        now = self.view["round"]
        if now is None or message.get("round") != now["id"]:
            raise SeedanceError(Sentence("Another pair lies there by now; nothing was written."))

    def close(self) -> None:
        """Take the place off the page; votes stay."""
        if "_voting" in self.__dict__:
            self._voting.close()
        super().close()


def vote_words(language: words.Language) -> dict[str, str]:
    """What the browser says by itself; in braces what it fills in."""

    def said(text: Word) -> str:
        return say(text, language=language)

    return {
        "label": said(Word("Blind vote")),
        "question": said(Word("Which one is better?")),
        "left": said(Word("left is better")),
        "right": said(Word("right is better")),
        "tie": said(Word("tie")),
        "both_bad": said(Word("both bad")),
        "undo": said(Word("Undo")),
        "play": said(Word("Play")),
        "pause": said(Word("Pause")),
        "scrub": said(Word("Place in the clips")),
        "sound": said(Word("Sound")),
        "sound_none": said(Word("off")),
        "sound_left": said(Word("left", "whose sound")),
        "sound_right": said(Word("right", "whose sound")),
        "left_clip": said(Word("Left clip")),
        "right_clip": said(Word("Right clip")),
        "rater": said(Word("Your name")),
        "rater_hint": said(Word("optional; each rater has an order of their own")),
        "note": said(Word("Note on this pair")),
        "note_hint": said(Word("optional")),
        "asked": said(Word("Both were asked for")),
        "progress": said(Word("Pair {place} of {total}")),
        "loading": said(Word("The clips are on their way …")),
        "next": said(Word("Pair {place} of {total} is here.")),
        "undone": said(Word("The last vote was taken back.")),
        "voted": said(Word("Voted: {verdict}.")),
        "all_done": said(Word("All {total} pairs are voted on.")),
        "another": said(Word("Somebody else votes")),
        "begin": said(Word("Begin")),
        "keys": said(
            Word("Keys, once the vote has the focus: 1 left, 2 right, 0 tie, 9 both bad, space to play, z to undo.")
        ),
        "failed": said(Word("The vote was not written: {error}")),
        "offline": said(
            Word("The kernel does not answer. What was voted is in the ledger; run the cell again to go on.")
        ),
    }


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    return round(min(float(value), 86_400.0), 2)


def _text(value: object, longest: int) -> str:
    text = value if isinstance(value, str) else ""
    return " ".join(text.split())[:longest]
