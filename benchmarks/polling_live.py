"""Polling over real HTTP: 500 Ark tasks on a sandbox in another process, our poller against the SDK's loop.

Tasks run 32 s on average, log-normally scattered (σ 0.2), all launched at once, none waits for another. `ours` is the
engine's poller with the real Ark client, cold and after fifty past tasks, one list a second at most, as Ark allows and
the sandbox enforces. `SDK` is a thread a task that sleeps between two gets of `volcenginesdkarkruntime`; at 500 tasks
its 3 s loop makes more than the 20 gets a second that Ark allows, which the sandbox lets pass here. Finish is when the
sandbox said it would be, by the task's id. CPU is the client's whole process, without creates.
"""

from __future__ import annotations

import asyncio
import math
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx

from seedance_nb import sandbox as sb
from seedance_nb.engine.polling import Kind, Poller
from seedance_nb.providers.ark import TASKS, Ark
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox.clip import Clip, ClipSpec
from seedance_nb.task import Snapshot, TaskStatus

COUNT = 500
MIDDLE, SIGMA = 32.0, 0.2
SCENARIO = Scenario(
    queue=0, run=MIDDLE, scatter=SIGMA, concurrency=None, create_rpm=None, list_qps=1.0, get_qps=None, queue_cap=None
)
MODEL = "doubao-seedance-2-0-fast-260128"
BODY = {"model": MODEL, "content": [{"type": "text", "text": "A cat yawns"}], "resolution": "480p", "duration": 4}
KIND = Kind("ark", "seedance-2.0-fast", "480p", 4, False)


def _no_picture(spec: ClipSpec) -> Clip:
    return Clip(b"clip", b"png")


def serve() -> None:
    """Be the sandbox, until standard input closes."""
    with sb.start(render=_no_picture, scenario=SCENARIO) as running:
        print(running.url("ark"), flush=True)
        sys.stdin.read()


@contextmanager
def _sandbox() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.polling_live", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def _launch(url: str) -> dict[str, float]:
    """When each of the new tasks ends, on this process's clock."""
    ends = {}
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {sb.KEY}"}) as client:
        for _ in range(COUNT):
            answer = client.post(TASKS, json=BODY)
            task_id = answer.raise_for_status().json()["id"]
            ends[task_id] = time.monotonic() + SCENARIO.run_of(task_id)
    return ends


async def _ours(url: str, ends: dict[str, float], past: Sequence[float]) -> tuple[int, list[float]]:
    delays: list[float] = []
    requests, free_at = 0, 0.0
    over = asyncio.Event()

    async def pace(operation: str) -> None:
        nonlocal requests, free_at
        requests += 1
        now = time.monotonic()
        if operation == "list":
            free_at = max(free_at, now) + 1.05
            await asyncio.sleep(free_at - 1.05 - now)

    async def durations(kind: Kind) -> Sequence[float]:
        return past

    async def seen(answers: Sequence[tuple[str, Snapshot]]) -> None:
        moment = time.monotonic()
        ended = [task_id for task_id, snapshot in answers if snapshot.status is TaskStatus.SUCCEEDED]
        delays.extend(moment - ends[task_id] for task_id in ended)
        if len(delays) == COUNT:
            over.set()

    async def gone(task_id: str, reason: str) -> None:
        raise AssertionError(reason)

    provider = Ark(base_url=url, key=sb.KEY)
    poller = Poller(provider, pace=pace, durations=durations, seen=seen, gone=gone, is_sandbox=False)
    for task_id, end in ends.items():
        poller.track(task_id, task_id, kind=KIND, age=time.monotonic() - end + SCENARIO.run_of(task_id))
    await over.wait()
    await provider.close()
    return requests, delays


def _sdk(url: str, ends: dict[str, float], interval: float) -> tuple[int, list[float]]:
    import volcenginesdkarkruntime

    client = volcenginesdkarkruntime.Ark(base_url=url, api_key=sb.KEY)
    delays: list[float] = []
    requests: list[int] = []

    def follow(task_id: str) -> None:
        count = 1
        while client.content_generation.tasks.get(task_id=task_id).status != "succeeded":
            time.sleep(interval)
            count += 1
        delays.append(time.monotonic() - ends[task_id])
        requests.append(count)

    threads = [threading.Thread(target=follow, args=(task_id,)) for task_id in ends]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    return sum(requests), delays


def main() -> None:
    """Print the table."""
    chance = random.Random(6)
    past = [chance.lognormvariate(math.log(MIDDLE), SIGMA) for _ in range(50)]
    import volcenginesdkarkruntime  # noqa: F401 - its import is no part of the polling

    cases = {
        "ours, cold": lambda url, ends: asyncio.run(_ours(url, ends, ())),
        "ours, after 50": lambda url, ends: asyncio.run(_ours(url, ends, past)),
        "SDK, 3 s": lambda url, ends: _sdk(url, ends, 3.0),
        "SDK, 30 s": lambda url, ends: _sdk(url, ends, 30.0),
    }
    print(f"{COUNT} tasks           requests a task   mean    p95    max s   CPU s")
    for name, case in cases.items():
        with _sandbox() as url:
            ends = _launch(url)
            begin = time.process_time()
            requests, delays = case(url, ends)
            cpu = time.process_time() - begin
        late = sorted(delays)
        print(
            f"{name:<20} {requests / COUNT:10.2f}      {statistics.fmean(late):6.2f} {late[COUNT * 95 // 100]:6.2f} "
            f"{late[-1]:6.2f}   {cpu:6.2f}",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        main()
