"""Quoted against billed: how far the forecasts were off, by provider and price row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedance_nb.ledger import Ledger, Where
from seedance_nb.reports._frame import Column, Columns, from_rows
from seedance_nb.reports._groups import amount, in_order, key_columns, keys, needed, percent

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
_COMPARED = (
    *("currency", "basis", "amount_e8", "quote_low_e8", "quote_high_e8", "quote_currency"),
    *("quote_tokens_high", "completion_tokens"),
)


@dataclass(slots=True)
class _Sums:
    tasks: int = 0
    without_quote: int = 0
    by_quote: int = 0
    other_currency: int = 0
    compared: int = 0
    within: int = 0
    above: int = 0
    below: int = 0
    low: int = 0
    high: int = 0
    billed: int = 0
    over: int = 0
    under: int = 0
    tokens_quoted: int = 0
    tokens_billed: int = 0

    def add(
        self,
        currency: str,
        basis: str,
        billed: int,
        low: int | None,
        high: int | None,
        quoted_in: str | None,
        tokens_high: int | None,
        tokens: int | None,
    ) -> None:
        """Count a charged task in; amounts in 10⁻⁸."""
        self.tasks += 1
        if low is None or high is None:
            self.without_quote += 1
        elif basis == "quote":
            self.by_quote += 1
        elif quoted_in != currency:
            self.other_currency += 1
        else:
            self.compared += 1
            self.within += low <= billed <= high
            self.above += billed > high
            self.below += billed < low
            self.low, self.high, self.billed = self.low + low, self.high + high, self.billed + billed
            self.over += max(0, billed - high)
            self.under += max(0, low - billed)
            if tokens_high and tokens is not None:
                self.tokens_quoted += tokens_high
                self.tokens_billed += tokens


def drift(ledger: Ledger, names: Sequence[str], where: Where) -> pd.DataFrame:
    """How far quotes were off; see `LedgerView.drift`."""
    wanted = {"is_sandbox", *_COMPARED, *needed(names, "charged_at")}
    columns = ledger.task_columns(where, wanted, charged=True)
    groups: dict[tuple[Any, ...], _Sums] = {}
    compared = [columns[name] for name in _COMPARED]
    for key, is_sandbox, *values in zip(
        keys(ledger, columns, names, "charged_at"), columns["is_sandbox"], *compared, strict=True
    ):
        group = (is_sandbox, *key, values[0])
        if group not in groups:
            groups[group] = _Sums()
        groups[group].add(*values)
    return from_rows(
        key_columns(names) | DRIFT,
        [
            {
                **dict(zip(names, key, strict=True)),
                "currency": currency,
                "is_sandbox": is_sandbox,
                **{name: getattr(sums, name) for name in (*_COUNTED, "tokens_quoted", "tokens_billed")},
                **{name: amount(getattr(sums, name)) for name in ("billed", "over", "under")},
                "quoted_low": amount(sums.low),
                "quoted_high": amount(sums.high),
                "drift_percent": percent(amount(sums.over - sums.under), amount(sums.high)),
            }
            for (is_sandbox, *key, currency), sums in in_order(groups)
        ],
    )
