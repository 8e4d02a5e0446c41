"""A text put into an MP4 and read out of it again, with nothing else in the file changed.

A remux would write a new index, with its own idea of edit lists, sample groups and boxes that it does not know. Here
the index gets one entry more, the places of the samples move by as much, and all other bytes are copied. The text
stands where readers look for a comment, and under a key of our own, since a comment may be somebody else's already.
Source: ISO/IEC 14496-12; Apple, "QuickTime File Format", metadata item list; C2PA 2.1, A.5 (BMFF), read 2026-11-26.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from seedance_nb.errors import MediaError
from seedance_nb.media._bytes import open_file
from seedance_nb.media._clip import opened
from seedance_nb.words import Sentence

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet

LONGEST_TEXT = 256 * 1024
"""Bytes of a text that is put in or taken out at most."""
KEY = "seedance_nb_recipe"
_DOMAIN = b"com.seedance-nb"
_COMMENT = b"\xa9cmt"
_INDEX_LIMIT = 64 * 1024 * 1024
_BOXES = 10_000
_DEPTH = 8
_NAMES = 96
"""Within so many bytes of an item its name stands, or the beginning of a text of ours."""
_CHUNK = 1024 * 1024
_PLAIN = frozenset({b"ftyp", b"free", b"skip", b"wide", b"mdat", b"moov", b"uuid", b"pdin"})
"""Boxes that may stand around an index that grows: none of them names places in the file."""
_C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
"""A signature over the bytes of the file, which a further tag would break."""
_HANDLER = b"\0\0\0\0" + b"\0\0\0\0" + b"mdirappl" + bytes(9)


class _Box(NamedTuple):
    kind: bytes
    start: int
    head: int
    end: int


def tagged(path: str | os.PathLike[str], text: str) -> Iterator[bytes]:
    """The bytes of an MP4 with a text in it, piece by piece.

    Args:
        path: The file as it is.
        text: What is put in.

    Raises:
        MediaError: It is no MP4, or one in which nothing can be added without risk: it is fragmented, signed, or
            too large; or the text is too long.
    """
    content = text.encode()
    if len(content) > LONGEST_TEXT:
        raise _refusal(path, "the text is too long")
    with open_file(os.fspath(path)) as file:
        try:
            yield from _pieces(file, path, content)
        except (struct.error, IndexError, ValueError) as exc:
            raise exc if isinstance(exc, MediaError) else _refusal(path, "its index is damaged") from exc


def tag_of(path: str | os.PathLike[str]) -> str | None:
    """The text that `tagged` put into a file, also where another program has copied only the comment; else None.

    Raises:
        MediaError: It is no clip, or so much stands in it that it is not read.
    """
    too_large = MediaError(Sentence("The recipe in {name!r} is too large to be one.", name=os.path.basename(path)))
    if _has_huge_index(path):
        raise too_large  # FFmpeg would take all of it into memory
    with opened(path, for_packets=True) as container:
        said = {
            key.lower(): _legible(text) for key, text in container.metadata.items()
        }  # Matroska's keys are upper-case
        for key in (KEY, "comment"):
            text = said.get(key, "")
            if f'"{KEY}"' in text[:64]:
                if len(text) > LONGEST_TEXT:
                    raise too_large
                return text
    return None


def _legible(text: str) -> str:
    """Without the halves of letters that PyAV, from 19 on, makes of bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _has_huge_index(path: str | os.PathLike[str]) -> bool:
    with open_file(os.fspath(path)) as file:
        try:
            boxes = list(_top(file, file.seek(0, os.SEEK_END)))
        except ValueError:
            return False  # it is no MP4
    return any(box.end - box.start > _INDEX_LIMIT for box in boxes if box.kind in {b"moov", b"udta", b"meta"})


def same_packets(path: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Whether all streams of two clips have the same packets at the same moments.

    Raises:
        MediaError: One of them cannot be read.
    """
    with opened(path, for_packets=True) as one, opened(other, for_packets=True) as two:
        if _streams(one) != _streams(two):
            return False
        for packet, its_twin in zip_longest(one.demux(), two.demux()):
            if packet is None or its_twin is None or _place(packet) != _place(its_twin):
                return False
            if memoryview(packet) != memoryview(its_twin):
                return False
    return True


def _streams(container: InputContainer) -> list[object]:
    return [
        (stream.type, stream.time_base, stream.start_time, stream.duration, stream.frames)
        for stream in container.streams
    ]


def _place(packet: Packet[Any]) -> tuple[object, ...]:
    flags = packet.is_keyframe, packet.is_discard, packet.is_corrupt
    return packet.stream_index, packet.pts, packet.dts, packet.duration, packet.size, *flags


def _refusal(path: str | os.PathLike[str], why: str) -> MediaError:
    return MediaError(f"Nothing is put into {os.path.basename(path)!r}: {why}.")


def _pieces(file: BinaryIO, path: str | os.PathLike[str], content: bytes) -> Iterator[bytes]:
    length = file.seek(0, os.SEEK_END)
    boxes = list(_top(file, length))
    kinds = [box.kind for box in boxes]
    if kinds[:1] != [b"ftyp"] or kinds.count(b"moov") != 1 or not set(kinds) <= _PLAIN:
        raise _refusal(path, "it is fragmented, or laid out in a way that is not known here")
    for box in boxes:
        if box.kind == b"uuid" and _read(file, box.start + box.head, 16) == _C2PA:
            raise _refusal(path, "it is signed, and the signature would no longer hold")
    place = kinds.index(b"moov")
    index, after = boxes[place], boxes[place + 1 : place + 2]
    if index.end - index.start > _INDEX_LIMIT:
        raise _refusal(path, "its index is too large")
    old = _read(file, index.start + index.head, index.end - index.start - index.head)
    new = _with_text(old, content)
    grown = len(new) + 8 - (index.end - index.start)
    rest, filler = index.end, b""
    if after and after[0].kind == b"free" and after[0].end - after[0].start - grown >= 8:
        # There is room behind the index, left for just that: no sample moves.
        rest = after[0].end
        filler = _box(b"free", bytes(after[0].end - after[0].start - grown - 8))
    else:
        new = _moved(new, index.end, grown, path)
    yield _read(file, 0, index.start)
    yield _box(b"moov", new) + filler
    file.seek(rest)
    while piece := file.read(_CHUNK):
        yield piece


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    found = file.read(count)
    if len(found) != count:
        raise ValueError("The file ends too early.")
    return found


def _top(file: BinaryIO, length: int) -> Iterator[_Box]:
    at = 0
    for _ in range(_BOXES):
        if at == length:
            return
        head = _read(file, at, 8)
        size, start = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, start = int.from_bytes(_read(file, at + 8, 8), "big"), 16
        elif size == 0:
            size = length - at
        if size < start or at + size > length:
            raise ValueError("A box is larger than the file.")
        yield _Box(head[4:8], at, start, at + size)
        at += size
    raise ValueError("There are too many boxes.")


def _inner(data: bytes | bytearray, start: int, end: int) -> Iterator[_Box]:
    """The boxes in a part of an index. A terminator of four zero bytes ends them, as QuickTime has it."""
    at = start
    for _ in range(_BOXES):
        if end - at < 8 or data[at : at + 4] == bytes(4):
            return
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8 or at + size > end:
            raise ValueError("A box is larger than the one around it.")
        yield _Box(bytes(data[at + 4 : at + 8]), at, 8, at + size)
        at += size
    raise ValueError("There are too many boxes.")


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def _with_text(index: bytes, content: bytes) -> bytes:
    """The body of an index, with the text in its list of items."""
    return _grown(index, 0, [b"udta", b"meta", b"ilst"], content)


def _grown(body: bytes, start: int, path: list[bytes], content: bytes) -> bytes:
    """The body of a box with the text at the end of `path`; boxes on the way are made where they are not."""
    if not path:
        return _items(body, content)
    kept, found, end = [body[:start]], False, start
    for box in _inner(body, start, len(body)):
        whole = body[box.start : box.end]
        if box.kind == path[0] and not found:
            found = True
            inside = body[box.start + 8 : box.end]
            if box.kind == b"meta" and (inside[:4] != bytes(4) or b"mdir" not in inside[:48]):
                raise ValueError("The list of items is of a kind that is not known here.")
            whole = _box(box.kind, _grown(inside, 4 if box.kind == b"meta" else 0, path[1:], content))
        kept.append(whole)
        end = box.end
    if not found:
        first = bytes(4) + _box(b"hdlr", _HANDLER) if path[0] == b"meta" else b""
        kept.append(_box(path[0], _grown(first, len(first), path[1:], content)))
    return b"".join(kept) + body[end:]


def _items(items: bytes, content: bytes) -> bytes:
    """A list of items with ours; a comment that is there already is somebody's, and stays."""
    boxes = [
        box
        for box in _inner(items, 0, len(items))
        if KEY.encode() not in items[box.start : min(box.end, box.start + _NAMES)]
    ]
    kept = [items[box.start : box.end] for box in boxes]
    data = _box(b"data", struct.pack(">II", 1, 0) + content)
    if not any(box.kind == _COMMENT for box in boxes):
        kept.append(_box(_COMMENT, data))
    kept.append(_box(b"----", _box(b"mean", bytes(4) + _DOMAIN) + _box(b"name", bytes(4) + KEY.encode()) + data))
    return b"".join(kept)


def _moved(index: bytes, behind: int, by: int, path: str | os.PathLike[str]) -> bytes:
    """The body of an index whose samples lie further back by so much, where they lie behind it."""
    moved = bytearray(index)
    for kind, form, start, count in _tables(moved, 0, len(moved), 0):
        size = struct.calcsize(form)
        for place in range(count):
            at = start + place * size
            (offset,) = struct.unpack_from(form, moved, at)
            if offset >= behind:
                if kind == b"stco" and offset + by >= 2**32:
                    raise _refusal(path, "it is too large")
                struct.pack_into(form, moved, at, offset + by)
    return bytes(moved)


def _tables(index: bytearray, start: int, end: int, depth: int) -> Iterator[tuple[bytes, str, int, int]]:
    """The tables that say where samples lie: their kind, the form of an entry, where they begin, how many there are."""
    if depth > _DEPTH:
        raise ValueError("Boxes are nested too deeply.")
    for box in _inner(index, start, end):
        if box.kind in {b"trak", b"mdia", b"minf", b"stbl"}:
            yield from _tables(index, box.start + 8, box.end, depth + 1)
        elif box.kind in {b"stco", b"co64"}:
            form = ">I" if box.kind == b"stco" else ">Q"
            (count,) = struct.unpack_from(">I", index, box.start + 12)
            if box.start + 16 + count * struct.calcsize(form) > box.end:
                raise ValueError("A table is longer than its box.")
            yield box.kind, form, box.start + 16, count
        elif box.kind in {b"saio", b"cmov", b"mvex"}:
            raise ValueError("The index names places that are not known here.")
