"""What is spent or promised: the sums that a budget is held against."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from seedance_nb.ledger._schema import charges, reservations, tasks
from seedance_nb.money import Money
from seedance_nb.task import TaskStatus

_FREE = tuple(
    status.value for status in (TaskStatus.REJECTED, TaskStatus.FAILED, TaskStatus.EXPIRED, TaskStatus.CANCELLED)
)


@dataclass(frozen=True, slots=True)
class Committed:
    """Charges, and for tasks that may still be charged, or are to come, the most that was quoted."""

    money: MappingProxyType[str, Money]
    """By currency; a currency that nothing was spent in is absent."""
    tokens: int
    seconds: int
    """Of clips; a length left to the model counts with the longest that it may bring, until it is known."""
    tasks: int
    """Those to come included."""


class Commitments:
    """Asks the ledger what is committed, inside the transaction it was made for."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def since(
        self,
        at: dt.datetime | None = None,
        *,
        owner: str | None = None,
        project: str | None = None,
        is_sandbox: bool = False,
    ) -> Committed:
        """What tasks created at or after `at` have cost or may yet cost, and what is reserved for tasks to come.

        What is reserved counts for every period, since it is spent now or later. A task without a charge counts
        with its quote's upper end until it is known to be free: also one that is `unknown` or `lost`, because the
        provider may have billed it.

        Args:
            at: Beginning of the period; None: ever.
            owner: Only tasks whose intent this process wrote.
            project: Only tasks filed under this; empty: those filed under nothing.
            is_sandbox: Count the sandbox's tasks, which were never billed, instead of the real ones.
        """
        amount = sa.func.coalesce(charges.c.amount_e8, tasks.c.quote_high_e8, 0)
        tokens = sa.func.coalesce(charges.c.tokens, tasks.c.completion_tokens, tasks.c.quote_tokens_high, 0)
        seconds = sa.case((tasks.c.duration > 0, tasks.c.duration), else_=sa.func.coalesce(tasks.c.seconds_high, 0))
        currency = sa.func.coalesce(charges.c.currency, tasks.c.quote_currency)
        query = (
            sa.select(currency, sa.func.sum(amount), sa.func.sum(tokens), sa.func.sum(seconds), sa.func.count())
            .select_from(tasks.outerjoin(charges))
            .where(tasks.c.is_sandbox.is_(is_sandbox))
            .where(sa.or_(charges.c.local_id.is_not(None), tasks.c.status.not_in(_FREE)))
            .group_by(currency)
        )
        if at is not None:
            query = query.where(tasks.c.created_at >= at)
        if owner is not None:
            query = query.where(tasks.c.owner == owner)
        if project is not None:
            query = query.where(tasks.c.project == project)
            if project:
                query = query.where(sa.text("project <> ''"))  # the words of the index
        held = self._held(owner, project, is_sandbox)
        rows = [*self._connection.execute(query), *self._connection.execute(held)]
        money: Counter[str] = Counter()
        for row in rows:
            money[row[0]] += int(row[1])
        return Committed(
            money=MappingProxyType({name: Money.from_e8(sum_, name) for name, sum_ in money.items() if name and sum_}),
            tokens=sum(int(row[2]) for row in rows),
            seconds=sum(int(row[3]) for row in rows),
            tasks=sum(row[4] for row in rows),
        )

    def release(self, name: str, part: int) -> None:
        """Hold no longer what was reserved for a task that is written down in this transaction."""
        c = reservations.c
        self._connection.execute(reservations.delete().where(c.name == name, c.part == part))

    def _held(self, owner: str | None, project: str | None, is_sandbox: bool) -> sa.Select[Any]:
        c = reservations.c
        sums = [sa.func.sum(sa.func.coalesce(column, 0)) for column in (c.amount_e8, c.tokens, c.seconds)]
        query = sa.select(c.currency, *sums, sa.func.count()).where(c.is_sandbox.is_(is_sandbox)).group_by(c.currency)
        if owner is not None:
            query = query.where(c.owner == owner)
        return query if project is None else query.where(c.project == project)
