"""An engine, a ledger and a provider that a batch can be tried on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

from seedance_nb.batch import Batch, submit_many
from seedance_nb.content import Media, Text
from seedance_nb.engine.preparing import Prepared
from seedance_nb.ledger import Committed
from seedance_nb.money import Money
from seedance_nb.request import Request
from seedance_nb.task import Failure, TaskRecord, TaskStatus

Listener = Callable[[str, TaskStatus, bool], None]


class Handle:
    """As much of a task's handle as a batch gives out."""

    def __init__(self, local_id: str) -> None:
        self.local_id = local_id


class Ark:
    """A client that encodes and sends nothing."""

    id: ClassVar[str] = "ark"
    base_url = "https://ark.example/api/v3"
    account = "0123456789ab"

    def encode(self, request: Request, model_id: str, url_of: Callable[[Media], str]) -> dict[str, object]:
        items = [item.text if isinstance(item, Text) else url_of(item) for item in request.content]
        return {"model": model_id, "content": items, **request.parameters()}


class House:
    """Engine and ledger in one: what is submitted stands in `tasks`, and moves where the test says so."""

    def __init__(self) -> None:
        self.tasks: dict[str, TaskRecord] = {}
        self.calls: list[tuple[str, str]] = []
        self.reads: list[int] = []
        self.listeners: dict[str, list[Listener]] = {}
        self.provider: Any = Ark()

    # -- the engine --

    def submit_many(
        self,
        prepared: list[Prepared],
        provider: object,
        *,
        guard: Callable[[Any, list[TaskRecord]], None] | None = None,
    ) -> list[TaskRecord]:
        assert provider is self.provider
        records = [one.record for one in prepared]
        if guard is not None:
            guard(self, records)
        self.calls.append(("submit_many", str(len(records))))
        self.tasks |= {record.local_id: record for record in records}
        return records

    def subscribe_many(self, local_ids: Collection[str], listener: Listener) -> Callable[[], None]:
        for local_id in local_ids:
            self.listeners.setdefault(local_id, []).append(listener)

        def unsubscribe() -> None:
            for local_id in local_ids:
                if listener in self.listeners.get(local_id, []):
                    self.listeners[local_id].remove(listener)

        return unsubscribe

    def withdraw_many(self, local_ids: Collection[str]) -> int:
        for local_id in local_ids:
            self.calls.append(("withdraw", local_id))
            self.move(local_id, TaskStatus.CANCELLED)
        return len(local_ids)

    def pause(self, batch_id: str) -> None:
        self.calls.append(("pause", batch_id))

    def resume(self, batch_id: str) -> None:
        self.calls.append(("resume", batch_id))

    # -- the ledger --

    def records_of(self, local_ids: Iterable[str]) -> list[TaskRecord]:
        found = [self.tasks[local_id] for local_id in local_ids]
        self.reads.append(len(found))
        return found

    def since(self, *_: object, **__: object) -> Committed:
        """Nothing is spent."""
        return Committed(money=MappingProxyType({}), tokens=0, seconds=0, tasks=0)

    def find_asked(self, asked_sha256s: Iterable[str]) -> dict[str, list[TaskRecord]]:
        asked = set(asked_sha256s)
        found: dict[str, list[TaskRecord]] = {}
        for record in sorted(self.tasks.values(), key=lambda record: record.created_at, reverse=True):
            if record.asked_sha256 in asked:
                found.setdefault(record.asked_sha256, []).append(record)
        return found

    # -- the test --

    def submit(self, given: Any, **options: Any) -> Batch:
        """Submit a batch here."""
        options = {"provider": self.provider, "is_sandbox": False, "progress": False, **options}
        return submit_many(given, desk=self, books=self, task=Handle, **options)  # type: ignore[arg-type]

    def move(self, local_id: str, status: TaskStatus, **facts: Any) -> None:
        """Write a status down and tell who listens."""
        self.tasks[local_id] = record = replace(self.tasks[local_id], status=status, **facts)
        for listener in tuple(self.listeners.get(local_id, ())):
            listener(local_id, status, record.is_over)

    def keep(self, local_id: str, cost: Money) -> None:
        """The whole way to a kept clip."""
        for status in (TaskStatus.SUBMITTING, TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.SUCCEEDED):
            self.move(local_id, status)
        self.move(local_id, TaskStatus.KEPT, cost=cost, finished_at=self.tasks[local_id].created_at)

    def fail(self, local_id: str, code: str = "ServerOverloaded", message: str = "Too busy.") -> None:
        """A task that the provider gave up."""
        self.move(local_id, TaskStatus.FAILED, failure=Failure(code, message))
