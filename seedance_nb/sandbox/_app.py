"""The sandbox as an ASGI application: dialects, downloads, control, and the faults between them."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedance_nb.sandbox import _control, _download
from seedance_nb.sandbox._core import Arrival, Core
from seedance_nb.sandbox._links import PREFIX
from seedance_nb.sandbox._wire import Wire, until_gone
from seedance_nb.sandbox.dialects import DIALECTS, Call, Dialect, Reply, load
from seedance_nb.sandbox.scenario import Fault

log = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes. Source: Ark, "request body at most 64 MB" (82379/1520757), read 2026-11-20."""
REFUSALS = frozenset(
    {"unauthorized", "overdue", "rate_limit", "quota", "server_error", "moderation", "not_found", "error"}
)
MARK = (b"x-seedance-sandbox", b"1")


class TooLarge(Exception):
    """A body above the limit; it was read to its end and dropped."""


class SandboxApp:
    """One ASGI application for all dialects of a `Core`."""

    def __init__(self, core: Core, wire: Wire) -> None:
        self._core = core
        self._wire = wire
        self._dialects = {name: load(name, core) for name in DIALECTS}

    @property
    def base_paths(self) -> dict[str, str]:
        """By provider: what its base URL has after host and port."""
        return {name: dialect.base_path for name, dialect in self._dialects.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        started = False

        async def marked(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", []), MARK]
            await send(message)

        try:
            await self._route(scope, receive, marked)
        except Exception:
            log.exception("The sandbox failed to answer %s %s.", scope["method"], scope["path"])
            if started:
                await self._wire.cut(scope, receive)
            else:
                await JSONResponse({"error": "the sandbox itself failed; see its log"}, 500)(scope, receive, marked)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path == "/sandbox" or path.startswith("/sandbox/"):
            await _control.answer(self._core, scope, receive, send)
        elif path.startswith(f"{PREFIX}/"):
            await self._download(scope, receive, send)
        else:
            dialect = self._dialect_of(path)
            if dialect is None:
                await JSONResponse({"error": f"the sandbox has nothing at {path}"}, 404)(scope, receive, send)
            else:
                await self._talk(dialect, scope, receive, send)

    def _dialect_of(self, path: str) -> Dialect | None:
        for dialect in self._dialects.values():
            if any(path == prefix or path.startswith(f"{prefix}/") for prefix in dialect.prefixes):
                return dialect
        return None

    # -- requests of a dialect --

    async def _talk(self, dialect: Dialect, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        operation = dialect.operation(method, path)
        arrival = self._core.arrive(operation, method, path)
        fault = self._core.faults.take(operation) if operation else None
        if await self._unanswered(fault, arrival, scope, receive):
            return
        kind = fault.kind if fault else ""
        reply = await self._reply(dialect, operation, fault, scope, receive)
        if kind == "reset":
            await self._wire.cut(scope, receive)
            return
        arrival.status = 200 if kind in {"malformed", "truncated"} else reply.status
        await _response(reply, fault)(scope, receive, send)

    async def _unanswered(self, fault: Fault | None, arrival: Arrival, scope: Scope, receive: Receive) -> bool:
        if fault is None:
            return False
        arrival.fault = fault.kind
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault.kind == "drop":
            await self._wire.cut(scope, receive)
            return True
        elif fault.kind == "hang":
            await self._hang(scope, receive)
            return True
        return False

    async def _hang(self, scope: Scope, receive: Receive) -> None:
        gone = asyncio.ensure_future(until_gone(receive))
        closing = asyncio.ensure_future(self._core.closing.wait())
        await asyncio.wait([gone, closing], return_when=asyncio.FIRST_COMPLETED)
        closing.cancel()
        if not gone.done():
            gone.cancel()
            await self._wire.cut(scope, receive)

    async def _reply(
        self, dialect: Dialect, operation: str, fault: Fault | None, scope: Scope, receive: Receive
    ) -> Reply:
        too_large = False
        body = b""
        try:
            # A dialect with uploads of its own may take more than Ark does.
            body = await read_body(receive, getattr(dialect, "largest_body", LARGEST_BODY))
        except TooLarge:
            too_large = True
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = QueryParams(scope["query_string"]).multi_items()
        call = Call(
            operation,
            scope["method"],
            scope["path"],
            query,
            headers,
            body,
            self._core.serial(),
            self._core.clock.now(),
            fault.word if fault is not None and fault.kind == "spelling" else "",
        )
        if fault is not None and fault.kind in REFUSALS:
            return dialect.refuse(call, fault)
        return dialect.too_large(call) if too_large else await dialect.handle(call)

    # -- downloads --

    async def _download(self, scope: Scope, receive: Receive, send: Send) -> None:
        arrival = self._core.arrive("download", scope["method"], scope["path"])
        fault = self._core.faults.take("download")
        if await self._unanswered(fault, arrival, scope, receive):
            return
        response: ASGIApp = await _download.respond(self._core, scope, fault)
        arrival.status = getattr(response, "status_code", None)
        if fault is None or fault.kind not in {"truncated", "stall", "reset"}:
            await response(scope, receive, send)
            return
        if fault.kind != "reset" and isinstance(response, Response) and response.status_code < 300:
            await _half(response, send)
            if fault.kind == "stall":
                await self._hang(scope, receive)
                return
        await self._wire.cut(scope, receive, gently=True)


async def _half(response: Response, send: Send) -> None:
    body = bytes(response.body)
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def read_body(receive: Receive, limit: int = LARGEST_BODY) -> bytes:
    """The whole body.

    Raises:
        TooLarge: After reading it to its end, so that the client can finish writing and read the answer.
    """
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        piece = message.get("body", b"")
        size += len(piece)
        if size <= limit:
            pieces.append(piece)
        else:
            pieces.clear()
        if not message.get("more_body", False):
            break
    if size > limit:
        raise TooLarge
    return b"".join(pieces)


def _response(reply: Reply, fault: Fault | None) -> Response:
    kind = fault.kind if fault else ""
    headers = dict(reply.headers)
    if kind == "malformed":
        return Response("<html><body>upstream sent something else</body></html>", 200, headers, "text/html")
    if isinstance(reply.body, bytes):
        return Response(reply.body, reply.status, headers)
    body = disguise(reply.body, fault.word) if fault and kind == "unknown_status" else reply.body
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    if kind == "truncated":
        return Response(data[: len(data) // 2], 200, headers, "application/json")
    return Response(data, reply.status, headers, "application/json")


def disguise(body: Any, word: str) -> Any:
    """A JSON answer in which every status is another word."""
    if isinstance(body, dict):
        return {key: word if key == "status" else disguise(value, word) for key, value in body.items()}
    if isinstance(body, list):
        return [disguise(item, word) for item in body]
    return body
