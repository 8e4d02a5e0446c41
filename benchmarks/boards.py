"""How soon a kernel's cards and tables show what another kernel did, and what that costs the server: polling or NOTIFY.

A PostgreSQL of its own; one kernel takes 100 tasks through their steps, four others, each a process, listen to all
of them. `polling` is the engine as it is. `notify` is what it could be: a trigger tells each event, a connection a
kernel listens, and what was told of is read. Latency is from the commit of a step to the call of the listener, by this
machine's one clock.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from seedance_nb.catalog import Limits
from seedance_nb.engine import Engine
from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskRecord, TaskStatus
from tests.postgres import started

KERNELS, TASKS = 4, 100
REST = 10.0
PAUSE = 0.05
STEPS = (TaskStatus.SUBMITTING, TaskStatus.QUEUED, TaskStatus.RUNNING)
TRIGGER = """
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN PERFORM pg_notify('clips', NEW.local_id || ' ' || NEW.status); RETURN NULL; END$$;
CREATE TRIGGER tell AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION tell();
"""


def plain(url: str) -> str:
    """The same address for the driver alone."""
    return url.replace("+psycopg", "")


def listen(way: str, url: str, home: str) -> None:
    """Be a kernel that listens: what it heard, and when, as JSON at the end."""
    heard: dict[str, float] = {}
    with Ledger.open(url, home=Path(home)) as ledger:
        ids = ledger.ordered_ids({})
        if way == "polling":
            engine = Engine(ledger, home=Path(home), client_of=lambda record: None, limits_of=lambda client: Limits())
            engine.subscribe_many(ids, lambda name, status, over: heard.setdefault(f"{name} {status}", time.time()))
            print("ready", flush=True)
            sys.stdin.readline()
            engine.close()
        else:
            with psycopg.connect(plain(url), autocommit=True) as connection:
                connection.execute("LISTEN clips")
                print("ready", flush=True)
                for told in connection.notifies():
                    if told.payload == "enough":
                        break
                    ledger.states([told.payload.partition(" ")[0]])
                    heard.setdefault(told.payload, time.time())
    print(json.dumps(heard), flush=True)


@contextlib.contextmanager
def kernels(way: str, url: str, home: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Kernels that listen."""
    command = [sys.executable, "-m", "benchmarks.boards", way, url, home]
    with contextlib.ExitStack() as stack:
        running = [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for _ in range(KERNELS)
        ]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield running


def transactions(url: str) -> int:
    """How many the server has ended."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        row = connection.execute("SELECT sum(xact_commit) FROM pg_stat_database").fetchone()
    assert row is not None
    return int(row[0])


def per_second(url: str, work: Callable[[], None]) -> float:
    """Transactions a second meanwhile; the server counts what a session did a second later."""
    time.sleep(2)
    before, begin = transactions(url), time.monotonic()
    work()
    time.sleep(2)
    return (transactions(url) - before) / (time.monotonic() - begin)


def measure(way: str, url: str, home: str) -> None:
    """Take the tasks through their steps, and print what the others heard."""
    now = dt.datetime.now(dt.UTC)
    done: dict[str, float] = {}
    took: list[float] = []
    with Ledger.open(url, home=Path(home)) as ledger:
        ids = [f"t-{number:04}" for number in range(TASKS)]
        names = {(local_id, TaskStatus.QUEUED): f"cgt-{local_id}" for local_id in ids}
        ledger.add_intents(
            [
                TaskRecord(i, "ark", True, "http://127.0.0.1:1", "m", "m", "text", TaskStatus.INTENT, now, now)
                for i in ids
            ]
        )
        if way == "notify":
            with psycopg.connect(plain(url), autocommit=True) as connection:
                connection.execute(TRIGGER)
        with kernels(way, url, home) as running:
            idle = per_second(url, lambda: time.sleep(REST))

            def work() -> None:
                for status in STEPS:
                    for local_id in ids:
                        begin = time.perf_counter()
                        at = dt.datetime.now(dt.UTC)
                        ledger.transition(local_id, status, at=at, task_id=names.get((local_id, status)))
                        took.append(time.perf_counter() - begin)
                        done[f"{local_id} {status}"] = time.time()
                        time.sleep(PAUSE)

            busy = per_second(url, work)
            if way == "notify":
                with psycopg.connect(plain(url), autocommit=True) as connection:
                    connection.execute("NOTIFY clips, 'enough'")
            late: list[float] = []
            missed = 0
            for process in running:
                out, _ = process.communicate("enough\n")
                heard = json.loads(out)
                late += [heard[key] - at for key, at in done.items() if key in heard]
                missed += sum(key not in heard for key in done)
    spots = statistics.quantiles(late, n=100)
    print(
        f"{way:8} latency median {spots[49] * 1000:6.1f} ms, 95 % {spots[94] * 1000:6.1f} ms, most "
        f"{max(late) * 1000:6.1f} ms; not heard {missed} of {len(done) * KERNELS}; "
        f"transactions a second: {idle:5.1f} at rest, {busy:5.1f} with {len(took)} steps; "
        f"a step {statistics.median(took) * 1000:.2f} ms",
        flush=True,
    )


def main() -> None:
    with started() as server, tempfile.TemporaryDirectory() as home:
        for way in ("polling", "notify"):
            with server.database() as url:
                measure(way, url, home)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        listen(*sys.argv[1:])
    else:
        main()
