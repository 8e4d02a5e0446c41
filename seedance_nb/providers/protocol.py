"""What the engine asks of a provider's client."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, ClassVar, Protocol, runtime_checkable

from seedance_nb.content import Media
from seedance_nb.money import Money
from seedance_nb.request import Request
from seedance_nb.task import Snapshot, TaskStatus

UrlOf = Callable[[Media], str]
"""Gives the address under which a provider reads an item: its own, or a `data:` one."""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer to `list`."""

    total: int
    """How many tasks the provider has that fit the filters, over all pages."""
    tasks: tuple[Snapshot, ...]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a provider holds for us."""

    url: str = field(repr=False)
    expires_at: dt.datetime | None = None
    """When the address stops working; None: the provider does not say."""


@dataclass(frozen=True, slots=True)
class BilledDay:
    """What a provider billed for a model on a day."""

    day: dt.date
    """Of UTC."""
    model_id: str
    """The provider's id of the model; empty: it did not say."""
    amount: Money


@dataclass(frozen=True, slots=True)
class Billed:
    """What a provider says that it billed."""

    since: dt.date
    until: dt.date
    """Not included."""
    days: tuple[BilledDay, ...]
    partial: frozenset[dt.date] = frozenset()
    """Days that its own count is not through with."""


class Provider(Protocol):
    """A service that makes clips.

    Every method that waits raises only `ProviderError`s. `create` is sent once and never repeated after
    a byte has left; the others may be repeated.
    """

    id: ClassVar[str]
    can_list: ClassVar[bool]
    """Whether tasks whose id was lost can be found again."""
    cancellable: ClassVar[frozenset[TaskStatus]]
    """In which statuses a task can be cancelled; empty where there is no cancel."""
    warm_up: ClassVar[float]
    """Seconds during which the provider may deny knowing a task that it has just created."""
    list_limit: ClassVar[int]
    """How many ids one `list` may ask for."""
    page_limit: ClassVar[int]
    """How many tasks one `list` without ids may bring."""
    poll_interval: ClassVar[float]
    """Seconds between two looks at all tasks, within the provider's limits."""
    base_url: str
    account: str
    """`fingerprint` of the key, never the key: what is limited and billed together; empty without a key."""

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

    async def cancel(self, task_id: str) -> None:
        """Cancel a task whose status is among `cancellable`; on another one the call may do harm."""
        ...

    async def upload(self, file: BinaryIO, *, name: str, mime: str) -> Upload:
        """Put a file where the provider can read it; done only for a task that was submitted to it.

        Args:
            file: Open for reading at its beginning; read in pieces, and again from the beginning on a second try.
            name: What it is called there.
            mime: What it is.

        Raises:
            ConfigurationError: The provider has no door for files.
            ProviderError: It did not arrive.
        """
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


@runtime_checkable
class SendsSecret(Protocol):
    """A client whose provider proves a webhook by saying back what the create said."""

    webhook_secret: str
    """Goes along with a create that names a callback; empty: none does."""


@runtime_checkable
class SignsWebhooks(Protocol):
    """A client whose provider signs its webhooks."""

    async def webhook_keys(self) -> Mapping[str, bytes]:
        """The public Ed25519 keys that sign now, by their ids.

        Raises:
            ProviderError: They could not be read.
        """
        ...


@runtime_checkable
class PublishesPrices(Protocol):
    """A client whose provider says without a key what it asks today."""

    async def live_prices(self) -> Sequence[dict[str, Any]]:
        """Rows as `prices.override` takes them; empty where no price could be read.

        Raises:
            ProviderError: They could not be read.
        """
        ...


@runtime_checkable
class TellsBill(Protocol):
    """A client whose provider says what it billed, by day and model."""

    async def billed(self, since: dt.date, until: dt.date) -> Billed:
        """What was billed on some days, UTC, the last one not included.

        Raises:
            ProviderError: It could not be read, or not all of it.
        """
        ...
