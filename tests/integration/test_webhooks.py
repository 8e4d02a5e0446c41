"""Webhooks from end to end: the sandbox posts to a receiver on this machine, and a studio hears of it."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette
from starlette.routing import Mount

import seedance_nb as sd
from seedance_nb import sandbox
from seedance_nb.engine import background, polling
from seedance_nb.errors import SeedanceError
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus

from ..patience import eventually
from .conftest import BY_HAND

HOOK_IS_HERE = {"callback_url.loopback"}
REQUEST = sd.Request("A cat yawns", model="seedance-2.0-fast", ratio="16:9", resolution="480p", duration=4)


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Serves an ASGI application under a path of somebody else's, and gives the address."""
    running: list[tuple[uvicorn.Server, threading.Thread, socket.socket]] = []

    def start(app: Any) -> str:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        mounted = Starlette(routes=[Mount("/hooks", app)])
        server = uvicorn.Server(uvicorn.Config(mounted, lifespan="off", ws="none", log_config=None))
        thread = threading.Thread(target=asyncio.run, args=(server.serve([listener]),), daemon=True)
        thread.start()
        running.append((server, thread, listener))
        eventually(lambda: server.started)
        return f"http://127.0.0.1:{listener.getsockname()[1]}/hooks"

    yield start
    for server, thread, listener in running:
        server.should_exit = True
        thread.join(180)
        listener.close()


@pytest.fixture
def studio(box: Sandbox, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Studio]:
    """A studio on the sandbox's dialect that the test names."""
    provider = getattr(request, "param", "ark")
    with Studio(provider, base_url=box.url(provider), key=sandbox.KEY, home=tmp_path / "out") as made:
        yield made


@pytest.fixture
def rarely_polled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first poll comes an hour later: whatever happens before it, a webhook has brought."""
    monkeypatch.setattr(polling, "SANDBOX_INTERVAL", 3600.0)


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A place that no clip comes from, and what was asked of it."""
    asked: list[str] = []

    class Place(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Place)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/foreign.mp4", asked
    server.shutdown()
    server.server_close()
    thread.join()


def ends(box: Sandbox, *tasks: sd.Task) -> None:
    """Let tasks end, once their ids are in the ledger: a webhook of a task that nobody knows yet is none."""
    eventually(lambda: all(task.task_id for task in tasks))
    box.clock.advance(7200)


def reads(box: Sandbox) -> int:
    return sum(arrival.operation == "get" for arrival in box.requests)


@pytest.mark.parametrize("studio", ["ark", "atlas", "eachlabs"], indirect=True)
@pytest.mark.usefixtures("rarely_polled")
def test_a_task_is_kept_thanks_to_its_webhook(box: Sandbox, studio: Studio, serve: Callable[[Any], str]) -> None:
    """No poll is made, and the clip is on this disk, with its bill, within moments of its end."""
    box.scenario = BY_HAND
    hook = f"{serve(studio.webhooks())}/{studio.provider}"
    task = studio.submit(REQUEST.replace(callback_url=hook), allow=HOOK_IS_HERE)
    ends(box, task)
    task.wait(180)
    assert task.status is TaskStatus.KEPT
    assert task.video is not None
    assert task.video.read_bytes()[4:8] == b"ftyp"
    assert task.cost is not None
    assert task.record().cost_basis == {"ark": "usage", "atlas": "quote", "eachlabs": "reported"}[studio.provider]
    assert box.creates == 1


@pytest.mark.parametrize("studio", ["ark", "atlas", "eachlabs"], indirect=True)
@pytest.mark.usefixtures("rarely_polled")
def test_a_bad_end_is_heard_too(box: Sandbox, studio: Studio, serve: Callable[[Any], str]) -> None:
    """A moderated task raises its own error without a poll."""
    box.scenario = BY_HAND
    hook = f"{serve(studio.webhooks())}/{studio.provider}"
    request = REQUEST.replace(content=sd.Content("A cat [sandbox:failed]"), callback_url=hook)
    task = studio.submit(request, allow=HOOK_IS_HERE)
    ends(box, task)
    with pytest.raises(SeedanceError, match="Nothing is billed"):
        task.wait(180)
    assert task.status is TaskStatus.FAILED
    assert task.error is not None
    assert task.error.message


