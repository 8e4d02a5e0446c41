"""Copies on this machine of what lies in an object store: fetched when somebody looks, checked, and left here.

A copy may be removed at any time; the next look fetches it again. What lies in a folder is its own copy.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb.engine.parts import Part, prepare, refused, settle
from seedance_nb.errors import SeedanceError, StoreError
from seedance_nb.task import Artifact

if TYPE_CHECKING:
    from seedance_nb.store import Store

log = logging.getLogger("seedance_nb.engine")

AT_ONCE = 4
ATTEMPTS = 5
"""So often a connection may break, or wrong bytes come, before a fetch is given up."""


def place_of(original: str) -> tuple[str, str]:
    """The address of a store and the key in it, of what the ledger names as `s3://bucket/folder/clips/x.mp4`."""
    root, folder, name = original.rsplit("/", 2)
    return root, f"{folder}/{name}"


def is_here(artifact: Artifact | None) -> bool:
    """Whether a file of a task can be read on this machine at once."""
    if artifact is None or artifact.path is None:
        return False
    try:
        size = artifact.path.stat().st_size
    except OSError:
        return False
    return not artifact.original or artifact.bytes in {None, size}


def here(artifact: Artifact | None) -> Path | None:
    """Where a file of a task can be read on this machine; fetched now, where its original lies in a store.

    Args:
        artifact: The file; None: there is none.

    Returns:
        Its path; None where it is not kept. What is kept in a folder may have been removed from there.

    Raises:
        StoreError: The store does not give it, or gives other bytes than were kept.
        NotKeptError: This disk has no room for it.
        ConfigurationError: The store cannot be opened from here.
    """
    if artifact is None or artifact.path is None:
        return None
    if artifact.original and not is_here(artifact):
        from seedance_nb.store import at

        root, key = place_of(artifact.original)
        fetch(at(root), key, artifact.path, sha256=artifact.sha256)
    return artifact.path


def bring(artifacts: Iterable[Artifact | None]) -> None:
    """Have files of tasks on this machine, several at a time; what cannot be fetched is logged, and not here."""
    missing = [each for each in artifacts if each is not None and each.original and not is_here(each)]
    if missing:
        with ThreadPoolExecutor(AT_ONCE, "seedance-copies") as threads:
            list(threads.map(_brought, missing))


def _brought(artifact: Artifact) -> None:
    try:
        here(artifact)
    except SeedanceError as exc:
        log.warning("%s", exc)


def fetch(store: Store, key: str, target: Path, *, sha256: str | None) -> None:
    """Bring an object to a path on this disk: whole, checked, or not at all.

    Args:
        store: Where it lies.
        key: Its key.
        target: Its path.
        sha256: What it must have, in hex; None: what was written down beside it as it was put.

    Raises:
        StoreError: It is not there, or other bytes came each time.
        NotKeptError: This disk refused it.
    """
    entry = store.stat(key)
    if entry is None:
        raise StoreError(
            f"{key} is not in {store.address} any more. studio.doctor() says what can be done.", missing=True
        )
    wanted = sha256 or entry.sha256
    part = Part(target)
    try:
        prepare(target)
        part.total = entry.bytes
        part.require_room()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                for piece in store.read(key, start=part.size, etag=entry.etag):
                    part.write(piece)
                part.finish()
                if part.size == entry.bytes and wanted in {"", part.sha256}:
                    break
                problem = StoreError(
                    f"{key} came out of {store.address} with other bytes than were kept. Nothing was written here; "
                    "studio.doctor(deep=True) reads each and says what can be done.",
                )
            except StoreError as exc:
                problem = exc
                if part.size and part.size < entry.bytes and attempt < ATTEMPTS and exc.passing:
                    continue  # it goes on where it broke off
            if attempt == ATTEMPTS or problem.missing:
                raise problem
            part.start_anew(total=entry.bytes)
        part.publish()
        settle(target.parent)
    except OSError as exc:
        raise refused(exc, target) from exc
    finally:
        part.drop()
