"""What analyses add up, added up by the database: a few rows come back, however many tasks there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from seedance_nb.ledger._filters import Where, conditions
from seedance_nb.ledger._kinds import kind_columns
from seedance_nb.ledger._lifetime import Lifetime
from seedance_nb.ledger._queries import chunks
from seedance_nb.ledger._schema import charges, tasks
from seedance_nb.ledger._totals import key_column
from seedance_nb.ledger._types import utc_text
from seedance_nb.task import TaskStatus

Sums = list[dict[str, Any]]
_Wanted = Mapping[str, sa.ColumnElement[Any]]

_ONE: sa.ColumnElement[Any] = sa.literal_column("1")
_MADE = frozenset({TaskStatus.SUCCEEDED.value, TaskStatus.KEPT.value, TaskStatus.LOST.value})

_MORE: dict[str, Callable[[], sa.ColumnElement[Any]]] = {
    "local_id": lambda: tasks.c.local_id,
    "account": lambda: tasks.c.account,
}
"""What sums are grouped by beside what costs are."""


def _begins(column: sa.Column[Any], length: int) -> sa.ColumnElement[Any]:
    return sa.func.substr(sa.type_coerce(column, sa.String), 1, length)


def _sum(value: sa.ColumnElement[Any], when: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return sa.func.sum(sa.case((when, value), else_=0))


def _count(when: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return _sum(_ONE, when)


def _worth() -> _Wanted:
    has_length = tasks.c.duration > 0
    return {
        "tasks": sa.func.count(),
        "cost": sa.func.sum(charges.c.amount_e8),
        "seconds": _sum(tasks.c.duration, has_length),
        "timed_cost": _sum(charges.c.amount_e8, has_length),
        "kept": _count(tasks.c.status == TaskStatus.KEPT.value),
    }


def _told() -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Whether a charged task was quoted, was charged by that quote, and was quoted in the currency of its charge."""
    is_quoted = sa.and_(tasks.c.quote_low_e8.is_not(None), tasks.c.quote_high_e8.is_not(None))
    # A quote without a currency is in another one.
    is_same = sa.func.coalesce(tasks.c.quote_currency, "") == charges.c.currency
    return is_quoted, charges.c.basis == "quote", is_same


def _is_compared() -> sa.ColumnElement[bool]:
    is_quoted, by_quote, is_same = _told()
    return sa.and_(is_quoted, sa.not_(by_quote), is_same)


def _drift() -> _Wanted:
    low, high, billed = tasks.c.quote_low_e8, tasks.c.quote_high_e8, charges.c.amount_e8
    is_quoted, by_quote, is_same = _told()
    compared = _is_compared()
    by_tokens = sa.and_(compared, tasks.c.quote_tokens_high != 0, tasks.c.completion_tokens.is_not(None))
    above, below = sa.and_(compared, billed > high), sa.and_(compared, billed < low)
    return {
        "tasks": sa.func.count(),
        "without_quote": _count(sa.not_(is_quoted)),
        "by_quote": _count(sa.and_(is_quoted, by_quote)),
        "other_currency": _count(sa.and_(is_quoted, sa.not_(by_quote), sa.not_(is_same))),
        "compared": _count(compared),
        "within": _count(sa.and_(compared, billed.between(low, high))),
        "above": _count(above),
        "below": _count(below),
        "low": _sum(low, compared),
        "high": _sum(high, compared),
        "billed": _sum(billed, compared),
        "over": _sum(billed - high, above),
        "under": _sum(low - billed, below),
        "tokens_quoted": _sum(tasks.c.quote_tokens_high, by_tokens),
        "tokens_billed": _sum(tasks.c.completion_tokens, by_tokens),
    }


