"""A relay in front of a sandbox whose answers drip: a byte now and then, so that no read ever times out."""

from __future__ import annotations

import http.client
import http.server
import threading
from collections import Counter
from typing import Any, Self

from seedance_nb.sandbox._server import Sandbox

from .boundaries import operation

PAUSE = 0.05
"""Seconds between two bytes."""


class Relay:
    """Passes requests on to a sandbox; of the operations in `drips`, so many answers drip until `let_go` is set."""

    def __init__(self, box: Sandbox, drips: dict[str, int]) -> None:
        self.let_go = threading.Event()
        self.left = Counter(drips)
        self.dripping = threading.Semaphore(0)
        """Counts the answers that have begun to drip."""
        self.given_up = threading.Semaphore(0)
        """Counts those of which the reader has had enough."""
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self) -> None:
                relay._pass_on(self, box)

            do_GET = do_POST = do_DELETE = do

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is logged."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self._ports = f":{box.port}/".encode(), f":{self._server.server_port}/".encode()
        self._base = f"http://127.0.0.1:{self._server.server_port}"
        self._box_base = f"http://127.0.0.1:{box.port}"

    def url(self, of_the_box: str) -> str:
        """The relay's address for one of the sandbox."""
        return of_the_box.replace(self._box_base, self._base)

    def _pass_on(self, handler: http.server.BaseHTTPRequestHandler, box: Sandbox) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        onward = http.client.HTTPConnection("127.0.0.1", box.port, timeout=180)
        headers = {name: value for name, value in handler.headers.items() if name.lower() != "accept-encoding"}
        onward.request(handler.command, handler.path, body, headers)
        answer = onward.getresponse()
        said = answer.read()
        kind = operation(handler.command, handler.path)
        if kind != "download":
            said = said.replace(*self._ports)
        onward.close()
        handler.close_connection = True
        handler.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"content-length", "connection", "transfer-encoding", "date", "server"}:
                handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(said)))
        handler.send_header("Connection", "close")
        handler.end_headers()
        try:
            self._write(handler, said, kind)
        except OSError:
            self.given_up.release()

    def _write(self, handler: http.server.BaseHTTPRequestHandler, said: bytes, kind: str) -> None:
        done = 0
        if self.left[kind] > 0:
            self.left[kind] -= 1
            self.dripping.release()
            while done < len(said) and not self.let_go.wait(PAUSE):
                handler.wfile.write(said[done : done + 1])
                done += 1
        handler.wfile.write(said[done:])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
