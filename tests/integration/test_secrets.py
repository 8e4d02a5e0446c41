"""One planted key, one signature and one picture in base64, searched for wherever a task leaves a trace."""

from __future__ import annotations

import base64
import io
import logging
import pickle
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image as Picture

import seedance_nb as sd
from seedance_nb.errors import SeedanceError
from seedance_nb.sandbox import Fault, Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio
from seedance_nb.widgets import live_cell

KEY = "sk-planted-4f9c2e7b1d"
SIGNATURE = "planted-signature-8a61"


def picture_bytes(colour: str) -> bytes:
    buffer = io.BytesIO()
    Picture.effect_noise((640, 480), 60).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def signed_picture() -> Iterator[str]:
    """A picture behind a signed address on this machine."""
    data = picture_bytes("red")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/ref.png?X-Tos-Signature={SIGNATURE}"
    server.shutdown()
    server.server_close()


class Everything(logging.Handler):
    """Keeps each log record whole, with its arguments."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(f"{record.name} {record.getMessage()} {record.msg} {record.args!r} {record.exc_text}")
        if record.exc_info:
            self.seen.append(logging.Formatter().formatException(record.exc_info))


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Every log record of every logger, down to debug."""
    root, handler = logging.getLogger(), Everything()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.seen
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_planted_secret_is_nowhere(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signed_picture: str, logged: list[str]
) -> None:
    """Key, signature and base64 are in no ledger, file, log record, representation, output or exception."""
    monkeypatch.setenv("ARK_API_KEY", KEY)
    monkeypatch.setenv("SEEDANCE_NB_ARK_URL", box.url("ark"))
    local = picture_bytes("blue")
    encoded = base64.b64encode(local).decode()
    box.scenario = Scenario(
        queue=0.3, run=0.3, faults=(Fault("server_error", on="get"), Fault("expired", on="download"))
    )

    shown: list[str] = []
    with Studio(home=tmp_path / "out") as studio:
        content = sd.Content(
            f"image 1 beside image 2. Authorization: Bearer {KEY}",
            sd.Image(signed_picture, role="reference_image"),
            sd.Image(f"data:image/png;base64,{encoded}", role="reference_image"),
        )
        request = sd.Request(content, resolution="480p", duration=4, ratio="16:9")
        task = studio.submit(request)
        shown += [repr(task), str(live_cell.mimebundle(task)), repr(request), repr(content)]
        task.wait(180)
        refused = studio.submit(request.replace(content=sd.Content(f"x {KEY} [sandbox:moderation]")))
        with pytest.raises(SeedanceError) as caught:
            refused.wait(180)
        shown += [str(caught.value), repr(caught.value), str(caught.value.args)]
        with pytest.raises(SeedanceError) as invalid:
            studio.submit(request.replace(duration=3))
        shown += [str(invalid.value), repr(invalid.value)]
        for handle in studio.tasks():
            shown += [repr(handle), str(live_cell.mimebundle(handle)), repr(handle.record())]
        shown += [repr(studio), repr(studio.ledger), str(studio.ledger._repr_mimebundle_())]
        shown += [studio.ledger.frame().to_csv(), str(studio.quote(request)._repr_mimebundle_())]

    sample = encoded[2000:2100]
    for text in [*shown, *logged]:
        assert KEY not in text
        assert SIGNATURE not in text
        assert sample not in text
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".mp4", ".json", ".jpg", ".sqlite3"}
    for path in files:
        data = path.read_bytes()
        assert KEY.encode() not in data, path
        assert SIGNATURE.encode() not in data, path
        assert sample.encode() not in data, path


def test_a_connection_shows_no_key(box: Sandbox, tmp_path: Path) -> None:
    """Neither a studio nor what it holds prints its key."""
    with Studio("ark", key=KEY, base_url=box.url("ark"), home=tmp_path / "out") as studio:
        for held in [studio, *vars(studio).values(), *vars(studio._client).values()]:
            assert KEY not in repr(held)
        with pytest.raises((TypeError, AttributeError)):
            pickle.dumps(studio)  # a pickled studio would carry the key
