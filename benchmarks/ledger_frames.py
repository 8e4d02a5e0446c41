"""The ledger as frames and sums, against `pandas.read_sql` and `groupby` on the same file: time and peak memory.

`python -m benchmarks.ledger_frames` makes a ledger of 100,000 tasks; `--tasks 1000000` takes minutes and 1 GB of disk.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROUNDS = 3
CHUNK = 20_000
_BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def make(folder: Path, count: int) -> None:
    """A ledger of kept and failed tasks over a year, a few of them with labels."""
    from seedance_nb.ledger import Ledger
    from seedance_nb.ledger._schema import artifacts, charges, cost_totals, labels, tasks

    rng = random.Random(7)
    models = ("seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini")
    totals: dict[tuple[Any, ...], list[int]] = {}
    with Ledger.open(folder / "ledger.sqlite3", home=folder) as ledger:
        for start in range(0, count, CHUNK):
            rows: dict[str, list[dict[str, Any]]] = {"tasks": [], "charges": [], "artifacts": [], "labels": []}
            for number in range(start, min(start + CHUNK, count)):
                _add(rows, totals, number, count, rng, models)
            with ledger._writing("") as connection:
                for table in (tasks, charges, artifacts, labels):
                    if rows[table.name]:
                        connection.execute(table.insert(), rows[table.name])
        names = ("day", "provider", "model", "basis", "currency", "is_sandbox")
        with ledger._writing("") as connection:
            connection.execute(
                cost_totals.insert(),
                [
                    {**dict(zip(names, key, strict=True)), "tasks": sums[0], "tokens": sums[1], "amount_e8": sums[2]}
                    for key, sums in totals.items()
                ],
            )


def _add(
    rows: dict[str, list[dict[str, Any]]],
    totals: dict[tuple[Any, ...], list[int]],
    number: int,
    count: int,
    rng: random.Random,
    models: tuple[str, ...],
) -> None:
    at = _BEGIN + dt.timedelta(seconds=number * 31_000_000 / count)
    name, provider, model = f"t-{number:08}", rng.choice(("ark", "atlas")), rng.choice(models)
    fails, tokens = rng.random() < 0.05, rng.choice((87_300, 108_900, 216_900))
    currency = "CNY" if provider == "ark" else "USD"
    cost = tokens * rng.choice((4600, 3700, 2300))
    quote = {} if number % 50 == 0 else {"low": cost, "high": cost, "currency": currency}
    rows["tasks"].append(
        {
            "local_id": name,
            "provider": provider,
            "is_sandbox": False,
            "base_url": "https://x.example.com",
            "model": model,
            "model_id": f"id-{model}",
            "mode": "text",
            "status": "failed" if fails else "kept",
            "task_id": f"cgt-{number}",
            "prompt": f"A cat yawns at the camera, take {number % 1000}, in the snow",
            "request": {"content": [{"type": "text", "text": "x"}], "generate_audio": True},
            "body_sha256": "ab" * 32,
            "seed": number,
            "resolution": "720p",
            "ratio": "16:9",
            "duration": 5,
            "quote_tokens_low": tokens,
            "quote_tokens_high": tokens,
            "quote_low_e8": quote.get("low"),
            "quote_high_e8": quote.get("high"),
            "quote_currency": quote.get("currency"),
            "quote_sum": "1 × 1",
            "quote_basis": "Exact",
            "price": {"id": "p"},
            "completion_tokens": None if fails else tokens,
            "total_tokens": None,
            "failure_code": "Bad" if fails else None,
            "failure_message": "no" if fails else None,
            "created_at": at,
            "submitted_at": at,
            "updated_at": at,
            "finished_at": at + dt.timedelta(seconds=60),
            "owner": "here/1/x",
            "project": f"project {number % 20}",
            "batch": "",
        }
    )
    if number % 100 == 0:
        rows["labels"].append({"local_id": name, "at": at, "name": "tag:hero", "value": "yes"})
    if fails:
        return
    path = {"local_id": name, "kind": "clip", "path": f"clips/{name}.mp4", "sha256": "cd" * 32, "bytes": 10**6}
    rows["artifacts"].append({**path, "width": 1280, "height": 720, "kept_at": at})
    charge = {"local_id": name, "amount_e8": cost, "currency": currency, "tokens": tokens, "price_id": "p"}
    rows["charges"].append({**charge, "basis": "usage", "is_sandbox": False, "charged_at": at})
    sums = totals.setdefault((at.date().isoformat(), provider, model, "usage", currency, False), [0, 0, 0])
    sums[0], sums[1], sums[2] = sums[0] + 1, sums[1] + tokens, sums[2] + cost


# -- what is measured, each in a process of its own --

_FRAME = """
SELECT t.local_id, t.task_id, t.provider, t.model, t.model_id, t.mode, t.status, t.is_sandbox, t.prompt, t.resolution,
 t.ratio, t.duration, t.seed, t.completion_tokens, t.quote_tokens_high, t.quote_low_e8, t.quote_high_e8,
 t.quote_currency, t.failure_code, t.failure_message, t.created_at, t.submitted_at, t.finished_at, t.updated_at,
 t.account, t.project, t.batch, c.amount_e8, c.currency, c.basis, c.price_id, c.charged_at, a.path
