"""How much room kept files take, where, and what is known on one side only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb.engine import copies
from seedance_nb.engine.hosting import FOLDER as REFERENCES
from seedance_nb.engine.shelving import FOLDER as CLIPS
from seedance_nb.ledger import Ledger
from seedance_nb.reports.space_frame import space_frame
from seedance_nb.task import TaskRecord

if TYPE_CHECKING:
    import pandas as pd

    from seedance_nb.store import Store

Sizes = Mapping[str, int]
Key = tuple[str, str, str, str]


def space(ledger: Ledger, home: Path, stores: Iterable[Store]) -> pd.DataFrame:
    """What kept files take; see `Studio.space`.

    Args:
        ledger: Knows what is kept, and where.
        home: The folder on this machine.
        stores: Object stores to look into, beside those that the ledger names.

    Raises:
        StoreError: A store does not answer: what is in it is not known.
        ConfigurationError: A store that the ledger names cannot be opened from here.
    """
    records = ledger.records(newest_first=False)
    held = dict(_held(records, stores))
    folder = _folder(home / CLIPS)
    sums: dict[Key, dict[str, int]] = defaultdict(lambda: {"files": 0, "bytes": 0, "missing": 0, "here": 0})
    known: set[tuple[str, str]] = set()
    for record in records:
        for kind, root, name, size in _files_of(record, held, folder):
            place = root or str(home)
            found = held[root].get(f"{CLIPS}/{name}") if root else folder.get(name)
            row = sums[place, record.project, f"{record.created_at:%Y-%m}", kind]
            row["files"] += 1
            row["bytes"] += found if found is not None else size
            row["missing"] += found is None
            row["here"] += folder.get(name, 0)
            known.add((root, name))
    for root, sizes in held.items():
        for key, size in sizes.items():
            part, _, name = key.partition("/")
            if part == REFERENCES or (root, name) not in known:
                _count(sums[root, "", "", "reference" if part == REFERENCES else "unknown"], size)
    for name, size in folder.items():
        if not any(each == name for _, each in known):
            _count(sums[str(home), "", "", "unknown"], size, here=size)
    return space_frame([{**dict(zip(_KEYS, key, strict=True)), **row} for key, row in sorted(sums.items())])


_KEYS = ("place", "project", "month", "kind")


def _count(row: dict[str, int], size: int, *, here: int = 0) -> None:
    row["files"] += 1
    row["bytes"] += size
    row["here"] += here


def _held(records: Iterable[TaskRecord], stores: Iterable[Store]) -> Iterator[tuple[str, Sizes]]:
    """What is in each store, by key."""
    known = {store.address: store for store in stores}
    named = {copies.place_of(each.original)[0] for record in records for each in record.artifacts if each.original}
    for root in sorted(named | known.keys()):
        from seedance_nb.store import at

        store = known.get(root) or at(root)
        entries = {**store.entries(CLIPS), **store.entries(REFERENCES)}
        yield root, {key: entry.bytes for key, entry in entries.items()}


def _folder(clips: Path) -> Sizes:
    try:
        return {each.name: each.stat().st_size for each in clips.iterdir() if each.is_file()}
    except (FileNotFoundError, NotADirectoryError):
        return {}


def _files_of(record: TaskRecord, held: Mapping[str, Sizes], folder: Sizes) -> Iterator[tuple[str, str, str, int]]:
    """The files of a task: kind, store (empty: the folder), name, and the size that the ledger has of it."""
    for artifact in record.artifacts:
        if artifact.path is None:
            continue
        root = copies.place_of(artifact.original)[0] if artifact.original else ""
        yield artifact.kind, root, artifact.path.name, artifact.bytes or 0
        if artifact.kind == "clip":
            told = artifact.path.with_suffix(".json").name
            if (f"{CLIPS}/{told}" in held[root]) if root else (told in folder):
                yield "recipe", root, told, 0
