"""EachLabs' file storage: a presigned URL to PUT to, and a public one to read from.

Signed in the manner of S3, for the headers that have to come with the file. A file lives until its day, on the
sandbox clock, or until it is deleted; nothing is written to disk.
Source: EachLabs, "Upload File" and "Delete File", 2026-08-21, read 2026-11-20. The texts of refused PUTs are S3's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from seedance_nb.sandbox._clock import Clock
from seedance_nb.sandbox._links import LinkRefused
from seedance_nb.sandbox.dialects._eachlabs_errors import EachLabsError
from seedance_nb.sandbox.scenario import SECONDS_A_DAY

LARGEST_FILE = 100 * 1024 * 1024
URL_SECONDS = 15 * 60
KEPT_SECONDS = 180 * SECONDS_A_DAY
LEAST_SECONDS, MOST_SECONDS = 60, 365 * SECONDS_A_DAY
FILE_TYPES = ("image", "video", "audio", "other")
FILE_ID = "x-amz-meta-file-id"

_SUFFIXES = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif", "video/mp4": ".mp4",
    "video/quicktime": ".mov", "audio/mpeg": ".mp3", "audio/wav": ".wav", "audio/x-wav": ".wav",
}  # fmt: skip


@dataclass(slots=True)
class StoredFile:
    """A file that was announced; its bytes are there once they were PUT."""

    id: str
    content_type: str
    issued_at: float
    dies_at: float
    data: bytes | None = None

    @property
    def name(self) -> str:
        """How its URLs end."""
        return f"uploads/{self.id}{_SUFFIXES.get(self.content_type.partition(';')[0].strip().lower(), '')}"


class Storage:
    """The files of a sandbox, by the end of their URLs."""

    def __init__(self, clock: Clock, upload_base: str, public_base: str) -> None:
        self._clock = clock
        self._upload_base, self._public_base = upload_base, public_base
        self._secret = secrets.token_bytes(32)
        self._files: dict[str, StoredFile] = {}

    def presign(self, body: Any, file_id: str) -> dict[str, Any]:
        """Announce a file; the answer to a presign request.

        Raises:
            EachLabsError: 400, the request makes no sense.
        """
        wanted = body if isinstance(body, dict) else {}
        content_type = wanted.get("content_type")
        if not isinstance(content_type, str) or not content_type:
            raise EachLabsError(400, "content_type is required")
        if not (content_type.isascii() and content_type.isprintable()):
            raise EachLabsError(400, "invalid argument", "content_type: a MIME type is expected")
        if wanted.get("file_type") not in (None, *FILE_TYPES):
            raise EachLabsError(400, "invalid argument", f"file_type: one of {', '.join(FILE_TYPES)} is expected")
        seconds = wanted.get("expires_in_seconds", KEPT_SECONDS)
        if not isinstance(seconds, int) or isinstance(seconds, bool):
            raise EachLabsError(400, "invalid argument", "expires_in_seconds: an integer is expected")
        now = self._clock.now()
        file = StoredFile(file_id, content_type, now, now + min(max(seconds, LEAST_SECONDS), MOST_SECONDS))
        self._files[file.name] = file
        query = self._query(file)
        return {
            "id": file.id,
            "presigned_url": f"{self._upload_base}/{file.name}?{urlencode(query)}",
            "public_url": f"{self._public_base}/{file.name}",
            "expires_at": stamp(file.dies_at),
            "required_headers": {FILE_ID: file.id},
        }

    def put(self, name: str, query: Sequence[tuple[str, str]], headers: Mapping[str, str], data: bytes) -> str:
        """Take the bytes of a file; their ETag.

        Raises:
            LinkRefused: The URL or the headers are not those that were signed, its time is over, or it is too large.
        """
        file = self._files.get(name)
        sent = dict(query)
        if "X-Amz-Signature" not in sent:
            raise LinkRefused(403, "AccessDenied", "Access Denied")
        signed = file is not None and sent == dict(self._query(file))
        if (
            file is None
            or not signed
            or (headers.get(FILE_ID), headers.get("content-type"))
            != (
                file.id,
                file.content_type,
            )
        ):
            raise LinkRefused(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method.",
            )
        if self._clock.now() >= file.issued_at + URL_SECONDS:
            raise LinkRefused(403, "AccessDenied", "Request has expired")
        if len(data) > LARGEST_FILE:
            raise too_large()
        file.data = data
        return etag(data)

    def read(self, name: str) -> StoredFile:
        """The file behind a public URL.

        Raises:
            LinkRefused: 404, it was not uploaded yet, or is gone.
        """
        file = self._files.get(name)
        if file is not None and self._clock.now() >= file.dies_at:
            del self._files[name]
            file = None
        if file is None or file.data is None:
            raise LinkRefused(404, "NoSuchKey", "The specified key does not exist.")
        return file

    def delete(self, file_id: str) -> None:
        """Forget a file; harmless if there is none.

        Raises:
            EachLabsError: 409, it was announced and its bytes are still awaited.
        """
        for name, file in tuple(self._files.items()):
            if file.id == file_id:
                if file.data is None:
                    raise EachLabsError(409, "conflict")
                del self._files[name]

    def _query(self, file: StoredFile) -> dict[str, str]:
        at = dt.datetime.fromtimestamp(int(file.issued_at), dt.UTC)
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"AKIASANDBOX/{at:%Y%m%d}/us-east-1/s3/aws4_request",
            "X-Amz-Date": f"{at:%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": str(URL_SECONDS),
            "X-Amz-SignedHeaders": f"content-type;host;{FILE_ID}",
        }
        text = "\n".join((file.name, file.id, file.content_type, *query.values()))
        return query | {"X-Amz-Signature": hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()}


def too_large() -> LinkRefused:
    """The refusal of a file above 100 MB."""
    return LinkRefused(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")


def etag(data: bytes) -> str:
    """As S3 has it for a file that came in one piece."""
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def stamp(at: float) -> str:
    """A time of the sandbox clock in ISO 8601."""
    return f"{dt.datetime.fromtimestamp(at, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
