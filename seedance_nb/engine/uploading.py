"""Files that a provider reads only from its own storage: brought there once, and named by their address.

It happens after the intent is written and before the create, for a task that was submitted to this provider and
for no other reason. Where each file went is an event of the task.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from seedance_nb import media
from seedance_nb.content import Media
from seedance_nb.engine.hosting import SCHEME, Host, life_of
from seedance_nb.errors import StoreError
from seedance_nb.ledger import Ledger
from seedance_nb.providers import Provider, Upload

UNSAID_LIFE = dt.timedelta(hours=1)
"""For how long an address is taken to live when its provider does not say."""
MARGIN = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Transfer:
    """How far a file is on its way to a provider."""

    file: str
    sent: int
    """Bytes that have left."""
    size: int
    """Bytes in all."""


Told = Callable[[Transfer], None]


class _Watched:
    """A file that tells how far it has been read."""

    def __init__(self, file: BinaryIO, label: str, told: Told) -> None:
        self._file = file
        self._label = label
        self._told = told
        self._size = file.seek(0, os.SEEK_END)
        file.seek(0)

    def read(self, count: int = -1) -> bytes:
        piece = self._file.read(count)
        self._told(Transfer(self._label, self._file.tell(), self._size))
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


class Uploader:
    """Brings files to providers and remembers where they are, by their hash.

    Args:
        ledger: Is told where each file went.
        host: Takes those that a provider only reads at an address; None: there are none.
    """

    def __init__(self, ledger: Ledger, host: Host | None = None) -> None:
        self._ledger = ledger
        self._host = host
        self._known: dict[tuple[str, str, str], tuple[Upload, dt.datetime]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def bring(
        self,
        local_id: str,
        uploads: Mapping[str, Media],
        body: dict[str, object],
        provider: Provider,
        *,
        told: Told,
    ) -> dict[str, object]:
        """Upload what a body needs, and return the body with the addresses in place.

        Args:
            local_id: The task, whose events say where each file went.
            uploads: The files, by what stands for their address in the body.
            body: The body of the create.
            provider: Where they go.
            told: Hears of each piece that has left, on the background loop.

        Raises:
            ProviderError: A file did not arrive; nothing was created.
            MediaError: A file has changed or gone since it was checked.
            StoreError: A file was not put where the provider could read it; nothing was created.
        """
        addresses: dict[str, str] = {}
        for placeholder, item in uploads.items():
            if placeholder.startswith(SCHEME):
                addresses[placeholder] = await self._hosted(local_id, placeholder, item, body)
                continue
            async with self._one_at_a_time:
                addresses[placeholder] = await self._one(local_id, placeholder, item, provider, told)
        filled = _filled(body, addresses)
        assert isinstance(filled, dict)
        return filled

    async def _hosted(self, local_id: str, placeholder: str, item: Media, body: dict[str, object]) -> str:
        """The signed address of a file, another one each time: it is kept nowhere."""
        if self._host is None:
            raise StoreError(f"{item.source.label!r} was to be read out of an object store, and there is none here.")
        digest = placeholder.removeprefix(SCHEME)
        hosted = await self._host.put(item, digest, life_of(body))
        detail = {
            "file": item.source.label,
            "sha256": digest,
            "at": hosted.original,
            "until": hosted.until.isoformat(timespec="seconds"),
            "was_there": hosted.was_there,
        }
        await asyncio.to_thread(self._ledger.record_event, local_id, "host", detail)
        return hosted.url

    async def _one(self, local_id: str, placeholder: str, item: Media, provider: Provider, told: Told) -> str:
        key = (provider.id, provider.base_url, placeholder)
        known = self._known.get(key)
        is_known = known is not None and known[1] > dt.datetime.now(dt.UTC) + MARGIN
        if known is not None and is_known:
            upload = known[0]
        else:
            upload = await self._send(item, provider, told)
            lives_until = upload.expires_at or dt.datetime.now(dt.UTC) + UNSAID_LIFE
            self._known[key] = (upload, lives_until)
        detail = {
            "file": item.source.label,
            "sha256": placeholder.rpartition("-")[2],
            "host": urlsplit(upload.url).hostname,
            "was_there": is_known,
        }
        await asyncio.to_thread(self._ledger.record_event, local_id, "upload", detail)
        return upload.url

    async def _send(self, item: Media, provider: Provider, told: Told) -> Upload:
        facts = await asyncio.to_thread(media.probe, item)
        mime = facts.mime if facts is not None else "application/octet-stream"
        name = f"{item.kind}.{facts.format if facts is not None else 'bin'}"  # a person's own names stay here
        file = await asyncio.to_thread(media.open_source, item.source)
        with file:
            watched = cast(BinaryIO, _Watched(file, item.source.label, told))
            return await provider.upload(watched, name=name, mime=mime)


def _filled(value: object, addresses: Mapping[str, str]) -> object:
    if isinstance(value, str):
        return addresses.get(value, value)
    if isinstance(value, dict):
        return {name: _filled(entry, addresses) for name, entry in value.items()}
    if isinstance(value, list):
        return [_filled(entry, addresses) for entry in value]
    return value
