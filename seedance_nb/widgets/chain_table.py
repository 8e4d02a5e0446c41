"""A chain as a small dict that a browser draws, as plain HTML, and as plain text.

Its shots stand in their order: what each is to show, how it is linked to the one before it, where it stands, what it
costs. The HTML needs no kernel, style sheet or script, so that a saved notebook shows it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Literal

from seedance_nb import words
from seedance_nb.markup import no_formulas
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets._view_model import PROMPT_CHARS, _clean, _parameters, _shorten, _title, called, task_view
from seedance_nb.widgets._words import CHAIN, NOT_SENT
from seedance_nb.widgets.static_card import _FAINT, _HUES, _LINE, _WRAP
from seedance_nb.words import Language, Plural, Said, Sentence, Word, say

State = Literal["planned", "running", "waiting", "stopped", "done"]


@dataclass(frozen=True, slots=True)
class ShotSummary:
    """One shot at one moment."""

    prompt: str
    follows: bool
    """Whether it begins with the last frame of the shot before it."""
    asked: TaskRecord = field(repr=False)
    """A stand-in of what is written down for it: its model and parameters."""
    price: str
    """Its quote, in words; empty where no price is known."""
    record: TaskRecord | None = field(default=None, repr=False)
    """What the ledger knows of its task; None: it was not sent yet."""
    is_held: bool = False
    """Whether it was in the ledger already when the chain was run."""


@dataclass(frozen=True, slots=True)
class ChainSummary:
    """What there is to see of a chain at one moment; a text that is `Said` is shown in the language that is spoken."""

    chain_id: str
    shots: Sequence[ShotSummary]
    state: State
    provider: str
    is_sandbox: bool
    why: str = ""
    """Why it stopped or waits, in a sentence."""
    gate_at: int | None = None
    """The shot that waits to be sent, counted from 0."""
    quote: str = ""
    """What all shots were to cost."""
    to_send: str = ""
    """What those would cost that are not in the ledger; empty: there are none."""
    cost: str = ""
    """What it has cost so far; empty while nothing is."""
    next_price: str = ""
    """At a gate: what its shot costs."""
    again_price: str = ""
    """At a gate: what the shot before it costs when it is made anew."""

    @property
    def missing(self) -> int:
        """How many shots are not sent yet."""
        return sum(shot.record is None for shot in self.shots)

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself or by a button."""
        return self.state in {"done", "stopped"}


