"""What is drawn of files: those that are there, on their way, or did not arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seedance_nb import words
from seedance_nb.composing.draft import NAME_CHARS
from seedance_nb.composing.findings import Look
from seedance_nb.composing.shown import shown
from seedance_nb.composing.uploads import Upload
from seedance_nb.content import Media, MediaKind


@dataclass(frozen=True, slots=True)
class Lost:
    """An upload that did not arrive, shown until it is taken away."""

    id: str
    name: str
    kind: MediaKind
    error: str


def facts_of(item: Media, look: Look, language: str) -> dict[str, Any]:
    """What a file is, in figures and in words."""
    facts = look.facts
    length = facts.duration if facts else item.duration
    said = []
    if facts and facts.width and facts.height:
        said.append(f"{facts.width}×{facts.height}")
    if length is not None:
        said.append(words.seconds(length, language, places=1))
    if facts:
        said.append(words.bytes(facts.bytes, language))
    return {
        "width": facts.width if facts else None,
        "height": facts.height if facts else None,
        "duration": round(float(length), 3) if length is not None else None,
        "bytes": facts.bytes if facts else None,
        "format": facts.format if facts else "",
        "text": " · ".join(said),
    }


def _beside(item_id: str, name: str, kind: MediaKind) -> dict[str, Any]:
    return {
        "id": item_id,
        "kind": kind,
        "ordinal": "",
        "reference": "",
        "name": shown(name, most=NAME_CHARS),
        "source": "file",
        "role": None,
        "roles": [],
        "state": "failed",
        "progress": 0.0,
        "error": "",
        "facts": {"width": None, "height": None, "duration": None, "bytes": None, "format": "", "text": ""},
        "has_thumb": False,
        "thumb_rev": 0,
        "used_in_prompt": False,
        "problems": [],
    }


def uploading(item_id: str, upload: Upload) -> dict[str, Any]:
    """An item that is on its way."""
    made = _beside(item_id, upload.name, upload.kind or "image")
    return made | {"state": "uploading", "progress": round(upload.received / upload.size, 3)}


def not_arrived(lost: Lost) -> dict[str, Any]:
    """An item that did not arrive."""
    return _beside(lost.id, lost.name, lost.kind) | {"error": shown(lost.error)}
