"""A request as plain HTML and plain text: what it asks for, what is wrong with it, and what it will cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from seedance_nb import words
from seedance_nb.markup import no_formulas
from seedance_nb.money import Quote
from seedance_nb.request import AUTO_DURATION, Problem, Request
from seedance_nb.widgets._view_model import PROMPT_CHARS, _clean, _provider_name, _shorten
from seedance_nb.widgets._words import MODES
from seedance_nb.words import plural, say

_STYLE = (
    "max-width: 860px; margin: 4px 0; padding: 12px 16px; box-sizing: border-box; border-radius: 6px; "
    "border: 1px solid rgba(128, 128, 128, 0.35); border-left: 4px solid {hue}; font-size: 13px; line-height: 1.5; "
    "font-family: system-ui, sans-serif; overflow-wrap: break-word"
)
_FAINT = "opacity: 0.72"
_HUES = {"error": "#d9534f", "warning": "#c98a1b", "": "#2f9e63", "unknown": "rgba(128, 128, 128, 0.8)"}
_GLYPHS = {"error": "✕", "warning": "!"}


def check_card(
    request: Request,
    *,
    provider: str,
    is_sandbox: bool,
    problems: Sequence[Problem] | None = None,
    quote: Quote | None = None,
    unpriced: str = "",
    head: str = "",
    keys: Sequence[str] = (),
) -> dict[str, str]:
    """A request that was not sent, as `text/html` and `text/plain`, in the language that is spoken; secrets are folded.

    Args:
        request: The request.
        provider: Where it would go.
        is_sandbox: Whether that is the sandbox.
        problems: What `check` found; None where nobody looked.
        quote: What it would cost.
        unpriced: Why there is no quote.
        head: What comes before everything else, in words.
        keys: Secrets known by value.
    """

    def told(text: str) -> str:
        return _clean(text, keys)

    name = _provider_name(provider)
    at = say("sandbox of {provider}", provider=name) if is_sandbox else name
    what = " · ".join((told(request.model), say(MODES[request.mode]), at))
    parameters, verdict = _parameters(request), _verdict(problems)
    prompt = _shorten(told(request.prompt), PROMPT_CHARS)
    media = [f"{ordinal}: {told(item.source.label)}" for ordinal, item in request.content.ordinals().items()]
    found = [problem.said() for problem in problems or ()]
    price = _price(quote, unpriced, is_sandbox)
    text = [line for line in (head, what, parameters, prompt and f"“{prompt}”", *media, verdict) if line]
    text += [f"  {_GLYPHS[problem.severity]} {told(str(problem))}" for problem in found]
    worst = "unknown" if problems is None else min((problem.severity for problem in problems), default="")
    html = (
        f"<div><strong>{escape(head)}</strong></div>" if head else "",
        f'<div>{escape(what)}</div><div style="{_FAINT}">{escape(parameters)}</div>',
        f'<div dir="auto" style="margin: 8px 0; white-space: pre-wrap"><bdi>{escape(prompt)}</bdi></div>',
        "".join(f"<div><bdi>{escape(line)}</bdi></div>" for line in media),
        f'<div style="margin: 8px 0 0">{escape(verdict)}</div>' if verdict else "",
        _problems_html(found, told),
        _price_html(price),
    )
    return {
        "text/html": no_formulas(f'<div style="{_STYLE.format(hue=_HUES[worst])}">{"".join(html)}</div>'),
        "text/plain": "\n".join([*text, *price]),
    }


def _verdict(problems: Sequence[Problem] | None) -> str:
    if problems is None:
        return ""
    errors = sum(problem.severity == "error" for problem in problems)
    notes = len(problems) - errors
    said = [say("✓ Nothing stands in the way.")]
    if errors:
        said = [plural("{count} thing to mend first.", "{count} things to mend first.", errors)]
    if notes:
        said.append(plural("{count} thing to know.", "{count} things to know.", notes))
    return " ".join(said)


def _problems_html(problems: Sequence[Problem], told: Callable[[str], str]) -> str:
    rows = []
    for problem in problems:
        why = f'<span style="{_FAINT}">{escape(told(problem.why))}</span>'
        rows.append(
            f'<li style="margin: 4px 0"><span aria-hidden="true">{_GLYPHS[problem.severity]}&nbsp;</span>'
            f"<strong>{escape(told(problem.where))}</strong>: "
            f"{escape(told(problem.what))} {why} {escape(told(problem.fix))}</li>"
        )
    return f'<ul style="margin: 4px 0 0; padding: 0; list-style: none">{"".join(rows)}</ul>' if rows else ""


def _price(quote: Quote | None, unpriced: str, is_sandbox: bool) -> list[str]:
    if quote is None:
        return [unpriced] if unpriced else []
    billed = [say("This is the real price; on the sandbox nothing is billed.")] if is_sandbox else []
    return [str(quote), quote.sum, quote.basis, *billed]


def _price_html(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    first = f'<div style="font-size: 15px; font-weight: 600">{escape(lines[0])}</div>'
    rest = "".join(f"<div>{escape(line)}</div>" for line in lines[1:])
    return f'<div style="margin: 8px 0 0">{first}{rest}</div>'


def _parameters(request: Request) -> str:
    length = say("length: auto") if request.duration == AUTO_DURATION else words.seconds(request.duration)
    said = [request.ratio, request.resolution, length, say("with sound") if request.generate_audio else say("silent")]
    if request.seed is not None:
        said.append(say("seed {seed}", seed=request.seed))
    if request.watermark:
        said.append(say("watermark"))
    if request.return_last_frame:
        said.append(say("last frame"))
    if request.web_search:
        said.append(say("web search"))
    return " · ".join(said)
