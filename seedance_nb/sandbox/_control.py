"""The sandbox's own endpoints, for other processes on this machine.

A web page must not reach them: only loopback clients, a loopback `Host` (a name that was rebound to
127.0.0.1 is refused), and no `Origin` but a loopback one.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from seedance_nb.errors import ConfigurationError
from seedance_nb.sandbox._core import Arrival, Core
from seedance_nb.sandbox._fetch import host_of, is_loopback
from seedance_nb.sandbox.scenario import Scenario

LARGEST_ASSET = 256 * 1024 * 1024

Handler = Callable[[Core, bytes], Awaitable[Any]]


class Refused(Exception):
    """The request may not, or makes no sense."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def is_local(scope: Scope) -> bool:
    """Whether a request comes from a program on this machine and from no foreign web page."""
    client, headers = scope.get("client"), Headers(scope=scope)
    if client is not None and not is_loopback(client[0]):
        return False
    if not is_loopback(host_of(f"//{headers.get('host', '')}")):
        return False
    origin = headers.get("origin")
    if origin is not None and not is_loopback(host_of(origin)):
        return False
    return headers.get("sec-fetch-site", "none") in ("none", "same-origin", "same-site")


async def answer(core: Core, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request below `/sandbox`."""
    from seedance_nb.sandbox._app import TooLarge, read_body

    try:
        if not is_local(scope):
            raise Refused(403, "the control endpoints answer programs on this machine only")
        routes = ROUTES.get(scope["path"])
        if routes is None:
            raise Refused(404, f"there are {', '.join(sorted(ROUTES))}")
        handler = routes.get(scope["method"])
        if handler is None:
            raise Refused(405, f"{scope['path']} answers {', '.join(sorted(routes))}")
        body = await read_body(receive, LARGEST_ASSET)
        response = JSONResponse(await handler(core, body))
    except TooLarge:
        response = JSONResponse({"error": f"at most {LARGEST_ASSET:,} bytes"}, 413)
    except (Refused, ConfigurationError) as exc:
        response = JSONResponse({"error": str(exc)}, getattr(exc, "status", 400))
    await response(scope, receive, send)


async def _hello(core: Core, body: bytes) -> Any:
    try:
        number = version("seedance-nb")
    except PackageNotFoundError:
        number = "unknown"
    return {"sandbox": "seedance_nb", "version": number, "now": core.clock.now(), "speed": core.clock.speed}


async def _requests(core: Core, body: bytes) -> Any:
    return {"creates": core.creates, "created": core.store.created, "items": [_item(item) for item in core.arrivals]}


def _item(arrival: Arrival) -> dict[str, Any]:
    return {
        "at": arrival.at.isoformat().replace("+00:00", "Z"),
        "operation": arrival.operation,
        "method": arrival.method,
        "path": arrival.path,
        "status": arrival.status,
        "fault": arrival.fault,
    }


async def _bills(core: Core, body: bytes) -> Any:
    return {"items": core.bills.to_json()}


async def _get_scenario(core: Core, body: bytes) -> Any:
    return core.scenario.to_json()


async def _put_scenario(core: Core, body: bytes) -> Any:
    core.scenario = Scenario.from_json(_json(body))
    return core.scenario.to_json()


async def _add_asset(core: Core, body: bytes) -> Any:
    if not body:
        raise Refused(400, "the body is the file")
    return {"url": core.add_asset(body)}


async def _advance(core: Core, body: bytes) -> Any:
    value = _json(body)
    seconds = value.get("advance") if isinstance(value, dict) else None
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise Refused(400, 'the body is {"advance": seconds}')
    core.clock.advance(seconds)
    return {"now": core.clock.now()}


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise Refused(400, "the body is not JSON") from None


ROUTES: dict[str, dict[str, Handler]] = {
    "/sandbox": {"GET": _hello},
    "/sandbox/requests": {"GET": _requests},
    "/sandbox/bills": {"GET": _bills},
    "/sandbox/scenario": {"GET": _get_scenario, "PUT": _put_scenario},
    "/sandbox/assets": {"POST": _add_asset},
    "/sandbox/clock": {"POST": _advance},
}
