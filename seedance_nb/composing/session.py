"""One composer at work: its draft under a lock, its history, and what is found out and drawn off to the side.

Hands and code call from any thread and never wait for a file: what takes time is done by the worker, a short while
after the last edit, and drawn when it is found.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedance_nb import words
from seedance_nb.composing import prompt, roles, switches
from seedance_nb.composing._words import phrase
from seedance_nb.composing.arrivals import Arrivals
from seedance_nb.composing.asides import Asides, Owner
from seedance_nb.composing.draft import Draft, Mark
from seedance_nb.composing.findings import Findings, examine, needs_reading
from seedance_nb.composing.history import History
from seedance_nb.composing.kept import KeptClip
from seedance_nb.composing.mends import Mend
from seedance_nb.composing.pasted import pasted
from seedance_nb.composing.shown import whole
from seedance_nb.composing.view import Scene, draw
from seedance_nb.composing.worker import Worker
from seedance_nb.content import Media
from seedance_nb.errors import InvalidRequestError
from seedance_nb.request import Request

DEBOUNCE_S = 0.15
"""After the last key, until the draft is looked at."""
CALM_S = 1.5
"""After a submit, during which another press is taken for the second half of a double click."""
STALE_LOOK_S = 60.0
_DRAWN = 64


class OutOfStepError(InvalidRequestError):
    """An edit of a text that is not the current one any more; the browser takes the current one."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where a session puts what is to be seen."""

    show: Callable[[dict[str, Any]], None]
    """Takes each new view."""
    write: Callable[[dict[str, Any]], None]
    """Takes the prompt, whenever it was not the browser that changed it."""
    failed: Callable[[str, BaseException], None]
    """Told of what went wrong where nobody waits."""