@pytest.mark.parametrize("studio", ["ark", "atlas", "eachlabs"], indirect=True)
def test_polling_and_a_webhook_end_a_task_once(box: Sandbox, studio: Studio, serve: Callable[[Any], str]) -> None:
    """Both bring the end: there is one step, one charge and one download of the clip."""
    box.scenario = BY_HAND
    hook = f"{serve(studio.webhooks())}/{studio.provider}"
    tasks = [studio.submit(REQUEST.replace(callback_url=hook), allow=HOOK_IS_HERE) for _ in range(3)]
    ends(box, *tasks)
    for task in tasks:
        task.wait(180)
        frame = studio.ledger.events(task)
        assert [str(s) for s in frame.loc[frame.kind == "status", "status"]][-2:] == ["succeeded", "kept"]
        assert (frame.kind == "charge").sum() == 1
    assert sum(arrival.operation == "download" for arrival in box.requests) == 3


@pytest.mark.usefixtures("rarely_polled")
def test_an_end_that_comes_five_times_at_once_is_one(box: Sandbox, studio: Studio) -> None:
    """In whatever spelling, and while the first is still being written down."""
    box.scenario = BY_HAND
    task = studio.submit(REQUEST)
    ends(box, task)

    async def end() -> None:
        said = await studio._client.get(str(task.task_id))
        while said.status is not TaskStatus.SUCCEEDED:
            said = await studio._client.get(str(task.task_id))
        words = ("succeeded", "success", "completed", "done", "succeeded")
        engine = studio._engine._life
        await asyncio.gather(
            *[engine.hear(task.local_id, dataclasses.replace(said, raw_status=word)) for word in words]
        )

    background.call(end(), timeout=180)
    task.wait(180)
    assert sum(arrival.operation == "download" for arrival in box.requests) == 1


@pytest.mark.usefixtures("rarely_polled")
def test_a_forged_success_only_makes_us_look(
    box: Sandbox, studio: Studio, serve: Callable[[Any], str], elsewhere: tuple[str, list[str]]
) -> None:
    """Anyone can make up what Ark posts: Ark is asked, its word counts, and the foreign clip is not fetched."""
    box.scenario = BY_HAND
    url, asked = elsewhere
    hook = serve(studio.webhooks())
    task = studio.submit(REQUEST)
    eventually(lambda: task.task_id)
    forged = {"id": task.task_id, "status": "succeeded", "content": {"video_url": url}, "usage": {"total_tokens": 1}}
    assert httpx.post(f"{hook}/ark", json=forged).status_code == 200
    eventually(lambda: reads(box) == 1)
    assert httpx.post(f"{hook}/byteplus", json=forged).status_code == 200
    assert httpx.post(f"{hook}/ark", json=forged | {"id": "cgt-unknown"}).status_code == 200
    assert httpx.post(f"{hook}/ark", json=forged).status_code == 200
    eventually(lambda: reads(box) == 2)
    assert task.status is TaskStatus.QUEUED
    assert task.cost is None
    assert asked == []
    assert {arrival.operation for arrival in box.requests} == {"create", "get"}


@pytest.mark.parametrize("studio", ["atlas", "eachlabs"], indirect=True)
@pytest.mark.usefixtures("rarely_polled")
def test_a_wrong_proof_has_no_effect(
    box: Sandbox, studio: Studio, serve: Callable[[Any], str], elsewhere: tuple[str, list[str]]
) -> None:
    """Signed by a stranger, or with a guessed secret, a success neither ends a task nor fetches anything."""
    box.scenario = BY_HAND
    url, asked = elsewhere
    hook = serve(studio.webhooks())
    task = studio.submit(REQUEST)
    eventually(lambda: task.task_id)
    if studio.provider == "atlas":
        payload = {"status": "completed", "outputs": [url]}
        body = json.dumps({"session_id": task.task_id, "status": "OK", "payload": payload}).encode()
        answers = [httpx.post(f"{hook}/atlas", content=body, headers=_signed(body, str(task.task_id)))]
        answers += [httpx.post(f"{hook}/atlas", content=body, headers=_signed(body, str(task.task_id)))]
        assert [answer.status_code for answer in answers] == [202, 401]  # the second time the keys are here
    else:
        forged = {"exec_id": task.task_id, "status": "succeeded", "output": url, "error": ""}
        answer = httpx.post(f"{hook}/eachlabs", json=forged, headers={"X-Webhook-Secret": "guessed"})
        assert answer.status_code == 401
    # A hint comes after it on the same way: when that was looked into, the forgery had its chance.
    body = json.dumps({"session_id" if studio.provider == "atlas" else "exec_id": task.task_id}).encode()
    assert httpx.post(f"{hook}/{studio.provider}", content=body).status_code == 200
    eventually(lambda: reads(box) == 1)
    assert task.status in {TaskStatus.QUEUED, TaskStatus.RUNNING}
    assert asked == []


