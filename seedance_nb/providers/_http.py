"""The one place where API requests meet the network.

Reading is repeated with back-off, jitter and `Retry-After`. Creating is not: no provider has an
idempotency key, so that a repeated create may be a second clip on the bill. Whatever the HTTP
library raises leaves here as one of our errors, which says whether the request had left.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import json
import logging
import os
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import httpx
import stamina

from seedance_nb.address import is_loopback
from seedance_nb.errors import (
    ConfigurationError,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailableError,
    RateLimitError,
    ResponseFormatError,
    StatusError,
    TransportError,
)
from seedance_nb.providers.keys import fingerprint
from seedance_nb.providers.public import refusal
from seedance_nb.redaction import bare_url, guard_logs, redact

log = logging.getLogger("seedance_nb.providers")

CONNECT_TIMEOUT = 20.0
READ_TIMEOUT = 30.0
UPLOAD_TIMEOUT = 300.0
PIECE = 256 * 1024
CREATE_TIMEOUT = 90.0
"""Ark reads all media behind URLs before it answers a create, so this is longer."""
SLOWEST = 4096.0
"""Bytes a second that a request's own body is given at least, on top of the time for its answer."""
MAX_ANSWER = 16 * 1024 * 1024
READ_ATTEMPTS = 4
LONGEST_RETRY_AFTER = 60.0

Params = Sequence[tuple[str, str]]
ErrorOf = Callable[["Answer"], StatusError]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read whole."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)
    """May hold signed addresses, and is in no representation."""

    def json(self) -> Any:
        """The body as JSON; raises `ValueError` where it is none."""
        return json.loads(self.text)


@functools.cache
def tls() -> ssl.SSLContext:
    """One context for all clients; loading the authorities costs 20 ms each time."""
    return httpx.create_ssl_context()


