"""What the same work would have cost at another provider, with another model, or at the prices of another day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seedance_nb import catalog, prices
from seedance_nb.errors import (
    ConfigurationError,
    InvalidRequestError,
    PriceNotFoundError,
    UnknownModelError,
    UnknownProviderError,
)
from seedance_nb.ledger import Ledger, Where
from seedance_nb.money import Quote
from seedance_nb.reports._frame import Column, Columns, from_rows
from seedance_nb.reports._groups import amount, in_order, key_columns, keys, needed
from seedance_nb.reports._rebuilt import NotRebuiltError, of_price, rebuilt
from seedance_nb.words import Word, say

if TYPE_CHECKING:
    import pandas as pd

WOULD_HAVE_COST: Columns = {
    "at_provider": Column("category", "where it is thought to have been made"),
    "at_model": Column("category", "with which model"),
    "currency": Column("category", "of `cost`"),
    "is_sandbox": Column("bool", "then nothing was billed"),
    "tasks": Column("int64", "that were charged"),
    "cost": Column("object", "exact `Decimal`: what they did cost, in `currency`"),
    "would_low": Column("object", "exact `Decimal`, in `would_currency`; None where there is a `reason`"),
    "would_high": Column("object", "the same unless a ratio or length was never reported"),
    "would_currency": Column("category", "which may be another one than that of `cost`"),
    "reason": Column("string", "why it cannot be said for the tasks of this line; missing: it can"),
}

_NO_PRICE = Word("No price is known there for such a clip on that day.")
_NOT_MADE = Word("This resolution, ratio or length is not made there.")
_NO_MODEL = Word("There is no such model there, or not for this kind of content.")
_WANTED = {
    *("provider", "model", "is_sandbox", "amount_e8", "currency", "request", "ratio", "resolution", "duration"),
    "created_at",
}


def would_have_cost(
    ledger: Ledger,
    names: Sequence[str],
    where: Where,
    *,
    provider: str | None,
    model: str | None,
    on: dt.date | None,
) -> pd.DataFrame:
    """The same work at other prices; see `LedgerView.would_have_cost`."""
    if provider is not None:
        catalog.provider(provider)
    columns = ledger.task_columns(where, _WANTED | needed(names, "charged_at") | {"charged_at"}, charged=True)
    rows = [
        dict(zip(_WANTED, values, strict=True)) for values in zip(*(columns[name] for name in _WANTED), strict=True)
    ]
    pricer = _Pricer(provider, model, on)
    groups: dict[tuple[Any, ...], Counter[str]] = {}
    for key, row in zip(keys(ledger, columns, names, "charged_at"), rows, strict=True):
        found = pricer.quote(row)
        would = found.high.currency if isinstance(found, Quote) else None
        reason = None if isinstance(found, Quote) else found
        there = (provider or row["provider"], model or row["model"])
        group = (row["is_sandbox"], *key, *there, row["currency"], would, reason)
        sums = groups.setdefault(group, Counter())
        sums.update(tasks=1, cost=row["amount_e8"])
        if isinstance(found, Quote):
            sums.update(low=found.low.to_e8(), high=found.high.to_e8())
    heads = ("is_sandbox", *names, "at_provider", "at_model", "currency", "would_currency", "reason")
    return from_rows(
        key_columns(names) | WOULD_HAVE_COST,
        [
            {
                **dict(zip(heads, key, strict=True)),
                "tasks": sums["tasks"],
                "cost": amount(sums["cost"]),
                "would_low": None if key[-1] else amount(sums["low"]),
                "would_high": None if key[-1] else amount(sums["high"]),
                "reason": key[-1] and say(key[-1]),
            }
            for key, sums in in_order(groups)
        ],
    )


class _Pricer:
    """Quotes rebuilt requests, each kind of them once."""

    def __init__(self, provider: str | None, model: str | None, on: dt.date | None) -> None:
        self._provider, self._model, self._on = provider, model, on
        self._known: dict[tuple[Any, ...], Quote | Word] = {}

    def quote(self, row: dict[str, Any]) -> Quote | Word:
        """The quote for a task's work, or why there is none."""
        provider, model = self._provider or row["provider"], self._model or row["model"]
        try:
            zone = catalog.provider(provider).zone
        except (UnknownProviderError, ConfigurationError):  # a package that brought it is gone
            return _NO_MODEL
        day = self._on or dt.datetime.fromisoformat(row["created_at"]).astimezone(zone).date()
        key = (provider, model, day, of_price(row["request"]), row["ratio"], row["resolution"], row["duration"])
        if key not in self._known:
            self._known[key] = _quoted(provider, model, day, *key[3:])
        return self._known[key]


def _quoted(
    provider: str, model: str, day: dt.date, kept: str, ratio: str | None, resolution: str | None, duration: int | None
) -> Quote | Word:
    try:
        request = rebuilt(kept, ratio, resolution, duration)
        return prices.quote(request.replace(model=model), provider, on=day)
    except NotRebuiltError as exc:
        reason: Word = exc.args[0]
        return reason
    except PriceNotFoundError:
        return _NO_PRICE
    except UnknownModelError:
        return _NO_MODEL
    except InvalidRequestError:
        return _NOT_MADE
