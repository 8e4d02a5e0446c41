"""What will be sent, before it is written in any language: the body, and where its media come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seedance_nb import catalog, media
from seedance_nb.content import Content, Media, MediaKind, Source
from seedance_nb.errors import InvalidRequestError, MediaError, UnknownModelError
from seedance_nb.export._dialect import Dialect
from seedance_nb.export._dialects import dialect
from seedance_nb.request import Request


class Slot(str):
    """Stands in a body where the address of a medium goes: the name of the variable that holds it.

    A type of its own, so that no text of a prompt can be taken for one.
    """

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Medium:
    """A file that the code reads when it runs."""

    slot: Slot
    door: Literal["data", "upload"]
    path: str
    mime: str
    """As the provider wants it: Ark's own `audio/mp3` in a data URI, the registered type in an upload."""
    name: str
    """What an upload calls it; a person's own names stay here."""
    note: str = ""
    """What the reader has to know, in a line."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the code of a request is made of."""

    dialect: Dialect
    facts: catalog.ProviderFacts
    body: dict[str, object]
    """As encoded, with a `Slot` for each medium that is on this side."""
    media: tuple[Medium, ...]
    problems: tuple[str, ...]
    """The errors that `check` finds, one line each."""
    draws_seed: bool
    """Whether the package would draw a seed, which the code leaves out."""
    last_frame: bool
    """Whether there will be a last frame to download."""


def plan(request: Request, provider: str) -> Plan:
    """What the code of a request is made of.

    Raises:
        UnknownProviderError: No provider goes by this id.
        InvalidRequestError: A text holds what no provider can be sent.
    """
    speech = dialect(provider)
    problems = [problem for problem in catalog.check(request, provider) if problem.severity == "error"]
    draws_seed = request.seed is None or request.seed < 0
    asked = _translated(request.replace(seed=None) if draws_seed else request, provider)
    found: dict[tuple[Source, str], Medium] = {}
    body = speech.encode(asked, _model_id(request, provider), _addresses(asked, provider, found))
    for text in (*_texts(body), *(medium.path for medium in found.values())):
        _sendable(text)
    return Plan(
        dialect=speech,
        facts=catalog.provider(provider),
        body=body,
        media=tuple(found.values()),
        problems=tuple(str(problem) for problem in problems),
        draws_seed=draws_seed,
        last_frame=request.return_last_frame and speech.gives_last_frame,
    )


def _translated(request: Request, provider: str) -> Request:
    prompt = catalog.prompt_for(provider, request.content)
    if prompt == request.prompt:
        return request
    return request.replace(content=Content(prompt, *request.content.media))


def _model_id(request: Request, provider: str) -> str:
    try:
        return catalog.model_id(request, provider)
    except UnknownModelError:
        return request.model  # `check` says so at the top of the code


def _addresses(request: Request, provider: str, found: dict[tuple[Source, str], Medium]) -> Callable[[Media], str]:
    """Gives each item's own address, or a slot for it, and notes in `found` what fills the slot."""
    ordinals: dict[int, str] = {}
    for name, item in request.content.ordinals().items():
        ordinals.setdefault(id(item), name)

    def address(item: Media) -> str:
        source = item.source
        if not source.is_local:
            assert isinstance(source.value, str)
            return source.value
        # Without a door `check` has said so; whoever runs it all the same sends what there is.
        door = catalog.door(provider, item, request.content.role_of(item))
        way: Literal["data", "upload"] = "upload" if door == "upload" else "data"
        key = (source, f"{item.kind} {way}")
        if key not in found:
            found[key] = _medium(item, Slot(ordinals[id(item)].replace(" ", "_")), way)
        return found[key].slot

    return address


def _medium(item: Media, slot: Slot, door: Literal["data", "upload"]) -> Medium:
    source = item.source
    try:
        facts = media.probe(item)
        assert facts is not None
        suffix, registered = facts.format, facts.mime
    except MediaError:
        suffix = _guessed(item.kind, source)
        registered = f"{item.kind}/{suffix}"
    path, note = str(source.value), ""
    if source.kind != "file":
        path = f"{slot}.{suffix}"
        held = f"{len(source.value):,} bytes" if isinstance(source.value, bytes) else "a data: address"
        note = f"{held} in the notebook's memory: save the {item.kind} under this name first"
    mime = registered if door == "upload" else f"{item.kind}/{suffix}"
    return Medium(slot, door, path, mime, f"{item.kind}.{suffix}", note)


_USUAL: Mapping[MediaKind, str] = {"image": "png", "video": "mp4", "audio": "mp3"}


def _guessed(kind: MediaKind, source: Source) -> str:
    """The format of a file that cannot be opened, by its name."""
    suffix = Path(str(source.value)).suffix[1:].lower() if source.kind == "file" else ""
    suffix = "jpeg" if suffix == "jpg" else suffix
    return suffix if re.fullmatch("[a-z0-9]{1,5}", suffix) else _USUAL[kind]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry)


def _sendable(text: str) -> None:
    if "\0" in text:
        raise InvalidRequestError(
            f"{text[:40]!r} holds a null byte, which no file name and no shell can. Take it out. No code was written."
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidRequestError(
            f"{text[:40]!r} holds half a character (a lone surrogate), which cannot be sent as UTF-8. "
            "Read the text again from where it came. No code was written."
        ) from None
