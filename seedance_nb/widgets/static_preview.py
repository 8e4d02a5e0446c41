"""The plain HTML and the plain text of clips that are looked at: what a saved notebook still shows without a kernel.

A poster, facts, and the browser's own player, which loads nothing before it is asked to. As in `static_card`, colours
of text are left to the page and nothing needs a style sheet; styles are short, since a notebook may have many of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from seedance_nb.markup import no_formulas

_WIDE, _HIGH = 460, 340
"""Pixels that one clip may take in a cell."""
_NARROW = 300
"""Pixels across of each where there are several."""
_FAINT = "opacity:.72"


def static_preview(clips: Sequence[Mapping[str, Any]], language: str) -> str:
    """The clips as HTML that needs no kernel, style sheet or script.

    Args:
        clips: What a player knows of each.
        language: In which their facts are said.
    """
    widest = _WIDE if len(clips) == 1 else _NARROW
    figures = "".join(_figure(clip, widest) for clip in clips)
    return no_formulas(
        f'<div lang="{language}" style="display:flex;flex-wrap:wrap;gap:14px 18px;align-items:flex-start;margin:4px 0;'
        f'font:13px/1.45 system-ui,sans-serif">{figures}</div>'
    )


def text_preview(clips: Sequence[Mapping[str, Any]]) -> str:
    """The clips as lines of text."""
    lines = []
    for clip in clips:
        lines.append(str(clip["title"]))
        lines += [f"  {said}" for said in (clip["facts"], clip["file_facts"], clip["problem"], clip["path"]) if said]
    return "\n".join(lines)


def _figure(clip: Mapping[str, Any], widest: int) -> str:
    width, height = clip["width"] or 16, clip["height"] or 9
    shown = min(widest, round(_HIGH * width / height))
    lines = [f"<strong><bdi>{escape(clip['title'])}</bdi></strong>"]
    lines += [escape(said) for said in (clip["facts"], clip["problem"]) if said]
    small = [escape(clip["file_facts"])] if clip["file_facts"] else []
    if clip["path"] and clip["path"] != clip["title"]:
        name = f"<bdi>{escape(clip['path'])}</bdi>"
        small.append(f'<a href="{escape(clip["href"])}">{name}</a>' if clip["href"] and not clip["problem"] else name)
    below = f'<div style="{_FAINT};font-size:12px">{"<br>".join(small)}</div>' if small else ""
    return (
        f'<figure style="margin:0;flex:0 1 {max(shown, 180)}px;min-width:0;overflow-wrap:anywhere">'
        f"{_picture(clip, shown, width, height)}<figcaption>{'<br>'.join(lines)}{below}</figcaption></figure>"
    )


def _picture(clip: Mapping[str, Any], shown: int, width: int, height: int) -> str:
    look = f"display:block;width:100%;max-width:{shown}px;height:auto;border-radius:6px;margin:0 0 4px"
    size = f'width="{width}" height="{height}"'
    if clip["href"] and not clip["problem"]:
        poster = f'poster="{clip["poster"]}"' if clip["poster"] else ""
        return (
            f'<video src="{escape(clip["href"])}" {poster} preload="none" {size} controls muted playsinline '
            f'aria-label="{escape(clip["title"])}" style="{look};background:rgba(128,128,128,.15)"></video>'
        )
    if clip["poster"]:
        return f'<img src="{clip["poster"]}" alt="{escape(clip["title"])}" {size} style="{look}">'
    return ""
