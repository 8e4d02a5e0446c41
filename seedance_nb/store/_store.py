"""One place in an object store, and what is done with the files there."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedance_nb.errors import StoreError
from seedance_nb.store._address import Place

if TYPE_CHECKING:
    from obstore.store import GCSStore, S3Store

PART = 8 * 1024 * 1024
"""Bytes of one part of a file; what is larger goes in several."""
PIECE = 1024 * 1024
LONGEST_LINK = dt.timedelta(days=7)
"""For longer no address can be signed. Source: Amazon S3, "Authenticating requests: using query parameters"."""

_CODE = re.compile(r"<Code>\s*(\w{1,60})\s*</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_REFUSALS = frozenset({"PermissionDeniedError", "UnauthenticatedError"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One object."""

    key: str
    """Its name in the store's folder, such as `clips/x.mp4`."""
    bytes: int
    changed_at: dt.datetime
    etag: str
    """What the store calls this version of its bytes, without quotes; empty: it does not say."""
    sha256: str = ""
    """What was written down beside it as it was put, in hex; empty: nothing, or it was only listed."""


class Store:
    """A folder in a bucket. Thread-safe; each call waits for the network."""

    def __init__(self, place: Place, client: GCSStore | S3Store, *, is_here: bool = False) -> None:
        self._place = place
        self._client = client
        self.is_here = is_here
        """Whether it answers on this machine alone."""

    @property
    def address(self) -> str:
        """Where it is, such as `s3://bucket/folder`; no key and no query."""
        return str(self._place)

    def url(self, key: str) -> str:
        """The address of an object, as the ledger keeps it."""
        return f"{self.address}/{key}"

    def put(self, file: Path, key: str, *, sha256: str, mime: str = "application/octet-stream") -> bool:
        """Put a file there, and make sure that it is there, whole: by the store's own checksum, else by reading it.

        Args:
            file: What is put.
            key: Under which name; what is there with the same bytes is left, and else replaced.
            sha256: What the file is known by, in hex; it is kept beside the object.
            mime: What a browser is told that it is.

        Returns:
            False where it was there already.

        Raises:
            StoreError: It is not there, or not whole.
            OSError: The file cannot be read.
        """
        import obstore

        size, etag = _expected(file)
        there = self.stat(key)
        if there is not None and there.bytes == size and self._has(there, etag, sha256):
            return False
        with self._asked(f"{file.name} was not put into"):
            obstore.put(
                self._client,
                key,
                file,
                attributes={"Content-Type": mime, "sha256": sha256},
                use_multipart=size > PART,
                chunk_size=PART,
                max_concurrency=4,
            )
        there = self.stat(key)
        if there is None or there.bytes != size or not self._has(there, etag, sha256):
            raise StoreError(f"{file.name} did not come whole into {self.address}.", passing=True)
        return True

    def _has(self, there: Entry, etag: str, sha256: str) -> bool:
        # A store that encrypts, or cuts files in its own way, has other ETags: then only reading tells.
        return there.etag == etag or self.sha256(there.key) == sha256

    def stat(self, key: str) -> Entry | None:
        """What the store says of an object; None: there is none.

        Raises:
            StoreError: It did not answer, or does not let us ask.
        """
        import obstore

        with self._asked("Nothing can be asked of", passes=FileNotFoundError):
            try:
                found = obstore.get(self._client, key, options={"head": True})
                return _entry(found.meta, str(found.attributes.get("sha256", "")))
            except FileNotFoundError:
                return None

    def entries(self, folder: str) -> dict[str, Entry]:
        """All that lies in a folder, by key.

        Raises:
            StoreError: It did not answer, or does not let us ask.
        """
        import obstore

        found: dict[str, Entry] = {}
        with self._asked("Nothing was listed from"):
            for some in obstore.list(self._client, folder, chunk_size=1000):
                for meta in some:
                    entry = _entry(meta)
                    found[entry.key] = entry
        return found

    def read(self, key: str, *, start: int = 0, etag: str = "") -> Iterator[bytes]:
        """The bytes of an object, in pieces.

        Args:
            key: The object.
            start: From which byte on.
            etag: Of which version; empty: of the one that is there.

        Raises:
            StoreError: There is no such object, or another version; or the connection broke.
        """
        import obstore

        options: Any = {"if_match": f'"{etag}"'} if etag else {}
        if start:
            options["range"] = {"offset": start}
        with self._asked(f"{key.rpartition('/')[2]} was not read from"):
            for piece in obstore.get(self._client, key, options=options).stream(min_chunk_size=PIECE):
                yield bytes(piece)

    def sha256(self, key: str) -> str:
        """The checksum of an object, by reading all of it.

        Raises:
            StoreError: It cannot be read.
        """
        digest = hashlib.sha256()
        for piece in self.read(key):
            digest.update(piece)
        return digest.hexdigest()

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; one that is not there is no error.

        Raises:
            StoreError: Some may still be there.
        """
        import obstore

        for key in keys:  # one by one: not every service takes a list in the way of S3
            with self._asked(f"{key.rpartition('/')[2]} was not removed from"), contextlib.suppress(FileNotFoundError):
                obstore.delete(self._client, key)

    def signed(self, key: str, life: dt.timedelta) -> str:
        """An https address at which whoever has it can read one object for a while. It is a secret.

        Args:
            key: The object.
            life: For how long; at most `LONGEST_LINK`. It ends earlier with the keys, where those are temporary.

        Raises:
            StoreError: There are no keys to sign with.
        """
        import obstore

        with self._asked("No address was signed for"):
            return obstore.sign(self._client, "GET", key, min(life, LONGEST_LINK))

    @contextlib.contextmanager
    def _asked(self, what: str, *, passes: type[Exception] | None = None) -> Iterator[None]:
        """Say in our words what went wrong: the library's text holds the store's answer, with keys in it."""
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError:
            if passes is FileNotFoundError:
                raise
            raise StoreError(f"{what} {self.address}: there is no such object or bucket.", missing=True) from None
        except (BaseError, OSError, ValueError) as exc:
            if isinstance(exc, OSError) and exc.filename is not None:
                raise  # of a file on this side
            raise self._explained(what, exc) from None

    def _explained(self, what: str, exc: Exception) -> StoreError:
        said = str(exc)
        code, status = _CODE.search(said), _STATUS.search(said)
        answer = " ".join(found[1] for found in (status, code) if found)
        if type(exc).__name__ in _REFUSALS or (status and status[1] in {"401", "403"}):
            return StoreError(
                f"{what} {self.address}: it refuses these keys ({answer or type(exc).__name__}). Check the account's "
                "keys in the environment, and that they may list, read, write and delete there.",
            )
        if code and code[1] == "NoSuchBucket":
            return StoreError(f"{what} {self.address}: there is no such bucket; make it first.", missing=True)
        why = f"it answered {answer}" if answer else f"it gave no answer that can be used ({type(exc).__name__})"
        return StoreError(f"{what} {self.address}: {why}.", passing=True)

    def __repr__(self) -> str:
        return f"Store({self.address})"

    def __reduce__(self) -> tuple[Any, ...]:
        from seedance_nb.store._opening import opened

        return opened, (self.address,)  # keys do not travel; who unpacks it has some, or has not


def _entry(meta: Any, sha256: str = "") -> Entry:
    return Entry(meta["path"], meta["size"], meta["last_modified"], (meta["e_tag"] or "").strip('"'), sha256)


def _expected(file: Path) -> tuple[int, str]:
    """The size of a file, and the ETag that S3 gives to it when it comes in parts of ours."""
    digests: list[bytes] = []
    size = 0
    with file.open("rb") as opened:
        while piece := opened.read(PART):
            size += len(piece)
            digests.append(hashlib.md5(piece, usedforsecurity=False).digest())
    if size <= PART:
        return size, digests[0].hex() if digests else hashlib.md5(usedforsecurity=False).hexdigest()
    return size, f"{hashlib.md5(b''.join(digests), usedforsecurity=False).hexdigest()}-{len(digests)}"
