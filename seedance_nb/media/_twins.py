"""Copies of a clip for those who cannot take it as it is.

VS Code plays no AAC, so there is a twin with the same pictures and its sound as MP3; most browsers play no HEVC, so
there is one in H.264. Who is to judge a clip blindly gets a copy whose bytes say nothing of where it comes from.
Source: VS Code, "Working with images, videos and audio", https://code.visualstudio.com/docs/editor, read 2026-11-26.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from seedance_nb.media._clip import Stopped, go_on, never, opened, written
from seedance_nb.media._encoding import H264, Shape, shape_of
from seedance_nb.media._sound import Voice, layout_of, placed

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet

Kind = Literal["mp3", "h264"]

MP3_RATE = 160_000
"""Bits a second of a twin's sound."""
_MP3_SAMPLE_RATES = (44_100, 48_000)
H264_LINES = 1080
"""The shorter side of a twin in H.264 at most; what plays no HEVC has no better screen."""
_TEXT = re.compile(rb"x26[45][ -~]{8,}|Lav[cf][0-9.]+|LAME[0-9.]+|LIBFAAC [ -~]+")


def twin(path: str | os.PathLike[str], target: str | os.PathLike[str], kind: Kind, *, stopped: Stopped = never) -> None:
    """Make a copy that plays where the clip itself does not.

    Args:
        path: The clip.
        target: Where the copy is to lie; it is there whole, or not at all.
        kind: `"mp3"`: the same pictures, packet for packet, with the sound as MP3.
            `"h264"`: the pictures in H.264, frame for frame, the shorter side at most 1080; with the same sound.
        stopped: Asked before each packet whether to stop.

    Raises:
        MediaError: The clip cannot be read, or this disk refused the copy, or it was stopped.
    """
    if kind == "mp3":
        with opened(path) as source, written(target) as out:
            _with_mp3(source, out, stopped)
    else:
        shape = _capped(shape_of(path))
        with opened(path) as source, written(target) as out:
            _with_h264(source, out, shape, stopped)


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
    with opened(path) as source, written(target, is_bare=True) as out:
        streams = [*source.streams.video[:1], *source.streams.audio[:1]]
        copies = {stream.index: _copy_of(out, stream) for stream in streams}
        for packet in _packets(source, streams, stopped):
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


def _packets(source: InputContainer, streams: list[Any], stopped: Stopped) -> Iterator[Any]:
    """All packets but the empty ones at the end, which only flush decoders."""
    for packet in source.demux(streams):
        go_on(stopped)
        if packet.dts is not None or packet.size:
            yield packet


def _capped(shape: Shape) -> Shape:
    scale = min(Fraction(1), Fraction(H264_LINES, min(shape.width, shape.height)))
    return replace(shape, width=int(shape.width * scale) // 2 * 2, height=int(shape.height * scale) // 2 * 2)


def _with_mp3(source: InputContainer, out: OutputContainer, stopped: Stopped) -> None:
    picture = source.streams.video[0]
    copy = out.add_stream_from_template(picture)
    sound = source.streams.audio[0] if source.streams.audio else None
    if sound is None:
        for packet in _packets(source, [picture], stopped):
            packet.stream = copy
            out.mux(packet)
        return
    rate = sound.rate if sound.rate in _MP3_SAMPLE_RATES else _MP3_SAMPLE_RATES[-1]
    layout = layout_of(sound.channels)
    voice = Voice(out, "libmp3lame", rate=rate, layout=layout, bits=MP3_RATE)

    def heard() -> Iterator[Any]:
        # Pictures go straight into the copy on the way, so that both stay side by side in it.
        for packet in source.demux([picture, sound]):
            go_on(stopped)
            if packet.stream is sound:
                yield from packet.decode()
            elif packet.size:
                packet.stream = copy
                out.mux(packet)

    for at, piece in placed(heard(), rate, layout):
        voice.write_at(round(at * rate), piece)
    voice.finish()


def _with_h264(source: InputContainer, out: OutputContainer, shape: Shape, stopped: Stopped) -> None:
    picture = source.streams.video[0]
    picture.thread_type = "AUTO"
    made = H264(out, shape, time_base=shape.time_base)
    sound = source.streams.audio[0] if source.streams.audio else None
    copy = out.add_stream_from_template(sound) if sound is not None else None
    for packet in source.demux([picture] if sound is None else [picture, sound]):
        go_on(stopped)
        if packet.stream is picture:
            frames: list[Any] = list(packet.decode())
            for frame in frames:
                made.write(frame, frame.pts)
        elif packet.size and copy is not None:
            packet.stream = copy
            out.mux(packet)
    made.finish()
