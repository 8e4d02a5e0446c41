"""The plain HTML and the plain text of a task: what a saved notebook still shows without a kernel.

The HTML stands alone wherever it lands. JupyterLab sanitises it in a notebook that is not trusted: no
style sheet, no script, no `var(…)` and no `inherit` in a colour survive, so colours of text are left to
the page, and what is set are translucent greys and hues that read on light and on dark alike. Where even
styles are stripped (GitHub), the order of the elements still reads as a card.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from typing import Any

from seedance_nb.markup import no_formulas
from seedance_nb.words import say

POSTER_BYTES = 30 * 1024
"""The largest poster that goes into a notebook; a larger one is left out."""

_WIDEST, _HIGHEST = 460, 340
"""Pixels that a clip may take in a cell."""

_HUES = {
    "still": "rgba(128, 128, 128, 0.8)",
    "working": "#3f85d8",
    "good": "#2f9e63",
    "bad": "#d9534f",
    "open": "#c98a1b",
}
_LINE = "1px solid rgba(128, 128, 128, 0.35)"
_FAINT = "opacity: 0.72"
_WRAP = "overflow-wrap: break-word; min-width: 0"


def static_card(view: Mapping[str, Any], *, poster: bytes | None = None) -> str:
    """The card of a task as HTML that needs no kernel, style sheet or script, in the language of the view.

    Args:
        view: What `task_view` made of the record.
        poster: A JPEG of the first frame; more than `POSTER_BYTES` is left out.
    """
    clip = view["clip"]
    media = _media(view, poster) if clip else ""
    facts = f'<div style="flex: 1 1 250px; {_WRAP}">{_outcome(view)}{_facts(view)}</div>'
    return no_formulas(
        f'<div lang="{view["language"]}" style="max-width: 860px; margin: 4px 0; padding: 12px 16px; '
        f"box-sizing: border-box; border: {_LINE}; border-left: 4px solid {_HUES[view['tone']]}; "
        'border-radius: 6px; font-size: 13px; line-height: 1.5; font-family: system-ui, sans-serif">'
        f"{_head(view)}"
        f'<div style="display: flex; flex-wrap: wrap; gap: 12px 20px; align-items: flex-start">{media}{facts}</div>'
        f"{_foot(view)}</div>"
    )


def text_card(view: Mapping[str, Any]) -> str:
    """The card of a task as a few lines of text."""
    lines = [f"{view['glyph']} {view['status_word']} · {view['title']}", f"  {_origin(view)}", f"  {view['sentence']}"]
    if view["failure"]:
        lines.append(f"  {_failure_words(view)}")
    money = [said for said in (_amount(view), view["cost_basis"], view["bill"]) if said]
    if money:
        lines.append(f"  {' · '.join(money)}")
    if view["countdown"]:
        lines.append(f"  {view['countdown']['now']}")
    if view["advice"]:
        lines.append(f"  {view['advice']}")
    if view["clip"]:
        lines.append(f"  {view['clip']['path']} ({_clip_facts(view['clip'])})")
    lines.append(f"  {_ids(view)}")
    return "\n".join(lines)


def _head(view: Mapping[str, Any]) -> str:
    return (
        f'<div style="margin: 0 0 8px; {_WRAP}">'
        f'<span style="display: inline-block; margin: 0 8px 2px 0; padding: 0 9px; border-radius: 99px; '
        f'border: 1px solid {_HUES[view["tone"]]}; font-weight: 600; white-space: nowrap">'
        f'<span aria-hidden="true">{escape(view["glyph"])}&nbsp;</span>{escape(view["status_word"])}</span>'
        f'<strong style="font-size: 14px; font-weight: 600"><bdi>{escape(view["title"])}</bdi></strong>'
        f'<div style="{_FAINT}">{escape(_origin(view))}</div></div>'
    )


def _media(view: Mapping[str, Any], poster: bytes | None) -> str:
    clip = view["clip"]
    image = ""
    if poster and len(poster) <= POSTER_BYTES and poster.startswith(b"\xff\xd8"):
        image = f"data:image/jpeg;base64,{b64encode(poster).decode()}"
    if not image and not clip["href"]:
        return ""
    width, height = clip["width"] or 1280, clip["height"] or 720
    shown = min(_WIDEST, round(_HIGHEST * width / height))
    size = f'width="{width}" height="{height}"'
    look = f"display: block; width: 100%; max-width: {shown}px; height: auto; border-radius: 4px"
    box = f'<div style="flex: 1 1 {min(shown, 300)}px; max-width: {shown}px">'
    # Shown only where the page knows no video or strips it and keeps its content.
    alt = escape(view["words"]["first_frame"].replace("{title}", view["title"]))
    fallback = f'<img src="{image}" alt="{alt}" {size} style="{look}">' if image else ""
    if not clip["href"]:
        return f"{box}{fallback}</div>"
    first = f'poster="{image}" preload="none"' if image else 'preload="metadata"'
    return (
        f'{box}<video src="{escape(clip["href"])}" {first} {size} controls playsinline '
        f'style="{look}; background-color: rgba(128, 128, 128, 0.15)">{fallback}</video></div>'
    )


def _outcome(view: Mapping[str, Any]) -> str:
    """What it cost where a clip was kept; else what happened, what it means for the bill, what to do."""
    if view["status"] == "kept":
        return _paragraphs(_big(_amount(view)), _faint(view["cost_basis"]), _faint(view["bill"]))
    quoted = "" if view["is_over"] else view["quote_sum"]
    left = view["countdown"]["now"] if view["countdown"] else ""
    return (
        _paragraphs(escape(view["sentence"]))
        + _failure(view["failure"])
        + _paragraphs(escape(left))
        + _paragraphs(_big(_amount(view)), escape(view["bill"]), _faint(quoted), escape(view["advice"]))
    )


def _failure(failure: Mapping[str, str] | None) -> str:
    if not failure:
        return ""
    code = f'<div style="{_FAINT}; font-size: 12px">{escape(failure["code"])}</div>' if failure["code"] else ""
    return (
        '<div style="margin: 0 0 8px; padding: 6px 10px; border-radius: 4px; '
        f'background-color: rgba(128, 128, 128, 0.12); {_WRAP}"><bdi>{escape(failure["message"])}</bdi>{code}</div>'
    )


def _paragraphs(*lines: str) -> str:
    said = "".join(f"<div>{line}</div>" for line in lines if line)
    return f'<div style="margin: 0 0 8px">{said}</div>' if said else ""


def _big(text: str) -> str:
    return f'<span style="font-size: 18px; font-weight: 600; line-height: 1.3">{escape(text)}</span>' if text else ""


def _faint(text: str) -> str:
    return f'<span style="{_FAINT}">{escape(text)}</span>' if text else ""


def _facts(view: Mapping[str, Any]) -> str:
    lines = [escape(line) for line in (view["facts"], _took(view)) if line]
    clip = view["clip"]
    if clip:
        name = f"<bdi>{escape(clip['path'])}</bdi>"
        if clip["href"]:
            name = f'<a href="{escape(clip["href"])}">{name}</a>'
        lines.append(f'{name}<br><span style="{_FAINT}">{escape(_clip_facts(clip))}</span>')
    return "".join(f"<div>{line}</div>" for line in lines)


def _foot(view: Mapping[str, Any]) -> str:
    prompt = ""
    if view["prompt"] and view["prompt"] != view["title"]:
        prompt = (
            '<details style="margin: 8px 0 0"><summary style="cursor: pointer">'
            f"{escape(view['words']['prompt'])}</summary>"
            f'<div dir="auto" style="max-height: 260px; overflow: auto; white-space: pre-wrap; {_WRAP}">'
            f"<bdi>{escape(view['prompt'])}</bdi></div></details>"
        )
    return (
        f'{prompt}<div style="margin: 8px 0 0; font-size: 11px; {_FAINT}; {_WRAP}">'
        f"<bdi>{escape(_ids(view))}</bdi></div>"
    )


def _origin(view: Mapping[str, Any]) -> str:
    return " · ".join((view["model"], view["mode"], view["provider"]))


def _amount(view: Mapping[str, Any]) -> str:
    if view["cost"]:
        return str(view["cost"])
    if view["quote"] and not view["is_over"]:
        return say("quoted {price}", language=view["language"], price=view["quote"])
    return ""


def _failure_words(view: Mapping[str, Any]) -> str:
    failure = view["failure"]
    return f"{failure['message']} [{failure['code']}]" if failure["code"] else str(failure["message"])


def _took(view: Mapping[str, Any]) -> str:
    return say("took {time}", language=view["language"], time=view["elapsed"])


def _clip_facts(clip: Mapping[str, Any]) -> str:
    pixels = f"{clip['width']}×{clip['height']}" if clip["width"] and clip["height"] else ""
    digest = f"sha256 {clip['sha256']}" if clip["sha256"] else ""
    return " · ".join(part for part in (pixels, clip["size"], digest) if part)


def _ids(view: Mapping[str, Any]) -> str:
    moment = str(view["submitted_at"] or view["created_at"])
    when = f"{moment[:10]} {moment[11:16]} UTC"
    return " · ".join(part for part in (view["task_id"], view["local_id"], when) if part)
