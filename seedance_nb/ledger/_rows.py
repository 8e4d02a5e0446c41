"""Between values and rows: the form a `TaskRecord` has in SQL."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from seedance_nb.money import Money, Price, Quote, Usage
from seedance_nb.redaction import bare_url, redact, redact_value
from seedance_nb.task import Artifact, Failure, TaskRecord, TaskStatus

Row = Any
"""A row of SQLAlchemy, read by attribute."""


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """Something that happened to a task."""

    id: int
    """Order of writing."""
    local_id: str
    at: dt.datetime
    kind: str
    """`status`, `charge`, or what the writer called it."""
    status: TaskStatus | None
    """The status from then on; None where the event is not about one."""
    detail: dict[str, object] | None
    """More, secrets folded."""


class Cleaner:
    """Folds secrets, and what no database takes as text, on the way in."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._keys = tuple(key for key in keys if key)

    def text(self, text: str) -> str:
        """`text` as it may be stored."""
        text = redact(text, keys=self._keys)
        return text if text.isascii() and "\0" not in text else _storable(text)

    def value(self, value: Mapping[str, object]) -> dict[str, object]:
        """The same for every string in a JSON object."""
        clean = redact_value(value, keys=self._keys)
        assert isinstance(clean, dict)
        return _walk(clean)  # type: ignore[return-value]


def _storable(text: str) -> str:
    # Half a surrogate pair stops SQLite, a NUL stops PostgreSQL.
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�")


