"""What is held of budgets for tasks to come: rows that count as if the tasks were promised already.

The tasks of a chain cannot be written down before they are sent, since each begins with a picture that the one before
it makes. What they may cost is held from the first one on all the same, for whoever asks what is committed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Self

import sqlalchemy as sa

from seedance_nb.ledger import _statements
from seedance_nb.ledger._commitments import Commitments
from seedance_nb.ledger._connection import may_write
from seedance_nb.ledger._lifetime import Lifetime
from seedance_nb.ledger._schema import reservations
from seedance_nb.money import Money
from seedance_nb.task import TaskRecord

_NOT_HELD = "Nothing was reserved, and nothing was sent."
_NOT_FREED = "What was reserved stays so until this notebook ends; tasks at their providers go on."


@dataclass(frozen=True, slots=True)
class Reservation:
    """What one task to come may cost."""

    name: str
    """What it is for: the id of a chain."""
    part: int
    """Which task of it, counted from 0."""
    holder: str
    """The engine that holds it; it ends with that."""
    owner: str
    """The process, whose session it counts to."""
    project: str
    is_sandbox: bool
    amount: Money | None
    """The most; None: no price is known."""
    tokens: int | None
    seconds: int | None
    created_at: dt.datetime

    @classmethod
    def of(cls, record: TaskRecord, *, name: str, part: int, holder: str) -> Self:
        """What is held for the task that this record is a stand-in of."""
        quote = record.quote
        return cls(
            name=name,
            part=part,
            holder=holder,
            owner=record.owner,
            project=record.project,
            is_sandbox=record.is_sandbox,
            amount=quote.high if quote else None,
            tokens=quote.tokens_high if quote else None,
            seconds=record.seconds_high,
            created_at=dt.datetime.now(dt.UTC),
        )


class Reserving(Lifetime):
    """Holding a part of the budgets, and letting go of it."""

    def reserve(self, held: Sequence[Reservation], *, guard: Callable[[Commitments], None] | None = None) -> None:
        """Hold all of it or none, in one durable transaction.

        What was held under the same name goes with it: a chain that begins anew has one reservation.

        Args:
            held: One for each task to come.
            guard: Asked inside the transaction, when the older ones of the name are gone; see `Ledger.add_intents`.
        """
        names = sorted({each.name for each in held})
        with self._writing(_NOT_HELD, durable=True) as connection:
            if guard is not None and connection.dialect.name == "postgresql":
                connection.execute(_statements.GUARD)
            if names:
                connection.execute(reservations.delete().where(reservations.c.name.in_(names)))
            if guard is not None:
                guard(Commitments(connection))
            if held:
                connection.execute(reservations.insert(), [_columns(each) for each in held])

    def release(self, name: str, part: int | None = None) -> None:
        """Hold nothing more under a name, or nothing for one task of it; again is fine."""
        c = reservations.c
        which = (c.name == name,) if part is None else (c.name == name, c.part == part)
        with self._writing(_NOT_FREED) as connection:
            connection.execute(reservations.delete().where(*which))

    def release_of(self, holders: Collection[str]) -> None:
        """Let go of what engines hold that are gone; who may only read leaves that to those who may write."""
        with self._writing(_NOT_FREED) as connection:
            if may_write(connection):
                connection.execute(reservations.delete().where(reservations.c.holder.in_(sorted(holders))))

    def holders(self) -> set[str]:
        """The engines that hold something."""
        with self._reading() as connection:
            return set(connection.execute(sa.select(reservations.c.holder).distinct()).scalars())

    def reservations(self, name: str | None = None) -> list[Reservation]:
        """What is held, in order; all of it where no name is given."""
        query = sa.select(reservations).order_by(reservations.c.name, reservations.c.part)
        if name is not None:
            query = query.where(reservations.c.name == name)
        with self._reading() as connection:
            return [_reservation(row) for row in connection.execute(query)]


def _columns(held: Reservation) -> dict[str, object]:
    return {
        "name": held.name,
        "part": held.part,
        "holder": held.holder,
        "owner": held.owner,
        "project": held.project,
        "is_sandbox": held.is_sandbox,
        "amount_e8": held.amount.to_e8() if held.amount else None,
        "currency": held.amount.currency if held.amount else None,
        "tokens": held.tokens,
        "seconds": held.seconds,
        "created_at": held.created_at,
    }


def _reservation(row: sa.Row[tuple[object, ...]]) -> Reservation:
    fields = dict(row._mapping)
    e8, currency = fields.pop("amount_e8"), fields.pop("currency")
    return Reservation(**fields, amount=None if e8 is None else Money.from_e8(e8, currency))
