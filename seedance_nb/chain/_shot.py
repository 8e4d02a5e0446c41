"""A shot as it is given to a chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from seedance_nb.content import Content, Image, Source, Text
from seedance_nb.errors import InvalidRequestError
from seedance_nb.request import Request


@dataclass(frozen=True, slots=True, repr=False)
class Shot:
    """A request, and whether it goes on from the shot before it.

    >>> Shot("The cat yawns", follows=False)
    Shot('The cat yawns', a cut)
    """

    request: Request
    """What to make; a `Content` or a prompt stands for a `Request` with all else left as it is."""
    follows: bool | None = None
    """Whether its first frame is the last one of the shot before it. None: yes, unless it brings a first frame."""

    def __post_init__(self) -> None:
        given: object = self.request
        if isinstance(given, str | Content):
            object.__setattr__(self, "request", Request(Content(given) if isinstance(given, str) else given))
        elif not isinstance(given, Request):
            raise InvalidRequestError(
                f"A shot is a Request, a Content or a prompt, not {type(given).__name__}. Nothing was sent."
            )

    @property
    def has_first_frame(self) -> bool:
        """Whether it brings its own first frame."""
        content = self.request.content
        return any(content.role_of(item) == "first_frame" for item in content.media)

    @property
    def is_reference(self) -> bool:
        """Whether it brings references, which do not go together with a first frame."""
        return self.request.mode == "reference"

    def __repr__(self) -> str:
        how = {True: ", follows", False: ", a cut", None: ""}[self.follows]
        return f"Shot({self.request.prompt[:40]!r}{how})"


Given = Iterable[Shot | Request | Content | str]
"""Shots in their order."""


def shots(given: Given) -> tuple[Shot, ...]:
    """The shots as such.

    Raises:
        InvalidRequestError: There are none, or something else is among them.
    """
    if isinstance(given, str | Content | Request | Shot):
        raise InvalidRequestError("A chain takes a list of shots, not one alone: studio.chain([shot_1, shot_2]).")
    found = tuple(each if isinstance(each, Shot) else Shot(each) for each in given)  # type: ignore[arg-type]
    if not found:
        raise InvalidRequestError("The chain has no shots. Nothing was sent and nothing was written.")
    return found


def with_first_frame(request: Request, source: Source) -> Request:
    """The same request, beginning with a picture."""
    items = request.content.items
    texts = [item for item in items if isinstance(item, Text)]
    others = [item for item in items if not isinstance(item, Text)]
    return request.replace(content=Content(*texts, Image(source, role="first_frame"), *others))