class Session:
    """The state of one composer."""

    def __init__(
        self,
        request: Request,
        *,
        provider: str,
        is_sandbox: bool,
        owner: Owner,
        home: Path,
        outlet: Outlet,
        worker: Worker,
        sender: Worker,
        clock: Callable[[], float],
        host: str = "",
    ) -> None:
        self.lock = threading.RLock()
        self.owner = owner
        self.is_sandbox = is_sandbox
        self.language = words.language()
        self.arrivals = Arrivals(home / "uploads", self.add, clock)
        self.task: object = None
        self.observers: list[Callable[[Request], object]] = []
        self.prompt_rev = 1
        self._home_provider = provider
        self._host = host
        self._history = History(Draft.of(request, provider))
        self._outlet, self._worker, self._sender, self._clock = outlet, worker, sender, clock
        self._found: Findings | None = None
        self._mends: Mapping[str, Mend] = {}
        self._asides = Asides(owner, outlet.failed, clock)
        self._view: dict[str, Any] = {}
        self._rev = 0
        self._drawn: dict[int, tuple[Draft, str]] = {}
        self._pressed: set[int] = set()
        self._busy = self._just_submitted = False
        self._announce = ""
        self._is_old = False

    @property
    def draft(self) -> Draft:
        """What is under the hands now."""
        return self._history.draft

    # -- edits --

    def edit(self, change: Callable[[Draft], Draft], announce: str = "", *, together: str = "") -> None:
        """One step that can be undone; joined to the last one where both are named alike and one follows the other."""
        with self.lock:
            before = self.draft
            made = change(before)
            if made != before:
                self._history.put(made, together=together, now=self._clock())
            self._changed(before, announce)

    def set(self, request: Request) -> None:
        """Another request, from code."""
        self.edit(lambda draft: Draft.of(request, draft.provider, draft), phrase("announce.set", self.language))

    def paste(self, text: str) -> None:
        """The request that a pasted JSON holds.

        Raises:
            InvalidRequestError: It holds none.
        """
        with self.lock:
            made, said = pasted(text, self.draft, self.language)
            self.edit(lambda _: made, said)

    def add(self, mark: Mark, item: Media) -> None:
        """One more item."""
        with self.lock:
            draft, said = roles.added(self.draft, mark, item, switches.model_of(self.draft), self.language)
            name = roles.ordinal(draft, len(draft.media) - 1, self.language)
            role = draft.content.role_of(draft.media[-1])
            said_role = phrase(f"role.{role}", self.language) if role else ""
            told = phrase("announce.added", self.language, item=name, role=said_role)
            self.edit(lambda _: draft, f"{told} {said}".strip())

    def typed(self, rev: object, start: int, removed: int, inserted: str, *, goes_on: bool = False) -> None:
        """What a person typed.

        Raises:
            OutOfStepError: The text is another one by now.
        """
        with self.lock:
            before = self.draft
            if rev != self.prompt_rev:
                raise OutOfStepError("The prompt was changed from elsewhere meanwhile.")
            try:
                text = prompt.edited(before.prompt, start, removed, inserted)
            except InvalidRequestError as exc:
                self.rewrite()
                raise OutOfStepError(str(exc)) from exc
            made = before.with_prompt(text)
            if made is before:
                return
            self._history.typed(made, start, removed, inserted, self._clock(), goes_on=goes_on)
            self._look(DEBOUNCE_S)
        self._tell(before)

    def rewrite(self) -> None:
        """Write the prompt anew to the browser."""
        with self.lock:
            self.prompt_rev += 1
            self._outlet.write(self.prompt_state())

    def prompt_state(self) -> dict[str, Any]:
        """The prompt as a browser may have it."""
        return {"rev": self.prompt_rev, "text": whole(self.draft.prompt)}

    def undo(self) -> None:
        """Take the last step back."""
        self._step(self._history.undo, "announce.undone")

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._step(self._history.redo, "announce.redone")

    def _step(self, go: Callable[[], Draft], key: str) -> None:
        with self.lock:
            before = self.draft
            if go() is not before:
                self._changed(before, phrase(key, self.language))

    def _changed(self, before: Draft, announce: str) -> None:
        with self.lock:
            self._announce = announce or self._announce
            if self.draft.prompt != before.prompt:
                self.rewrite()
            self._look(0.0)
        self._tell(before)

    def _tell(self, before: Draft) -> None:
        request = self.draft.request
        if request is before.request:
            return
        for callback in list(self.observers):
            try:
                callback(request)
            except Exception as exc:  # noqa: BLE001  one observer's trouble is not the composer's
                self._outlet.failed("An observer of the composer failed.", exc)

    def mended(self, mend_id: object) -> None:
        """Press a mend.

        Raises:
            InvalidRequestError: It is not offered any more.
        """
        mend = self._mends.get(str(mend_id))
        if mend is None:
            raise InvalidRequestError("That is no longer offered; nothing was changed.")
        self.edit(mend.apply, phrase("announce.mended", self.language, label=mend.label))

    # -- looking and drawing --

    def begin(self) -> None:
        """Draw what is known without opening a file, and look at the rest."""
        draft = self.draft
        if not needs_reading(draft, None):
            self._found = examine(draft, is_sandbox=self.is_sandbox, host=self._host)
        self._draw(draft, self._found)
        self._look(0.0)

    def look_anew(self) -> None:
        """Look at everything again, since files and budgets may have changed."""
        with self.lock:
            self._is_old = True
            self._look(0.0)

    def _look(self, seconds: float) -> None:
        self._worker.later("look", seconds, self._look_now)

    def _look_now(self) -> None:
        with self.lock:
            draft, before = self.draft, self._found
        if needs_reading(draft, before):
            self._draw(draft, None)
        anew, self._is_old = self._is_old, False
        if before is None or before.draft is not draft or anew:
            before = examine(draft, is_sandbox=self.is_sandbox, host=self._host, before=None if anew else before)
        self._asides.ask_budget(draft, anew=anew)
        with self.lock:
            self._found = before
        self._draw(draft, before)
        if self._asides.look(draft, self.language):
            self._draw(draft, before)

    def draw_again(self) -> None:
        """Draw what changed beside the draft, with what is known of it already."""
        with self.lock:
            found = self._found
            if found is not None and found.draft is self.draft:
                self._draw(found.draft, found)
            else:
                self._look(0.0)

    def _draw(self, draft: Draft, found: Findings | None) -> None:
        with self.lock:
            if self.draft is not draft:
                return  # it is another one by now, and will be looked at
            drawn = draw(draft, found, self._scene())
            self._mends = drawn.mends
            if drawn.view == self._view:
                return
            self._view = drawn.view
            self._rev += 1
            self._drawn[self._rev] = (draft, drawn.view["submit"]["label"])
            for old in [rev for rev in self._drawn if rev <= self._rev - _DRAWN]:
                del self._drawn[old]
            self._outlet.show({"rev": self._rev, **drawn.view})

    def _scene(self) -> Scene:
        return Scene(
            language=self.language,
            is_sandbox=self.is_sandbox,
            home=self._home_provider,
            can_submit=self.owner.submit is not None,
            uploads=self.arrivals.uploads,
            lost=tuple(self.arrivals.lost),
            quotes=self._asides.quotes,
            budgets=self._asides.budgets,
            sent=self._asides.sent,
            can_undo=self._history.can_undo,
            can_redo=self._history.can_redo,
            announce=self._announce,
            busy=self._busy,
            just_submitted=self._just_submitted,
        )

    def findings(self) -> Findings:
        """What is known of the draft, found out now where it was not yet."""
        with self.lock:
            draft, before = self.draft, self._found
        if before is not None and before.draft is draft:
            return before
        return examine(draft, is_sandbox=self.is_sandbox, host=self._host, before=before)

    def opened(self, what: str, is_open: bool) -> None:
        """Whether the prices of all providers, or what will be sent, are to be seen."""
        with self.lock:
            (self._asides.opened.add if is_open else self._asides.opened.discard)(what)
            self._look(0.0)

    def speak(self, language: words.Language) -> None:
        """Another language."""
        with self.lock:
            self.language = language
            self._look(0.0)

    # -- submit --

    def submit(self, token: object) -> Future[object] | None:
        """Submit what a button stated when it was drawn; a second press of the same button does nothing.

        Raises:
            InvalidRequestError: That button was not drawn, or states something else by now.
        """
        with self.lock:
            if token in self._pressed or self._busy or self._just_submitted:
                return None
            if not isinstance(token, int) or token not in self._drawn:
                raise InvalidRequestError(phrase("submit.changed", self.language))
            self._pressed = {old for old in self._pressed if old in self._drawn} | {token}
            label = self._drawn[token][1]
            draft, self._busy = self.draft, True
            self.draw_again()
        return self._sender.run(lambda: self._submit(draft, label))

    def _submit(self, draft: Draft, label: str) -> object:
        is_done = False
        try:
            found = self.findings()
            with self.lock:
                scene = dataclasses.replace(self._scene(), busy=False)
            drawn = draw(draft, found, scene).view["submit"]
            if self.draft is not draft or drawn["label"] != label:
                raise InvalidRequestError(phrase("submit.changed", self.language))
            if not drawn["enabled"]:
                raise InvalidRequestError(drawn["reason"])
            assert self.owner.submit is not None
            task = self.owner.submit(draft.request)
            self.task = task.result() if isinstance(task, Future) else task
            is_done = True
        finally:
            with self.lock:
                self._busy = False
                if is_done:
                    self._announce = phrase("announce.submitted", self.language)
                    self._just_submitted = self._is_old = True
                    self._worker.later("calm", CALM_S, self._calm)
                self.draw_again()
        return self.task

    def _calm(self) -> None:
        with self.lock:
            self._just_submitted = False
            self._look(0.0)

    # -- media --

    def expect(self, upload_id: str, name: str, size: int, mime: str, role: object) -> str:
        """A file is to come; gives the id that its item will have."""
        with self.lock:
            item_id = self.arrivals.begin(upload_id, name, size, mime, role, self.draft.provider)
            self._worker.later("stale", STALE_LOOK_S, self._give_up_stale)
            self.draw_again()
        return item_id

    def _give_up_stale(self) -> None:
        with self.lock:
            if self.arrivals.give_up_stale(self.language):
                self.draw_again()
            if self.arrivals.uploads:
                self._worker.later("stale", STALE_LOOK_S, self._give_up_stale)

    def remove(self, item_id: object) -> None:
        """Take an item away, also one that is still on its way."""
        with self.lock:
            if self.arrivals.taken_away(item_id):
                self.draw_again()
                return
            name = roles.ordinal(self.draft, self.draft.index(item_id), self.language)
            self.edit(lambda draft: draft.removed(item_id), phrase("announce.removed", self.language, item=name))

    def kept(self) -> list[KeptClip]:
        """The clips that can be taken in."""
        return list(self.owner.kept()) if self.owner.kept is not None else []

    def close(self) -> None:
        """Give up what is on its way; nothing is drawn any more."""
        with self.lock:
            self.arrivals.close()
            self._worker.close()
            self._sender.close()
