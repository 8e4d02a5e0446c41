"""Mending what an examination found, as far as this disk and the ledger go; a provider is never asked."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb import media
from seedance_nb.engine import copies, hosting, owner
from seedance_nb.engine.arriving import Arrival, artifact, found, set_aside, still_path, worked_on
from seedance_nb.engine.findings import NEEDS_ENGINE, Finding
from seedance_nb.engine.parts import is_stale, settle, write_whole
from seedance_nb.engine.settling import settled
from seedance_nb.engine.shelving import beside, key_of, shelved
from seedance_nb.errors import ConfigurationError, NotKeptError
from seedance_nb.ledger import Ledger
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.words import Amount, Sentence

if TYPE_CHECKING:
    from seedance_nb.store import Store


def repair(
    finding: Finding,
    ledger: Ledger,
    home: Path,
    *,
    now: dt.datetime | None = None,
    store: Store | None = None,
) -> str:
    """Mend one finding; again is fine. Returns what was done, as a sentence.

    Args:
        finding: What was found.
        ledger: The tasks.
        home: The folder that `clips` lies in.
        now: The moment of mending; None: this one.
        store: The object store that clips are kept in; None: they are kept in the folder.

    Raises:
        ConfigurationError: Only a person can decide it, or only the engine can mend it; nothing was changed.
        NotKeptError: This disk refused it.
        StoreError: The object store refused it, or did not answer.
        LedgerError: The ledger could not be written.
    """
    now = now or dt.datetime.now(dt.UTC)
    if not finding.repairable or finding.kind in NEEDS_ENGINE:
        raise ConfigurationError(f"{finding.what} That is not mended here. {finding.fix} Nothing was changed.")
    path = finding.path or home
    try:
        match finding.kind:
            case "stale_part":
                return _remove_part(path, now)
            case "leftover":
                return _remove_left_over(finding, ledger, now)
            case "still_missing":
                return _remake_still(ledger.get(finding.local_id), path, ledger)
            case "adoptable":
                return _adopt(ledger.get(finding.local_id), path, ledger, now, store)
            case _:
                return _charge(ledger.get(finding.local_id), None, ledger, now)
    except OSError as exc:
        raise _refused(finding, exc) from exc


def move_orphan(finding: Finding) -> Path:
    """Move a file that is no task's into the folder for those, because a person asked; returns where it is now.

    Raises:
        ConfigurationError: It is not an orphan.
        NotKeptError: This disk refused it.
    """
    if finding.kind != "orphan" or finding.path is None:
        raise ConfigurationError(f"{finding.what} Only a file that is no task's is moved. Nothing was changed.")
    try:
        return set_aside(finding.path)
    except OSError as exc:
        raise _refused(finding, exc) from exc


def _refused(finding: Finding, exc: OSError) -> NotKeptError:
    return NotKeptError(f"{finding.what} It could not be mended: {exc.strerror or exc}. Nothing was lost.")


def _remove_part(path: Path, now: dt.datetime) -> str:
    if not path.exists():
        return Sentence("{file} is gone already.", file=path.name)
    if not is_stale(path, now=now, is_alive=owner.is_alive):
        raise ConfigurationError(f"{path.name} is being written. Nothing was changed.")
    path.unlink(missing_ok=True)
    return Sentence("{file} was removed.", file=path.name)


def _remove_left_over(finding: Finding, ledger: Ledger, now: dt.datetime) -> str:
    """Remove what was put into a store for a provider, unless a task was submitted meanwhile that needs it."""
    from seedance_nb.store import at

    root, _, rest = finding.original.rpartition(f"/{hosting.FOLDER}/")
    store, key = at(root), f"{hosting.FOLDER}/{rest}"
    entry = store.stat(key)
    if entry is None:
        return Sentence("{file} is gone already.", file=finding.original)
    if not hosting.is_left_over(entry, hosting.needed(ledger.unfinished()), hosting.mark_of(ledger), now):
        raise ConfigurationError(f"{finding.original} is needed by a task again. Nothing was changed.")
    store.delete([key])
    return Sentence("{file} was removed.", file=finding.original)


def _remake_still(record: TaskRecord, path: Path, ledger: Ledger) -> str:
    clip = record.artifact("clip")
    if clip is None or copies.here(clip) is None or clip.path is None:
        raise ConfigurationError(f"Task {record.local_id} has no clip to make a picture of. Nothing was changed.")
    if path == still_path(clip.path, "poster"):
        poster = artifact("poster", write_whole(worked_on(clip.path, media.poster), path))
        ledger.add_artifact(record.local_id, beside(clip, poster))
    else:
        kept = write_whole(worked_on(clip.path, media.last_frame), path)
        ledger.add_artifact(record.local_id, beside(clip, artifact("last_frame", kept, media.probe_file(path))))
    settle(path.parent)
    return Sentence("{file} was made again from the clip.", file=path.name)


def _adopt(record: TaskRecord, path: Path, ledger: Ledger, now: dt.datetime, store: Store | None) -> str:
    """Write down a clip that is there: its files, its bill as far as it is known here, and that it is kept."""
    if store is not None and not path.exists():
        copies.fetch(store, key_of(path), path, sha256=None)
    arrival = found(path, None, last_frame=bool(record.request.get("return_last_frame")))
    if arrival is None:
        raise NotKeptError(f"{path.name} is no whole clip any more. Fetch it again with task.rescue().")
    artifacts = arrival.artifacts if store is None else shelved(store, arrival.artifacts)
    with ledger.together(durable=True):
        for item in artifacts:
            ledger.add_artifact(record.local_id, item)
        _charge(record, arrival, ledger, now)
        for before, after in ((TaskStatus.LOST, TaskStatus.SUCCEEDED), (TaskStatus.SUCCEEDED, TaskStatus.KEPT)):
            ledger.transition(record.local_id, after, at=now, expected={before}, clear_failure=True)
    return Sentence("{file} was written down as kept.", file=path.name)


def _charge(record: TaskRecord, arrival: Arrival | None, ledger: Ledger, now: dt.datetime) -> str:
    """Charge a task by its usage or its frozen price; the length is the clip's own."""
    if record.cost is not None:
        return Sentence("Task {id} is charged already.", id=record.local_id)
    clip = record.artifact("clip")
    if arrival is not None:
        facts: media.Facts | None = arrival.facts
    else:
        facts = media.probe_file(clip.path) if clip and clip.path and clip.path.is_file() else None
    bill = settled(record, None, seconds=int(facts.duration or 0) if facts else record.duration)
    if bill is None:
        return Sentence("What task {id} cost is not known here; see the provider's bill.", id=record.local_id)
    ledger.add_charge(
        record.local_id,
        bill.cost,
        tokens=bill.tokens,
        price_id=bill.price_id,
        basis=bill.basis,
        is_sandbox=record.is_sandbox,
        at=now,
    )
    return Sentence("Task {id} was charged with {cost}.", id=record.local_id, cost=Amount(bill.cost))
