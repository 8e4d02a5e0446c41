"""One rater's way through the pairs of a comparison: an order of their own, kept in the ledger with each vote."""

from __future__ import annotations

import datetime as dt
import random
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seedance_nb.errors import SeedanceError
from seedance_nb.ledger import Ledger
from seedance_nb.vote import Verdict, Vote
from seedance_nb.words import Sentence

_SEED_BITS = 48
"""Fits into every database's and every language's whole numbers."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A clip as it is on the ballot."""

    clip_id: str
    path: Path
    contestant: str
    group: str
    asked: str
    """The prompt; empty where nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Round:
    """Two clips that lie before a rater."""

    place: int
    """In the rater's order, counted from 0."""
    left: Entry
    right: Entry

    @property
    def asked(self) -> str:
        """The prompt of both; empty where they differ, since then it would tell one from the other."""
        return self.left.asked if self.left.asked == self.right.asked else ""

    @property
    def is_there(self) -> bool:
        """Whether both can be looked at."""
        return self.left.path.is_file() and self.right.path.is_file()

    @property
    def _pair(self) -> frozenset[str]:
        return frozenset((self.left.clip_id, self.right.clip_id))


class Sitting:
    """One rater before the pairs of a comparison. What was voted on before, also in another kernel, is not asked again.

    The order is the rater's own, and begins with the seed that stands in the rater's votes.
    """

    def __init__(self, pairs: Sequence[tuple[Entry, Entry]], ledger: Ledger, *, comparison: str, rater: str) -> None:
        """Read what the rater has voted before.

        Args:
            pairs: What is asked, in any order.
            ledger: Where votes go.
            comparison: What they are votes on.
            rater: Who looks; empty: nobody gives a name.
        """
        self.rater = rater
        self._ledger, self._comparison = ledger, comparison
        self._lock = threading.Lock()
        before = self._mine()
        self.seed = before[-1].seed if before else secrets.randbits(_SEED_BITS)
        """What the order of pairs and sides was drawn from."""
        self.rounds = in_order(pairs, self.seed)

    def _mine(self) -> list[Vote]:
        return self._ledger.votes(self._comparison, rater=self.rater)

    @property
    def total(self) -> int:
        """How many pairs there are; one of which a clip is gone is not asked any more."""
        done = self._done()
        return sum(round_._pair in done or round_.is_there for round_ in self.rounds)

    def left(self) -> list[Round]:
        """The pairs that are still to be voted on, the next one first."""
        done = self._done()
        return [round_ for round_ in self.rounds if round_._pair not in done and round_.is_there]

    def _done(self) -> set[frozenset[str]]:
        return {frozenset((vote.left_id, vote.right_id)) for vote in self._mine()}

    def cast(self, round_: Round, verdict: Verdict, *, seconds: float | None = None, note: str = "") -> Vote:
        """Write a vote on a pair into the ledger.

        Raises:
            SeedanceError: The pair is not the one that is to be voted on now; nothing was written.
        """
        with self._lock:
            if round_ not in self.left():
                raise SeedanceError(Sentence("This pair was voted on already; nothing was written."))
            return self._ledger.add_vote(
                Vote(
                    comparison=self._comparison,
                    left_id=round_.left.clip_id,
                    right_id=round_.right.clip_id,
                    verdict=verdict,
                    at=dt.datetime.now(dt.UTC),
                    group=round_.left.group,
                    rater=self.rater,
                    seed=self.seed,
                    place=round_.place,
                    seconds=seconds,
                    note=note,
                )
            )

    def undo(self) -> bool:
        """Take the rater's last vote back, in the ledger by a row more; False where there is none."""
        with self._lock:
            mine = self._mine()
            return bool(mine) and self._ledger.withdraw_vote(mine[-1].id)

    def can_undo(self) -> bool:
        """Whether there is a vote to take back."""
        return bool(self._mine())


def in_order(pairs: Sequence[tuple[Entry, Entry]], seed: int) -> list[Round]:
    """The pairs as one rater sees them: their order and sides are drawn from the seed, whatever order they come in."""
    dice = random.Random(seed)  # noqa: S311  nobody gains by foreseeing it
    drawn = _sorted(pairs)
    dice.shuffle(drawn)
    sides = [pair if dice.getrandbits(1) else (pair[1], pair[0]) for pair in drawn]
    return [Round(place, *pair) for place, pair in enumerate(sides)]


def _sorted(pairs: Sequence[tuple[Entry, Entry]]) -> list[tuple[Entry, Entry]]:
    each = [(one, other) if one.clip_id < other.clip_id else (other, one) for one, other in pairs]
    return sorted(each, key=lambda pair: (pair[0].clip_id, pair[1].clip_id))
