"""What the rest of the package asks of the engine, from whichever thread it is in."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, InvalidStateError
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb.catalog import Limits
from seedance_nb.engine import background, crowd
from seedance_nb.engine.asking import Asking
from seedance_nb.engine.book import Book
from seedance_nb.engine.following import Following
from seedance_nb.engine.hub import Hub, Listener, StatusListener
from seedance_nb.engine.life import Life
from seedance_nb.engine.preparing import Prepared
from seedance_nb.engine.shelving import StoreOf
from seedance_nb.engine.steps import Steps
from seedance_nb.engine.uploading import Transfer
from seedance_nb.engine.watching import Watching
from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Commitments, Ledger, Reservation
from seedance_nb.providers import Provider
from seedance_nb.recipe import RecipeSwitch
from seedance_nb.task import Snapshot, TaskRecord, TaskStatus

RECORD_LIFE = dt.timedelta(days=7)
"""Source: Ark, "Query a video task", read 2026-11-20."""

SEARCH_AGAIN = dt.timedelta(minutes=5)
"""A task that was looked for in vain is looked for again after this, when somebody asks for it."""

if TYPE_CHECKING:
    from seedance_nb.store import Store

Guard = Callable[[Commitments], None]


class Engine:
    """Sends, follows and keeps the tasks of one ledger.

    Args:
        ledger: Where everything is written down first.
        home: The folder whose `clips` holds what is kept.
        client_of: Gives the client for a record's provider and address, or None where there is no key for it.
        limits_of: What the account of a client may do.
        recipe: How much of what made it goes into a clip.
        store_of: Gives the object store that clips go on into; None of it: they stay in the folder.
        host_at: The object store for files that a provider only reads at an address; None: there is none.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        home: Path,
        client_of: Callable[[TaskRecord], Provider | None],
        limits_of: Callable[[Provider], Limits],
        recipe: RecipeSwitch = "none",
        store_of: StoreOf = lambda: None,
        host_at: Store | None = None,
    ) -> None:
        self._ledger = ledger
        self._client_of = client_of
        self._hub = Hub()
        self._book = Book(ledger)
        steps = Steps(ledger, self._book, self._hub)
        self._working = steps.working
        self._life = Life(
            steps,
            home=home,
            client_of=client_of,
            limits_of=limits_of,
            recipe=recipe,
            store_of=store_of,
            host_at=host_at,
        )
        self._asking = Asking(self._life)
        self._following = Following(
            ledger, self._book, adopt=self._adopt_left, let_go=steps.let_go, working=self._working
        )
        self._life.spawn(self._following.run())
        self._life.spawn(Watching(ledger, self._book, self._hub, working=self._working).run())
        self._taking_over = threading.Lock()

    @property
    def name(self) -> str:
        """This engine, as the tasks that it follows name it in the ledger."""
        return self._following.me

    def submit(self, prepared: Prepared, provider: Provider, *, guard: Guard | None = None) -> None:
        """Write the intent, durably; then send it in the background.

        Raises:
            BudgetError: The guard's; nothing was written, nothing is sent.
            LedgerError: It could not be written; nothing is sent.
        """
        self.submit_many([prepared], provider, guard=lambda committed, _: guard(committed) if guard else None)

    def submit_many(
        self,
        prepared: list[Prepared],
        provider: Provider,
        *,
        guard: Callable[[Commitments, list[TaskRecord]], None] | None = None,
    ) -> list[TaskRecord]:
        """Write all intents in one transaction, durably; then send them in the background, in order.

        Args:
            prepared: The requests.
            provider: Where they go.
            guard: Asked inside the transaction; it raises, or takes what does not fit off the end of the list.

        Returns:
            What was written.
        """
        self._following.beat()
        self._following.free()
        records = [replace(each.record, follower=self.name) for each in prepared]
        self._ledger.add_intents(records, guard=None if guard is None else lambda committed: guard(committed, records))
        written = {record.local_id for record in records}
        for each in prepared:
            if (local_id := each.record.local_id) in written:
                self._working[local_id] = None
                self._life.creating.coming.add(local_id)
        crowd.follows(self.name, len(self._working))
        begin = [each for each in prepared if each.record.local_id in written]
        self._life.spawn(self._life.begin(begin, provider, is_sandbox=any(each.record.is_sandbox for each in begin)))
        return records

    def reserve(self, name: str, records: Sequence[TaskRecord | None], *, guard: Guard | None = None) -> None:
        """Hold a part of the budgets for tasks to come, as long as this engine lives or until `release`.

        What is held for one of them goes when its intent is written: see `Commitments.release`.

        Args:
            name: What it is for; what was held under this name before is given up.
            records: A stand-in for each task; None: for this part nothing is held.
            guard: Asked inside the transaction what is committed without it; what it raises goes on to the caller.

        Raises:
            BudgetError: The guard's; nothing is held then that was not before.
            LedgerError: It could not be written.
        """
        self._following.beat()
        self._following.free()
        held = [
            Reservation.of(record, name=name, part=part, holder=self.name)
            for part, record in enumerate(records)
            if record is not None
        ]
        self._ledger.reserve(held, guard=guard)
        self._following.holds.add(name)

    def release(self, name: str, part: int | None = None) -> None:
        """Hold nothing more under a name, or nothing for one task of it; again is fine."""
        if part is None:
            self._following.holds.discard(name)
        self._ledger.release(name, part)

    # -- following --

    def left_alone(self) -> set[str]:
        """The engines, by their names in the ledger, that follow tasks there and give no sign of life any more."""
        return set(self._following.left_alone())

    def adopt(self) -> list[TaskRecord]:
        """Go on with every unfinished task that nobody follows; returns those for which there is no key here.

        What an earlier attempt to keep a clip or to find a task said is void then: it is tried again.
        """
        left_alone = self._following.left_alone()
        self._following.free()
        return self._take_over([r for r in self._ledger.unfinished() if self._is_free(r, left_alone)], again=True)

    def _is_free(self, record: TaskRecord, left_alone: Collection[str]) -> bool:
        if record.local_id in self._working:
            return False
        if record.follower == self.name and record.status in {TaskStatus.INTENT, TaskStatus.SUBMITTING}:
            return False  # another thread has written it down this moment, and is about to send it
        return record.follower in {"", self.name} or record.follower in left_alone

    async def _adopt_left(self, left_alone: Collection[str]) -> None:
        """Go on with the tasks of engines that have died; what waits for a person goes on waiting."""
        unfinished = await self._book.read(self._ledger.unfinished)
        free = [record for record in unfinished if record.failure is None and self._is_free(record, left_alone)]
        await self._book.read(self._take_over, free, again=False)

    def _take_over(self, records: list[TaskRecord], *, again: bool) -> list[TaskRecord]:
        """Follow tasks from where they stand, as far as nobody else takes them in the same moment."""
        clients: dict[str, Provider] = {}
        keyless = []
        oldest = dt.datetime.now(dt.UTC) - RECORD_LIFE
        for record in records:
            if record.status is TaskStatus.UNKNOWN and record.failure is not None:
                was_just_searched = record.updated_at > dt.datetime.now(dt.UTC) - SEARCH_AGAIN
                if record.created_at < oldest or was_just_searched:
                    continue  # or the provider has forgotten it either way
            provider = self._client_of(record)
            if provider is None:
                keyless.append(record)
            else:
                clients[record.local_id] = provider
        if not clients:
            return keyless
        self._following.beat()
        followers = {record.follower for record in records if record.local_id in clients}
        with self._taking_over:
            ours = set(self._ledger.claim(self.name, dead=followers, local_ids=list(clients)))
            for record in records:
                local_id = record.local_id
                is_ours = local_id in ours or (local_id in clients and record.follower == self.name)
                if is_ours and local_id not in self._working:
                    self._go_on(record, clients[local_id], again=again)
            for name in followers - {"", self.name}:
                self._ledger.retire(name)  # it is gone; what has no key here is free for others
        return keyless

    def _go_on(self, record: TaskRecord, provider: Provider, *, again: bool) -> None:
        if record.failure is not None and again:
            moment = dt.datetime.now(dt.UTC)
            self._ledger.transition(
                record.local_id, record.status, at=moment, expected={record.status}, clear_failure=True
            )
            record = replace(record, failure=None)
        self._working[record.local_id] = None
        self._life.spawn(self._life.resume(record, provider))

    def subscribe(self, local_id: str, listener: Listener) -> Callable[[], None]:
        """Hear of each change of a task, in the engine's thread; returns what ends that."""
        return self._hub.subscribe(local_id, listener)

    def subscribe_many(self, local_ids: Collection[str], listener: StatusListener) -> Callable[[], None]:
        """Hear of each new status of many tasks, in the engine's thread; returns what ends that."""
        return self._hub.subscribe_many(local_ids, listener)

    def subscribe_news(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Hear within seconds when anything is new in the ledger, in the engine's thread; returns what ends that."""
        return self._hub.subscribe_news(listener)

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
        elif self._is_free(record, self._following.left_alone()) and self._take_over([record], again=False):
            unsubscribe()
            raise ConfigurationError(
                f"Task {record.task_id or local_id} at {record.provider} is {record.status} and cannot be followed "
                "from here: there is no key for that provider, address and account. It goes on there and may be "
                "billed. Set the key and call studio.tasks()."
            )
        return future

    # -- what a person asks for --

    def cancel(self, local_id: str, *, timeout: float = 30.0) -> TaskRecord:
        """Cancel a task that waits to be sent, or is queued at the provider.

        Raises:
            ConfigurationError: It is not queued any more, or the provider has no cancel.
            ProviderError: The provider refused or did not answer; the task goes on.
        """
        self._ledger.check_writable()
        record = self._ledger.get(local_id)
        if record.status is TaskStatus.INTENT and self.withdraw(local_id):
            return self._ledger.get(local_id)
        provider = self._client_of(record)
        if provider is None or record.task_id is None or not provider.cancellable:
            raise ConfigurationError(
                f"Task {record.task_id or local_id} cannot be cancelled from here; it is {record.status}."
            )
        return background.call(self._asking.cancel(record, provider), timeout=timeout)

    def withdraw(self, local_id: str) -> bool:
        """Take back a task that was not sent yet; False where it was, or where another notebook holds it."""
        return self.withdraw_many([local_id]) == 1

    def withdraw_many(self, local_ids: Collection[str], *, timeout: float = 120.0) -> int:
        """Take back those that were not sent yet; how many that were."""
        return background.call(self._asking.withdraw(local_ids), timeout=timeout)

    def pause(self, batch: str) -> None:
        """Send no more tasks of a batch until `resume`."""
        background.call(self._asking.pause(batch, on=True), timeout=10.0)

    def resume(self, batch: str) -> None:
        """Go on sending a batch."""
        background.call(self._asking.pause(batch, on=False), timeout=10.0)

    def settle(self, local_id: str, task_id: str | None, *, timeout: float = 60.0) -> TaskRecord:
        """Take a person's word for what became of a create that had no answer; None: there is no such task.

        Raises:
            ConfigurationError: The outcome is known, or the task that was named is another one.
            ProviderError: The provider does not know it, or did not answer; nothing was changed.
        """
        self._ledger.check_writable()
        record = self._ledger.get(local_id)
        provider = self._reachable(record)
        self._claim(record)
        return background.call(self._asking.settle(record, provider, task_id), timeout=timeout)

    def rescue(self, local_id: str) -> None:
        """Fetch a clip again that is not on this disk; returns as soon as that has begun.

        Raises:
            ConfigurationError: There is nothing to fetch, or no key to ask with.
        """
        self._ledger.check_writable()
        record = self._ledger.get(local_id)
        if record.status not in {TaskStatus.SUCCEEDED, TaskStatus.KEPT, TaskStatus.LOST} or record.task_id is None:
            raise ConfigurationError(f"Task {record.task_id or local_id} is {record.status}; it has no clip to fetch.")
        provider = self._reachable(record)
        if local_id in self._working:
            return  # it is being fetched
        if background.call(self._asking.reopen(local_id), timeout=30.0):
            self._claim(record)
            self._working[local_id] = None
            self._life.spawn(self._life.keep(local_id, None, provider))

    def _reachable(self, record: TaskRecord) -> Provider:
        provider = self._client_of(record)
        if provider is None:
            raise ConfigurationError(
                f"Task {record.task_id or record.local_id} is at {record.provider} ({record.base_url}), and there is "
                "no key here for that provider, address and account. Nothing was changed."
            )
        return provider

    def _claim(self, record: TaskRecord) -> None:
        self._following.beat()
        self._ledger.claim(self.name, dead=self._following.left_alone(), local_ids=[record.local_id])

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
        waiting = frozenset({TaskStatus.INTENT}) if record.local_id in self._working else frozenset()
        return waiting | (provider.cancellable if provider is not None else frozenset())

    def transfer(self, local_id: str) -> Transfer | None:
        """How far the upload of a task's file is, while there is one."""
        return self._life.creating.transfers.get(local_id)

    def close(self, *, timeout: float = 15.0) -> None:
        """Stop following tasks; they go on at the provider, and another engine goes on with them.

        A create that is under way is waited for, since its answer is the only sure word on what became of it;
        what still waits for its turn is not sent.
        """
        background.call(self._life.close(timeout=timeout), timeout=timeout + 60.0)
        crowd.follows(self.name, 0)
        self._book.close()
        self._ledger.retire(self.name)
