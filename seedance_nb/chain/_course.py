"""A chain under way: shot after shot, in a thread of its own, and a gate between them where one is wanted."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum

from seedance_nb.chain._desk import Desk
from seedance_nb.chain._plan import Planned
from seedance_nb.chain._sender import Sender
from seedance_nb.chain._takes import Takes
from seedance_nb.errors import BudgetError, ConfigurationError, SeedanceError
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.words import Said, Sentence, Word

log = logging.getLogger("seedance_nb.chain")

Decision = int
"""At a gate: the shot to go on with, counted from 0. One before the gate's is made anew."""


class ChainState(StrEnum):
    """Where a chain is."""

    PLANNED = "planned"
    """Nothing was sent in this notebook."""
    RUNNING = "running"
    WAITING = "waiting"
    """At the gate: a person says whether the next shot is sent."""
    STOPPED = "stopped"
    """A shot did not end well, or somebody stopped it; nothing more is sent."""
    DONE = "done"
    """Every shot is on this disk."""


class _Stopped(Exception):
    """The chain does not go on."""

    def __init__(self, why: Said) -> None:
        super().__init__(why)
        self.why = why


class Course:
    """What is done shot after shot.

    Everything that changes is changed under `lock`, which is notified each time; `tell` is called after each change,
    from whichever thread, and must be quick.
    """

    def __init__(
        self, plan: Sequence[Planned], sender: Sender, desk: Desk, takes: Takes, tell: Callable[[], None]
    ) -> None:
        self.lock = threading.Condition()
        self.state = ChainState.PLANNED
        self.records: list[TaskRecord | None] = [None] * len(plan)
        """The task of each shot, as it was when it was found or sent."""
        self.held: frozenset[int] = frozenset()
        """Shots that were in the ledger already when the chain was run."""
        self.why: Said | str = ""
        """Why it does not go on, or waits; empty: it does."""
        self.gate_at: int | None = None
        """The shot that waits to be sent, counted from 0."""
        self._plan = plan
        self._sender = sender
        self._desk = desk
        self._takes = takes
        self._tell = tell
        self._thread: threading.Thread | None = None
        self.is_gated = False
        """Whether it waits between shots."""
        self._anew: set[int] = set()
        self._decision: Decision | None = None
        self._is_stopping = False
        self._unsubscribe: Callable[[], None] = lambda: None
        self.find()

    @property
    def is_going(self) -> bool:
        """Whether something happens by itself."""
        return self.state is ChainState.RUNNING

    @property
    def is_under_way(self) -> bool:
        """Whether it was begun and not ended."""
        return self.state in {ChainState.RUNNING, ChainState.WAITING}

    def find(self, anew: frozenset[int] = frozenset()) -> None:
        """See which shots the ledger has already."""
        self.records = self._takes.all(anew=anew)
        self.held = frozenset(index for index, record in enumerate(self.records) if record is not None)

    # -- beginning and deciding, from any thread --

    def begin(self, *, gate: bool, anew: frozenset[int] = frozenset()) -> None:
        """Reserve what is missing, and go on with it in a thread; what is under way goes on, with the gate or without.

        Raises:
            BudgetError: A budget does not hold all that is missing; nothing was sent.
            LedgerError: It could not be written; nothing was sent.
        """
        with self.lock:
            if self.is_under_way:
                self.is_gated = gate
                if not gate and self.gate_at is not None:
                    self._decide(self.gate_at)
                return
            before = self.state
            self.state = ChainState.RUNNING  # whoever begins it at the same time finds it begun
        try:
            self.find(anew)
            self._sender.reserve(self._plan, [index for index, record in enumerate(self.records) if record is None])
        except BaseException:
            self._enter(before)
            raise
        self.is_gated, self._anew, self._is_stopping, self._decision = gate, set(anew), False, None
        self._enter(ChainState.RUNNING)
        self._thread = threading.Thread(target=self._run, name="seedance-chain", daemon=True)
        self._thread.start()

    def approve(self) -> None:
        """Let the gate's shot be sent.

        Raises:
            ConfigurationError: The chain does not wait; nothing was changed.
        """
        with self.lock:
            self._decide(self._waiting())
        self._tell()

    def again(self, index: int | None) -> None:
        """Let a shot before the gate be made anew, and what follows it.

        Args:
            index: Which, counted from 0; None: the one just before the gate.

        Raises:
            ConfigurationError: The chain does not wait, or has not come to this shot; nothing was changed.
        """
        with self.lock:
            gate_at = self._waiting()
            chosen = gate_at - 1 if index is None else index
            if not 0 <= chosen < gate_at:
                raise ConfigurationError(
                    Sentence("There is no shot {number} before the gate; nothing was changed.", number=chosen + 1)
                )
            self._decide(chosen)
        self._tell()

    def _waiting(self) -> int:
        if self.state is not ChainState.WAITING or self.gate_at is None:
            raise ConfigurationError(Word("The chain does not wait for a decision now; nothing was changed."))
        return self.gate_at

    def _decide(self, decision: Decision) -> None:
        self._decision = decision
        self.state = ChainState.RUNNING  # a second press finds nothing to decide
        self.lock.notify_all()

    def stop(self) -> None:
        """Send nothing more; again is fine."""
        with self.lock:
            if not self.is_under_way:
                return
            self._is_stopping = True
            self.lock.notify_all()

    def join(self, timeout: float) -> None:
        """Wait for the end of the thread, for as long as that."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    # -- in the thread --

    def _run(self) -> None:
        why: Said | str = ""
        state = ChainState.DONE
        try:
            self._go()
        except _Stopped as stopped:
            state, why = ChainState.STOPPED, stopped.why
        except SeedanceError as exc:
            state, why = ChainState.STOPPED, str(exc)
        except Exception:
            log.exception("A chain ended in a way that should not be; tasks that were sent go on.")
            state = ChainState.STOPPED
            why = Word("Something went wrong that should not; the log has it. Shots that were sent go on.")
        finally:
            with suppress(SeedanceError):  # what is reserved ends with this notebook at the latest
                self._sender.release()
            self._unsubscribe()
            self._enter(state, why)

    def _go(self) -> None:
        passed = {0}
        index = 0
        while index < len(self._plan):
            if self._is_stopping:
                raise _Stopped(Word("The chain was stopped; nothing more is sent."))
            before = self.records[index - 1] if index else None
            record = self.records[index] or self._found(index, before)
            if record is None:
                is_anew = index in self._anew
                if self.is_gated and not is_anew and index not in passed:
                    chosen = self._gate(index)
                    if chosen < index:
                        index = chosen
                        self._anew.add(index)
                        self._forget(index)
                        continue
                    passed.add(index)
                try:
                    record = self._send(index, before, is_anew)
                except BudgetError as exc:
                    if not self.is_gated:
                        raise
                    # Nothing was sent, and an earlier take is still there: back to the gate, with the reason.
                    passed.discard(index)
                    self._anew.discard(index)
                    self.why = str(exc)
                    continue
                self._anew.discard(index)
            self._take(index, record)
            self._take(index, self._made(index, record))
            index += 1

    def _found(self, index: int, before: TaskRecord | None) -> TaskRecord | None:
        if index in self._anew:
            return None
        used = {
            place: record.local_id for place, record in enumerate(self.records) if record is not None and place != index
        }
        return self._takes.of(index, before.local_id if before else "", used=used)

    def _send(self, index: int, before: TaskRecord | None, is_anew: bool) -> TaskRecord:
        shot = self._plan[index]
        return self._sender.send(
            index,
            shot,
            before if shot.follows else None,
            new_seed=is_anew,
            find=lambda: self._found(index, before),
        )

    def _made(self, index: int, record: TaskRecord) -> TaskRecord:
        """Wait until a shot is on this disk."""
        if not record.is_over:
            future = self._desk.finished(record.local_id)
            future.add_done_callback(lambda _: self._poke())
            with self.lock:
                while not future.done() and not self._is_stopping:
                    self.lock.wait()
            if not future.done():
                future.cancel()
                withdrawn = self._desk.withdraw_many([record.local_id])
                raise _Stopped(_stopped(index, was_sent=not withdrawn))
            record = future.result()
        if record.status is not TaskStatus.KEPT:
            self._take(index, record)
            raise _Stopped(_not_made(index, record))
        return record

    def _gate(self, index: int) -> Decision:
        with self.lock:
            self.gate_at, self._decision = index, None
            self.state = ChainState.WAITING
        self._tell()
        with self.lock:
            while (decision := self._decided()) is None and not self._is_stopping:
                self.lock.wait()
            self.gate_at = None
            self.why = ""
        if decision is None:
            raise _Stopped(Word("The chain was stopped at its gate; nothing more is sent."))
        self._enter(ChainState.RUNNING)
        return decision

    def _decided(self) -> Decision | None:
        return self._decision

    def _forget(self, index: int) -> None:
        """A shot is made anew, and all that follow it."""
        with self.lock:
            self.records[index] = None
            for later in range(index + 1, len(self._plan)):
                if not self._plan[later].follows:
                    break
                self.records[later] = None
            self.held = self.held & {place for place, record in enumerate(self.records) if record is not None}

    def _take(self, index: int, record: TaskRecord) -> None:
        with self.lock:
            self.records[index] = record
            names = [each.local_id for each in self.records if each is not None and not each.is_over]
        self._unsubscribe()
        self._unsubscribe = self._desk.subscribe_many(names, lambda *_: self._tell()) if names else lambda: None
        self._tell()

    def _enter(self, state: ChainState, why: Said | str = "") -> None:
        with self.lock:
            self.state, self.why = state, why
            self.lock.notify_all()
        self._tell()

    def _poke(self) -> None:
        with self.lock:
            self.lock.notify_all()


def _stopped(index: int, *, was_sent: bool) -> Said:
    if was_sent:
        return Sentence(
            "The chain was stopped. Shot {number} was sent; it goes on and may be billed. "
            "To run the chain again goes on with it.",
            number=index + 1,
        )
    return Sentence("The chain was stopped. Shot {number} was not sent yet and is not billed.", number=index + 1)


def _not_made(index: int, record: TaskRecord) -> Said:
    failure = record.failure.message if record.failure else Word("No reason was given.")
    number = index + 1
    match record.status:
        case TaskStatus.UNKNOWN:
            what = Sentence(
                "No answer says whether shot {number} was created, and it may be billed: look for it in the provider's "
                "console, say what you found with task.settle(...), then run the chain again.",
                number=number,
            )
        case TaskStatus.LOST | TaskStatus.SUCCEEDED:
            what = Sentence(
                "Shot {number} was made and is not on this disk: {why} task.rescue() fetches it as long as its "
                "provider has it; chain.again({number}) pays for another one.",
                number=number,
                why=failure,
            )
        case TaskStatus.CANCELLED:
            what = Sentence("Shot {number} was cancelled and is not billed. Nothing more is sent.", number=number)
        case _:
            what = Sentence(
                "Shot {number} failed: {why} Nothing is billed for it, the shots before it stay, and nothing more is "
                "sent. To run the chain again tries it once more.",
                number=number,
                why=failure,
            )
    return what
