"""A copy of a clip for who is to judge it blindly: its bytes say nothing of where it comes from."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedance_nb.media._clip import Stopped, never, opened, written
from seedance_nb.media._twins import packets_of

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet

_TEXT = re.compile(rb"x26[45][ -~]{8,}|Lav[cf][0-9.]+|LAME[0-9.]+|LIBFAAC [ -~]+")
"""What encoders leave of themselves beside what is shown: their name, and all that they were told."""


def bare_copy(path: str | os.PathLike[str], target: str | os.PathLike[str], *, stopped: Stopped = never) -> None:
    """Make a copy that plays the same and says nothing of itself: no tags, no times, no names of encoders.

    Only the first picture and the first sound are in it. Their packets are the same, but for texts that encoders
    leave in them beside what is shown, which are overwritten with blanks.

    Args:
        path: The clip.
        target: Where the copy is to lie; it is there whole, or not at all.
        stopped: Asked before each packet whether to stop.

    Raises:
        MediaError: The clip cannot be read, or this disk refused the copy, or it was stopped.
    """
    with opened(path) as source, written(target, finish=_blank_index) as out:
        streams = [*source.streams.video[:1], *source.streams.audio[:1]]
        copies = {stream.index: _copy_of(out, stream) for stream in streams}
        for packet in packets_of(source, streams, stopped):
            _blank_text(packet)
            packet.stream = copies[packet.stream.index]
            out.mux(packet)


def _copy_of(out: OutputContainer, stream: Any) -> Any:
    copy = out.add_stream_from_template(stream)
    copy.metadata.clear()
    return copy


def _blank_text(packet: Packet[Any]) -> None:
    """Overwrite what an encoder says of itself in a packet; nothing that is shown or heard is there."""
    content = bytes(packet)
    blanked = _TEXT.sub(lambda found: b" " * len(found[0]), content)
    if blanked != content:
        packet.update(blanked)


def _blank_index(path: Path) -> None:
    """Overwrite what an encoder says of itself in the index, which stands in front."""
    with path.open("r+b") as file:
        head = file.read(8)
        while len(head) == 8 and head[4:] not in {b"moov", b"mdat"}:
            file.seek(int.from_bytes(head[:4], "big") - 8, os.SEEK_CUR)
            head = file.read(8)
        if head[4:] == b"moov":
            at = file.tell()
            index = file.read(int.from_bytes(head[:4], "big") - 8)
            file.seek(at)
            file.write(_TEXT.sub(lambda found: b" " * len(found[0]), index))
