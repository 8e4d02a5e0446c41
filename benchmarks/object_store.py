"""A sweep of 200 clips kept in an object store with faults between, and what the store's library costs beside another.

It starts a real server on this machine. `python -m benchmarks.object_store`; `make soak` runs the sweep too.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import seedance_nb as sd
from seedance_nb import sandbox
from seedance_nb.engine import copies
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox.clip import ClipSpec, render
from seedance_nb.store import opened
from seedance_nb.task import TaskStatus
from tests import s3
from tests.s3_faults import FaultyStore, Sometimes

CLIPS = 200
SHARE = 0.25
"""Of the requests to the store, one in four meets a fault."""
QUICK = Scenario(queue=0.05, run=0.1, concurrency=None, create_rpm=None)
SPEC = ClipSpec(
    width=160, height=96, frames=25, prompt="x", seed=1, model="m", mode="text", audio=True, watermark=False
)


def sweep(clips: int = CLIPS, *, seed: int = 1) -> str:
    """Make so many clips through a network with faults, and look whether each is there and whole.

    Raises:
        AssertionError: One is not.
    """
    clip = render(SPEC)
    with s3.started() as server, tempfile.TemporaryDirectory() as folder:
        with (
            FaultyStore(server.endpoint, Sometimes(random.Random(seed), SHARE)) as faulty,
            mock.patch.dict(os.environ, s3.environment(faulty.endpoint)),
            sandbox.start(scenario=QUICK, render=lambda spec: clip) as box,
        ):
            home = server.home()
            studio = sd.Studio("sandbox", base_url=box.url("ark"), home=home, folder=folder)
            begun = time.monotonic()
            made = studio.sweep(
                "A {animal} yawns", animal=["cat", "fox"], seeds=clips // 2, resolution="480p", duration=4
            )
            made.run()
            made.batch.wait(3600)  # type: ignore[union-attr]
            seconds = time.monotonic() - begun
            records = [task.record() for task in studio.tasks()]
            requests, faults = faulty.seen.total(), faulty.done
            billed = len(box.bills)
            studio.close()
        with mock.patch.dict(os.environ, server.environment):
            whole = opened(home)
            files = [artifact for record in records for artifact in record.artifacts]
            assert len(records) == billed == clips, (len(records), billed)
            assert all(record.status is TaskStatus.KEPT for record in records)
            assert all(whole.sha256(copies.place_of(each.original)[1]) == each.sha256 for each in files)
    told = ", ".join(f"{count} {name}" for name, count in sorted(faults.items()))
    return (
        f"{clips} clips, {len(files)} files: all there, all verified by SHA-256, each billed once; {seconds:.0f} s, "
        f"{requests:,} requests to the store, {faults.total():,} with a fault ({told})"
    )


_PEER = """
import hashlib, os, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
begun, cpu = time.perf_counter(), time.process_time()
kind, file, endpoint = sys.argv[1:]
if kind == "obstore":
    import obstore
    from obstore.store import S3Store
    store = S3Store("clips", prefix="peer", client_options={"allow_http": True}, endpoint=endpoint)
    def put(n): obstore.put(store, f"o{n}", Path(file))
    def get(n): obstore.get(store, f"o{n}").bytes()
else:
    import s3fs
    store = s3fs.S3FileSystem(endpoint_url=endpoint)
    def put(n): store.put_file(file, f"clips/peer/s{n}")
    def get(n): store.cat_file(f"clips/peer/s{n}")
put(0)
first = time.perf_counter() - begun
def run(work):
    begun, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(4) as threads: list(threads.map(work, range(40)))
    return f"{time.perf_counter() - begun:.2f} s, {time.process_time() - cpu:.2f} s of a core"
told = f"{kind}: first file after {first:.2f} s, {len(sys.modules)} modules"
print(f"{told}; 40 files of 6 MB put in {run(put)}, got in {run(get)}")
"""


def peers() -> list[str]:
    """The library that is used beside the other one, where that is installed; each in a process of its own."""
    with s3.started() as server, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.mp4"
        file.write_bytes(random.Random(1).randbytes(6_000_000))
        environment = {**os.environ, **server.environment}
        lines = []
        for kind in ("obstore", "s3fs"):
            done = subprocess.run(
                [os.environ.get("PEER_PYTHON", sys.executable), "-c", _PEER, kind, str(file), server.endpoint],
                capture_output=True,
                text=True,
                check=False,
                env=environment,
            )
            lines.append(done.stdout.strip() or f"{kind}: not installed here")
        return lines


def main() -> None:
    """Print the figures."""
    for line in peers():
        print(line)
    print(sweep())


if __name__ == "__main__":
    main()
