"""A clip that has come goes on into an object store, with its stills and its recipe; only then it counts as kept.

The order is: a part file here, its checksum, its name here, the store, its row. Wherever a process dies, the next one
finds what is there and goes on from it: no file is paid for or sent twice because of that.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb.engine.arriving import described
from seedance_nb.engine.copies import fetch, place_of
from seedance_nb.errors import NotKeptError, SeedanceError, StoreError
from seedance_nb.recipe import sidecar
from seedance_nb.task import Artifact

if TYPE_CHECKING:
    from seedance_nb.store import Store

log = logging.getLogger("seedance_nb.engine")

FOLDER = "clips"
ATTEMPTS = 6
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 20.0
"""Seconds between two attempts; each of them is several requests already."""
MIMES = {".mp4": "video/mp4", ".jpg": "image/jpeg", ".png": "image/png", ".json": "application/json"}

StoreOf = Callable[[], "Store | None"]
"""Where what is kept lies now; None: in the folder on this machine."""


def key_of(path: Path) -> str:
    """The key of a file in a store."""
    return f"{FOLDER}/{path.name}"


class Shelf:
    """Where clips go once they have come: into a store, if there is one.

    Args:
        store_of: Gives the store, or None.
        at_once: Tasks whose files are put at a time.
        sleep: How to wait between two attempts.
    """

    def __init__(self, store_of: StoreOf, *, at_once: int, sleep: Callable[[float], Awaitable[object]]) -> None:
        self._store_of = store_of
        self._slots = asyncio.Semaphore(at_once)
        self._sleep = sleep

    async def put(self, artifacts: Sequence[Artifact]) -> tuple[Artifact, ...]:
        """The files of a task with the addresses that they have from now on.

        Raises:
            NotKeptError: The store did not take them, in several attempts; they are here, and that can be repeated.
            OSError: They cannot be read here.
        """
        store = self._store_of()
        if store is None:
            return tuple(artifacts)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._slots:
                    return await asyncio.to_thread(shelved, store, artifacts)
            except StoreError as exc:
                if not exc.passing or attempt == ATTEMPTS:
                    raise NotKeptError(
                        f"{exc} The clip is made and billed, and lies whole on this disk. Then call studio.tasks(), "
                        "which puts it there; nothing is fetched or paid again."
                    ) from exc
                log.info("Putting a clip into %s is tried again: %s", store.address, exc)
            longest = min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE)
            await self._sleep(random.SystemRandom().uniform(longest / 2, longest))
        raise AssertionError("unreachable")  # pragma: no cover

    async def give_back(self, target: Path) -> bool:
        """Bring a clip here that an earlier process had put, before it died and could say so; whether there is one."""
        store = self._store_of()
        if store is None:
            return False
        try:
            async with self._slots:
                await asyncio.to_thread(fetch, store, key_of(target), target, sha256=None)
        except StoreError as exc:
            if not exc.missing:
                log.info("Whether %s is in %s already is not known: %s", target.name, store.address, exc)
            return False
        except SeedanceError as exc:
            log.info("%s", exc)
            return False
        return True


def shelved(store: Store, artifacts: Sequence[Artifact]) -> tuple[Artifact, ...]:
    """Put files of a task into a store; the clip last, so that where it is, all is.

    Raises:
        StoreError: One is not there, or not whole.
        OSError: One cannot be read here.
    """
    clip = next((each for each in artifacts if each.kind == "clip"), None)
    if clip is not None and clip.path is not None and (told := sidecar(clip.path)).is_file():
        store.put(told, key_of(told), sha256=described(told).sha256, mime=MIMES[".json"])
    return tuple(reversed([_put(store, each) for each in reversed(artifacts)]))


def beside(clip: Artifact, still: Artifact) -> Artifact:
    """A still that was made of a clip, where the clip is: it is put into the same store, if that is in one.

    Raises:
        StoreError: It is not there.
        ConfigurationError: The store cannot be opened from here.
    """
    if not clip.original:
        return still
    from seedance_nb.store import at

    return _put(at(place_of(clip.original)[0]), still)


def _put(store: Store, artifact: Artifact) -> Artifact:
    path = artifact.path
    if path is None:
        return artifact
    key = key_of(path)
    sha256 = artifact.sha256 or described(path).sha256
    store.put(path, key, sha256=sha256, mime=MIMES.get(path.suffix, "application/octet-stream"))
    return replace(artifact, original=store.url(key))