def _walk(value: object) -> object:
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, dict):
        return {_storable(key): _walk(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_walk(item) for item in value]
    return value


def usage_columns(usage: Usage) -> dict[str, object]:
    """The columns of a usage."""
    return {
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "web_search": usage.web_search,
    }


def failure_columns(failure: Failure | None, clean: Cleaner) -> dict[str, object]:
    """The columns of a failure; None empties them."""
    if failure is None:
        return {"failure_code": None, "failure_message": None}
    return {"failure_code": clean.text(failure.code), "failure_message": clean.text(failure.message)}


def quote_columns(quote: Quote) -> dict[str, object]:
    """The columns of a quote; its provider and model are those of the task."""
    price = quote.price
    return {
        "quote_tokens_low": quote.tokens_low,
        "quote_tokens_high": quote.tokens_high,
        "quote_low_e8": quote.low.to_e8(),
        "quote_high_e8": quote.high.to_e8(),
        "quote_currency": quote.high.currency,
        "quote_sum": quote.sum,
        "quote_basis": quote.basis,
        "price": {
            "id": price.id,
            "amount": str(price.amount),
            "currency": price.currency,
            "per": price.per,
            "unit": price.unit,
            "start_date": price.start_date.isoformat(),
            "source": price.source,
            "checked": price.checked.isoformat(),
        },
    }


_NOT_KNOWN: dict[str, dict[str, object]] = {
    "quote": dict.fromkeys(
        (
            *("quote_tokens_low", "quote_tokens_high", "quote_low_e8", "quote_high_e8", "quote_currency"),
            *("quote_sum", "quote_basis", "price"),
        )
    ),
    "usage": dict.fromkeys(("completion_tokens", "total_tokens", "web_search")),
}
"""Rows that are written together have the same columns: the first one decides for all of them."""


def task_columns(record: TaskRecord, clean: Cleaner) -> dict[str, object]:
    """The row of a task that begins."""
    return {
        "local_id": record.local_id,
        "provider": record.provider,
        "is_sandbox": record.is_sandbox,
        "base_url": bare_url(record.base_url) if "://" in record.base_url else clean.text(record.base_url),
        "model": record.model,
        "model_id": record.model_id,
        "mode": record.mode,
        "status": record.status.value,
        "task_id": record.task_id,
        "prompt": clean.text(record.prompt),
        "request": clean.value(record.request),
        "body_sha256": record.body_sha256,
        "seed": record.seed,
        "resolution": record.resolution,
        "ratio": record.ratio,
        "duration": record.duration,
        "created_at": record.created_at,
        "submitted_at": record.submitted_at,
        "updated_at": record.updated_at,
        "finished_at": record.finished_at,
        "owner": clean.text(record.owner),
        "account": record.account,
        "project": clean.text(record.project),
        "batch": record.batch,
        "asked_sha256": record.asked_sha256,
        "seconds_high": record.seconds_high,
        "follower": clean.text(record.follower),
        **(quote_columns(record.quote) if record.quote else _NOT_KNOWN["quote"]),
        **(usage_columns(record.usage) if record.usage else _NOT_KNOWN["usage"]),
        **failure_columns(record.failure, clean),
    }


def _quote(row: Row) -> Quote | None:
    if row.price is None:
        return None
    frozen = row.price
    return Quote(
        provider=row.provider,
        model=row.model,
        model_id=row.model_id,
        tokens_low=row.quote_tokens_low,
        tokens_high=row.quote_tokens_high,
        low=Money.from_e8(row.quote_low_e8, row.quote_currency),
        high=Money.from_e8(row.quote_high_e8, row.quote_currency),
        price=Price(
            id=frozen["id"],
            amount=Decimal(frozen["amount"]),
            currency=frozen["currency"],
            per=frozen["per"],
            unit=frozen["unit"],
            start_date=dt.date.fromisoformat(frozen["start_date"]),
            source=frozen["source"],
            checked=dt.date.fromisoformat(frozen["checked"]),
        ),
        basis=row.quote_basis,
        sum=row.quote_sum,
    )


def task_record(row: Row, artifacts: Sequence[Artifact]) -> TaskRecord:
    """The value of a row of `tasks` with its charge beside it."""
    usage = failure = cost = None
    if row.completion_tokens is not None:
        usage = Usage(row.completion_tokens, row.total_tokens, row.web_search)
    if row.failure_code is not None:
        failure = Failure(row.failure_code, row.failure_message)
    if row.charge_amount_e8 is not None:
        cost = Money.from_e8(row.charge_amount_e8, row.charge_currency)
    return TaskRecord(
        local_id=row.local_id,
        provider=row.provider,
        is_sandbox=row.is_sandbox,
        base_url=row.base_url,
        model=row.model,
        model_id=row.model_id,
        mode=row.mode,
        status=TaskStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        prompt=row.prompt,
        request=row.request,
        body_sha256=row.body_sha256,
        seed=row.seed,
        task_id=row.task_id,
        quote=_quote(row),
        usage=usage,
        cost=cost,
        cost_basis=row.charge_basis,
        failure=failure,
        resolution=row.resolution,
        ratio=row.ratio,
        duration=row.duration,
        submitted_at=row.submitted_at,
        finished_at=row.finished_at,
        owner=row.owner,
        account=row.account,
        project=row.project,
        batch=row.batch,
        asked_sha256=row.asked_sha256,
        seconds_high=row.seconds_high,
        follower=row.follower,
        artifacts=tuple(artifacts),
    )


def stored_path(path: Path, home: Path) -> str:
    """The text of a path: relative and with slashes inside the home folder, so that both can move."""
    absolute = Path(os.path.abspath(path))
    if absolute.is_relative_to(home):
        return absolute.relative_to(home).as_posix()
    # One of the two may have come through a symbolic link, as /tmp does on macOS.
    real, real_home = Path(os.path.realpath(path)), Path(os.path.realpath(home))
    return real.relative_to(real_home).as_posix() if real.is_relative_to(real_home) else str(absolute)


def copy_path(original: str, home: Path) -> Path:
    """Where the copy of an object lies: in the folder of clips, under the object's own name and no other."""
    name = re.sub(r"[^\w.=+ -]", "_", original.rpartition("/")[2])
    return home / "clips" / (name.lstrip(".") or "_")


def artifact_columns(local_id: str, artifact: Artifact, home: Path) -> dict[str, object]:
    """The row of an artifact."""
    return {
        "local_id": local_id,
        "kind": artifact.kind,
        "path": artifact.original or (None if artifact.path is None else stored_path(artifact.path, home)),
        "sha256": artifact.sha256,
        "bytes": artifact.bytes,
        "width": artifact.width,
        "height": artifact.height,
        "expires_at": artifact.expires_at,
        "kept_at": artifact.kept_at,
    }


def artifact_reader(home: Path) -> Callable[[Row], Artifact]:
    """How rows of `artifacts` are read: relative paths lie in `home`, and so do copies of what lies in a store."""

    def read(row: Row) -> Artifact:
        path: str | None = row.path
        original = path if path is not None and "://" in path else ""
        return Artifact(
            kind=row.kind,
            path=copy_path(original, home) if original else None if path is None else home / path,
            original=original,
            sha256=row.sha256,
            bytes=row.bytes,
            width=row.width,
            height=row.height,
            kept_at=row.kept_at,
            expires_at=row.expires_at,
        )

    return read
