"""The plain HTML and the plain text of a comparison: what a saved notebook still shows without a kernel.

A poster with the browser's own player, which loads nothing before it is asked to, and below it what differs. As in
`static_card`, colours of text are left to the page and nothing needs a style sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from seedance_nb.markup import no_formulas

_LINE = "1px solid rgba(128, 128, 128, 0.35)"
_FAINT = "opacity: 0.72"
_WRAP = "overflow-wrap: anywhere; min-width: 0"


def static_comparison(view: Mapping[str, Any]) -> str:
    """The comparison as HTML that needs no kernel, style sheet or script.

    Args:
        view: What `comparison_view` made.
    """
    count = len(view["clips"])
    widest = 460 if count < 3 else 340
    figures = "".join(_figure(place, one, widest) for place, one in enumerate(view["clips"]))
    return no_formulas(
        f'<div lang="{escape(view["language"])}" style="margin: 4px 0; padding: 10px 14px; box-sizing: border-box; '
        f"max-width: 1280px; border: {_LINE}; border-left: 4px solid #3f85d8; border-radius: 6px; font-size: 13px; "
        'line-height: 1.45; font-family: system-ui, sans-serif">'
        f'<div style="margin: 0 0 8px; font-size: 15px; {_WRAP}"><strong><bdi>{escape(view["title"])}</bdi></strong>'
        f'</div><div style="display: flex; flex-wrap: wrap; gap: 12px">{figures}</div>{_same(view)}</div>'
    )


def text_comparison(view: Mapping[str, Any]) -> str:
    """The comparison as lines of text."""
    lines = [view["title"]]
    for place, one in enumerate(view["clips"]):
        lines.append(f"  {place + 1}  {one['title']}")
        said = [one["absent"], *(f"{fact['label']}: {fact['text']}" for fact in one["facts"])]
        lines += [f"     {text}" for text in said if text]
    if view["same"]:
        common = " · ".join(f"{fact['label']} {fact['text']}" for fact in view["same"])
        lines.append(f"  {view['words']['same']} {common}")
    return "\n".join(lines)


def _figure(place: int, one: Mapping[str, Any], widest: int) -> str:
    title = f"<strong>{place + 1} · <bdi>{escape(one['title'])}</bdi></strong>"
    absent = f"<div>{escape(one['absent'])}</div>" if one["absent"] else ""
    rows = "".join(
        f'<tr><th scope="row" style="padding: 0 12px 0 0; text-align: start; vertical-align: top; font-weight: 400; '
        f'white-space: nowrap; border: 0; {_FAINT}">{escape(fact["label"])}</th>'
        f'<td style="padding: 0; text-align: start; border: 0; {_WRAP}"><bdi>{escape(fact["text"])}</bdi></td></tr>'
        for fact in one["facts"]
    )
    table = f'<table style="margin: 4px 0 0; border-collapse: collapse; font-size: 13px">{rows}</table>' if rows else ""
    return (
        f'<figure style="flex: 1 1 260px; max-width: {widest}px; margin: 0; {_WRAP}">{_picture(one)}'
        f"<figcaption>{title}{absent}{table}</figcaption></figure>"
    )


def _picture(one: Mapping[str, Any]) -> str:
    clip = one["clip"]
    if not clip or (not clip["href"] and not clip["poster"]):
        return ""
    size = f'width="{clip["width"]}" height="{clip["height"]}"' if clip["width"] and clip["height"] else ""
    look = "display: block; width: 100%; max-height: 340px; height: auto; object-fit: contain; border-radius: 4px"
    title = escape(one["title"])
    image = f'<img src="{clip["poster"]}" alt="{title}" {size} style="{look}">' if clip["poster"] else ""
    if not clip["href"] or one["absent"]:
        return image
    first = f'poster="{clip["poster"]}"' if clip["poster"] else ""
    return (
        f'<video src="{escape(clip["href"])}" {first} preload="none" {size} controls muted playsinline '
        f'aria-label="{title}" style="{look}; background-color: rgba(128, 128, 128, 0.15)">{image}</video>'
    )


def _same(view: Mapping[str, Any]) -> str:
    if not view["same"]:
        return ""
    said = " · ".join(f"{escape(fact['label'])} <bdi>{escape(fact['text'])}</bdi>" for fact in view["same"])
    return (
        f'<div style="margin: 8px 0 0; {_FAINT}; {_WRAP}"><strong>{escape(view["words"]["same"])}</strong> {said}</div>'
    )
