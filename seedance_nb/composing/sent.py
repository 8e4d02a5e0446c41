"""What will be sent, to be read and copied: the JSON and the code, with media and signed queries folded."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from seedance_nb import export
from seedance_nb.composing.draft import Draft
from seedance_nb.composing.shown import INSTEAD, whole
from seedance_nb.content import Content, Media, Source, Text
from seedance_nb.errors import SeedanceError
from seedance_nb.export._plan import Slot, plan
from seedance_nb.redaction import FOLDED, bare_url, redact
from seedance_nb.request import Request

MOST = 20_000
"""Characters of one text: it is drawn, kept in the notebook, and sent whole to the browser."""


def sent(draft: Draft) -> dict[str, Any]:
    """The JSON and the code of a request.

    What is shown in a notebook is published with it, so that the queries of signed addresses are folded here;
    `request.code()` has them.
    """
    request = folded(draft.request)
    codes = {form: _code(request, draft.provider, form) for form in export.FORMS}
    return {"json": _json(request, draft.provider), "codes": codes}


def body_shown(request: Request, provider: str) -> str:
    """The JSON of a request, to be read: media by their names, signed queries folded; or why there is none."""
    return _json(folded(request), provider)


def folded(request: Request) -> Request:
    """The same request without what may not be published."""
    items = [item if isinstance(item, Text) else _folded(item) for item in request.content]
    changes: dict[str, Any] = {
        "content": Content(*(Text(_sendable(i.text)) if isinstance(i, Text) else i for i in items))
    }
    if request.callback_url is not None:
        changes["callback_url"] = address_shown(request.callback_url)
    return request.replace(**changes)


def _sendable(text: str) -> str:
    return whole(text).replace("\0", INSTEAD)


def _folded(item: Media) -> Media:
    if item.source.kind != "url":
        return item
    return type(item)(Source("url", address_shown(str(item.source.value))), item.role, duration=item.duration)


def address_shown(url: str) -> str:
    """An address without what only its owner may know."""
    bare = bare_url(url)
    return f"{bare}?{FOLDED}" if "?" in url else bare


def _code(request: Request, provider: str, form: export.Form) -> str:
    try:
        return _cut(str(request.code(provider, form)))
    except SeedanceError as exc:
        return f"# {redact(str(exc))}"


def _json(request: Request, provider: str) -> str:
    try:
        made = plan(request, provider)
        files = {medium.slot: os.path.basename(medium.path) for medium in made.media}
        return _cut(json.dumps(_unslotted(made.body, files), ensure_ascii=False, indent=2))
    except SeedanceError as exc:
        return redact(str(exc))


def _unslotted(value: object, files: Mapping[Slot, str]) -> object:
    """The body with the name of a file where its bytes or its address go."""
    if isinstance(value, Slot):
        return f"‹{files.get(value, str(value))}›"
    if isinstance(value, Mapping):
        return {name: _unslotted(entry, files) for name, entry in value.items()}
    return [_unslotted(entry, files) for entry in value] if isinstance(value, list) else value


def _cut(text: str) -> str:
    return text if len(text) <= MOST else f"{text[:MOST]}\n…"
