"""How likely it is that a task has ended, from how long others of its kind took."""

from __future__ import annotations

import math
import random
import statistics
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_nb.engine.odds import MEMORY, Experience, Kind

DAY = 86_400.0


def past(count: int, *, middle: float = 120.0, sigma: float = 0.2, seed: int = 7) -> list[float]:
    chance = random.Random(seed)
    return [chance.lognormvariate(math.log(middle), sigma) for _ in range(count)]


def likely(experience: Experience, low: float, high: float) -> float:
    """The chance that a task ends between two ages."""
    return experience.odds.survival(low) - experience.odds.survival(high)


def test_without_experience_the_odds_are_broad_around_the_usual_time() -> None:
    """Half of the tasks are expected by about the usual time, most between a third and three times of it."""
    odds = Experience(120).odds
    assert 100 < odds.median < 140
    assert 0.75 < odds.survival(40) - odds.survival(360) < 0.95


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_handful_of_tasks_overrules_the_usual_time(count: int) -> None:
    """A guess of two minutes does not hold against tasks that took fifteen."""
    odds = Experience(120, [900.0] * count).odds
    assert odds.median > 300
    assert odds.survival(2000) > 0.005


def test_fifty_tasks_make_the_odds_narrow() -> None:
    """After them, nine in ten are expected where nine in ten were."""
    times = past(50)
    known = Experience(60, times)
    low, middle, high = statistics.quantiles(times, n=40)[1:39:18]  # 5, 50 and 95 %
    assert known.odds.median == pytest.approx(middle, rel=0.08)
    assert likely(known, low * 0.95, high * 1.05) > 0.88
    assert known.odds.survival(60) > 0.97


def test_two_sorts_of_tasks_under_one_name_are_both_expected() -> None:
    """Where half took one minute and half ten, a good part is expected around either."""
    mixed = [time for pair in zip(past(50, middle=60), past(50, middle=600), strict=True) for time in pair]
    known = Experience(120, mixed)
    assert likely(known, 30, 150) > 0.3
    assert likely(known, 300, 1200) > 0.3


def test_a_task_that_overstays_is_not_expected_at_any_moment() -> None:
    """After many times the usual time, the chance to end within half a minute is small and not nothing."""
    odds = Experience(120, past(200)).odds
    for age in (1000.0, 10_000.0):
        soon = 1 - odds.survival(age + 30) / odds.survival(age)
        assert 1e-4 < soon < 0.2


def test_the_first_ones_of_a_batch_do_not_make_the_others_late() -> None:
    """Five of a hundred have ended after 100 s: the others are not expected within the next seconds."""
    known = Experience(120)
    orders = [known.submit() for _ in range(100)]
    for order in orders[:5]:
        known.end(order, 100.0)
    known.learn((order, 100.0) for order in orders[5:])
    aware = 1 - known.odds.survival(110) / known.odds.survival(100)
    known.learn(())
    unaware = 1 - known.odds.survival(110) / known.odds.survival(100)
    assert aware < 0.15 < unaware


def test_a_service_that_became_twice_as_slow_is_noticed() -> None:
    """Forty slow tasks weigh more than two hundred of before."""
    known = Experience(120, past(200))
    for seconds in past(40, middle=240):
        known.end(known.submit(), seconds)
    known.learn(())
    assert likely(known, 160, 400) > 0.35
    for seconds in past(160, middle=240):
        known.end(known.submit(), seconds)
    known.learn(())
    assert 215 < known.odds.median < 265


def test_the_newest_come_first() -> None:
    """What the ledger knows is weighed by age: of a change in the past, the later half counts."""
    known = Experience(120, [*past(MEMORY // 2, middle=240), *past(MEMORY // 2, middle=60)])
    assert known.odds.median > 180


def test_times_that_cannot_be_are_left_out() -> None:
    """A clock that went back gives times below zero; they teach nothing."""
    odds = Experience(120, [-5.0, 0.0, math.inf, math.nan]).odds
    assert odds.survival(100) == Experience(120).odds.survival(100)


def test_learning_waits_until_there_is_something_to_learn() -> None:
    """One task in a hundred changes nothing; one of one does."""
    known = Experience(120)
    known.end(known.submit(), 100)
    assert known.has_news
    known = Experience(120, past(100))
    known.end(known.submit(), 100)
    assert not known.has_news


def test_unseen_is_the_integral_of_the_chance_to_have_ended() -> None:
    """What the table says at once is what small steps add up to."""
    odds = Experience(120, past(50)).odds
    step = 0.01
    alive = odds.survival(100)
    added = sum((1 - odds.survival(100 + number * step) / alive) * step for number in range(2000))
    assert odds.unseen(100, 120) == pytest.approx(added, rel=0.01)


@settings(max_examples=50, deadline=None)
@given(
    times=st.lists(st.floats(0.001, 30 * DAY), max_size=60),
    alive=st.lists(st.floats(0, 30 * DAY), max_size=20),
    since=st.floats(0, 9 * DAY),
    waited=st.floats(0, DAY),
)
def test_odds_are_odds(times: list[float], alive: list[float], since: float, waited: float) -> None:
    """Whatever was seen: shares fall from 1 and stay above 0, and no delay is longer than the wait."""
    known = Experience(120, times)
    known.learn((known.submit(), age) for age in alive)
    ages = [0.0, *(2.0**power for power in range(-3, 21))]
    shares = [known.odds.survival(age) for age in ages]
    assert shares[0] == pytest.approx(1.0)
    assert all(0 < later <= earlier for earlier, later in pairwise(shares))
    assert -1e-6 <= known.odds.unseen(since, since + waited) <= waited + 1e-6


def test_a_kind_knows_what_is_usual() -> None:
    """A larger picture takes longer, and a sandbox seconds; a name nobody knows takes minutes."""

    def usual(resolution: str | None, *, is_sandbox: bool = False) -> float:
        return Kind("ark", "seedance-2.0", resolution, 5, is_sandbox).usual

    assert usual("480p") < usual("720p") < usual("1080p") < usual("4k")
    assert usual("720p", is_sandbox=True) < 10
    assert 60 < usual(None) == usual("8k") < 300
