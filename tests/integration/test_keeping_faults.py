"""Keeping against a real server that misbehaves, and on a disk that really refuses."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from seedance_nb import providers
from seedance_nb.engine.keeping import Home, Keeper
from seedance_nb.errors import NotKeptError
from seedance_nb.ledger import Ledger
from seedance_nb.sandbox import Fault, Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip
from seedance_nb.task import Artifact, Snapshot, TaskRecord

from ..patience import PATIENCE
from ..unit.ledger_samples import a_ledger, a_record, succeed

BODY = {"model": "doubao-seedance-2-0-260128", "content": [{"type": "text", "text": "A cat"}]}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with a_ledger(tmp_path) as opened:
        yield opened


def made(box: Sandbox, ledger: Ledger) -> TaskRecord:
    """A task that succeeded at the sandbox and whose clip is still there."""
    with httpx.Client(base_url=box.url("ark"), headers={"Authorization": "Bearer k"}) as ark:
        tasks = "/contents/generations/tasks"
        task_id = ark.post(tasks, json=BODY | {"return_last_frame": True}).json()["id"]
        deadline = time.monotonic() + PATIENCE
        while ark.get(f"{tasks}/{task_id}").json()["status"] != "succeeded":
            assert time.monotonic() < deadline
            time.sleep(0.01)
    succeed(ledger, a_record(1, is_sandbox=True, request={"return_last_frame": True}))
    return dataclasses.replace(ledger.get("t-0001"), task_id=task_id)


def kept(box: Sandbox, ledger: Ledger, record: TaskRecord, snapshot: Snapshot | None = None, **options: Any) -> Home:
    async def soon(seconds: float) -> None:
        await asyncio.sleep(0)

    async def go() -> Home:
        ark = providers.client("ark", base_url=box.url("ark"), key="k")
        keeper = Keeper(ledger, ledger.home, sleep=soon, **options)
        try:
            return await keeper.keep(record, snapshot, ark)
        finally:
            await keeper.close()
            await ark.close()

    return asyncio.run(go())


def downloads(box: Sandbox) -> list[int | None]:
    """How each request for the clip itself was answered."""
    return [arrival.status for arrival in box.requests if arrival.operation == "download" and ".mp4" in arrival.path]


def is_home(ledger: Ledger, clip: Clip) -> bool:
    """Clip and last frame byte for byte as the provider has them, and hashed from what is on the disk."""
    record = ledger.get("t-0001")
    for kind, content in (("clip", clip.mp4), ("last_frame", clip.last_frame)):
        artifact = record.artifact(kind)  # type: ignore[arg-type]
        assert artifact is not None
        assert artifact.path is not None
        assert artifact.path.read_bytes() == content
        assert artifact.sha256 == hashlib.sha256(content).hexdigest()
    return {path.name for path in (ledger.home / "clips").iterdir()} == {"t-0001.mp4", "t-0001.jpg", "t-0001-last.png"}


@pytest.mark.parametrize(
    ("fault", "answers"),
    [
        (Fault("truncated", on="download"), [200, 206]),
        (Fault("truncated", on="download", times=3), [200, 206, 206, 206]),
        (Fault("stall", on="download"), [200, 206]),
        (Fault("expired", on="download"), [403, 200]),
        (Fault("malformed", on="download"), [200, 200]),
        (Fault("server_error", on="download", times=3), [500, 500, 500, 200]),
        (Fault("drop", on="download"), [None, 200]),
        (Fault("hang", on="download"), [None, 200]),
    ],
    ids=lambda value: f"{value.kind}-{value.times}" if isinstance(value, Fault) else "",
)
def test_a_misbehaving_store_costs_time_and_no_clip(
    box: Sandbox, ledger: Ledger, small_clip: Clip, fault: Fault, answers: list[int | None]
) -> None:
    """What breaks goes on with the rest; what is wrong or refused comes anew."""
    record = made(box, ledger)
    box.scenario = dataclasses.replace(box.scenario, faults=(fault,))
    patience = {"patience": 1.5} if fault.kind in {"stall", "hang"} else {}
    assert kept(box, ledger, record, **patience).seconds == 1
    assert downloads(box) == answers
    assert is_home(ledger, small_clip)


def test_an_address_that_has_died_is_replaced(box: Sandbox, ledger: Ledger, small_clip: Clip) -> None:
    """An answer of yesterday names a dead address; the provider is asked for another one."""
    box.scenario = Scenario(queue=0.05, run=0.1, url_life=60)
    record = made(box, ledger)

    async def word() -> Snapshot:
        ark = providers.client("ark", base_url=box.url("ark"), key="k")
        try:
            return await ark.get(record.task_id or "")
        finally:
            await ark.close()

    old = asyncio.run(word())
    box.clock.advance(61)
    home = kept(box, ledger, record, old)
    assert home.snapshot is not None
    assert home.snapshot.video_url != old.video_url
    assert downloads(box) == [403, 200]
    assert is_home(ledger, small_clip)


# -- this disk, in a process of its own that really may not write --

REFUSED = """
import asyncio, os, resource, struct, sys, tempfile
from pathlib import Path
import httpx
from seedance_nb.engine.keeping import Keeper
from seedance_nb.errors import NotKeptError
from seedance_nb.sandbox.clip import ClipSpec, render
from seedance_nb.task import Snapshot, TaskStatus

