"""Moving kept clips to another place: copied, checked, then written down in one transaction; the old ones stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb.engine import copies
from seedance_nb.engine.arriving import described
from seedance_nb.engine.shelving import key_of, shelved
from seedance_nb.errors import SeedanceError, StoreError
from seedance_nb.ledger import Ledger
from seedance_nb.recipe import sidecar
from seedance_nb.task import Artifact, TaskRecord

if TYPE_CHECKING:
    from seedance_nb.store import Store

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved, and what was not."""

    to: str
    """Where clips are kept from now on: an object store, or the folder."""
    files: int
    """How many files have another place now; those that had it before are not counted."""
    bytes: int
    left: tuple[str, ...] = ()
    """What stays where it was, and why, in sentences. The same call again tries once more."""
    old: tuple[str, ...] = ()
    """Where the files were that have another place now: paths, or addresses in a store. They are still there."""
    _remove: Callable[[], int] = field(repr=False, default=int)

    def remove_old(self) -> int:
        """Remove the files from where they were; how many are gone. Each is looked for in its new place first.

        Raises:
            StoreError: A store did not answer; what was not removed is still there, and nothing is lost.
        """
        return self._remove()


def move(ledger: Ledger, home: Path, target: Store | None) -> Moved:
    """Move everything that is kept; again goes on where it broke off.

    Args:
        ledger: Knows what is kept, and where.
        home: The folder on this machine.
        target: The object store that it goes to; None: into the folder.

    Raises:
        LedgerError: Where the files are now could not be written down; they are where they were as well.
    """
    records = [record for record in ledger.records(newest_first=False) if _to_move(record, target)]
    with ThreadPoolExecutor(AT_ONCE, "seedance-move") as threads:
        tried = list(threads.map(partial(_moved, target=target), records))
    done = [(record, files) for record, files in zip(records, tried, strict=True) if not isinstance(files, str)]
    with ledger.together(durable=True):
        for record, files in done:
            for artifact in files:
                ledger.add_artifact(record.local_id, artifact)
    old = [artifact for record, files in done for artifact in _to_move(record, target)]
    return Moved(
        to=target.address if target is not None else str(home / "clips"),
        files=len(old),
        bytes=sum(artifact.bytes or 0 for artifact in old),
        left=tuple(files for files in tried if isinstance(files, str)),
        old=tuple(artifact.original or str(artifact.path) for artifact in old),
        _remove=partial(_remove, old, target),
    )


def _to_move(record: TaskRecord, target: Store | None) -> list[Artifact]:
    root = target.address if target is not None else ""
    return [
        artifact
        for artifact in record.artifacts
        if artifact.path is not None and (copies.place_of(artifact.original)[0] if artifact.original else "") != root
    ]


def _moved(record: TaskRecord, *, target: Store | None) -> Sequence[Artifact] | str:
    """The files of a task in their new place, or why they are not there."""
    try:
        files = _to_move(record, target)
        for artifact in files:
            path = copies.here(artifact)
            assert path is not None
            if artifact.sha256 is not None and described(path).sha256 != artifact.sha256:
                raise StoreError(f"{path.name} has other bytes than were kept; studio.doctor(deep=True) says more.")
        _have_recipe(record)
        return [replace(artifact, original="") for artifact in files] if target is None else shelved(target, files)
    except (SeedanceError, OSError) as exc:
        why = (exc.strerror or str(exc)) if isinstance(exc, OSError) else str(exc)
        return f"Task {record.task_id or record.local_id} stays where it is: {why}"


def _have_recipe(record: TaskRecord) -> None:
    """The recipe goes along, where there is one; it has no row of its own."""
    clip = record.artifact("clip")
    if clip is None or clip.path is None or not clip.original:
        return
    told = sidecar(clip.path)
    if not told.exists():
        from seedance_nb.store import at

        store = at(copies.place_of(clip.original)[0])
        if store.stat(key_of(told)) is not None:
            copies.fetch(store, key_of(told), told, sha256=None)


def _remove(old: Sequence[Artifact], target: Store | None) -> int:
    count = 0
    for artifact in old:
        assert artifact.path is not None
        if target is not None:
            there = target.stat(key_of(artifact.path))
            if there is None or there.bytes != artifact.bytes:
                continue  # it has gone from its new place meanwhile, and this is the last one
        elif not artifact.path.is_file() or artifact.path.stat().st_size != artifact.bytes:
            continue
        if artifact.original:
            from seedance_nb.store import at

            root, key = copies.place_of(artifact.original)
            keys = [key, *([key_of(sidecar(artifact.path))] if artifact.kind == "clip" else [])]
            at(root).delete(keys)
        else:
            artifact.path.unlink(missing_ok=True)
            if artifact.kind == "clip":
                sidecar(artifact.path).unlink(missing_ok=True)
        count += 1
    return count
