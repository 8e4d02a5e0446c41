"""Creating a task, and finding out what happened when no answer came.

A create is sent once. What follows from each way it can end is decided here and nowhere else:
refused means that nothing was created; no answer means that we do not know, and then the provider's
list is searched for a task of this model, from this time, with the seed we chose.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Literal

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

RATE_ATTEMPTS = 6
CLOCK_SKEW = dt.timedelta(minutes=5)
LONGEST_CREATE = dt.timedelta(minutes=3)
SETTLE_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between two searches of the provider's list; the last one repeats while a candidate still runs."""
SETTLE_LIMIT = 20 * 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """How a create ended."""

    outcome: Literal["created", "rejected", "not_sent", "no_answer"]
    task_id: str = ""
    failure: Failure | None = None


async def send(provider: Provider, body: dict[str, object]) -> Sent:
    """Create a task, once.

    A 429 is an answer, and says that nothing was created: only then is the create made again later.
    """
    pause = 2.0
    for attempt in range(1, RATE_ATTEMPTS + 1):
        try:
            return Sent("created", task_id=await provider.create(body))
        except QuotaError as exc:
            return Sent("rejected", failure=_failure(exc))
        except RateLimitError as exc:
            if attempt == RATE_ATTEMPTS:
                return Sent("rejected", failure=_failure(exc))
            wait = exc.retry_after if exc.retry_after is not None else pause
            log.info("%s asks to slow down; the create waits %.0f s.", provider.id, wait)
            await asyncio.sleep(wait)
            pause = min(pause * 2, 30.0)
        except (ProviderUnavailableError, ResponseFormatError) as exc:
            return Sent("no_answer", failure=_failure(exc))
        except StatusError as exc:
            return Sent("rejected", failure=_failure(exc))
        except TransportError as exc:
            return Sent("no_answer" if exc.may_have_been_created else "not_sent", failure=_failure(exc))
    raise AssertionError("unreachable")  # pragma: no cover


def _failure(exc: ProviderError) -> Failure:
    code = exc.code if isinstance(exc, StatusError) else type(exc).__name__
    return Failure(code, str(exc))


def candidates(record: TaskRecord, tasks: Collection[Snapshot], known: Collection[str]) -> list[Snapshot]:
    """Which of a provider's tasks may be the one this record sent.

    A task that has succeeded shows its seed; one that is under way does not yet and stays possible.
    """
    sent_at = record.submitted_at or record.created_at
    earliest, latest = sent_at - CLOCK_SKEW, sent_at + LONGEST_CREATE + CLOCK_SKEW
    return [
        task
        for task in tasks
        if task.task_id not in known
        and task.model_id == record.model_id
        and task.created_at is not None
        and earliest <= task.created_at <= latest
        and (task.seed is None or task.seed == record.seed)
    ]


async def find(
    provider: Provider,
    record: TaskRecord,
    *,
    known: Collection[str],
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> Snapshot | None:
    """Search the provider's list for the task a record sent; None where there is none, or no telling which.

    Only a task that shows our seed is taken for ours. While one without a seed is still under way
    the search goes on, for at most twenty minutes.
    """
    if not provider.can_list or record.seed is None:
        return None
    waited, step = 0.0, 0
    while waited < SETTLE_LIMIT:
        pause = SETTLE_PAUSES[min(step, len(SETTLE_PAUSES) - 1)]
        await sleep(pause)
        waited, step = waited + pause, step + 1
        try:
            possible = candidates(record, await _recent(provider, record.model_id), known)
        except ProviderError as exc:
            log.warning("Searching for task %s failed and will be repeated: %s", record.local_id, exc)
            continue
        sure = [task for task in possible if task.seed is not None]
        if len(sure) == 1:
            return sure[0]
        under_way = [task for task in possible if task.status is None or not task.status.is_terminal]
        if len(sure) > 1 or (step >= len(SETTLE_PAUSES) and not under_way):
            return None
    return None


async def _recent(provider: Provider, model_id: str) -> list[Snapshot]:
    found: list[Snapshot] = []
    for page in range(1, 6):
        answer = await provider.list(model_id=model_id, page=page, page_size=100)
        found.extend(answer.tasks)
        if len(found) >= answer.total or not answer.tasks:
            break
    return found