def chain_view(
    summary: ChainSummary, *, now: dt.datetime, notebook_dir: Path | None = None, keys: Sequence[str] = ()
) -> dict[str, Any]:
    """What there is to see of a chain, as JSON, in the language that is spoken.

    Args:
        summary: The chain.
        now: The moment of looking, timezone-aware.
        notebook_dir: Where links to clips start from.
        keys: Secrets known by value, folded wherever they turn up.
    """
    language = words.language()
    state = CHAIN[summary.state]
    word = say(state.word, language=language)
    sentence = _sentence(summary, language)
    return {
        "language": language,
        "words": _words(language),
        "id": summary.chain_id,
        "title": Plural("A chain of {count} shot", "A chain of {count} shots", len(summary.shots)).said(language),
        "provider": _at(summary, language),
        "is_sandbox": summary.is_sandbox,
        "state": summary.state,
        "state_word": word,
        "shape": state.shape,
        "glyph": state.glyph,
        "tone": state.tone,
        "sentence": _clean(sentence, keys),
        "news": say("{status}. {sentence}", language=language, status=word, sentence=_clean(sentence, keys)).strip(),
        "money": _money(summary, language),
        "bill": say("These are the real prices; on the sandbox nothing is billed.", language=language)
        if summary.is_sandbox
        else "",
        "shots": [
            _shot(index, summary, now=now, notebook_dir=notebook_dir, keys=keys, language=language)
            for index in range(len(summary.shots))
        ],
        "buttons": _buttons(summary, language),
        "gate_at": summary.gate_at,
        "is_over": summary.is_over,
        "now": now.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _words(language: Language) -> dict[str, Any]:
    return {
        "play": say("Play shot {number}", language=language),
        "shot": say("Shot {number}: {title}", language=language),
        "stop_question": say("Stop here? What was sent goes on and may be billed.", language=language),
        "yes": say("Yes, stop", language=language),
        "no": say("No, go on", language=language),
        "spans": words.spans(language),
    }


def _at(summary: ChainSummary, language: Language) -> str:
    if summary.is_sandbox:
        return f"{say('sandbox', language=language)} · {summary.provider}"
    return say(called(summary.provider, is_sandbox=False), language=language)


def _said(text: str, language: Language) -> str:
    return text.said(language) if isinstance(text, Said) else text


def _sentence(summary: ChainSummary, language: Language) -> str:
    """What is happening, or why it is not."""
    said = [_said(summary.why, language)] if summary.why else []
    if summary.state == "waiting" and summary.gate_at is not None:
        if summary.gate_at:
            gate = Sentence(
                "Shot {made} is made. Shot {number} is sent when you say so.",
                made=summary.gate_at,
                number=summary.gate_at + 1,
            )
        else:
            gate = Sentence("Shot {number} is sent when you say so.", number=1)
        said.append(gate.said(language))
    if summary.state == "planned":
        held = len(summary.shots) - summary.missing
        if not summary.missing:
            said.append(say("All shots are in the ledger already; nothing would be sent.", language=language))
        elif held:
            said.append(
                Plural(
                    "{count} shot is in the ledger already and is not paid again; nothing is sent yet.",
                    "{count} shots are in the ledger already and are not paid again; nothing is sent yet.",
                    held,
                ).said(language)
            )
        else:
            said.append(say("Nothing is sent yet.", language=language))
    return _joined(said, language)


def _joined(said: Sequence[str], language: Language) -> str:
    return ("" if language == "zh" else " ").join(text for text in said if text)


def _money(summary: ChainSummary, language: Language) -> str:
    said: list[Said] = [Sentence("Quoted: {quote}.", quote=summary.quote)] if summary.quote else []
    if summary.to_send and summary.to_send != summary.quote:
        said.append(Sentence("Still to be sent: {price}.", price=summary.to_send))
    if summary.cost:
        is_final = summary.state == "done"
        said.append(
            Sentence("Cost: {cost}.", cost=summary.cost)
            if is_final
            else Sentence("Cost so far: {cost}.", cost=summary.cost)
        )
    return _joined([text.said(language) for text in said], language)


def _buttons(summary: ChainSummary, language: Language) -> list[dict[str, str]]:
    """What can be done now, each with what it costs."""

    def button(kind: str, text: Said, price: str = "", look: str = "") -> dict[str, str]:
        label = text.said(language)
        full = say("{what} · {price}", language=language, what=label, price=_said(price, language)) if price else label
        return {"kind": kind, "label": full, "look": look}

    if summary.state == "waiting" and summary.gate_at is not None:
        at = summary.gate_at
        made = [button("again", Sentence("Make shot {number} anew", number=at), summary.again_price)] if at else []
        return [
            button("approve", Sentence("Send shot {number}", number=at + 1), summary.next_price, "strong"),
            *made,
            button("stop", Word("Stop here")),
        ]
    if summary.state == "running":
        return [button("stop", Word("Stop…"))]
    if summary.state == "planned" and summary.missing:
        return [
            button("run_gated", Word("Make it shot by shot"), "", "strong"),
            button("run", Word("Make all of it"), summary.to_send),
        ]
    return []


def _shot(
    index: int,
    summary: ChainSummary,
    *,
    now: dt.datetime,
    notebook_dir: Path | None,
    keys: Sequence[str],
    language: Language,
) -> dict[str, Any]:
    shot = summary.shots[index]
    record = shot.record
    view = task_view(record, now=now, notebook_dir=notebook_dir, keys=keys) if record is not None else None
    link, how = _link(index, shot)
    prompt = _clean(shot.prompt, keys)
    status = (
        {name: view[name] for name in ("status_word", "shape", "glyph", "tone")}
        if view
        else _unsent(summary, index, language)
    )
    return {
        "number": index + 1,
        "title": _title(prompt) or say("A clip without words", language=language),
        "prompt": _shorten(prompt, PROMPT_CHARS),
        "model": _clean(shot.asked.model, keys),
        "facts": _facts(shot, language),
        "link": link,
        "how": how.said(language),
        **status,
        "note": say("was there already", language=language) if shot.is_held and view else "",
        "price": _said(shot.price, language),
        "cost": (view["cost"] or "") if view else "",
        "money": _price(shot, view, language),
        "failure": _failure(view),
        "is_kept": record is not None and record.status is TaskStatus.KEPT,
        "is_moving": record is not None and not record.is_over,
        "since_at": view["since_at"] if view else None,
        "elapsed": view["elapsed"] if view else "",
        "task_id": view["task_id"] if view else "",
        "local_id": record.local_id if record else "",
        "file": view["clip"] if view else None,
        "clip": None,
        "begins": "",
    }


def _unsent(summary: ChainSummary, index: int, language: Language) -> dict[str, str]:
    status = CHAIN["waiting"] if summary.gate_at == index else NOT_SENT
    return {
        "status_word": say(status.word, language=language),
        "shape": status.shape,
        "glyph": status.glyph,
        "tone": status.tone,
    }


def _link(index: int, shot: ShotSummary) -> tuple[str, Said]:
    if shot.follows:
        return "follows", Sentence("begins where shot {number} ends", number=index)
    return ("first", Word("the first one")) if index == 0 else ("cut", Word("a cut: begins anew"))


def _facts(shot: ShotSummary, language: Language) -> str:
    facts = _parameters(shot.record or shot.asked)
    ratio, seconds = facts["ratio"], facts["duration_s"]
    said = [
        say("adaptive", language=language) if ratio == "adaptive" else ratio,
        facts["resolution"],
        words.seconds(seconds, language) if seconds is not None else "",
    ]
    return " · ".join(str(part) for part in said if part)


def _price(shot: ShotSummary, view: Mapping[str, Any] | None, language: Language) -> str:
    if view and view["cost"]:
        return str(view["cost"])
    if view and view["is_over"]:
        return str(view["bill"])
    price = _said(shot.price, language)
    return say("quoted {price}", language=language, price=price) if price else ""


def _failure(view: Mapping[str, Any] | None) -> str:
    if not view or not view["failure"]:
        return ""
    return str(view["failure"]["message"])


# -- plain HTML and text --


def chain_table(view: Mapping[str, Any]) -> str:
    """The chain as HTML that needs no kernel; `poster` of a shot's clip is shown where there is one."""
    shots = "".join(_card(shot) for shot in view["shots"])
    lines = "".join(f"<div>{escape(line)}</div>" for line in (view["sentence"], view["money"], view["bill"]) if line)
    return no_formulas(
        f'<div lang="{view["language"]}" style="max-width: 1100px; margin: 4px 0; padding: 12px 16px; '
        f"box-sizing: border-box; border: {_LINE}; border-left: 4px solid {_HUES[view['tone']]}; border-radius: 6px; "
        'font-size: 13px; line-height: 1.5; font-family: system-ui, sans-serif">'
        f"{_badge(view, view['state_word'])}<strong>{escape(view['title'])}</strong> "
        f'<span style="{_FAINT}">{escape(view["provider"])}</span>'
        f'<div style="margin: 4px 0 10px; {_WRAP}">{lines}</div>'
        f'<div style="display: flex; flex-wrap: wrap; gap: 14px 18px; align-items: flex-start">{shots}</div></div>'
    )


def _badge(view: Mapping[str, Any], word: str) -> str:
    return (
        '<span style="display: inline-block; margin: 0 8px 2px 0; padding: 0 9px; border-radius: 99px; '
        f'border: 1px solid {_HUES[view["tone"]]}; font-weight: 600; white-space: nowrap">'
        f'<span aria-hidden="true">{escape(view["glyph"])}&nbsp;</span>{escape(word)}</span>'
    )


_ARROWS = {"follows": "→", "cut": "‖", "first": "•"}


def _card(shot: Mapping[str, Any]) -> str:
    link = (
        f'<div style="{_FAINT}; font-size: 12px"><span aria-hidden="true">{_ARROWS[shot["link"]]}&nbsp;</span>'
        f"<strong>{shot['number']}</strong> · {escape(shot['how'])}</div>"
    )
    lines = [f"<bdi>{escape(shot['title'])}</bdi>", escape(shot["money"])]
    lines += [f"<bdi>{escape(shot['failure'])}</bdi>"] if shot["failure"] else []
    file = shot["file"]
    if file:
        name = f"<bdi>{escape(file['name'])}</bdi>"
        lines.append(f'<a href="{escape(file["href"])}">{name}</a>' if file["href"] else name)
    said = "".join(f"<div>{line}</div>" for line in lines if line)
    return (
        f'<div style="flex: 1 1 200px; max-width: 250px; {_WRAP}">{link}{_picture(shot)}'
        f'<div style="margin: 4px 0 0">{_badge(shot, shot["status_word"])}</div>{said}</div>'
    )


def _picture(shot: Mapping[str, Any]) -> str:
    clip, file = shot["clip"], shot["file"]
    poster = clip["poster"] if clip else ""
    look = "display: block; width: 100%; height: auto; border-radius: 4px"
    size = f'width="{clip["width"]}" height="{clip["height"]}"' if clip and clip["width"] else ""
    image = f'<img src="{poster}" alt="" {size} style="{look}">' if poster else ""
    if file and file["href"]:
        first = f'poster="{poster}"' if poster else ""
        return (
            f'<video src="{escape(file["href"])}" {first} preload="none" {size} controls muted playsinline '
            f'style="{look}; background-color: rgba(128, 128, 128, 0.15)">{image}</video>'
        )
    if image:
        return image
    return (
        '<div style="height: 112px; border-radius: 4px; background-color: rgba(128, 128, 128, 0.1); '
        f'border: {_LINE}; box-sizing: border-box"></div>'
    )


def chain_text(view: Mapping[str, Any]) -> str:
    """The chain as a few lines of text."""
    lines = [f"{view['glyph']} {view['title']} · {view['provider']}: {view['state_word']}"]
    for shot in view["shots"]:
        parts = [shot["status_word"], shot["note"], shot["money"], shot["failure"]]
        said = " · ".join(part for part in parts if part)
        lines.append(
            f"  {_ARROWS[shot['link']]} {shot['number']} {shot['glyph']} {shot['title']} ({shot['how']}) · {said}"
        )
    lines += [f"  {line}" for line in (view["sentence"], view["money"], view["bill"]) if line]
    return "\n".join(lines)
