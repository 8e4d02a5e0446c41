"""What is worked on, and how whoever works on it gets at its bytes."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from seedance_nb.errors import StoreError
from seedance_nb.task import Artifact

ATTEMPTS = 5
"""So often a connection to an object store may break before a clip counts as not given."""


class OutOfSightError(Exception):
    """Whoever works here sees neither the file nor a store that it lies in; its bytes have to be sent."""


@dataclass(frozen=True, slots=True)
class Workpiece:
    """A clip to be worked on: where it lies on the machine that asks, and in a store."""

    path: str
    original: str = ""
    """Where it lies in an object store, such as `s3://bucket/clips/x.mp4`; never a signed address."""
    sha256: str = ""
    """What tells it from another file of that name, in hex; empty: whoever works on it has the same disk."""
    content: bytes | None = field(default=None, repr=False)
    """Its bytes, where they are sent along."""

    @classmethod
    def of(cls, clip: str | os.PathLike[str] | Artifact) -> Self:
        """A file, or what the ledger knows of one."""
        if isinstance(clip, Artifact):
            return cls(os.path.abspath(clip.path) if clip.path else "", clip.original, clip.sha256 or "")
        return cls(os.path.abspath(clip))

    def known(self) -> Self:
        """The same, with its checksum.

        Raises:
            OSError: It cannot be read.
        """
        if self.sha256 or not os.path.isfile(self.path):
            return self
        with open(self.path, "rb") as file:
            return replace(self, sha256=hashlib.file_digest(file, "sha256").hexdigest())

    def loaded(self) -> Self:
        """The same, with its bytes.

        Raises:
            OSError: It cannot be read.
        """
        return replace(self, content=Path(self.path).read_bytes())

    def at_hand(self, folder: Path, *, is_same_disk: bool) -> Path:
        """Where it can be read by this process.

        Args:
            folder: Where it may be put for as long as the work takes.
            is_same_disk: Whether `path` names the same file here as on the machine that asks.

        Raises:
            OutOfSightError: Nowhere, without its bytes.
            StoreError: The store does not give it, or gives other bytes.
            ConfigurationError: The store cannot be opened from here.
        """
        path = Path(self.path)
        if self.content is not None:
            return self._put(folder, self.content)
        if path.is_file() and (is_same_disk or _digest(path) == self.sha256):
            return path
        if self.original:
            return self._put(folder, self._from_store())
        if not is_same_disk:
            raise OutOfSightError(path.name)
        return path

    def _put(self, folder: Path, content: bytes) -> Path:
        folder.mkdir(parents=True)
        target = folder / os.path.basename(self.path)  # errors name it
        target.write_bytes(content)
        return target

    def _from_store(self) -> bytes:
        from seedance_nb.store import at

        root, folder, name = self.original.rsplit("/", 2)
        store, key, content, etag = at(root), f"{folder}/{name}", bytearray(), ""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                etag = etag or getattr(store.stat(key), "etag", "")
                for piece in store.read(key, start=len(content), etag=etag):
                    content += piece
                break
            except StoreError as exc:
                if not exc.passing or attempt == ATTEMPTS:
                    raise
        if self.sha256 and hashlib.sha256(content).hexdigest() != self.sha256:
            raise StoreError(f"{name} came out of {store.address} with other bytes than were kept; it was not used.")
        return bytes(content)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
