"""The size of a HEIC or HEIF picture, read from its boxes; Pillow has no decoder for them.

Source: ISO/IEC 23008-12, the item properties `ispe` (size) and `irot` (quarter turns).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

_META_LIMIT = 4 * 1024 * 1024
_TOP_BOXES = 64


def heif_size(file: BinaryIO, length: int) -> tuple[int, int] | None:
    """Width and height as shown, or None if the file does not say.

    A large picture is a grid of tiles with a size each; the largest size is the whole picture's.
    """
    properties = _inside(_meta(file, length)[4:], b"iprp")
    container = _inside(properties, b"ipco")
    sizes = []
    turned = False
    for kind, body in _boxes(container):
        if kind == b"ispe" and len(body) >= 12:
            sizes.append((int.from_bytes(body[4:8], "big"), int.from_bytes(body[8:12], "big")))
        elif kind == b"irot" and body:
            turned = bool(body[0] & 1)
    if not sizes:
        return None
    width, height = max(sizes, key=lambda pair: pair[0] * pair[1])
    if not width or not height:
        return None
    return (height, width) if turned else (width, height)


def _meta(file: BinaryIO, length: int) -> bytes:
    """The body of the top-level `meta` box, or nothing."""
    position = 0
    for _ in range(_TOP_BOXES):
        file.seek(position)
        head = file.read(16)
        if len(head) < 8:
            break
        size, kind, start = _header(head, length - position)
        if kind == b"meta":
            return file.read(0) if size > _META_LIMIT else _read_at(file, position + start, size - start)
        if size < start:
            break
        position += size
    return b""


def _read_at(file: BinaryIO, position: int, count: int) -> bytes:
    file.seek(position)
    return file.read(max(count, 0))


def _header(head: bytes, rest: int) -> tuple[int, bytes, int]:
    """Size of the box, its kind, and where its body starts."""
    size = int.from_bytes(head[:4], "big")
    if size == 1 and len(head) >= 16:
        return int.from_bytes(head[8:16], "big"), head[4:8], 16
    return (size or rest), head[4:8], 8


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position + 8 <= len(data):
        size, kind, start = _header(data[position : position + 16], len(data) - position)
        if size < start:
            return
        yield kind, data[position + start : position + size]
        position += size


def _inside(data: bytes, wanted: bytes) -> bytes:
    return next((body for kind, body in _boxes(data) if kind == wanted), b"")
