"""`quote`: what a request will cost, with its sum and what it rests on."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from seedance_nb import catalog
from seedance_nb.errors import InvalidRequestError, PriceNotFoundError
from seedance_nb.media import seconds
from seedance_nb.money import Quote
from seedance_nb.prices._load import book, found
from seedance_nb.prices._rows import Formula, Row
from seedance_nb.prices._sum import Sum, count
from seedance_nb.request import AUTO_DURATION, Request
from seedance_nb.words import Joined, Said, Sentence, Word


def quote(request: Request, provider_id: str, *, on: dt.datetime | dt.date | None = None) -> Quote:
    """What a request will cost at one provider.

    Exact where everything is settled; a range where the model chooses the length or the ratio, or
    where a reference clip is behind an address and its length was not given.

    Args:
        request: Its local pictures and clips are opened to see their size and length.
        provider_id: For example `"ark"`.
        on: When the task is created: an aware datetime, or a day in the provider's time zone. None means now.

    Raises:
        InvalidRequestError: The model does not make this resolution, ratio or duration.
        PriceNotFoundError: No price row applies, or the catalog does not list the model.
        UnknownProviderError: No provider goes by this id.
        PriceError: Your own price file cannot be used.
        UnknownModelError: The catalog has no model of this name, or not for this mode.
    """
    facts = catalog.provider(provider_id)
    model = catalog.model(provider_id, request.model)
    if model is None:
        raise PriceNotFoundError(
            f"{request.model!r} is an id of {provider_id}'s own that the catalog does not list, so its price is not "
            "known, which is not zero. Use a neutral name such as 'seedance-2.0' for a quote."
        )
    if problems := catalog.offer_problems(request, provider_id):
        raise InvalidRequestError(" ".join(str(problem) for problem in problems), problems=problems)
    model_id = catalog.model_id(request, provider_id)
    with_clips = bool(request.content.of_kind("video"))
    row = found(provider_id, model.name, request.resolution, with_clips, _day(on, facts.zone), request.mode)
    by_tokens = row.price.unit == "tokens"
    ratios = catalog.candidate_ratios(request, provider_id) if by_tokens else model.fixed_ratios[:1]
    outs = _out_seconds(request, model)
    ins = _in_seconds(request, facts.inputs["video"]) if with_clips and by_tokens else None
    formula = book(provider_id).formula
    sizes = [catalog.size(provider_id, model.name, request.resolution, ratio) for ratio in ratios]
    low = min((Sum(row.price, formula, *size, outs[0], ins[0] if ins else None) for size in sizes), key=Sum.tokens)
    high = max((Sum(row.price, formula, *size, outs[1], ins[1] if ins else None) for size in sizes), key=Sum.tokens)
    is_exact = low.cost() == high.cost()
    return Quote(
        provider=provider_id,
        model=model.name,
        model_id=model_id,
        tokens_low=low.tokens(),
        tokens_high=high.tokens(),
        low=low.cost(),
        high=high.cost(),
        price=row.price,
        basis=_basis(request, row, formula, ratios, outs, ins),
        sum=high.text() if is_exact else f"{low.text()} to {high.text()}",
        caveat=row.caveat,
    )


def _day(on: dt.datetime | dt.date | None, zone: dt.timezone) -> dt.date:
    """The day of billing."""
    if on is None:
        return dt.datetime.now(zone).date()
    if not isinstance(on, dt.datetime):
        return on
    if on.tzinfo is None:
        raise InvalidRequestError(f"on={on!r} has no time zone. Write it with one, for example tzinfo=timezone.utc.")
    return on.astimezone(zone).date()


def _out_seconds(request: Request, model: catalog.Model) -> tuple[int, int]:
    if request.duration == AUTO_DURATION:
        return int(model.duration.low), int(model.duration.high)
    return request.duration, request.duration


def _in_seconds(request: Request, limits: catalog.Input) -> tuple[Fraction, Fraction]:
    """The least and the most seconds of all reference clips together."""
    lengths = [seconds(item) for item in request.content.of_kind("video")]
    known = sum((length for length in lengths if length is not None), Fraction(0))
    unknown = sum(length is None for length in lengths)
    if not unknown or limits.seconds is None:
        return known, known
    low = known + unknown * limits.seconds.low
    most = limits.total_seconds or known + unknown * limits.seconds.high
    return low, max(low, most)


def _basis(
    request: Request,
    row: Row,
    formula: Formula,
    ratios: tuple[str, ...],
    outs: tuple[int, int],
    ins: tuple[Fraction, Fraction] | None,
) -> Said:
    """What the quote rests on, or is left open by."""
    by_tokens = row.price.unit == "tokens"
    billed: Said = (
        Word("Only a task that succeeds is billed; parts of a token are cut off.")
        if by_tokens
        else Word("Only a task that succeeds is billed.")
    )
    if row.caveat:
        billed = Sentence("{first} {second}", first=billed, second=row.caveat)
    return Sentence("{first} {second}", first=_why(request, formula, ratios, outs, ins, by_tokens), second=billed)


def _why(
    request: Request,
    formula: Formula,
    ratios: tuple[str, ...],
    outs: tuple[int, int],
    ins: tuple[Fraction, Fraction] | None,
    by_tokens: bool,
) -> Said:
    if opened := _opened(ratios, outs, ins):
        return Sentence("A range, because {reasons}.", reasons=Joined(opened, Word("; and ", "between two reasons")))
    if not by_tokens:
        return Word("Exact: every second of the clip that comes out is billed, whatever its ratio.")
    conditions: list[Said] = []
    if request.ratio == "adaptive":
        conditions.append(Sentence(", with the ratio {ratio} by the media", ratio=ratios[0]))
    if any(not clip.source.is_local for clip in request.content.of_kind("video")):
        conditions.append(Word(", if the duration= given for a clip behind an address is right"))
    counted = (
        Word("the count that is billed, one frame more than the published estimate")
        if formula == "frames_plus_one"
        else Word("by the published formula")
    )
    return Sentence("Exact{conditions}: {counted}.", conditions=Joined(conditions), counted=counted)


def _opened(ratios: tuple[str, ...], outs: tuple[int, int], ins: tuple[Fraction, Fraction] | None) -> list[Said]:
    """What is left open."""
    opened: list[Said] = []
    if outs[0] != outs[1]:
        opened.append(Sentence("the model chooses the length, {low} to {high} s", low=outs[0], high=outs[1]))
    if len(ratios) > 1:
        listed = Joined(ratios, Word(", ", "between the entries of a list"))
        opened.append(Sentence("the ratio can become {ratios}", ratios=listed))
    if ins and ins[0] != ins[1]:
        opened.append(
            Sentence(
                "the reference clips are {low} to {high} s in all, as at least one is behind an address or unreadable "
                "and its duration= was not given",
                low=count(ins[0]),
                high=count(ins[1]),
            )
        )
    return opened
