"""Two months of a studio's work, made up and always the same, for reports and charts to look at."""

from __future__ import annotations

import datetime as dt
import io
import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from PIL import Image

from seedance_nb.ledger import Ledger
from seedance_nb.money import Money, Usage
from seedance_nb.reports import LedgerView
from seedance_nb.sandbox.clip import picture
from seedance_nb.task import Artifact, Failure, TaskStatus

from ..unit.ledger_samples import PRICE, QUOTE, a_record, a_vote

NOW = dt.datetime(2026, 11, 26, 9, tzinfo=dt.UTC)
KEY = "sk-planted-0123456789abcdef"
HOSTILE = '"></p><script>window.hit = 1</script><img src="https://evil.test/x.png" onerror="window.hit = 1">'
_TOKENS = {"480p": 50_638, "720p": 108_900, "1080p": 245_025}
_KINDS = (
    # provider, model, price of a million tokens, its currency, seconds to make a clip, how often
    ("ark", "seedance-2.0", Decimal(46), "CNY", 95, 4),
    ("ark", "seedance-2.0-fast", Decimal(37), "CNY", 48, 5),
    ("ark", "seedance-2.0-mini", Decimal(23), "CNY", 40, 1),
    ("atlas", "seedance-2.0", Decimal("11.2"), "USD", 110, 2),
)
_PROMPTS = (
    "A lighthouse in a storm, the camera rises slowly",
    "一只橘猫在雪地里打滚，慢镜头",
    "Un marché au lever du jour, travelling avant",
    "A paper boat on a green river, close up",
    "Two dancers in an empty station, wide shot",
    "霓虹灯下的雨夜街道，固定机位",
    HOSTILE,
    f"A field of sunflowers, key {KEY}",
)


def make(path: Path, *, tasks: int, is_sandbox: bool = False, seed: int = 7, keys: tuple[str, ...] = (KEY,)) -> Ledger:
    """A ledger of so many tasks in a new folder, with votes and the posters of the newest eight."""
    path.mkdir(parents=True, exist_ok=True)
    ledger = Ledger.open(path / "ledger.sqlite3", home=path, keys=list(keys))
    rng = random.Random(seed)
    begins = sorted(NOW - dt.timedelta(days=rng.triangular(0.2, 55, 18)) for _ in range(tasks))
    made: dict[str, list[str]] = {}
    for number, begin in enumerate(begins, 1):
        kind = rng.choices(_KINDS, weights=[one[-1] for one in _KINDS])[0]
        local_id = _task(ledger, number, begin, kind, rng, is_sandbox=is_sandbox, is_new=number > tasks - 8)
        if local_id:
            made.setdefault(kind[1], []).append(local_id)
    names = sorted(made)
    weights = dict(zip(names, (6, 5, 2), strict=False))
    for number in range(70):
        one, other = rng.sample(names, 2)
        verdict = rng.choices(("left", "right", "tie", "both_bad"), (weights[one], weights[other], 1, 0.5))[0]
        pair = {"left_id": rng.choice(made[one]), "right_id": rng.choice(made[other])}
        ledger.add_vote(a_vote(number + 1, rater=f"r{number}", verdict=verdict, **pair))
    return ledger


def _task(
    ledger: Ledger, number: int, begin: dt.datetime, kind: Any, rng: random.Random, *, is_sandbox: bool, is_new: bool
) -> str:
    """One task; our id of it if it made a clip."""
    provider, model, price, currency, seconds, _ = kind
    resolution = rng.choice(("480p", "720p", "720p", "1080p"))
    tokens = _TOKENS[resolution]
    cost = Money((price * tokens / 1_000_000).quantize(Decimal("1e-8")), currency)
    high = Money(cost.amount * rng.choice((1, 1, 1, Decimal("1.25"))), currency)
    row = replace(PRICE, id=f"{provider}/{model}/2026-04", amount=price, currency=currency)
    quote = replace(QUOTE, provider=provider, model=model, low=cost, high=high, price=row)
    record = a_record(
        number,
        provider=provider,
        model=model,
        quote=quote,
        prompt=_PROMPTS[number % len(_PROMPTS)],
        created_at=begin,
        updated_at=begin,
        submitted_at=begin,
        resolution=resolution,
        project=rng.choice(("Winter film", "短片", "advert", "advert", "")),
        is_sandbox=is_sandbox,
        seed=rng.randrange(10_000),
    )
    ledger.add_intent(record)
    end = begin + dt.timedelta(seconds=seconds * rng.lognormvariate(0, 0.3))
    fails = rng.random() < 0.08 and not is_new
    ledger.transition(record.local_id, TaskStatus.SUBMITTING, at=begin)
    ledger.transition(record.local_id, TaskStatus.QUEUED, at=begin, task_id=f"cgt-{number}")
    if fails:
        failure = Failure("InternalError", "no")
        ledger.transition(record.local_id, TaskStatus.FAILED, at=end, finished_at=end, failure=failure)
        return ""
    usage = Usage(tokens, tokens)
    ledger.transition(record.local_id, TaskStatus.SUCCEEDED, at=end, finished_at=end, usage=usage)
    ledger.add_charge(
        record.local_id, cost, is_sandbox=is_sandbox, at=end, tokens=tokens, price_id=row.id, basis="usage"
    )
    ledger.transition(record.local_id, TaskStatus.KEPT, at=end)
    if is_new:
        poster = ledger.home / f"{number}.jpg"
        drawn = Image.open(io.BytesIO(picture(record.prompt, 640, 360, number)))
        drawn.convert("RGB").save(poster, quality=82)
        ledger.add_artifact(record.local_id, Artifact("poster", poster, sha256="0" * 64, kept_at=end))
        LedgerView(ledger).tag(record.local_id, "hero", client="acme")
    return record.local_id


def bill(view: LedgerView) -> bytes:
    """What the providers billed in November: a charge is missing, one is there twice, and one is nobody's."""
    charges = view.charges(since="2026-11").sort_values("charged_at").to_dict("records")
    lines = [
        f"{row['task_id']},{row['cost']},{row['currency']},{row['charged_at']:%Y-%m-%dT%H:%M:%SZ}" for row in charges
    ]
    lines = [*lines[1:], lines[-1], "cgt-999,5.01,CNY,2026-11-20T08:00:00Z"]
    return "\n".join(["task_id,amount,currency,time", *lines]).encode()
