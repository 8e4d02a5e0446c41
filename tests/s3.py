"""An object store of the tests' own: a server that speaks S3 over HTTP, checks signatures, and forgets all at the end.

It is SeaweedFS, out of a package from PyPI. A guard stops it also when the tests are killed: it holds the other end of
a pipe.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

KEY, SECRET = "AKIATESTSOFTHISHOUSE", "a-secret-that-is-nowhere-else-0123456789"
PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc")
PORTS += ("filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc")
OPTIONS = ("-filer", "-s3", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false", "-volume.max=100")
OPTIONS += ("-master.volumeSizeLimitMB=64", "-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.minFreeSpace=1")


@dataclass(frozen=True)
class S3:
    """A server that runs."""

    endpoint: str
    environment: dict[str, str] = field(repr=False)
    """What a program needs to find it."""

    def home(self) -> str:
        """The address of a folder in it that nobody else has."""
        return f"s3://clips/t{uuid.uuid4().hex[:12]}"


def environment(endpoint: str) -> dict[str, str]:
    """The variables by which a program finds a store, with keys that the server knows."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }


@contextlib.contextmanager
def started() -> Iterator[S3]:
    """A server, stopped and forgotten at the end."""
    folder = Path(tempfile.mkdtemp(prefix="sdnb-s3-", dir="/tmp"))
    try:
        identity = {"name": "tests", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
        (folder / "keys.json").write_text(json.dumps({"identities": [identity]}))
        (folder / "data").mkdir()
        for attempt in range(5):  # a port that was free may be taken in the next moment
            with _running(folder, folder / f"log{attempt}") as endpoint:
                if endpoint is None:
                    continue
                _make_bucket(endpoint)
                yield S3(endpoint, environment(endpoint))
                return
        raise AssertionError((folder / "log4").read_text()[-3000:])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _running(folder: Path, log: Path) -> Iterator[str | None]:
    ports = dict(zip(PORTS, _free_ports(len(PORTS)), strict=True))
    weed = shutil.which("weed") or str(Path(sysconfig.get_path("scripts")) / "weed")
    command = [weed, f"-logdir={folder}", "server", *OPTIONS, f"-dir={folder / 'data'}"]
    command += [f"-s3.config={folder / 'keys.json'}", *(f"-{name}={port}" for name, port in ports.items())]
    with log.open("w") as out:
        guard = subprocess.Popen(
            [sys.executable, __file__, *command], stdin=subprocess.PIPE, stdout=out, stderr=out, cwd=folder
        )
    try:
        endpoint = f"http://127.0.0.1:{ports['s3.port']}"
        yield endpoint if _answers(guard, endpoint) else None
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(60)


def _make_bucket(endpoint: str) -> None:
    """This server makes a bucket when the first file comes."""
    import obstore
    from obstore.store import S3Store

    keys = {"access_key_id": KEY, "secret_access_key": SECRET, "region": "us-east-1", "endpoint": endpoint}
    obstore.put(S3Store("clips", config=keys, client_options={"allow_http": True}), "first", b"")  # type: ignore[arg-type]


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        taken = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in taken]


def _answers(guard: subprocess.Popen[bytes], endpoint: str) -> bool:
    """Wait until it does; False where the server has ended."""
    until = time.monotonic() + 120
    while guard.poll() is None:
        assert time.monotonic() < until, "the object store does not answer"
        try:
            urllib.request.urlopen(endpoint, timeout=5).close()
            return True
        except urllib.error.HTTPError:
            return True  # it wants to know who asks
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return False


def watch(*command: str) -> int:
    """Run the server until who started us lets go of the pipe, or is gone."""
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=lambda: os._exit(1 if server.wait() else 0), daemon=True).start()
    while sys.stdin.buffer.read1(1):
        pass
    server.kill()  # what is in there is not kept
    server.wait(60)
    return 0


if __name__ == "__main__":
    sys.exit(watch(*sys.argv[1:]))
