"""Creating a task, and finding out what happened when no answer came.

A create is sent once. What follows from each way it can end is decided here and nowhere else:
held and refused mean that nothing was created; no answer means that we do not know, and then the provider's
list is searched for a task of this model, from this time, with the seed we chose.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

from seedance_nb.errors import (
    ProviderError,
    ProviderUnavailableError,
    QuotaError,
    RateLimitError,
    ResponseFormatError,
    StatusError,
    TransportError,
)
from seedance_nb.providers import Provider
from seedance_nb.task import Failure, Snapshot, TaskRecord

log = logging.getLogger("seedance_nb.engine")

CLOCK_SKEW = dt.timedelta(minutes=5)
WRONG_CLOCK = dt.timedelta(hours=2)
"""A list is read so far back: this machine's clock may have been wrong by that, or be off by a time zone's hour."""
LONGEST_CREATE = dt.timedelta(minutes=3)
SETTLE_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between two searches of the provider's list; the last one repeats while a candidate still runs."""
SETTLE_LIMIT = 20 * 60.0
FRESH = 1.0
"""Seconds for which one listing serves every search in it."""
PAGES = 20
"""So many pages are turned to come to the time of a create."""

Outcome = Literal["created", "rejected", "held", "not_sent", "no_answer", "withdrawn", "full"]


@dataclass(frozen=True, slots=True)
class Sent:
    """How a create ended.

    `held`: the provider takes no more just now; nothing was created, and the same create may be sent later.
    `withdrawn`: it was never tried, because somebody no longer wants it.
    `full`: it was not tried either: another notebook had taken the account's last place under way.
    """

    outcome: Outcome
    task_id: str = ""
    failure: Failure | None = None
    retry_after: float | None = None
    """Seconds that the provider asked us to wait, where it held the create and said so."""


async def send(provider: Provider, body: dict[str, object]) -> Sent:
    """Create a task: one attempt, and what it means.

    A 429 is an answer, and says that nothing was created: a rate, an overload or a full queue. An account
    without balance is refused and not held, whatever the status: waiting does not fill it.
    """
    try:
        return Sent("created", task_id=await provider.create(body))
    except QuotaError as exc:
        return Sent("rejected", failure=_failure(exc))
    except RateLimitError as exc:
        return Sent("held", failure=_failure(exc), retry_after=exc.retry_after)
    except (ProviderUnavailableError, ResponseFormatError) as exc:
        return Sent("no_answer", failure=_failure(exc))
    except StatusError as exc:
        return Sent("rejected", failure=_failure(exc))
    except TransportError as exc:
        return Sent("no_answer" if exc.may_have_been_created else "not_sent", failure=_failure(exc))


def _failure(exc: ProviderError) -> Failure:
    code = exc.code if isinstance(exc, StatusError) else type(exc).__name__
    return Failure(code, str(exc))


def candidates(record: TaskRecord, tasks: Collection[Snapshot], known: Collection[str]) -> list[Snapshot]:
    """Which of a provider's tasks may be the one this record sent.

    A task that has succeeded shows its seed; one that is under way does not yet and stays possible.
    """
    earliest, latest = _earliest(record), _sent_at(record) + LONGEST_CREATE + CLOCK_SKEW
    # What follows another task is asked for by that task's id: the two hashes differ there also for a given seed.
    is_drawn = record.asked_sha256 not in {"", record.body_sha256} and not record.follows

    def may_be_ours(task: Snapshot) -> bool:
        if task.task_id in known or task.model_id != record.model_id or task.created_at is None:
            return False
        if is_drawn and task.seed is not None:
            return task.seed == record.seed  # one in two thousand million: whatever this machine's clock says
        return earliest <= task.created_at <= latest and task.seed in {None, record.seed}

    return [task for task in tasks if may_be_ours(task)]


def _sent_at(record: TaskRecord) -> dt.datetime:
    return record.submitted_at or record.created_at


def _earliest(record: TaskRecord) -> dt.datetime:
    return _sent_at(record) - CLOCK_SKEW


def _listed_since(record: TaskRecord) -> dt.datetime:
    return _sent_at(record) - WRONG_CLOCK


async def _at_once() -> None:
    """No pace."""


