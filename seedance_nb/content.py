"""The content array: text and media items, their roles, their mode and their ordinals.

Everything here is a value. A source says where bytes are; reading them is the business of
`seedance_nb.media`, and what a model accepts is the business of `seedance_nb.catalog`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, get_args
from urllib.parse import urlsplit

from seedance_nb.address import LOOPBACK
from seedance_nb.errors import InvalidRequestError
from seedance_nb.redaction import bare_url

Kind = Literal["text", "image", "video", "audio"]
MediaKind = Literal["image", "video", "audio"]
Role = Literal["first_frame", "last_frame", "reference_image", "reference_video", "reference_audio"]
Mode = Literal["text", "first_frame", "first_last_frame", "reference"]
SourceKind = Literal["file", "bytes", "url", "data", "asset"]

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """Where the bytes of a media item are: a file, bytes in memory, or an address."""

    kind: SourceKind
    value: str | bytes

    @classmethod
    def of(cls, source: str | os.PathLike[str] | bytes | bytearray | memoryview | Source) -> Source:
        """Read what a person passed: a path, bytes, `https://`, `data:` or `asset://`.

        Plain `http://` is taken on this machine's loopback only, for the sandbox.

        Raises:
            InvalidRequestError: The address is of a kind that no provider takes.
        """
        if isinstance(source, Source):
            return source
        if isinstance(source, bytes | bytearray | memoryview):
            if not len(source):
                raise InvalidRequestError("A media item was given no bytes at all. Pass the file's content.")
            return cls("bytes", bytes(source))
        if isinstance(source, os.PathLike):
            return cls("file", os.fspath(source))
        if not isinstance(source, str):
            raise InvalidRequestError(
                f"A media source is a path, bytes, or an https://, data: or asset:// address, "
                f"not {type(source).__name__}."
            )
        text = source.strip()
        scheme = text.partition(":")[0].lower()
        if scheme == "data":
            return cls("data", text)
        if scheme == "asset" and "//" in text:
            return cls("asset", text)
        if scheme in {"http", "https"} and "//" in text:
            return cls._url(text, scheme)
        if "://" in text:
            raise InvalidRequestError(
                f"{scheme}:// is not an address that a provider can read. "
                "Use a local path, or an https:// or asset:// address."
            )
        if not text or "\0" in text:
            raise InvalidRequestError("A media source is empty or holds a null byte. Pass a path or an address.")
        return cls("file", text)

    @classmethod
    def _url(cls, text: str, scheme: str) -> Source:
        try:
            parts = urlsplit(text)
            host = parts.hostname
        except ValueError:
            host = None
        if not host:
            raise InvalidRequestError(f"{text[:80]!r} is not a complete address: it names no host.")
        if parts.username or parts.password:
            raise InvalidRequestError(
                f"The address at {host} carries a user name or password, which would travel to the provider "
                "and into the ledger. Use a signed https:// address without them."
            )
        if scheme == "http" and host not in LOOPBACK:
            raise InvalidRequestError(
                f"http://{host}/… is not encrypted, and providers refuse it. Use https://, "
                "or a local path. Plain http is for the sandbox on this machine only."
            )
        return cls("url", text)

    @property
    def is_local(self) -> bool:
        """Whether the bytes are on this side: a file, bytes, or a `data:` address."""
        return self.kind in {"file", "bytes", "data"}

    @property
    def label(self) -> str:
        """A short name for people: never base64, never the query of a signed URL."""
        if isinstance(self.value, bytes):
            return f"{len(self.value):,} bytes"
        if self.kind == "data":
            head = self.value.partition(",")[0][:40]
            return f"{head},… ({len(self.value):,} characters)"
        if self.kind == "url":
            return bare_url(self.value)
        if self.kind == "asset":
            return self.value[:120]
        return Path(self.value).name

    def __repr__(self) -> str:
        return f"Source({self.kind}, {self.label!r})"


class _Item:
    """What all items of a content array share."""

    __slots__ = ()
    kind: ClassVar[Kind]


@dataclass(frozen=True, slots=True)
class Text(_Item):
    """The prompt."""

    kind: ClassVar[Kind] = "text"
    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise InvalidRequestError(f"The prompt is text, not {type(self.text).__name__}.")


@dataclass(frozen=True, slots=True, init=False, repr=False)
class _Media(_Item):
    kind: ClassVar[Kind]
    roles: ClassVar[tuple[Role, ...]]

    source: Source
    role: Role | None
    duration: float | None
    """Seconds of a clip or sound that only its owner knows, as for one behind a URL."""

    def __init__(
        self,
        source: str | os.PathLike[str] | bytes | Source,
        role: Role | None = None,
        *,
        duration: float | None = None,
    ) -> None:
        if role is not None and role not in self.roles:
            offered = ", ".join(repr(r) for r in self.roles)
            known = "belongs to another kind of item" if role in ROLES else "is not a role"
            raise InvalidRequestError(f"role={role!r} {known}; {self.kind} items take {offered}. Nothing was sent.")
        if duration is not None and (isinstance(duration, bool) or not 0 < duration < 86_400):
            raise InvalidRequestError(f"duration={duration!r} of a {self.kind} item is not a length in seconds.")
        object.__setattr__(self, "source", Source.of(source))
        object.__setattr__(self, "role", role)
        object.__setattr__(self, "duration", duration)

    def __repr__(self) -> str:
        role = f", role={self.role!r}" if self.role else ""
        return f"{type(self).__name__}({self.source.label!r}{role})"


class Image(_Media):
    """A picture: first frame, last frame or reference.

    Args:
        source: Path, bytes, `https://`, `data:` or `asset://`.
        role: `first_frame`, `last_frame` or `reference_image`. A single picture
            without a role is the first frame.
    """

    __slots__ = ()
    kind = "image"
    roles = ("first_frame", "last_frame", "reference_image")


class Video(_Media):
    """A reference clip.

    Args:
        source: Path, bytes, `https://` or `asset://`.
        role: `reference_video`, which is also what None means.
        duration: Its length in seconds, if you know it and it is behind an address:
            input seconds are billed, so that a quote needs them.
    """

    __slots__ = ()
    kind = "video"
    roles = ("reference_video",)


class Audio(_Media):
    """A reference sound.

    Args:
        source: Path, bytes, `https://`, `data:` or `asset://`.
        role: `reference_audio`, which is also what None means.
        duration: Its length in seconds, if you know it.
    """

    __slots__ = ()
    kind = "audio"
    roles = ("reference_audio",)


Item = Text | Image | Video | Audio
Media = Image | Video | Audio


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where the prompt names an item, such as `image 1`, `[图1]` or `@Video2`."""

    kind: MediaKind
    number: int
    start: int
    end: int
    text: str
    item: Media | None
    """The item it means, or None where there is none of that number."""


