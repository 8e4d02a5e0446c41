"""Which tasks to look at next, and when.

A request is worth it when the delay that it is expected to end, summed over the tasks it covers, reaches its
price in task-seconds. For one task that ends with a hazard h this means an interval of sqrt(2 · price / h), which
is the best there is where the hazard changes slowly. Nothing here asks anybody anything.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from heapq import nlargest
from operator import itemgetter

from seedance_nb.engine.odds import Experience, Kind
from seedance_nb.engine.tracked import URGENT, Tracked

PRICE = 0.06
"""What a request costs, in seconds of delay of one task: a clip that takes two minutes is seen about 1.5 s late."""
CROWD = 0.8
"""The price of a list rises with the number of tasks that may have ended, to this power. At 0 five hundred tasks would
be asked after all the time; at 1 each would be seen as late as if it were alone."""
CROWD_ONE_BY_ONE = 0.4
"""The same for requests that serve one task each, and the number of all tasks."""
SHORTEST = 1.0
"""Seconds between two requests, or two looks at one task, even where a provider sets no limit."""
LONGEST = 30.0
"""Seconds after which a task is looked at although it has hardly ended; twice that if it practically cannot have.
Stretched when there are more than `STRETCH` tasks."""
STRETCH = 500
AT_ONCE = 32
"""How many single requests are decided on together."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What to ask for together."""

    listed: tuple[Tracked, ...] = ()
    """Tasks for one list request."""
    page: int = 0
    """0: the list asks for them by their ids; else which page of all tasks they are expected on."""
    each: tuple[Tracked, ...] = ()
    """Tasks to ask for one by one."""

    def __bool__(self) -> bool:
        return bool(self.listed or self.each)


