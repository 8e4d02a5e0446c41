"""Who follows which task: heartbeats of processes, and the leases they hold on tasks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from seedance_nb.ledger import _statements
from seedance_nb.ledger._connection import may_write
from seedance_nb.ledger._lifetime import Lifetime
from seedance_nb.ledger._queries import OPEN, chunks
from seedance_nb.ledger._schema import reservations, tasks, workers

_MEANING = "Who follows which task was not recorded; tasks at their providers go on."


class Following(Lifetime):
    """Processes that follow tasks, each task followed by one.

    A process says that it lives by letting a counter grow. Another one that sees it stand still for long
    enough, by its own clock, takes over its tasks: no two clocks are compared.
    One that may only read follows nothing: what it would write here is left to those who may.
    """

    def beat(self, owner: str) -> None:
        """Say that this process lives."""
        row = {"owner": self._clean.text(owner), "beats": 1, "seen_at": dt.datetime.now(dt.UTC)}
        with self._writing(_MEANING) as connection:
            if may_write(connection):
                connection.execute(_statements.beat(connection.dialect.name), row)

    def workers(self) -> dict[str, int]:
        """How often each process has said that it lives."""
        with self._reading() as connection:
            return {row.owner: row.beats for row in connection.execute(sa.select(workers.c.owner, workers.c.beats))}

    def retire(self, owner: str) -> None:
        """Forget a process; the unfinished tasks that it followed are free, and so is what it has reserved."""
        owner = self._clean.text(owner)
        with self._writing(_MEANING) as connection:
            if not may_write(connection):
                return
            connection.execute(workers.delete().where(workers.c.owner == owner))
            connection.execute(tasks.update().where(OPEN, tasks.c.follower == owner).values(follower=""))
            connection.execute(reservations.delete().where(reservations.c.holder == owner))

    def claim(self, owner: str, *, dead: Collection[str] = (), local_ids: Collection[str] | None = None) -> list[str]:
        """Follow what nobody follows: of two processes that ask at once, each task goes to one.

        Args:
            owner: Who follows them from now on.
            dead: Processes that are gone; their tasks are free too.
            local_ids: Only these; None: all.

        Returns:
            Our ids of the unfinished tasks that are `owner`'s since now, oldest first.
        """
        owner = self._clean.text(owner)
        free = sorted({"", *(self._clean.text(name) for name in dead)} - {owner})
        wanted = [tasks.c.local_id.in_(some) for some in chunks(local_ids)] if local_ids is not None else [sa.true()]
        c = tasks.c
        found: list[tuple[str, str]] = []
        with self._writing(_MEANING) as connection:
            if not may_write(connection):
                return []
            for names in chunks(free):
                for among in wanted:
                    # Where rows are locked one by one, one that is being written at this moment is not free.
                    query = sa.select(c.created_at, c.local_id).where(OPEN, c.follower.in_(names), among)
                    found += connection.execute(query.with_for_update(skip_locked=True)).all()
            taken = [local_id for _, local_id in sorted(found)]
            if taken:
                connection.execute(_statements.FOLLOW, [{"id": local_id, "by": owner} for local_id in taken])
        return taken

    def followed_by(self, owner: str) -> set[str]:
        """Our ids of the unfinished tasks that a process follows."""
        query = sa.select(tasks.c.local_id).where(OPEN, tasks.c.follower == self._clean.text(owner))
        with self._reading() as connection:
            return set(connection.execute(query).scalars())

    def followers(self) -> dict[str, int]:
        """How many unfinished tasks each process follows; under the empty name those that nobody does."""
        query = sa.select(tasks.c.follower, sa.func.count().label("tasks")).where(OPEN).group_by(tasks.c.follower)
        with self._reading() as connection:
            return {row.follower: row.tasks for row in connection.execute(query)}
