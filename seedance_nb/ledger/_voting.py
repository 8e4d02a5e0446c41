"""Votes on clips: rows that are added, and taken back by another row."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from seedance_nb.errors import LedgerError
from seedance_nb.ledger import _statements
from seedance_nb.ledger._lifetime import Lifetime
from seedance_nb.ledger._schema import votes
from seedance_nb.vote import Vote

_MEANING = "The vote was not recorded; no task and no bill is concerned."
_TAKEN_BACK = "withdrawn"


class Voting(Lifetime):
    """What raters said of pairs of clips."""

    def add_vote(self, vote: Vote) -> Vote:
        """Write a vote down, and give it back with its id.

        The same pair may be voted on again, also by the same rater: which vote counts then is not for the
        ledger to say.

        Raises:
            ValueError: It is in the ledger already, or it was taken back.
        """
        if vote.id or vote.withdrawn_at:
            raise ValueError(f"A vote is written once, and taken back with withdraw_vote; this one has id {vote.id}.")
        row: dict[str, object] = {
            "at": vote.at,
            "comparison": self._clean.text(vote.comparison),
            "group_key": self._clean.text(vote.group),
            "rater": self._clean.text(vote.rater),
            "left_id": vote.left_id,
            "right_id": vote.right_id,
            "verdict": vote.verdict,
            "seed": vote.seed,
            "place": vote.place,
            "seconds": vote.seconds,
            "note": self._clean.text(vote.note),
        }
        with self._writing(_MEANING) as connection:
            return replace(vote, id=_added(connection.execute(votes.insert(), row)))

    def withdraw_vote(self, vote_id: int, *, at: dt.datetime | None = None) -> bool:
        """Take a vote back: a row more says so, and the vote's own stays as it was.

        Args:
            vote_id: Its id.
            at: When it was taken back; None: now.

        Returns:
            False if that was so before; then nothing was written.

        Raises:
            LedgerError: The ledger has no such vote.
        """
        with self._writing(_MEANING) as connection:
            found = connection.execute(sa.select(votes).where(votes.c.id == vote_id, votes.c.withdraws.is_(None)))
            row = found.mappings().first()
            if row is None:
                raise LedgerError(f"The ledger {self.url} has no vote {vote_id}; nothing was written.")
            taken = {**row, "at": at or dt.datetime.now(dt.UTC), "verdict": _TAKEN_BACK, "withdraws": vote_id}
            taken |= {"seconds": None, "note": ""}
            del taken["id"]
            return connection.execute(_statements.withdraw(connection.dialect.name), taken).rowcount == 1

    def votes(self, comparison: str | None = None, *, rater: str | None = None, withdrawn: bool = False) -> list[Vote]:
        """Votes in the order they were given.

        Args:
            comparison: Only those of this one; None: all.
            rater: Only those of this one, the name as it was given; None: of all.
            withdrawn: Those that were taken back too; they have `withdrawn_at`.
        """
        taken = votes.alias()
        query = sa.select(votes, taken.c.at.label("withdrawn_at")).where(votes.c.withdraws.is_(None))
        query = query.select_from(votes.outerjoin(taken, taken.c.withdraws == votes.c.id)).order_by(votes.c.id)
        if comparison is not None:
            query = query.where(votes.c.comparison == self._clean.text(comparison))
        if rater is not None:
            query = query.where(votes.c.rater == self._clean.text(rater))
        if not withdrawn:
            query = query.where(taken.c.id.is_(None))
        with self._reading() as connection:
            return [_vote(row) for row in connection.execute(query)]


def _added(result: sa.CursorResult[Any]) -> int:
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def _vote(row: Any) -> Vote:
    return Vote(
        id=row.id,
        at=row.at,
        comparison=row.comparison,
        group=row.group_key,
        rater=row.rater,
        left_id=row.left_id,
        right_id=row.right_id,
        verdict=row.verdict,
        seed=row.seed,
        place=row.place,
        seconds=row.seconds,
        note=row.note,
        withdrawn_at=row.withdrawn_at,
    )
