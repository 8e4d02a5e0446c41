"""The sandbox as Atlas Cloud: webhooks, and the signature they carry."""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from seedance_nb import sandbox as sb
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec
from seedance_nb.sandbox.dialects._atlas_webhooks import is_receiver

from ..patience import eventually

MODEL = "bytedance/seedance-2.0/text-to-video"
KEY = {"Authorization": f"Bearer {sb.KEY}"}


def quick(spec: ClipSpec) -> Clip:
    return Clip(b"mp4", b"png")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with sb.start(speed=0, render=quick) as running:
        yield running


@pytest.fixture(scope="module")
def refusing() -> Iterator[Sandbox]:
    """One sandbox for all tests that must not make a task."""
    with sb.start(speed=0, render=quick) as running:
        yield running
        assert running.created == 0


class Hook(BaseHTTPRequestHandler):
    received: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    status: ClassVar[int] = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Hook.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(Hook.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def hook() -> Iterator[str]:
    Hook.received, Hook.status = [], 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    server.shutdown()
    server.server_close()
    thread.join()


def post(sandbox: Sandbox, url: Any, prompt: str = "A cat") -> httpx.Response:
    body = {"model": MODEL, "prompt": prompt, "webhook_url": url}
    return httpx.post(f"{sandbox.url('atlas')}/model/generateVideo", json=body, headers=KEY)


def create(sandbox: Sandbox, url: str, prompt: str = "A cat") -> str:
    answer = post(sandbox, url, prompt)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["id"])


def verify(sandbox: Sandbox, headers: dict[str, str], body: bytes) -> None:
    """Check a webhook as a receiver would, with the published key only."""
    keys = httpx.get(f"{sandbox.url('atlas')}/webhooks/jwks.json").json()["keys"]
    (jwk,) = (key for key in keys if key["kid"] == headers["x-atlascloud-webhook-key-id"])
    assert (jwk["kty"], jwk["crv"], set(jwk)) == ("OKP", "Ed25519", {"kty", "crv", "x", "kid"})
    stamp = headers["x-atlascloud-webhook-timestamp"]
    signature = base64.urlsafe_b64decode(headers["x-atlascloud-webhook-signature-ed25519"] + "==")
    assert len(signature) == 64
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "="))
    public.verify(signature, stamp.encode() + b"." + body)


def test_the_end_is_posted_once_and_signed(sandbox: Sandbox, hook: str) -> None:
    """Body, headers and signature as documented; the timestamp is real, however the sandbox clock jumps."""
    task_id = create(sandbox, hook)
    sandbox.clock.advance(100_000)
    eventually(lambda: Hook.received)
    headers, raw = Hook.received[0]
    body = json.loads(raw)
    prediction = httpx.get(f"{sandbox.url('atlas')}/model/prediction/{task_id}", headers=KEY).json()["data"]
    assert list(body) == ["session_id", "event_type", "status", "created_at", "payload"]
    assert (body["session_id"], body["event_type"], body["status"]) == (task_id, "video.task.terminal", "OK")
    assert body["created_at"] == pytest.approx(sandbox.clock.now() * 1000, abs=200_000_000)
    assert body["payload"] == {"model": MODEL, "status": "completed", "outputs": prediction["outputs"]}
    assert httpx.get(body["payload"]["outputs"][0]).content == b"mp4"
    assert headers["x-atlascloud-webhook-id"] == task_id
    assert headers["x-atlascloud-webhook-event"] == "video.task.terminal"
    assert abs(int(headers["x-atlascloud-webhook-timestamp"]) - time.time()) < 300
    assert len(headers["x-atlascloud-webhook-signature"]) == 64
    verify(sandbox, headers, raw)
    for changed in (raw + b" ", raw.replace(b"OK", b"NO")):
        with pytest.raises(InvalidSignature):
            verify(sandbox, headers, changed)


@pytest.mark.parametrize(
    ("prompt", "status", "text"),
    [
        ("[sandbox:failed]", "failed", "unexpected internal error"),
        ("[sandbox:moderation]", "failed", "the input text may contain"),
        ("[sandbox:expired]", "timeout", "timed out"),
    ],
)
def test_a_bad_end_is_posted_as_an_error(sandbox: Sandbox, hook: str, prompt: str, status: str, text: str) -> None:
    """`ERROR` with the text of the prediction."""
    create(sandbox, hook, prompt)
    sandbox.clock.advance(10)
    eventually(lambda: Hook.received)
    headers, raw = Hook.received[0]
    body = json.loads(raw)
    assert (body["status"], body["payload"]["status"], body["payload"]["outputs"]) == ("ERROR", status, None)
    assert text in body["error"]
    verify(sandbox, headers, raw)


def test_a_receiver_that_refuses_is_not_asked_again(sandbox: Sandbox, hook: str) -> None:
    """One POST for a task, and none before its end."""
    Hook.status = 500
    create(sandbox, hook)
    sandbox.clock.advance(10)
    eventually(lambda: len(Hook.received) == 1)
    create(sandbox, hook)
    sandbox.clock.advance(10)
    eventually(lambda: len(Hook.received) == 2)
    assert len({json.loads(raw)["session_id"] for _, raw in Hook.received}) == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com/hook",
        "example.com/hook",
        "https://",
        "https://10.0.0.1/hook",
        "https://192.168.1.5/hook",
        "https://169.254.169.254/latest",
        "https://100.64.0.1/hook",
        "https://[fd00::1]/hook",
        "https://0.0.0.0/hook",
        "https://intranet/hook",
        "https://printer.local/hook",
        "https://10.1/hook",
        "https://[::/hook",
        "https://example.com/" + "x" * 1005,
        5,
    ],
)
def test_a_webhook_that_may_not_be_is_refused(refusing: Sandbox, url: Any) -> None:
    """400 and no task."""
    answer = post(refusing, url)
    assert (answer.status_code, "webhook_url" in answer.json()["msg"]) == (400, True)
    assert refusing.created == 0


@pytest.mark.parametrize(
    "url",
    ["https://example.com/hook", "https://8.8.8.8/x", "https://localhost/x", "http://127.0.0.1:1/x", "http://[::1]/x"],
)
def test_public_hosts_and_this_machine_may_receive(url: str) -> None:
    """The latter is the sandbox's exception."""
    assert is_receiver(url)


def test_each_sandbox_has_a_key_of_its_own(sandbox: Sandbox) -> None:
    """The same at each call; no key is asked for."""
    with sb.start(speed=0, render=quick, scenario=Scenario()) as other:
        urls = [f"{box.url('atlas')}/webhooks/jwks.json" for box in (sandbox, sandbox, other)]
        first, again, foreign = (httpx.get(url).json() for url in urls)
    assert first == again != foreign


def test_without_the_package_for_signing_a_webhook_is_refused(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loudly, with what to install; other requests are fine."""
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)
    answer = post(sandbox, "https://example.com/hook")
    assert (answer.status_code, "pip install" in answer.json()["msg"]) == (500, True)
    assert httpx.get(f"{sandbox.url('atlas')}/webhooks/jwks.json").status_code == 500
    assert sandbox.created == 0
    assert post(sandbox, None).status_code == 200
