"""The ledger as frames and sums, against `pandas.read_sql` and `groupby` on the same ledger: time and peak memory.

`python -m benchmarks.ledger_frames` makes a ledger of 100,000 tasks in SQLite. `--tasks 1000000` takes minutes and 4 GB
of disk, `--at FOLDER` takes one that `python -m benchmarks.big_ledger` has made, and `--server` uses PostgreSQL.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.big_ledger import make

ROUNDS = 3


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
def _view(address: str) -> Iterator[Any]:
    from seedance_nb.ledger import Ledger
    from seedance_nb.reports import LedgerView

    with Ledger.open(address, home=Path(tempfile.gettempdir())) as ledger:
        yield LedgerView(ledger)


def _ours(call: Callable[[Any], object]) -> Callable[[str], None]:
    def run(address: str) -> None:
        with _view(address) as view:
            call(view)

    return run


def _without_arrow(view: Any) -> None:
    import pandas as pd

    with pd.option_context("mode.string_storage", "python"):
        view.frame()


def _report(view: Any) -> None:
    from seedance_nb.reports.report import write_report

    with tempfile.TemporaryDirectory() as folder:
        write_report(
            view,
            view._ledger,
            Path(folder) / "report.html",
            where={},
            currency="CNY",
            fx=None,
            clips="none",
            title=None,
            language="en",
            now=dt.datetime.now(dt.UTC),
        )


def _read_sql(query: str, *by: str, day: bool = False) -> Callable[[str], None]:
    def run(address: str) -> None:
        import pandas as pd
        import sqlalchemy as sa

        engine = sa.create_engine(address if "://" in address else f"sqlite:///{address}")
        with engine.connect() as connection:
            frame = pd.read_sql(sa.text(query), connection)
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


_SEVEN = ["provider", "model", "created_at", "status", "duration", "cost", "currency"]
CASES: dict[str, Callable[[str], None]] = {
    "frame()": _ours(lambda view: view.frame()),
    "frame(), texts without Arrow": _ours(_without_arrow),
    "read_sql, times parsed": _read_sql(_FRAME),
    "frame(columns=…): seven of 38": _ours(lambda view: view.frame(columns=_SEVEN)),
    "frames(columns=…), part by part": _ours(lambda view: sum(len(part) for part in view.frames(columns=_SEVEN))),
    "frame(since=…): a month": _ours(lambda view: view.frame(since="2026-06", until="2026-06")),
    "frame(limit=1000)": _ours(lambda view: view.frame(limit=1000)),
    "read_sql + groupby(provider, model)": _read_sql(_COSTS, "provider", "model"),
    "read_sql + groupby(…, day)": _read_sql(_COSTS, "provider", "model", day=True),
    "costs(provider, model)": _ours(lambda view: view.costs()),
    "costs(…, over day)": _ours(lambda view: view.costs(over="day")),
    "costs(project)": _ours(lambda view: view.costs("project")),
    "costs(tag:client)": _ours(lambda view: view.costs("tag:client")),
    "costs(family)": _ours(lambda view: view.costs("family")),
    "unit_costs()": _ours(lambda view: view.unit_costs()),
    "outcomes()": _ours(lambda view: view.outcomes()),
    "drift()": _ours(lambda view: view.drift()),
    "would_have_cost(fast)": _ours(lambda view: view.would_have_cost(model="seedance-2.0-fast", provider="ark")),
    "forecast()": _ours(lambda view: view.forecast()),
    "burn_down(5000 CNY/day)": _ours(lambda view: view.burn_down("5000 CNY/day")),
    "the report, one HTML file": _ours(_report),
    "the summary in a cell": _ours(lambda view: view._repr_mimebundle_()),
}


def _peak_mib() -> float:
    """The most memory that this process has had; `getrusage` says that of whoever started it, if it had more."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def once(address: str, name: str) -> dict[str, float]:
    """Seconds, seconds of them in which this process was busy, and MiB more than after the imports."""
    import pandas as pd
    import sqlalchemy as sa

    import seedance_nb.prices
    import seedance_nb.reports.report  # noqa: F401 - not what is measured

    with contextlib.suppress(ImportError):
        import pyarrow  # noqa: F401
    if "://" in address:
        sa.create_engine(address).dialect.import_dbapi()
    pd.Series(["x"], dtype="string")
    before = _peak_mib()
    start, busy = time.perf_counter(), time.process_time()
    CASES[name](address)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    return {
        "seconds": seconds,
        "busy": busy,
        "mib": _peak_mib() - before,
    }


@contextlib.contextmanager
def _made(count: int, at: Path | None, server: bool) -> Iterator[str]:
    """The address of a ledger with so many tasks."""
    if at is not None:
        yield str(at / "ledger.sqlite3")
        return
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = str(folder / "ledger.sqlite3")
        if server:
            from tests.postgres import started

            address = stack.enter_context(stack.enter_context(started()).database())
        start = time.perf_counter()
        make(address, folder, count)
        print(f"{count:,} tasks made in {time.perf_counter() - start:.0f} s", flush=True)
        yield address


def main() -> str:
    """Print milliseconds, how many of them the process was busy, and peak MiB of each: medians of so many processes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tasks", type=int, default=100_000)
    options.add_argument("--at", type=Path)
    options.add_argument("--server", action="store_true")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--only", default="", help="a piece of the name")
    options.add_argument("--once", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.once:
        print(json.dumps(once(*given.once)))
        return ""
    lines = []
    with _made(given.tasks, given.at, given.server) as address:
        for case in CASES:
            if given.only not in case:
                continue
            command = [sys.executable, "-m", "benchmarks.ledger_frames", "--once", address, case]
            runs = []
            for _ in range(given.rounds):
                done = subprocess.run(command, check=False, capture_output=True, text=True)
                assert done.returncode == 0, done.stderr
                runs.append(json.loads(done.stdout))
            seconds, busy, mib = (statistics.median(run[what] for run in runs) for what in ("seconds", "busy", "mib"))
            lines.append(f"{case:<36} {seconds * 1000:9.1f} ms {busy * 1000:9.1f} ms busy {mib:7.0f} MiB")
            print(lines[-1], flush=True)
    return "\n".join(lines)


if __name__ == "__main__":
    main()