def checked_base_url(url: str) -> str:
    """The base URL without a final slash, if a key may be sent to it.

    Raises:
        ConfigurationError: It is no address, or not encrypted and not on this machine.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise ConfigurationError(
            f"{redact(url)!r} is not a base URL. It looks like https://host/api/v3, without user, password or query."
        )
    if parts.scheme == "http" and not is_loopback(url):
        raise ConfigurationError(
            f"http://{parts.hostname}/… would carry the API key unencrypted. Use https://; "
            "plain http is for the sandbox on this machine only. Nothing was sent."
        )
    return url.rstrip("/")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or a date."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - dt.datetime.now(dt.UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER) if seconds == seconds else None


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


class Http:
    """Requests to one provider at one address, with one key; an empty one is not sent, for what needs none."""

    def __init__(
        self,
        provider: str,
        base_url: str,
        key: str,
        *,
        error_of: ErrorOf,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        guard_logs()
        self.provider = provider
        self.base_url = checked_base_url(base_url)
        self.account = fingerprint(key)
        """Whose key it is, without being it."""
        self._key = key
        self._error_of = error_of
        local = is_loopback(self.base_url)
        options: dict[str, Any] = {
            "headers": {
                "Accept": "application/json",
                "User-Agent": "seedance-nb",
                **({"Authorization": f"Bearer {key}"} if key else {}),
                **(headers or {}),
            },
            "follow_redirects": False,
            "trust_env": not local,
            "verify": True if local else tls(),
            "transport": transport,
        }
        if local and transport is None:
            options["verify"] = False  # plain http; saves loading the authorities
        # More than four connections make this client slower, not faster: it looks at all of them for each request.
        self._reader = httpx.AsyncClient(
            timeout=httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT),
            limits=httpx.Limits(max_connections=4, max_keepalive_connections=4, keepalive_expiry=30.0),
            **options,
        )
        # Each create has a fresh connection: one that the server closed in the same moment looks like a lost answer.
        self._creator = httpx.AsyncClient(
            timeout=httpx.Timeout(CREATE_TIMEOUT, connect=CONNECT_TIMEOUT),
            limits=httpx.Limits(max_connections=4, max_keepalive_connections=0),
            **options,
        )

    def __repr__(self) -> str:
        return f"Http({self.provider}, {bare_url(self.base_url)})"

    async def create(self, path: str, body: Mapping[str, object]) -> Answer:
        """POST once. Only a connection that was never made is tried again."""

        def never_left(exc: Exception) -> bool:
            return isinstance(exc, TransportError) and not exc.may_have_been_created

        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        async for attempt in stamina.retry_context(never_left, attempts=3, timeout=None, wait_initial=0.3, wait_max=2):
            with attempt:
                return await self._send(
                    self._creator, "POST", path, content=content, headers={"Content-Type": "application/json"}
                )
        raise AssertionError("unreachable")  # pragma: no cover

    async def post(self, path: str, body: Mapping[str, object]) -> Answer:
        """POST what creates no task, and may be sent again."""
        content = json.dumps(body).encode()
        return await self._again("POST", path, content=content, headers={"Content-Type": "application/json"})

    async def upload(self, path: str, file: BinaryIO, *, name: str, mime: str) -> Answer:
        """POST a file as multipart form data, in the part `file`, a piece at a time."""
        return await self._again("POST", path, files={"file": (name, file, mime)})

    async def put(self, url: str, file: BinaryIO, *, headers: Mapping[str, str]) -> None:
        """PUT a file, a piece at a time, to an address that the provider named.

        It goes without the key, which is not for whoever that is.

        Raises:
            ProviderError: The address is not one we go to, or the file did not arrive.
        """
        reason = await asyncio.to_thread(refusal, url, loopback=is_loopback(self.base_url))
        if reason is not None:
            raise ResponseFormatError(
                f"{self.provider} named {reason}, to put a file to. It was not sent, and nothing was created.",
                provider=self.provider,
            )
        local = is_loopback(url)
        options: dict[str, Any] = {"trust_env": not local, "verify": False if local else tls()}
        async with httpx.AsyncClient(timeout=UPLOAD_TIMEOUT, follow_redirects=False, **options) as client:
            try:
                length = {"Content-Length": str(file.seek(0, os.SEEK_END))}
                answer = await client.put(url, content=_pieces(file), headers={**headers, **length})
            except httpx.HTTPError as exc:
                raise self._transport_error(exc, None) from None
        if answer.status_code >= 300:
            raise ResponseFormatError(
                f"The storage of {self.provider} answered {answer.status_code} to a file. Nothing was created.",
                provider=self.provider,
            )

    async def once(self, method: str, path: str, *, task_id: str | None = None) -> Answer:
        """Send a request that must not be repeated: a second DELETE may meet a task that has ended meanwhile."""
        return await self._send(self._reader, method, path, task_id=task_id)

    async def read(self, method: str, path: str, *, params: Params = (), task_id: str | None = None) -> Answer:
        """GET, and ask again while the trouble looks passing."""
        return await self._again(method, path, params=params, task_id=task_id)

    async def _again(self, method: str, path: str, **parts: Any) -> Answer:

        def passing(exc: Exception) -> bool | float:
            if isinstance(exc, RateLimitError):
                return exc.retry_after if exc.retry_after is not None else True
            return isinstance(exc, ProviderUnavailableError | TransportError)

        async for attempt in stamina.retry_context(
            passing, attempts=READ_ATTEMPTS, timeout=None, wait_initial=0.5, wait_max=8, wait_jitter=0.5
        ):
            with attempt:
                return await self._send(self._reader, method, path, **parts)
        raise AssertionError("unreachable")  # pragma: no cover

    async def _send(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        *,
        params: Params = (),
        content: bytes | None = None,
        files: Mapping[str, tuple[str, BinaryIO, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        task_id: str | None = None,
    ) -> Answer:
        url = self.base_url + path
        patience = CREATE_TIMEOUT if client is self._creator else READ_TIMEOUT
        try:
            # The library's own time-outs are for each piece of an answer: one that drips would go on for ever.
            async with asyncio.timeout(None if files else len(content or b"") / SLOWEST + patience) as deadline:

                async def trace(event: str, _: object) -> None:
                    if event.endswith("send_request_body.complete") and not files:
                        deadline.reschedule(asyncio.get_running_loop().time() + patience)

                async with client.stream(
                    method,
                    url,
                    params=list(params),
                    content=content,
                    files=files,
                    headers=headers,
                    extensions={"trace": trace},
                ) as response:
                    answer = await self._read_whole(response, task_id)
        except TimeoutError:
            raise ProviderTimeout(
                f"{self.provider} at {urlsplit(self.base_url).netloc} had not answered whole after {patience:g} s.",
                provider=self.provider,
                task_id=task_id,
                may_have_been_created=True,
            ) from None
        except httpx.HTTPError as exc:
            raise self._transport_error(exc, task_id) from None
        log.debug("%s %s %s -> %s", self.provider, method, path, answer.status_code)
        if answer.status_code >= 300:
            error = self._error_of(answer)
            error.task_id = task_id
            raise error
        return answer

    async def _read_whole(self, response: httpx.Response, task_id: str | None) -> Answer:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > MAX_ANSWER:
                raise ResponseFormatError(
                    f"{self.provider} answered with more than {MAX_ANSWER // 1024**2} MiB, which no page describes. "
                    "The answer was dropped; the task, if there is one, goes on.",
                    provider=self.provider,
                    task_id=task_id,
                )
            chunks.append(chunk)
        text = b"".join(chunks).decode("utf-8", "replace")
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, text)

    def _transport_error(self, exc: httpx.HTTPError, task_id: str | None) -> ProviderError:
        host = urlsplit(self.base_url).netloc
        never_left = isinstance(
            exc, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol
        )
        said = redact(str(exc), keys=(self._key,)) or type(exc).__name__
        kind = ProviderTimeout if isinstance(exc, httpx.TimeoutException) else TransportError
        if never_left:
            message = f"No connection to {self.provider} at {host}: {said}. Nothing was sent."
        else:
            message = f"The connection to {self.provider} at {host} broke before the answer was read: {said}."
        return kind(message, provider=self.provider, task_id=task_id, may_have_been_created=not never_left)

    def json(self, answer: Answer, *, task_id: str | None = None) -> Any:
        """The answer's body as JSON.

        Raises:
            ResponseFormatError: It is none.
        """
        try:
            return answer.json()
        except (ValueError, RecursionError):
            raise ResponseFormatError(
                f"{self.provider} answered {answer.status_code} with something that is not JSON.",
                provider=self.provider,
                task_id=task_id,
                request_id=answer.headers.get("x-request-id"),
            ) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._reader.aclose()
        await self._creator.aclose()
