"""What the engine asks of a provider's client."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from seedance_nb.content import Media
from seedance_nb.request import Request
from seedance_nb.task import Snapshot

UrlOf = Callable[[Media], str]
"""Gives the address under which a provider reads an item: its own, or a `data:` one."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to `list`."""

    total: int
    """How many tasks the provider has that fit the filters, over all pages."""
    tasks: tuple[Snapshot, ...]


class Provider(Protocol):
    """A service that makes clips.

    Every method that waits raises only `ProviderError`s. `create` is sent once and never repeated after
    a byte has left; the others may be repeated.
    """

    id: ClassVar[str]
    can_list: ClassVar[bool]
    """Whether tasks whose id was lost can be found again."""
    can_cancel: ClassVar[bool]
    """Whether a queued task can be cancelled."""
    list_limit: ClassVar[int]
    """How many ids one `list` may ask for."""
    poll_interval: ClassVar[float]
    """Seconds between two looks at all tasks, within the provider's limits."""
    base_url: str

    def encode(self, request: Request, model_id: str, url_of: UrlOf) -> dict[str, object]:
        """The body of a create; pure."""
        ...

    async def create(self, body: dict[str, object]) -> str:
        """Create a task and return the provider's id."""
        ...

    async def get(self, task_id: str) -> Snapshot:
        """What the provider says of one task now."""
        ...

    async def list(
        self,
        *,
        task_ids: Sequence[str] = (),
        status: str | None = None,
        model_id: str | None = None,
        page: int = 1,
        page_size: int = 100,
    ) -> Page:
        """What the provider says of several tasks, newest first."""
        ...

    async def delete(self, task_id: str) -> None:
        """Cancel a queued task. On one that has ended it destroys the provider's record."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
