"""How likely it is that a task has ended, from how long others of its kind took.

`Odds` is one distribution as a table. `Experience` makes it from what is known of a kind: how long the ended
ones took, and how old those are that go on, since the first ones to end of a batch are the quick ones.
Nothing here knows a provider, a clock or a task.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

_BEND = 10.0
"""Ages are tabled in even steps up to about so many seconds, and in even ratios from there on."""
_STEP = 0.04
_CELLS = math.ceil(math.log1p(8 * 86_400 / _BEND) / _STEP)
_AGES = tuple(_BEND * math.expm1(cell * _STEP) for cell in range(_CELLS + 1))
_SCALE = 1 / _STEP

MEMORY = 400
"""How many ended tasks of a kind are remembered."""
HALF_LIFE = 60
"""A task counts half as much as one that was submitted so many tasks later: services change."""
PRIOR_WORTH = 2.0
"""What is assumed of a kind before any was seen counts like so many tasks."""
PRIOR_SPREAD = 0.7
"""Standard deviation of the logarithm of the time, as long as nothing is known."""
STRAGGLERS = 1.0
"""Of twenty tasks more than were seen, so many may take any time: a task that overstays never becomes a certainty."""
EARLY = 0.5
EARLY_MEAN = 8.0
"""Of as many, so many end soon, mostly refused; and after how many seconds."""
_UNSEEN = 20.0
_USUAL = {"480p": 45.0, "720p": 130.0, "1080p": 240.0, "4k": 480.0}
"""Seconds. 5 s at 720p took 90 to 230 s and at 480p 25 to 40 s, by open-source clients of BytePlus, read 2026-11-20;
the others are guesses. A handful of tasks overrules them."""
_USUAL_SANDBOX = 6.0


@dataclass(frozen=True, slots=True)
class Kind:
    """What tasks have in common that take about the same time."""

    provider: str
    model: str
    resolution: str | None
    duration: int | None
    """Seconds of the clip."""
    is_sandbox: bool

    @property
    def usual(self) -> float:
        """A guess at the seconds from submit to end, for as long as none was seen."""
        return _USUAL_SANDBOX if self.is_sandbox else _USUAL.get(self.resolution or "", 130.0)


class Odds:
    """When tasks of one kind end, counted from when they were submitted."""

    __slots__ = ("_table", "median")

    def __init__(self, survival: Sequence[float]) -> None:
        """Take the share that is not over yet at each age of the table; it starts at 1 and never grows."""
        area, table = 0.0, []
        for cell in range(_CELLS):
            start, width = _AGES[cell], _AGES[cell + 1] - _AGES[cell]
            fall = (survival[cell + 1] - survival[cell]) / width
            table.append((start, survival[cell], fall, area))
            area += width * (survival[cell] + survival[cell + 1]) / 2
        self._table = (*table, (_AGES[-1], survival[-1], 0.0, area))
        self.median = next(age for age, share in zip(_AGES, survival, strict=True) if share <= 0.5)
        """Seconds by which every second one is over."""

    def at(self, age: float) -> tuple[float, float]:
        """The share that is not over at an age, and the integral of that share up to it, in seconds."""
        cell = int(math.log1p(age / _BEND) * _SCALE) if age > 0 else 0
        start, share, fall, area = self._table[cell if cell < _CELLS else -1]
        past = age - start
        here = share + fall * past
        return max(here, 1e-12), area + past * (share + here) / 2

    def survival(self, age: float) -> float:
        """The share that is not over yet at an age in seconds."""
        return self.at(age)[0]

    def unseen(self, since: float, age: float) -> float:
        """The expected time, in seconds, for which a task will have been over unseen.

        Args:
            since: Its age when it was last seen to go on.
            age: Its age now.
        """
        share, area = self.at(since)
        return max(0.0, age - since - (self.at(age)[1] - area) / share)


class Experience:
    """What is known of one kind; learns as tasks end.

    Args:
        usual: A guess at the seconds that such a task takes.
        durations: Seconds from submit to end of past tasks, the newest first.
    """

    def __init__(self, usual: float, durations: Iterable[float] = ()) -> None:
        self._usual = usual
        self._submitted = 0
        self._ended: deque[tuple[int, float]] = deque(maxlen=MEMORY)
        self._news = 0
        self.teach(durations)

    def teach(self, durations: Iterable[float]) -> None:
        """Take in how long past tasks took, the newest first, as older than all that was seen here."""
        known = [one for one in durations if math.isfinite(one) and one > 0]
        past = [(-order, one) for order, one in enumerate(known[:MEMORY])]
        self._ended = deque([*reversed(past), *self._ended], maxlen=MEMORY)
        self.learn(())

    def submit(self) -> int:
        """Count a task that begins; returns its place in the order of submission."""
        self._submitted += 1
        return self._submitted

    def end(self, order: int, seconds: float) -> None:
        """Note that the task of this place ended after so many seconds."""
        self._ended.append((order, max(seconds, 0.01)))
        self._news += 1

    @property
    def has_news(self) -> bool:
        """Whether enough tasks have ended for `learn` to make a difference."""
        return self._news > len(self._ended) * 0.05

    def learn(self, going_on: Iterable[tuple[int, float]]) -> None:
        """Make the odds anew.

        Args:
            going_on: Place and age in seconds of each task of this kind that is not over.
        """
        self._news = 0
        ended, alive = [0.0] * (_CELLS + 1), [0.0] * (_CELLS + 1)
        squares = 0.0
        for order, seconds in self._ended:
            weight = self._weight(order)
            ended[_cell(seconds)] += weight
            squares += weight * weight
        for order, age in going_on:
            alive[_cell(age)] += self._weight(order)
        count = sum(ended) ** 2 / squares if squares else 0.0
        mass = _redistributed(ended, alive)
        self.odds = Odds(_survival(self._usual, mass, count))
        """When tasks of this kind end."""

    def _weight(self, order: int) -> float:
        return math.exp2((order - self._submitted) / HALF_LIFE)


def _cell(seconds: float) -> int:
    return min(_CELLS, round(math.log1p(max(seconds, 0.0) / _BEND) * _SCALE))


def _redistributed(ended: Sequence[float], alive: Sequence[float]) -> list[float]:
    """The share of tasks that ends in each cell, by Kaplan and Meier: one that goes on will end later than now.

    What is missing to 1 outlives everything that was seen.
    """
    at_risk, surviving, mass = sum(ended) + sum(alive), 1.0, [0.0] * len(ended)
    for cell, (over, going_on) in enumerate(zip(ended, alive, strict=True)):
        if over > 0:
            mass[cell] = surviving * min(1.0, over / at_risk)
            surviving -= mass[cell]
        at_risk -= over + going_on
    return mass


def _survival(usual: float, mass: Sequence[float], count: float) -> list[float]:
    """What was seen, smoothed, with what was assumed before and with room for what was never seen."""
    seen = sum(mass)
    learned = [0.0] * (_CELLS + 1)
    centre = math.log(usual)
    if seen > 0:
        middle = sum(cell * share for cell, share in enumerate(mass)) / seen
        spread = math.sqrt(sum((cell - middle) ** 2 * share for cell, share in enumerate(mass)) / seen)
        centre = (centre + count * math.log(max(_age(middle), 0.5))) / (1 + count)
        learned = _smoothed(mass, middle, spread * _STEP, count)
    assumed = PRIOR_WORTH / (PRIOR_WORTH + count)
    stragglers, early = STRAGGLERS / (_UNSEEN + count), EARLY / (_UNSEEN + count)
    rest = 1 - stragglers - early
    weights = (rest * (1 - assumed), rest * assumed, stragglers + rest * (1 - assumed) * (1 - seen), early)
    prior, slow = NormalDist(centre, PRIOR_SPREAD), 1.5 * math.exp(centre)
    survival, over = [1.0], learned[0]
    for cell in range(1, _CELLS + 1):
        age = _AGES[cell]
        over += learned[cell]
        parts = (
            max(0.0, seen - over),
            1 - prior.cdf(math.log(age)),
            1 / (1 + (age / slow) ** 2),
            math.exp(-age / EARLY_MEAN),
        )
        now = sum(weight * part for weight, part in zip(weights, parts, strict=True))
        survival.append(min(survival[-1], now))
    return survival


def _smoothed(mass: Sequence[float], middle: float, spread: float, count: float) -> list[float]:
    """Each share spread out by a bell, and drawn to the middle so that the whole does not get wider by it."""
    spread = math.sqrt((PRIOR_WORTH * 0.3**2 + count * spread**2) / (PRIOR_WORTH + count))
    width = max(0.05, 1.06 * spread * count**-0.2)
    drawn = math.sqrt(max(0.0, 1 - (width / spread) ** 2))
    reach = math.ceil(4 * width * _SCALE)
    bell = [math.exp(-0.5 * (offset * _STEP / width) ** 2) for offset in range(-reach, reach + 1)]
    whole = sum(bell)
    smoothed = [0.0] * len(mass)
    for cell, share in enumerate(mass):
        if share > 0:
            place = middle + (cell - middle) * drawn
            low = math.floor(place)
            for home, part in ((low, low + 1 - place), (low + 1, place - low)):
                portion = share * part / whole
                for offset, height in enumerate(bell, home - reach):
                    smoothed[min(max(offset, 0), len(mass) - 1)] += portion * height
    return smoothed


def _age(cell: float) -> float:
    return _BEND * math.expm1(cell * _STEP)
