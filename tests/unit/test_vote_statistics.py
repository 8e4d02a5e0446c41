"""Votes in numbers: closed forms that can be done by hand, and intervals that hold the truth as often as they say."""

from __future__ import annotations

import doctest
import math
import random

import numpy as np
import pytest

from seedance_nb.compare import _statistics
from seedance_nb.compare._statistics import FEWEST, MOST, by_chance, is_settled, strengths, votes_to_settle, wilson


def covered(votes: int, rate: float) -> float:
    """How often the interval holds the true rate, exactly: a sum over every possible count of wins."""
    return sum(
        math.comb(votes, wins) * rate**wins * (1 - rate) ** (votes - wins)
        for wins in range(votes + 1)
        if not wilson(wins, votes).excludes(rate)  # type: ignore[union-attr]
    )


def test_the_examples_are_right() -> None:
    """What the docstrings show."""
    assert doctest.testmod(_statistics).failed == 0


def test_wilsons_interval_by_hand() -> None:
    """For 7 of 10, the published 0.397 to 0.892; at none and all it stays inside, and is never empty."""
    found = wilson(7, 10)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (0.3968, 0.8922)
    none, all_ = wilson(0, 12), wilson(12, 12)
    assert none is not None
    assert all_ is not None
    assert (none.low, all_.high) == (0.0, 1.0)
    assert none.high == pytest.approx(1 - all_.low) == pytest.approx(0.2425, abs=1e-4)
    assert wilson(0, 0) is None


@pytest.mark.parametrize("votes", [5, 10, 20, 40, 100])
def test_wilsons_interval_covers_95_in_100_on_average(votes: int) -> None:
    """Exactly, over all true rates: 95 ± 1 %. At one rate it may be off; between 0.2 and 0.8 never under 91 %."""
    each = {place / 200: covered(votes, place / 200) for place in range(1, 200)}
    assert sum(each.values()) / len(each) == pytest.approx(0.95, abs=0.01)
    assert min(found for rate, found in each.items() if 0.2 <= rate <= 0.8) > 0.91


def test_ten_thousand_simulated_votings_are_covered() -> None:
    """Each with a true rate and number of votes of its own, and ties: 95 ± 1 % of the intervals hold the truth."""
    dice = random.Random(20261126)
    held = 0
    for _ in range(10_000):
        rate, ties = dice.uniform(0.1, 0.9), dice.uniform(0, 0.4)
        prefer = [dice.random() < rate for _ in range(dice.randrange(10, 60)) if dice.random() >= ties]
        found = wilson(sum(prefer), len(prefer))
        held += found is None or not found.excludes(rate)
    assert held / 10_000 == pytest.approx(0.95, abs=0.01)


def test_strengths_cover_95_in_100() -> None:
    """300 simulated votings on three candidates, 60 votes each: `benchmarks/votes.py` does it 10,000 times."""
    dice = np.random.default_rng(7)
    held = []
    for number in range(300):
        power = np.exp(dice.normal(0, 0.7, 3))
        against = power[:, None] / (power[:, None] + power[None, :])
        pairs = {}
        for one, other in ((0, 1), (0, 2), (1, 2)):
            wins = int(dice.binomial(20, against[one, other]))
            pairs[one, other] = (wins, 20 - wins, 0)
        truth = (against.sum(axis=1) - 0.5) / 2
        found = strengths(pairs, 3, seed=number, resamples=250).shares
        held += [not share.excludes(true) for share, true in zip(found, truth, strict=True)]
    assert np.mean(held) == pytest.approx(0.955, abs=0.02)


def test_chance_alone() -> None:
    """The sign test, and what it takes: six in a row, not five; the interval alone would say it of four."""
    assert by_chance(9, 1) == pytest.approx(22 / 1024)
    assert by_chance(3, 3) == 1
    four = wilson(4, 4)
    assert four is not None
    assert four.excludes(0.5)
    assert [is_settled(wins, 0) for wins in (4, 5, FEWEST)] == [False, False, True]
    assert is_settled(0, FEWEST)
    assert not is_settled(8, 2)
    assert is_settled(9, 1)


def test_how_many_votes_would_settle_it() -> None:
    """At the rate there is, by hand z²/(4·(p-½)²); ties take their share; level, or beyond the cap, is never."""
    assert votes_to_settle(6, 0) == 0
    assert votes_to_settle(3, 0) == 3
    more = votes_to_settle(6, 4)
    assert more is not None
    assert math.ceil(1.96**2 / 0.04) - 10 <= more <= 110
    assert is_settled(math.floor(0.6 * (10 + more)), math.ceil(0.4 * (10 + more)))
    assert votes_to_settle(3, 0, 3) == 6
    assert votes_to_settle(1, 0) == 5
    for level in ((0, 0), (4, 4), (510, 490)):
        assert votes_to_settle(*level) is None
    assert votes_to_settle(60, 40, 3 * MOST) is None


def test_strengths_of_three() -> None:
    """The one that wins comes first; level ones are level; the same votes give the same interval."""
    votes = {(0, 1): (12, 8, 0), (0, 2): (16, 4, 0), (1, 2): (13, 6, 1)}
    found = strengths(votes, 3)
    values = [share.value for share in found.shares]
    assert values == sorted(values, reverse=True)
    assert sum(values) == pytest.approx(1.5, abs=1e-6)
    assert all(share.low < share.value < share.high for share in found.shares)
    assert strengths(votes, 3) == found
    level = strengths({(0, 1): (5, 5, 2), (0, 2): (5, 5, 2), (1, 2): (5, 5, 2)}, 3)
    assert [round(share.value, 6) for share in level.shares] == [0.5] * 3
    assert not level.is_settled
    assert level.more_votes is None


def test_strengths_stay_finite_where_one_wins_everything() -> None:
    """Separable votes: not certainty but a wide interval, and a candidate without votes is anything."""
    found = strengths({(0, 1): (4, 0, 0), (0, 2): (4, 0, 0)}, 4)
    assert 0.5 < found.shares[0].low < found.shares[0].value < 1
    assert found.shares[1].high - found.shares[1].low > 0.1
    assert (found.shares[3].low, found.shares[3].high) == (0, 1)
    nothing = strengths({}, 3)
    assert [share.value for share in nothing.shares] == [0.5] * 3
    assert nothing.more_votes is None


def test_strengths_say_how_many_more() -> None:
    """A clear lead is settled; a small one takes many more, and four times as many votes halve the interval."""
    clear = strengths({(0, 1): (28, 12, 0), (0, 2): (30, 10, 0), (1, 2): (25, 15, 0)}, 3)
    assert clear.is_settled
    assert clear.more_votes == 0
    near = strengths({(0, 1): (22, 18, 0), (0, 2): (26, 14, 0), (1, 2): (24, 16, 0)}, 3)
    assert not near.is_settled
    assert near.more_votes is not None
    assert near.more_votes > 120
    four = strengths({(0, 1): (88, 72, 0), (0, 2): (104, 56, 0), (1, 2): (96, 64, 0)}, 3)
    widths = [one.shares[0].high - one.shares[0].low for one in (near, four)]
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.15)
