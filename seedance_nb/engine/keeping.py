"""Bringing a clip home, with its poster and its last frame.

A provider's address lives for hours and its record for days: an address that has died is asked for again as long as
the record lives, and a last frame that is gone is taken from the clip itself. A download that breaks goes on where it
stopped. What is whole and under its name already, because an earlier process got as far as that, is not fetched again.
Where clips are kept in an object store, `shelving` puts them there before they count as kept.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from seedance_nb import media, recipe
from seedance_nb.catalog.lives import address_life
from seedance_nb.engine.arriving import Arrival, arrive, artifact, clip_path, found, still_path, worked_on
from seedance_nb.engine.fetching import PATIENCE, STEP, fetch
from seedance_nb.engine.parts import Part, refused, settle, write_whole
from seedance_nb.engine.polite import PoliteThread
from seedance_nb.engine.polling import DENIALS
from seedance_nb.engine.shelving import Shelf, StoreOf
from seedance_nb.errors import (
    ArtifactExpiredError,
    LedgerError,
    MediaError,
    NotKeptError,
    ProviderError,
    RateLimitError,
    SeedanceError,
    TaskNotFoundError,
)
from seedance_nb.ledger import Ledger
from seedance_nb.money import Money
from seedance_nb.providers import Provider
from seedance_nb.recipe import RecipeSwitch
from seedance_nb.redaction import guard_logs
from seedance_nb.task import Artifact, Snapshot, TaskRecord

log = logging.getLogger("seedance_nb.engine")

AT_ONCE = 4
"""Downloads at once; beyond that httpx takes more time for each, and gains none."""
ATTEMPTS = 6
"""So many failures in a row, without a step forward between them, end an attempt to keep."""
FIRST_PAUSE, LONGEST_PAUSE, LONGEST_ASKED = 0.5, 20.0, 120.0
"""Seconds between two attempts; the last where the provider itself asks for more."""

Ask = Callable[[Provider, str], Awaitable[Snapshot]]
Write = Callable[[Callable[[], None]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Home:
    """A clip that is home."""

    seconds: int
    """Its length, whole."""
    snapshot: Snapshot | None
    """What the provider last said of the task; None: it was not asked, or has forgotten it."""

    @property
    def cost(self) -> Money | None:
        """What the provider itself says it charged, where it does."""
        return self.snapshot.cost if self.snapshot else None


@dataclass(slots=True)
class _Errand:
    """One clip to be brought home."""

    record: TaskRecord
    provider: Provider
    said: Snapshot | None
    part: Part
    failures: int = 0
    denials: int = 0
    """So often the provider has said that it does not know the task."""
    farthest: int = field(default=0)
    """Bytes that were here at once, at most."""

    @property
    def wants_last_frame(self) -> bool:
        return bool(self.record.request.get("return_last_frame"))


class Keeper:
    """Fetches what tasks produced into `home/clips` and writes down where it lies.

    Args:
        ledger: Where it is written down.
        home: The folder that `clips` lies in.
        ask: How a provider is asked about one task; straight away if None.
        write: Does some writing to the ledger off the loop, and returns when it is done.
        at_once: Downloads at once.
        patience: Seconds in which a download has to get on, see `fetch`.
        sleep: How to wait between two attempts.
        transport: What carries requests; the network if None.
        recipe: How much of what made it goes into a clip and beside it.
        store_of: Gives the object store that clips go on into; None of it: they stay in the folder.
    """

    def __init__(
        self,
        ledger: Ledger,
        home: Path,
        *,
        ask: Ask | None = None,
        write: Write | None = None,
        at_once: int = AT_ONCE,
        patience: float = PATIENCE,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        transport: httpx.AsyncBaseTransport | None = None,
        recipe: RecipeSwitch = "none",
        store_of: StoreOf = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._folder = home / "clips"
        self._ask = ask or _get
        self._write = write or self._files
        self._slots = asyncio.Semaphore(at_once)
        self._at_once = at_once
        self._patience = patience
        self._sleep = sleep
        self._transport = transport
        self._recipe = recipe
        self._shelf = Shelf(store_of, at_once=at_once, sleep=sleep)
        self._thread = PoliteThread("seedance-files")
        self._clients: dict[bool, httpx.AsyncClient] = {}

    async def keep(self, record: TaskRecord, snapshot: Snapshot | None, provider: Provider) -> Home:
        """Fetch the clip of a succeeded task.

        Args:
            record: The task.
            snapshot: What the provider said when it had succeeded; None asks it again.
            provider: Who made it.

        Raises:
            TaskNotFoundError: The provider's record is gone, and the clip with it.
            SeedanceError: It could not be fetched or written now; it still can be later.
        """
        assert record.task_id is not None
        errand = _Errand(record, provider, snapshot, Part(clip_path(self._folder, record.local_id)))
        try:
            arrival = await self._brought(errand)
            if errand.wants_last_frame and not arrival.has("last_frame"):
                arrival = await self._with_last_frame(errand, arrival)
            await self._write_down(record, await self._shelf.put(arrival.with_expiry(_expiry(errand)).artifacts))
        except OSError as exc:
            await self._note_expiry(errand)
            raise refused(exc, errand.part.target) from exc
        except TaskNotFoundError:
            raise
        except SeedanceError:
            await self._note_expiry(errand)
            raise
        finally:
            errand.part.drop()
        return Home(int(arrival.facts.duration or 0), errand.said)

    async def _brought(self, errand: _Errand) -> Arrival:
        """Have the clip here, in as many attempts as get on."""
        record, target = errand.record, errand.part.target
        look = partial(
            found,
            target,
            record.artifact("clip"),
            last_frame=errand.wants_last_frame,
            recipe=self._recipe_of(errand),
        )
        here: Arrival | None = await self._files(look)
        if here is None and errand.said is None and await self._shelf.give_back(target):
            here = await self._files(look)
        while True:
            try:
                # For a clip that is here, the provider is asked only for what it charged.
                if errand.said is None and (here is None or record.cost is None):
                    errand.said = await self._ask(errand.provider, record.task_id or "")
                return here or await self._fetched(errand)
            except TaskNotFoundError as exc:
                errand.denials += 1
                if errand.denials < DENIALS and await self._goes_on(errand, exc):
                    continue
                if here is None:
                    raise
                return here
            except (ProviderError, ArtifactExpiredError, MediaError) as exc:
                if not await self._goes_on(errand, exc):
                    if here is None:
                        raise
                    log.warning("The clip of task %s is here; what it cost could not be asked: %s", record.task_id, exc)
                    return here

    async def _fetched(self, errand: _Errand) -> Arrival:
        record, said, part = errand.record, errand.said, errand.part
        if said is None or said.video_url is None:
            raise NotKeptError(f"{record.provider} calls task {record.task_id} succeeded and names no clip.")
        async with self._slots:
            await self._fetch(said.video_url, part, record)
            from_clip = errand.wants_last_frame and said.last_frame_url is None
            arrived: Arrival = await self._files(arrive, part, last_frame=from_clip, recipe=self._recipe_of(errand))
            return arrived

    def _recipe_of(self, errand: _Errand) -> str:
        try:
            cost = errand.said.cost if errand.said else None
            return recipe.written(errand.record, switch=self._recipe, cost=cost)
        except Exception:  # a clip is not lost for what could be written about it
            log.exception("There is no recipe of task %s.", errand.record.task_id)
            return ""

    async def _goes_on(self, errand: _Errand, exc: SeedanceError) -> bool:
        """Wait before another attempt; False where the last so many brought nothing."""
        has_moved = errand.part.size >= errand.farthest + STEP
        errand.farthest = max(errand.farthest, errand.part.size)
        errand.failures = 1 if has_moved else errand.failures + 1
        if isinstance(exc, MediaError):
            errand.part.start_anew()  # all of it came, and it is not a clip
        if not has_moved:
            errand.said = None  # another address may do better
        if errand.failures >= ATTEMPTS:
            return False
        longest = min(FIRST_PAUSE * 2 ** (errand.failures - 1), LONGEST_PAUSE)
        pause = random.SystemRandom().uniform(longest / 2, longest)
        if isinstance(exc, RateLimitError) and exc.retry_after is not None:
            pause = max(pause, min(exc.retry_after, LONGEST_ASKED))
        log.info("Keeping the clip of task %s is tried again in %.1f s: %s", errand.record.task_id, pause, exc)
        await self._sleep(pause)
        return True

    async def _with_last_frame(self, errand: _Errand, arrival: Arrival) -> Arrival:
        """The provider's own last frame, else the one that the clip ends with."""
        record, clip = errand.record, errand.part.target
        try:
            url = errand.said.last_frame_url if errand.said else None
            frame = await self._last_frame(url, clip, record) if url else None
            if frame is None:
                frame = await self._files(_remade, clip)
        except (SeedanceError, OSError):
            log.exception("The clip of task %s is kept; its last frame could not be made.", record.task_id)
            return arrival
        return replace(arrival, artifacts=(*arrival.artifacts, frame))

    async def _last_frame(self, url: str, clip: Path, record: TaskRecord) -> Artifact | None:
        part = Part(still_path(clip, "last_frame"))
        try:
            async with self._slots:
                await self._fetch(url, part, record)
            picture: Artifact = await self._files(_picture, part)
            return picture
        except (SeedanceError, OSError) as exc:
            log.info("The last frame of task %s is taken from the clip instead: %s", record.task_id, exc)
            return None
        finally:
            part.drop()

    async def _fetch(self, url: str, part: Part, record: TaskRecord) -> None:
        local = record.is_sandbox
        if local not in self._clients:
            guard_logs()
            self._clients[local] = httpx.AsyncClient(
                transport=self._transport,
                timeout=httpx.Timeout(60.0, connect=20.0),
                limits=httpx.Limits(max_connections=self._at_once),
                follow_redirects=False,
                trust_env=not local,  # a proxy cannot reach the sandbox, which is on this machine
            )
        await fetch(self._clients[local], url, part, loopback=local, off_loop=self._files, patience=self._patience)

    async def _write_down(self, record: TaskRecord, artifacts: Sequence[Artifact]) -> None:
        def write() -> None:
            for item in artifacts:
                self._ledger.add_artifact(record.local_id, item)

        await self._write(write)

    async def _note_expiry(self, errand: _Errand) -> None:
        """Write down how long the address works of a clip that could not be fetched, for the countdown."""
        expires_at = _expiry(errand)
        if expires_at is None:
            return
        try:
            await self._write_down(errand.record, [Artifact("clip", expires_at=expires_at)])
        except LedgerError as exc:
            log.warning("Until when the clip of task %s can be had was not noted: %s", errand.record.task_id, exc)

    async def _files(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """File and media work, in the thread that is there for it."""
        return await self._thread.do(partial(work, *args, **kwargs))

    async def close(self) -> None:
        """Close the connections, and let the thread end."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()
        self._thread.close()


async def _get(provider: Provider, task_id: str) -> Snapshot:
    return await provider.get(task_id)


def _expiry(errand: _Errand) -> dt.datetime | None:
    life = address_life(errand.record.provider)
    if life is None or errand.said is None:
        return None
    return (errand.said.updated_at or dt.datetime.now(dt.UTC)) + life


def _picture(part: Part) -> Artifact:
    """A still that has come, under its name once it is known to be one."""
    part.finish()
    facts = media.probe_file(part.path)
    if facts.kind != "image":
        raise MediaError(f"What the provider named as the last frame is a {facts.kind}.")
    kept = part.publish()
    settle(kept.path.parent)
    return artifact("last_frame", kept, facts)


def _remade(clip: Path) -> Artifact:
    """The last frame taken from the clip itself."""
    kept = write_whole(worked_on(clip, media.last_frame), still_path(clip, "last_frame"))
    settle(kept.path.parent)
    return artifact("last_frame", kept, media.probe_file(kept.path))
