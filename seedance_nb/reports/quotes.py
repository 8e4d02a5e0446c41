"""One request at every provider and model: who can do it, what would be lost, and what it costs.

Amounts stay exact and in the provider's own currency. Beside them stands a view in one currency, at a
dated rate that is named wherever the view is shown. Nothing is asked of a provider.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, cast

from seedance_nb import catalog, prices
from seedance_nb.errors import PriceNotFoundError, UnknownModelError
from seedance_nb.markup import no_formulas
from seedance_nb.money import Fx, Money, Quote
from seedance_nb.request import AUTO_DURATION, Problem, Request

if TYPE_CHECKING:
    import pandas as pd

_DROPPED = frozenset({"parameter.not_offered", "web_search.text_only"})
"""Problems that end when the parameter goes back to its default."""
_LOST = {
    "watermark": "the watermark",
    "web_search": "web search",
    "priority": "the priority",
    "execution_expires_after": "the time to expiry",
    "safety_identifier": "the end user's id",
}
_DTYPES = {
    "provider": "category",
    "model": "category",
    "model_id": "string",
    "requested": "bool",
    "can": "bool",
    "loses": "string",
    "reason": "string",
    "tokens_low": "Int64",
    "tokens_high": "Int64",
    "seconds": "Int64",
    "low": "object",
    "high": "object",
    "currency": "category",
    "price_id": "string",
    "sum": "string",
    "caveat": "string",
    "cheapest": "bool",
    "cheapest_of_model": "bool",
}


@dataclass(frozen=True, slots=True)
class _Offer:
    """What one model at one provider makes of the request."""

    provider: str
    model: str
    model_id: str | None
    requested: bool
    loses: str
    reason: str
    can: bool
    seconds: int | None
    quote: Quote | None


def quotes(
    request: Request,
    *,
    on: dt.datetime | dt.date | None = None,
    view: str | None = "CNY",
    fx: Fx | Sequence[Fx] | None = None,
    host: str = "",
) -> pd.DataFrame:
    """What a request would cost everywhere, one row for each provider and model.

    | column | dtype | |
    | --- | --- | --- |
    | `provider`, `model` | category | the neutral name of the model |
    | `model_id` | string | the id that would be sent; missing where the mode is not offered |
    | `requested` | bool | whether it is the model of the request |
    | `can` | bool | whether it can be done, perhaps at a loss |
    | `loses` | string | what would be left out; empty: nothing |
    | `reason` | string | why it cannot be done, why its price is not known, or where a local clip will be put |
    | `tokens_low`, `tokens_high` | Int64 | missing where the price is by the second |
    | `seconds` | Int64 | of the clip, at the most |
    | `low`, `high` | object, `Decimal` | exact, in `currency`; None: not known, which is not zero |
    | `currency` | category | |
    | `low_CNY`, `high_CNY` | object, `Decimal` | the same in the currency of `view` |
    | `price_id` | string | row of the price book |
    | `sum` | string | the calculation |
    | `caveat` | string | what makes the price less certain; empty: nothing |
    | `cheapest` | bool | of all that lose nothing and have a certain price, the one with the least `high` |
    | `cheapest_of_model` | bool | the same, among the requested model only |

    Cheapest first, then those without a known price, then those that cannot do it. With `view=None`
    nothing is converted, and there is a cheapest row for each currency. `attrs["fx"]` says which rates
    were used.

    Args:
        request: Its local media are opened to see what they are.
        on: When the task is created, as in `quote`. None means now.
        view: The currency for looking at all of them together, or None.
        fx: The rate for it, or several; the newest known ones if None.
        host: The object store, such as `s3://bucket/folder`, that local clips would go to where a provider takes them
            by address alone; `reason` says so then. Empty: there is none.

    Raises:
        PriceNotFoundError: No rate into the currency of `view` is known.
        CurrencyMismatchError: None of the given rates fits.
        PriceError: Your own price file cannot be used.
    """
    import pandas as pd

    offers = [_offer(request, provider, model, on, host) for provider, model in _everywhere()]
    rates = _rates(offers, view, fx)
    offers.sort(key=lambda offer: _place(offer, view, rates))
    best = _cheapest(offers, view, rates)
    best_of_model = _cheapest([offer for offer in offers if offer.requested], view, rates)
    rows = [
        {
            "provider": offer.provider,
            "model": offer.model,
            "model_id": offer.model_id,
            "requested": offer.requested,
            "can": offer.can,
            "loses": offer.loses,
            "reason": offer.reason,
            "seconds": offer.seconds,
            **_money(offer.quote, view, rates),
            "cheapest": offer in best,
            "cheapest_of_model": offer in best_of_model,
        }
        for offer in offers
    ]
    frame = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=kind) for name, kind in _columns(view)})
    frame.attrs["fx"] = "; ".join(dict.fromkeys(map(str, rates.values())))
    frame.attrs["view"] = view
    return frame


def _columns(view: str | None) -> Iterable[tuple[str, str]]:
    for name, kind in _DTYPES.items():
        yield name, kind
        if name == "currency" and view is not None:
            yield from ((f"low_{view}", "object"), (f"high_{view}", "object"))


def _everywhere() -> list[tuple[str, catalog.Model]]:
    return [(provider, model) for provider in catalog.providers() for model in catalog.provider(provider).models]


def _offer(
    request: Request, provider: str, model: catalog.Model, on: dt.datetime | dt.date | None, host: str
) -> _Offer:
    asked = request.replace(model=model.name)
    left, lost = _without_losses(asked, provider)
    found = catalog.check(left, provider, host=host)
    errors = [problem for problem in found if problem.severity == "error"]
    told = errors or [problem for problem in found if problem.code == "source.hosted"]
    quote, reason = None, " ".join(f"{problem.what} {problem.fix}" for problem in told)
    if not errors:
        try:
            quote = prices.quote(left, provider, on=on)
        except PriceNotFoundError as exc:
            reason = str(exc)
    auto = request.duration == AUTO_DURATION
    return _Offer(
        provider=provider,
        model=model.name,
        model_id=model.id_for(request.mode),
        requested=_is_requested(request.model, provider, model),
        loses="" if errors else ", ".join(lost),
        reason=reason,
        can=not errors,
        seconds=None if errors else int(model.duration.high) if auto else request.duration,
        quote=quote,
    )


def _is_requested(name: str, provider: str, model: catalog.Model) -> bool:
    """Whether a request's model is this one, also where it is named by the id of another provider."""
    if name == model.name or model.has_id(name):
        return True
    for other in catalog.providers():
        try:
            entry = catalog.model(other, name)
        except UnknownModelError:
            continue
        if entry is not None and other != provider:
            return entry.name == model.name
    return False


