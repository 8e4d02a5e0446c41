"""The ASGI application: one address for each provider, and no word more than a status in its answers."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from seedance_nb.errors import ResponseFormatError
from seedance_nb.providers import own_module
from seedance_nb.task import Snapshot
from seedance_nb.webhooks import signature
from seedance_nb.webhooks.judging import BySecret, BySignature, Judge, NoProof
from seedance_nb.webhooks.keys import FetchKeys, KeyRing
from seedance_nb.webhooks.word import Heard, Trigger, Verdict

log = logging.getLogger("seedance_nb.webhooks")

LARGEST_BODY = 1024 * 1024
"""Bytes; a webhook has a few thousand."""
BODY_SECONDS = 10.0
"""For which a sender may take to send one; Ark itself waits five for the answer."""
LONGEST_ID = 200

Receive = Callable[[Heard | Trigger], object]
"""Takes in what was posted; called on the application's loop, so it must not wait."""


@dataclass(frozen=True, slots=True)
class _Door:
    """How one provider posts."""

    task_id_of: Callable[[object], str | None]
    decode: Callable[[object], Snapshot] | None = None
    """Reads a body whose sender is known; None where none ever is."""


_DOORS = {
    name: _Door(module.webhook_task_id, getattr(module, "decode_webhook", None))
    for name in ("ark", "byteplus", "atlas", "eachlabs")
    if (module := own_module(name)) is not None
}


def app(
    receive: Receive,
    *,
    secrets: Mapping[str, str] | None = None,
    fetch_keys: FetchKeys | None = None,
    clock: Callable[[], float] | None = None,
) -> ASGIApp:
    """An application that takes POSTs at `/ark`, `/byteplus`, `/atlas` and `/eachlabs`.

    It answers 200 to what it took in, 202 to what it will judge when it has the key for it, and else 400 (no
    webhook), 401 (a wrong proof), 404, 405 or 413, always without a body.

    Args:
        receive: Called with each `Heard` or `Trigger`. It must return at once; what it raises is logged.
        secrets: By provider, the secret that its creates name. Only `eachlabs` has one.
        fetch_keys: Reads the public keys of Atlas Cloud. Without it, nothing from there is more than a trigger.
        clock: Seconds since 1970; the system's if None.

    Raises:
        ConfigurationError: The package that checks signatures is not installed.
    """
    signature.require_cryptography()
    clock = clock or time.time
    judges: dict[str, Judge] = {name: NoProof() for name in _DOORS}
    judges |= {name: BySecret(secret) for name, secret in (secrets or {}).items() if name == "eachlabs"}
    if fetch_keys is not None:
        judges["atlas"] = BySignature(KeyRing(fetch_keys, clock=clock), clock=clock)
    posts = [_Post(name, door, judges[name], receive) for name, door in _DOORS.items()]
    made = Starlette(routes=[Route(f"/{post.provider}", post.answer, methods=["POST"]) for post in posts])
    made.router.redirect_slashes = False  # a redirect would say the caller's own words back
    return made


class _Post:
    """What is posted by one provider."""

    def __init__(self, provider: str, door: _Door, judge: Judge, receive: Receive) -> None:
        self.provider = provider
        self._door = door
        self._judge = judge
        self._receive = receive

    async def answer(self, request: Request) -> Response:
        """Judge a webhook and hand it on; anything slow comes after the answer."""
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413, headers={"Connection": "close"})
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        # Only the id is read of what nobody vouches for yet.
        task_id = self._door.task_id_of(payload)
        if task_id is None or len(task_id) > LONGEST_ID or not (task_id.isascii() and task_id.isprintable()):
            return Response(status_code=400)
        judge = partial(self._judge.judge, _headers(request), body, task_id)
        verdict = judge()
        if verdict is None:
            return Response(status_code=202, background=BackgroundTask(self._judge_later, judge, payload, task_id))
        return Response(status_code=self._take(verdict, payload, task_id))

    async def _judge_later(self, judge: Callable[[], Verdict | None], payload: object, task_id: str) -> None:
        await self._judge.prepare()
        self._take(judge() or Verdict.UNPROVEN, payload, task_id)

    def _take(self, verdict: Verdict, payload: Any, task_id: str) -> int:
        """Hand on what the verdict allows; the status that says so."""
        if verdict is Verdict.REFUSED:
            log.warning("A post to the webhook of %s had a wrong proof of its sender and was refused.", self.provider)
            return 401
        if verdict is Verdict.REPEATED:
            return 200
        if verdict is Verdict.UNPROVEN or self._door.decode is None:
            self._hand_on(Trigger(self.provider, task_id))
            return 200
        try:
            snapshot = self._door.decode(payload)
        except (ResponseFormatError, RecursionError):
            return 400
        self._hand_on(Heard(self.provider, snapshot))
        return 200

    def _hand_on(self, word: Heard | Trigger) -> None:
        try:
            self._receive(word)
        except Exception:
            log.exception("A webhook of %s was not taken in; polling finds out all the same.", self.provider)


async def _body(request: Request) -> bytes | None:
    """The body, or None where it is too large; what is too large is not read to its end."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > LARGEST_BODY:
        return None
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_BODY:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _headers(request: Request) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found
