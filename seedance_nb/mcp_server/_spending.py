"""The one tool that spends: it asks first, or makes an offer that has to be confirmed."""

from __future__ import annotations

from typing import Annotated, Literal

from mcp.server.mcpserver import AcceptedElicitation, Context, Elicit, ElicitationResult, Resolve
from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from seedance_nb import answer
from seedance_nb.mcp_server._answers import SubmitAnswer
from seedance_nb.mcp_server._desk import Desk, Draft
from seedance_nb.mcp_server._offers import LIFE, Terms
from seedance_nb.mcp_server._question import question
from seedance_nb.mcp_server._request import RequestArguments
from seedance_nb.mcp_server._telling import apart, explained, files_of, result

Confirm = Annotated[
    str | None,
    Field(max_length=100, description="The `confirm` of an earlier answer, after its price was shown to the person."),
]
Again = Annotated[
    bool, Field(description="Pay once more for what the ledger has already; only where the person asked for that.")
]


class Consent(BaseModel):
    """What a person says to a price."""

    approve: bool = Field(description="Whether to make this clip")


class NotAsked(BaseModel):
    """Nobody was asked: nothing is billed, it is there already, or this client cannot ask."""

    why: Literal["free", "there", "cannot"]


@explained
async def ask(request: RequestArguments, again: bool, ctx: Context[Desk]) -> Elicit[Consent] | NotAsked:
    """The question to the person, where it has to be asked and can be."""
    desk = ctx.request_context.lifespan_context
    draft = await apart(desk.ready, request)
    there = await apart(desk.found, draft)
    if there is not None and not again:
        return NotAsked(why="there")
    if not desk.asks:
        return NotAsked(why="free")
    await apart(desk.refuse_over_budget, draft)
    if not _can_ask(ctx):
        return NotAsked(why="cannot")
    terms = await apart(desk.terms, draft, again=again)
    return Elicit(await apart(_question, desk, draft, terms, is_there=there is not None), Consent)


def _can_ask(ctx: Context[Desk]) -> bool:
    capabilities = ctx.client_capabilities
    known = capabilities.elicitation if capabilities is not None else None
    return known is not None and (known.form is not None or known.url is None)


def _question(desk: Desk, draft: Draft, terms: Terms, *, is_there: bool) -> str:
    return question(
        draft,
        provider=desk.studio.provider,
        is_sandbox=desk.studio.is_sandbox,
        again=is_there,
        left=desk.studio.left(),
        offer=desk.offers.issue(terms),
    )


@explained
async def submit(
    request: RequestArguments,
    ctx: Context[Desk],
    consent: Annotated[ElicitationResult[Consent], Resolve(ask)],
    confirm: Confirm = None,
    again: Again = False,
) -> Annotated[CallToolResult, SubmitAnswer]:
    """Submit a request: the only tool that can cost money.

    The person is asked first, with the price. Where this client cannot ask, the answer is `needs_confirmation` with the
    price and a `confirm`: show both to the person, and call again with the same request and that `confirm` if they
    agree. The same request again gives the task that is there already and costs nothing. Returns at once;
    `wait_task` waits for the clip.
    """
    desk = ctx.request_context.lifespan_context
    draft = await apart(desk.ready, request)
    terms = await apart(desk.terms, draft, again=again)
    there = await apart(desk.found, draft)
    if (there is None or again) and desk.asks:
        if isinstance(consent, AcceptedElicitation) and isinstance(consent.data, NotAsked):
            if confirm is None:
                shown = await apart(_question, desk, draft, terms, is_there=there is not None)
                return result(desk, _offer(desk, draft, terms), TextContent(text=shown))
            desk.offers.take(confirm, terms)
        elif isinstance(consent, AcceptedElicitation) and consent.data.approve:
            desk.offers.take_of(terms)
        else:
            return result(desk, SubmitAnswer("declined", "The person declined. Nothing was sent, nothing is billed."))
    task, was_there = await apart(desk.send, draft, again=again)
    record = await apart(task.record)
    made = answer.task(record)
    if was_there:
        said = "The ledger has this task already; nothing was sent and nothing is paid again."
        return result(desk, SubmitAnswer("already_there", said, made), *await apart(files_of, record))
    said = "On the sandbox: nothing is billed." if desk.studio.is_sandbox else "Billed only if it succeeds."
    return result(desk, SubmitAnswer("submitted", f"Submitted. {said}", made, made.quote))


def _offer(desk: Desk, draft: Draft, terms: Terms) -> SubmitAnswer:
    price = draft.unpriced if draft.quote is None else f"It would cost {draft.quote}: {draft.quote.sum}."
    billed = " On the sandbox nothing is billed." if desk.studio.is_sandbox else ""
    said = (
        f"Nothing was sent yet. {price}{billed} Show the question below to the person. If they agree, submit the same "
        f"request with this `confirm`; it is good once, for {LIFE / 60:g} minutes."
    )
    return SubmitAnswer(
        "needs_confirmation",
        said,
        quote=None if draft.quote is None else answer.quote(draft.quote),
        confirm=desk.offers.issue(terms),
        good_for_s=int(LIFE),
    )
