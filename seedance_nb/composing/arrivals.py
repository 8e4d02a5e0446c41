"""How media come to a draft: uploads from the browser, paths and addresses, kept clips."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from seedance_nb import catalog, media
from seedance_nb.composing._words import phrase
from seedance_nb.composing.draft import NAME_CHARS, Mark, new_id
from seedance_nb.composing.file_name import safe_name
from seedance_nb.composing.items import Lost
from seedance_nb.composing.kept import KeptClip
from seedance_nb.composing.shown import shown
from seedance_nb.composing.uploads import Upload, Uploads, kind_by_name
from seedance_nb.content import ROLES, Audio, Image, Media, MediaKind, Role, Source, Video
from seedance_nb.errors import InvalidRequestError, MediaError
from seedance_nb.media import previews

KINDS: Mapping[str, type[Image] | type[Video] | type[Audio]] = {"image": Image, "video": Video, "audio": Audio}
PROGRESS_S = 0.25
"""The least time between two reports of progress."""


class KindUnknownError(InvalidRequestError):
    """A source that does not show whether it is a picture, a clip or a sound."""


class Arrivals:
    """What is on its way into one draft.

    Args:
        folder: Where uploaded files are kept.
        add: Takes a mark and an item into the draft.
        clock: Seconds.
    """

    def __init__(self, folder: Path, add: Callable[[Mark, Media], object], clock: Callable[[], float]) -> None:
        self.folder = folder
        self._uploads = Uploads(folder, clock=clock)
        self._add = add
        self._clock = clock
        self._ids: dict[str, str] = {}
        self._roles: dict[str, Role | None] = {}
        self._reported_at = float("-inf")
        self.lost: list[Lost] = []
        """Uploads that did not arrive, until somebody takes them away."""

    @property
    def uploads(self) -> list[tuple[str, Upload]]:
        """The item ids and the files that are on their way."""
        return [(self._ids[upload.id], upload) for upload in self._uploads.all()]

    def begin(self, upload_id: str, name: str, size: int, mime: str, role: object, provider: str) -> str:
        """Expect a file; gives the id that its item will have.

        Raises:
            MediaError: It cannot be taken; nothing was written.
        """
        limits = {kind: limit.max_bytes for kind, limit in catalog.provider(provider).inputs.items()}
        self._uploads.begin(upload_id, name, size, mime, limits)
        self._ids[upload_id] = new_id()
        self._roles[upload_id] = next((known for known in ROLES if known == role), None)
        return self._ids[upload_id]

    def chunk(self, upload_id: str, offset: int, content: bytes | memoryview) -> bool:
        """Take a piece; gives whether it is time to report how far it is.

        Raises:
            MediaError: The upload is over; nothing of it was kept.
        """
        upload = self._find(upload_id)
        try:
            self._uploads.chunk(upload_id, offset, content)
        except MediaError as exc:
            self._lose(upload_id, upload, str(exc))
            raise
        if self._clock() - self._reported_at < PROGRESS_S:
            return False
        self._reported_at = self._clock()
        return True

    def end(self, upload_id: str) -> None:
        """Take a whole file into the draft.

        Raises:
            MediaError: It is not whole, or no picture, clip or sound; nothing of it was kept.
        """
        upload = self._find(upload_id)
        try:
            arrived = self._uploads.end(upload_id)
            kind = previews.kind_of(arrived.path)
            if kind is None:
                arrived.path.unlink(missing_ok=True)
                raise MediaError(
                    f"{upload.name!r} is not an image, clip or sound of a known format, whatever its name says. "
                    "Nothing was kept of it."
                )
        except MediaError as exc:
            self._lose(upload_id, upload, str(exc))
            raise
        made = KINDS[kind]
        role = self._roles.pop(upload_id)
        mark = Mark(self._ids.pop(upload_id), shown(upload.name, most=NAME_CHARS))
        self._add(mark, made(arrived.path, role if role in made.roles else None))

    def cancel(self, upload_id: str) -> None:
        """Give an upload up; nothing is left of it."""
        self._uploads.cancel(upload_id)
        self._ids.pop(upload_id, None)
        self._roles.pop(upload_id, None)

    def taken_away(self, item_id: object) -> bool:
        """Give up what is on its way, or forget what did not arrive, by the id of its item."""
        for upload_id, known in list(self._ids.items()):
            if known == item_id:
                self.cancel(upload_id)
                return True
        left = [lost for lost in self.lost if lost.id != item_id]
        found, self.lost = len(left) < len(self.lost), left
        return found

    def give_up_stale(self, language: str) -> bool:
        """Give up what stopped arriving; gives whether there was any."""
        stale = self._uploads.give_up_stale()
        for upload in stale:
            self._lose(upload.id, upload, phrase("upload.stale", language, name=upload.name))
        return bool(stale)

    def close(self) -> None:
        """Give everything up."""
        self._uploads.close()
        self._ids.clear()

    def _find(self, upload_id: str) -> Upload:
        return self._uploads.known(upload_id)

    def _lose(self, upload_id: str, upload: Upload, error: str) -> None:
        item_id = self._ids.get(upload_id, new_id())
        self.cancel(upload_id)
        self.lost.append(Lost(item_id, upload.name, upload.kind or "image", error))

    # -- what is there already --

    def source(self, text: str, kind: object, duration: float | None, language: str) -> None:
        """Take a path or an address into the draft.

        Raises:
            InvalidRequestError: It is no address that a provider takes, or does not show what kind of medium it is.
            MediaError: There is no such file, or it is no medium.
        """
        text = text.strip()
        if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
            text = text[1:-1]  # as file managers copy a path
        source = Source.of(text)
        name = shown(source.label, most=NAME_CHARS)
        found = kind if kind in KINDS else _kind_of(source)
        if found is None:
            raise KindUnknownError(phrase("source.kind_unknown", language, name=name))
        made = KINDS[str(found)]
        self._add(Mark(new_id(), name), made(source, duration=None if made is Image else duration))

    def kept(self, clip: KeptClip, what: object, language: str) -> None:
        """Take a kept clip, or its last frame, into the draft.

        Raises:
            InvalidRequestError: It has no last frame here.
            MediaError: Its file cannot be read.
        """
        label = shown(clip.label, most=NAME_CHARS)
        if clip.fetch is not None:
            clip.fetch()
        if what != "last_frame":
            self._add(Mark(new_id(), label, True), Video(Source.of(os.fspath(clip.clip)), duration=clip.duration))
            return
        frame = clip.last_frame
        if frame is None:
            if not clip.is_local:
                raise InvalidRequestError(phrase("kept.no_frame", language))
            frame = self._written(media.last_frame(clip.clip), f"{clip.local_id}-last-frame.png")
        name = phrase("kept.last_frame", language, label=label)
        self._add(Mark(new_id(), shown(name, most=NAME_CHARS), True), Image(Source.of(os.fspath(frame))))

    def _written(self, content: bytes, name: str) -> Path:
        """A file of ours beside those that were uploaded."""
        path = self.folder / f"{hashlib.sha256(content).hexdigest()[:16]}-{safe_name(name, most_bytes=200)}"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            part = self.folder / f"{secrets.token_hex(8)}.part"
            try:
                part.write_bytes(content)
                os.replace(part, path)
            finally:
                part.unlink(missing_ok=True)
        return path


def _kind_of(source: Source) -> MediaKind | None:
    if source.kind == "file":
        found = previews.kind_of(str(source.value))
        if found is None:
            raise MediaError(
                f"{source.label!r} is not an image, clip or sound of a known format, whatever its name says."
            )
        return found
    if source.kind == "data":
        return kind_by_name("", str(source.value).partition(":")[2][:40])
    return kind_by_name(urlsplit(str(source.value)).path) if source.kind == "url" else None
