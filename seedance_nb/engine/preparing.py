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
from seedance_nb.content import Content, Media, MediaKind, Role, Source, Text
from seedance_nb.engine import owner
from seedance_nb.engine.hosting import SCHEME as HOSTED_SCHEME
from seedance_nb.errors import InvalidRequestError, PriceNotFoundError
from seedance_nb.ledger import new_local_id
from seedance_nb.money import Quote
from seedance_nb.providers import Provider, UrlOf
from seedance_nb.providers.protocol import SendsSecret
from seedance_nb.request import Problem, Request
from seedance_nb.task import TaskRecord, TaskStatus

SEEDS = 2**31 - 1
"""Seeds are drawn below this, which every provider takes."""
LOOPBACK_CODES = frozenset({"source.loopback", "callback_url.loopback"})
"""Problems that the sandbox does not have: it is on this machine."""
UPLOAD_SCHEME = "upload:sha256-"
LAST_FRAME_SCHEME = "last-frame-of:"
"""What stands for the address of a first frame in what was asked for, where it is the last one of another task: its
bytes may differ, as the provider's picture and one that is taken from the clip do, and it is the same request."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that may be sent."""

    record: TaskRecord
    body: dict[str, object] = field(repr=False)
    uploads: dict[str, Media] = field(repr=False)
    """Files that go to the provider first, by what stands for their address in the body."""


def problems(request: Request, provider: str, *, is_sandbox: bool, host: str = "") -> list[Problem]:
    """What `check` finds, less what does not matter to the sandbox."""
    found = catalog.check(request, provider, host=host)
    return [problem for problem in found if not (is_sandbox and problem.code in LOOPBACK_CODES)]


def errors(found: Collection[Problem], *, allow: Collection[str]) -> list[Problem]:
    """Those problems that keep a request from being sent."""
    return [problem for problem in found if problem.severity == "error" and problem.code not in allow]


def refuse(found: Collection[Problem], *, allow: Collection[str]) -> None:
    """Raise where an error was found that was not expressly allowed; say warnings once.

    Raises:
        InvalidRequestError: With every error in a sentence of its own.
    """
    if refused := errors(found, allow=allow):
        head = "The request has a problem" if len(refused) == 1 else f"The request has {len(refused)} problems"
        lines = "\n".join(f"  • {problem}" for problem in refused)
        raise InvalidRequestError(f"{head}; nothing was sent and nothing was written.\n{lines}", problems=refused)
    for problem in found:
        if problem.code not in allow:
            warnings.warn(str(problem), stacklevel=3)


def quoted(request: Request, provider: str) -> Quote | None:
    """The quote, or None with a warning where no price is known."""
    quote, unpriced = quote_or_why(request, provider)
    if unpriced:
        warnings.warn(unpriced, stacklevel=3)
    return quote


def quote_or_why(request: Request, provider: str) -> tuple[Quote | None, str]:
    """The quote, or why there is none."""
    try:
        return prices.quote(request, provider), ""
    except PriceNotFoundError as exc:
        return None, f"{exc} The task will have its tokens in the ledger and no cost."


