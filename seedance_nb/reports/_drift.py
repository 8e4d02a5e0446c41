"""Quoted against billed: how far the forecasts were off, by provider and price row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seedance_nb.ledger import Ledger, Where
from seedance_nb.reports._frame import Column, Columns, from_rows
from seedance_nb.reports._groups import Keys, amount, asked, in_order, key_columns, percent

if TYPE_CHECKING:
    import pandas as pd

DRIFT: Columns = {
    "currency": Column("category", "of the charges"),
    "is_sandbox": Column("bool", "then nothing was billed"),
    "tasks": Column("int64", "how many were charged"),
    "without_quote": Column("int64", "of these: no price was known when they were submitted"),
    "by_quote": Column("int64", "of these: charged by the quote itself, which proves nothing"),
    "other_currency": Column("int64", "of these: quoted in another currency than they were charged in"),
    "compared": Column("int64", "the rest; all that follows is about these"),
    "within": Column("int64", "billed between the least and the most that was quoted"),
    "above": Column("int64", "billed more than the most"),
    "below": Column("int64", "billed less than the least"),
    "quoted_low": Column("object", "exact `Decimal`: sum of the least that was quoted"),
    "quoted_high": Column("object", "exact `Decimal`: sum of the most that was quoted"),
    "billed": Column("object", "exact `Decimal`: sum of what was charged"),
    "over": Column("object", "exact `Decimal`: by how much bills exceeded the most, in all"),
    "under": Column("object", "exact `Decimal`: by how much bills fell short of the least, in all"),
    "drift_percent": Column("object", "`over` less `under`, in hundredths of `quoted_high`, a `Decimal`"),
    "tokens_quoted": Column("int64", "the most tokens that were quoted, where tokens are billed"),
    "tokens_billed": Column("int64", "of the same tasks, as reported"),
}
_COUNTED = ("tasks", "without_quote", "by_quote", "other_currency", "compared", "within", "above", "below")
_SUMMED = (*_COUNTED, "low", "high", "billed", "over", "under", "tokens_quoted", "tokens_billed")


def drift(ledger: Ledger, names: Sequence[str], where: Where) -> pd.DataFrame:
    """How far quotes were off; see `LedgerView.drift`."""
    keys = Keys(names)
    groups: dict[tuple[Any, ...], Counter[str]] = {}
    for row in ledger.drift_rows(asked(names), where):
        group = (row["is_sandbox"], *keys.of(row), row["currency"])
        groups.setdefault(group, Counter()).update({name: row[name] for name in _SUMMED})
    return from_rows(
        key_columns(names) | DRIFT,
        [
            {
                **dict(zip(names, key, strict=True)),
                "currency": currency,
                "is_sandbox": is_sandbox,
                **{name: sums[name] for name in (*_COUNTED, "tokens_quoted", "tokens_billed")},
                **{name: amount(sums[name]) for name in ("billed", "over", "under")},
                "quoted_low": amount(sums["low"]),
                "quoted_high": amount(sums["high"]),
                "drift_percent": percent(amount(sums["over"] - sums["under"]), amount(sums["high"])),
            }
            for (is_sandbox, *key, currency), sums in in_order(groups)
        ],
    )
