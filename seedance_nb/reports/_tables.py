"""The tables of a report, as the frames of the ledger give them: what workbooks, Parquet and CSV files are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from seedance_nb.ledger import BY, TAG, Ledger, Over
from seedance_nb.reports._converted import GivenRates
from seedance_nb.reports._drift import DRIFT
from seedance_nb.reports._frame import CHARGES, COSTS, TASKS, Column, Columns, from_pieces, from_rows
from seedance_nb.reports._frames import FAMILY, TOTAL
from seedance_nb.reports._heads import title_of
from seedance_nb.reports._worth import OUTCOMES, UNIT_COSTS
from seedance_nb.reports.reconciliation import FINDINGS, TOTALS, Reconciliation
from seedance_nb.words import Said, Word

if TYPE_CHECKING:
    import pandas as pd

    from seedance_nb.reports.ledger_view import LedgerView

Grouping = tuple[str, ...]
GROUPINGS: tuple[Grouping, ...] = (
    *(("provider", "model"), ("resolution",), ("mode",), ("family",), ("project",), ("price_id",)),
)
"""What costs are summed by where nothing else is asked for."""
PRICES: Columns = {
    "price_id": Column("string", "of the price book; frozen into the task"),
    "amount": Column("object", "exact `Decimal`, in `currency`, for `per` units"),
    "currency": Column("category", ""),
    "per": Column("Int64", "how many units it buys"),
    "unit": Column("category", "`tokens` or `seconds`"),
    "start_date": Column("string", "the first day it applied, in the provider's time zone"),
    "source": Column("string", "the page that says so"),
}
_OF_TASK = (
    *("model_id", "mode", "resolution", "ratio", "duration", "seed", "run", "notebook", "batch", "tags", "rating"),
    *("note", "prompt", "status", "quote_low", "quote_high", "quote_currency", "submitted_at", "finished_at"),
)
"""What stands beside a charge of its task."""
CHARGED: Columns = {**CHARGES, **{name: TASKS[name] for name in _OF_TASK}}
"""A charge with its task: one row each, and the sum of `cost` is what `ledger.costs` gives."""
_MONEY = dict.fromkeys(("cost", "billed", "over", "under", "quoted_low", "quoted_high", "amount"), "currency")
_MONEY |= dict.fromkeys(("cost_a_second", "cost_a_kept_clip", "cost_a_preferred_clip"), "currency")
_MONEY |= {"cost_of_judged": "currency", "booked": "currency", "difference": "currency", "rounding": "currency"}
_MONEY |= {"quote_low": "quote_currency", "quote_high": "quote_currency"}


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a report."""

    name: str
    """Of its file, for example `costs-by-project`; the same in every language."""
    title: Said
    frame: pd.DataFrame
    meanings: Mapping[str, str]
    """What a column means, in English, where `docs/ledger-frames.md` has it."""
    money: Mapping[str, str] = field(default_factory=lambda: _MONEY)
    """Columns of amounts, and of each the columns that have its currency, the first one that does, or the currency."""

    def currency_of(self, column: str, row: Mapping[str, Any]) -> str:
        """The currency of an amount; empty: it is no amount of money."""
        for named in self.money.get(column, "").split():
            found = named if named.isupper() else row.get(named)
            if isinstance(found, str) and found:
                return found
        return ""


