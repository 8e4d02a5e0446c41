"""What is wrong between the ledger, the files and the providers: found, explained, and where it can be, mended.

Finding reads only. Mending touches this disk and the ledger, never a provider: what needs one is left to the engine.
A file that a person may have put there is never removed.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from seedance_nb import media
from seedance_nb.catalog.lives import record_until
from seedance_nb.engine import owner
from seedance_nb.engine.arriving import ORPHANS, clip_path, described, still_path
from seedance_nb.engine.findings import Finding, Ill
from seedance_nb.engine.parts import is_stale
from seedance_nb.errors import MediaError
from seedance_nb.ledger import Ledger
from seedance_nb.task import Artifact, ArtifactKind, TaskRecord, TaskStatus

_BEING_SENT = frozenset({TaskStatus.INTENT, TaskStatus.SUBMITTING})
_NO_BILL = "Nothing is billed for it; it only takes room."


def examine(
    ledger: Ledger,
    home: Path,
    *,
    now: dt.datetime,
    deep: bool = False,
    is_alive: Callable[[str], bool] = owner.is_alive,
) -> list[Finding]:
    """Look for what is wrong; changes nothing.

    Args:
        ledger: The tasks.
        home: The folder that `clips` lies in.
        now: The moment of looking, timezone-aware.
        deep: Read every kept clip and compare its SHA-256, which takes as long as reading them.
        is_alive: Whether a process or an engine, by its name in the ledger, still runs.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    records = {record.local_id: record for record in ledger.records(newest_first=False)}
    found: list[Finding] = []
    for record in records.values():
        found += _task(record, home / "clips", now=now, deep=deep, is_alive=is_alive)
    found += _files(home / "clips", records, now=now, is_alive=is_alive)
    found += [
        Finding(
            "contradiction",
            sentence,
            "What the ledger says of this task or of the sums may be wrong; what the provider bills is not changed.",
            "Compare it with the provider's bill, and keep a copy of the ledger before you change anything.",
            repairable=False,
        )
        for sentence in ledger.contradictions()
    ]
    return found


def _name(record: TaskRecord) -> str:
    return f"Task {record.task_id or record.local_id}"


def _task(
    record: TaskRecord, clips: Path, *, now: dt.datetime, deep: bool, is_alive: Callable[[str], bool]
) -> Iterator[Finding]:
    is_followed = bool(record.follower) and is_alive(record.follower)
    if record.status is TaskStatus.KEPT:
        yield from _kept(record, deep=deep)
    elif record.status is TaskStatus.LOST or (record.status is TaskStatus.SUCCEEDED and record.failure is not None):
        yield from _not_here(record, clips, now)
    elif record.status is TaskStatus.UNKNOWN and record.failure is not None:
        yield _unknown(record)
    elif not record.status.is_terminal and not is_followed:
        if record.status is TaskStatus.SUCCEEDED:
            yield from _not_here(record, clips, now)
        elif record.status not in _BEING_SENT or not is_alive(record.owner):
            yield _unfollowed(record)
    if record.status is TaskStatus.KEPT and record.cost is None:
        yield _uncharged(record)


def _kept(record: TaskRecord, *, deep: bool) -> Iterator[Finding]:
    clip = record.artifact("clip")
    path = clip.path if clip else None
    ill = _ill(clip, deep=deep)
    if clip is None or ill is not None:
        is_gone = clip is None or ill == "is missing"
        yield Finding(
            "clip_missing" if is_gone else "clip_damaged",
            f"{_name(record)} is kept, but {path.name if path else 'its clip'} {ill or 'was never written down'}.",
            "The clip is paid for. Fetching it again costs nothing, while the provider has it.",
            "task.rescue() fetches it again; a file that is there is moved aside first, not overwritten.",
            repairable=True,
            local_id=record.local_id,
            path=path,
        )
        return
    for kind, what in _stills_of(record):
        if _ill(record.artifact(kind), deep=False) is not None:
            assert path is not None
            yield Finding(
                "still_missing",
                f"The {what} of task {record.task_id} is not beside its clip.",
                "The clip itself is there; cards and reports show no picture of it.",
                "It is made again from the clip.",
                repairable=True,
                local_id=record.local_id,
                path=still_path(path, kind),
            )


def _stills_of(record: TaskRecord) -> list[tuple[ArtifactKind, str]]:
    stills: list[tuple[ArtifactKind, str]] = [("poster", "poster")]
    if record.request.get("return_last_frame"):
        stills.append(("last_frame", "last frame"))
    return stills