class Preparer:
    """Fixes what will be sent: an explicit seed, media as addresses, the body and its hash.

    One serves all requests of a batch, so that a file which many of them show is read once and held in memory once.

    Args:
        provider: The client.
        is_sandbox: Whether it is the sandbox of this machine.
        project: What the tasks are filed under.
        batch: The id of the batch that they are of.
        host: The object store for files that the provider takes by address alone; empty: there is none.
    """

    def __init__(
        self, provider: Provider, *, is_sandbox: bool, project: str = "", batch: str = "", host: str = ""
    ) -> None:
        self._provider = provider
        self._is_sandbox = is_sandbox
        self._project = project
        self._batch = batch
        self._host = host
        self._ids: set[str] = set()
        self._uris: dict[tuple[MediaKind, Source], str] = {}
        self._hashes: dict[Source, str] = {}

    def problems(self, request: Request) -> list[Problem]:
        """What stands between a request and its clip at this provider."""
        return problems(request, self._provider.id, is_sandbox=self._is_sandbox, host=self._host)

    def prepare(self, request: Request, *, quote: Quote | None, follows: str = "", new_seed: bool = False) -> Prepared:
        """Fix what will be sent for a request.

        The seed is what a task can be found again by when the answer to its create was lost. A file that has to be
        uploaded first stands in the body by its hash, so that the same request has the same body wherever the file
        went. By `asked_sha256` a request is known again when it is made a second time: it has the seed only where one
        was given.

        Args:
            request: What to make.
            quote: What it will cost; None: not known.
            follows: Our id of the task whose last frame is the request's first frame; empty: of none. It is asked for
                by this id, whatever bytes the picture has.
            new_seed: Draw a seed also where one was given: the same once more, and different. Such a take is asked
                for with a hash of its own, see `retaken`, because who asks for a seed does not want it.

        Raises:
            MediaError: A file cannot be read.
            UnknownModelError: The catalog has no model of this name, or not for this mode.
        """
        provider = self._provider
        asked = request if request.seed is not None and request.seed >= 0 else request.replace(seed=None)
        is_drawn = asked.seed is None or new_seed
        sent = asked.replace(seed=secrets.randbelow(SEEDS)) if is_drawn else asked
        model = catalog.model(provider.id, sent.model)
        model_id = catalog.model_id(sent, provider.id)
        uploads: dict[str, Media] = {}
        body = self._encoded(sent, model_id, uploads)
        body_sha256 = _digest(body)
        if is_drawn or follows or _secret(provider):
            asked_sha256 = self._asked(asked, model_id, follows)
            asked_sha256 = retaken(asked_sha256) if new_seed and asked.seed is not None else asked_sha256
        else:
            asked_sha256 = body_sha256
        moment = dt.datetime.now(dt.UTC)
        record = TaskRecord(
            local_id=self._new_id(moment),
            provider=provider.id,
            is_sandbox=self._is_sandbox,
            base_url=provider.base_url,
            model=model.name if model is not None else sent.model,
            model_id=model_id,
            mode=sent.mode,
            status=TaskStatus.INTENT,
            created_at=moment,
            updated_at=moment,
            prompt=sent.prompt,
            request={"content": self._described(sent.content, follows), **sent.parameters()},
            body_sha256=body_sha256,
            seed=sent.seed,
            quote=quote,
            resolution=sent.resolution,
            ratio=sent.ratio,
            duration=sent.duration,
            owner=owner.me(),
            account=getattr(provider, "account", ""),
            project=self._project,
            batch=self._batch,
            asked_sha256=asked_sha256,
            seconds_high=catalog.longest(sent, provider.id),
            follower=owner.me(),
        )
        return Prepared(record, body, uploads)

    def asked(self, request: Request, *, follows: str = "") -> str:
        """The `asked_sha256` of a request, by which the ledger knows it again; see `prepare`."""
        asked = request if request.seed is not None and request.seed >= 0 else request.replace(seed=None)
        return self._asked(asked, catalog.model_id(asked, self._provider.id), follows)

    def _asked(self, asked: Request, model_id: str, follows: str) -> str:
        return _digest(_unsecret(self._encoded(asked, model_id, {}, follows), self._provider))

    def _new_id(self, moment: dt.datetime) -> str:
        # Six letters tell the tasks of one second apart, unless thousands of them are made in it.
        while (made := new_local_id(moment, random.SystemRandom())) in self._ids:
            pass
        self._ids.add(made)
        return made

    def _encoded(
        self, request: Request, model_id: str, uploads: dict[str, Media], follows: str = ""
    ) -> dict[str, object]:
        url_of = self._addresses(request, uploads, follows)
        return self._provider.encode(translated(request, self._provider.id), model_id, url_of)

    def _addresses(self, request: Request, uploads: dict[str, Media], follows: str) -> UrlOf:
        """Gives each item's address, and notes in `uploads` what stands for a file that must be uploaded first."""

        def address(item: Media) -> str:
            if follows and request.content.role_of(item) == "first_frame":
                return f"{LAST_FRAME_SCHEME}{follows}"
            match self._door(item, request.content.role_of(item)):
                case "data":
                    return self._uri(item)
                case "upload":
                    placeholder = f"{UPLOAD_SCHEME}{self._hash(item.source)}"
                    uploads[placeholder] = item
                    return placeholder
                case "host":
                    placeholder = f"{HOSTED_SCHEME}{self._hash(item.source)}"
                    uploads[placeholder] = item
                    return placeholder
                case _:
                    # Without a door `check` has said so; whoever allowed it all the same sends what there is.
                    value = item.source.value
                    return value if isinstance(value, str) and item.source.kind != "file" else self._uri(item)

        return address

    def _door(self, item: Media, role: Role | None) -> catalog.Door | None:
        return catalog.door(self._provider.id, item, role, host=bool(self._host))

    def _uri(self, item: Media) -> str:
        key = (item.kind, item.source)
        if key not in self._uris:
            self._uris[key] = media.data_uri(item)
        return self._uris[key]

    def _hash(self, source: Source) -> str:
        if source not in self._hashes:
            self._hashes[source] = media.sha256(source)
        return self._hashes[source]

    def _described(self, content: Content, follows: str) -> list[dict[str, object]]:
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
            if item.source.kind == "url" and item.source.label != item.source.value:
                entry["is_cut"] = True
            if item.source.is_local:
                entry["sha256"] = self._hash(item.source)
                if self._door(item, content.role_of(item)) == "host":
                    entry["hosted"] = True
            if item.source.kind == "file":
                entry["path"] = str(item.source.value)
            if item.duration is not None:
                entry["duration"] = item.duration
            if follows and entry["role"] == "first_frame":
                entry["follows"] = follows
            described.append(entry)
        return described


def retaken(asked_sha256: str) -> str:
    """The `asked_sha256` of a take with a seed that was drawn where another one was asked for."""
    return _digest({"again": asked_sha256})


def _digest(body: dict[str, object]) -> str:
    written = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _secret(provider: Provider) -> str:
    return provider.webhook_secret if isinstance(provider, SendsSecret) else ""


def _unsecret(body: dict[str, object], provider: Provider) -> dict[str, object]:
    """The body without the secret that a webhook has to say back: it is another one in each notebook."""
    secret = _secret(provider)
    return {name: value for name, value in body.items() if value != secret} if secret else body


def translated(request: Request, provider: str) -> Request:
    """The same request with its items named as the provider's models understand it."""
    prompt = catalog.prompt_for(provider, request.content)
    if prompt == request.prompt:
        return request
    return request.replace(content=Content(prompt, *request.content.media))
