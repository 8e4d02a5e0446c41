"""For how long a provider keeps what it made: the address of a clip, and its own record of the task."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from seedance_nb.task import TaskRecord, TaskStatus


@dataclass(frozen=True, slots=True)
class Lives:
    """How long the traces of a finished task last at a provider."""

    address: dt.timedelta
    """Of the address of a clip, and by the provider's word of the file behind it; from the task's end."""
    record: dt.timedelta
    """Of the task itself, which can be asked for an address; from its creation."""
    source: str
    checked: dt.date


_ARK = Lives(
    dt.timedelta(hours=24),
    dt.timedelta(days=7),
    'Ark, "Query a video task"',
    dt.date(2026, 11, 20),
)
LIVES: Mapping[str, Lives] = MappingProxyType({"ark": _ARK, "byteplus": _ARK})
"""By provider; one that is missing does not publish it."""


WAITS = dt.timedelta(hours=48)
"""After this a task that has not begun expires, where the request says no other. Source: Ark, "Create a video
generation task", `execution_expires_after`, read 2026-11-20."""
MARGIN = dt.timedelta(hours=1)


def hosted_life(expires_after: int | None) -> dt.timedelta:
    """For how long a provider must be able to read a file that a request names by its address.

    Args:
        expires_after: Seconds for which the task may wait, as the request says; None: it does not.
    """
    return (WAITS if expires_after is None else dt.timedelta(seconds=max(expires_after, 0))) + MARGIN


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Until when a clip that is made and not on this disk can be had. None: the provider does not say."""

    address: dt.datetime | None = None
    """When its address stops working; the provider may have ended the task, and begun to count, a little earlier
    than we saw it."""
    record: dt.datetime | None = None
    """When the provider forgets the task, and with it every way to a new address."""


def address_life(provider: str) -> dt.timedelta | None:
    """How long the address of a clip works at a provider, or None where that is not published."""
    lives = LIVES.get(provider)
    return lives.address if lives else None


def deadlines(record: TaskRecord) -> Deadlines | None:
    """Until when the clip of a task can be fetched; None unless it is made and not kept."""
    if record.status is not TaskStatus.SUCCEEDED:
        return None
    lives = LIVES.get(record.provider)
    clip = record.artifact("clip")
    address = clip.expires_at if clip else None
    if lives is None:
        return Deadlines(address)
    if address is None and record.finished_at is not None:
        address = record.finished_at + lives.address
    return Deadlines(address, record_until(record))


def record_until(record: TaskRecord) -> dt.datetime | None:
    """When the provider forgets a task, or None where that is not published."""
    lives = LIVES.get(record.provider)
    return (record.submitted_at or record.created_at) + lives.record if lives else None
