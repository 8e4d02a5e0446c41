"""Files that are uploaded to Atlas Cloud's temporary store, and the form they come in.

Source: Atlas Cloud, model page of Seedance 2.0 and AtlasCloudAI/mcp-server, `uploadMedia`, read 2026-11-20.
How long a file lives is not published; here until newer ones need the room.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections import OrderedDict
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from urllib.parse import quote

from seedance_nb.sandbox.dialects._atlas_errors import AtlasError

PART = "file"
KEPT_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """One file."""

    filename: str
    content_type: str
    data: bytes

    @property
    def kind(self) -> str:
        """`"image"`, `"video"` or `"audio"`."""
        return self.content_type.partition("/")[0]


def read_upload(content_type: str, body: bytes) -> Upload:
    """The part `file` of a `multipart/form-data` body.

    Raises:
        AtlasError: 400, it is no such body, has no such part, or the part is no medium.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_boundary()
    if header.get_content_type() != "multipart/form-data" or not boundary:
        raise AtlasError(400, "A multipart/form-data body is expected.")
    for part, data in _parts(body, boundary):
        if part.get_param("name", header="content-disposition") == PART:
            return _upload(part, data)
    raise AtlasError(400, f"Missing form part: {PART}.", param=PART)


def _parts(body: bytes, boundary: str) -> list[tuple[Message, bytes]]:
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise AtlasError(400, "The multipart body is incomplete.")
    found = []
    for piece in pieces[1:-1]:
        head, _, data = piece.partition(b"\r\n\r\n")
        found.append((message_from_string(head.decode("utf-8", "replace").lstrip()), data))
    return found


def _upload(part: Message, data: bytes) -> Upload:
    filename = (part.get_filename() or "").replace("\\", "/").rpartition("/")[2]
    if not filename or not data:
        raise AtlasError(400, "The uploaded file is empty or has no name.", param=PART)
    content_type = part.get_content_type()
    if content_type.partition("/")[0] not in ("image", "video", "audio"):
        content_type = mimetypes.guess_type(filename)[0] or ""
    if content_type.partition("/")[0] not in ("image", "video", "audio"):
        raise AtlasError(400, "Only images, videos and audio files can be uploaded.", param=PART)
    return Upload(filename, content_type, data)


class UploadShelf:
    """The files of a sandbox, in memory."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._uploads: OrderedDict[str, Upload] = OrderedDict()
        self._size = 0

    def add(self, upload: Upload, seed: str) -> str:
        """Keep a file; its name below the store's address."""
        key = hashlib.sha256(f"upload/{seed}".encode()).hexdigest()[:32]
        self._uploads[key] = upload
        self._size += len(upload.data)
        while self._size > self._kept_bytes and len(self._uploads) > 1:
            _, old = self._uploads.popitem(last=False)
            self._size -= len(old.data)
        return f"{key}/{quote(upload.filename, safe='')}"

    def get(self, name: str) -> Upload | None:
        """The file of a name that `add` gave, quoted or not."""
        return self._uploads.get(name.partition("/")[0])
