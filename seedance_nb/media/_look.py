"""Everything there is to say of a kept clip from one reading: its facts, its poster, its last frame."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from seedance_nb.errors import MediaError
from seedance_nb.media._bytes import open_file
from seedance_nb.media._facts import Facts
from seedance_nb.media._frames import POSTER_BYTES, POSTER_WIDTH, latest_frame, picture_of, png, small_jpeg
from seedance_nb.media._signature import HEAD, signature
from seedance_nb.media._streams import DESCRIBED, NO_GUESSING, Count, clip_facts, container_of, reader

if TYPE_CHECKING:
    from av.container import InputContainer


@dataclass(frozen=True, slots=True)
class Look:
    """What one reading of a clip found."""

    facts: Facts
    poster: bytes = field(repr=False)
    """As `poster` makes it."""
    last_frame: bytes | None = field(default=None, repr=False)
    """As `last_frame` makes it, where that was asked for."""


def look(path: str | os.PathLike[str], *, last_frame: bool = False) -> Look:
    """Read a clip once, for what `probe_file`, `poster` and `last_frame` say of it one by one.

    Args:
        path: The clip.
        last_frame: Whether its last frame is wanted too, which takes decoding most of it.

    Raises:
        MediaError: The file is missing, damaged, cut off, or no clip.
    """
    name = os.path.basename(path)
    with open_file(os.fspath(path)) as file:
        try:
            return _looked(file, name, last_frame)
        except MediaError:
            raise
        # Decoders of a stranger's bytes raise whatever they stumble over.
        except Exception as exc:
            raise MediaError(f"{name!r} is not a clip, or it is damaged or cut off. Download it again.") from exc


def _looked(file: BinaryIO, name: str, with_last: bool) -> Look:
    found = signature(file.read(HEAD))
    if found is None or found.kind != "video":
        raise MediaError(f"{name!r} is not a clip, whatever its name says. Download it again.")
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    options = NO_GUESSING if found.format in DESCRIBED else {}
    with container_of(file, reader(found), options) as container:
        facts, first = _read_through(container, found.format, length, name)
        last = png(picture_of(latest_frame(container, container.streams.video[0]), None)) if with_last else None
    return Look(facts, first, last)


def _read_through(container: InputContainer, clip_format: str, length: int, name: str) -> tuple[Facts, bytes]:
    """Count all packets; decode only until the first frame is there."""
    stream = container.streams.video[0]
    stream.thread_type = "NONE"  # for one frame, threads take longer to start than to decode
    sound = container.streams.audio[0] if container.streams.audio else None
    count, first = Count(), None
    for packet in container.demux(stream):
        count.add(packet)
        if first is None:
            first = next(iter(packet.decode()), None)
    if first is None:
        raise MediaError(f"No frame of {name!r} can be shown. Download it again.")
    facts = clip_facts(stream, first, count, sound, clip_format, length, name)
    if not facts.duration or facts.duration <= 0:
        raise MediaError(f"{name!r} is a clip without any length. Download it again.")
    return facts, small_jpeg(picture_of(first, POSTER_WIDTH), max_bytes=POSTER_BYTES)
