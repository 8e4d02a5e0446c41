"""A request again, out of what the ledger kept of it: as much of it as a price needs.

Pictures and sounds have no price of their own, so something stands in for them. A reference clip is billed by its
length: it must be here unchanged, or its length must have been noted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from seedance_nb import media
from seedance_nb.content import Audio, Content, Image, Item, Source, Text, Video
from seedance_nb.errors import InvalidRequestError, MediaError
from seedance_nb.request import Request
from seedance_nb.rows import PARAMETERS
from seedance_nb.words import Word

STAND_IN = b"\0"
"""Bytes of a picture or sound that is not needed."""
_SOMEWHERE = "https://example.invalid/clip.mp4"

NO_LENGTH = Word("A reference clip is not here any more, or not as it was, and its length was not noted.")
UNREADABLE = Word("What the ledger kept of the request cannot be read as one.")


class NotRebuiltError(Exception):
    """The request cannot be had again; the text says why."""


def rebuilt(parameters: str, content: str, ratio: str | None, resolution: str | None, duration: int | None) -> Request:
    """The request, with ratio, resolution and length as they came out.

    Args:
        parameters: What the ledger has of it, as JSON, without what has no price; see `Ledger.work_rows`.
        content: Likewise its items, without texts.
        ratio: Of the clip; None: as it was asked for.
        resolution: Likewise.
        duration: Likewise, in seconds.

    Raises:
        NotRebuiltError: It cannot be had again.
    """
    known: dict[str, Any] = json.loads(parameters)
    settled = {"ratio": ratio, "resolution": resolution, "duration": duration}
    try:
        items = [_item(entry) for entry in json.loads(content)]
        given = {name: known[name] for name in PARAMETERS if name in known}
        given |= {name: value for name, value in settled.items() if value is not None}
        return Request(Content("…", *items), **given)
    except (InvalidRequestError, KeyError, TypeError, AttributeError) as exc:
        raise NotRebuiltError(UNREADABLE) from exc


def _item(entry: Mapping[str, Any]) -> Item:
    kind, role = entry["type"], entry.get("role")
    if kind == "image":
        return Image(STAND_IN, role)
    if kind == "audio":
        return Audio(STAND_IN, role)
    if kind == "video":
        return _clip(entry)
    return Text("")


def _clip(entry: Mapping[str, Any]) -> Video:
    """A reference clip with its length."""
    role = entry.get("role")
    if path := entry.get("path"):
        source = Source("file", str(path))
        try:
            if media.sha256(source) == entry.get("sha256"):
                return Video(source, role)
        except MediaError:
            pass
    if entry.get("duration") is None:
        raise NotRebuiltError(NO_LENGTH)
    return Video(_SOMEWHERE, role, duration=entry["duration"])
