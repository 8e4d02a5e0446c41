"""A request out of a JSON file of the user's own: a body as Ark takes it, a row of parameters, or a recipe.

Files that it names are looked for beside it. A pasted request may name none, see `composing.pasted`; this one is a file
that somebody chose on their own disk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seedance_nb import recipe, rows
from seedance_nb.content import ROLES, Audio, Content, Image, Item, Source, Text, Video
from seedance_nb.errors import InvalidRequestError, MediaError
from seedance_nb.media import TAG_KEY
from seedance_nb.redaction import redact
from seedance_nb.request import Request

MOST = 2_000_000
"""Characters of a request that are read."""
_KINDS: Mapping[str, type[Image] | type[Video] | type[Audio]] = {
    "image_url": Image,
    "video_url": Video,
    "audio_url": Audio,
}


def read(path: Path, text: str) -> Request:
    """The request of a file.

    Args:
        path: Where it lies; files that it names are looked for in the same folder.
        text: What is in it.

    Raises:
        InvalidRequestError: It is no JSON, or no request; with what is wrong.
        MediaError: It is a recipe that cannot be read.
    """
    if len(text) > MOST:
        raise InvalidRequestError(f"{path.name} is too long to be a request: more than {MOST:,} characters.")
    try:
        data: Any = json.loads(text)
    except ValueError as exc:
        raise InvalidRequestError(f"{path.name} is no JSON: {redact(str(exc))[:200]}.") from exc
    except RecursionError as exc:
        raise InvalidRequestError(f"{path.name} is no request: it is too deep.") from exc
    if not isinstance(data, Mapping):
        raise InvalidRequestError(
            f'{path.name} holds no object. A request is {{"prompt": "…", "model": "seedance-2.0"}}, or a body with '
            'a "content" array.'
        )
    if TAG_KEY in data:
        if not path.exists():
            raise InvalidRequestError("What made a clip is read from its file, since media are looked for beside it.")
        found = recipe.open(path)
        if found.missing:
            raise MediaError(f"What made the clip cannot be had again as it was. {' '.join(found.missing)}")
        return found.request
    row = _row_of_body(data, path.parent) if isinstance(data.get("content"), list) else _beside(data, path.parent)
    requests, troubles = rows.read([row])
    if troubles or requests[0] is None:
        said = " ".join(trouble.what for trouble in troubles)
        raise InvalidRequestError(f"{path.name} is no request: {said}")
    return requests[0]


def _row_of_body(body: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    row = {name: value for name, value in body.items() if name not in {"content", "tools"}}
    items = [_item(entry, place, folder) for place, entry in enumerate(body["content"], 1)]
    searches = {"type": "web_search"} in (body.get("tools") or [])
    return {**row, "content": Content(*items), **({"web_search": True} if searches else {})}


def _item(entry: object, place: int, folder: Path) -> Item:
    if isinstance(entry, Mapping) and entry.get("type") == "text" and isinstance(entry.get("text"), str):
        return Text(entry["text"])
    kind = _KINDS.get(str(entry.get("type"))) if isinstance(entry, Mapping) else None
    if kind is None or not isinstance(entry, Mapping):
        raise InvalidRequestError(f"Item {place} of content is neither a text nor a picture, clip or sound.")
    inner = entry.get(str(entry["type"]))
    address = inner.get("url") if isinstance(inner, Mapping) else inner
    if not isinstance(address, str):
        raise InvalidRequestError(f"Item {place} of content has no address.")
    return kind(_source(address, folder), entry.get("role"))


def _beside(row: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    def found(value: object) -> object:
        if isinstance(value, list):
            return [found(one) for one in value]
        return _source(value, folder) if isinstance(value, str) and value.strip() else value

    return {name: found(value) if name in ROLES else value for name, value in row.items()}


def _source(address: str, folder: Path) -> Source:
    source = Source.of(address)
    return Source("file", str(folder / str(source.value))) if source.kind == "file" else source
