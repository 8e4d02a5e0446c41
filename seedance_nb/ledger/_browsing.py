"""The ledger as somebody leafs through it: which tasks, in which order, a few of them at a time, and exact sums.

Filters, order, groups and sums are the database's work. What a table has on the screen is read by id, so that a page
costs the same wherever it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from seedance_nb.ledger._filters import COLUMNS, Where, conditions
from seedance_nb.ledger._labelling import TAG, current, tag_name, value_of
from seedance_nb.ledger._lifetime import Lifetime
from seedance_nb.ledger._queries import chunks
from seedance_nb.ledger._schema import artifacts, charges, events, labels, tasks
from seedance_nb.money import Money
from seedance_nb.task import TaskStatus

_MADE = [status.value for status in (TaskStatus.SUCCEEDED, TaskStatus.KEPT, TaskStatus.LOST)]
"""There is a clip, or there was one: seconds are counted."""
_FILED = {"project": tasks.c.project, "run": tasks.c.batch}
"""What a task is filed under where nobody has said anything, which spares a look for each task."""

Expression = sa.ColumnElement[Any]


def _begun(characters: int) -> Callable[[], Expression]:
    return lambda: sa.func.substr(sa.type_coerce(tasks.c.created_at, sa.String), 1, characters)


_KEYS: dict[str, Callable[[], Expression]] = {
    **{
        name: COLUMNS[name]
        for name in (
            *("provider", "model", "mode", "status", "resolution", "ratio", "duration", "project", "run", "notebook"),
            *("rating", "batch"),
        )
    },
    "sandbox": lambda: tasks.c.is_sandbox,
    "day": _begun(len("2026-11-21")),
    "month": _begun(len("2026-11")),
}
GROUPED = tuple(_KEYS)
"""What tasks can be put together by; also `tag:` and the name of a tag."""

_ORDERS: dict[str, Callable[[], Sequence[Expression]]] = {
    **{
        name: lambda name=name: [COLUMNS[name]()]  # type: ignore[misc]
        for name in (
            *("provider", "model", "mode", "status", "resolution", "ratio", "duration", "project", "run", "notebook"),
            *("rating", "task_id", "seed"),
        )
    },
    **{
        name: lambda name=name: [tasks.c[name]]  # type: ignore[misc]
        for name in ("created_at", "finished_at", "prompt")
    },
    "note": lambda: [value_of("note")],
    "tokens": lambda: [tasks.c.completion_tokens],
    # Yuan and dollars are not held against each other, nor is what the sandbox would have cost.
    "cost": lambda: [tasks.c.is_sandbox, charges.c.currency, charges.c.amount_e8],
}
ORDERED = tuple(_ORDERS)
"""What tasks can be put in order by."""


@dataclass(slots=True)
class Sums:
    """Exact sums of some tasks, all of them real or all of them the sandbox's."""

    tasks: int = 0
    tokens: int = 0
    """As reported."""
    seconds: int = 0
    """Of the clips that were made."""
    costs: dict[str, Decimal] = field(default_factory=dict)
    """What was charged, by currency."""

    def add(self, other: Sums) -> None:
        """Count others in, which are of the same kind."""
        self.tasks += other.tasks
        self.tokens += other.tokens
        self.seconds += other.seconds
        for currency, amount in other.costs.items():
            self.costs[currency] = self.costs.get(currency, Decimal(0)) + amount


Totals = dict[bool, Sums]
"""Sums by whether they are the sandbox's; what there is none of is absent."""


@dataclass(frozen=True, slots=True)
class Line:
    """A task as a table has it."""

    local_id: str
    values: Mapping[str, Any]
    """The columns of `tasks` that a table shows, and those of its charge."""
    path: str | None
    """Of its clip, as stored."""
    said: Mapping[str, str]
    """What people say of it, by the names that labels have."""


_SHOWN = (
    *("local_id", "task_id", "provider", "is_sandbox", "model", "mode", "status", "prompt", "resolution", "ratio"),
    *("duration", "seed", "completion_tokens", "quote_low_e8", "quote_high_e8", "quote_currency", "failure_code"),
    *("created_at", "submitted_at", "finished_at", "project", "batch"),
)


