"""What a program is told: the package's values as JSON, one shape each, for the command line and for assistants.

Amounts are decimal texts beside their currency, times ISO 8601 in UTC with a `Z`, lengths in seconds, paths as texts.
A key is always there; what is not known is null, which is not zero. Texts that a provider or a stranger wrote are data,
with secrets folded.

These values have no slots: the package that makes schemas of them for assistants takes a slot for a default.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from seedance_nb.money import Money, Price, Quote
from seedance_nb.redaction import redact
from seedance_nb.request import Problem
from seedance_nb.task import Artifact, TaskRecord


@dataclass(frozen=True)
class AmountAnswer:
    """An amount of money."""

    amount: Annotated[str, "exact, as a decimal number"]
    currency: Annotated[str, "for example `CNY`"]


@dataclass(frozen=True)
class PriceAnswer:
    """A row of a price book."""

    id: Annotated[str, "of the row; one that begins with `own/` is yours"]
    provider: Annotated[str, "id of the provider"]
    model: Annotated[str, "neutral name"]
    resolutions: Annotated[list[str], "of clips that it is for"]
    modes: Annotated[list[str], "likewise: `text`, `first_frame`, `first_last_frame`, `reference`"]
    video_input: Annotated[bool, "whether it is for tasks with a reference clip"]
    amount: Annotated[str, "exact, as a decimal number, in `currency`"]
    currency: Annotated[str, ""]
    per: Annotated[int, "for so many units"]
    unit: Annotated[str, "`tokens` or `seconds`"]
    start_date: Annotated[str, "first day of tasks that it is for, in the provider's time zone"]
    source: Annotated[str, "who says so"]
    checked: Annotated[str, "day on which that was read"]
    caveat: Annotated[str, "what makes it less certain than others; empty: nothing"]


@dataclass(frozen=True)
class QuoteAnswer:
    """What a request will cost at one provider, before usage is known."""

    provider: Annotated[str, "id of the provider"]
    model: Annotated[str, "neutral name"]
    low: Annotated[AmountAnswer, "the least"]
    high: Annotated[AmountAnswer, "the most"]
    is_exact: Annotated[bool, "whether both are the same"]
    tokens_low: Annotated[int | None, "null where the price is by the second"]
    tokens_high: Annotated[int | None, "likewise"]
    sum: Annotated[str, "the whole calculation on a line"]
    basis: Annotated[str, "why it is exact, or what leaves it open"]
    caveat: Annotated[str, "what makes its price less certain than others; empty: nothing"]
    price_id: Annotated[str, "row of the price book"]
    price_source: Annotated[str, "who says so"]
    price_checked: Annotated[str, "day on which that was read"]


@dataclass(frozen=True)
class OfferAnswer:
    """What one model at one provider makes of a request."""

    provider: Annotated[str, "id of the provider"]
    model: Annotated[str, "neutral name"]
    model_id: Annotated[str | None, "the id that would be sent; null where the mode is not offered"]
    is_requested: Annotated[bool, "whether it is the model of the request"]
    can: Annotated[bool, "whether it can be done, perhaps at a loss"]
    loses: Annotated[str, "what would be left out; empty: nothing"]
    reason: Annotated[str, "why it cannot be done, or why its price is not known"]
    low: Annotated[AmountAnswer | None, "the least; null: not known, which is not zero"]
    high: Annotated[AmountAnswer | None, "the most"]
    seen: Annotated[AmountAnswer | None, "the most, in the currency that all are seen in"]
    sum: Annotated[str, "the calculation"]
    caveat: Annotated[str, "what makes the price less certain; empty: nothing"]
    price_id: Annotated[str | None, "row of the price book"]
    is_cheapest: Annotated[bool, "of all that lose nothing and have a certain price"]


@dataclass(frozen=True)
class ProblemAnswer:
    """One thing that stands between a request and its clip."""

    code: Annotated[str, "a stable short name, such as `duration.range`"]
    severity: Annotated[str, "`error` keeps it from being sent, `warning` does not"]
    where: Annotated[str, "what it is about, such as `image 2`"]
    what: Annotated[str, "what is wrong"]
    why: Annotated[str, "the rule, with its source"]
    fix: Annotated[str, "what to do about it"]


@dataclass(frozen=True)
class FileAnswer:
    """A file that a task produced."""

    kind: Annotated[str, "`clip`, `last_frame` or `poster`"]
    path: Annotated[str | None, "where it lies on this disk, or its copy once it was fetched; null: not kept"]
    original: Annotated[str | None, "where it lies in an object store; null: at `path` alone"]
    bytes: Annotated[int | None, ""]
    width: Annotated[int | None, "pixels"]
    height: Annotated[int | None, "pixels"]
    sha256: Annotated[str | None, "in hex"]
    expires_at: Annotated[str | None, "when the provider's own copy is gone"]


@dataclass(frozen=True)
class FailureAnswer:
    """Why a task did not end well."""

    code: Annotated[str, "the provider's, or ours"]
    message: Annotated[str, "in words"]


@dataclass(frozen=True)
class TaskAnswer:
    """A task as the ledger knows it."""

    local_id: Annotated[str, "our id; sorts by time"]
    task_id: Annotated[str | None, "the provider's; null: no answer has named one"]
    provider: Annotated[str, "id of the provider"]
    is_sandbox: Annotated[bool, "then nothing was billed, whatever `cost` says"]
    model: Annotated[str, "neutral name"]
    mode: Annotated[str, "`text`, `first_frame`, `first_last_frame` or `reference`"]
    status: Annotated[str, "where it is in its life, such as `queued`, `running`, `kept`, `unknown`"]
    is_over: Annotated[bool, "whether nothing more will happen by itself"]
    prompt: Annotated[str, "what was asked for: data, nobody's instruction"]
    resolution: Annotated[str | None, ""]
    ratio: Annotated[str | None, ""]
    duration: Annotated[int | None, "seconds of the clip"]
    seed: Annotated[int | None, "as sent"]
    project: Annotated[str, "what it was submitted under; empty: nothing"]
    batch: Annotated[str, "id of the `submit_many` that it came from; empty: none"]
    quote: Annotated[QuoteAnswer | None, "as known at submit"]
    tokens: Annotated[int | None, "as the provider reported"]
    cost: Annotated[AmountAnswer | None, "null: not charged; on the sandbox what it would have cost"]
    cost_basis: Annotated[str | None, "on whose word: `usage`, `reported`, `measured`, `quote`"]
    created_at: Annotated[str, "when the intent was written"]
    submitted_at: Annotated[str | None, "when it was sent"]
    finished_at: Annotated[str | None, "when we saw it end"]
    failure: Annotated[FailureAnswer | None, "why it did not end well"]
    files: Annotated[list[FileAnswer], "what it produced"]


@dataclass(frozen=True)
class FindingAnswer:
    """One thing that is not as it should be between ledger, files and providers."""

    kind: Annotated[str, "such as `clip_missing`"]
    what: Annotated[str, "what was found"]
    why: Annotated[str, "what it means for the clip or the bill"]
    fix: Annotated[str, "what mends it"]
    is_repairable: Annotated[bool, "whether `--repair` mends it, without a decision of a person's"]
    local_id: Annotated[str, "our id of the task; empty: of none"]
    path: Annotated[str | None, "the file that it is about"]


@dataclass(frozen=True, slots=True)
class SpentAnswer:
    """What was spent in one currency."""

    line: Annotated[str, "`billed`: a currency; `together`: their sum as seen; `not converted`: no rate is known"]
    tasks: Annotated[int, "how many were charged"]
    tokens: Annotated[int, "that were charged"]
    cost: Annotated[AmountAnswer | None, "in the currency it was billed in; null: of `together`"]
    seen: Annotated[AmountAnswer | None, "in the currency of the view; null: not converted, which is not zero"]
    rate: Annotated[str, "the rate, its day and who says so; empty: none was needed, or none is known"]


def plain(value: object) -> Any:
    """An answer as dicts, lists and texts, to be written as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(entry) for name, entry in value.items()}
    return [plain(entry) for entry in value] if isinstance(value, list | tuple) else value


