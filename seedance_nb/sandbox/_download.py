"""Handing out clips: GET and HEAD with a signed URL, one byte range, an ETag."""

from __future__ import annotations

import hashlib
from email.utils import formatdate

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from seedance_nb.sandbox._core import Core
from seedance_nb.sandbox._links import LinkRefused, StoredObject, error_xml, parse_range
from seedance_nb.sandbox.scenario import Fault

_REFUSED = {
    "expired": LinkRefused(403, "AccessDenied", "Request has expired"),
    "unauthorized": LinkRefused(403, "AccessDenied", "Access denied"),
    "overdue": LinkRefused(403, "AccessDenied", "Access denied"),
    "not_found": LinkRefused(404, "NoSuchKey", "The specified key does not exist."),
    "rate_limit": LinkRefused(429, "ExceedAccountRateLimit", "Too many requests."),
    "quota": LinkRefused(429, "ExceedAccountRateLimit", "Too many requests."),
    "server_error": LinkRefused(500, "InternalError", "Internal error."),
}
MEDIA_TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "png": "image/png"}


async def respond(core: Core, scope: Scope, fault: Fault | None) -> Response:
    """The answer to a download, with the file, a part of it, or a refusal in XML."""
    headers = Headers(scope=scope)
    try:
        if scope["method"] not in ("GET", "HEAD"):
            raise LinkRefused(405, "MethodNotAllowed", "The specified method is not allowed.")
        if fault is not None and (refused := _refusal(fault)) is not None:
            raise refused
        stored = core.links.open(scope["path"], scope["query_string"].decode("latin-1"))
        data = await _read(core, stored)
        if fault is not None and fault.kind == "malformed":
            data = b"this is not the file you are looking for\n" * 10
        return _file(stored, data, headers, scope["method"] == "HEAD")
    except LinkRefused as refused:
        body = error_xml(refused, f"{core.serial():032x}")
        extra = {}
        if fault is not None and fault.retry_after is not None:
            extra["retry-after"] = f"{fault.retry_after:g}"
        return Response(b"" if scope["method"] == "HEAD" else body, refused.status, extra, "application/xml")


def _refusal(fault: Fault) -> LinkRefused | None:
    if fault.kind == "error":
        return LinkRefused(fault.status or 400, fault.code or "BadRequest", fault.message or "The request failed.")
    return _REFUSED.get(fault.kind)


async def _read(core: Core, stored: StoredObject) -> bytes:
    clip = await core.shelf.get(stored.task.spec)
    return clip.mp4 if stored.kind == "clip" else clip.last_frame


def _file(stored: StoredObject, data: bytes, headers: Headers, head_only: bool) -> Response:
    suffix = stored.key.rpartition(".")[2]
    etag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
    answer = {
        "accept-ranges": "bytes",
        "etag": etag,
        "last-modified": formatdate(stored.task.updated_at, usegmt=True),
    }
    wanted = headers.get("range")
    if headers.get("if-range") not in (None, etag):
        wanted = None
    try:
        part = parse_range(wanted, len(data))
    except LinkRefused as refused:
        body = error_xml(refused, stored.key.rpartition("/")[2])
        return Response(body, 416, answer | {"content-range": f"bytes */{len(data)}"}, "application/xml")
    status = 200
    if part is not None:
        answer["content-range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
        data, status = data[part.start : part.stop], 206
    answer["content-length"] = str(len(data))
    return Response(b"" if head_only else data, status, answer, MEDIA_TYPES[suffix])
