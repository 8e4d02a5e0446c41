"""The picture between two shots: the last frame of a kept clip, whoever made it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seedance_nb import media
from seedance_nb.engine import copies
from seedance_nb.engine.arriving import artifact, still_path, worked_on
from seedance_nb.engine.parts import refused, settle, write_whole
from seedance_nb.engine.shelving import beside
from seedance_nb.errors import MediaError, NotKeptError
from seedance_nb.task import Artifact, TaskRecord


def last_frame(record: TaskRecord, add: Callable[[str, Artifact], None]) -> Path:
    """Where the last frame of a kept clip lies; taken from the clip, and noted, where there is none.

    Args:
        record: The task.
        add: Notes a file of a task in the ledger.

    Raises:
        NotKeptError: Neither the picture nor the clip is on this disk, or the disk has no room for it.
        MediaError: The clip has no frame that can be read.
        StoreError: The picture was made again, and the object store of the clip did not take it.
    """
    picture, clip = record.artifact("last_frame"), record.artifact("clip")
    copies.bring([picture])
    if picture is not None and picture.path is not None and _is_picture(picture.path):
        return picture.path
    copies.bring([clip])
    if clip is None or clip.path is None or not clip.path.is_file():
        raise NotKeptError(
            f"The clip of task {record.task_id or record.local_id} is not on this disk any more, and its last frame is "
            f"what the next shot begins with. studio.tasks()[{record.local_id!r}].rescue() fetches it, at no cost, as "
            "long as its provider has it; then run the chain again."
        )
    target = still_path(clip.path, "last_frame")
    try:
        kept = write_whole(worked_on(clip.path, media.last_frame), target)
        settle(target.parent)
    except OSError as exc:
        raise refused(exc, target) from exc
    add(record.local_id, beside(clip, artifact("last_frame", kept, media.probe_file(kept.path))))
    return kept.path


def _is_picture(path: Path) -> bool:
    """Whether a picture is there and whole; one that is not is made again."""
    try:
        return path.is_file() and media.probe_file(path).kind == "image"
    except MediaError:
        return False