_WORDS: dict[str, MediaKind] = {
    "image": "image",
    "图片": "image",
    "图像": "image",
    "图": "image",
    "video": "video",
    "视频": "video",
    "audio": "audio",
    "音频": "audio",
}
# A number that counts something else ("视频15秒", "image 4k", "video 16:9") is not an ordinal.
_MENTION = re.compile(
    r"(?P<open>@|\[|【)?\s?(?P<word>(?<![A-Za-z])(?:image|video|audio)|图片|图像|图|视频|音频)"
    r"[ \t]?(?P<number>\d{1,2})(?![\dA-Za-z%])(?![.:]\d)(?!\s?[秒个张帧分年月次倍条])(?P<close>\]|】)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Content:
    """A content array: a prompt and the media it speaks of, in order.

    Order matters: "image 2" in the prompt is the second picture of the array.

    >>> content = Content("The cat in [image 1] yawns", Image("cat.png", role="reference_image"))
    >>> content.mode
    'reference'
    >>> content.ordinals()
    {'image 1': Image('cat.png', role='reference_image')}
    """

    items: tuple[Item, ...]

    def __init__(self, *items: str | Item) -> None:
        made: list[Item] = []
        for item in items:
            if isinstance(item, str):
                made.append(Text(item))
            elif isinstance(item, Text | Image | Video | Audio):
                made.append(item)
            else:
                raise InvalidRequestError(
                    f"A content item is a str, Text, Image, Video or Audio, not {type(item).__name__}."
                )
        object.__setattr__(self, "items", tuple(made))

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def prompt(self) -> str:
        """The text of the text items, one to a line."""
        return "\n".join(item.text for item in self.items if isinstance(item, Text))

    @property
    def media(self) -> tuple[Media, ...]:
        """The pictures, clips and sounds, in order."""
        return tuple(item for item in self.items if not isinstance(item, Text))

    def of_kind(self, kind: MediaKind) -> tuple[Media, ...]:
        """The media items of one kind, in order."""
        return tuple(item for item in self.media if item.kind == kind)

    def role_of(self, item: Media) -> Role | None:
        """The role an item plays, also where it was left out.

        None means that a role is needed and missing: several pictures, or a picture beside clips or sounds.
        """
        if item.role is not None:
            return item.role
        if isinstance(item, Video):
            return "reference_video"
        if isinstance(item, Audio):
            return "reference_audio"
        return "first_frame" if len(self.media) == 1 else None

    @property
    def mode(self) -> Mode:
        """What this array asks for, judged by its roles; `check` says whether they go together."""
        roles = {self.role_of(item) for item in self.media}
        if not roles:
            return "text"
        if any(role and role.startswith("reference") for role in roles):
            return "reference"
        return "first_last_frame" if "last_frame" in roles else "first_frame"

    def ordinals(self) -> dict[str, Media]:
        """The name by which the prompt can speak of each item: `image 1`, `video 2`."""
        counts: dict[str, int] = {}
        named: dict[str, Media] = {}
        for item in self.media:
            counts[item.kind] = counts.get(item.kind, 0) + 1
            named[f"{item.kind} {counts[item.kind]}"] = item
        return named

    def mentions(self) -> tuple[Mention, ...]:
        """Every place in the prompt that names an item, in whichever spelling.

        `image 1`, `[image 1]`, `@Image1`, `图片1`, `[图1]`, `@视频1` are understood.
        Source: Ark, Seedance 2.0 tutorial, and the habits of other providers, read 2026-11-20.
        """
        named = self.ordinals()
        found = []
        for match in _MENTION.finditer(self.prompt):
            kind = _WORDS[match["word"].lower()]
            number = int(match["number"])
            found.append(
                Mention(kind, number, match.start(), match.end(), match[0].strip(), named.get(f"{kind} {number}"))
            )
        return tuple(found)

    def __repr__(self) -> str:
        prompt = self.prompt if len(self.prompt) <= 40 else f"{self.prompt[:39]}…"
        counts = [f"{len(self.of_kind(k))} {k}" for k in ("image", "video", "audio") if self.of_kind(k)]
        return f"Content({', '.join([repr(prompt), *counts])})"