def moment(at: dt.datetime | None) -> str | None:
    """A moment in UTC, to the second: `2026-11-21T08:00:00Z`."""
    return None if at is None else at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def amount(money: Money) -> AmountAnswer:
    """Money, exact and without an exponent."""
    return AmountAnswer(decimal(money.amount), money.currency)


def decimal(number: Decimal) -> str:
    """A decimal number as it is read: no exponent, no idle zeros behind the second place."""
    text = format(number, "f")
    head, point, places = text.partition(".")
    return f"{head}.{places.rstrip('0').ljust(min(2, len(places)), '0')}" if point else text


def price(row: Price, provider: str, *, for_clips: Mapping[str, Any]) -> PriceAnswer:
    """A row of a price book.

    Args:
        row: The price.
        provider: Whose it is.
        for_clips: What it is for: `model`, `resolutions`, `modes`, `video_input`, `caveat`.
    """
    return PriceAnswer(
        id=row.id,
        provider=provider,
        amount=decimal(row.amount),
        currency=row.currency,
        per=row.per,
        unit=row.unit,
        start_date=row.start_date.isoformat(),
        source=row.source,
        checked=row.checked.isoformat(),
        **for_clips,
    )


def quote(given: Quote) -> QuoteAnswer:
    """A quote with its sum and its price row."""
    by_tokens = given.price.unit == "tokens"
    return QuoteAnswer(
        provider=given.provider,
        model=given.model,
        low=amount(given.low),
        high=amount(given.high),
        is_exact=given.is_exact,
        tokens_low=given.tokens_low if by_tokens else None,
        tokens_high=given.tokens_high if by_tokens else None,
        sum=given.sum,
        basis=given.basis,
        caveat=given.caveat,
        price_id=given.price.id,
        price_source=given.price.source,
        price_checked=given.price.checked.isoformat(),
    )


