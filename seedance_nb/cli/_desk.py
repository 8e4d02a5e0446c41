"""An engine that belongs to no provider: it goes on with the tasks of a ledger, and submits none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seedance_nb import catalog
from seedance_nb.connection import reconnect
from seedance_nb.engine import Engine, background
from seedance_nb.ledger import Ledger
from seedance_nb.providers import Provider
from seedance_nb.recipe import RecipeSwitch
from seedance_nb.store import Store
from seedance_nb.task import TaskRecord


@contextmanager
def desk(ledger: Ledger, home: Path, recipe: RecipeSwitch, store: Store | None) -> Iterator[Engine]:
    """An engine on a ledger, closed when the block ends.

    Args:
        ledger: The tasks.
        home: The folder that `clips` lies in.
        recipe: How much of what made it goes into a clip that is fetched.
        store: The object store that clips go on into; None: they stay in the folder.
    """
    clients: dict[tuple[str, str], Provider] = {}

    def client_of(record: TaskRecord) -> Provider | None:
        name = (record.provider, record.base_url)
        if name not in clients and (connection := reconnect(record)) is not None:
            clients[name] = connection.client()
        return clients.get(name)

    engine = Engine(
        ledger,
        home=home,
        client_of=client_of,
        limits_of=lambda client: catalog.limits(client.id, None),
        recipe=recipe,
        store_of=lambda: store,
    )
    try:
        yield engine
    finally:
        engine.close()
        for client in clients.values():
            background.call(client.close(), timeout=10.0)


def store_at(address: str | None) -> Store | None:
    """The object store at an address, or None for none.

    Raises:
        ConfigurationError: It cannot be opened.
    """
    if address is None:
        return None
    from seedance_nb.store import opened

    return opened(address)
