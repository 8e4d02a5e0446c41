"""What one task and one clip cost this machine: what `benchmarks/scale.py` multiplies.

Seconds of processor a clip for what is done to it here, transactions a second of ledgers with one process and with
four, bytes a task, and polls a task with as many tasks under way as an Ark account makes at once. PostgreSQL runs on
this machine, with its data safe on the disk at each commit, as a ledger wants it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path

from benchmarks import big_ledger, polling

LIVES = 300
"""Tasks that each process takes from intent to kept."""
STEPS = 6
"""Transactions of a task's life: intent, submitting, queued with its id, running, succeeded with its charge, kept."""
_NOW = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)


def _cpu(work: Callable[[], object], times: int = 3) -> float:
    """Seconds that this process is busy, on all its threads: the least of some runs."""
    took = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def clips() -> Iterator[str]:
    """What is done to a clip of 5 s at 720p with sound."""
    from seedance_nb import media
    from seedance_nb.sandbox.clip import ClipSpec, render

    spec = ClipSpec(
        width=1280, height=720, frames=121, prompt="A fox in the snow", seed=1, model="seedance-2.0", mode="text",
        audio=True, watermark=False,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="sdnb-loads-") as folder:
        clip, target = Path(folder) / "clip.mp4", Path(folder) / "made.mp4"
        clip.write_bytes(render(spec).mp4)
        yield f"clip: {clip.stat().st_size / 1e6:.2f} MB"
        works: dict[str, Callable[[], object]] = {
            "probed": lambda: media.probe_file(clip),
            "poster": lambda: media.poster(clip),
            "measured": lambda: media.measure(clip),
            "twin in H.264": lambda: media.twin(clip, target, "h264"),
        }
        for name, work in works.items():
            yield f"{name}: {_cpu(work):.4f} s of processor"


def live(address: str, process: int, lives: int) -> None:
    """Take tasks through their lives, as the engine writes them, one after the other."""
    from seedance_nb import prices
    from seedance_nb.ledger import Ledger
    from seedance_nb.money import Money, Usage
    from seedance_nb.request import Request
    from seedance_nb.task import Artifact, TaskRecord, TaskStatus

    quote = prices.quote(Request("A fox in the snow", ratio="16:9"), "ark", on=_NOW)  # type: ignore[arg-type]
    with Ledger.open(address, home=Path(tempfile.gettempdir())) as ledger:
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(lives):
            name = f"t-{process}-{number:06}"
            record = TaskRecord(
                local_id=name, provider="ark", is_sandbox=False, base_url="https://ark.example.com/api/v3",
                model="seedance-2.0", model_id="doubao-seedance-2-0", mode="text", status=TaskStatus.INTENT,
                created_at=_NOW, updated_at=_NOW, prompt="A fox in the snow, slow dolly in, warm light" * 4,
                request={"content": [{"type": "text", "text": "A fox in the snow" * 10}], "ratio": "16:9"},
                body_sha256=f"{process:032}{number:032}", seed=7, quote=quote, resolution="720p", ratio="16:9",
                duration=5, owner=f"here/{process}/x",
            )  # fmt: skip
            ledger.add_intent(record)
            ledger.transition(name, TaskStatus.SUBMITTING, at=_NOW, submitted_at=_NOW)
            ledger.transition(name, TaskStatus.QUEUED, at=_NOW, task_id=f"cgt-{process}-{number}")
            ledger.transition(name, TaskStatus.RUNNING, at=_NOW)
            with ledger.together():
                usage = Usage(108_900, 108_900)
                ledger.transition(name, TaskStatus.SUCCEEDED, at=_NOW, finished_at=_NOW, usage=usage)
                ledger.add_charge(
                    name, Money(Decimal("5.0094"), "CNY"), tokens=108_900, price_id=quote.price.id, basis="usage",
                    is_sandbox=False, at=_NOW,
                )  # fmt: skip
            with ledger.together():
                ledger.add_artifact(
                    name, Artifact("clip", Path(tempfile.gettempdir()) / f"{name}.mp4", sha256="0" * 64)
                )
                ledger.transition(name, TaskStatus.KEPT, at=_NOW)


def _lives_a_second(address: str, processes: int) -> float:
    command = [sys.executable, "-m", "benchmarks.unit_loads", "--live", address]
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                subprocess.Popen([*command, str(one)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for one in range(processes)
        ]
        for one in running:
            assert one.stdout is not None
            assert one.stdout.readline().strip() == "ready"
        began = time.perf_counter()
        for one in running:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        assert [one.wait() for one in running] == [0] * processes
        return processes * LIVES / (time.perf_counter() - began)


@contextmanager
def _server() -> Iterator[str]:
    from tests import postgres

    postgres.OPTIONS |= {"fsync": "on", "full_page_writes": "on", "autovacuum": "on", "shared_buffers": "256MB"}
    with postgres.started() as server, server.database() as address:
        yield address


def _opened(address: str) -> str:
    from seedance_nb.ledger import Ledger

    Ledger.open(address, home=Path(tempfile.gettempdir())).close()
    return address


def ledgers() -> Iterator[str]:
    """Tasks and transactions a second."""
    for processes in (1, 4):
        with tempfile.TemporaryDirectory(prefix="sdnb-loads-") as folder:
            rate = _lives_a_second(_opened(str(Path(folder) / "ledger.sqlite3")), processes)
            yield f"SQLite, {processes} processes: {rate:.0f} tasks/s, {rate * STEPS:.0f} transactions/s"
        with _server() as address:
            rate = _lives_a_second(_opened(address), processes)
            yield f"PostgreSQL, {processes} processes: {rate:.0f} tasks/s, {rate * STEPS:.0f} transactions/s"


def sizes(count: int = 50_000) -> Iterator[str]:
    """Bytes a task: rows, their indexes and what the database keeps beside them."""
    with tempfile.TemporaryDirectory(prefix="sdnb-loads-") as name:
        folder = Path(name)
        big_ledger.make(str(folder / "ledger.sqlite3"), folder, count)
        yield f"SQLite: {(folder / 'ledger.sqlite3').stat().st_size / count:.0f} bytes a task"
        with _server() as address:
            import psycopg

            big_ledger.make(address, folder, count)
            with psycopg.connect(address.replace("+psycopg", "")) as connection:
                sizes_ = (
                    "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                )
                row = connection.execute(f"{sizes_} AND relkind = 'r'").fetchone()
                assert row is not None
                yield f"PostgreSQL: {row[0] / count:.0f} bytes a task"


def polls() -> Iterator[str]:
    """Requests a task, and seconds from its end to when that is seen."""
    for count in (10, 500):
        result = polling.flow(count, 0.35, 200, tasks=max(400, 3 * count))
        yield f"by list, {count} under way: {result.requests:.2f} requests a task, seen after {result.mean:.1f} s"
    result = polling.ours(10, 0.35, 200, can_list=False, tasks=400)
    yield f"one by one, 10 under way: {result.requests:.2f} requests a task, seen after {result.mean:.1f} s"


def main() -> None:
    """Print each figure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--live", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.live:
        live(given.live[0], int(given.live[1]), LIVES)
        return
    for figures in (clips, ledgers, sizes, polls):
        for line in figures():
            print(line, flush=True)


if __name__ == "__main__":
    main()
