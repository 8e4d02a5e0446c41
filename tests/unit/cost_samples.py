"""A month whose every number can be done by hand: two prices, three currencies, and all that can go wrong."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from seedance_nb import prices
from seedance_nb.ledger import Ledger
from seedance_nb.money import Money, Quote, Usage
from seedance_nb.request import Request
from seedance_nb.task import Failure, TaskRecord, TaskStatus

from .ledger_samples import a_record, a_vote

NEW_PRICE = {
    "id": "seedance-2.0/2026-11-15",
    "provider": "ark",
    "model": "seedance-2.0",
    "amount": "50",
    "currency": "CNY",
    "per": {"tokens": 1_000_000},
    "start_date": dt.date(2026, 11, 15),
    "when": {"resolution": ["480p", "720p"], "video_input": False},
}
"""From the fifteenth on Ark asks ¥50 for a million tokens, where it was ¥46."""

PLAIN = {"content": [{"type": "text", "text": "x"}], "generate_audio": True}
WITH_CLIP = {
    "content": [
        {"type": "text", "text": "x"},
        {
            "type": "video",
            "role": "reference_video",
            "source": "url",
            "label": "https://x.example.com/a.mp4",
            "duration": 2,
        },
    ]
}
CLIP_IS_GONE = {
    "content": [
        {"type": "video", "role": "reference_video", "source": "bytes", "label": "9 bytes", "sha256": "00" * 32}
    ]
}


def at(day: int, hour: int = 4) -> dt.datetime:
    """An hour of November 2026, UTC."""
    return dt.datetime(2026, 11, day, hour, tzinfo=dt.UTC)


def quote(day: int, provider: str = "ark", model: str = "seedance-2.0") -> Quote:
    """What five seconds at 720p and 16:9 are quoted on a day."""
    request = Request("x", model=model, ratio="16:9")  # type: ignore[arg-type]
    return prices.quote(request, provider, on=dt.date(2026, 11, day))


def a_task(ledger: Ledger, number: int, day: int, status: TaskStatus = TaskStatus.KEPT, **changes: Any) -> TaskRecord:
    """A task that was sent at four o'clock, ended 40 s later, and is not charged."""
    begin = at(day)
    given = {
        "request": PLAIN,
        "quote": None,
        "created_at": begin,
        "updated_at": begin,
        "submitted_at": begin,
        **changes,
    }
    usage = given.pop("usage", None)
    record = a_record(number, **given)
    ledger.add_intent(record)
    end = begin + dt.timedelta(seconds=40)
    name = record.local_id
    steps = {
        TaskStatus.KEPT: [TaskStatus.QUEUED, TaskStatus.SUCCEEDED, TaskStatus.KEPT],
        TaskStatus.LOST: [TaskStatus.QUEUED, TaskStatus.SUCCEEDED, TaskStatus.LOST],
        TaskStatus.FAILED: [TaskStatus.QUEUED, TaskStatus.FAILED],
        TaskStatus.UNKNOWN: [TaskStatus.UNKNOWN],
        TaskStatus.QUEUED: [TaskStatus.QUEUED],
    }[status]
    ledger.transition(name, TaskStatus.SUBMITTING, at=begin)
    for step in steps:
        is_end = step in {TaskStatus.SUCCEEDED, TaskStatus.FAILED}
        ledger.transition(
            name,
            step,
            at=end if is_end else begin,
            task_id=f"cgt-{number}" if step is TaskStatus.QUEUED else None,
            finished_at=end if is_end else None,
            usage=Usage(usage, usage) if usage is not None and step is TaskStatus.SUCCEEDED else None,
            failure=Failure("InternalError", "no") if step is TaskStatus.FAILED else None,
        )
    return record


def charged(ledger: Ledger, number: int, day: int, amount: str, currency: str = "CNY", **changes: Any) -> TaskRecord:
    """A kept task and its charge, of the same hour."""
    how = {
        "tokens": changes.get("usage", 108_900),
        "price_id": changes.pop("price_id", None),
        "basis": changes.pop("basis", "usage"),
    }
    record = a_task(ledger, number, day, **{"usage": how["tokens"], **changes})
    ledger.add_charge(
        record.local_id, Money(Decimal(amount), currency), is_sandbox=record.is_sandbox, at=at(day), **how
    )
    return record


