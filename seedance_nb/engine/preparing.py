"""From a request to what is written down and what is sent.

Nothing leaves this machine here: problems are found, the price is quoted, media become addresses, and
the body and its hash are fixed. What the ledger gets to know of media is their name, size and hash.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import secrets
import warnings
from collections.abc import Collection
from dataclasses import dataclass, field

from seedance_nb import catalog, media, prices
from seedance_nb.content import Content, Media, Text
from seedance_nb.engine import owner
from seedance_nb.errors import InvalidRequestError, PriceNotFoundError
from seedance_nb.ledger import new_local_id
from seedance_nb.money import Quote
from seedance_nb.providers import Provider, UrlOf
from seedance_nb.request import Problem, Request
from seedance_nb.task import TaskRecord, TaskStatus

SEEDS = 2**31 - 1
"""Seeds are drawn below this, which every provider takes."""
LOOPBACK_CODES = frozenset({"source.loopback", "callback_url.loopback"})
"""Problems that the sandbox does not have: it is on this machine."""
UPLOAD_SCHEME = "upload:sha256-"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that may be sent."""

    record: TaskRecord
    body: dict[str, object] = field(repr=False)
    uploads: dict[str, Media] = field(repr=False)
    """Files that go to the provider first, by what stands for their address in the body."""


def problems(request: Request, provider: str, *, is_sandbox: bool) -> list[Problem]:
    """What `check` finds, less what does not matter to the sandbox."""
    found = catalog.check(request, provider)
    return [problem for problem in found if not (is_sandbox and problem.code in LOOPBACK_CODES)]


def refuse(found: Collection[Problem], *, allow: Collection[str]) -> None:
    """Raise where an error was found that was not expressly allowed; say warnings once.

    Raises:
        InvalidRequestError: With every error in a sentence of its own.
    """
    errors = [problem for problem in found if problem.severity == "error" and problem.code not in allow]
    if errors:
        head = "The request has a problem" if len(errors) == 1 else f"The request has {len(errors)} problems"
        lines = "\n".join(f"  • {problem}" for problem in errors)
        raise InvalidRequestError(f"{head}; nothing was sent and nothing was written.\n{lines}", problems=errors)
    for problem in found:
        if problem.code not in allow:
            warnings.warn(str(problem), stacklevel=4)


def quoted(request: Request, provider: str) -> Quote | None:
    """The quote, or None with a warning where no price is known."""
    try:
        return prices.quote(request, provider)
    except PriceNotFoundError as exc:
        warnings.warn(f"{exc} The task will have its tokens in the ledger and no cost.", stacklevel=4)
        return None


def prepare(request: Request, provider: Provider, *, quote: Quote | None, is_sandbox: bool) -> Prepared:
    """Fix what will be sent: an explicit seed, media as addresses, the body and its hash.

    The seed is what a task can be found again by when the answer to its create was lost. A file that has to be
    uploaded first stands in the body by its hash, so that the same request has the same body wherever the file went.
    """
    if request.seed is None or request.seed < 0:
        request = request.replace(seed=secrets.randbelow(SEEDS))
    model = catalog.model(provider.id, request.model)
    model_id = catalog.model_id(request, provider.id)
    uploads: dict[str, Media] = {}
    body = provider.encode(translated(request, provider.id), model_id, _addresses(request, provider.id, uploads))
    written = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    moment = dt.datetime.now(dt.UTC)
    record = TaskRecord(
        local_id=new_local_id(moment, random.SystemRandom()),
        provider=provider.id,
        is_sandbox=is_sandbox,
        base_url=provider.base_url,
        model=model.name if model is not None else request.model,
        model_id=model_id,
        mode=request.mode,
        status=TaskStatus.INTENT,
        created_at=moment,
        updated_at=moment,
        prompt=request.prompt,
        request={"content": describe(request.content), **request.parameters()},
        body_sha256=hashlib.sha256(written.encode()).hexdigest(),
        seed=request.seed,
        quote=quote,
        resolution=request.resolution,
        ratio=request.ratio,
        duration=request.duration,
        owner=owner.me(),
    )
    return Prepared(record, body, uploads)


def translated(request: Request, provider: str) -> Request:
    """The same request with its items named as the provider's models understand it."""
    prompt = catalog.prompt_for(provider, request.content)
    if prompt == request.prompt:
        return request
    return request.replace(content=Content(prompt, *request.content.media))


def _addresses(request: Request, provider: str, uploads: dict[str, Media]) -> UrlOf:
    """Gives each item's address, and notes in `uploads` what stands for a file that must be uploaded first."""

    def address(item: Media) -> str:
        match catalog.door(provider, item, request.content.role_of(item)):
            case "data":
                return media.data_uri(item)
            case "upload":
                placeholder = f"{UPLOAD_SCHEME}{media.sha256(item.source)}"
                uploads[placeholder] = item
                return placeholder
            case _:
                # Without a door `check` has said so; whoever allowed it all the same sends what there is.
                value = item.source.value
                return value if isinstance(value, str) and item.source.kind != "file" else media.data_uri(item)

    return address


def describe(content: Content) -> list[dict[str, object]]:
    """A content array as the ledger keeps it: no bytes, no base64, no signed query."""
    described: list[dict[str, object]] = []
    for item in content:
        if isinstance(item, Text):
            described.append({"type": "text", "text": item.text})
            continue
        entry: dict[str, object] = {
            "type": item.kind,
            "role": content.role_of(item),
            "source": item.source.kind,
            "label": item.source.label,
        }
        if item.source.is_local:
            entry["sha256"] = media.sha256(item.source)
        if item.source.kind == "file":
            entry["path"] = str(item.source.value)
        if item.duration is not None:
            entry["duration"] = item.duration
        described.append(entry)
    return described