class Browsing(Lifetime):
    """Leafing through the ledger."""

    def ordered_ids(
        self,
        where: Where | None = None,
        order: str = "created_at",
        *,
        descending: bool = True,
        group: tuple[str, object] | None = None,
        limit: int | None = None,
    ) -> list[str]:
        """Our ids of the tasks that the filters leave, in an order; what is not known comes last.

        Args:
            where: Filters by name, see `FILTERS`; `since` and `until` are about the time of the intent.
            order: One of `ORDERED`.
            descending: The greatest, or the newest, first.
            group: Only those of one group: what is grouped by, and its key.
            limit: Only so many, the first ones.

        Raises:
            ValueError: There is no such filter, order or group.
        """
        if order not in _ORDERS:
            raise ValueError(f"Tasks are not ordered by {order[:80]!r}. Choose from: {', '.join(ORDERED)}.")
        with self._reading() as connection:
            met = conditions(where or {}, at=tasks.c.created_at)
            if group is not None:
                key = _key(connection, group[0])
                met.append(key.is_(None) if group[1] is None else key == group[1])
            query = sa.select(tasks.c.local_id).select_from(_source(where, order)).where(*met)
            # What is always known is not asked whether it is: the index of the times would not be used.
            by = [
                part
                for column in _ordered(connection, order)
                for part in ([] if order == "created_at" else [column.is_(None)])
                + [column.desc() if descending else column.asc()]
            ]
            newest_first = descending or order != "created_at"
            by += [c.desc() if newest_first else c.asc() for c in (tasks.c.created_at, tasks.c.local_id)]
            return list(connection.execute(query.order_by(*by).limit(limit)).scalars())

    def lines(self, local_ids: Sequence[str]) -> list[Line]:
        """These tasks as a table has them, in the same order; one that is not there is absent."""
        chosen = [tasks.c[name] for name in _SHOWN]
        charged = [charges.c.amount_e8, charges.c.currency, charges.c.basis]
        clip = sa.and_(artifacts.c.local_id == tasks.c.local_id, artifacts.c.kind == "clip")
        query = sa.select(*chosen, *charged, artifacts.c.path).select_from(
            tasks.outerjoin(charges).outerjoin(artifacts, clip)
        )
        found: dict[str, Line] = {}
        with self._reading() as connection:
            for some in chunks(local_ids):
                said: dict[str, dict[str, str]] = {}
                for local_id, name, value in connection.execute(current(of=some)):
                    said.setdefault(local_id, {})[name] = value
                for row in connection.execute(query.where(tasks.c.local_id.in_(some))):
                    values = dict(row._mapping)
                    path = values.pop("path")
                    found[row.local_id] = Line(row.local_id, values, path, said.get(row.local_id, {}))
        return [found[local_id] for local_id in local_ids if local_id in found]

    def totals(self, where: Where | None = None, local_ids: Iterable[str] | None = None) -> Totals:
        """Exact sums of the tasks that the filters leave, or of some that are named.

        Args:
            where: Filters by name; `since` and `until` are about the time of the intent.
            local_ids: Only these; None: all.
        """
        if local_ids is None:
            return _merged(self._summed(None, where or {})).get(None, {})
        found: Totals = {}
        for some in chunks(local_ids):
            for is_sandbox, sums in (
                _merged(self._summed(None, {**(where or {}), "local_id": some})).get(None, {}).items()
            ):
                found.setdefault(is_sandbox, Sums()).add(sums)
        return found

    def groups(self, by: str, where: Where | None = None) -> dict[Any, Totals]:
        """The same for each group, by its key in order; tasks without one come last, under None.

        Args:
            by: One of `GROUPED`, or `tag:` and the name of a tag.
            where: Filters by name.

        Raises:
            ValueError: Tasks are not grouped by that.
        """
        return _merged(self._summed(by, where or {}))

    def choices(self, name: str, where: Where | None = None) -> dict[Any, int]:
        """Which values there are among the tasks that the filters leave, each with how many tasks have it.

        Args:
            name: One of `GROUPED`, or `tag` for the names of tags.
            where: Filters by name.
        """
        with self._reading() as connection:
            met = conditions(where or {}, at=tasks.c.created_at)
            if name == "tag":
                newest = current().where(labels.c.name.startswith(TAG, autoescape=True)).subquery()
                query = (
                    sa.select(newest.c.name, sa.func.count())
                    .select_from(newest.join(tasks, tasks.c.local_id == newest.c.local_id).outerjoin(charges))
                    .where(*met)
                    .group_by(newest.c.name)
                    .order_by(newest.c.name)
                )
                return {key.removeprefix(TAG): count for key, count in connection.execute(query)}
            key = _key(connection, name).label("key")
            query = sa.select(key, sa.func.count()).select_from(_source(where, "")).where(*met).group_by(key)
            rows = connection.execute(query.order_by(key.is_(None), key)).all()
            return dict(map(tuple, rows))

    def last_word(self) -> tuple[int, int]:
        """Numbers that are others once something has happened to a task, or was said of one; quickly had."""
        query = sa.select(
            sa.select(sa.func.max(events.c.id)).scalar_subquery(), sa.select(sa.func.max(labels.c.id)).scalar_subquery()
        )
        with self._reading() as connection:
            last_event, last_label = connection.execute(query).one()
        return last_event or 0, last_label or 0

    def _summed(self, by: str | None, where: Where) -> list[tuple[Any, ...]]:
        with self._reading() as connection:
            group = [sa.null().label("key") if by is None else _key(connection, by).label("key")]
            made = sa.case((tasks.c.status.in_(_MADE), tasks.c.duration), else_=0)
            sums = [sa.func.count(), sa.func.sum(tasks.c.completion_tokens), sa.func.sum(made)]
            query = (
                sa.select(*group, tasks.c.is_sandbox, charges.c.currency, *sums, sa.func.sum(charges.c.amount_e8))
                .select_from(tasks.outerjoin(charges))
                .where(*conditions(where, at=tasks.c.created_at))
                .group_by(*(group if by is not None else []), tasks.c.is_sandbox, charges.c.currency)
            )
            if by is not None:
                query = query.order_by(group[0].is_(None), group[0].desc() if by in {"day", "month"} else group[0])
            return [tuple(row) for row in connection.execute(query)]


