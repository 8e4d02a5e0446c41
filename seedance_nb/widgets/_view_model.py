"""From a `TaskRecord` to the small dict that a browser and the static card draw, in one language.

Pure: no clock, no file, no widget. The dict is JSON, is published with the notebook, and so holds
words and facts only: no key, no query of a signed URL, no bytes of media.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote as quote_url

from seedance_nb import catalog, words
from seedance_nb.catalog.lives import deadlines
from seedance_nb.errors import ConfigurationError
from seedance_nb.redaction import redact
from seedance_nb.task import Artifact, TaskRecord, TaskStatus
from seedance_nb.widgets._bill import money
from seedance_nb.widgets._countdown import countdown
from seedance_nb.widgets._words import CANCEL_QUEUED, CANCEL_RUNNING, MODES, SANDBOX, card_words, iso, words_for
from seedance_nb.words import Language, Sentence, Word, say

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
    """What there is to see of a task, in the language that is spoken now.

    Args:
        record: The task as the ledger knows it.
        now: The moment of looking, timezone-aware.
        usual: Seconds that tasks of this kind took; empty when none was timed.
        notebook_dir: Where links start from; None leaves only paths that are relative already.
        keys: Secrets known by value, folded wherever they turn up.
        transfer: A file on its way to the provider: name, bytes sent, bytes in all.
        cancellable: In which statuses the provider can cancel a task; empty where it never can.
    """
    language = words.language()
    status = words_for(record)
    at = called(record.provider, is_sandbox=record.is_sandbox)
    word = say(status.word, language=language)
    sentence = _sentence(status.sentence, at, language)
    if transfer is not None:
        sentence = _transfer_sentence(transfer, at, keys, language)
    mode = Word(MODES[record.mode])
    prompt = _clean(record.prompt, keys)
    since = record.submitted_at or record.created_at
    ended = (record.finished_at or record.updated_at) if record.is_over else now
    elapsed_s = max(0.0, (ended - since).total_seconds())
    clip = record.artifact("clip")
    until = deadlines(record)
    parameters = _parameters(record)
    question = CANCEL_QUEUED if record.status is TaskStatus.QUEUED else CANCEL_RUNNING
    return {
        "language": language,
        "words": card_words(language),
        "local_id": record.local_id,
        "task_id": _clean(record.task_id or "", keys),
        "title": _title(prompt) or Sentence("A clip {mode}", mode=mode).said(language),
        "prompt": _shorten(prompt, PROMPT_CHARS),
        "provider": f"{say('sandbox', language=language)} · {record.provider}"
        if record.is_sandbox
        else say(at, language=language),
        "is_sandbox": record.is_sandbox,
        "model": _clean(record.model, keys),
        "mode": mode.said(language),
        "status": record.status.value,
        "status_word": word,
        "shape": status.shape,
        "glyph": status.glyph,
        "tone": status.tone,
        "sentence": sentence,
        "news": say("{status}. {sentence}", language=language, status=word, sentence=sentence),
        "advice": _sentence(status.advice, at, language),
        "is_over": record.is_over,
        "created_at": iso(record.created_at),
        "submitted_at": iso(record.submitted_at),
        "finished_at": iso(record.finished_at),
        "now": iso(now),
        "since_at": iso(since),
        "elapsed_s": round(elapsed_s, 1),
        "elapsed": words.seconds(elapsed_s, language),
        **_usual(usual, language),
        **money(record, language),
        "parameters": parameters,
        "facts": _facts(parameters, language),
        "can_cancel": record.status in cancellable,
        "cancel_question": say(question, language=language),
        "failure": _failure(record, keys),
        "clip": _clip(clip, notebook_dir, language) if record.status is TaskStatus.KEPT else None,
        "countdown": countdown(until, now=now, at=at, language=language) if until else None,
    }


def called(provider: str, *, is_sandbox: bool) -> str:
    """What a provider is called inside a sentence; `Said` where languages differ."""
    return Word(SANDBOX) if is_sandbox else Word(_provider_name(provider), "provider")


def _provider_name(provider: str) -> str:
    try:
        return catalog.provider(provider).name
    except ConfigurationError:  # of a plug-in that is not installed here, or cannot be used
        return provider


def _clean(text: str, keys: Sequence[str]) -> str:
    return redact(_CONTROL.sub("\ufffd", text), keys=keys)


def _sentence(text: str, at: str, language: Language) -> str:
    said = say(text, language=language, at=at)
    return said[:1].upper() + said[1:]


def _transfer_sentence(transfer: tuple[str, int, int], at: str, keys: Sequence[str], language: Language) -> str:
    file, sent, size = transfer
    return say(
        "Uploading {file} to {at}: {sent} of {size}.",
        language=language,
        file=_shorten(_clean(file, keys), TITLE_CHARS),
        at=at,
        sent=words.bytes(sent, language),
        size=words.bytes(size, language),
    )


def _shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _title(prompt: str) -> str:
    line = " ".join(prompt.split())
    if len(line) <= TITLE_CHARS:
        return line
    cut = line[: TITLE_CHARS - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > TITLE_CHARS // 2 else cut).rstrip(" ,.;:") + "…"


def _usual(seconds: Sequence[float], language: Language) -> dict[str, Any]:
    timed = sorted(s for s in seconds if s > 0)
    if not timed:
        return {"usual_low_s": None, "typical_s": None, "usual_high_s": None, "usual": ""}
    low, middle, high = (_quantile(timed, q) for q in (0.25, 0.5, 0.75))
    short, long = words.seconds(low, language), words.seconds(high, language)
    said = (
        Sentence("usually about {span}", span=long)
        if short == long
        else Sentence("usually {low} to {high}", low=short, high=long)
    )
    return {
        "usual_low_s": round(low, 1),
        "typical_s": round(middle, 1),
        "usual_high_s": round(high, 1),
        "usual": said.said(language),
    }


def _quantile(ordered: Sequence[float], q: float) -> float:
    place = q * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


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


def _facts(parameters: Mapping[str, Any], language: Language) -> str:
    """The parameters on a line."""
    ratio = parameters["ratio"]
    said: list[object] = [
        say("adaptive", language=language) if ratio == "adaptive" else ratio,
        parameters["resolution"],
    ]
    if parameters["duration_s"] is not None:
        said.append(words.seconds(parameters["duration_s"], language))
    if parameters["generate_audio"] is not None:
        said.append((Word("with sound") if parameters["generate_audio"] else Word("silent")).said(language))
    if parameters["seed"] is not None:
        said.append(say("seed {seed}", language=language, seed=parameters["seed"]))
    return " · ".join(str(part) for part in said if part)


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


def _clip(clip: Artifact | None, notebook_dir: Path | None, language: Language) -> dict[str, Any] | None:
    if clip is None or clip.path is None:
        return None
    relative = _relative(clip.path, notebook_dir)
    return {
        "name": _CONTROL.sub("\ufffd", clip.path.name),
        "path": _CONTROL.sub("\ufffd", relative or clip.path.name),
        "href": quote_url(relative, errors="surrogateescape") if relative else None,
        "size": words.bytes(clip.bytes, language) if clip.bytes is not None else "",
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
