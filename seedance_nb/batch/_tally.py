"""Where the tasks of a batch stand, counted as they move and never by looking at all of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from seedance_nb.task import TaskStatus

Standing = tuple[TaskStatus, bool]
"""A status, and whether the task is over."""

_WITHOUT_FAULT = frozenset({TaskStatus.KEPT, TaskStatus.CANCELLED})
_MAY_GO_ON = frozenset({TaskStatus.UNKNOWN, TaskStatus.SUCCEEDED, TaskStatus.LOST})
"""Ends after which something may still happen: an answer is found, a clip is fetched after all."""


class Tally:
    """Counts by status, from any thread; a change costs the same in a batch of ten and of ten thousand."""

    def __init__(self, standings: Mapping[str, Standing]) -> None:
        self._lock = threading.Lock()
        self._standings: dict[str, Standing] = dict(standings)
        self._counts: Counter[Standing] = Counter(self._standings.values())
        self._heard: set[str] = set()
        self._over = sum(is_over for _, is_over in self._standings.values())
        # Ordered sets of local ids.
        self._failing = dict.fromkeys(name for name, at in self._standings.items() if _is_failing(at))
        self._unbilled = dict.fromkeys(name for name, at in self._standings.items() if _is_billed(at))

    def change(self, local_id: str, status: TaskStatus, is_over: bool, *, heard: bool = True) -> bool:
        """Take in where a task stands now; returns whether that is news.

        Args:
            local_id: The task.
            status: Its status.
            is_over: Whether nothing more happens to it by itself.
            heard: Whether this is a word of the engine's, and not what the ledger said earlier.
        """
        now = (status, is_over)
        with self._lock:
            before = self._standings.get(local_id)
            if before is None or (not heard and local_id in self._heard):
                return False
            if heard:
                self._heard.add(local_id)
            if before == now:
                return False
            self._standings[local_id] = now
            self._counts[before] -= 1
            self._counts[now] += 1
            self._over += is_over - before[1]
            if _is_failing(now):
                self._failing[local_id] = None
            else:
                self._failing.pop(local_id, None)
            if _is_billed(now):
                self._unbilled[local_id] = None
        return True

    def forget(self, local_ids: Iterable[str]) -> None:
        """Leave tasks out that were not sent after all."""
        with self._lock:
            for local_id in local_ids:
                at = self._standings.pop(local_id)
                self._counts[at] -= 1
                self._over -= at[1]

    def of_status(self, status: TaskStatus) -> list[str]:
        """The tasks that have a status."""
        with self._lock:
            return [local_id for local_id, (now, _) in self._standings.items() if now is status]

    def counts(self) -> dict[Standing, int]:
        """How many tasks stand where, in the order of a task's life."""
        with self._lock:
            return {
                (status, is_over): self._counts[status, is_over]
                for status in TaskStatus
                for is_over in (False, True)
                if self._counts[status, is_over]
            }

    @property
    def over(self) -> int:
        """How many tasks are over."""
        return self._over

    @property
    def is_over(self) -> bool:
        """Whether all are."""
        with self._lock:
            return self._over == len(self._standings)

    @property
    def is_settled(self) -> bool:
        """Whether all are over, and none of them may come alive again."""
        with self._lock:
            may_go_on = sum(self._counts[status, True] for status in _MAY_GO_ON)
            return self._over == len(self._standings) and not may_go_on

    def failing(self, most: int | None = None) -> list[str]:
        """Tasks that are over without a clip on this disk and were not cancelled, in the order of their ends."""
        with self._lock:
            return list(self._failing)[:most]

    @property
    def failed(self) -> int:
        """How many those are."""
        return len(self._failing)

    def take_unbilled(self) -> list[str]:
        """Tasks that may have got a cost since this was last asked."""
        with self._lock:
            taken, self._unbilled = self._unbilled, {}
        return list(taken)

    def put_back(self, local_ids: Collection[str]) -> None:
        """Those could not be looked at."""
        with self._lock:
            self._unbilled = {**dict.fromkeys(local_ids), **self._unbilled}


def _is_failing(at: Standing) -> bool:
    return at[1] and at[0] not in _WITHOUT_FAULT


def _is_billed(at: Standing) -> bool:
    return at[1] and at[0] in {TaskStatus.KEPT, TaskStatus.SUCCEEDED, TaskStatus.LOST}