sys.path.insert(0, {tests!r})
from ledger_samples import a_ledger, a_record, succeed

spec = ClipSpec(
    width=160, height=96, frames=2, prompt="x", seed=1, model="m", mode="text", audio=False, watermark=False
)
small = render(spec).mp4
large = small + struct.pack(">I4s", 8_000_000, b"free") + bytes(7_999_992)
said = Snapshot("cgt-1", TaskStatus.SUCCEEDED, "succeeded", video_url="http://127.0.0.1:9/clip.mp4")

async def keep(record, content):
    keeper = Keeper(ledger, home, transport=httpx.MockTransport(lambda request: httpx.Response(200, content=content)))
    try:
        return await keeper.keep(record, said, None)
    finally:
        await keeper.close()

home = Path(sys.argv[1])
ledger = a_ledger(home)
succeed(ledger, a_record(1, is_sandbox=True))
succeed(ledger, a_record(2, is_sandbox=True))
asyncio.run(keep(ledger.get("t-0001"), small))
{refuse}
try:
    asyncio.run(keep(ledger.get("t-0002"), large))
except NotKeptError as exc:
    print("refused:", exc)
"""

FILE_LIMIT = "resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))"
READ_ONLY = """
os.chmod(home / "clips", 0o555)
if os.getuid() == 0:  # to whom every folder is open
    os.chmod(home, 0o777)
    for file in home.glob("ledger*"):
        os.chmod(file, 0o666)
    os.setuid(65534)
"""


@pytest.mark.parametrize(
    ("refuse", "reason", "advice"),
    [
        (FILE_LIMIT, "File too large", "Make room there"),
        (READ_ONLY, "Permission denied", "Allow writing there"),
    ],
    ids=["a limit on the size of files", "a folder that may not be written"],
)
def test_a_disk_that_really_refuses_loses_nothing(refuse: str, reason: str, advice: str) -> None:
    """It is said what it means; the clip that was there stays, no part does, and later the other one is kept."""
    # A folder that also another user may reach, which a test's own is not.
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        script = REFUSED.format(tests=str(Path(__file__).parents[1] / "unit"), refuse=refuse)
        ran = subprocess.run([sys.executable, "-c", script, str(home)], capture_output=True, text=True, timeout=180)
        assert ran.returncode == 0, ran.stderr
        assert "made and billed" in ran.stdout, ran.stderr
        assert reason in ran.stdout
        assert advice in ran.stdout
        assert {path.name for path in (home / "clips").iterdir()} == {"t-0001.mp4", "t-0001.jpg"}
        with a_ledger(home) as ledger:
            waiting = ledger.get("t-0002")
            assert waiting.status.value == "succeeded"
            assert isinstance(waiting.artifact("clip"), Artifact)


def test_a_folder_in_place_of_a_clip_is_said(box: Sandbox, ledger: Ledger, small_clip: Clip) -> None:
    """Nothing is fetched for a name that cannot be had; with the folder gone the clip is kept."""
    record = made(box, ledger)
    taken = ledger.home / "clips" / "t-0001.mp4"
    taken.mkdir(parents=True)
    with pytest.raises(NotKeptError, match="a folder has this name"):
        kept(box, ledger, record)
    assert downloads(box) == []
    taken.rmdir()
    kept(box, ledger, record)
    assert is_home(ledger, small_clip)
