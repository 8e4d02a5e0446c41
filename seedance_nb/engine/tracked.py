"""One task that is looked at: what the last look said, and what the next one may bring."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from seedance_nb.engine.odds import Experience, Odds
from seedance_nb.task import Snapshot, TaskStatus

QUEUE_SHARE = 0.2
"""What a task is queued for beyond this share of the usual time does not count as part of its run."""
VAGUE = 60.0
"""Seconds between the last two looks from which on, if it is also half of the time, nobody knows when it ended."""
IMPOSSIBLE = 0.005
"""The share of a wait up to which the delay that is expected of it counts as nothing."""
URGENT = 1e6
"""The gain of a look that must not wait for a better moment."""


@dataclass(slots=True, eq=False)
class Tracked:
    """One task that is looked at, and what the last look said."""

    task_id: str
    local_id: str
    experience: Experience
    submitted_at: float
    """On the clock of the schedule."""
    order: int
    place: int
    """How many tasks of the provider were tracked before."""
    looked_at: float
    queued_for: float = 0.0
    """Seconds that its run cannot have lasted, because it was still queued."""
    held_until: float = -math.inf
    forced_at: float = math.inf
    alone: bool = False
    """A list has left it out."""
    denials: int = 0
    troubles: int = 0
    word: tuple[TaskStatus | None, str] | None = None
    """The last word of the provider that was passed on."""
    ended_after: float | None = None
    """Seconds that it took, as far as that is known."""
    _odds: Odds | None = field(default=None, repr=False)
    _share: float = field(default=1.0, repr=False)
    _area: float = field(default=0.0, repr=False)

    def age(self, at: float) -> float:
        """Seconds for which it may have been running."""
        return max(0.0, at - self.submitted_at - self.queued_for)

    def gain(self, at: float, longest: float) -> float:
        """The expected delay that a look at this moment would end, in seconds.

        Args:
            at: The moment.
            longest: Seconds after which a look is due; twice as many where the task practically cannot have ended.
        """
        if at < self.held_until:
            return 0.0
        if at >= self.forced_at:
            return URGENT
        begin = self.submitted_at + self.queued_for
        odds = self.experience.odds
        if odds is not self._odds:
            self._odds = odds
            self._share, self._area = odds.at(self.looked_at - begin)
        waited = at - self.looked_at
        unseen = waited - (odds.at(at - begin)[1] - self._area) / self._share
        if waited >= longest and (waited >= 2 * longest or unseen > IMPOSSIBLE * waited):
            return URGENT
        return unseen if unseen > 0 else 0.0

    def hold(self, until: float) -> None:
        """Look at it at this moment, and not before."""
        self.held_until = self.forced_at = until

    def look(self, snapshot: Snapshot, at: float) -> None:
        """Take in what a look at this moment has shown."""
        if snapshot.status is TaskStatus.QUEUED:
            queued = at - self.submitted_at - QUEUE_SHARE * self.experience.odds.median
            self.queued_for = max(self.queued_for, queued)
        elif snapshot.status in (TaskStatus.SUCCEEDED, TaskStatus.FAILED) and self.ended_after is None:
            self.ended_after = self._duration(snapshot, at)
        self.denials = 0
        self.pass_over(at)

    def pass_over(self, at: float) -> None:
        """Take it that it was going on at this moment."""
        self.looked_at = max(self.looked_at, at)
        self.held_until, self.forced_at, self._odds = -math.inf, math.inf, None

    def _duration(self, snapshot: Snapshot, at: float) -> float | None:
        low, high = self.age(self.looked_at), self.age(at)
        if snapshot.created_at is not None and snapshot.updated_at is not None:
            said = (snapshot.updated_at - snapshot.created_at).total_seconds() - self.queued_for
            if low - 2 <= said <= high + 2:
                return said
        return (low + high) / 2 if high - low < max(VAGUE, high / 2) else None
