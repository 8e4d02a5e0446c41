"""What is found out about a draft away from the hands: what its files are, what is wrong with it, what it costs."""

from __future__ import annotations

import dataclasses
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from seedance_nb import catalog, media, prices
from seedance_nb.composing.draft import Draft
from seedance_nb.content import Content, Media, Source, Text
from seedance_nb.errors import ConfigurationError, InvalidRequestError, MediaError, PriceError
from seedance_nb.media import Facts
from seedance_nb.money import Quote
from seedance_nb.request import Problem

_BY_PROMPT = frozenset({"content.empty", "prompt.missing"})
_STAND_IN = Source("asset", "asset://asset-20260101000000-stand")


@dataclass(frozen=True, slots=True)
class Look:
    """What an item turned out to be."""

    facts: Facts | None = None
    """None for one behind an address, or that cannot be read."""
    error: str = ""
    rev: int = 0
    """Another number when the file is another one."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of one draft."""

    draft: Draft
    problems: tuple[Problem, ...] = ()
    quote: Quote | None = None
    unpriced: str = ""
    """Why there is no quote."""
    looks: Mapping[str, Look] = field(default_factory=dict)
    """By the id of the item."""

    @property
    def errors(self) -> list[Problem]:
        """The problems that keep it from being sent."""
        return [problem for problem in self.problems if problem.severity == "error"]


def examine(draft: Draft, *, is_sandbox: bool, before: Findings | None = None, host: str = "") -> Findings:
    """Look at a draft. Where only the prompt is another one than before, no file is touched and nothing is priced.

    Args:
        draft: What is under the hands.
        is_sandbox: Addresses on this machine are fine there.
        before: What was found last.
        host: The object store for files that a provider takes by address alone; empty: there is none.
    """
    if before is not None and before.draft.differs_in_prompt_only(draft):
        return dataclasses.replace(before, draft=draft, problems=_with_prompt(draft, before.problems))
    looks = {mark.id: look(item) for mark, item in draft.pairs}
    try:
        problems = catalog.check(draft.request, draft.provider, host=host)
        quote, unpriced = _quoted(draft)
    except ConfigurationError as exc:  # of a provider that a package brought and that is gone now
        return Findings(draft, (Problem("provider.unusable", "model", str(exc), "", ""),), None, str(exc), looks)
    found = tuple(problem for problem in problems if not (is_sandbox and problem.code.endswith(".loopback")))
    return Findings(draft, found, quote, unpriced, looks)


def look(item: Media) -> Look:
    """What the file behind an item is; a file that did not change is read once."""
    rev = _rev(item.source)
    try:
        return Look(media.probe(item), "", rev)
    except MediaError as exc:
        return Look(None, str(exc), rev)


def needs_reading(draft: Draft, before: Findings | None) -> bool:
    """Whether an item is new, so that its file has to be read, which can take a while."""
    known = before.looks if before is not None else {}
    return any(mark.id not in known and item.source.is_local for mark, item in draft.pairs)


def _rev(source: Source) -> int:
    if source.kind != "file":
        return 1
    try:
        status = os.stat(os.path.expanduser(os.fspath(str(source.value))))
    except (OSError, ValueError):
        return 0
    return zlib.crc32(f"{status.st_ino} {status.st_mtime_ns} {status.st_size}".encode())


def _quoted(draft: Draft) -> tuple[Quote | None, str]:
    try:
        return prices.quote(draft.request, draft.provider), ""
    except (PriceError, InvalidRequestError, ConfigurationError) as exc:
        return None, str(exc)


def _with_prompt(draft: Draft, before: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Problems of the prompt anew and the others as they were.

    Each item stands in by an address, so that its file is left alone whatever is wrong with it.
    """
    items = [
        item if isinstance(item, Text) else type(item)(_STAND_IN, draft.content.role_of(item)) for item in draft.content
    ]
    light = catalog.check(draft.request.replace(content=Content(*items)), draft.provider)
    fresh = [problem for problem in light if _is_of_prompt(problem)]
    others = [problem for problem in before if not _is_of_prompt(problem)]
    return tuple(sorted([*fresh, *others], key=lambda problem: problem.severity != "error"))


def _is_of_prompt(problem: Problem) -> bool:
    return problem.code.startswith("prompt.") or problem.code in _BY_PROMPT