OLD, NEW = "ark/seedance-2.0/720p/no-video/2026-04", "own/seedance-2.0/2026-11-15"
FAST, VIDEO = "ark/seedance-2.0-fast/720p/no-video/2026-04", "ark/seedance-2.0/720p/video/2026-04"
BILL = b"""task_id,amount,time
cgt-1,5.01,2026-11-02T04:00:40Z
cgt-2,5.45,2026-11-16T04:00:40Z
cgt-2,5.45,2026-11-16T04:00:40Z
cgt-3,4.53,2026-11-16T04:00:40Z
cgt-4,5.44,2026-11-03T04:00:40Z
cgt-7,5.06,2026-11-05T04:00:40Z
cgt-99,1.5,2026-11-20T00:00:00Z
"""
"""Task 2 is on it twice, task 3 is dearer by ¥0.5007, task 11 is missing, and one is nobody's."""


def a_month(ledger: Ledger) -> None:
    """November 2026. `prices.override([NEW_PRICE])` is to be in force, so that its quotes are those of the days.

    | task | | tokens × price | charge |
    | --- | --- | --- | --- |
    | 1 | ark, on the 2nd | 108,900 × ¥46/1M | ¥5.0094 |
    | 2 | ark, on the 16th, after the price change | 108,900 × ¥50/1M | ¥5.445 |
    | 3 | ark fast, on the 16th | 108,900 × ¥37/1M | ¥4.0293 |
    | 4 | ark, reference clip of 2 s: the minimum of 9 s × 21,600 | 194,400 × ¥28/1M | ¥5.4432 |
    | 5 | atlas, said by the provider | | $1.2096 |
    | 6 | a provider that bills euros | | €3 |
    | 7 | ark, billed 1,000 tokens more than quoted | 109,900 × ¥46/1M | ¥5.0554 |
    | 8 | the sandbox | | ¥7 |
    | 9, 10 | failed; no answer | | none |
    | 11 | lost, and billed | 108,900 × ¥46/1M | ¥5.0094 |
    """
    common = {"price_id": OLD, "quote": quote(2)}
    charged(ledger, 1, 2, "5.0094", project="film", prompt="A cat, take 1", **common)
    charged(ledger, 2, 16, "5.445", project="film", prompt="a cat,  take 22", price_id=NEW, quote=quote(16))
    fast = quote(16, model="seedance-2.0-fast")
    charged(ledger, 3, 16, "4.0293", model="seedance-2.0-fast", prompt="A fox", price_id=fast.price.id, quote=fast)
    clip = "ark/seedance-2.0/720p/video/2026-04"
    charged(ledger, 4, 3, "5.4432", mode="reference", request=WITH_CLIP, usage=194_400, price_id=clip)
    charged(ledger, 5, 4, "1.2096", "USD", provider="atlas", basis="reported", quote=quote(4, "atlas"))
    charged(ledger, 6, 4, "3", "EUR", provider="elsewhere", basis="reported")
    charged(ledger, 7, 5, "5.0554", usage=109_900, **common)
    charged(ledger, 8, 6, "7", is_sandbox=True)
    a_task(ledger, 9, 7, TaskStatus.FAILED, quote=quote(2))
    a_task(ledger, 10, 8, TaskStatus.UNKNOWN, quote=quote(2))
    charged(ledger, 11, 9, "5.0094", status=TaskStatus.LOST, **common)
    for number, verdict in enumerate(("left", "left", "right", "tie"), 1):
        ledger.add_vote(a_vote(number, verdict="right", rater=str(number)))  # and thought again
        ledger.add_vote(a_vote(number, verdict=verdict, rater=str(number)))
    withdrawn = ledger.add_vote(a_vote(9, verdict="right"))
    ledger.withdraw_vote(withdrawn.id)
