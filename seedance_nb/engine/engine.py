"""What the rest of the package asks of the engine, from whichever thread it is in."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, wait
from dataclasses import replace
from pathlib import Path

from seedance_nb.engine import background
from seedance_nb.engine.hub import Hub, Listener
from seedance_nb.engine.life import Life
from seedance_nb.engine.preparing import Prepared
from seedance_nb.engine.uploading import Transfer
from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Ledger
from seedance_nb.providers import Provider
from seedance_nb.task import Snapshot, TaskRecord, TaskStatus

RECORD_LIFE = dt.timedelta(days=7)
"""Source: Ark, "Query a video task", read 2026-11-20."""


class Engine:
    """Sends, follows and keeps the tasks of one ledger.

    Args:
        ledger: Where everything is written down first.
        home: The folder whose `clips` holds what is kept.
        client_of: Gives the client for a record's provider and address, or None where there is no key for it.
    """

    def __init__(self, ledger: Ledger, *, home: Path, client_of: Callable[[TaskRecord], Provider | None]) -> None:
        self._ledger = ledger
        self._client_of = client_of
        self._hub = Hub()
        self._life = Life(ledger, self._hub, home=home, client_of=client_of)
        self._sends: set[Future[None]] = set()

    def submit(self, prepared: Prepared, provider: Provider) -> None:
        """Write the intent, durably; then send it in the background."""
        self._ledger.add_intent(prepared.record)
        self._life.working.add(prepared.record.local_id)
        self._sends.add(sending := self._life.spawn(self._life.begin(prepared, provider)))
        sending.add_done_callback(self._sends.discard)

    def adopt(self) -> list[TaskRecord]:
        """Go on with every unfinished task of the ledger; returns those that cannot go on here, for want of a key."""
        return [record for record in self._ledger.unfinished() if not self._go_on(record)]

    def _go_on(self, record: TaskRecord) -> bool:
        """Follow a task from where it stands, unless that is being done; False where there is no key for it."""
        # One that is over with a failure is not followed, even if the word of that has not come round yet.
        if record.local_id in self._life.working and record.failure is None:
            return True
        if record.status is TaskStatus.UNKNOWN and dt.datetime.now(dt.UTC) - record.created_at > RECORD_LIFE:
            return True  # the provider has forgotten it either way
        provider = self._client_of(record)
        if provider is None:
            return False
        if record.failure is not None:
            # What an earlier attempt to keep or to find it said is void now that there is another.
            moment = dt.datetime.now(dt.UTC)
            self._ledger.transition(
                record.local_id, record.status, at=moment, expected={record.status}, clear_failure=True
            )
            record = replace(record, failure=None)
        self._life.working.add(record.local_id)
        self._life.spawn(self._life.resume(record, provider))
        return True

    def subscribe(self, local_id: str, listener: Listener) -> Callable[[], None]:
        """Hear of each change of a task, in the engine's thread; returns what ends that."""
        return self._hub.subscribe(local_id, listener)

    def finished(self, local_id: str) -> Future[TaskRecord]:
        """A future of the task's record when it is over; cancelling it does nothing to the task."""
        future: Future[TaskRecord] = Future()

        def settle(record: TaskRecord) -> None:
            with contextlib.suppress(InvalidStateError):  # cancelled, or settled by the other thread
                if record.is_over:
                    future.set_result(record)

        unsubscribe = self._hub.subscribe(local_id, settle, after_others=True)
        future.add_done_callback(lambda _: unsubscribe())
        record = self._ledger.get(local_id)
        if record.is_over:
            settle(record)
        elif local_id not in self._life.working and not self._go_on(record):
            unsubscribe()
            raise ConfigurationError(
                f"Task {record.task_id or local_id} at {record.provider} is {record.status} and cannot be followed "
                "from here: there is no key for that provider and address. It goes on there and may be billed. "
                "Set the key and call studio.tasks()."
            )
        return future

    def cancel(self, local_id: str, *, timeout: float = 30.0) -> TaskRecord:
        """Cancel a task that is queued at the provider.

        Raises:
            ConfigurationError: It is not queued any more, or the provider has no cancel.
            ProviderError: The provider refused or did not answer; the task goes on.
        """
        record = self._ledger.get(local_id)
        provider = self._client_of(record)
        if provider is None or record.task_id is None or not provider.cancellable:
            raise ConfigurationError(
                f"Task {record.task_id or local_id} cannot be cancelled from here; it is {record.status}."
            )
        return background.call(self._life.cancel(record, provider), timeout=timeout)

    def hear(self, provider_id: str, snapshot: Snapshot) -> None:
        """Take in what a provider said by itself, and proved to have said; returns at once, from any thread.

        A task that this ledger does not wait for is ignored.
        """
        self._life.spawn(self._life.hearing.hear(provider_id, snapshot))

    def look(self, provider_id: str, task_id: str) -> None:
        """Ask a provider about a task, because somebody says that it changed; returns at once, from any thread.

        A task that this ledger does not wait for is ignored, and each is looked at once a second at most.
        """
        self._life.spawn(self._life.hearing.look(provider_id, task_id))

    def cancellable(self, record: TaskRecord) -> frozenset[TaskStatus]:
        """In which statuses this task could be cancelled from here."""
        provider = self._client_of(record)
        return provider.cancellable if provider is not None else frozenset()

    def transfer(self, local_id: str) -> Transfer | None:
        """How far the upload of a task's file is, while there is one."""
        return self._life.transfers.get(local_id)

    def close(self, *, timeout: float = 15.0) -> None:
        """Stop following tasks; they go on at the provider, and `adopt` goes on with them.

        A create that is under way is waited for, since its answer is the only sure word on what became of it.
        """
        wait(self._sends, timeout=timeout)
        for job in list(self._life.jobs):
            job.cancel()
        background.call(self._life.close(), timeout=timeout)
