"""What votes say, in numbers: win rates, strengths, their intervals, and how many votes more would settle it.

Closed forms where there are some. Nothing here knows clips, money or words.

A vote that names no preference (a tie, both bad) is left out of a win rate: the rate is the share among votes that
prefer one, and its interval the one of a sign test. In strengths a tie is half a win for each.

All intervals are for votes that do not depend on each other, and for a number of votes that was fixed before: who looks
after each of 40 votes and stops as soon as it seems settled finds a difference where there is none 15 times in 100
(`benchmarks/votes.py`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from seedance_nb.reports.win_rate import CONFIDENCE, Interval, Z, wilson

if TYPE_CHECKING:
    import numpy as np

FEWEST = 6
"""With fewer votes that prefer one, even their full agreement happens by chance more often than one time in twenty."""
ENOUGH = 20
"""From so many votes that prefer one on, a lead that is not there is a finding, and drawing them again tells enough."""
MOST = 2_000
"""A difference that takes more votes than this is not settled by voting."""
PRIOR = 0.25
"""So many wins and losses against an average candidate each one begins with: who won all has a finite strength."""
UNSEEN = 0.1
"""So many votes each outcome of a pair gets when votes are drawn again: what did not happen yet is not impossible."""
RESAMPLES = 1_000

_NORMAL = NormalDist()


def by_chance(wins: int, losses: int) -> float:
    """How often a preference at least as clear comes about where there is none: the sign test, both sides.

    >>> by_chance(5, 0), by_chance(6, 0)
    (0.0625, 0.03125)
    """
    votes, fewer = wins + losses, min(wins, losses)
    tail = sum(math.comb(votes, count) for count in range(fewer + 1))
    return min(1.0, 2 * tail / (1 << votes))


def is_settled(wins: int, losses: int) -> bool:
    """Whether one of two is preferred: Wilson's interval excludes one half, and the sign test says so too.

    The interval alone says it of 4 to 0, which coins do every eighth time.
    """
    rate = wilson(wins, wins + losses)
    return rate is not None and rate.excludes(0.5) and by_chance(wins, losses) <= 1 - CONFIDENCE


def votes_to_settle(wins: int, losses: int, others: int = 0) -> int | None:
    """How many votes more would settle it, if they fall as they did so far.

    Args:
        wins: Votes for one of the two.
        losses: Votes for the other.
        others: Votes that preferred neither; their share is expected to stay.

    Returns:
        0 where it is settled; None where that takes more than `MOST`, or nothing is known to go on with.
    """
    votes = wins + losses
    if is_settled(wins, losses):
        return 0
    if wins == losses:
        return None
    lead = max(wins, losses) / votes
    # Wilson's interval excludes one half from here on; the sign test, where it is stricter, a few votes later.
    count = max(votes + 1, FEWEST, math.ceil(Z * Z / (4 * (lead - 0.5) ** 2)))
    while count <= MOST and not _settles(lead, count):
        count += 1
    if count > MOST:
        return None
    more = math.ceil((count - votes) * (votes + others) / votes)
    return more if votes + others + more <= MOST else None


def _settles(lead: float, votes: int) -> bool:
    wins = math.floor(lead * votes + 1e-9)
    return is_settled(wins, votes - wins)


# -- more than two --


@dataclass(frozen=True, slots=True)
class Strengths:
    """What a Bradley–Terry model says of several candidates."""

    shares: tuple[Interval, ...]
    """Of each, how often it is expected to be preferred to another of them, drawn at random."""
    is_settled: bool
    """Whether the best two are told apart."""
    more_votes: int | None
    """How many more, of all pairs as they came so far, would tell them apart; 0: none; None: more than `MOST`."""


def strengths(
    pairs: Mapping[tuple[int, int], Sequence[int]], count: int, *, seed: int = 0, resamples: int = RESAMPLES
) -> Strengths:
    """Strengths of several candidates from votes on pairs of them, with intervals by drawing the votes again.

    The intervals are percentiles of the bootstrap, drawn out a little as Student's t is for as many votes as one
    candidate has (Hesterberg 2015), because percentiles alone are too narrow for few votes.

    Args:
        pairs: Of a pair of places, how often the first one won, the second one won, and neither.
        count: How many candidates there are.
        seed: What the drawing begins with: the same votes give the same interval.
        resamples: How often votes are drawn again.
    """
    import numpy as np

    seen = [(pair, votes) for pair, votes in sorted(pairs.items()) if sum(votes)]
    cells = np.array([votes for _, votes in seen], dtype=float).reshape(len(seen), 3)
    total = int(cells.sum())
    found = _fitted(_wins(cells[None], [pair for pair, _ in seen], count))[0]
    values = _share(found)
    if not total:
        return Strengths(tuple(Interval(float(value), 0.0, 1.0) for value in values), False, None)
    # A tie is possible only where there was one: an outcome that the raters do not have is not invented.
    chances = cells + UNSEEN * np.array([1.0, 1.0, float(cells[:, 2].any())])
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(total, (chances / chances.sum()).ravel(), size=resamples)
    again = _fitted(_wins(drawn.reshape(resamples, len(seen), 3), [pair for pair, _ in seen], count))
    tail = _drawn_out(max(3.0, 2 * total / count))
    lows, highs = np.quantile(_share(again), [tail, 1 - tail], axis=0)
    own = _wins(cells[None], [pair for pair, _ in seen], count)[0]
    shares = tuple(
        _widened(Interval(float(value), float(low), float(high)), won, votes)
        for value, low, high, won, votes in zip(
            values, lows, highs, own.sum(axis=1).tolist(), (own + own.T).sum(axis=1).tolist(), strict=True
        )
    )
    best, second = np.argsort(-values, kind="stable")[:2]
    logs = np.log(again[:, best]) - np.log(again[:, second])
    low = float(np.quantile(logs, tail))
    settled = low > 0 and total >= FEWEST
    return Strengths(shares, settled, 0 if settled else _more(float(np.log(found[best] / found[second])), logs, total))


def _widened(found: Interval, won: float, votes: float) -> Interval:
    """An interval that has its value inside; with few votes as wide as Wilson's too: few drawings are possible."""
    if not votes:
        return Interval(found.value, 0.0, 1.0)
    low, high = min(found.low, found.value), max(found.high, found.value)
    rate = wilson(won, votes) if votes < ENOUGH else None
    return Interval(found.value, min(low, rate.low), max(high, rate.high)) if rate else Interval(found.value, low, high)


