"""What a person asks of a task that is under way, or that did not end well."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from seedance_nb.engine.life import Life
from seedance_nb.engine.steps import now
from seedance_nb.errors import ConfigurationError
from seedance_nb.providers import Provider
from seedance_nb.task import Failure, TaskRecord, TaskStatus


class Asking:
    """Cancels, settles and rescues; everything happens on the engine's loop."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._steps = life.steps

    async def withdraw(self, local_ids: Collection[str]) -> int:
        """Take tasks back that were not sent yet; how many that were."""
        creating, stations = self._life.creating, self._life.stations()
        back = []
        for local_id in local_ids:
            if local_id in creating.coming:  # it is not in its line yet
                creating.coming.discard(local_id)
                back.append(local_id)
            elif any(each.line.withdraw(local_id) for each in stations):
                back.append(local_id)
        await asyncio.gather(*(creating.withdrawn(local_id) for local_id in back))
        return len(back)

    async def pause(self, batch: str, *, on: bool) -> None:
        """Send no more of a batch for now, or go on."""
        (self._life.paused.add if on else self._life.paused.discard)(batch)
        for each in self._life.stations():
            (each.line.pause if on else each.line.resume)(batch)

    async def cancel(self, record: TaskRecord, provider: Provider) -> TaskRecord:
        """Cancel a queued task, after making sure that it still is."""
        assert record.task_id is not None
        snapshot = await provider.get(record.task_id)
        if snapshot.status not in provider.cancellable:
            # On an ended task Ark's call would destroy the provider's record, and the clip with it.
            await self._life.hear(record.local_id, snapshot)
            raise ConfigurationError(
                f"Task {record.task_id} is {snapshot.raw_status} and can no longer be cancelled; "
                f"only one that is {' or '.join(sorted(provider.cancellable))} can. Nothing was changed."
            )
        await provider.cancel(record.task_id)
        failure = _cancelled(snapshot.status)
        await self._steps.take(record.local_id, TaskStatus.CANCELLED, failure=failure, finished_at=now())
        return await self._steps.record(record.local_id)

    async def settle(self, record: TaskRecord, provider: Provider, task_id: str | None) -> TaskRecord:
        """Take a person's word for what became of a create that had no answer."""
        local_id = record.local_id
        if record.status is not TaskStatus.UNKNOWN:
            raise ConfigurationError(f"Task {local_id} is {record.status}; there is nothing to settle.")
        if task_id is None:
            said = "You said that the provider has no such task. Nothing is billed for it."
            failure = Failure("NotCreated", said)
            expected = {TaskStatus.UNKNOWN}
            await self._steps.take(local_id, TaskStatus.FAILED, expected=expected, failure=failure, finished_at=now())
            return await self._steps.record(local_id)
        snapshot = await provider.get(task_id)
        if snapshot.model_id not in {"", record.model_id} or snapshot.seed not in {None, record.seed}:
            raise ConfigurationError(
                f"Task {task_id} is of model {snapshot.model_id or '?'} with seed {snapshot.seed}; this request had "
                f"{record.model_id} and seed {record.seed}. It is another one, and nothing was changed."
            )
        if await self._steps.take(
            local_id, TaskStatus.QUEUED, expected={TaskStatus.UNKNOWN}, task_id=task_id, clear_failure=True
        ):
            self._life.follow(record, task_id, self._life.station(provider, is_sandbox=record.is_sandbox))
            await self._life.hear(local_id, snapshot)
        return await self._steps.record(local_id)

    async def reopen(self, local_id: str) -> bool:
        """Let a task stand where its clip has yet to be fetched; False where it never had one."""
        return await self._steps.take(
            local_id,
            TaskStatus.SUCCEEDED,
            expected={TaskStatus.SUCCEEDED, TaskStatus.KEPT, TaskStatus.LOST},
            detail={"rescue": True},
            clear_failure=True,
        )


def _cancelled(status: TaskStatus | None) -> Failure:
    """What a cancel means for the bill."""
    if status is TaskStatus.QUEUED:
        return Failure("Cancelled", "Cancelled while it was queued. Nothing is billed.")
    return Failure(
        "CancelledRunning",
        "Cancelled while it was running. Whether what was done is billed is not published; see the provider's bill.",
    )