def _without_losses(request: Request, provider: str) -> tuple[Request, list[str]]:
    """The request without the parameters that are not offered, and what they were."""
    plain = Request(request.content)
    dropped = [problem for problem in catalog.check(request, provider) if problem.code in _DROPPED]
    defaults = {problem.where: getattr(plain, problem.where) for problem in dropped}
    return request.replace(**defaults), [_lost(problem, request) for problem in dropped]


def _lost(problem: Problem, request: Request) -> str:
    name = problem.where
    return _LOST.get(name, f"{name}={getattr(request, name)!r}")


def _rates(offers: list[_Offer], view: str | None, given: Fx | Sequence[Fx] | None) -> dict[str, Fx]:
    """The rate from each currency into that of the view."""
    if view is None:
        return {}
    known = [] if given is None else [given] if isinstance(given, Fx) else list(given)
    found: dict[str, Fx] = {}
    for offer in offers:
        if offer.quote is None or (currency := offer.quote.high.currency) in (view, *found):
            continue
        found[currency] = next((rate for rate in known if rate.between(currency, view)), None) or prices.fx(
            currency, view
        )
    return found


def _viewed(money: Money, view: str, rates: dict[str, Fx]) -> Money:
    return prices.convert(money, view, rates.get(money.currency))


def _place(offer: _Offer, view: str | None, rates: dict[str, Fx]) -> tuple[object, ...]:
    """Where a row stands: those with a price by their price, then those without, then those that cannot."""
    if offer.quote is None:
        return (2 if not offer.can else 1, "", Decimal(0), not offer.requested, offer.provider, offer.model)
    money = offer.quote.high if view is None else _viewed(offer.quote.high, view, rates)
    return (0, money.currency, money.amount, not offer.requested, offer.provider, offer.model)


