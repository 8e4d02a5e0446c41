"""The life of a task as values: its status, what a provider said of it, what we know of it.

`MAY_FOLLOW` says which status may come after which. `Snapshot` is one answer of a provider, decoded.
`TaskRecord` is what the ledger knows: it begins before the provider has heard of the task, and outlives
the provider's own record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from seedance_nb.content import Mode
from seedance_nb.money import Money, Quote, Usage

ArtifactKind = Literal["clip", "last_frame", "poster"]
CostBasis = Literal["usage", "reported", "measured", "quote"]
"""On whose word: the tokens a provider reported, an amount it reported, the clip itself, or the quote alone."""


class TaskStatus(StrEnum):
    """Where a task is in its life."""

    INTENT = "intent"
    """Written down; nothing was sent yet."""
    SUBMITTING = "submitting"
    """The create is under way."""
    UNKNOWN = "unknown"
    """Sent, and no answer says whether it was created. Never repeated; it can still be found again."""
    REJECTED = "rejected"
    """The provider refused the request; nothing was created, nothing is billed."""
    QUEUED = "queued"
    """The provider has it, and waits for a place."""
    RUNNING = "running"
    """The provider makes the clip."""
    SUCCEEDED = "succeeded"
    """Made and billed; the clip is not on this disk yet."""
    KEPT = "kept"
    """Made, billed, and on this disk."""
    LOST = "lost"
    """Gone at the provider before the clip was on this disk."""
    FAILED = "failed"
    """The provider gave up, or the request never left this machine; nothing is billed."""
    EXPIRED = "expired"
    """It did not end within its time at the provider; nothing is billed."""
    CANCELLED = "cancelled"
    """Taken back before it was sent, or cancelled at the provider."""

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in _TERMINAL

    def is_over(self, *, failed: bool) -> bool:
        """The same, where `failed` says whether a reason stands beside the status.

        Then also an unknown outcome is over that was looked for in vain, and a clip that this disk refused.
        """
        return self in _TERMINAL or (failed and self in {TaskStatus.UNKNOWN, TaskStatus.SUCCEEDED})


_TERMINAL = frozenset(
    {
        TaskStatus.REJECTED,
        TaskStatus.KEPT,
        TaskStatus.LOST,
        TaskStatus.FAILED,
        TaskStatus.EXPIRED,
        TaskStatus.CANCELLED,
    }
)

_ENDS = frozenset({TaskStatus.SUCCEEDED, TaskStatus.FAILED, TaskStatus.EXPIRED, TaskStatus.CANCELLED, TaskStatus.LOST})

MAY_FOLLOW: Mapping[TaskStatus, frozenset[TaskStatus]] = MappingProxyType(
    {
        # A file did not reach the provider, or the request was withdrawn, or its notebook ended before it was sent.
        TaskStatus.INTENT: frozenset({TaskStatus.SUBMITTING, TaskStatus.FAILED, TaskStatus.CANCELLED}),
        # 429 creates nothing: the request waits for its turn again. Failed: it never left this machine.
        TaskStatus.SUBMITTING: frozenset(
            {TaskStatus.INTENT, TaskStatus.QUEUED, TaskStatus.UNKNOWN, TaskStatus.REJECTED, TaskStatus.FAILED}
        ),
        # Found, or an answer came after all; or a person said that it was not created.
        TaskStatus.UNKNOWN: frozenset({TaskStatus.QUEUED, TaskStatus.FAILED}),
        TaskStatus.QUEUED: _ENDS | {TaskStatus.RUNNING},
        TaskStatus.RUNNING: _ENDS,
        TaskStatus.SUCCEEDED: frozenset({TaskStatus.KEPT, TaskStatus.LOST}),
        # Its file is gone from this disk and is fetched again.
        TaskStatus.KEPT: frozenset({TaskStatus.SUCCEEDED}),
        # Rescued: the provider still has it.
        TaskStatus.LOST: frozenset({TaskStatus.SUCCEEDED}),
        TaskStatus.REJECTED: frozenset(),
        TaskStatus.FAILED: frozenset(),
        TaskStatus.EXPIRED: frozenset(),
        TaskStatus.CANCELLED: frozenset(),
    }
)
"""Which status may follow which. A status may always follow itself: that is a word said again, not a step."""


def may_become(status: TaskStatus) -> frozenset[TaskStatus]:
    """The statuses from which this one may be reached in one step."""
    return frozenset(before for before, following in MAY_FOLLOW.items() if status in following)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task did not end well."""

    code: str
    """The provider's own code, verbatim, or one of ours."""
    message: str
    """A sentence, secrets folded."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a provider said of a task at one moment, in our words."""

    task_id: str
    status: TaskStatus | None
    """None: a status that no page documents. It is not an end."""
    raw_status: str
    model_id: str = ""
    created_at: dt.datetime | None = None
    updated_at: dt.datetime | None = None
    usage: Usage | None = None
    video_url: str | None = field(default=None, repr=False)
    """Signed, for 24 hours on Ark; never shown or stored with its query."""
    last_frame_url: str | None = field(default=None, repr=False)
    failure: Failure | None = None
    seed: int | None = None
    resolution: str | None = None
    ratio: str | None = None
    """Resolved: never `adaptive`."""
    duration: int | None = None
    """Seconds of the clip, whole."""
    cost: Money | None = None
    """What the provider itself says it charged, where it does."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a task produced."""

    kind: ArtifactKind
    path: Path | None = None
    """Where it lies on this disk; None until it is kept. What lies in an object store has its copy there, once it was
    fetched."""
    sha256: str | None = None
    bytes: int | None = None
    width: int | None = None
    height: int | None = None
    kept_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    """When the provider's url stops working."""
    original: str = ""
    """Where it lies in an object store, such as `s3://bucket/folder/clips/x.mp4`; empty: at `path` alone."""


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """What the ledger knows of a task."""

    local_id: str
    """Ours, there before the provider's; sorts by time."""
    provider: str
    is_sandbox: bool
    """Whether it ran on the local sandbox: then no cost was ever real."""
    base_url: str
    model: str
    model_id: str
    mode: Mode
    status: TaskStatus
    created_at: dt.datetime
    """When the intent was written."""
    updated_at: dt.datetime
    prompt: str = ""
    request: dict[str, object] = field(default_factory=dict, repr=False)
    """The request as data: media by hash and label, no bytes, no signed queries."""
    body_sha256: str = ""
    seed: int | None = None
    task_id: str | None = None
    quote: Quote | None = None
    usage: Usage | None = None
    cost: Money | None = None
    cost_basis: CostBasis | None = None
    failure: Failure | None = None
    resolution: str | None = None
    ratio: str | None = None
    duration: int | None = None
    submitted_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    """When we saw it end."""
    owner: str = ""
    """The process that wrote the intent, as `host/pid/token`."""
    account: str = ""
    """Fingerprint of the key that pays, 12 hex digits; never the key."""
    project: str = ""
    """What the user files it under; a budget may be per project."""
    batch: str = ""
    """Id of the `submit_many` that it came from; empty: it was submitted alone."""
    asked_sha256: str = ""
    """SHA-256 of the body as it was asked for, before a seed was drawn, in hex; empty: not taken."""
    seconds_high: int | None = None
    """Longest clip it may bring, in seconds; None: not known."""
    follower: str = ""
    """The process that follows it now, as `host/pid/start`; empty: none does."""
    artifacts: tuple[Artifact, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself.

        That includes an unknown outcome that was looked for in vain, and a clip that this disk refused.
        """
        return self.status.is_over(failed=self.failure is not None)

    @property
    def follows(self) -> str:
        """Our id of the task whose last frame this one begins with, as a shot of a chain does; empty: of none."""
        content = self.request.get("content")
        items = content if isinstance(content, list) else []
        return next((str(item["follows"]) for item in items if isinstance(item, dict) and item.get("follows")), "")

    def artifact(self, kind: ArtifactKind) -> Artifact | None:
        """The artifact of this kind, if there is one."""
        return next((a for a in self.artifacts if a.kind == kind), None)
