"""`quote`: what a request will cost, with its sum and what it rests on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from seedance_nb import catalog
from seedance_nb.errors import InvalidRequestError, PriceNotFoundError
from seedance_nb.media import seconds
from seedance_nb.money import Price, Quote
from seedance_nb.prices._load import price as price_of
from seedance_nb.prices._tokens import FPS, PER_TOKEN, minimum_seconds, minimum_tokens, tokens
from seedance_nb.request import AUTO_DURATION, Request


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
        UnknownModelError: The catalog has no model of this name.
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
    clips = request.content.of_kind("video")
    row = price_of(
        provider_id, model.id, resolution=request.resolution, video_input=bool(clips), on=_day(on, facts.zone)
    )
    if row.unit != "tokens":
        raise PriceNotFoundError(f"Price {row.id!r} is by the {row.unit[:-1]}; only prices by tokens can be quoted.")
    ratios = catalog.candidate_ratios(request, provider_id)
    outs = _out_seconds(request, model)
    ins = _in_seconds(request, facts.inputs["video"]) if clips else None
    sizes = [catalog.size(provider_id, model.id, request.resolution, ratio) for ratio in ratios]
    low = min((_Sum(*size, outs[0], ins[0] if ins else None) for size in sizes), key=_Sum.billed)
    high = max((_Sum(*size, outs[1], ins[1] if ins else None) for size in sizes), key=_Sum.billed)
    low_tokens, high_tokens = low.billed(), high.billed()
    return Quote(
        provider=provider_id,
        model=model.name,
        model_id=model.id,
        tokens_low=low_tokens,
        tokens_high=high_tokens,
        low=row.cost(low_tokens),
        high=row.cost(high_tokens),
        price=row,
        basis=_basis(request, ratios, outs, ins),
        sum=high.text(row) if low_tokens == high_tokens else f"{low.text(row)} to {high.text(row)}",
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
    ratios: tuple[str, ...],
    outs: tuple[int, int],
    ins: tuple[Fraction, Fraction] | None,
) -> str:
    """What the quote rests on, or is left open by."""
    opened = []
    if outs[0] != outs[1]:
        opened.append(f"the model chooses the length, {outs[0]} to {outs[1]} s")
    if len(ratios) > 1:
        opened.append(f"the ratio can become {', '.join(ratios)}")
    if ins and ins[0] != ins[1]:
        opened.append(
            f"the reference clips are {_count(ins[0])} to {_count(ins[1])} s in all, as at least one is behind an "
            "address or unreadable and its duration= was not given"
        )
    billed = "Only a task that succeeds is billed; parts of a token are cut off."
    if opened:
        return f"A range, because {'; and '.join(opened)}. {billed}"
    by = f", with the ratio {ratios[0]} by the media" if request.ratio == "adaptive" else ""
    told = any(not clip.source.is_local for clip in request.content.of_kind("video"))
    by += ", if the duration= given for a clip behind an address is right" if told else ""
    return f"Exact{by}: the count that is billed, one frame more than the published estimate. {billed}"


@dataclass(frozen=True, slots=True)
class _Sum:
    """The calculation for one size and length."""

    width: int
    height: int
    out: int
    into: Fraction | None
    """Seconds of the reference clips; None without any."""

    def counted(self) -> int:
        """Tokens by the formula."""
        return tokens(self.width, self.height, self.out, 0 if self.into is None else self.into)

    def least(self) -> int:
        """Tokens that are billed at least."""
        return 0 if self.into is None else minimum_tokens(self.width, self.height, self.out)

    def billed(self) -> int:
        """Tokens that are billed."""
        return max(self.counted(), self.least())

    def text(self, row: Price) -> str:
        """The whole calculation on a line."""
        counted, least = self.counted(), self.least()
        pixels = f"{self.width}×{self.height}"
        length = f"{self.out}" if self.into is None else f"({_count(self.into)}+{self.out})"
        line = f"{pixels} × ({FPS}×{length}+1) / {PER_TOKEN} = {counted:,} tokens"
        if least > counted:
            line += (
                f", less than the minimum with a reference clip, ⌈5×{self.out}/3⌉ = {minimum_seconds(self.out)} s: "
                f"{pixels} × {FPS}×{minimum_seconds(self.out)} / {PER_TOKEN} = {least:,} tokens"
            )
        return f"{line} × {row} = {row.cost(self.billed())}"


def _count(value: Fraction) -> str:
    """Seconds such that the sum can be done again: as a decimal where that is exact, else as a fraction."""
    thousandths = value * 1000
    if thousandths.denominator == 1:
        return f"{float(value):.3f}".rstrip("0").rstrip(".")
    return f"{value.numerator}/{value.denominator}"
