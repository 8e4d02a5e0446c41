"""Which shots of a chain the ledger has already.

A shot is known by what it asks for, and a shot that follows another also by the task it follows: so a shot that was
changed, or made anew, takes all that follow it with it, and nothing else. The picture between two shots does not
count, because the same last frame has other bytes when it is taken from the clip.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from seedance_nb.batch import is_free
from seedance_nb.chain._plan import Planned
from seedance_nb.engine import owner
from seedance_nb.engine.preparing import Preparer, retaken
from seedance_nb.task import TaskRecord, TaskStatus

_WORSE = frozenset({TaskStatus.LOST, TaskStatus.UNKNOWN})
"""Paid, or perhaps paid, and not to be had: only where there is nothing better."""


class Books(Protocol):
    """The ledger, as far as shots are found in it."""

    def find_asked(self, asked_sha256s: Iterable[str]) -> dict[str, list[TaskRecord]]:
        """Tasks by what was asked for, newest first."""
        ...

    def records_of(self, local_ids: Iterable[str]) -> list[TaskRecord]:
        """These tasks, in any order."""
        ...


class Takes:
    """Finds the tasks of shots.

    Args:
        plan: The shots.
        preparer: Says what each asks for.
        books: The ledger.
    """

    def __init__(self, plan: Sequence[Planned], preparer: Preparer, books: Books) -> None:
        self._plan = plan
        self._preparer = preparer
        self._books = books
        # The processes of a ledger are few, and asking whether one lives takes a system call.
        self._is_alive = functools.cache(owner.is_alive)

    def all(self, *, anew: Collection[int] = ()) -> list[TaskRecord | None]:
        """For each shot the task that was made for it; None: it has to be sent.

        Args:
            anew: Shots that are to be made once more.
        """
        found: list[TaskRecord | None] = []
        for index in range(len(self._plan)):
            before = found[index - 1] if index else None
            used = {place: record.local_id for place, record in enumerate(found) if record is not None}
            record = None if index in anew else self.of(index, before.local_id if before else "", used=used)
            found.append(record)
        return found

    def of(self, index: int, before: str, *, used: Mapping[int, str]) -> TaskRecord | None:
        """The task that was made for one shot; of several the newest that is made or under way.

        Where shots of a chain ask for the same, the newest is the last one's, so that each finds its own again.

        Args:
            index: The shot, counted from 0.
            before: Our id of the task of the shot before it; empty: it is not there yet.
            used: Our ids of the tasks that are other shots', by their shots.
        """
        shot = self._plan[index]
        if shot.follows and not before:
            return None
        asked = self._preparer.asked(shot.stand_in, follows=before if shot.follows else "")
        hashes = {asked, retaken(asked)}
        candidates = [
            record
            for records in self._books.find_asked(hashes).values()
            for record in records
            if (record.provider, record.is_sandbox) == (shot.record.provider, shot.record.is_sandbox)
            and record.local_id not in used.values()
            and not is_free(record, self._is_alive)
        ]
        candidates.sort(key=lambda each: (each.status not in _WORSE, each.created_at), reverse=True)
        later = self._plan[index + 1 :] if not shot.follows else ()
        alike = sum(
            not other.follows and place not in used and other.request == shot.request
            for place, other in enumerate(later, index + 1)
        )
        return candidates[min(alike, len(candidates) - 1)] if candidates else None
