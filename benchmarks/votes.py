"""How often the intervals of blind votes hold the truth, over thousands of simulated votings; 95 % is what they say."""

from __future__ import annotations

import itertools
import random
import time

import numpy as np

from seedance_nb.compare._statistics import is_settled, strengths, wilson

VOTINGS = 10_000
FITS = 3_000
"""Of strengths, each with three to six intervals."""


def main() -> None:
    """Print coverage, mean width, and what looking too often does."""
    for votes in (10, 20, 40, 100):
        print(f"Wilson, {votes:>3} votes, any true rate          {_wilson(votes):6.1%}")
    print(f"settled though level, 40 votes, looked once  {_level(40, False):6.1%}")
    print(f"settled though level, looked at each to 40   {_level(40, True):6.1%}")
    for count, votes in ((3, 12), (3, 30), (3, 60), (3, 300), (4, 60), (6, 150)):
        start = time.perf_counter()
        held, width = _strengths(count, votes, FITS)
        each = (time.perf_counter() - start) * 1e3 / FITS
        print(f"Bradley–Terry, {count} models, {votes:>3} votes  {held:6.1%}   width {width:.2f}   {each:.1f} ms each")


def _wilson(votes: int) -> float:
    dice = random.Random(votes)
    held = 0
    for _ in range(VOTINGS):
        rate = dice.random()
        found = wilson(sum(dice.random() < rate for _ in range(votes)), votes)
        held += found is not None and not found.excludes(rate)
    return held / VOTINGS


def _level(votes: int, at_each: bool) -> float:
    """How often two that are level are told apart."""
    dice = random.Random(7)
    wrong = 0
    for _ in range(VOTINGS):
        wins = list(itertools.accumulate(dice.getrandbits(1) for _ in range(votes)))
        looked = enumerate(wins, 1) if at_each else [(votes, wins[-1])]
        wrong += any(is_settled(won, cast - won) for cast, won in looked)
    return wrong / VOTINGS


def _strengths(count: int, votes: int, votings: int) -> tuple[float, float]:
    """Coverage and mean width of the expected share."""
    dice = np.random.default_rng(count * votes)
    pairs = list(itertools.combinations(range(count), 2))
    held, width = 0.0, 0.0
    for number in range(votings):
        power = np.exp(dice.normal(0, 0.7, count))
        against = power[:, None] / (power[:, None] + power[None, :])
        each = dice.multinomial(votes, [1 / len(pairs)] * len(pairs))
        cast = {}
        for (one, other), n in zip(pairs, each.tolist(), strict=True):
            wins = int(dice.binomial(n, against[one, other]))
            cast[one, other] = (wins, n - wins, 0)
        truth = (against.sum(axis=1) - 0.5) / (count - 1)
        found = strengths(cast, count, seed=number, resamples=200).shares
        held += sum(not share.excludes(true) for share, true in zip(found, truth.tolist(), strict=True)) / count
        width += sum(share.high - share.low for share in found) / count
    return held / votings, width / votings


if __name__ == "__main__":
    main()