def _cheapest(offers: list[_Offer], view: str | None, rates: dict[str, Fx]) -> list[_Offer]:
    """The least costly of those that lose nothing: one, or one for each currency that cannot be compared.

    A mark is advice, so a price with a caveat does not get it.
    """
    best: dict[str, tuple[Money, _Offer]] = {}
    for offer in offers:
        if offer.quote is None or offer.loses or offer.quote.caveat:
            continue
        money = offer.quote.high if view is None else _viewed(offer.quote.high, view, rates)
        if money.currency not in best or money < best[money.currency][0]:
            best[money.currency] = (money, offer)
    return [offer for _, offer in best.values()]


def _money(quote: Quote | None, view: str | None, rates: dict[str, Fx]) -> dict[str, object]:
    by_tokens = quote is not None and quote.price.unit == "tokens"
    found: dict[str, object] = {
        "tokens_low": quote.tokens_low if quote and by_tokens else None,
        "tokens_high": quote.tokens_high if quote and by_tokens else None,
        "low": quote.low.amount if quote else None,
        "high": quote.high.amount if quote else None,
        "currency": quote.high.currency if quote else None,
        "price_id": quote.price.id if quote else None,
        "sum": quote.sum if quote else None,
        "caveat": quote.caveat if quote else "",
    }
    if view is not None:
        found[f"low_{view}"] = _viewed(quote.low, view, rates).amount if quote else None
        found[f"high_{view}"] = _viewed(quote.high, view, rates).amount if quote else None
    return found


# -- for reading --

_STYLE = "font-family:var(--jp-ui-font-family,system-ui,sans-serif);line-height:1.5"
_CELL = "text-align:left;vertical-align:top;padding:.25em .75em"
_HEADS = ("Provider", "Model", "Costs", "Seen as", "Loses", "Calculation, or why not")


def quotes_html(frame: pd.DataFrame) -> str:
    """The table of `quotes` as static HTML: no script, no widget, every text escaped.

    Args:
        frame: As `quotes` gave it; rows may have been left out or put in another order.
    """
    view = frame.attrs.get("view")
    rows = "".join(_html_row(cast(dict[str, Any], row), view) for row in frame.to_dict("records"))
    heads = "".join(
        f'<th scope="col" style="{_CELL}">{escape(head)}</th>' for head in _HEADS if view or head != "Seen as"
    )
    rate = frame.attrs.get("fx")
    note = f"Seen in {view} at {rate}. Providers bill in their own currency. " if rate else ""
    note += "Only a task that succeeds is billed."
    return no_formulas(
        f'<div style="{_STYLE}"><table style="border-collapse:collapse">'
        f'<caption style="text-align:left">The same request everywhere</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table><p><small>{escape(note)}</small></p></div>"
    )


def _html_row(row: dict[str, Any], view: str | None) -> str:
    known = isinstance(row["high"], Decimal)
    cells = [_span(row["low"], row["high"], row["currency"]) if known else "not known" if row["can"] else "cannot"]
    if view:
        cells.append(_span(row[f"low_{view}"], row[f"high_{view}"], view) if known else "")
    said = f"{row['sum']} {row['caveat']}".strip() if known else row["reason"]
    cells += [row["loses"] or ("nothing" if row["can"] else ""), said]
    marks = []
    if row["requested"]:
        marks.append("as requested")
    if row["cheapest"]:
        marks.append("cheapest that loses nothing")
    elif row["cheapest_of_model"]:
        marks.append("cheapest of this model")
    name = escape(str(row["model"])) + (f"<br><small>{escape(', '.join(marks))}</small>" if marks else "")
    weight = ";font-weight:bold" if row["cheapest"] or row["cheapest_of_model"] else ""
    return (
        f'<tr><th scope="row" style="{_CELL}{weight}">{escape(str(row["provider"]))}</th>'
        f'<td style="{_CELL}{weight}">{name}</td>'
        + "".join(f'<td style="{_CELL}">{escape(str(cell))}</td>' for cell in cells)
        + "</tr>"
    )


def _span(low: Decimal, high: Decimal, currency: str) -> str:
    least, most = str(Money(low, currency)), str(Money(high, currency))
    return most if low == high else f"{least} to {most}"
