"""What a batch asks of the engine and of the ledger, and what it knows of each of its tasks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from seedance_nb.task import TaskRecord, TaskStatus


class Desk(Protocol):
    """What a batch asks of the engine."""

    def subscribe_many(
        self, local_ids: Collection[str], listener: Callable[[str, TaskStatus, bool], None]
    ) -> Callable[[], None]:
        """Call `listener` with our id, the status and whether the task is over, after each change; returns its end."""
        ...

    def withdraw_many(self, local_ids: Collection[str]) -> int:
        """Take back those that were not sent yet; how many that were."""
        ...

    def pause(self, batch_id: str) -> None:
        """Send nothing of a batch until it is resumed."""
        ...

    def resume(self, batch_id: str) -> None:
        """Send the rest of a batch."""
        ...


class Books(Protocol):
    """What a batch asks of the ledger."""

    def records_of(self, local_ids: Iterable[str]) -> list[TaskRecord]:
        """These tasks, in any order."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """One task of a batch."""

    row: int
    """Of the request among those that were given, from 0."""
    local_id: str
    status: TaskStatus
    """When the batch was made, as is `is_over`."""
    is_over: bool = False
    is_held: bool = False
    """Whether it was in the ledger already and was not sent again."""