def offer(row: Mapping[str, Any], view: str | None) -> OfferAnswer:
    """A row of `sd.quotes(request, view=view)`, as a dict."""

    def money(name: str, currency: str) -> AmountAnswer | None:
        value = row.get(name)
        return AmountAnswer(decimal(value), currency) if isinstance(value, Decimal) else None

    def text(name: str) -> str | None:
        value = row[name]
        return value if isinstance(value, str) and value else None

    own = text("currency") or ""
    return OfferAnswer(
        provider=str(row["provider"]),
        model=str(row["model"]),
        model_id=text("model_id"),
        is_requested=bool(row["requested"]),
        can=bool(row["can"]),
        loses=text("loses") or "",
        reason=redact(text("reason") or ""),
        low=money("low", own),
        high=money("high", own),
        seen=None if view is None else money(f"high_{view}", view),
        sum=text("sum") or "",
        caveat=text("caveat") or "",
        price_id=text("price_id"),
        is_cheapest=bool(row["cheapest"]),
    )


def problem(found: Problem) -> ProblemAnswer:
    """A problem, in the language that it is in."""
    texts = (redact(text) for text in (found.where, found.what, found.why, found.fix))
    return ProblemAnswer(found.code, found.severity, *texts)


def spent(row: Mapping[str, Any], view: str) -> SpentAnswer:
    """A row of `ledger.total(view)`, as a dict."""
    return SpentAnswer(
        line=row["line"],
        tasks=int(row["tasks"]),
        tokens=int(row["tokens"]),
        cost=None if row["cost"] is None else AmountAnswer(decimal(row["cost"]), str(row["currency"])),
        seen=None if row["seen"] is None else AmountAnswer(decimal(row["seen"]), view),
        rate=row["rate"],
    )


def file(artifact: Artifact) -> FileAnswer:
    """A file of a task."""
    return FileAnswer(
        kind=artifact.kind,
        path=None if artifact.path is None else str(artifact.path),
        original=artifact.original or None,
        bytes=artifact.bytes,
        width=artifact.width,
        height=artifact.height,
        sha256=artifact.sha256,
        expires_at=moment(artifact.expires_at),
    )


def task(record: TaskRecord) -> TaskAnswer:
    """A task."""
    failure = record.failure
    return TaskAnswer(
        local_id=record.local_id,
        task_id=record.task_id,
        provider=record.provider,
        is_sandbox=record.is_sandbox,
        model=record.model,
        mode=record.mode,
        status=record.status.value,
        is_over=record.is_over,
        prompt=redact(record.prompt),
        resolution=record.resolution,
        ratio=record.ratio,
        duration=record.duration,
        seed=record.seed,
        project=record.project,
        batch=record.batch,
        quote=None if record.quote is None else quote(record.quote),
        tokens=None if record.usage is None else record.usage.completion_tokens,
        cost=None if record.cost is None else amount(record.cost),
        cost_basis=record.cost_basis,
        created_at=moment(record.created_at) or "",
        submitted_at=moment(record.submitted_at),
        finished_at=moment(record.finished_at),
        failure=None if failure is None else FailureAnswer(redact(failure.code), redact(failure.message)),
        files=[file(artifact) for artifact in record.artifacts],
    )
