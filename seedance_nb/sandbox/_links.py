"""Signed URLs in the manner of TOS, the object store Ark hands clips out from.

The query is checked byte for byte: a client that takes it apart and puts it together again gets 403,
as it may at the real store. Objects die 24 h after they were made, URLs when their own time is over.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from seedance_nb.sandbox._clock import Clock
from seedance_nb.sandbox._tasks import SandboxTask
from seedance_nb.sandbox.scenario import SECONDS_A_DAY

ObjectKind = Literal["clip", "last_frame"]
PREFIX = "/tos"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A file that can be downloaded: which task made it, and until when it lives."""

    key: str
    task: SandboxTask
    kind: ObjectKind
    dies_at: float


class LinkRefused(Exception):
    """The store does not serve this URL."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Links:
    """The objects of the sandbox and their signed URLs."""

    def __init__(self, clock: Clock, base: str) -> None:
        self._clock = clock
        self._base = base
        self._secret = secrets.token_bytes(32)
        self._objects: dict[str, StoredObject] = {}
        self._signed: dict[str, tuple[float, int]] = {}

    def url(self, task: SandboxTask, kind: ObjectKind, *, folder: str, suffix: str, life: float) -> str:
        """A signed URL for a file of an ended task.

        The same one at each call, until it has expired while the object still lives: then a fresh one.
        """
        name = hashlib.sha256(f"{task.id}/{kind}".encode() + self._secret).hexdigest()[:52]
        key = f"{PREFIX}/{folder}/02{name}.{suffix}"
        ended = task.ended_at if task.ended_at is not None else task.updated_at
        stored = self._objects.setdefault(key, StoredObject(key, task, kind, ended + SECONDS_A_DAY))
        now = self._clock.now()
        signed_at, seconds = self._signed.get(key, (ended, int(life)))
        if signed_at + seconds <= now < stored.dies_at:
            signed_at, seconds = now, int(life)
        self._signed[key] = (signed_at, seconds)
        return f"{self._base}{key}?{self._query(key, signed_at, seconds)}"

    def open(self, path: str, query: str) -> StoredObject:
        """The object a URL asks for.

        Raises:
            LinkRefused: The signature is not ours, or its time is over, or the object is gone.
        """
        stored = self._objects.get(path)
        pairs = dict(part.partition("=")[::2] for part in query.split("&"))
        try:
            at = dt.datetime.strptime(pairs["X-Tos-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC).timestamp()
            seconds = int(pairs["X-Tos-Expires"])
        except (KeyError, ValueError):
            raise LinkRefused(403, "AccessDenied", "The request is not signed.") from None
        if not hmac.compare_digest(query.encode(), self._query(path, at, seconds).encode()):
            raise LinkRefused(
                403, "SignatureDoesNotMatch", "The signature does not match: the query must stay byte for byte."
            )
        if self._clock.now() >= at + seconds:
            raise LinkRefused(403, "AccessDenied", "Request has expired")
        if stored is None or self._clock.now() >= stored.dies_at:
            raise LinkRefused(404, "NoSuchKey", "The specified key does not exist.")
        return stored

    def _query(self, key: str, at: float, seconds: int) -> str:
        stamp = dt.datetime.fromtimestamp(int(at), dt.UTC)
        credential = quote(f"AKLTsandbox/{stamp:%Y%m%d}/cn-beijing/tos/request", safe="")
        head = (
            f"X-Tos-Algorithm=TOS4-HMAC-SHA256&X-Tos-Credential={credential}"
            f"&X-Tos-Date={stamp:%Y%m%dT%H%M%SZ}&X-Tos-Expires={seconds}&X-Tos-SignedHeaders=host"
        )
        signature = hmac.new(self._secret, f"{key}?{head}".encode(), hashlib.sha256).hexdigest()
        return f"{head}&X-Tos-Signature={signature}"


def error_xml(refused: LinkRefused, request_id: str) -> bytes:
    """The body of a refusal, as the store writes it."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{refused.code}</Code><Message>{refused}</Message><RequestId>{request_id}</RequestId></Error>"
    ).encode()


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a file that a `Range` header asks for."""

    start: int
    stop: int


def parse_range(header: str | None, size: int) -> Slice | None:
    """The slice of a single byte range; None where the header is absent or not ours to honour.

    Raises:
        LinkRefused: 416, the range lies outside the file.
    """
    if header is None or not header.startswith("bytes=") or "," in header:
        return None
    first, dash, last = header.removeprefix("bytes=").strip().partition("-")
    if not dash or not (first or last) or not (first + last).isdecimal():
        return None
    if first:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return None
    else:
        start, stop = max(size - int(last), 0), size
    if start >= stop:
        raise LinkRefused(416, "InvalidRange", "The requested range is not satisfiable.")
    return Slice(start, stop)
