"""A relay in front of an object store that does to some requests what networks and services do."""

from __future__ import annotations

import http.client
import http.server
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Self
from urllib.parse import urlsplit

Fault = Literal["503", "reset", "reset after", "slow", "cut", "wrong bytes", "swallowed"]
FAULTS: tuple[Fault, ...] = ("503", "reset", "reset after", "slow", "cut", "wrong bytes", "swallowed")
"""Answered 503; closed before it was passed on, or after; a little at a time; only a half of the answer; one byte of
the body is another one; answered 200 and thrown away (a PUT only)."""
PAUSE = 0.02

Plan = Callable[[str, str], "Fault | None"]
"""What is done to a request, by its method and path; None: nothing."""


@dataclass(frozen=True)
class Sometimes:
    """Every so many requests, drawn by a seed, one of the faults."""

    dice: random.Random
    share: float
    faults: tuple[Fault, ...] = FAULTS

    def __call__(self, method: str, path: str) -> Fault | None:
        return self.dice.choice(self.faults) if self.dice.random() < self.share else None


class FaultyStore:
    """Passes requests on to an object store, signatures and all."""

    def __init__(self, endpoint: str, plan: Plan) -> None:
        self.plan = plan
        self.done: Counter[str] = Counter()
        """What was done to how many requests."""
        self.seen: Counter[str] = Counter()
        """Which requests came, by method."""
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self) -> None:
                relay._pass_on(self, urlsplit(endpoint).port or 80)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is logged."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def _pass_on(self, handler: http.server.BaseHTTPRequestHandler, port: int) -> None:
        method, path = handler.command, handler.path
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        fault = self.plan(method, urlsplit(path).path)
        self.seen[method] += 1
        if fault is not None:
            self.done[fault] += 1
        handler.close_connection = True
        if fault == "reset":
            return
        if fault == "503":
            _answer(handler, 503, {}, b"<Error><Code>SlowDown</Code></Error>")
            return
        if fault == "swallowed" and method == "PUT":
            _answer(handler, 200, {"ETag": '"0"'}, b"")
            return
        if fault == "wrong bytes" and method == "PUT" and body:
            body = _another(body, 1)
        onward = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        onward.request(method, path, body, dict(handler.headers.items()))
        answer = onward.getresponse()
        said, headers = answer.read(), dict(answer.getheaders())
        onward.close()
        if fault == "reset after":
            return
        if fault == "wrong bytes" and method == "GET" and re.search(r"\.(mp4|jpg|png|json)$", urlsplit(path).path):
            said = _another(said, 2)  # not what a PUT may have got: one would undo the other
        try:
            _answer(handler, answer.status, headers, said, fault=fault)
        except OSError:
            handler.close_connection = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _another(body: bytes, bit: int) -> bytes:
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ bit]) + body[middle + 1 :] if body else body


def _answer(
    handler: http.server.BaseHTTPRequestHandler,
    status: int,
    headers: dict[str, str],
    body: bytes,
    *,
    fault: Fault | None = None,
) -> None:
    handler.send_response(status)
    length = headers.get("Content-Length", str(len(body)))
    for name, value in headers.items():
        if name.lower() not in {"content-length", "connection", "transfer-encoding", "date", "server"}:
            handler.send_header(name, value)
    handler.send_header("Content-Length", length if handler.command == "HEAD" else str(len(body)))
    handler.send_header("Connection", "close")
    handler.end_headers()
    if handler.command == "HEAD" or status == 204:
        return
    if fault == "cut":
        handler.wfile.write(body[: len(body) // 2])
    elif fault == "slow":
        for start in range(0, len(body), max(1, len(body) // 8)):
            handler.wfile.write(body[start : start + max(1, len(body) // 8)])
            time.sleep(PAUSE)
    else:
        handler.wfile.write(body)
