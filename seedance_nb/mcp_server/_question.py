"""What a person is asked before an assistant's request is paid for, in the language that is spoken.

Price and provider come first and the prompt last: it is an assistant's text, and must not look like ours.
"""

from __future__ import annotations

from collections.abc import Sequence

from seedance_nb.composing import BudgetLeft
from seedance_nb.composing.shown import shown
from seedance_nb.content import Media
from seedance_nb.mcp_server._desk import Draft
from seedance_nb.widgets._view_model import called
from seedance_nb.words import calculation, number, quoted, say

PROMPT_CHARS = 500


def question(
    draft: Draft, *, provider: str, is_sandbox: bool, again: bool, left: Sequence[BudgetLeft], offer: str
) -> str:
    """What is asked: price, provider, what is sent, what the budget still allows.

    Args:
        draft: What would be sent.
        provider: Its id.
        is_sandbox: Whether nothing is billed.
        again: Whether the ledger has the same already, and this pays once more.
        left: What the budgets still allow.
        offer: The name of the offer, so that each question is asked for itself.
    """
    request = draft.request
    lines = [_price(draft, is_sandbox=is_sandbox)]
    if draft.quote is not None:
        lines += [line for line in (calculation(draft.quote.sum), draft.quote.caveat) if line]
    if again:
        lines.append(say("The ledger has this clip already: this pays for it once more."))
    lines += [
        say("{budget}: {left} {unit} left", budget=one.text, left=number(one.left), unit=one.unit) for one in left
    ]
    length = say("as long as the model likes") if request.duration < 0 else f"{request.duration} s"
    facts = (request.model, request.ratio, request.resolution, length)
    lines.append(say("To {at}: {facts}", at=called(provider, is_sandbox=is_sandbox), facts=" · ".join(facts)))
    lines += [f"– {name}: {shown(item.source.label)} ({request.content.role_of(item)})" for name, item in _items(draft)]
    prompt = " ".join(shown(request.prompt, most=PROMPT_CHARS).split())
    lines.append(say("Prompt of the assistant: “{prompt}”", prompt=prompt))
    lines.append(say("Offer {name}", name=offer))
    return "\n".join(lines)


def _price(draft: Draft, *, is_sandbox: bool) -> str:
    if is_sandbox:
        return say("Make a clip on the sandbox? Nothing is billed.")
    if draft.quote is None:
        return say("Make a clip? Its price is not known, which is not zero.")
    return say("Make a clip for {price}? Billed only if it succeeds.", price=quoted(draft.quote).said())


def _items(draft: Draft) -> list[tuple[str, Media]]:
    return list(draft.request.content.ordinals().items())
