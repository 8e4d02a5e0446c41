"""A request out of JSON that somebody pasted: Ark's body, as documentation, a colleague or "What will be sent" has it.

Only addresses are taken from it. The name of a file on this disk is no address, and whoever sends a JSON along has no
business in naming one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from seedance_nb.composing._words import listed, phrase
from seedance_nb.composing.arrivals import KINDS
from seedance_nb.composing.draft import NAME_CHARS, Draft
from seedance_nb.composing.sent import address_shown
from seedance_nb.composing.shown import shown
from seedance_nb.content import Content, Item, Media, Source, Text
from seedance_nb.errors import InvalidRequestError
from seedance_nb.redaction import FOLDED
from seedance_nb.request import Request

MOST = 500_000
"""Characters of a JSON that is read; a picture inside of it makes it longer, and is better added as a file."""
_PARAMETERS = frozenset(field.name for field in fields(Request)) - {"content", "web_search"}


def pasted(text: str, before: Draft, language: str) -> tuple[Draft, str]:
    """The draft of a pasted request, and what there is to say about it.

    Args:
        text: JSON: a body with a `content` array, or that array alone.
        before: What was there; what the JSON only names as left out is taken from it.
        language: Of what is said.

    Raises:
        InvalidRequestError: It is no JSON, or no request.
    """
    if len(text) > MOST:
        raise InvalidRequestError(phrase("paste.long", language))
    try:
        body: Any = json.loads(text)
    except json.JSONDecodeError as exc:
        raise InvalidRequestError(phrase("paste.no_json", language, line=exc.lineno, column=exc.colno)) from exc
    except RecursionError as exc:
        raise InvalidRequestError(phrase("paste.no_request", language)) from exc
    body = {"content": body} if isinstance(body, list) else body
    content = body.get("content") if isinstance(body, Mapping) else None
    if not isinstance(content, list):
        raise InvalidRequestError(phrase("paste.no_request", language))
    items = [_item(entry, place, before, language) for place, entry in enumerate(content, start=1)]
    given = {name: value for name, value in body.items() if name in _PARAMETERS and value is not None}
    tools = body.get("tools")
    searches = isinstance(tools, list) and {"type": "web_search"} in tools
    request = Request(Content(*items), web_search=searches, **given)
    unknown = [name for name in body if name not in _PARAMETERS and name not in {"content", "tools"}]
    said = phrase("paste.done", language)
    if unknown:
        names = listed((shown(str(name), most=40) for name in unknown[:8]), language)
        said = f"{said} {phrase('paste.left_out', language, names=names)}"
    return Draft.of(request, before.provider, before), said


def _item(entry: object, place: int, before: Draft, language: str) -> Item:
    kind = entry.get("type") if isinstance(entry, Mapping) else None
    if isinstance(entry, Mapping) and kind == "text" and isinstance(entry.get("text"), str):
        return Text(entry["text"])
    found = str(kind).removesuffix("_url")
    if not isinstance(entry, Mapping) or found not in KINDS:
        raise InvalidRequestError(phrase("paste.no_item", language, n=place))
    inner = entry.get(f"{found}_url")
    url = inner.get("url") if isinstance(inner, Mapping) else inner
    if not isinstance(url, str):
        raise InvalidRequestError(phrase("paste.no_address", language, n=place))
    same = next((item for item in before.media if item.kind == found and _stands_for(url, item)), None)
    if same is not None:
        return KINDS[found](same.source, entry.get("role"), duration=same.duration)
    if url.startswith("‹") or url.endswith(FOLDED):
        raise InvalidRequestError(phrase("paste.folded", language, name=shown(url, most=NAME_CHARS)))
    source = Source.of(url)
    if source.kind == "file":
        raise InvalidRequestError(phrase("paste.no_address", language, n=place))
    return KINDS[found](source, entry.get("role"))


def _stands_for(url: str, item: Media) -> bool:
    """Whether this is what is shown of an item instead of its bytes or its signed address."""
    if item.source.kind == "file":
        return url == f"‹{os.path.basename(str(item.source.value))}›"
    return item.source.kind == "url" and url == address_shown(str(item.source.value))