def _tenths(connection: sa.Connection) -> sa.ColumnElement[Any]:
    """How long a task took from sending to its end, in tenths of a second; NULL: it was not sent, or did not end."""
    sent, ended = (sa.type_coerce(column, sa.String) for column in (tasks.c.submitted_at, tasks.c.finished_at))
    if connection.dialect.name == "sqlite":
        seconds = (sa.func.julianday(ended) - sa.func.julianday(sent)) * 86_400.0
    else:
        moment = sa.DateTime(timezone=True)
        seconds = sa.extract("epoch", sa.cast(ended, moment) - sa.cast(sent, moment))
    return sa.cast(sa.func.round(seconds * 10), sa.BigInteger)


def _rows(
    connection: sa.Connection,
    by: Mapping[str, sa.ColumnElement[Any]],
    wanted: _Wanted,
    met: Sequence[sa.ColumnElement[bool]],
    *,
    charged: bool,
) -> Sums:
    # A join that nothing is taken from costs nothing: both databases leave it out.
    source = charges.join(tasks) if charged else tasks.outerjoin(charges)
    keys = [column.label(f"key{place}") for place, column in enumerate(by.values())]
    query = sa.select(*keys, *wanted.values()).select_from(source).where(*met).group_by(*keys)
    names = [*by, *wanted]
    count = len(keys)
    return [
        dict(zip(names, (*row[:count], *(int(value or 0) for value in row[count:])), strict=True))
        for row in connection.execute(query)
    ]


