"""What is done with a clip that has come: it is read through once, gets its name, and its stills lie beside it.

Everything here is file work, for a thread that may wait for a disk.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from seedance_nb import media, workshop
from seedance_nb.engine.parts import Kept, Part, prepare, settle, write_whole
from seedance_nb.errors import MediaError, WorkerError
from seedance_nb.recipe import sidecar
from seedance_nb.task import Artifact, ArtifactKind

log = logging.getLogger("seedance_nb.engine")
T = TypeVar("T")

PATIENCE = 60.0
"""Seconds in which a worker has to do its work on a clip, before it is done here."""
ORPHANS = "orphans"
"""The folder beside the clips for files that are no task's."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A clip that is whole and under its name, with the stills that could be made of it."""

    facts: media.Facts
    artifacts: tuple[Artifact, ...]

    def has(self, kind: ArtifactKind) -> bool:
        """Whether a file of this kind is there."""
        return any(artifact.kind == kind for artifact in self.artifacts)

    def with_expiry(self, at: dt.datetime | None) -> Arrival:
        """The same, knowing until when the clip's address works."""
        clip, *stills = self.artifacts
        return replace(self, artifacts=(replace(clip, expires_at=at), *stills))


def clip_path(folder: Path, local_id: str) -> Path:
    """Where the clip of a task lies in the folder of clips."""
    return folder / f"{local_id}.mp4"


def still_path(clip: Path, kind: ArtifactKind) -> Path:
    """Where a still of a clip lies."""
    return clip.with_suffix(".jpg") if kind == "poster" else clip.with_name(f"{clip.stem}-last.png")


def arrive(part: Part, *, last_frame: bool, recipe: str = "") -> Arrival:
    """Make sure that what came is a clip, give it its name, and put its stills beside it.

    Args:
        part: All of the file.
        last_frame: Whether its last frame is wanted as a picture too.
        recipe: What made it, to be put into it and beside it; empty: nothing is.

    Raises:
        MediaError: It is no clip, or a damaged one; it has no name then.
        OSError: This disk refused it.
    """
    part.finish()
    look = _look(part.path, part.target.name, last_frame=last_frame)
    return _settled(_published(part, recipe), look, recipe)


def _published(part: Part, recipe: str) -> Kept:
    """Give a clip its name, with its recipe in it if that can be: a second part, which alone gets the name.

    Whatever stands against it, the clip is kept as it came.
    """
    if not recipe:
        return part.publish()
    whole = Part(part.target)
    try:
        for piece in media.tagged(part.path, recipe):
            whole.write(piece)
        whole.finish()
        if media.same_packets(part.path, whole.path):
            return whole.publish()
        log.warning("%s is kept without its recipe in it: it would not have been the same clip.", part.target.name)
    except (MediaError, OSError) as exc:
        log.info("%s is kept without its recipe in it: %s", part.target.name, exc)
    finally:
        whole.drop()
    return part.publish()


def found(target: Path, known: Artifact | None, *, last_frame: bool, recipe: str = "") -> Arrival | None:
    """See whether a clip is under its name already, and make sure that it could be.

    A file that is not what it should be is a person's for all we know: it is moved aside, never overwritten.

    Args:
        target: The clip's final name.
        known: What the ledger knows of it; None: an earlier process had not come so far as to say.
        last_frame: Whether its last frame is wanted as a picture too.
        recipe: What made it, to be put beside it; the clip itself is not touched.

    Raises:
        OSError: This disk would refuse it.
    """
    prepare(target)
    if not target.exists():
        return None
    kept = described(target)
    if known is not None and known.sha256 not in {None, kept.sha256}:
        log.warning("%s is not the clip that was kept; it was moved to %s.", target.name, set_aside(target))
        return None
    try:
        look = _look(target, target.name, last_frame=last_frame)
    except MediaError as exc:
        log.warning("%s was moved to %s: %s", target.name, set_aside(target), exc)
        return None
    return _settled(kept, look, recipe)


def described(path: Path) -> Kept:
    """A file that lies there, by its bytes.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Kept(path, digest, file.tell())


def set_aside(path: Path) -> Path:
    """Move a file into the folder for those that are no task's; returns where it is now."""
    folder = path.parent / ORPHANS
    folder.mkdir(exist_ok=True)
    there = folder / path.name
    while there.exists():
        there = folder / f"{path.stem}-{secrets.token_hex(3)}{path.suffix}"
    path.rename(there)
    return there


def artifact(kind: ArtifactKind, kept: Kept, facts: media.Facts | None = None) -> Artifact:
    """A file on this disk as the ledger knows it."""
    return Artifact(
        kind=kind,
        path=kept.path,
        sha256=kept.sha256,
        bytes=kept.bytes,
        width=facts.width if facts else None,
        height=facts.height if facts else None,
        kept_at=dt.datetime.now(dt.UTC),
    )


def _look(path: Path, name: str, *, last_frame: bool) -> media.Look:
    try:
        return worked_on(path, media.look, last_frame=last_frame)
    except MediaError as exc:
        facts = media.probe_file(path)  # a clip of which no picture can be made is still a clip
        if facts.kind != "video":
            raise
        log.warning("%s is kept; a still of it could not be made: %s", name, exc)
        return media.Look(facts, b"")


def worked_on(clip: Path, function: Callable[..., T], **options: Any) -> T:
    """What comes of media work on a file in `home/clips`, done by the workshop of its home, or here if that does not.

    Raises:
        MediaError: As the function says.
    """
    try:
        came: T = workshop.at(clip.parent.parent).do(function, clip, patience=PATIENCE, **options)
        return came
    except WorkerError as exc:  # a clip is not lost for want of a worker
        log.warning("%s is worked on here: %s", clip.name, exc)
        return function(clip, **options)


def _settled(clip: Kept, look: media.Look, recipe: str) -> Arrival:
    """The stills and the recipe of a clip that has its name, all of it made to outlive a power cut."""
    files = [artifact("clip", clip, look.facts)]
    stills: list[tuple[ArtifactKind, bytes | None]] = [("poster", look.poster), ("last_frame", look.last_frame)]
    for kind, picture in stills:
        if picture:
            with _minor(clip.path, "a still of it"):
                kept = write_whole(picture, still_path(clip.path, kind))
                files.append(artifact(kind, kept, look.facts if kind == "last_frame" else None))
    if recipe:
        with _minor(clip.path, "its recipe"):
            write_whole(f"{recipe}\n".encode(), sidecar(clip.path))
    settle(clip.path.parent)
    return Arrival(look.facts, tuple(files))


@contextlib.contextmanager
def _minor(clip: Path, what: str) -> Iterator[None]:
    """A still or a recipe that this disk refuses does not take back the clip."""
    try:
        yield
    except OSError as exc:
        log.warning("%s is kept; %s could not be written: %s", clip.name, what, exc.strerror or exc)
