"""A provider whose answers point where no clip can be."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import seedance_nb as sd
from seedance_nb.errors import NotKeptError
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus

Served = Callable[[str], str]


@pytest.fixture
def served() -> Iterator[Served]:
    """Something on this machine that speaks Ark's wire, is no sandbox, and names a clip's address of our choice."""
    servers: list[ThreadingHTTPServer] = []

    def serve(video_url: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(200, {"id": "cgt-20261121000000-aaaaa"})

            def do_GET(self) -> None:
                if not self.path.startswith("/api/v3/contents"):
                    self.answer(404, {})
                    return
                usage = {"completion_tokens": 40594, "total_tokens": 40594}
                task = {"id": "cgt-20261121000000-aaaaa", "status": "succeeded", "usage": usage}
                self.answer(200, task | {"content": {"video_url": video_url}})

            def answer(self, status: int, body: object) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/api/v3"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "http://127.0.0.1:1/clip.mp4",
        "https://127.0.0.1/clip.mp4",
        "https://10.0.0.1/clip.mp4",
        "https://169.254.169.254/latest/meta-data/",
    ],
)
def test_a_clip_is_not_fetched_from_inside(served: Served, tmp_path: Path, address: str) -> None:
    """The task is made and billed, nothing is written, and the error says why it was not fetched."""
    with Studio("ark", key="sk-1234567890", base_url=served(address), home=tmp_path) as studio:
        assert not studio.is_sandbox
        task = studio.submit(sd.Request(sd.Content("A cat yawns"), ratio="16:9", resolution="480p", duration=4))
        with pytest.raises(NotKeptError, match="was not fetched"):
            task.wait(180)
        assert task.status is TaskStatus.SUCCEEDED
        assert str(task.cost) == "¥1.87"
        assert not list((tmp_path / "clips").glob("*"))