def _source(where: Where | None, order: str) -> sa.FromClause:
    """Charges beside the tasks only where something is asked of them."""
    return (
        tasks.outerjoin(charges) if order == "cost" or {"currency", "basis", "price_id"} & {*(where or {})} else tasks
    )


def _key(connection: sa.Connection, name: str) -> Expression:
    if name.startswith(TAG):
        return value_of(tag_name(name.removeprefix(TAG)))
    if name not in _KEYS:
        raise ValueError(f"Tasks are not grouped by {name[:80]!r}. Choose from: {', '.join(GROUPED)}, or a tag.")
    plain = _plain(connection, name)
    return _KEYS[name]() if plain is None else plain


def _ordered(connection: sa.Connection, order: str) -> Sequence[Expression]:
    plain = _plain(connection, order)
    return _ORDERS[order]() if plain is None else [plain]


def _plain(connection: sa.Connection, name: str) -> Expression | None:
    if name in _FILED and not connection.execute(sa.select(labels.c.id).where(labels.c.name == name).limit(1)).first():
        return sa.func.nullif(_FILED[name], "")
    return None


def _merged(rows: Iterable[tuple[Any, ...]]) -> dict[Any, Totals]:
    found: dict[Any, Totals] = {}
    for key, is_sandbox, currency, count, tokens, seconds, amount_e8 in rows:
        costs = {} if currency is None else {currency: Money.from_e8(int(amount_e8), currency).amount}
        sums = found.setdefault(key, {}).setdefault(bool(is_sandbox), Sums())
        sums.add(Sums(int(count), int(tokens or 0), int(seconds or 0), costs))
    return found
