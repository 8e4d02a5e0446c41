"""Records of tasks for the tests of the widgets."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from seedance_nb.money import Money, Price, Quote, Usage
from seedance_nb.task import Artifact, TaskRecord, TaskStatus

BEGUN = dt.datetime(2026, 11, 21, 5, 0, tzinfo=dt.UTC)
NOW = BEGUN + dt.timedelta(seconds=72)
COST = Money(Decimal("5.0094"), "CNY")
PRICE = Price("p", Decimal(46), "CNY", 1_000_000, "tokens", dt.date(2026, 4, 1), "a page", dt.date(2026, 11, 20))
SUM = "1280×720 × (24×5+1) / 1024 = 108,900 tokens × ¥46/1M = ¥5.01"
QUOTE = Quote("ark", "seedance-2.0", "doubao", 108_900, 108_900, COST, COST, PRICE, "Exact.", SUM)
CLIP = Artifact(
    "clip", path=Path("/books/one/out/a b#1.mp4"), sha256="ab" * 32, bytes=4_230_000, width=1280, height=720
)


def record(status: TaskStatus = TaskStatus.RUNNING, **changes: object) -> TaskRecord:
    base = TaskRecord(
        local_id="local-1",
        provider="ark",
        is_sandbox=False,
        base_url="https://ark.example",
        model="seedance-2.0",
        model_id="doubao",
        mode="text",
        status=status,
        created_at=BEGUN,
        submitted_at=BEGUN,
        updated_at=BEGUN,
        prompt="A fox in the snow",
        request={"generate_audio": False, "ratio": "adaptive", "resolution": "720p", "duration": -1},
        task_id="cgt-1",
        quote=QUOTE,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def kept(**changes: object) -> TaskRecord:
    facts = {
        "usage": Usage(108_900, 108_900),
        "cost": COST,
        "cost_basis": "usage",
        "artifacts": (CLIP,),
        "finished_at": NOW,
        "ratio": "16:9",
        "duration": 5,
        "seed": 0,
    }
    return record(TaskStatus.KEPT, **{**facts, **changes})
