"""The life of a task as values: its status, what a provider said of it, what we know of it.

`Snapshot` is one answer of a provider, decoded. `TaskRecord` is what the ledger knows: it begins
before the provider has heard of the task, and outlives the provider's own record.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
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
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    """Made and billed; the clip is not on this disk yet."""
    KEPT = "kept"
    """Made, billed, and on this disk."""
    LOST = "lost"
    """Gone at the provider before the clip was on this disk."""
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in _TERMINAL


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
    """Where it lies on this disk; None until it is kept."""
    sha256: str | None = None
    bytes: int | None = None
    width: int | None = None
    height: int | None = None
    kept_at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    """When the provider's url stops working."""


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
    artifacts: tuple[Artifact, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself.

        That includes an unknown outcome that was looked for in vain, and a clip that this disk refused.
        """
        waiting = self.status in {TaskStatus.UNKNOWN, TaskStatus.SUCCEEDED}
        return self.status.is_terminal or (waiting and self.failure is not None)

    def artifact(self, kind: ArtifactKind) -> Artifact | None:
        """The artifact of this kind, if there is one."""
        return next((a for a in self.artifacts if a.kind == kind), None)
