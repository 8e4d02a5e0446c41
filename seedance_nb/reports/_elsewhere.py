"""What the same work would have cost at another provider, with another model, or at the prices of another day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
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
from seedance_nb.reports._groups import Keys, amount, asked, in_order, key_columns
from seedance_nb.reports._rebuilt import NotRebuiltError, rebuilt
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
_KIND = ("parameters", "content", "ratio", "resolution", "duration")


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
    keys, stages = Keys(names), [] if on else _stages([provider] if provider else catalog.providers())
    pricer = _Pricer(provider, model, on, stages)
    groups: dict[tuple[Any, ...], Counter[str]] = {}
    for row in ledger.work_rows(asked(names), where, stages=stages):
        found, tasks = pricer.quote(row), row["tasks"]
        would = found.high.currency if isinstance(found, Quote) else None
        reason = None if isinstance(found, Quote) else found
        there = (provider or row["provider"], model or row["model"])
        group = (row["is_sandbox"], *keys.of(row), *there, row["currency"], would, reason)
        sums = groups.setdefault(group, Counter())
        sums.update(tasks=tasks, cost=row["cost"])
        if isinstance(found, Quote):
            sums.update(low=found.low.to_e8() * tasks, high=found.high.to_e8() * tasks)
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

    def __init__(
        self, provider: str | None, model: str | None, on: dt.date | None, stages: Sequence[dt.datetime]
    ) -> None:
        self._provider, self._model, self._on = provider, model, on
        # A moment in each stage; before the first, one just before it. Without any, no price is known on any day.
        before = stages[0] - dt.timedelta(seconds=1) if stages else dt.datetime.now(dt.UTC)
        self._moments = [before, *stages]
        self._known: dict[tuple[Any, ...], Quote | Word] = {}

    def quote(self, row: dict[str, Any]) -> Quote | Word:
        """The quote for a task's work, or why there is none."""
        provider, model = self._provider or row["provider"], self._model or row["model"]
        try:
            zone = catalog.provider(provider).zone
        except (UnknownProviderError, ConfigurationError):  # a package that brought it is gone
            return _NO_MODEL
        day = self._on or self._moments[row.get("stage", 0)].astimezone(zone).date()
        key = (provider, model, day, *(row[name] for name in _KIND))
        if key not in self._known:
            self._known[key] = _quoted(provider, model, day, *key[3:])
        return self._known[key]


def _stages(providers: Iterable[str]) -> list[dt.datetime]:
    """The moments at which a price begins at one of these: between two of them a quote stays what it is."""
    return sorted(
        {
            dt.datetime.combine(row.price.start_date, dt.time(), catalog.provider(provider).zone)
            for provider in providers
            for row in prices.rows(provider)
        }
    )


def _quoted(provider: str, model: str, day: dt.date, *kind: Any) -> Quote | Word:
    try:
        request = rebuilt(*kind)
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
