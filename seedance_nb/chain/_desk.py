"""What a chain asks of the engine and of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from typing import Protocol

from seedance_nb.chain._takes import Books as SearchedBooks
from seedance_nb.engine.preparing import Prepared
from seedance_nb.ledger import Commitments
from seedance_nb.providers import Provider
from seedance_nb.task import Artifact, TaskRecord, TaskStatus

Guard = Callable[[Commitments], None]


class Desk(Protocol):
    """The engine, as far as a chain is made by it."""

    def submit(self, prepared: Prepared, provider: Provider, *, guard: Guard | None = None) -> None:
        """Write the intent, durably; then send it in the background."""
        ...

    def finished(self, local_id: str) -> Future[TaskRecord]:
        """A future of the task's record when it is over; cancelling it does nothing to the task."""
        ...

    def subscribe_many(
        self, local_ids: Collection[str], listener: Callable[[str, TaskStatus, bool], None]
    ) -> Callable[[], None]:
        """Call `listener` after each change of these tasks, in the engine's thread; returns its end."""
        ...

    def withdraw_many(self, local_ids: Collection[str]) -> int:
        """Take back those that were not sent yet; how many that were."""
        ...

    def reserve(self, name: str, records: Sequence[TaskRecord | None], *, guard: Guard | None = None) -> None:
        """Hold a part of the budgets for tasks to come, until `release`."""
        ...

    def release(self, name: str, part: int | None = None) -> None:
        """Hold nothing more under a name, or nothing for one task of it."""
        ...


class Books(SearchedBooks, Protocol):
    """The ledger, as far as a chain reads and writes it."""

    def add_artifact(self, local_id: str, artifact: Artifact) -> None:
        """Note a file of a task."""
        ...
