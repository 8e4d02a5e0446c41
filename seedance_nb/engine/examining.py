"""What is wrong between the ledger, the files and the providers: found, explained, and where it can be, mended.

Finding reads only. Mending touches this disk and the ledger, never a provider: what needs one is left to the engine.
A file that a person may have put there is never removed.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb import media
from seedance_nb.catalog.lives import record_until
from seedance_nb.engine import owner
from seedance_nb.engine.arriving import ORPHANS, clip_path, described, still_path
from seedance_nb.engine.findings import Finding, Ill
from seedance_nb.engine.hosting import mark_of, needed
from seedance_nb.engine.parts import is_stale
from seedance_nb.engine.stock import MISSING as _MISSING
from seedance_nb.engine.stock import Stock
from seedance_nb.errors import MediaError
from seedance_nb.ledger import Ledger
from seedance_nb.task import Artifact, ArtifactKind, TaskRecord, TaskStatus
from seedance_nb.words import Number, Said, Sentence, Word

if TYPE_CHECKING:
    from seedance_nb.store import Store

_BEING_SENT = frozenset({TaskStatus.INTENT, TaskStatus.SUBMITTING})
_NO_BILL = Word("Nothing is billed for it; it only takes room.")


def examine(
    ledger: Ledger,
    home: Path,
    *,
    now: dt.datetime,
    deep: bool = False,
    is_alive: Callable[[str], bool] = owner.is_alive,
    stores: Sequence[Store] = (),
) -> list[Finding]:
    """Look for what is wrong; changes nothing.

    Args:
        ledger: The tasks.
        home: The folder that `clips` lies in.
        now: The moment of looking, timezone-aware.
        deep: Read every kept clip and compare its SHA-256, which takes as long as reading them.
        is_alive: Whether a process or an engine, by its name in the ledger, still runs.
        stores: Object stores to look into, beside those that the ledger names.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    stock = Stock(*stores)
    records = {record.local_id: record for record in ledger.records(newest_first=False)}
    found: list[Finding] = []
    for record in records.values():
        found += _task(record, home / "clips", stock, now=now, deep=deep, is_alive=is_alive)
    found += _files(home / "clips", records, now=now, is_alive=is_alive)
    found += stock.findings(records, needed(records.values()), mark_of(ledger), now)
    found += [
        Finding(
            "contradiction",
            sentence,
            Word(
                "What the ledger says of this task or of the sums may be wrong; what the provider bills is not changed."
            ),
            Word("Compare it with the provider's bill, and keep a copy of the ledger before you change anything."),
            repairable=False,
        )
        for sentence in ledger.contradictions()
    ]
    return found


def _name(record: TaskRecord) -> Said:
    return Sentence("Task {id}", id=record.task_id or record.local_id)


def _task(
    record: TaskRecord, clips: Path, stock: Stock, *, now: dt.datetime, deep: bool, is_alive: Callable[[str], bool]
) -> Iterator[Finding]:
    is_followed = bool(record.follower) and is_alive(record.follower)
    if record.status is TaskStatus.KEPT:
        yield from _kept(record, stock, deep=deep)
    elif record.status is TaskStatus.LOST or (record.status is TaskStatus.SUCCEEDED and record.failure is not None):
        yield from _not_here(record, clips, stock, now)
    elif record.status is TaskStatus.UNKNOWN and record.failure is not None:
        yield _unknown(record)
    elif not record.status.is_terminal and not is_followed:
        if record.status is TaskStatus.SUCCEEDED:
            yield from _not_here(record, clips, stock, now)
        elif record.status not in _BEING_SENT or not is_alive(record.owner):
            yield _unfollowed(record)
    if record.status is TaskStatus.KEPT and record.cost is None:
        yield _uncharged(record)


