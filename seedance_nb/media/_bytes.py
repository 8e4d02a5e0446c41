"""The bytes of a source on this side: opened, read whole, hashed, or written as a data URI."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import os
import re
import stat
from typing import BinaryIO

from seedance_nb.content import Audio, Image, Media, Source, Video
from seedance_nb.errors import MediaError
from seedance_nb.words import Sentence, Word

LIMIT = 256 * 1024 * 1024
"""What `read` takes into memory at most; above every provider's own limit for one file."""

_CHUNK = 1024 * 1024
_DATA = re.compile(r"data:(?P<mime>[\w.+-]+/[\w.+-]+)?(?:;[\w=.+-]+)*;base64,", re.IGNORECASE)


def source_of(item: Source | Media) -> Source:
    """The source itself, whether it came alone or in an item."""
    return item.source if isinstance(item, Image | Video | Audio) else item


def open_file(path: str) -> BinaryIO:
    """A regular file, open for reading.

    Raises:
        MediaError: It is missing, a folder, a device, or not ours to read.
    """
    name = os.path.basename(path) or path
    try:
        # Not to wait for the other end of a pipe.
        descriptor = os.open(os.path.expanduser(path), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise MediaError(
            Sentence(
                "There is no file {path!r}. A path that is not absolute starts from {folder!r}.",
                path=path,
                folder=os.getcwd(),
            )
        ) from None
    except PermissionError:
        raise MediaError(
            Sentence("The file {name!r} may not be read by this user. Check its permissions.", name=name)
        ) from None
    except IsADirectoryError:
        raise MediaError(Sentence("{name!r} is a folder. Name one file in it.", name=name)) from None
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or Word("the name is not valid")
        raise MediaError(
            Sentence("The file {name!r} cannot be opened: {reason}.", name=name[:120], reason=reason)
        ) from None
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return open(descriptor, "rb")
    os.close(descriptor)
    raise MediaError(
        Sentence("{name!r} is a folder. Name one picture, clip or sound.", name=name)
        if stat.S_ISDIR(mode)
        else Sentence("{name!r} is not a regular file. Name one picture, clip or sound.", name=name)
    )


def open_source(source: Source) -> BinaryIO:
    """The bytes of a local source as an open file.

    Raises:
        MediaError: The source is behind an address, cannot be opened or is not valid base64.
    """
    if isinstance(source.value, bytes):
        return io.BytesIO(source.value)
    if source.kind == "file":
        return open_file(source.value)
    if source.kind == "data":
        return io.BytesIO(_decoded(source.value))
    raise MediaError(f"{source.label!r} is behind an address; its bytes are not on this machine.")


def _decoded(uri: str) -> bytes:
    head = _DATA.match(uri)
    if head is None:
        raise MediaError(
            Sentence(
                "{head!r}… is not a base64 data URI. It reads data:image/png;base64, followed by the bytes in base64.",
                head=uri[:30],
            )
        )
    try:
        found = base64.b64decode(uri[head.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise MediaError(
            Sentence("The base64 behind {head!r} is damaged or cut off. Encode the file again.", head=head[0])
        ) from None
    if not found:
        raise MediaError(Sentence("There are no bytes behind {head!r}.", head=head[0]))
    return found


def size(source: Source) -> int:
    """How many bytes a local source has, without reading a file."""
    if isinstance(source.value, bytes):
        return len(source.value)
    with open_source(source) as file:
        return file.seek(0, os.SEEK_END)


def read(item: Source | Media, *, limit: int = LIMIT) -> bytes:
    """All bytes of a local source.

    Args:
        item: A path, bytes or `data:` address, or the item that holds it.
        limit: The most bytes to take into memory.

    Raises:
        MediaError: It cannot be read, is behind an address, or is larger than `limit`.
    """
    source = source_of(item)
    with open_source(source) as file:
        try:
            found = file.read(limit + 1)
        except OSError as exc:
            raise MediaError(f"{source.label!r} could not be read to its end: {exc.strerror}.") from exc
    if len(found) > limit:
        raise MediaError(f"{source.label!r} is larger than {limit:,} bytes. Use a smaller file or an https:// address.")
    return found


def sha256(item: Source | Media) -> str:
    """The SHA-256 of a local source, as 64 hexadecimal digits.

    Raises:
        MediaError: It cannot be read, or is behind an address.
    """
    found = hashlib.sha256()
    with open_source(source_of(item)) as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def data_uri(item: Media) -> str:
    """A local item as `data:image/png;base64,…`, named after its real format.

    The form is Ark's: lower-case, and `audio/mp3` for an mp3.
    Source: Ark, "Create a video generation task", https://www.volcengine.com/docs/82379/1520757, read 2026-11-20.

    Raises:
        MediaError: It cannot be read, or is not what the item says it is.
    """
    from seedance_nb.media._probe import probe

    facts = probe(item)
    content = read(item)
    if facts is None:
        raise MediaError(f"{item.source.label!r} is behind an address already; send that.")
    return f"data:{facts.kind}/{facts.format};base64,{base64.b64encode(content).decode('ascii')}"