def _signed(body: bytes, session_id: str) -> dict[str, str]:
    stamp = str(int(time.time()))
    signed = Ed25519PrivateKey.generate().sign(stamp.encode() + b"." + body)
    prefix = "X-AtlasCloud-Webhook"
    return {
        f"{prefix}-Id": session_id,
        f"{prefix}-Timestamp": stamp,
        f"{prefix}-Key-Id": "sandbox-00000000",
        f"{prefix}-Signature-Ed25519": base64.urlsafe_b64encode(signed).rstrip(b"=").decode(),
    }


@pytest.mark.parametrize("studio", ["eachlabs"], indirect=True)
@pytest.mark.usefixtures("rarely_polled")
def test_the_secret_of_a_studio_is_nowhere(
    box: Sandbox, studio: Studio, serve: Callable[[Any], str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is in no ledger, log record or representation, though it went along with the create."""
    caplog.set_level(logging.DEBUG)
    box.scenario = BY_HAND
    hook = f"{serve(studio.webhooks())}/eachlabs"
    task = studio.submit(REQUEST.replace(callback_url=hook), allow=HOOK_IS_HERE)
    ends(box, task)
    task.wait(180)
    secret = studio._webhook_secret
    assert len(secret) >= 32
    studio.webhooks()
    assert studio._webhook_secret == secret  # a second receiver of the studio knows the tasks of the first
    shown = [repr(task), repr(studio), repr(studio._client), studio.ledger.frame().to_csv(), repr(task.record())]
    shown += [f"{each.getMessage()} {each.args!r}" for each in caplog.records]
    assert not any(secret in text for text in shown)
    for path in (path for path in (tmp_path / "out").rglob("*") if path.is_file()):
        assert secret.encode() not in path.read_bytes(), path


@pytest.mark.usefixtures("rarely_polled")
def test_a_receiver_beside_another_notebook_hears_for_it(
    box: Sandbox, studio: Studio, serve: Callable[[Any], str], tmp_path: Path
) -> None:
    """A studio that only receives finds the task of another one in the ledger that they share."""
    box.scenario = BY_HAND
    with Studio("ark", base_url=box.url("ark"), key=sandbox.KEY, home=tmp_path / "out") as beside:
        hook = f"{serve(beside.webhooks())}/ark"
        task = studio.submit(REQUEST.replace(callback_url=hook), allow=HOOK_IS_HERE)
        ends(box, task)
        eventually(lambda: task.status is TaskStatus.KEPT)
    assert (studio.ledger.events(task).kind == "charge").sum() == 1


def test_after_a_studio_is_closed_its_receiver_is_deaf(
    box: Sandbox, studio: Studio, serve: Callable[[Any], str], caplog: pytest.LogCaptureFixture
) -> None:
    """It still answers, and does nothing."""
    box.scenario = BY_HAND
    hook = serve(studio.webhooks())
    task = studio.submit(REQUEST)
    eventually(lambda: task.task_id)
    task_id = task.task_id
    studio.close()
    before = len(box.requests)
    assert httpx.post(f"{hook}/ark", json={"id": task_id}).status_code == 200
    assert httpx.post(f"{hook}/ark", json={"id": "cgt-unknown"}).status_code == 200
    eventually(lambda: not studio._engine._life._jobs)
    assert len(box.requests) == before
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