async def find(
    provider: Provider,
    record: TaskRecord,
    *,
    known: Collection[str],
    pace: Callable[[], Awaitable[object]] = _at_once,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Snapshot | None:
    """Search the provider's list for the task a record sent; None where there is none, or no telling which.

    Only a task that shows our seed is taken for ours. While one without a seed is still under way
    the search goes on, for at most twenty minutes. Searches for many records at once share their listings.

    Args:
        provider: Where it was sent.
        record: What was sent.
        known: The provider's ids of all tasks that are accounted for.
        pace: Awaited before each list.
        sleep: Waits so many seconds.
        clock: Seconds, to tell a fresh listing from an old one.
    """
    if not provider.can_list or record.seed is None:
        return None
    search = _searches.setdefault(provider, _Search())
    search.wanted.append(record)
    try:
        waited, step, serial = 0.0, 0, 0
        has_twin = search.has_twin(record)
        while waited < SETTLE_LIMIT:
            pause = SETTLE_PAUSES[min(step, len(SETTLE_PAUSES) - 1)]
            await sleep(pause)
            waited, step = waited + pause, step + 1
            has_twin = has_twin or search.has_twin(record)
            listing = await search.listing(provider, record.model_id, after=serial, pace=pace, clock=clock)
            serial = listing.serial
            try:
                listed = listing.tasks()
            except ProviderError as exc:
                log.warning("Searching for task %s failed and will be repeated: %s", record.local_id, exc)
                continue
            possible = candidates(record, listed, known)
            sure = [task for task in possible if task.seed is not None]
            if len(sure) == 1 and not has_twin:
                return sure[0]
            under_way = [task for task in possible if task.status is None or not task.status.is_terminal]
            if sure or (step >= len(SETTLE_PAUSES) and not under_way):
                return None
        return None
    finally:
        search.wanted.remove(record)
        if not search.wanted:
            _searches.pop(provider, None)


class _Search:
    """What is searched for at one provider now, and its recent tasks by model, listed once for all who search."""

    def __init__(self) -> None:
        self.wanted: list[TaskRecord] = []
        self._recent: dict[str, _Listing] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    def has_twin(self, record: TaskRecord) -> bool:
        """Whether another record that is searched for would take the same task for its own."""
        span = LONGEST_CREATE + 2 * CLOCK_SKEW
        return any(
            other is not record
            and (other.model_id, other.seed) == (record.model_id, record.seed)
            and abs(_sent_at(other) - _sent_at(record)) <= span
            for other in self.wanted
        )

    async def listing(
        self,
        provider: Provider,
        model_id: str,
        *,
        after: int,
        pace: Callable[[], Awaitable[object]],
        clock: Callable[[], float],
    ) -> _Listing:
        """The provider's tasks of a model, back to the first that is searched for; a second old at most.

        Args:
            provider: Who has them.
            model_id: The model.
            after: The serial number of the last listing that the caller has seen.
            pace: Awaited before each list.
            clock: Seconds.
        """
        async with self._turns.setdefault(model_id, asyncio.Lock()):
            since = min(_earliest(record) for record in self.wanted if record.model_id == model_id)
            known = self._recent.get(model_id)
            if known is None or known.serial <= after or known.since > since or clock() - known.at > FRESH:
                try:
                    found: tuple[Snapshot, ...] | ProviderError = await _listed(provider, model_id, since, pace)
                except ProviderError as exc:
                    found = exc
                self._recent[model_id] = known = _Listing(known.serial + 1 if known else 1, clock(), since, found)
        return known


@dataclass(frozen=True, slots=True)
class _Listing:
    serial: int
    at: float
    since: dt.datetime
    found: tuple[Snapshot, ...] | ProviderError

    def tasks(self) -> tuple[Snapshot, ...]:
        """What was listed; trouble with the list is everybody's who shares it."""
        if isinstance(self.found, ProviderError):
            raise self.found
        return self.found


_searches: WeakKeyDictionary[Provider, _Search] = WeakKeyDictionary()


async def _listed(
    provider: Provider, model_id: str, since: dt.datetime, pace: Callable[[], Awaitable[object]]
) -> tuple[Snapshot, ...]:
    """Newest first, page by page until one ends before the moment."""
    found: list[Snapshot] = []
    for page in range(1, PAGES + 1):
        await pace()
        answer = await provider.list(model_id=model_id, page=page, page_size=provider.page_limit)
        found.extend(answer.tasks)
        oldest = min((task.created_at for task in answer.tasks if task.created_at is not None), default=None)
        if len(found) >= answer.total or not answer.tasks or (oldest is not None and oldest < since):
            break
    return tuple(found)
