"""The composer: a request put together by hand.

The browser sends small messages, each one edit; the state comes down in `view` and `prompt`. What an edit does is said
in `seedance_nb.composing`, which knows no widget.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import traitlets as t

from seedance_nb import prices, words
from seedance_nb.catalog import provider as facts_of
from seedance_nb.composing import parameters, switches
from seedance_nb.composing._words import listed, phrase
from seedance_nb.composing.arrivals import KindUnknownError
from seedance_nb.composing.asides import Owner
from seedance_nb.composing.draft import Draft
from seedance_nb.composing.kept import BudgetLeft, KeptClip
from seedance_nb.composing.session import Outlet, OutOfStepError, Session
from seedance_nb.composing.thumbs import Thumbs
from seedance_nb.composing.worker import ThreadWorker, Worker
from seedance_nb.content import Content
from seedance_nb.errors import ConfigurationError, InvalidRequestError
from seedance_nb.money import Quote
from seedance_nb.request import Problem, Request
from seedance_nb.widgets._composer_media import Message, TakesMedia, text_of, whole_of
from seedance_nb.widgets._failures import log_failure, sentence_of
from seedance_nb.widgets._module import module, style

_QUIET = frozenset({"prompt_edit", "prompt_sync", "thumb", "list_kept", "upload_chunk", "show_quotes", "show_sent"})
"""Messages that a person does not send knowingly: that they went well takes no error away."""


class Composer(TakesMedia):
    """A request under the hands: media, prompt, parameters, what is wrong, what it costs, and the button.

    `request` is always a `Request`, whatever state it is in; `problems` says what keeps it from being sent. Everything
    can be undone. Several composers do not know each other.
    """

    _esm = module("composer.js")
    _css = style("composer.css")

    view = t.Dict().tag(sync=True)
    """Everything that is drawn, but for the text being typed and small pictures; replaced as a whole."""

    prompt = t.Dict().tag(sync=True)
    """`rev` and `text`; sent only when it was not the browser that changed the text."""

    def __init__(
        self,
        request: Request | Content | str | None = None,
        *,
        provider: str,
        is_sandbox: bool = False,
        submit: Callable[[Request], object] | None = None,
        quotes: Callable[[Request], Any] | None = None,
        budget: Callable[[], Sequence[BudgetLeft]] | None = None,
        kept: Callable[[], Sequence[KeptClip]] | None = None,
        home: Path,
        worker: Worker | None = None,
        sender: Worker | None = None,
        clock: Callable[[], float] = time.monotonic,
        host: str = "",
    ) -> None:
        """A composer of a request.

        The callables are called in threads of the composer's own and may take their time.

        Args:
            request: What to begin with; nothing if None.
            provider: To which `submit` goes.
            is_sandbox: Whether nothing is billed there.
            submit: Submits a request and gives its task, or a `concurrent.futures.Future` of it.
            quotes: What a request costs everywhere, as `seedance_nb.quotes` says it.
            budget: What each budget has left.
            kept: The clips that can be taken in.
            home: The folder of the clips; uploaded files go to `uploads` in it.
            worker: Where slow things are done; a thread of its own if None.
            sender: Where `submit` is called; another thread of its own if None.
            clock: Seconds that only go up.
            host: The object store for files that a provider takes by address alone; empty: there is none.

        Raises:
            UnknownProviderError: No provider goes by this id.
        """
        facts_of(provider)
        self._thumbs = Thumbs()
        self._resent_rev = 0
        failed = lambda exc: self._failed("The composer could not draw its request.", exc)  # noqa: E731
        self._worker = worker or ThreadWorker(failed)
        self._session = Session(
            _request("" if request is None else request),
            provider=provider,
            is_sandbox=is_sandbox,
            owner=Owner(submit, quotes, budget, kept),
            home=Path(home),
            outlet=Outlet(self._show, self._write, self._failed),
            worker=self._worker,
            sender=sender or ThreadWorker(failed),
            clock=clock,
            host=host,
        )
        super().__init__()
        self.prompt = self._session.prompt_state()
        self._session.begin()

    # -- for code --

    @property
    def request(self) -> Request:
        """The request as it stands; assign another one, a `Content` or a prompt, and the hands see it."""
        return self._session.draft.request

    @request.setter
    def request(self, request: Request | Content | str) -> None:
        self._session.set(_request(request))

    @property
    def provider(self) -> str:
        """The provider for which it is checked and priced; assigning another one fits the request to it."""
        return self._session.draft.provider

    @provider.setter
    def provider(self, provider: str) -> None:
        name = words.Word(facts_of(provider).name, "provider").said(self._session.language)
        self._switch(lambda draft, language: switches.to_provider(draft, provider, language), name)

    @property
    def problems(self) -> list[Problem]:
        """What stands between the request and its clip; its files are opened if they were not yet."""
        return list(self._session.findings().problems)

    @property
    def quote(self) -> Quote:
        """What the request will cost at the provider.

        Raises:
            PriceNotFoundError: No price row fits it.
            InvalidRequestError: The model does not make this resolution, ratio or duration.
        """
        return self._session.findings().quote or prices.quote(self.request, self.provider)

    @property
    def task(self) -> Any:
        """What was submitted last from here; None before."""
        return self._session.task

    def undo(self) -> None:
        """Take the last step back; nothing where there is none."""
        self._session.undo()

    def redo(self) -> None:
        """Do again what was taken back last; nothing where there is none."""
        self._session.redo()

    def refresh(self) -> None:
        """Look again at files and budgets, for example after a task ended."""
        self._session.look_anew()

    def observe_request(self, callback: Callable[[Request], object]) -> Callable[[], None]:
        """Call `callback` with every new request, in the thread that changed it; gives what ends that.

        It must not wait for another thread, which may be waiting to edit.
        """
        observers = self._session.observers
        observers.append(callback)
        return lambda: observers.remove(callback) if callback in observers else None

    def close(self) -> None:
        """Take the widget off the page; files that are still on their way are given up."""
        # Python closes what goes out of use, also what refused its arguments.
        if "_session" in self.__dict__:
            self._session.close()
        super().close()

    def __repr__(self) -> str:
        return f"Composer({self.request!r}, {self.provider})"

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """As of every widget; the prompt with what was typed, which the trait does not follow key by key."""
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        if "prompt" in state:
            state["prompt"] = self._session.prompt_state()
        return state

    # -- to the browser --

    def _show(self, view: dict[str, Any]) -> None:
        self.view = view

    def _write(self, prompt: dict[str, Any]) -> None:
        self.prompt = prompt

    def _failed(self, what: str, exc: BaseException) -> None:
        log_failure(what, exc)
        self.error = sentence_of(exc)

    def _dispatch(self, widget: object, content: object, buffers: object) -> None:
        if isinstance(content, dict) and isinstance(buffers, list):
            content = {**content, "buffers": buffers}
        super()._dispatch(widget, content, buffers)

    def _settle(self, message_id: object, kind: object, exc: BaseException | None) -> None:
        extra, buffers = self._extras.pop(message_id, ({}, []))
        error = sentence_of(exc) if exc is not None and not isinstance(exc, OutOfStepError) else ""
        if isinstance(exc, KindUnknownError):
            extra = {"choose": ["image", "video", "audio"]}
        elif error:
            assert exc is not None
            log_failure(f"Composer: the message {str(kind)[:40]!r} could not be handled.", exc)
        if isinstance(exc, OutOfStepError) and self._resent_rev != self._session.prompt_rev:
            self._resent_rev = self._session.prompt_rev
            self.send_state("prompt")
        if error or kind not in _QUIET:
            self.error = "" if "choose" in extra else error
        if message_id is not None and self.comm is not None:
            self.send({"id": message_id, "ok": exc is None, "error": error, **extra}, buffers or None)

    # -- the prompt --

    def _on_prompt_edit(self, message: Message) -> None:
        removed = message.get("removed", 0)
        count = len(removed) if isinstance(removed, str) else whole_of(message, "removed")
        inserted = message.get("inserted", "")
        if not isinstance(inserted, str):
            raise InvalidRequestError("An edit of the prompt has no text; nothing was changed.")
        goes_on = message.get("goes_on") is True
        self._session.typed(message.get("rev"), whole_of(message, "start"), count, inserted, goes_on=goes_on)

    def _on_prompt_sync(self, message: Message) -> None:
        with self._session.lock:
            text = self._session.prompt_state()["text"]
            is_same = message.get("rev") == self._session.prompt_rev and message.get("length") == len(text)
            given = message.get("hash")
            if is_same and given is not None:
                is_same = given == f"{zlib.crc32(text.encode()):08x}"
            if not is_same:
                self._session.rewrite()
                raise OutOfStepError("The browser had another text.")

    def _on_paste(self, message: Message) -> None:
        self._session.paste(text_of(message, "text"))

    # -- parameters --

    def _on_param(self, message: Message) -> None:
        name, value = message.get("name"), message.get("value")
        if name == "model":
            self._switch(lambda draft, language: switches.to_model(draft, str(value), language), str(value)[:80])
            return
        self._session.edit(lambda draft: parameters.checked(draft, name, value), together=f"param {name}")

    def _on_choose_provider(self, message: Message) -> None:
        self.provider = text_of(message, "provider")

    def _switch(self, to: Callable[[Draft, str], tuple[Draft, list[str]]], name: str) -> None:
        session = self._session
        with session.lock:
            made, changes = to(session.draft, session.language)
            said = phrase("announce.provider", session.language, provider=name)
            if changes:
                said = phrase("change.now", session.language, what=name, changes=listed(changes, session.language))
            session.edit(lambda _: made, said)

    def _on_mend(self, message: Message) -> None:
        self._session.mended(message.get("mend_id"))

    def _on_undo(self, _message: Message) -> None:
        self._session.undo()

    def _on_redo(self, _message: Message) -> None:
        self._session.redo()

    def _on_show_quotes(self, message: Message) -> None:
        if self._session.owner.quotes is None:
            raise ConfigurationError(phrase("quotes.none", self._session.language))
        self._session.opened("quotes", bool(message.get("open")))

    def _on_show_sent(self, message: Message) -> None:
        self._session.opened("sent", bool(message.get("open")))

    def _on_language(self, message: Message) -> None:
        found = words.match(text_of(message, "language"))
        if found is None:
            raise ConfigurationError(f"There is no language {str(message.get('language'))[:40]!r} here.")
        self._session.speak(found)

    def _on_submit(self, message: Message) -> Future[object] | None:
        sent = self._session.submit(message.get("token"))
        if sent is not None:
            sent.add_done_callback(self._submitted)
        return sent

    def _submitted(self, done: Future[object]) -> None:
        if not done.cancelled() and done.exception() is None and self.comm is not None:
            self.send({"kind": "submitted", "local_id": str(getattr(done.result(), "local_id", ""))})


def _request(request: Request | Content | str) -> Request:
    if isinstance(request, Request):
        return request
    return Request(Content(*([request] if request else [])) if isinstance(request, str) else request)
