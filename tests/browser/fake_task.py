"""Tasks for the browser tests: a handle whose thread walks through records when a file says so.

Copied beside the test's notebook and imported by its kernel.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from seedance_nb.money import Money, Price, Quote, Usage
from seedance_nb.task import Artifact, Failure, TaskRecord, TaskStatus

STEP_S = 180.0
"""The longest that a step waits for its file."""

PROMPT = "A fox crosses fresh snow at dawn, low sun behind it, the camera tracks at its pace"


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


PRICE = Price(
    id="ark/seedance-2.0/no-video/2026-04",
    amount=Decimal(46),
    currency="CNY",
    per=1_000_000,
    unit="tokens",
    start_date=dt.date(2026, 4, 1),
    source="a test",
    checked=dt.date(2026, 11, 20),
)
COST = PRICE.cost(108_900)
QUOTE = Quote(
    provider="ark",
    model="seedance-2.0",
    model_id="doubao-seedance-2-0-260128",
    tokens_low=108_900,
    tokens_high=108_900,
    low=COST,
    high=COST,
    price=PRICE,
    basis="Exact: size and length are given.",
    sum="1280×720 × (24×5+1) / 1024 = 108,900 tokens × ¥46/1M = ¥5.01",
)


def record(status: str = "queued", **changes: object) -> TaskRecord:
    """A record in some status, submitted a little while ago."""
    begun = now() - dt.timedelta(seconds=20)
    base = TaskRecord(
        local_id="01jd4k7v0c9m",
        provider="ark",
        is_sandbox=False,
        base_url="https://ark.cn-beijing.volces.com/api/v3",
        model="seedance-2.0",
        model_id="doubao-seedance-2-0-260128",
        mode="text",
        status=TaskStatus(status),
        created_at=begun,
        updated_at=now(),
        prompt=PROMPT,
        request={"generate_audio": True, "ratio": "16:9", "resolution": "720p", "duration": 5},
        seed=42,
        task_id="cgt-20261121051700-x7k2q",
        quote=QUOTE,
        submitted_at=begun,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def kept(clip: Path, *, width: int = 320, height: int = 180, **changes: object) -> TaskRecord:
    """A record of a clip on this disk."""
    artifact = Artifact(
        kind="clip",
        path=clip,
        sha256="9f2c41d07ab3e5" + "0" * 50,
        bytes=clip.stat().st_size,
        width=width,
        height=height,
        kept_at=now(),
    )
    facts = {
        "usage": Usage(completion_tokens=108_900, total_tokens=108_900),
        "cost": COST,
        "cost_basis": "usage",
        "finished_at": now(),
        "artifacts": (artifact,),
        **changes,
    }
    return record("kept", **facts)


def failure(code: str, message: str) -> Failure:
    return Failure(code, message)


def money(amount: str, currency: str = "CNY") -> Money:
    return Money(Decimal(amount), currency)


class FakeTask:
    """A handle as the studio's, without a studio."""

    def __init__(self, first: TaskRecord, *, poster: Path | None = None, usual: tuple[float, ...] = ()) -> None:
        self._record = first
        self._poster = poster
        self._usual = usual
        self._listeners: dict[int, Callable[[TaskRecord], None]] = {}

    def record(self) -> TaskRecord:
        return self._record

    def subscribe(self, callback: Callable[[TaskRecord], None]) -> Callable[[], None]:
        key = id(callback)
        self._listeners[key] = callback
        return lambda: self._listeners.pop(key, None) and None

    def cancellable(self) -> tuple[TaskStatus, ...]:
        return (TaskStatus.QUEUED,)

    def transfer(self) -> tuple[str, int, int] | None:
        return None

    def usual_durations(self) -> tuple[float, ...]:
        return self._usual

    def poster(self) -> bytes | None:
        return self._poster.read_bytes() if self._poster else None

    def cancel(self) -> None:
        with Path("cancelled.log").open("a") as log:
            log.write("cancel\n")
        thread = threading.Thread(target=self.push, args=(replace(self._record, status=TaskStatus.CANCELLED),))
        thread.start()

    def push(self, new: TaskRecord) -> None:
        self._record = new
        for callback in list(self._listeners.values()):
            callback(new)

    def walk(self, steps: Iterator[tuple[str, TaskRecord]] | list[tuple[str, TaskRecord]]) -> threading.Thread:
        """Push each record, in a thread, when the file `<name>.go` is there."""

        def run() -> None:
            for name, new in steps:
                end = time.monotonic() + STEP_S
                while not Path(f"{name}.go").exists():
                    if time.monotonic() > end:
                        return
                    time.sleep(0.02)
                self.push(replace(new, submitted_at=self._record.submitted_at, updated_at=now()))

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread
