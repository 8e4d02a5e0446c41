"""From a `TaskRecord` to the small dict that a browser and the static card draw.

Pure: no clock, no file, no widget. The dict is JSON, is published with the notebook, and so holds
words and facts only: no key, no query of a signed URL, no bytes of media.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote as quote_url

from seedance_nb import catalog
from seedance_nb.catalog.lives import deadlines
from seedance_nb.errors import ConfigurationError
from seedance_nb.money import Quote
from seedance_nb.redaction import redact
from seedance_nb.task import Artifact, TaskRecord, TaskStatus
from seedance_nb.widgets._countdown import countdown
from seedance_nb.widgets._words import (
    CANCEL_QUEUED,
    CANCEL_RUNNING,
    MODES,
    NOT_BILLED,
    bytes_in_words,
    iso,
    seconds_in_words,
    words_for,
)

TITLE_CHARS = 90
PROMPT_CHARS = 2_000
"""What a card shows of a prompt; all of it is in the ledger."""
MESSAGE_CHARS = 600

# Control characters, lone surrogates, and the marks that turn the direction of all text behind them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def task_view(
    record: TaskRecord,
    *,
    now: dt.datetime,
    usual: Sequence[float] = (),
    notebook_dir: Path | None = None,
    keys: Sequence[str] = (),
    cancellable: Collection[TaskStatus] = (TaskStatus.QUEUED,),
    transfer: tuple[str, int, int] | None = None,
) -> dict[str, Any]:
    """What there is to see of a task.

    Args:
        record: The task as the ledger knows it.
        now: The moment of looking, timezone-aware.
        usual: Seconds that tasks of this kind took; empty when none was timed.
        notebook_dir: Where links start from; None leaves only paths that are relative already.
        keys: Secrets known by value, folded wherever they turn up.
        transfer: A file on its way to the provider: name, bytes sent, bytes in all.
        cancellable: In which statuses the provider can cancel a task; empty where it never can.
    """
    words = words_for(record)
    at = "the sandbox" if record.is_sandbox else _provider_name(record.provider)
    prompt = _clean(record.prompt, keys)
    since = record.submitted_at or record.created_at
    ended = (record.finished_at or record.updated_at) if record.is_over else now
    elapsed_s = max(0.0, (ended - since).total_seconds())
    clip = record.artifact("clip")
    until = deadlines(record)
    return {
        "local_id": record.local_id,
        "task_id": _clean(record.task_id or "", keys),
        "title": _title(prompt, record),
        "prompt": _shorten(prompt, PROMPT_CHARS),
        "provider": f"sandbox · {record.provider}" if record.is_sandbox else at,
        "is_sandbox": record.is_sandbox,
        "model": _clean(record.model, keys),
        "mode": MODES[record.mode],
        "status": record.status.value,
        "status_word": words.word,
        "shape": words.shape,
        "glyph": words.glyph,
        "tone": words.tone,
        "sentence": _sentence(words.sentence, at) if transfer is None else _transfer_sentence(transfer, at, keys),
        "advice": _sentence(words.advice, at),
        "is_over": record.is_over,
        "created_at": iso(record.created_at),
        "submitted_at": iso(record.submitted_at),
        "finished_at": iso(record.finished_at),
        "now": iso(now),
        "since_at": iso(since),
        "elapsed_s": round(elapsed_s, 1),
        "elapsed": seconds_in_words(elapsed_s),
        **_usual(usual),
        **_money(record),
        "parameters": _parameters(record),
        "can_cancel": record.status in cancellable,
        "cancel_question": CANCEL_QUEUED if record.status is TaskStatus.QUEUED else CANCEL_RUNNING,
        "failure": _failure(record, keys),
        "clip": _clip(clip, notebook_dir) if record.status is TaskStatus.KEPT else None,
        "countdown": countdown(until, now=now, at=at) if until else None,
    }


def _provider_name(provider: str) -> str:
    try:
        return catalog.provider(provider).name
    except ConfigurationError:  # of a plug-in that is not installed here, or cannot be used
        return provider


def _clean(text: str, keys: Sequence[str]) -> str:
    return redact(_CONTROL.sub("\ufffd", text), keys=keys)


def _sentence(text: str, at: str) -> str:
    said = text.format(at=at)
    return said[:1].upper() + said[1:]


def _transfer_sentence(transfer: tuple[str, int, int], at: str, keys: Sequence[str]) -> str:
    file, sent, size = transfer
    done = f"{bytes_in_words(sent)} of {bytes_in_words(size)}"
    return f"Uploading {_shorten(_clean(file, keys), TITLE_CHARS)} to {at}: {done}."


def _shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _title(prompt: str, record: TaskRecord) -> str:
    line = " ".join(prompt.split())
    if not line:
        return f"A clip {MODES[record.mode]}"
    if len(line) <= TITLE_CHARS:
        return line
    cut = line[: TITLE_CHARS - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > TITLE_CHARS // 2 else cut).rstrip(" ,.;:") + "…"


def _usual(seconds: Sequence[float]) -> dict[str, Any]:
    timed = sorted(s for s in seconds if s > 0)
    if not timed:
        return {"usual_low_s": None, "typical_s": None, "usual_high_s": None, "usual": ""}
    low, middle, high = (_quantile(timed, q) for q in (0.25, 0.5, 0.75))
    short, long = seconds_in_words(low), seconds_in_words(high)
    span = f"about {long}" if short == long else f"{short} to {long}"
    return {
        "usual_low_s": round(low, 1),
        "typical_s": round(middle, 1),
        "usual_high_s": round(high, 1),
        "usual": f"usually {span}",
    }


def _quantile(ordered: Sequence[float], q: float) -> float:
    place = q * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _money(record: TaskRecord) -> dict[str, str]:
    quote, cost = record.quote, record.cost
    shown = {"quote": "", "quote_sum": "", "cost": "", "cost_basis": "", "bill": _bill(record)}
    if quote:
        shown["quote"] = f"would be {quote}" if record.is_sandbox else str(quote)
        shown["quote_sum"] = quote.sum
    if cost is not None:
        shown["cost"] = f"would be {cost}" if record.is_sandbox else str(cost)
        shown["cost_basis"] = _basis(record)
    return shown


def _basis(record: TaskRecord) -> str:
    said = "" if record.is_sandbox else "billed "
    match record.cost_basis:
        case "usage" if record.usage:
            return f"{said}from usage: {_usage_sum(record.usage.total_tokens, record.quote, record.duration)}"
        case "usage":
            return f"{said}from usage"
        case "reported":
            return f"{said}as the provider reported"
        case _:
            return f"{said}by the price that was frozen at submit"


def _usage_sum(tokens: int, quote: Quote | None, duration: int | None) -> str:
    if quote is None:
        return f"{tokens:,} tokens"
    if quote.price.unit == "seconds":
        return f"{duration} s × {quote.price}" if duration else str(quote.price)
    return f"{tokens:,} tokens × {quote.price}"


def _bill(record: TaskRecord) -> str:
    if record.is_sandbox:
        return "sandbox, nothing is billed"
    match record.status:
        case TaskStatus.CANCELLED if record.failure and record.failure.code == "CancelledRunning":
            return "Whether what was done is billed is not published; see the provider's bill."
        case TaskStatus.FAILED | TaskStatus.REJECTED | TaskStatus.EXPIRED | TaskStatus.CANCELLED:
            return NOT_BILLED
        case TaskStatus.UNKNOWN:
            most = f", at most {record.quote.high}" if record.quote else ""
            return f"It may be billed{most}: if a task was created, it runs."
        case TaskStatus.LOST if record.cost is None:
            return "If it had succeeded it was billed: a clip is billed when it is made, not when it is fetched."
        case TaskStatus.SUCCEEDED | TaskStatus.KEPT if record.cost is None:
            return "Billed; the provider has not said how much yet."
        case _:
            return ""


def _parameters(record: TaskRecord) -> dict[str, Any]:
    audio = record.request.get("generate_audio")
    seed = record.seed if record.seed is not None else record.request.get("seed")
    return {
        "ratio": _text_or_none(record.ratio or record.request.get("ratio")),
        "resolution": _text_or_none(record.resolution or record.request.get("resolution")),
        "duration_s": _int_or_none(record.duration if record.duration is not None else record.request.get("duration")),
        "seed": _int_or_none(seed),
        "generate_audio": audio if isinstance(audio, bool) else None,
    }


def _text_or_none(value: object) -> str | None:
    return redact(value)[:40] if isinstance(value, str) and value else None


def _int_or_none(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _failure(record: TaskRecord, keys: Sequence[str]) -> dict[str, str] | None:
    if record.failure is None:
        return None
    return {
        "code": _shorten(_clean(record.failure.code, keys), TITLE_CHARS),
        "message": _shorten(_clean(record.failure.message, keys), MESSAGE_CHARS),
    }


def _clip(clip: Artifact | None, notebook_dir: Path | None) -> dict[str, Any] | None:
    if clip is None or clip.path is None:
        return None
    relative = _relative(clip.path, notebook_dir)
    return {
        "name": _CONTROL.sub("\ufffd", clip.path.name),
        "path": _CONTROL.sub("\ufffd", relative or clip.path.name),
        "href": quote_url(relative, errors="surrogateescape") if relative else None,
        "size": bytes_in_words(clip.bytes) if clip.bytes is not None else "",
        "width": clip.width,
        "height": clip.height,
        "sha256": (clip.sha256 or "")[:12],
    }


def _relative(path: Path, notebook_dir: Path | None) -> str | None:
    if notebook_dir is not None:
        try:
            return Path(os.path.relpath(path, notebook_dir)).as_posix()
        except ValueError:  # another drive
            return None
    return None if path.is_absolute() else path.as_posix()
