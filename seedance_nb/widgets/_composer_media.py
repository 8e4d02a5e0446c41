"""The composer's messages about media: how they come, what they look like, where they stand, and what they are for."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from seedance_nb.composing import roles, switches
from seedance_nb.composing._words import phrase
from seedance_nb.composing.draft import NAME_CHARS, Draft
from seedance_nb.composing.findings import look
from seedance_nb.composing.session import Session
from seedance_nb.composing.shown import shown
from seedance_nb.composing.thumbs import Thumbs
from seedance_nb.composing.worker import Worker
from seedance_nb.content import ROLES
from seedance_nb.errors import InvalidRequestError
from seedance_nb.widgets._base import BaseWidget

Message = dict[str, Any]


class TakesMedia(BaseWidget):
    """A widget whose session takes media in."""

    _session: Session
    _worker: Worker
    _thumbs: Thumbs

    def _on_add_source(self, message: Message) -> Future[None]:
        text, duration = text_of(message, "text"), message.get("duration")
        known = float(duration) if isinstance(duration, int | float) and not isinstance(duration, bool) else None
        return self._worker.run(
            lambda: self._session.arrivals.source(text, message.get("media"), known, self._session.language)
        )

    def _on_list_kept(self, message: Message) -> Future[None]:
        def ask() -> None:
            clips = self._session.kept()
            rows = [
                {
                    "local_id": clip.local_id,
                    "label": shown(clip.label, most=NAME_CHARS),
                    "has_last_frame": clip.has_last_frame,
                }
                for clip in clips
            ]
            self._answer(message, {"kept": rows})

        return self._worker.run(ask)

    def _on_add_kept(self, message: Message) -> Future[None]:
        def take() -> None:
            language = self._session.language
            clip = next((one for one in self._session.kept() if one.local_id == message.get("local_id")), None)
            if clip is None:
                raise InvalidRequestError(phrase("kept.gone", language))
            self._session.arrivals.kept(clip, message.get("what"), language)

        return self._worker.run(take)

    def _on_upload_begin(self, message: Message) -> None:
        mime = message.get("mime")
        item_id = self._session.expect(
            text_of(message, "upload_id"),
            text_of(message, "name"),
            whole_of(message, "size"),
            mime if isinstance(mime, str) else "",
            message.get("role"),
        )
        self._answer(message, {"item": item_id})

    def _on_upload_chunk(self, message: Message) -> None:
        buffers = message.get("buffers") or []
        if len(buffers) != 1:
            raise InvalidRequestError("A piece of a file has no content.")
        with self._session.lock:
            try:
                is_due = self._session.arrivals.chunk(
                    text_of(message, "upload_id"), whole_of(message, "offset"), buffers[0]
                )
            except Exception:
                self._session.draw_again()
                raise
            if is_due:
                self._session.draw_again()

    def _on_upload_end(self, message: Message) -> Future[None]:
        def end() -> None:
            with self._session.lock:
                try:
                    self._session.arrivals.end(text_of(message, "upload_id"))
                except Exception:
                    self._session.draw_again()
                    raise

        return self._worker.run(end)

    def _on_upload_cancel(self, message: Message) -> None:
        with self._session.lock:
            self._session.arrivals.cancel(text_of(message, "upload_id"))
            self._session.draw_again()

    def _on_thumb(self, message: Message) -> Future[None]:
        draft = self._session.draft
        place = draft.index(message.get("item"))
        mark, item = draft.pairs[place]

        def make() -> None:
            made = self._thumbs.preview(mark.id, look(item).rev, item)
            extra = {
                "item": mark.id,
                "kind": "thumb",
                "mime": made.mime,
                "width": made.width,
                "height": made.height,
                "frames": made.frames,
            }
            self._answer(message, extra, [made.content])

        return self._worker.run(make)

    def _on_set_role(self, message: Message) -> None:
        session, role = self._session, next((known for known in ROLES if known == message.get("role")), None)
        if role is None:
            raise InvalidRequestError("There is no such role; nothing was changed.")
        with session.lock:
            draft, language = session.draft, session.language
            place = draft.index(message.get("item"))
            picked = roles.choice(draft, place, role, switches.model_of(draft), language)
            if role not in draft.media[place].roles or not picked.is_possible:
                raise InvalidRequestError(picked.reason or "That item cannot have this role; nothing was changed.")
            name = roles.ordinal(draft, place, language)
            said = phrase("announce.role", language, item=name, role=phrase(f"role.{role}", language))
            session.edit(lambda draft: draft.with_roles(picked.roles), f"{said} {picked.reason}".strip())

    def _on_move(self, message: Message) -> None:
        session = self._session
        with session.lock:
            before, to = session.draft, whole_of(message, "to")
            was = roles.ordinal(before, before.index(message.get("item")), session.language)
            made = before.moved(message.get("item"), to)
            now = roles.ordinal(made, made.index(message.get("item")), session.language)
            session.edit(lambda _: made, phrase("announce.moved", session.language, item=was, ordinal=now))

    def _on_remove(self, message: Message) -> None:
        self._session.remove(message.get("item"))

    def _on_set_duration(self, message: Message) -> None:
        """The length of a clip or sound that is behind an address, in seconds."""
        value = message.get("duration")

        def change(draft: Draft) -> Draft:
            pairs = list(draft.pairs)
            place = draft.index(message.get("item"))
            mark, item = pairs[place]
            pairs[place] = (mark, type(item)(item.source, item.role, duration=value))
            return draft.with_pairs(pairs)

        self._session.edit(change)


def text_of(message: Message, name: str) -> str:
    """A text of a message, which is a stranger's.

    Raises:
        InvalidRequestError: It has none of this name.
    """
    value = message.get(name)
    if not isinstance(value, str):
        raise InvalidRequestError(f"A message has no {name}; nothing was changed.")
    return value


def whole_of(message: Message, name: str) -> int:
    """A whole number of a message.

    Raises:
        InvalidRequestError: It has none of this name.
    """
    value = message.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidRequestError(f"A message has no {name}; nothing was changed.")
    return value
