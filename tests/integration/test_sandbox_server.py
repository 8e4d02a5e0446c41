"""Starting and stopping sandboxes, callbacks, and the endpoints other processes use."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from seedance_nb import sandbox as sb
from seedance_nb.errors import ConfigurationError, SandboxError, UnknownProviderError
from seedance_nb.sandbox import Clock, Fault, Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec

from ..patience import eventually
from .conftest import hear_ctrl_c

TASKS = "/contents/generations/tasks"
BODY = {"model": "doubao-seedance-2-0-260128", "content": [{"type": "text", "text": "A cat"}]}
KEY = {"Authorization": f"Bearer {sb.KEY}"}


def quick(spec: ClipSpec) -> Clip:
    return Clip(b"mp4", b"png")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with sb.start(speed=0, render=quick) as running:
        yield running


def root(sandbox: Sandbox) -> str:
    return f"http://127.0.0.1:{sandbox.port}"


# -- life --


def test_importing_the_package_loads_no_server() -> None:
    """Starlette, uvicorn, PyAV, Pillow and numpy come with the first sandbox."""
    code = "import sys, seedance_nb.sandbox; print([m for m in sys.argv[1:] if m in sys.modules])"
    heavy = ["starlette", "uvicorn", "av", "PIL", "numpy", "httpx"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_start_makes_a_new_one_each_time() -> None:
    """Each on a port of its own; `with` stops it, and stopping twice is harmless."""
    with sb.start() as one, sb.start() as two:
        assert one.port != two.port
        assert one.url("ark") == f"http://127.0.0.1:{one.port}/api/v3"
        assert repr(one) == f"Sandbox(http://127.0.0.1:{one.port}, 1× speed, nothing is billed)"
        assert one.is_running
    assert not one.is_running
    assert "stopped" in repr(one)
    one.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(root(one))


def test_a_port_that_is_taken_says_so(sandbox: Sandbox) -> None:
    """With what to do."""
    with pytest.raises(SandboxError, match="port=0"):
        sb.start(port=sandbox.port)


def test_an_unknown_provider_says_which_there_are(sandbox: Sandbox) -> None:
    """`url` names the dialects it has."""
    with pytest.raises(UnknownProviderError, match="ark"):
        sandbox.url("nobody")


def test_the_shared_one_is_one() -> None:
    """Started at first use, again after it was stopped, and known as the current one."""
    first = sb.shared()
    try:
        assert sb.shared() is first is sb.current()
        first.stop()
        assert sb.current() is None
        assert sb.shared() is not first
    finally:
        sb.shared().stop()


def test_values_that_make_no_sense_are_refused(sandbox: Sandbox) -> None:
    """A scenario is a Scenario, and time does not go back."""
    with pytest.raises(ConfigurationError):
        sandbox.scenario = "slow"  # type: ignore[assignment]
    with pytest.raises(ConfigurationError):
        sandbox.clock.advance(-1)
    with pytest.raises(ConfigurationError):
        Clock(-1)


def test_time_can_be_accelerated_and_injected() -> None:
    """A clock of one's own decides what the ids say."""
    clock = Clock(0, start=1_779_348_818)
    with sb.start(clock=clock) as sandbox:
        answer = httpx.post(sandbox.url("ark") + TASKS, json=BODY, headers=KEY)
    assert answer.json()["id"].startswith("cgt-20260521153338-")
    fast = Clock(1000, start=0)
    eventually(lambda: fast.now() > 5)
    assert (fast.real_seconds_until(0), clock.real_seconds_until(2e9)) == (0.0, None)


def test_nothing_is_logged(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    """Neither starting nor requests nor stopping has a word for the log of the notebook."""
    with caplog.at_level("DEBUG"), sb.start() as other:
        httpx.get(root(other))
    assert [record for record in caplog.records if record.name.startswith(("uvicorn", "seedance_nb"))] == []


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_serve_says_how_to_use_it_and_ends_with_ctrl_c() -> None:
    """What the command line runs: URLs, the variable to set, and a clean end."""
    code = "from seedance_nb import sandbox; sandbox.serve(0)"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c
    ) as process:
        assert process.stdout is not None
        shown = ""
        while "Ctrl-C" not in shown:
            line = process.stdout.readline()
            assert line
            shown += line
        url = shown.partition("SEEDANCE_NB_ARK_URL=")[2].split()[0]
        assert httpx.get(url + TASKS, headers=KEY).json() == {"total": 0, "items": []}
        assert "nothing is billed" in shown
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=180)
    assert (process.returncode, "has ended" in rest) == (0, True)


def test_a_picture_to_start_from(tmp_path: Path) -> None:
    """Bytes, or a file; the same for the same arguments."""
    png = sb.picture("A cat", 400, 300, seed=1)
    assert png.startswith(b"\x89PNG")
    assert sb.picture("A cat", 400, 300, seed=2) != png
    file = sb.picture("A cat", 400, 300, seed=1, path=tmp_path / "new" / "cat.png")
    assert file.read_bytes() == png


# -- control --


