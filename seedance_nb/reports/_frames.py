"""The ledger as data frames: tasks, events, charges, votes, and sums of costs."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from seedance_nb.ledger import Over, Where
from seedance_nb.reports._converted import GivenRates, viewed
from seedance_nb.reports._family import family
from seedance_nb.reports._frame import (
    CHARGES,
    COSTS,
    EVENTS,
    TASKS,
    Column,
    Columns,
    from_pieces,
    from_rows,
)
from seedance_nb.reports._view import View, merged
from seedance_nb.reports._votes import votes_frame

if TYPE_CHECKING:
    import pandas as pd

Piece = Mapping[str, Sequence[Any]]

FAMILY = "family"
"""What costs are summed by for prompts that differ in numbers only."""
_WHOLE = frozenset({"duration", "rating"})

TOTAL: dict[str, Column] = {
    "line": Column("string", "`billed`: a currency; `together`: their sum as seen; `not converted`: no rate is known"),
    "currency": Column("category", "of `cost`"),
    "tasks": Column("int64", "how many were charged"),
    "tokens": Column("int64", "that were charged"),
    "cost": Column("object", "exact `Decimal`, in `currency`"),
    "seen": Column("object", "the same in the currency of the view; None: not converted, which is not zero"),
    "rate": Column("string", "the rate, its day and who says so; empty: none was needed"),
}


class Frames(View):
    """Frames with fixed dtypes; the database filters, and pandas is imported when one is asked for."""

    def frame(
        self,
        where: Where | None = None,
        *,
        columns: Sequence[str] | None = None,
        limit: int | None = None,
        **filters: object,
    ) -> pd.DataFrame:
        """Tasks, one row each, newest first.

        `docs/ledger-frames.md` says what each column means, and which filters there are; a few of them:

        >>> ledger.frame(provider="ark", status=["kept", "lost"], since="2026-11", tag="hero")  # doctest: +SKIP

        What is not known is missing (`pd.NA`, `NaT`, None). An empty ledger gives the same columns and dtypes. Of a
        large ledger ask for what you need: a few columns, the newest tasks, a month.

        Args:
            where: Filters by name.
            columns: Only these, in this order; None: all.
            limit: At most so many tasks, the newest.
            filters: The same as `where`, by keyword; `since` and `until` are about the time of the intent.

        Raises:
            ValueError: There is no such filter or column, or a filter does not take that value.
        """
        table = _of(TASKS, columns)
        wanted = {column.source or name for name, column in table.items()}
        pieces = self._ledger.task_pieces(merged(where, filters), wanted, limit=limit)
        return from_pieces(table, pieces, self._ledger.home)

    def frames(
        self,
        where: Where | None = None,
        *,
        columns: Sequence[str] | None = None,
        rows: int = 100_000,
        **filters: object,
    ) -> Iterator[pd.DataFrame]:
        """The same as `frame`, a part after the other, for ledgers that memory does not hold at once.

        All parts are of one moment, whatever is written meanwhile. Each has its own categories.

        Args:
            where: Filters by name.
            columns: As in `frame`.
            rows: About so many in each part: at least, but in the last.
            filters: The same as `where`, by keyword.
        """
        if rows < 1:
            raise ValueError(f"A part has one row at least, not {rows}.")
        table = _of(TASKS, columns)
        wanted = {column.source or name for name, column in table.items()}
        pieces = self._ledger.task_pieces(merged(where, filters), {"local_id", *wanted})
        for some in _parts(pieces, rows):
            yield from_pieces(table, some, self._ledger.home)

    def charges(self, where: Where | None = None, **filters: object) -> pd.DataFrame:
        """Charges, one row each, newest first; `since` and `until` are about the time of the charge.

        Args:
            where: Filters by name; see `frame`.
            filters: The same by keyword.
        """
        return from_pieces(CHARGES, self._ledger.charge_pieces(merged(where, filters)))

    def events(self, task: object = None, where: Where | None = None, **filters: object) -> pd.DataFrame:
        """What happened to tasks, in the order it was written; `since` and `until` are about when it happened.

        Args:
            task: A task, or an id, ours or the provider's, or several; None: all that the filters leave.
            where: Filters by name; see `frame`.
            filters: The same by keyword.

        Raises:
            TaskNotRecordedError: The ledger has no such task.
        """
        met = merged(where, filters)
        if task is not None:
            met = merged(met, {"local_id": self._local_ids(task)})
        return from_pieces(EVENTS, self._ledger.event_pieces(met))

    def votes(self, comparison: str | None = None, *, withdrawn: bool = False) -> pd.DataFrame:
        """What raters said of pairs of clips, in the order they said it.

        Args:
            comparison: Only those of this one; None: all.
            withdrawn: Those that were taken back too.
        """
        return votes_frame(self._ledger.votes(comparison, withdrawn=withdrawn))

    def costs(
        self,
        by: str | Sequence[str] = ("provider", "model"),
        over: Over | None = None,
        where: Where | None = None,
        *,
        view: str | None = None,
        fx: GivenRates = None,
        on: dt.date | None = None,
        **filters: object,
    ) -> pd.DataFrame:
        """What charged tasks cost, one row for each combination, currency and sandbox or not.

        Columns: those of `by`, then `period` where `over` is given, `currency` (category), `is_sandbox` (bool),
        `tasks` and `tokens` (int64), `cost` (object, exact `Decimal`). Quotes are not costs and not in here. Whatever
        they are summed by, the rows of a currency add up to the same total: tasks without a value have a row too.

        Args:
            by: One or more of `day` (of the charge, UTC), `provider`, `model`, `model_id`, `mode`, `status`,
                `resolution`, `ratio`, `duration`, `basis`, `owner`, `price_id`, `batch`, `project`, `run`,
                `notebook`, `rating`, `prompt`, `family` (prompts that differ in numbers only), or `tag:client` for
                the values of the tag `client`.
            over: Also over each `day`, `week` or `month` of the charge, UTC.
            where: Filters by name; see `frame`. `since` and `until` are about the time of the charge.
            view: A currency to see all of them in, in a column such as `cost_CNY`, beside their own.
            fx: The rate for it, or several; those of the price book if None. `attrs["fx"]` names what was used.
            on: Only rates of this day or earlier out of the price book.
            filters: The same as `where`, by keyword.

        Raises:
            ValueError: Costs cannot be summed or filtered by that.
        """
        names = [by] if isinstance(by, str) else list(by)
        rows = self._cost_rows(names, over, merged(where, filters))
        table: dict[str, Column] = {name: Column("Int64" if name in _WHOLE else "category", "") for name in names}
        table |= {name: column for name, column in COSTS.items() if over or name != "period"}
        seen = None
        if view is not None:
            seen = viewed([str(row["currency"]) for row in rows], view, fx, on=on)
            table[f"cost_{view}"] = Column("object", "")
            rows = [{**row, f"cost_{view}": seen.of(_decimal(row["cost"]), str(row["currency"]))} for row in rows]
        frame = from_rows(table, rows)
        if seen is not None:
            frame.attrs.update(view=view, fx=seen.fx)
        return frame

    def _cost_rows(self, names: Sequence[str], over: Over | None, where: Where) -> list[dict[str, object]]:
        if FAMILY not in names:
            return self._ledger.cost_rows(names, over, where)
        if "prompt" in names:
            raise ValueError("Costs are summed by prompt or by family, not by both: a prompt has one family.")
        asked = ["prompt" if name == FAMILY else name for name in names]
        rows = [
            {FAMILY if name == "prompt" else name: value for name, value in row.items()}
            for row in self._ledger.cost_rows(asked, over, where, prompts_as=family)
        ]
        heads = [name for name in rows[0] if name not in {"is_sandbox", "tasks", "tokens", "cost"}] if rows else []
        return sorted(rows, key=lambda row: (bool(row["is_sandbox"]), *(str(row[name]) for name in heads)))

    def total(
        self,
        view: str = "CNY",
        where: Where | None = None,
        *,
        fx: GivenRates = None,
        on: dt.date | None = None,
        **filters: object,
    ) -> pd.DataFrame:
        """What was spent, a line for each currency, one for their sum as seen in one, and one for what has no rate.

        | line | |
        | --- | --- |
        | `billed` | a currency: what was charged in it, and how that is seen in the currency of `view` |
        | `together` | the sum of the `billed` lines, as seen |
        | `not converted` | a currency without a known rate; it is in no sum |

        The sandbox's tasks are left out; with `sandbox=True` they are all there is.

        Args:
            view: The currency to see the sum in.
            where: Filters by name; see `frame`. `since` and `until` are about the time of the charge.
            fx: The rate for it, or several; those of the price book if None.
            on: Only rates of this day or earlier out of the price book.
            filters: The same as `where`, by keyword.
        """
        met = {"sandbox": False, **merged(where, filters)}
        if met["sandbox"] is None:
            raise ValueError("The sandbox's tasks and real ones have no common sum. Say sandbox=True or leave it out.")
        rows = self._ledger.cost_rows((), None, met)
        seen = viewed([str(row["currency"]) for row in rows], view, fx, on=on)
        billed: list[dict[str, Any]] = []
        apart: list[dict[str, Any]] = []
        for row in rows:
            amount = seen.of(_decimal(row["cost"]), str(row["currency"]))
            line = {**row, "line": "not converted" if amount is None else "billed", "seen": amount}
            (apart if amount is None else billed).append({**line, "rate": seen.named(str(row["currency"]))})
        together = {
            "line": "together",
            "currency": view,
            "tasks": sum(row["tasks"] for row in billed),
            "tokens": sum(row["tokens"] for row in billed),
            "cost": None,
            "seen": sum((row["seen"] for row in billed), Decimal(0)),
            "rate": "",
        }
        frame = from_rows(TOTAL, [*billed, together, *apart])
        frame.attrs.update(view=view, fx=seen.fx)
        return frame


def _of(table: Columns, names: Sequence[str] | None) -> Columns:
    """Some columns of a frame, in the order of their names.

    Raises:
        ValueError: The frame has no such column.
    """
    if names is None:
        return table
    for name in names:
        if name not in table:
            near = difflib.get_close_matches(str(name), table, 1)
            advice = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(table)}."
            raise ValueError(f"The frame has no column {str(name)[:80]!r}. {advice}")
    return {name: table[name] for name in names}


def _parts(pieces: Iterator[Piece], rows: int) -> Iterator[list[Piece]]:
    """Pieces, gathered until there are so many rows; always at least one part."""
    some: list[Piece] = []
    count = 0
    for piece in pieces:
        if count >= rows:
            yield some
            some, count = [], 0
        some.append(piece)
        count += len(piece["local_id"])
    yield some


def _decimal(value: object) -> Decimal:
    assert isinstance(value, Decimal)
    return value
