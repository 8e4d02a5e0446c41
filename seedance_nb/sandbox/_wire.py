"""The connections below HTTP: closing one without an answer is something no ASGI message can say."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import Any

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


class Wire:
    """The open connections of a server, by the address of the client."""

    def __init__(self) -> None:
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """A protocol class for uvicorn that keeps this register, and no access log."""
        wire = self

        class SandboxProtocol(H11Protocol):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.access_log = False

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                wire._transports[_address(transport)] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                wire._transports.pop(_address(self.transport), None)
                super().connection_lost(exc)

        return SandboxProtocol

    async def cut(self, scope: Scope, receive: Receive, *, gently: bool = False) -> None:
        """Close the connection of a request; `gently` lets bytes that were written leave first."""
        client = scope.get("client")
        transport = self._transports.get((str(client[0]), int(client[1]))) if client else None
        if transport is None:
            return
        if gently:
            transport.close()
        else:
            transport.abort()
        await until_gone(receive)


async def until_gone(receive: Receive) -> None:
    """Wait until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _address(transport: asyncio.Transport) -> tuple[str, int]:
    name = transport.get_extra_info("peername") or ("", 0)
    return str(name[0]), int(name[1])


class QuietThread(logging.Filter):
    """Drops what one thread logs: a sandbox beside a notebook has nothing to say to its log."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record comes from elsewhere."""
        return record.thread != self.thread
