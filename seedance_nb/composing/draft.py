"""What hands work on: a request, where it is to go, and a lasting id for each of its media items.

A `Draft` is a value; every edit gives a new one. Whatever state it is in, it has a `Request`: items whose roles do
not go together make a request that `check` refuses, and not a missing one.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seedance_nb.composing.prompt import Placed, renumbered
from seedance_nb.composing.shown import shown
from seedance_nb.content import Content, Item, Media, MediaKind, Role, Text
from seedance_nb.errors import InvalidRequestError
from seedance_nb.request import Request

NAME_CHARS = 80


@dataclass(frozen=True, slots=True)
class Mark:
    """What hands know a media item by."""

    id: str
    """Stays with the item wherever it moves."""
    name: str
    """For people; fit to be shown."""
    is_kept: bool = False
    """Whether it is a clip of the ledger, or a frame of one."""


def new_id() -> str:
    """An id for an item."""
    return secrets.token_hex(4)


def mark_of(item: Media) -> Mark:
    """A mark for an item that code brought."""
    return Mark(new_id(), shown(item.source.label, most=NAME_CHARS))


def with_role(item: Media, role: Role | None) -> Media:
    """The same item in another role."""
    return item if item.role == role else type(item)(item.source, role, duration=item.duration)


@dataclass(frozen=True, slots=True)
class Draft:
    """A request under the hands."""

    provider: str
    request: Request
    marks: tuple[Mark, ...] = ()
    """One for each media item, in order."""

    @classmethod
    def of(cls, request: Request, provider: str, before: Draft | None = None) -> Draft:
        """A draft of a request; an item that was there before keeps its id."""
        known: list[tuple[Mark, Media]] = list(before.pairs) if before else []
        marks = []
        for item in request.content.media:
            same = next((pair for pair in known if pair[1].kind == item.kind and pair[1].source == item.source), None)
            if same is not None:
                known.remove(same)
            marks.append(same[0] if same is not None else mark_of(item))
        return cls(provider, request, tuple(marks))

    # -- reading --

    @property
    def prompt(self) -> str:
        """The text."""
        return self.request.prompt

    @property
    def content(self) -> Content:
        """The content array."""
        return self.request.content

    @property
    def media(self) -> tuple[Media, ...]:
        """The media items in order."""
        return self.request.content.media

    @property
    def pairs(self) -> tuple[tuple[Mark, Media], ...]:
        """Each media item with its mark."""
        return tuple(zip(self.marks, self.media, strict=True))

    @property
    def placed(self) -> Placed:
        """Id and kind of each item."""
        return [(mark.id, item.kind) for mark, item in self.pairs]

    def index(self, item_id: object) -> int:
        """Where an item is.

        Raises:
            InvalidRequestError: It is not there, perhaps any more.
        """
        for place, mark in enumerate(self.marks):
            if mark.id == item_id:
                return place
        raise InvalidRequestError("That item is no longer there; nothing was changed.")

    def number(self, index: int) -> tuple[MediaKind, int]:
        """The kind of an item, and its number among those of its kind."""
        kind = self.media[index].kind
        return kind, sum(item.kind == kind for item in self.media[: index + 1])

    def differs_in_prompt_only(self, other: Draft) -> bool:
        """Whether the two have the same media, parameters and provider."""
        if self.provider != other.provider or self.marks != other.marks or self.media != other.media:
            return False
        return self.request.parameters() == other.request.parameters()

    # -- editing --

    def replace(self, **changes: Any) -> Draft:
        """The same with other parameters of the request."""
        return dataclasses.replace(self, request=self.request.replace(**changes))

    def with_prompt(self, text: str) -> Draft:
        """The same with another text, in the place where the first text was."""
        if text == self.prompt:
            return self
        return dataclasses.replace(self, request=self.request.replace(content=self._content(self.media, text)))

    def with_roles(self, roles: Sequence[Role | None]) -> Draft:
        """The same items in these roles."""
        given = iter(roles)
        items = [item if isinstance(item, Text) else with_role(item, next(given)) for item in self.content]
        return dataclasses.replace(self, request=self.request.replace(content=Content(*items)))

    def with_pairs(self, pairs: Sequence[tuple[Mark, Media]]) -> Draft:
        """Other items or another order; references in the text go on meaning the same items."""
        marks = tuple(mark for mark, _ in pairs)
        media = tuple(item for _, item in pairs)
        after = [(mark.id, item.kind) for mark, item in pairs]
        text = renumbered(self.prompt, self.media, self.placed, after)
        request = self.request.replace(content=self._content(media, text))
        return dataclasses.replace(self, request=request, marks=marks)

    def moved(self, item_id: object, to: int) -> Draft:
        """An item in another place; `to` counts all media items from 0."""
        pairs = list(self.pairs)
        pair = pairs.pop(self.index(item_id))
        pairs.insert(min(max(to, 0), len(pairs)), pair)
        return self.with_pairs(pairs)

    def removed(self, item_id: object) -> Draft:
        """Without an item; what the text said of it is missing from now on."""
        place = self.index(item_id)
        return self.with_pairs(self.pairs[:place] + self.pairs[place + 1 :])

    def _content(self, media: Sequence[Media], text: str) -> Content:
        before = 0
        for item in self.content:
            if isinstance(item, Text):
                break
            before += 1
        else:
            before = 0
        texts: list[Item] = [Text(text)] if text else []
        return Content(*media[:before], *texts, *media[before:])
