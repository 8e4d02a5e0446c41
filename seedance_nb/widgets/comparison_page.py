"""A comparison as one HTML file, to open from a disk: no kernel, no network, the same transport.

The page may do nothing but what stands in it: its policy names its own script and style by their checksums, and clips
come out of the file itself or lie beside it. Whatever a stranger wrote reaches it as data and is shown as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from seedance_nb.widgets._module import module, style
from seedance_nb.widgets.static_comparison import text_comparison

_BLOCK = 3 * 256 * 1024
"""Bytes that are encoded at a time; a multiple of three, so that the pieces are one text."""
_PRIVATE = ("token", "href", "path", "name", "problem", "twin")
"""What only the notebook has a use for, or says where things are on this disk."""

_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; padding: 16px; background: Canvas; color: CanvasText; }
main { max-width: 1280px; margin: 0 auto; }
pre { white-space: pre-wrap; }
"""

_START = """
const state = JSON.parse(document.getElementById("state").textContent);
const still = () => {};
const model = { get: (name) => state[name] ?? "", set: still, save_changes: still, send: still, on: still, off: still };
render({ model, el: document.getElementById("comparison") });
"""


@dataclass(frozen=True, slots=True)
class PageClip:
    """Where the page has a clip from."""

    inside: Path | None = None
    """A file that is put into the page."""
    beside: str = ""
    """The path of a file beside the page, relative to it."""


def write_page(file: BinaryIO, view: Mapping[str, Any], clips: Sequence[PageClip]) -> None:
    """Write the page of a comparison.

    Args:
        file: Where it goes.
        view: What `comparison_view` made.
        clips: For each clip where it comes from; neither inside nor beside: its poster stands for it.

    Raises:
        OSError: A clip cannot be read, or the page cannot be written.
    """
    for text in _page(view, clips):
        file.write(text.encode())


def _page(view: Mapping[str, Any], clips: Sequence[PageClip]) -> Iterator[str]:
    script = f"{module('comparison.js')}\n{_START}"
    sheet = f"{_STYLE}{style('comparison.css')}"
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_checksum(script)}",
            f"style-src {_checksum(sheet)}",
            "img-src data:",
            "media-src 'self' file: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    title = escape(view["title"])
    yield (
        f'<!doctype html>\n<html lang="{escape(view["language"])}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{sheet}</style>\n</head>\n<body>\n"
        f'<main id="comparison"><noscript><pre>{escape(text_comparison(view))}</pre></noscript></main>\n'
        f'<script type="application/json" id="state">{_data({"view": _shown(view, clips)})}</script>\n'
    )
    for place, clip in enumerate(clips):
        if clip.inside is not None:
            yield f'<script type="text/plain" id="clip-{place}">'
            yield from _encoded(clip.inside)
            yield "</script>\n"
    yield f'<script type="module">{script}</script>\n</body>\n</html>\n'


def _shown(view: Mapping[str, Any], clips: Sequence[PageClip]) -> dict[str, Any]:
    shown = []
    for place, (one, clip) in enumerate(zip(view["clips"], clips, strict=True)):
        facts = {key: value for key, value in (one["clip"] or {}).items() if key not in _PRIVATE}
        source = {"part": f"clip-{place}"} if clip.inside else {"src": quote(clip.beside)} if clip.beside else {}
        shown.append({**one, "clip": facts or None, **source})
    return {**view, "clips": shown, "is_still": not any(clip.inside or clip.beside for clip in clips)}


def _data(value: object) -> str:
    """JSON that ends no script and begins no comment, wherever it comes from."""
    return json.dumps(value, ensure_ascii=True).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _encoded(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield base64.b64encode(block).decode()


def _checksum(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