def test_other_processes_see_what_arrived(sandbox: Sandbox) -> None:
    """Who it is, and the log without keys or bodies."""
    hello = httpx.get(f"{root(sandbox)}/sandbox").json()
    assert (hello["sandbox"], "version" in hello) == ("seedance_nb", True)
    httpx.post(sandbox.url("ark") + TASKS, json=BODY, headers=KEY)
    seen = httpx.get(f"{root(sandbox)}/sandbox/requests").json()
    assert (seen["creates"], seen["created"]) == (1, 1)
    (item,) = seen["items"]
    assert list(item) == ["at", "operation", "method", "path", "status", "fault"]
    assert (item["operation"], item["status"], item["at"][-1]) == ("create", 200, "Z")


def test_other_processes_set_the_scenario(sandbox: Sandbox) -> None:
    """It replaces the one that was; what is wrong with it is said."""
    url = f"{root(sandbox)}/sandbox/scenario"
    answer = httpx.put(url, json={"run": 9, "faults": [{"kind": "server_error"}]})
    assert sandbox.scenario == Scenario(run=9, faults=(Fault("server_error"),))
    assert answer.json() == httpx.get(url).json() == sandbox.scenario.to_json()
    assert httpx.post(sandbox.url("ark") + TASKS, json=BODY, headers=KEY).status_code == 500
    for wrong in (b"{", b"[]", b'{"walk": 1}', b'{"run": "long"}', b'{"faults": [{"kind": "boom"}]}'):
        refused = httpx.put(url, content=wrong)
        assert (refused.status_code, list(refused.json())) == (400, ["error"])


def test_other_processes_add_assets_and_move_the_clock(sandbox: Sandbox, tmp_path: Path) -> None:
    """The body is the file; the clock jumps."""
    url = httpx.post(f"{root(sandbox)}/sandbox/assets", content=b"data").json()["url"]
    assert url.startswith("asset://asset-")
    file = tmp_path / "cat.png"
    file.write_bytes(b"data")
    assert sandbox.add_asset(file) != url
    before = sandbox.clock.now()
    httpx.post(f"{root(sandbox)}/sandbox/clock", json={"advance": 60})
    assert sandbox.clock.now() == pytest.approx(before + 60)
    for path, content in (("assets", b""), ("clock", b"{}"), ("clock", b'{"advance": -1}')):
        assert httpx.post(f"{root(sandbox)}/sandbox/{path}", content=content).status_code == 400
    assert httpx.get(f"{root(sandbox)}/sandbox/else").status_code == 404
    assert httpx.delete(f"{root(sandbox)}/sandbox/scenario").status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "[::"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_web_pages_do_not_reach_the_control_endpoints(sandbox: Sandbox, headers: dict[str, str]) -> None:
    """A foreign origin, or a name that was pointed at this machine."""
    before = sandbox.scenario
    for answer in (
        httpx.get(f"{root(sandbox)}/sandbox/requests", headers=headers),
        httpx.put(f"{root(sandbox)}/sandbox/scenario", json={"run": 1}, headers=headers),
    ):
        assert answer.status_code == 403
    assert sandbox.scenario == before
    for good in ({"Origin": root(sandbox)}, {"Host": f"localhost:{sandbox.port}"}):
        assert httpx.get(f"{root(sandbox)}/sandbox", headers=good).status_code == 200


# -- callbacks --


class Hook(BaseHTTPRequestHandler):
    received: ClassVar[list[dict[str, Any]]] = []
    refuse: ClassVar[int] = 0

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Hook.received.append(body)
        status = 500 if Hook.refuse and body["status"] in ("succeeded", "failed") else 200
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def hook() -> Iterator[str]:
    Hook.received, Hook.refuse = [], 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    server.shutdown()
    server.server_close()
    thread.join()


def test_each_change_of_status_is_posted(sandbox: Sandbox, hook: str) -> None:
    """In order, and with the body that get answers."""
    url = sandbox.url("ark") + TASKS
    task_id = httpx.post(url, json=BODY | {"callback_url": hook}, headers=KEY).json()["id"]
    sandbox.clock.advance(100)
    eventually(lambda: len(Hook.received) == 3)
    assert [body["status"] for body in Hook.received] == ["queued", "running", "succeeded"]
    assert Hook.received[-1] == httpx.get(f"{url}/{task_id}", headers=KEY).json()


def test_the_end_is_posted_three_times_at_most(sandbox: Sandbox, hook: str) -> None:
    """Until the receiver takes it; other changes once. Cancelling posts nothing."""
    Hook.refuse = 1
    url = sandbox.url("ark") + TASKS
    sandbox.scenario = Scenario(then="failed")
    cancelled = httpx.post(url, json=BODY | {"callback_url": hook}, headers=KEY).json()["id"]
    eventually(lambda: len(Hook.received) == 1)
    httpx.delete(f"{url}/{cancelled}", headers=KEY)
    httpx.post(url, json=BODY | {"callback_url": hook}, headers=KEY)
    sandbox.clock.advance(100)
    eventually(lambda: len(Hook.received) == 6)
    httpx.post(url, json=BODY | {"callback_url": hook}, headers=KEY)
    eventually(lambda: len(Hook.received) == 7)
    statuses = [body["status"] for body in Hook.received]
    assert statuses == ["queued", "queued", "running", "failed", "failed", "failed", "queued"]
