"""Files that come from a browser in pieces: written beside their place, hashed on the way, put there when whole.

A file that does not arrive leaves nothing. Its name is a stranger's.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from seedance_nb.composing.file_name import MOST_BYTES, safe_name
from seedance_nb.content import MediaKind
from seedance_nb.errors import MediaError

CHUNK_BYTES = 1024 * 1024
"""The most bytes of one piece: a message of more than 10 MiB closes the connection to the kernel."""
STALE_S = 600.0
"""Seconds without a piece after which a browser is taken to be gone."""
_ORPHAN_S = 3600.0
"""Age in seconds of a part that a kernel must have left behind."""
_PREFIX = 16
_KINDS: Mapping[str, MediaKind] = {
    **dict.fromkeys(("png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff", "gif", "heic", "heif"), "image"),
    **dict.fromkeys(("mp4", "mov", "m4v", "webm", "mkv", "avi"), "video"),
    **dict.fromkeys(("wav", "mp3", "m4a", "aac", "flac", "ogg"), "audio"),
}


def kind_by_name(name: str, mime: str = "") -> MediaKind | None:
    """What a name, or the type that a browser gives, says a file is."""
    said = mime.partition("/")[0].lower()
    if said in {"image", "video", "audio"}:
        return said  # type: ignore[return-value]
    found = re.search(r"\.([A-Za-z0-9]{1,5})\Z", name)
    return _KINDS.get(found[1].lower()) if found else None


@dataclass(slots=True)
class Upload:
    """One file on its way."""

    id: str
    name: str
    """Safe, and fit to be shown."""
    size: int
    """Bytes that were announced."""
    kind: MediaKind | None
    part: Path
    file: BinaryIO = field(repr=False)
    heard_at: float
    received: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256, repr=False)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that is whole and in its place."""

    path: Path
    sha256: str


class Uploads:
    """The files that are on their way to one folder."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is on its way, and nothing is written yet.

        Args:
            folder: Where files are put; made when the first one comes.
            clock: Seconds, for finding out who stopped sending.
        """
        self.folder = folder
        self._clock = clock
        self._open: dict[str, Upload] = {}

    def all(self) -> list[Upload]:
        """Every file that is on its way."""
        return list(self._open.values())

    def begin(self, upload_id: str, name: str, size: int, mime: str, limits: Mapping[MediaKind, int]) -> Upload:
        """Expect a file.

        Args:
            upload_id: By which its pieces are known.
            name: As the browser says.
            size: In bytes.
            mime: As the browser says; may be empty.
            limits: The most bytes of each kind.

        Raises:
            MediaError: It is empty, too large, announced already, or there is no room for it. Nothing was written.
        """
        if upload_id in self._open:
            raise MediaError("That upload has begun already.")
        shown = safe_name(name, most_bytes=MOST_BYTES - _PREFIX - 1)
        kind = kind_by_name(shown, mime)
        most = limits[kind] if kind is not None else max(limits.values())
        if size <= 0:
            raise MediaError(f"{shown!r} is empty. Nothing was uploaded.")
        if size > most:
            raise MediaError(
                f"{shown!r} has {size:,} bytes, and at most {most:,} are taken here. Nothing was uploaded. "
                "Save it smaller, or use an https:// address."
            )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._sweep_orphans()
            part = self.folder / f"{secrets.token_hex(8)}.part"
            file = open(part, "xb")  # noqa: SIM115  it stays open from message to message
        except OSError as exc:
            raise MediaError(f"{shown!r} cannot be written to {self.folder.name!r}: {exc.strerror}.") from exc
        upload = Upload(upload_id, shown, size, kind, part, file, self._clock())
        self._open[upload_id] = upload
        return upload

    def chunk(self, upload_id: str, offset: int, content: bytes | memoryview) -> Upload:
        """Take the next piece.

        Raises:
            MediaError: It is not the next one, too large, or cannot be written; the upload is over and left nothing.
        """
        upload = self.known(upload_id)
        length = memoryview(content).nbytes
        try:
            if offset != upload.received:
                raise MediaError(
                    f"A piece of {upload.name!r} came out of order: from byte {offset:,} instead of "
                    f"{upload.received:,}. Nothing was kept; add the file again."
                )
            if not 0 < length <= CHUNK_BYTES or upload.received + length > upload.size:
                raise MediaError(f"A piece of {upload.name!r} has a wrong size. Nothing was kept; add the file again.")
            upload.file.write(content)
        except MediaError:
            self.cancel(upload_id)
            raise
        except OSError as exc:
            self.cancel(upload_id)
            raise MediaError(f"{upload.name!r} could not be written: {exc.strerror}. Nothing was kept of it.") from exc
        upload.digest.update(content)
        upload.received += length
        upload.heard_at = self._clock()
        return upload

    def end(self, upload_id: str) -> Arrived:
        """Put a whole file in its place; one of the same content that is there already is used.

        Raises:
            MediaError: Something is missing, or it cannot be written; nothing was kept.
        """
        upload = self.known(upload_id)
        if upload.received != upload.size:
            self.cancel(upload_id)
            raise MediaError(
                f"{upload.name!r} is not whole: {upload.received:,} of {upload.size:,} bytes came. "
                "Nothing was kept; add the file again."
            )
        digest = upload.digest.hexdigest()
        try:
            upload.file.close()
            path = self._same(digest, upload.size)
            if path is None:
                path = self.folder / f"{digest[:_PREFIX]}-{upload.name}"
                os.replace(upload.part, path)
        except OSError as exc:
            raise MediaError(f"{upload.name!r} could not be put in its place: {exc.strerror}.") from exc
        finally:
            self.cancel(upload_id)
        return Arrived(path, digest)

    def cancel(self, upload_id: str) -> None:
        """Give a file up; nothing is left of it. One that is not known is no error."""
        upload = self._open.pop(upload_id, None)
        if upload is not None:
            with contextlib.suppress(OSError):
                upload.file.close()
            with contextlib.suppress(OSError):
                upload.part.unlink(missing_ok=True)

    def give_up_stale(self) -> list[Upload]:
        """Give up every file of which nothing came for ten minutes."""
        now = self._clock()
        stale = [upload for upload in self._open.values() if now - upload.heard_at >= STALE_S]
        for upload in stale:
            self.cancel(upload.id)
        return stale

    def close(self) -> None:
        """Give everything up."""
        for upload_id in list(self._open):
            self.cancel(upload_id)

    def known(self, upload_id: str) -> Upload:
        """A file that is on its way.

        Raises:
            MediaError: It is not, or not any more.
        """
        if upload_id not in self._open:
            raise MediaError("That upload was given up, or never began. Add the file again.")
        return self._open[upload_id]

    def _same(self, digest: str, size: int) -> Path | None:
        for path in self.folder.glob(f"{digest[:_PREFIX]}-*"):
            # A person may have changed the file since.
            if path.is_file() and not path.is_symlink() and path.stat().st_size == size and _sha256(path) == digest:
                return path
        return None

    def _sweep_orphans(self) -> None:
        for part in self.folder.glob("*.part"):
            with contextlib.suppress(OSError):
                if time.time() - part.stat().st_mtime > _ORPHAN_S:
                    part.unlink()


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
