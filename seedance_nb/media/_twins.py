"""Copies of a clip for those who cannot take it as it is.

VS Code plays no AAC, so there is a twin with the same pictures and its sound as MP3; most browsers play no HEVC, so
there is one in H.264.
Source: VS Code, "Working with images, videos and audio", https://code.visualstudio.com/docs/editor, read 2026-11-26.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from seedance_nb.media._clip import Stopped, go_on, never, opened, written
from seedance_nb.media._encoding import H264, Shape, shape_of
from seedance_nb.media._sound import Voice, layout_of, placed

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer

Kind = Literal["mp3", "h264"]

MP3_RATE = 160_000
"""Bits a second of a twin's sound."""
_MP3_SAMPLE_RATES = (44_100, 48_000)
H264_LINES = 1080
"""The shorter side of a twin in H.264 at most; what plays no HEVC has no better screen."""


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


def packets_of(source: InputContainer, streams: list[Any], stopped: Stopped) -> Iterator[Any]:
    """All packets of some streams but the empty ones at the end, which only flush decoders."""
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
        for packet in packets_of(source, [picture], stopped):
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
