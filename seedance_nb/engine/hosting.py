"""Files that a provider takes by address alone: put into an object store for as long as a task needs them.

The provider is given a signed address, which is a secret: it goes into the body of the create and nowhere else. A file
lies there once, under its checksum and a mark of the ledger; when no unfinished task of that ledger needs it any more
it is removed, and what a killed process left is found by the doctor.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import logging
import shutil
import socket
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb import media
from seedance_nb.catalog.lives import hosted_life
from seedance_nb.content import Media
from seedance_nb.engine.arriving import described
from seedance_nb.errors import MediaError, StoreError
from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskRecord

if TYPE_CHECKING:
    from seedance_nb.store import Entry, Store

log = logging.getLogger("seedance_nb.engine")

FOLDER = "references"
SCHEME = "hosted:sha256-"
"""What stands for the address of such a file in a body that is not sent yet."""
OLD = dt.timedelta(days=8)
"""No signed address works for so long: who put a file there before that cannot need it."""


@dataclass(frozen=True, slots=True)
class Hosted:
    """A file that a provider can read."""

    url: str = field(repr=False)
    """Signed: a secret."""
    original: str
    """Where it lies, without what lets one read it."""
    until: dt.datetime
    was_there: bool


def life_of(body: dict[str, object]) -> dt.timedelta:
    """How long a provider may have to read what a body names: while the task may wait, and a margin."""
    seconds = body.get("execution_expires_after")
    return hosted_life(seconds if isinstance(seconds, int) else None)


def mark_of(ledger: Ledger) -> str:
    """What tells the files of this ledger from those of others in the same store."""
    whose = ledger.url if ledger.path is None else f"{socket.gethostname()}:{ledger.path}"
    return hashlib.sha256(whose.encode()).hexdigest()[:12]


def hosted_in(record: TaskRecord) -> set[str]:
    """The checksums of the files that a provider reads from a store for a task."""
    content = record.request.get("content")
    items = content if isinstance(content, list) else []
    return {str(item["sha256"]) for item in items if isinstance(item, dict) and item.get("hosted")}


def needed(records: Iterable[TaskRecord]) -> set[str]:
    """The same of all tasks that a provider may still read something for."""
    return {digest for record in records if not record.status.is_terminal for digest in hosted_in(record)}


def is_left_over(entry: Entry, wanted: Collection[str], mark: str, now: dt.datetime) -> bool:
    """Whether nobody needs an object of `FOLDER`: ours, and no task of ours does; or so old that no address lives."""
    _, _, rest = entry.key.partition("/")
    whose, _, name = rest.partition("/")
    if whose == mark:
        return name.partition(".")[0] not in wanted
    return now - entry.changed_at > OLD


class Host:
    """Where local files go that a provider can only read at an address.

    Args:
        ledger: Knows which tasks still need what.
        store: Where they go.
    """

    def __init__(self, ledger: Ledger, store: Store) -> None:
        self._ledger = ledger
        self._store = store
        self._mark = mark_of(ledger)
        self._lock = asyncio.Lock()

    async def put(self, item: Media, sha256: str, life: dt.timedelta) -> Hosted:
        """Put a file there, unless it is there, and sign an address for it.

        Args:
            item: The file.
            sha256: Its checksum, in hex.
            life: How long the address is to work.

        Raises:
            StoreError: It is not there, or there are no keys to sign with.
            MediaError: The file has changed or gone since it was checked.
        """
        async with self._lock:  # with what is removed meanwhile
            return await asyncio.to_thread(self._put, item, sha256, life)

    def _put(self, item: Media, sha256: str, life: dt.timedelta) -> Hosted:
        from seedance_nb.store import LONGEST_LINK

        facts = media.probe(item)
        ending = facts.format if facts is not None else "bin"
        key = f"{FOLDER}/{self._mark}/{sha256}.{ending}"
        mime = facts.mime if facts is not None else "application/octet-stream"
        try:
            with _as_file(item) as file:
                if described(file).sha256 != sha256:
                    raise MediaError(f"{item.source.label!r} has changed since it was checked. Submit it again.")
                was_there = not self._store.put(file, key, sha256=sha256, mime=mime)
        except OSError as exc:
            raise MediaError(f"{item.source.label!r} cannot be read any more: {exc.strerror or exc}.") from exc
        life = min(life, LONGEST_LINK)
        url = self._store.signed(key, life)
        return Hosted(url, self._store.url(key), dt.datetime.now(dt.UTC) + life, was_there)

    async def clean(self, record: TaskRecord) -> None:
        """Remove what a task that has ended had there, as far as no other task of this ledger needs it."""
        mine = hosted_in(record)
        if not mine:
            return
        async with self._lock:
            try:
                await asyncio.to_thread(self._clean, mine)
            except StoreError as exc:
                log.warning("What task %s had there stays: %s studio.doctor() finds it.", record.local_id, exc)

    def _clean(self, mine: set[str]) -> None:
        # An intent is written before its files are put: whoever needs one of these stands in the ledger already.
        free = mine - needed(self._ledger.unfinished())
        if free:
            keys = self._store.entries(f"{FOLDER}/{self._mark}")
            self._store.delete(key for key in keys if key.rpartition("/")[2].partition(".")[0] in free)


@contextlib.contextmanager
def _as_file(item: Media) -> Iterator[Path]:
    """The path of a medium; of bytes, that of a file for the time being."""
    if item.source.kind == "file":
        yield Path(str(item.source.value)).expanduser()
        return
    with tempfile.TemporaryDirectory() as folder, media.open_source(item.source) as source:
        path = Path(folder) / item.kind
        with path.open("wb") as file:
            shutil.copyfileobj(source, file)
        yield path