class Summing(Lifetime):
    """Sums by what tasks have in common. Amounts are whole numbers of 10⁻⁸, so that they are exact.

    `by` takes what `cost_rows` takes, also `account` and `local_id`, and `day`; where sums are about charges that is
    the day of the charge, else of the intent, as with `since` and `until`.
    """

    def worth_rows(self, by: Sequence[str], where: Where, of: Collection[str] | None = None) -> Sums:
        """What charged tasks cost, how long their clips are, and how many are kept.

        Args:
            by: What to group by, beside the currency and the sandbox.
            where: Filters by name.
            of: Only these tasks, by our id; None: all.
        """
        if of is None:
            return self._charged(by, where, _worth(), "currency")
        some = [self._charged(by, where, _worth(), "currency", of=ids) for ids in chunks(of)]
        return [row for rows in some for row in rows]

    def drift_rows(self, by: Sequence[str], where: Where) -> Sums:
        """What charged tasks were quoted and billed."""
        return self._charged(by, where, _drift(), "currency")

    def quoted_rows(self, by: Sequence[str], where: Where) -> Sums:
        """How many charged tasks were quoted from `low` to `high` and `billed` so much, where that can be compared."""
        with self._reading() as connection:
            columns = {**self._keys(connection, by, charged=True), "currency": charges.c.currency}
            columns |= {"low": tasks.c.quote_low_e8, "high": tasks.c.quote_high_e8, "billed": charges.c.amount_e8}
            met = conditions(where, at=charges.c.charged_at, is_sandbox=charges.c.is_sandbox)
            return _rows(connection, columns, {"tasks": sa.func.count()}, [*met, _is_compared()], charged=True)

    def work_rows(self, by: Sequence[str], where: Where, *, stages: Sequence[dt.datetime] = ()) -> Sums:
        """Charged tasks by all that a price may depend on: `parameters` and `content`, see `kind_columns`, and `stage`.

        Args:
            by: What to group by beside these, the currency and the sandbox.
            where: Filters by name.
            stages: Moments in order, with their zone; `stage` is how many of them had passed at the intent. Without any
                there is no `stage`.
        """
        created = sa.type_coerce(tasks.c.created_at, sa.String)
        passed: list[Any] = [(created < utc_text(moment), sa.literal_column(str(n))) for n, moment in enumerate(stages)]
        with self._reading() as connection:
            columns = self._keys(connection, by, charged=True)
            for name in ("provider", "model", "ratio", "resolution", "duration"):
                columns.setdefault(name, tasks.c[name])
            columns |= {"currency": charges.c.currency, "is_sandbox": charges.c.is_sandbox, **kind_columns(connection)}
            if passed:
                columns["stage"] = sa.case(*passed, else_=sa.literal_column(str(len(passed))))
            wanted = {"tasks": sa.func.count(), "cost": sa.func.sum(charges.c.amount_e8)}
            met = conditions(where, at=charges.c.charged_at, is_sandbox=charges.c.is_sandbox)
            return _rows(connection, columns, wanted, met, charged=True)

    def spent_rows(self, where: Where, unit: str) -> Sums:
        """What charged tasks used of a budget, as `spent`, by `hour` and `quarter` of it: no zone cuts one in two.

        Args:
            where: Filters by name.
            unit: `money` (10⁻⁸), `tokens` or `seconds`.
        """
        used = {
            "money": charges.c.amount_e8,
            "tokens": tasks.c.completion_tokens,
            "seconds": tasks.c.duration,
        }[unit]
        with self._reading() as connection:
            minutes = sa.cast(sa.func.substr(sa.type_coerce(tasks.c.created_at, sa.String), 15, 2), sa.Integer)
            by = {"hour": _begins(tasks.c.created_at, len("2026-11-21T08")), "quarter": minutes // 15}
            met = conditions(where, at=charges.c.charged_at, is_sandbox=charges.c.is_sandbox)
            return _rows(connection, by, {"spent": _sum(used, used > 0)}, met, charged=True)

    def end_rows(self, by: Sequence[str], where: Where, *, timed: bool = False) -> Sums:
        """How many tasks have which status, as `tasks`.

        Args:
            by: What to group by, beside the sandbox and the status.
            where: Filters by name.
            timed: Also by how long they took from sending to the end, in `tenths` of a second; None: they were not
                sent, or did not end.
        """
        with self._reading() as connection:
            columns = {**self._keys(connection, by, charged=False), "is_sandbox": tasks.c.is_sandbox}
            columns["status"] = tasks.c.status
            if timed:
                columns["tenths"] = _tenths(connection)
            met = conditions(where, at=tasks.c.created_at)
            return _rows(connection, columns, {"tasks": sa.func.count()}, met, charged=False)

    def took_rows(self, by: Sequence[str], where: Where) -> Sums:
        """How many of the tasks that made a clip took how many `tenths` of a second; see `end_rows`."""
        found = self.end_rows(by, where, timed=True)
        return [row for row in found if row["status"] in _MADE and row["tenths"] is not None]

    def prices_of(self, where: Where) -> list[tuple[str | None, dict[str, Any] | None]]:
        """The price rows of charges, each once: its id, and the row where it was frozen into the task."""
        query = sa.select(charges.c.price_id, tasks.c.price).distinct().select_from(charges.join(tasks))
        met = conditions(where, at=charges.c.charged_at, is_sandbox=charges.c.is_sandbox)
        with self._reading() as connection:
            return [(name, price) for name, price in connection.execute(query.where(*met))]

    def _charged(
        self, by: Sequence[str], where: Where, wanted: _Wanted, *more: str, of: Sequence[str] | None = None
    ) -> Sums:
        with self._reading() as connection:
            columns = self._keys(connection, by, charged=True)
            columns |= {name: charges.c[name] for name in (*more, "is_sandbox")}
            met = conditions(where, at=charges.c.charged_at, is_sandbox=charges.c.is_sandbox)
            met += [] if of is None else [tasks.c.local_id.in_(of)]
            return _rows(connection, columns, wanted, met, charged=True)

    def _keys(self, connection: sa.Connection, by: Sequence[str], *, charged: bool) -> dict[str, sa.ColumnElement[Any]]:
        found: dict[str, sa.ColumnElement[Any]] = {}
        for name in by:
            if name == "day":
                at = charges.c.charged_at if charged else tasks.c.created_at
                found[name] = _begins(at, len("2026-11-21"))
            else:
                found[name] = _MORE[name]() if name in _MORE else key_column(connection, name)
        return found