def _more(lead: float, logs: np.ndarray[Any, Any], total: int) -> int | None:
    """How many more votes make the spread of a lead as small as the lead: it falls with the root of their number."""
    if lead <= 1e-9:
        return None
    needed = math.ceil(total * (Z * float(logs.std()) / lead) ** 2)
    needed = max(needed, FEWEST, total + 1)
    return needed - total if needed <= MOST else None


def _wins(cells: np.ndarray[Any, Any], pairs: Sequence[tuple[int, int]], count: int) -> np.ndarray[Any, Any]:
    """Of drawings of votes, how often each candidate won over each other; a tie is half a win for both."""
    import numpy as np

    wins = np.zeros((len(cells), count, count))
    for place, (one, other) in enumerate(pairs):
        wins[:, one, other] += cells[:, place, 0] + cells[:, place, 2] / 2
        wins[:, other, one] += cells[:, place, 1] + cells[:, place, 2] / 2
    return wins


def _fitted(wins: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Strengths whose product is 1, by Hunter's MM steps, for many drawings at once.

    That is why arrays are used: a thousand fits take some hundredths of a second, and seconds one by one.
    """
    import numpy as np

    played = wins + wins.transpose(0, 2, 1)
    won = wins.sum(axis=2) + PRIOR
    found = np.ones(won.shape)
    for _ in range(500):
        faced = (played / (found[:, :, None] + found[:, None, :])).sum(axis=2) + 2 * PRIOR / (found + 1)
        step = won / faced
        step /= np.exp(np.log(step).mean(axis=1, keepdims=True))
        is_there = float(np.abs(np.log(step / found)).max(initial=0.0)) < 1e-6
        found = step
        if is_there:
            break
    return found


def _share(strength: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """How often each is expected to be preferred to another one."""
    others = strength.shape[-1] - 1
    against = strength[..., :, None] / (strength[..., :, None] + strength[..., None, :])
    shares: np.ndarray[Any, Any] = (against.sum(axis=-1) - 0.5) / others
    return shares


def _drawn_out(votes: float) -> float:
    """The tail to cut off on each side, for so many votes."""
    z, free = Z, votes - 1
    t = z + (z**3 + z) / (4 * free) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * free**2)
    return _NORMAL.cdf(-math.sqrt(votes / free) * t)
