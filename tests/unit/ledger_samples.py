"""Records to fill a ledger with."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from seedance_nb.ledger import Ledger
from seedance_nb.money import Money, Price, Quote, Usage
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.vote import Vote

NOW = dt.datetime(2026, 11, 21, 4, 53, 55, 120_000, tzinfo=dt.UTC)
PRICE = Price(
    id="ark/seedance-2.0/no-video/2026-04",
    amount=Decimal("46"),
    currency="CNY",
    per=1_000_000,
    unit="tokens",
    start_date=dt.date(2026, 4, 1),
    source="https://www.example.com/docs/1?lang=zh",
    checked=dt.date(2026, 11, 20),
)
QUOTE = Quote(
    provider="ark",
    model="seedance-2.0",
    model_id="doubao-seedance-2-0",
    tokens_low=87_300,
    tokens_high=108_900,
    low=PRICE.cost(87_300),
    high=PRICE.cost(108_900),
    price=PRICE,
    basis="The ratio is left to the model.",
    sum="1280×720 × (24×5+1) / 1024 = 108,900 tokens × ¥46/1M = ¥5.01",
)


def after(seconds: float) -> dt.datetime:
    """So many seconds after `NOW`."""
    return NOW + dt.timedelta(seconds=seconds)


def a_record(number: int = 1, **changes: Any) -> TaskRecord:
    """The intent of a task, `number` seconds after `NOW`."""
    record = TaskRecord(
        local_id=f"t-{number:04}",
        provider="ark",
        is_sandbox=False,
        base_url="https://ark.example.com/api/v3",
        model="seedance-2.0",
        model_id="doubao-seedance-2-0",
        mode="text",
        status=TaskStatus.INTENT,
        created_at=after(number),
        updated_at=after(number),
        prompt="一只猫 yawns <b>",
        request={"content": [{"type": "text", "text": "一只猫 yawns <b>"}], "ratio": "16:9"},
        body_sha256="ab" * 32,
        seed=7,
        quote=QUOTE,
        resolution="720p",
        ratio="16:9",
        duration=5,
        owner="here/1/x",
    )
    return replace(record, **changes)


def a_vote(number: int = 1, **changes: Any) -> Vote:
    """A vote for the left of two clips, `number` seconds after `NOW`."""
    vote = Vote(
        comparison="fast or standard",
        group="the cat, seed 7",
        rater="Ana",
        left_id="t-0001",
        right_id="t-0002",
        verdict="left",
        at=after(number),
        seed=2**62,
        place=number,
        seconds=4.25,
    )
    return replace(vote, **changes)


WAYS = {
    TaskStatus.SUBMITTING: [],
    TaskStatus.UNKNOWN: [TaskStatus.SUBMITTING],
    TaskStatus.REJECTED: [TaskStatus.SUBMITTING],
    TaskStatus.FAILED: [],
    TaskStatus.CANCELLED: [],
    TaskStatus.QUEUED: [TaskStatus.SUBMITTING],
    TaskStatus.RUNNING: [TaskStatus.SUBMITTING, TaskStatus.QUEUED],
    TaskStatus.EXPIRED: [TaskStatus.SUBMITTING, TaskStatus.QUEUED],
    TaskStatus.LOST: [TaskStatus.SUBMITTING, TaskStatus.QUEUED],
    TaskStatus.SUCCEEDED: [TaskStatus.SUBMITTING, TaskStatus.QUEUED, TaskStatus.RUNNING],
    TaskStatus.KEPT: [TaskStatus.SUBMITTING, TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.SUCCEEDED],
}
"""The steps between a task's intent and a status."""


def bring(ledger: Ledger, local_id: str, status: TaskStatus, **facts: Any) -> None:
    """Take a task from its intent to a status, the steps in between included."""
    for step in [*WAYS[status], status]:
        task_id = f"cgt-{local_id}" if step is TaskStatus.QUEUED else None
        ledger.transition(local_id, step, at=NOW, **{"task_id": task_id, **(facts if step is status else {})})


def a_ledger(folder: Path, **options: Any) -> Ledger:
    """A ledger in `folder`, which is also its home."""
    return Ledger.open(folder / "ledger.sqlite3", home=folder, **options)


def charge(ledger: Ledger, local_id: str, amount: str = "5.0094", currency: str = "CNY", **changes: Any) -> bool:
    """Charge a task."""
    how = {"tokens": 108_900, "price_id": PRICE.id, "basis": "usage", "is_sandbox": False, "at": after(60)}
    return ledger.add_charge(local_id, Money(Decimal(amount), currency), **{**how, **changes})


def succeed(ledger: Ledger, record: TaskRecord, *, seconds: float = 40) -> None:
    """Take a task from its intent to its success."""
    ledger.add_intent(record)
    at = record.created_at
    name = record.local_id
    ledger.transition(name, TaskStatus.SUBMITTING, at=at, submitted_at=at)
    ledger.transition(name, TaskStatus.QUEUED, at=at, task_id=f"cgt-{name}")
    end = at + dt.timedelta(seconds=seconds)
    ledger.transition(name, TaskStatus.SUCCEEDED, at=end, finished_at=end, usage=Usage(108_900, 108_900))