FROM tasks t LEFT JOIN charges c USING (local_id)
 LEFT JOIN artifacts a ON a.local_id = t.local_id AND a.kind = 'clip' ORDER BY t.created_at DESC"""
_COSTS = """
SELECT t.provider, t.model, t.project, t.status, t.duration, c.currency, c.is_sandbox, c.amount_e8, c.tokens,
 c.charged_at FROM charges c JOIN tasks t USING (local_id)"""


@contextlib.contextmanager
def _view(folder: Path) -> Iterator[Any]:
    from seedance_nb.ledger import Ledger
    from seedance_nb.reports import LedgerView

    with Ledger.open(folder / "ledger.sqlite3", home=folder) as ledger:
        yield LedgerView(ledger)


def _ours(call: Callable[[Any], object]) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        with _view(folder) as view:
            call(view)

    return run


def _read_sql(query: str, *by: str, day: bool = False) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        import pandas as pd

        with contextlib.closing(sqlite3.connect(folder / "ledger.sqlite3")) as connection:
            frame = pd.read_sql(query, connection)
        names = [*by]
        if day:
            frame["day"] = pd.to_datetime(frame["charged_at"]).dt.floor("D")
            names.append("day")
        if by:
            frame.groupby([*names, "currency", "is_sandbox"])[["amount_e8", "tokens"]].sum()
        else:
            for name in ("created_at", "submitted_at", "finished_at", "updated_at", "charged_at"):
                frame[name] = pd.to_datetime(frame[name])

    return run


CASES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "frame()": ("", _ours(lambda view: view.frame())),
    "frame(since=…): a month": ("frame()", _ours(lambda view: view.frame(since="2026-06", until="2026-06"))),
    "read_sql, times parsed": ("frame()", _read_sql(_FRAME)),
    "costs(provider, model)": ("", _ours(lambda view: view.costs())),
    "costs(provider, model, over day)": ("", _ours(lambda view: view.costs(over="day"))),
    "costs(project)": ("", _ours(lambda view: view.costs("project"))),
    "costs(tag:hero)": ("", _ours(lambda view: view.costs("tag:hero"))),
    "costs(family)": ("", _ours(lambda view: view.costs("family"))),
    "read_sql + groupby(provider, model)": ("costs", _read_sql(_COSTS, "provider", "model")),
    "read_sql + groupby(…, day)": ("costs", _read_sql(_COSTS, "provider", "model", day=True)),
    "unit_costs()": ("", _ours(lambda view: view.unit_costs())),
    "drift()": ("", _ours(lambda view: view.drift())),
    "would_have_cost(fast)": ("", _ours(lambda view: view.would_have_cost(model="seedance-2.0-fast", provider="ark"))),
}


def once(folder: Path, name: str) -> dict[str, float]:
    """Seconds and MiB more than after the imports."""
    import pandas  # noqa: F401 - not what is measured

    import seedance_nb.prices
    import seedance_nb.reports  # noqa: F401

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    CASES[name][1](folder)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024}


def main() -> str:
    """Print milliseconds and peak MiB of each, medians of three processes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tasks", type=int, default=100_000)
    options.add_argument("--once", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.once:
        print(json.dumps(once(Path(given.once[0]), given.once[1])))
        return ""
    lines = []
    with tempfile.TemporaryDirectory() as name:
        start = time.perf_counter()
        make(Path(name), given.tasks)
        print(f"{given.tasks:,} tasks made in {time.perf_counter() - start:.0f} s", flush=True)
        for case in CASES:
            command = [sys.executable, "-m", "benchmarks.ledger_frames", "--once", name, case]
            runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(ROUNDS)]
            seconds, mib = (statistics.median(run[what] for run in runs) for what in ("seconds", "mib"))
            lines.append(f"{case:<36} {seconds * 1000:9.1f} ms {mib:7.0f} MiB")
            print(lines[-1], flush=True)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
