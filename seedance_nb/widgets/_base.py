"""What every widget here would otherwise repeat: messages from the browser, their answers, errors.

A message is `{kind, id, …}`. It is handled by the method `_on_<kind>`, which does nothing slow itself:
it checks, hands the work to a callable that the owner gave, and may return that callable's future.
Every message with an id is answered, `{id, ok, error}` and what `_answer` adds, also when the handling failed.
No object of `asyncio` is touched, because a callback may run in the kernel's main thread or in a subshell's.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets as t

from seedance_nb.errors import SeedanceError
from seedance_nb.widgets._failures import log_failure, sentence_of

STATIC = Path(__file__).parent / "static"


class BaseWidget(anywidget.AnyWidget):
    """A widget whose messages are dispatched, answered and never lost in silence."""

    error = t.Unicode("").tag(sync=True)
    """A sentence for the reader, or empty."""

    _told_in_place: ClassVar[frozenset[str]] = frozenset()
    """Messages whose failure the browser tells where it was asked; `error` stays as it is."""

    def __init__(self) -> None:
        super().__init__()
        self._under_way: set[Future[Any]] = set()
        self._extras: dict[object, tuple[dict[str, Any], list[bytes]]] = {}
        self.on_msg(self._dispatch)

    def _dispatch(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict):
            return
        message_id, kind = _id_of(content), content.get("kind")
        try:
            result = self._handler(kind)(content)
        except Exception as exc:  # noqa: BLE001  a callback has nobody above it: told, logged and answered instead
            self._settle(message_id, kind, exc)
            return
        if not isinstance(result, Future):
            self._settle(message_id, kind, None)
            return
        self._under_way.add(result)
        result.add_done_callback(lambda done: self._finish(message_id, kind, done))

    def _handler(self, kind: object) -> Callable[[dict[str, Any]], object]:
        handler = getattr(self, f"_on_{kind}", None) if isinstance(kind, str) and kind.isidentifier() else None
        if handler is None:
            raise SeedanceError(f"{type(self).__name__} knows no message of the kind {kind!r}; nothing was done.")
        return handler  # type: ignore[no-any-return]

    def _finish(self, message_id: object, kind: object, done: Future[Any]) -> None:
        self._under_way.discard(done)
        if done.cancelled():
            self._settle(message_id, kind, SeedanceError(f"{str(kind).capitalize()} was given up before it was done."))
        else:
            self._settle(message_id, kind, done.exception())

    def _answer(self, message: dict[str, Any], extra: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        """Something for the answer beside that it went well; called before the handling is over."""
        message_id = _id_of(message)
        if message_id is not None:
            self._extras[message_id] = (extra, buffers or [])

    def _settle(self, message_id: object, kind: object, exc: BaseException | None) -> None:
        error = sentence_of(exc) if exc else ""
        if exc:
            log_failure(f"{type(self).__name__}: the message {kind!r} could not be handled.", exc)
        if kind not in self._told_in_place:
            self.error = error
        extra, buffers = self._extras.pop(message_id, ({}, []))
        if exc:
            extra, buffers = {}, []
        if message_id is not None and self.comm is not None:
            self.send({"id": message_id, "ok": exc is None, "error": error, **extra}, buffers or None)


def _id_of(message: dict[str, Any]) -> str | int | None:
    """The id of a message, which is a stranger's: None unless it can be one."""
    message_id = message.get("id")
    return message_id if isinstance(message_id, str | int) else None