def _kept(record: TaskRecord, stock: Stock, *, deep: bool) -> Iterator[Finding]:
    clip = record.artifact("clip")
    path = clip.path if clip else None
    ill = _ill(clip, stock, deep=deep)
    if clip is None or ill is not None:
        is_gone = clip is None or ill == _MISSING
        yield Finding(
            "clip_missing" if is_gone else "clip_damaged",
            Sentence(
                "{task} is kept, but {clip} {ill}.",
                task=_name(record),
                clip=(clip.original if clip else "") or (path.name if path else Word("its clip")),
                ill=ill or Word("was never written down"),
            ),
            Word("The clip is paid for. Fetching it again costs nothing, while the provider has it."),
            Word("task.rescue() fetches it again; a file that is there is moved aside first, not overwritten."),
            repairable=True,
            local_id=record.local_id,
            path=path,
        )
        return
    for kind, what in _stills_of(record):
        if _ill(record.artifact(kind), stock, deep=False) is not None:
            assert path is not None
            yield Finding(
                "still_missing",
                Sentence("The {picture} of task {id} is not beside its clip.", picture=what, id=record.task_id),
                Word("The clip itself is there; cards and reports show no picture of it."),
                Word("It is made again from the clip."),
                repairable=True,
                local_id=record.local_id,
                path=still_path(path, kind),
            )


def _stills_of(record: TaskRecord) -> list[tuple[ArtifactKind, Said]]:
    stills: list[tuple[ArtifactKind, Said]] = [("poster", Word("poster"))]
    if record.request.get("return_last_frame"):
        stills.append(("last_frame", Word("last frame")))
    return stills


def _ill(artifact: Artifact | None, stock: Stock, *, deep: bool) -> Said | None:
    """What is wrong with a file that should be there, as the end of a sentence, or None."""
    if artifact is None or artifact.path is None:
        return _MISSING
    if artifact.original:
        return stock.ill(artifact, deep=deep)
    try:
        size = artifact.path.stat().st_size
        if artifact.bytes is not None and size != artifact.bytes:
            return Sentence(
                "has {size} bytes and not the {kept} that were kept", size=Number(size), kept=Number(artifact.bytes)
            )
        if deep and artifact.sha256 is not None and described(artifact.path).sha256 != artifact.sha256:
            return Word("has other bytes than those that were kept")
    except (FileNotFoundError, NotADirectoryError):
        return _MISSING
    except OSError as exc:
        return Sentence("cannot be read: {reason}", reason=exc.strerror or str(exc))
    return None


def _not_here(record: TaskRecord, clips: Path, stock: Stock, now: dt.datetime) -> Iterator[Finding]:
    """A clip that is made and is not kept: perhaps it lies there all the same, perhaps the provider has it."""
    path = clip_path(clips, record.local_id)
    is_here = is_whole(path)
    if is_here or stock.has(path.name):
        yield Finding(
            "adoptable",
            Sentence("The clip of task {id} lies on this disk, and the ledger does not say so.", id=record.task_id)
            if is_here
            else Sentence(
                "The clip of task {id} lies in the object store, and the ledger does not say so.", id=record.task_id
            ),
            Word("It is paid for and whole; without its row it counts as not kept."),
            Word("It is written down as kept."),
            repairable=True,
            local_id=record.local_id,
            path=path,
        )
        return
    until = record_until(record)
    is_late = until is not None and until <= now
    if record.status is TaskStatus.LOST and (until is None or is_late):
        return  # it was said to be lost, and is
    fix: Said = Sentence(
        "task.rescue() or studio.tasks() fetches it, while {provider} has it.", provider=record.provider
    )
    if is_late:
        fix = Sentence(
            "{provider} has forgotten the task by now; task.rescue() asks once more.", provider=record.provider
        )
    elif until is not None:
        fix = Sentence(
            "task.rescue() or studio.tasks() fetches it, while {provider} has it until {moment}.",
            provider=record.provider,
            moment=f"{until:%Y-%m-%d %H:%M} UTC",
        )
    yield Finding(
        "not_kept",
        Sentence(
            "{task} is {status}: its clip is made and not on this disk.", task=_name(record), status=str(record.status)
        ),
        Word("It is billed, whether it is fetched or not. Fetching it costs nothing."),
        fix,
        repairable=not is_late,
        local_id=record.local_id,
    )