def _ill(artifact: Artifact | None, *, deep: bool) -> str | None:
    """What is wrong with a file that should be there, as the end of a sentence, or None."""
    if artifact is None or artifact.path is None:
        return "is missing"
    try:
        size = artifact.path.stat().st_size
        if artifact.bytes is not None and size != artifact.bytes:
            return f"has {size:,} bytes and not the {artifact.bytes:,} that were kept"
        if deep and artifact.sha256 is not None and described(artifact.path).sha256 != artifact.sha256:
            return "has other bytes than those that were kept"
    except (FileNotFoundError, NotADirectoryError):
        return "is missing"
    except OSError as exc:
        return f"cannot be read: {exc.strerror or exc}"
    return None


def _not_here(record: TaskRecord, clips: Path, now: dt.datetime) -> Iterator[Finding]:
    """A clip that is made and is not kept: perhaps it lies there all the same, perhaps the provider has it."""
    path = clip_path(clips, record.local_id)
    if is_whole(path):
        yield Finding(
            "adoptable",
            f"The clip of task {record.task_id} lies on this disk, and the ledger does not say so.",
            "It is paid for and whole; without its row it counts as not kept.",
            "It is written down as kept.",
            repairable=True,
            local_id=record.local_id,
            path=path,
        )
        return
    until = record_until(record)
    is_late = until is not None and until <= now
    if record.status is TaskStatus.LOST and (until is None or is_late):
        return  # it was said to be lost, and is
    when = f" until {until:%Y-%m-%d %H:%M} UTC" if until is not None else ""
    yield Finding(
        "not_kept",
        f"{_name(record)} is {record.status}: its clip is made and not on this disk.",
        "It is billed, whether it is fetched or not. Fetching it costs nothing.",
        f"{record.provider} has forgotten the task by now; task.rescue() asks once more."
        if is_late
        else f"task.rescue() or studio.tasks() fetches it, while {record.provider} has it{when}.",
        repairable=not is_late,
        local_id=record.local_id,
    )


def _unknown(record: TaskRecord) -> Finding:
    return Finding(
        "unknown_outcome",
        f"{_name(record)} was sent at {record.submitted_at or record.created_at:%Y-%m-%d %H:%M} UTC with seed "
        f"{record.seed}, and no answer says whether {record.provider} created it.",
        "It may be billed; its quote stays reserved in your budgets until the outcome is known.",
        "Look at the provider's console, then say task.settle('<its id>'), or task.settle(None) if there is none.",
        repairable=False,
        local_id=record.local_id,
    )


def _unfollowed(record: TaskRecord) -> Finding:
    kind: Ill = "unfollowed"
    fix = "studio.tasks() goes on with it."
    why = "It goes on at the provider and may be billed; its clip is not fetched before somebody follows it."
    if record.status is TaskStatus.INTENT:
        kind, why = "never_sent", "Nothing was sent and nothing is billed."
        fix = "studio.tasks() sets it down as cancelled; submit it again if you still want it."
    elif record.status is TaskStatus.SUBMITTING:
        kind, why = "no_answer", "It may have been created, and be billed."
        fix = "studio.tasks() looks for it at the provider; it is not sent again."
    return Finding(
        kind,
        f"{_name(record)} is {record.status}, and the notebook that followed it has ended.",
        why,
        fix,
        repairable=True,
        local_id=record.local_id,
    )


def _uncharged(record: TaskRecord) -> Finding:
    is_known = record.quote is not None
    return Finding(
        "charge_missing",
        f"{_name(record)} is kept, and the ledger has no charge for it.",
        "It is billed by the provider; the sums here are too low by as much.",
        "It is charged from what the provider reported, else by the price that was frozen at submit."
        if is_known
        else "No price is known for it: see the provider's bill.",
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
                    f"{entry.name} is part of a download that nobody goes on with.",
                    _NO_BILL,
                    "It is removed; the clip is fetched from the beginning where it is still to come.",
                    repairable=True,
                    path=path,
                )
        elif path.stem.removesuffix("-last") not in records:
            yield Finding(
                "orphan",
                f"{entry.name} lies among the clips and is no task's of this ledger.",
                _NO_BILL,
                f"Look at it: it may be yours, or of another ledger. It can be moved to {clips.name}/{ORPHANS}.",
                repairable=False,
                path=path,
            )


def is_whole(path: Path) -> bool:
    """Whether a file is there and is a clip from its beginning to its end."""
    try:
        return path.is_file() and media.probe_file(path).kind == "video"
    except MediaError:
        return False