class Schedule:
    """The unfinished tasks at one provider.

    Args:
        list_limit: How many ids one list may ask for; 0 where there is no list.
        page_limit: How many tasks one page of all tasks may hold; 0 where no such page is asked for.
        shortest: Seconds between two requests.
        is_free: Whether requests cost nothing: then each turn is taken.
    """

    def __init__(self, *, list_limit: int, page_limit: int, shortest: float, is_free: bool) -> None:
        self.list_limit = list_limit
        self.can_list = list_limit > 0
        """Whether lists are used; may be switched off and on."""
        self.page_limit = page_limit
        self._shortest = shortest
        self._is_free = is_free
        self._tracked: dict[str, Tracked] = {}
        self._experience: dict[Kind, Experience] = {}
        self._tracked_ever = 0
        self._crowding = 1.0
        self._asked_at = -math.inf

    def __len__(self) -> int:
        return len(self._tracked)

    def __iter__(self) -> Iterator[Tracked]:
        return iter(list(self._tracked.values()))

    def get(self, task_id: str) -> Tracked | None:
        """What is known of a task, if it is tracked."""
        return self._tracked.get(task_id)

    def kinds(self) -> Collection[Kind]:
        """All kinds of which there ever was a task."""
        return self._experience.keys()

    def experience(self, kind: Kind) -> Experience:
        """What is known of a kind."""
        if kind not in self._experience:
            self._experience[kind] = Experience(kind.usual)
        return self._experience[kind]

    def add(self, task_id: str, local_id: str, kind: Kind, *, age: float, now: float) -> Tracked:
        """Track a task that was submitted so many seconds ago and never looked at."""
        experience = self.experience(kind)
        self._tracked_ever += 1
        tracked = Tracked(
            task_id, local_id, experience, now - age, experience.submit(), self._tracked_ever, looked_at=now - age
        )
        self._tracked[task_id] = tracked
        return tracked

    def drop(self, task_id: str) -> None:
        """Track a task no more."""
        self._tracked.pop(task_id, None)

    def clear(self) -> None:
        """Track nothing."""
        self._tracked.clear()

    def asked(self, now: float) -> None:
        """Note that requests go out now."""
        self._asked_at = now

    def learn(self, now: float) -> None:
        """Make the odds anew for the kinds of which enough tasks have ended."""
        for experience in self._experience.values():
            if experience.has_news:
                experience.learn(
                    (one.order, one.age(one.looked_at))
                    for one in self._tracked.values()
                    if one.experience is experience
                )

    def look_at_all(self, now: float) -> None:
        """Let each task be looked at at once."""
        for one in self._tracked.values():
            one.hold(now)

    # -- when --

    def due_alone(self, one: Tracked, now: float) -> float:
        """A moment before which nobody would look at this task if it were the only one."""
        if self._is_free:
            return max(now, self._next_at())
        step = 0.5
        while one.gain(now + step, LONGEST) < PRICE:
            step *= 2
        return now + step / 2

    def due(self, now: float, *, within: float = 2 * LONGEST) -> float:
        """When the next request is worth it; `within` so many seconds if not before."""
        if not self._tracked:
            return now + within
        first = max(now, self._next_at())
        if self._is_free or self.plan(first):
            return first
        # Coarser for many tasks, so that planning stays below one part in a hundred of the time.
        grain = max(0.05, len(self._tracked) * 1e-4)
        step, low = grain, first
        while not self.plan(first + step):
            if step >= within:
                return first + within
            low, step = first + step, min(2 * step, within)
        high = first + step
        while high - low > grain:
            middle = (low + high) / 2
            low, high = (low, middle) if self.plan(middle) else (middle, high)
        return high

    def _next_at(self) -> float:
        is_crowd = self.can_list and len(self._tracked) > self.list_limit
        return self._asked_at + (SHORTEST if is_crowd else self._shortest)

    # -- what --

    def plan(self, at: float) -> Cover:
        """What is worth asking for at this moment; nothing, if it is too early."""
        longest = LONGEST * max(1.0, len(self._tracked) / STRETCH)
        gains = [(one.gain(at, longest), one) for one in self._tracked.values() if at >= one.held_until]
        total = squares = 0.0
        for gain, _ in gains:
            total += gain
            squares += gain * gain
        if not total and not self._is_free:
            return Cover()
        one_by_one = 0.0 if self._is_free else PRICE * len(self._tracked) ** CROWD_ONE_BY_ONE
        if not self.can_list:
            return Cover(each=self._each(gains, one_by_one, at))
        together = 0.0 if self._is_free else PRICE * (total * total / squares) ** CROWD
        listable = [pair for pair in gains if not pair[1].alone]
        alone = [pair for pair in gains if pair[1].alone]
        if len(listable) == 1:
            alone, listable = gains, []
        return Cover(*self._list(listable, together), each=self._each(alone, one_by_one, at))

    def _each(self, gains: Iterable[tuple[float, Tracked]], price: float, at: float) -> tuple[Tracked, ...]:
        due = (
            (gain, one)
            for gain, one in gains
            if gain >= price and (at - one.looked_at >= self._shortest or gain == URGENT)
        )
        return tuple(one for _, one in nlargest(AT_ONCE, due, key=itemgetter(0)))

    def _list(self, gains: list[tuple[float, Tracked]], price: float) -> tuple[tuple[Tracked, ...], int]:
        """The list request that covers the most: by ids, or a page of whatever the provider has."""
        if len(gains) <= self.list_limit:
            return (tuple(one for _, one in gains), 0) if sum(gain for gain, _ in gains) >= price else ((), 0)
        best = nlargest(self.list_limit, gains, key=itemgetter(0))
        by_ids = sum(gain for gain, _ in best)
        pages: dict[int, float] = {}
        if self.page_limit > self.list_limit:
            for gain, one in gains:
                page = self._page(one)
                pages[page] = pages.get(page, 0.0) + gain
        page = max(pages, key=pages.__getitem__, default=0)
        if page and pages[page] > by_ids:
            worth, chosen = pages[page], tuple(one for _, one in gains if self._page(one) == page)
        else:
            worth, chosen, page = by_ids, tuple(one for _, one in best), 0
        return (chosen, page) if worth >= price else ((), 0)

    def _page(self, one: Tracked) -> int:
        """The page of all tasks, the newest first, on which this one is expected."""
        return 1 + int((self._tracked_ever - one.place) * self._crowding / self.page_limit)

    def shown(self, cover: Cover, task_ids: Collection[str]) -> None:
        """Learn from a list how many of the account's tasks are not ours, and so how far a page reaches."""
        if not cover.page:
            self._crowding = max(1.0, self._crowding * 0.98)  # others may be done; pages are tried again in time
            return
        found = sum(one.task_id in task_ids for one in cover.listed) / len(cover.listed)
        self._crowding *= 0.99 if found > 0.99 else 1 / max(found, 0.5)
        self._crowding = min(max(self._crowding, 1.0), 100.0)
