"""Bringing a clip home, with its poster and its last frame.

A provider's address lives for 24 hours and its record for days: an address that has died is asked for
again as long as the record lives, and a last frame that is gone is taken from the clip itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from pathlib import Path

import httpx
import stamina

from seedance_nb import media
from seedance_nb.engine.fetching import Kept, download, write_whole
from seedance_nb.errors import (
    ArtifactExpiredError,
    MediaError,
    NotKeptError,
    ProviderError,
    SeedanceError,
    TaskNotFoundError,
)
from seedance_nb.ledger import Ledger
from seedance_nb.providers import Provider
from seedance_nb.redaction import guard_logs
from seedance_nb.task import Artifact, ArtifactKind, Snapshot, TaskRecord

log = logging.getLogger("seedance_nb.engine")

URL_LIFE = dt.timedelta(hours=24)
"""Source: Ark, "Query a video task", read 2026-11-20."""
AT_ONCE = 3
ATTEMPTS = 6


def _is_passing(exc: Exception) -> bool:
    """Whether another attempt, with a fresh address, may do better."""
    return isinstance(exc, ProviderError | ArtifactExpiredError | MediaError) and not isinstance(exc, TaskNotFoundError)


class Keeper:
    """Fetches what tasks produced into `home/clips` and writes down where it lies."""

    def __init__(self, ledger: Ledger, home: Path) -> None:
        self._ledger = ledger
        self._folder = home / "clips"
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._clients: dict[bool, httpx.AsyncClient] = {}

    async def keep(self, record: TaskRecord, snapshot: Snapshot | None, provider: Provider) -> int:
        """Fetch the clip of a succeeded task.

        Args:
            record: The task.
            snapshot: What the provider said when it had succeeded; None asks it again.
            provider: Who made it.

        Returns:
            The whole seconds of the clip.

        Raises:
            TaskNotFoundError: The provider's record is gone, and the clip with it.
            SeedanceError: It could not be fetched or written now; it still can be later.
        """
        async with self._slots:
            clip, facts, said = await self._clip(record, snapshot, provider)
            expires_at = (said.updated_at or dt.datetime.now(dt.UTC)) + URL_LIFE
            await self._add(record, "clip", clip, size=(facts.width, facts.height), expires_at=expires_at)
            try:
                await self._poster(record, clip.path)
                if record.request.get("return_last_frame"):
                    await self._last_frame(record, said, clip.path)
            except SeedanceError:
                log.exception("The clip of task %s is kept; a still of it could not be made.", record.task_id)
        return int(facts.duration or 0)

    async def _clip(
        self, record: TaskRecord, snapshot: Snapshot | None, provider: Provider
    ) -> tuple[Kept, media.Facts, Snapshot]:
        assert record.task_id is not None
        target = self._folder / f"{record.local_id}.mp4"
        async for attempt in stamina.retry_context(
            _is_passing, attempts=ATTEMPTS, timeout=None, wait_initial=0.5, wait_max=20
        ):
            with attempt:
                said = snapshot if snapshot is not None else await provider.get(record.task_id)
                snapshot = None
                if said.video_url is None:
                    raise NotKeptError(f"{record.provider} calls task {record.task_id} succeeded and names no clip.")
                return *await self._download(said.video_url, target, record), said
        raise AssertionError("unreachable")  # pragma: no cover

    async def _poster(self, record: TaskRecord, clip: Path) -> None:
        picture = await asyncio.to_thread(media.poster, clip)
        kept = await asyncio.to_thread(write_whole, picture, clip.with_suffix(".jpg"))
        await self._add(record, "poster", kept)

    async def _last_frame(self, record: TaskRecord, said: Snapshot, clip: Path) -> None:
        target = clip.with_name(f"{clip.stem}-last.png")
        found: tuple[Kept, media.Facts] | None = None
        if said.last_frame_url is not None:
            try:
                found = await self._download(said.last_frame_url, target, record)
            except SeedanceError as exc:
                log.info("The last frame of task %s is taken from the clip instead: %s", record.task_id, exc)
        if found is None:
            picture = await asyncio.to_thread(media.last_frame, clip)
            written = await asyncio.to_thread(write_whole, picture, target)
            found = written, await asyncio.to_thread(media.probe_file, target)
        kept, facts = found
        await self._add(record, "last_frame", kept, size=(facts.width, facts.height))

    async def _download(self, url: str, target: Path, record: TaskRecord) -> tuple[Kept, media.Facts]:
        """Fetch a file, and say what it is; a clip is read through for that, so it is done once, before it is named."""
        facts: list[media.Facts] = []
        local = record.is_sandbox
        if local not in self._clients:
            guard_logs()
            self._clients[local] = httpx.AsyncClient(
                timeout=httpx.Timeout(60.0, connect=20.0),
                limits=httpx.Limits(max_connections=AT_ONCE + 1),
                follow_redirects=False,
                trust_env=not local,  # a proxy cannot reach the sandbox, which is on this machine
            )
        kept = await download(
            self._clients[local],
            url,
            target,
            loopback=local,
            verify=lambda part: facts.append(media.probe_file(part)),
        )
        return kept, facts[-1]

    async def _add(
        self,
        record: TaskRecord,
        kind: ArtifactKind,
        kept: Kept,
        *,
        size: tuple[int | None, int | None] = (None, None),
        expires_at: dt.datetime | None = None,
    ) -> None:
        artifact = Artifact(
            kind=kind,
            path=kept.path,
            sha256=kept.sha256,
            bytes=kept.bytes,
            width=size[0],
            height=size[1],
            kept_at=dt.datetime.now(dt.UTC),
            expires_at=expires_at,
        )
        await asyncio.to_thread(self._ledger.add_artifact, record.local_id, artifact)

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()
