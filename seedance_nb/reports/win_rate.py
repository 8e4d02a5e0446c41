"""How often something was preferred, and between what the true rate lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)
"""So many standard deviations to each side hold a normal value 95 times in 100."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value that was found, and between what the true one lies, 19 times in 20."""

    value: float
    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Whether `value` lies outside."""
        return not self.low <= value <= self.high


def wilson(wins: float, votes: float) -> Interval | None:
    """A win rate with Wilson's interval; None without votes.

    Over all true rates it covers 95 in 100 on average. At one true rate and few votes it is above or below that, as
    every interval is that is not wider than it must be; between 0.2 and 0.8 it covers at least 91 in 100, from five
    votes on.

    >>> rate = wilson(7, 10)
    >>> round(rate.low, 3), rate.value, round(rate.high, 3)
    (0.397, 0.7, 0.892)
    """
    if not votes:
        return None
    rate, z2 = wins / votes, Z * Z
    middle = (rate + z2 / (2 * votes)) / (1 + z2 / votes)
    half = Z / (1 + z2 / votes) * math.sqrt(rate * (1 - rate) / votes + z2 / (4 * votes * votes))
    return Interval(rate, max(0.0, middle - half), min(1.0, middle + half))