def groupings(by: str | Sequence[str] | None) -> tuple[Grouping, ...]:
    """What was asked for: each text is one table, of the names in it with commas between.

    >>> groupings(["project", "provider,model"])
    (('project',), ('provider', 'model'))

    Raises:
        ValueError: Costs cannot be summed by one of them.
    """
    if by is None:
        return GROUPINGS
    asked = [by] if isinstance(by, str) else list(by)
    found = tuple(tuple(name.strip() for name in one.split(",") if name.strip()) for one in asked)
    for name in {name for names in found for name in names}:
        if name not in (*BY, FAMILY) and not name.startswith(TAG):
            raise ValueError(
                f"Costs cannot be summed by {name[:80]!r}. Choose from: {', '.join((*BY, FAMILY))}, or 'tag:' and the "
                "name of a tag. Nothing was written."
            )
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is to be of."""

    view: LedgerView
    ledger: Ledger
    where: Mapping[str, object]
    """Filters, `sandbox` among them."""
    currency: str
    """To see sums in."""
    fx: GivenRates = None
    by: tuple[Grouping, ...] = GROUPINGS
    over: Over | None = None
    """Sums are also split by it."""
    bills: tuple[Reconciliation, ...] = ()
    language: str | None = None
    """Of what is said in sentences."""

    def total(self) -> pd.DataFrame:
        """What was spent, seen in one currency."""
        return self.view.total(self.currency, self.where, fx=self.fx)


def tables(asked: Asked) -> Iterator[Table]:
    """All tables of a report, each made when it is asked for."""
    yield Table("total", Word("What was spent"), asked.total(), _meanings(TOTAL), {**_MONEY, "seen": asked.currency})
    for names in asked.by:
        yield _costs(asked, names, asked.over)
    yield _costs(asked, (), asked.over or "day")
    view, where = asked.view, asked.where
    pair = ("provider", "model")
    yield Table("unit-costs", Word("What a clip costs"), view.unit_costs(pair, where), _meanings(UNIT_COSTS))
    yield Table("outcomes", Word("How tasks ended"), view.outcomes(pair, where), _meanings(OUTCOMES))
    yield Table("drift", Word("Quoted against billed"), view.drift(where=where), _meanings(DRIFT))
    yield tasks(asked)
    yield charges(asked)
    for place, bill in enumerate(asked.bills, 1):
        after = f"-{place}" if len(asked.bills) > 1 else ""
        money = {
            **_MONEY,
            "billed": "billed_currency",
            "booked": "booked_currency",
            "difference": "booked_currency billed_currency",
        }
        yield Table(f"bill{after}", Word("Bill against ledger"), bill.frame(asked.language), _meanings(FINDINGS), money)
        yield Table(f"bill-totals{after}", Word("Sums of the bill"), bill.totals(), _meanings(TOTALS))
    yield prices(asked)


def _costs(asked: Asked, names: Grouping, over: Over | None) -> Table:
    frame = asked.view.costs(names, over, asked.where, view=asked.currency, fx=asked.fx)
    stretch = f"-{over}" if over else ""
    name = f"costs-by-{'-'.join(names).replace(':', '-')}{stretch if names else ''}" if names else f"costs{stretch}"
    return Table(
        name, title_of(names, over), frame, _meanings(COSTS), {**_MONEY, f"cost_{asked.currency}": asked.currency}
    )


def tasks(asked: Asked) -> Table:
    """Tasks that were written down in the period, one row each; clips by their path from the ledger's folder."""
    frame = from_pieces(TASKS, asked.ledger.task_pieces(asked.where))
    return Table("tasks", Word("Tasks", "report"), frame, _meanings(TASKS))


def charges(asked: Asked) -> Table:
    """Charges of the period, one row each, with what is known of their tasks."""
    found = asked.view.charges(asked.where)
    table = {"local_id": TASKS["local_id"], **{name: TASKS[name] for name in _OF_TASK}}
    wanted = {column.source or name for name, column in table.items()}
    of_task = from_pieces(table, asked.ledger.task_pieces(asked.where, wanted, charged=True))
    frame = found.merge(of_task, on="local_id", how="left", validate="one_to_one")
    return Table("charges", Word("Charges"), frame, _meanings(CHARGED))


def prices(asked: Asked) -> Table:
    """The price rows that the charges rest on."""
    frame = from_rows(PRICES, price_rows(asked.ledger, asked.where))
    return Table("prices", Word("Price rows that were used"), frame, _meanings(PRICES))


def price_rows(ledger: Ledger, where: Mapping[str, object]) -> list[dict[str, Any]]:
    """The price rows of some charges, as they were frozen into the tasks; of others the id is all there is."""
    found = ledger.prices_of(where)
    known: dict[str, dict[str, Any]] = {name: {} for name, _ in found if name is not None}
    known |= {price["id"]: price for _, price in found if isinstance(price, dict)}
    return [
        {
            **dict.fromkeys(PRICES),
            **{name: value for name, value in price.items() if name in PRICES},
            "price_id": name,
            "amount": Decimal(price["amount"]) if price else None,
        }
        for name, price in sorted(known.items())
    ]


def _meanings(columns: Columns) -> dict[str, str]:
    return {name: column.meaning for name, column in columns.items() if column.meaning}
