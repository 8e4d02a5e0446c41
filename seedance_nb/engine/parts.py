"""Files on their way to a name on this disk: whole under it, or not there at all.

What is not whole yet is a part file beside the name. Its own name says which process writes it, so that one which
a killed process left behind is known for that, and removed without a guess.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import hashlib
import os
import re
import secrets
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from seedance_nb.engine import owner
from seedance_nb.errors import NotKeptError

BUFFER = 256 * 1024
SPARE = 16 * 1024 * 1024
"""Bytes that a download leaves free on the disk, so that the ledger can still be written."""
STALE = dt.timedelta(days=1)
"""A part that nothing was added to for so long is nobody's, even if its process cannot be asked."""

_NAME = re.compile(r".+\.(?P<pid>\d+)-(?P<start>[0-9a-f]+)-(?P<host>[0-9a-f]{8})-[0-9a-f]{6}\.part")
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NAME_TAKEN = frozenset({errno.EISDIR, errno.ENOTDIR, errno.EEXIST})


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is whole and under its final name."""

    path: Path
    sha256: str
    bytes: int


class Part:
    """As much of a file as is here, beside the name that it gets when it is whole.

    Every method may raise `OSError`; `refused` makes a sentence of it.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.{_signature()}.part")
        self._file: BinaryIO | None = None
        self.start_anew()

    def start_anew(self, *, etag: str = "", total: int | None = None) -> None:
        """Forget what is here: what comes next is the beginning of the file.

        Args:
            etag: What the sender calls this version of the file; empty: it has no name for it that can be trusted.
            total: How many bytes the whole file has, where that is known.
        """
        self._close()
        self.size = 0
        self.etag = etag
        self.total = total
        self._digest = hashlib.sha256()
        self._is_new = True

    def write(self, piece: bytes) -> None:
        """Add to the end."""
        if self._file is None:
            self._file = self.path.open("wb" if self._is_new else "ab", BUFFER)
            self._is_new = False
            if self._file.tell() != self.size:
                raise OSError(errno.EIO, "somebody else changed the part of it that was here")
        self._file.write(piece)
        self._digest.update(piece)
        self.size += len(piece)

    def rest(self) -> None:
        """Let go of the file until more comes."""
        self._close()

    def finish(self) -> None:
        """All is here: put it on the disk, for a power cut to come."""
        if self._file is None:
            self.write(b"")
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._close()

    @property
    def sha256(self) -> str:
        """The checksum of what is here, in hex."""
        return self._digest.hexdigest()

    def publish(self) -> Kept:
        """Give it its name. `settle` makes that outlive a power cut."""
        os.replace(self.path, self.target)
        return Kept(self.target, self.sha256, self.size)

    def drop(self) -> None:
        """Remove what is left of it; nothing is, once it has its name."""
        with contextlib.suppress(OSError):
            self._close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def require_room(self) -> None:
        """Refuse to begin what this disk has no room for.

        Raises:
            OSError: `ENOSPC`, with both sizes in words.
        """
        missing = (self.total or 0) - self.size
        free = shutil.disk_usage(self.path.parent).free
        if missing + SPARE > free:
            raise OSError(errno.ENOSPC, f"{missing:,} bytes are to come, and {free:,} are free on this disk")

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()


def _signature() -> str:
    """This process in the name of a file, and something that no other part of it has."""
    _, pid, started, *_ = owner.me().split("/")
    return f"{pid}-{round(float(started) * 100):x}-{_host()}-{secrets.token_hex(3)}"


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def is_stale(path: Path, *, now: dt.datetime, is_alive: Callable[[str], bool] = owner.is_alive) -> bool:
    """Whether nobody will go on with this part file: its process is gone, or it has not grown for a day.

    Args:
        path: A file whose name ends in `.part`.
        now: The moment of looking, timezone-aware.
        is_alive: Whether a process, as `host/pid/start`, still runs.
    """
    said = _NAME.fullmatch(path.name)
    if said is not None and said["host"] == _host():
        started = int(said["start"], 16) / 100
        if not is_alive(f"{socket.gethostname()}/{said['pid']}/{started:.2f}"):
            return True
    try:
        changed = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    except FileNotFoundError:
        return False
    return now - changed > STALE


def settle(folder: Path) -> None:
    """Make the renames in this folder outlive a power cut, where the system has a way to."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def prepare(target: Path) -> None:
    """Make the folder of a file, and see that its name is free to be taken.

    Raises:
        OSError: It cannot be.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "a folder has this name")


def write_whole(data: bytes, target: Path) -> Kept:
    """Write bytes that are already here under the same promise; `settle` is the caller's.

    Raises:
        OSError: This disk refused it.
    """
    part = Part(target)
    try:
        part.write(data)
        part.finish()
        return part.publish()
    finally:
        part.drop()


def refused(exc: OSError, target: Path) -> NotKeptError:
    """What a disk's refusal means for a clip and its bill, and what to do."""
    if exc.errno in _NO_ROOM:
        advice = "Make room there"
    elif exc.errno in _NAME_TAKEN:
        advice = "Move away what has its name"
    else:
        advice = "Allow writing there"
    return NotKeptError(
        f"{target.name} could not be written to {target.parent}: {exc.strerror or exc}. The clip is made and billed, "
        f"and can be fetched as long as the provider has it. {advice}, then call studio.tasks()."
    )