def _unknown(record: TaskRecord) -> Finding:
    return Finding(
        "unknown_outcome",
        Sentence(
            "{task} was sent at {moment} with seed {seed}, and no answer says whether {provider} created it.",
            task=_name(record),
            moment=f"{record.submitted_at or record.created_at:%Y-%m-%d %H:%M} UTC",
            seed=record.seed,
            provider=record.provider,
        ),
        Word("It may be billed; its quote stays reserved in your budgets until the outcome is known."),
        Word(
            "Look at the provider's console, then say task.settle('<its id>'), or task.settle(None) if there is none."
        ),
        repairable=False,
        local_id=record.local_id,
    )


def _unfollowed(record: TaskRecord) -> Finding:
    kind: Ill = "unfollowed"
    fix = Word("studio.tasks() goes on with it.")
    why = Word("It goes on at the provider and may be billed; its clip is not fetched before somebody follows it.")
    if record.status is TaskStatus.INTENT:
        kind, why = "never_sent", Word("Nothing was sent and nothing is billed.")
        fix = Word("studio.tasks() sets it down as cancelled; submit it again if you still want it.")
    elif record.status is TaskStatus.SUBMITTING:
        kind, why = "no_answer", Word("It may have been created, and be billed.")
        fix = Word("studio.tasks() looks for it at the provider; it is not sent again.")
    return Finding(
        kind,
        Sentence(
            "{task} is {status}, and the notebook that followed it has ended.",
            task=_name(record),
            status=str(record.status),
        ),
        why,
        fix,
        repairable=True,
        local_id=record.local_id,
    )


def _uncharged(record: TaskRecord) -> Finding:
    is_known = record.quote is not None
    return Finding(
        "charge_missing",
        Sentence("{task} is kept, and the ledger has no charge for it.", task=_name(record)),
        Word("It is billed by the provider; the sums here are too low by as much."),
        Word("It is charged from what the provider reported, else by the price that was frozen at submit.")
        if is_known
        else Word("No price is known for it: see the provider's bill."),
        repairable=is_known,
        local_id=record.local_id,
    )


def _files(
    clips: Path, records: Mapping[str, TaskRecord], *, now: dt.datetime, is_alive: Callable[[str], bool]
) -> Iterator[Finding]:
    """Files in the folder of clips that no task accounts for."""
    try:
        entries = sorted(os.scandir(clips), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    known = {artifact.path for record in records.values() for artifact in record.artifacts}
    for entry in entries:
        path = clips / entry.name
        if entry.is_dir() or path in known or entry.name.startswith("."):
            continue
        if path.suffix == ".part":
            if is_stale(path, now=now, is_alive=is_alive):
                yield Finding(
                    "stale_part",
                    Sentence("{file} is part of a download that nobody goes on with.", file=entry.name),
                    _NO_BILL,
                    Word("It is removed; the clip is fetched from the beginning where it is still to come."),
                    repairable=True,
                    path=path,
                )
        elif path.stem.removesuffix("-last") not in records:
            yield Finding(
                "orphan",
                Sentence("{file} lies among the clips and is no task's of this ledger.", file=entry.name),
                _NO_BILL,
                Sentence(
                    "Look at it: it may be yours, or of another ledger. It can be moved to {folder}.",
                    folder=f"{clips.name}/{ORPHANS}",
                ),
                repairable=False,
                path=path,
            )


def is_whole(path: Path) -> bool:
    """Whether a file is there and is a clip from its beginning to its end."""
    try:
        return path.is_file() and media.probe_file(path).kind == "video"
    except MediaError:
        return False
