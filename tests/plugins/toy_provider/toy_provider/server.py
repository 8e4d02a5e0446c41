"""An imitation of Toy Pictures on this machine: each look at a task takes it one step further.

It says that it is a sandbox, so that nothing it makes is taken for a bill.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATES = ("waiting", "drawing", "done")
KEY = "a-key-for-toys"


@contextmanager
def serving(clip: bytes) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """The base URL and the bodies that arrive, while a server answers there."""
    bodies: list[dict[str, object]] = []
    looks: dict[str, int] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/make" or self.headers["Authorization"] != f"Bearer {KEY}":
                self.say(401, {})
                return
            bodies.append(body)
            number = f"toy-{len(bodies)}"
            looks[number] = -(10**6) if body["text"] == "slow" else 0
            self.say(200, {"number": number, "state": STATES[0]})

        def do_GET(self) -> None:
            kind, _, number = self.path.removeprefix("/").partition("/")
            if kind == "sandbox":
                self.say(200, {"sandbox": "seedance_nb"})
            elif kind == "clips":
                self.say(200, clip, "video/mp4")
            elif kind == "made" and number in looks:
                state = STATES[min(max(looks[number], 0), len(STATES) - 1)]
                looks[number] += 1
                url = f"http://127.0.0.1:{server.server_port}/clips/{number}.mp4" if state == "done" else None
                self.say(200, {"number": number, "state": state, "clip": url})
            else:
                self.say(404, {})

        def say(self, status: int, body: object, kind: str = "application/json") -> None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", bodies
    finally:
        server.shutdown()
        server.server_close()
