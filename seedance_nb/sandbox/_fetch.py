"""The two things the sandbox asks of the network: media that a request names, and callbacks.

Only https, and plain http on loopback. A redirect is followed by hand under the same rule, and never
from a public host into a private network. Blocking; the server runs it in threads.
"""

from __future__ import annotations

import ipaddress
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

TIMEOUT = 5.0
"""Seconds. Source: Ark FAQ 6390/1359411, "download of media has a hard time limit", read 2026-11-20."""
HOPS = 3
KEPT_ANSWER = 1024
"""Bytes of a receiver's answer that are kept."""


class FetchError(Exception):
    """The URL could not be read under the rules."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a callback."""

    status: int | None = None
    """What the receiver answered; None if nothing came."""
    text: str = ""
    """The beginning of its answer."""
    error: str = ""
    """Why there is no answer."""

    @property
    def ok(self) -> bool:
        """Whether the receiver took it: 2xx, in time."""
        return self.status is not None and 200 <= self.status < 300


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address means this machine, judged without asking a name server."""
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str | None:
    """The host a URL names, None if it names none or is no URL."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # a bad one shows only when it is read
    except ValueError:
        return None
    return parts.hostname


def is_allowed(url: str) -> bool:
    """Whether the sandbox would connect to this URL at all."""
    host = host_of(url)
    scheme = url.partition(":")[0].lower()
    return bool(host) and (scheme == "https" or (scheme == "http" and is_loopback(host)))


def get(url: str, *, limit: int, timeout: float = TIMEOUT) -> bytes:
    """The body behind `url`.

    Raises:
        FetchError: Not allowed, not there, too large, or slower than `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    public = not is_loopback(host_of(url))
    for hop in range(HOPS + 1):
        if not is_allowed(url):
            raise FetchError("only https is fetched, and http from this machine")
        if hop and public and not _is_public(host_of(url)):
            raise FetchError("a redirect left the public network")
        try:
            with _opener(url).open(_request(url), timeout=timeout) as answer:
                return _read(answer, limit, deadline)
        except urllib.error.HTTPError as exc:
            exc.close()
            target = exc.headers.get("Location")
            if exc.code not in {301, 302, 303, 307, 308} or not target:
                raise FetchError(f"HTTP {exc.code}") from exc
            url = _joined(url, target)
        except (OSError, HTTPException, ValueError) as exc:
            raise FetchError(type(exc).__name__) from exc
    raise FetchError("too many redirects")


def post(url: str, body: bytes, headers: dict[str, str], *, timeout: float = TIMEOUT) -> Posted:
    """Send a callback; whether the receiver answered with 2xx in time, and what it said."""
    if not is_allowed(url):
        return Posted(error="only https is called, and http on this machine")
    request = _request(url, data=body, headers=headers)
    try:
        with _opener(url).open(request, timeout=timeout) as answer:
            return Posted(int(answer.status), _beginning(answer))
    except urllib.error.HTTPError as exc:
        with exc:
            return Posted(exc.code, _beginning(exc))
    except (OSError, HTTPException, ValueError) as exc:
        return Posted(error=type(exc).__name__)


def _beginning(answer: Any) -> str:
    try:
        return str(answer.read1(KEPT_ANSWER).decode("utf-8", "replace"))
    except (OSError, HTTPException, ValueError):
        return ""  # the status alone decides


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError:
        return ""


def _request(url: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> urllib.request.Request:
    return urllib.request.Request(url, data=data, headers={"User-Agent": "seedance-nb-sandbox"} | (headers or {}))  # noqa: S310 - checked by is_allowed


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def _opener(url: str) -> urllib.request.OpenerDirector:
    # Put together by hand: the default opener also reads file:, ftp: and data:.
    opener = urllib.request.OpenerDirector()
    handlers: list[Any] = [
        urllib.request.ProxyHandler({} if is_loopback(host_of(url)) else None),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        _NoRedirect(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ]
    for handler in handlers:
        opener.add_handler(handler)
    return opener


def _read(answer: Any, limit: int, deadline: float) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := answer.read1(65_536):
        size += len(piece)
        if size > limit:
            raise FetchError(f"larger than {limit:,} bytes")
        if time.monotonic() > deadline:
            raise FetchError("timed out")
        pieces.append(piece)
    length = answer.headers.get("Content-Length")
    if length is not None and length.isdecimal() and size < int(length):
        raise FetchError("the connection closed early")
    return b"".join(pieces)


def _is_public(host: str | None) -> bool:
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return False
    return all(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_global for entry in found)
