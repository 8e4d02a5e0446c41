"""What a clip or a sound holds: lengths counted from its packets, not taken from its header."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, BinaryIO

from seedance_nb.errors import MediaError
from seedance_nb.media._facts import Facts
from seedance_nb.media._signature import Signature
from seedance_nb.words import Sentence

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# FFmpeg's name of the reader for each format; it may try no other.
_READERS = {
    "mp4": "mp4",
    "mov": "mov",
    "m4a": "mp4",
    "webm": "matroska",
    "mkv": "matroska",
    "avi": "avi",
    "wav": "wav",
    "mp3": "mp3",
    "aac": "aac",
    "flac": "flac",
    "ogg": "ogg",
}

DESCRIBED = frozenset({"mp4", "mov"})
NO_GUESSING = {"probesize": "32", "analyzeduration": "0"}
"""The header of these formats describes the streams, so FFmpeg need not decode some of them to find out."""


@dataclass(slots=True)
class Count:
    """The packets of one stream: how many, and from when to when, in its time base."""

    packets: int = 0
    start: int | None = None
    end: int = 0
    length: int = 0

    def add(self, packet: Packet[Any]) -> None:
        """Count a packet, unless it holds nothing that is shown."""
        # The empty packet at the end flushes decoders; what an edit list leaves out is not shown.
        if not packet.size or packet.is_discard:
            return
        self.packets += 1
        self.length += packet.duration or 0
        if packet.pts is not None:
            self.start = packet.pts if self.start is None else min(self.start, packet.pts)
            self.end = max(self.end, packet.pts + (packet.duration or 0))

    def seconds(self, time_base: Fraction | None) -> Fraction:
        """From the first that is shown to the last."""
        span = self.length if self.start is None else self.end - self.start
        return span * time_base if time_base else Fraction(0)


def reader(found: Signature | None) -> str:
    """FFmpeg's name of the one reader that may open a file of this signature.

    Raises:
        MediaError: It is no clip and no sound.
    """
    if found is None or found.kind == "image":
        raise MediaError("The file is not a clip of a known format.")
    return _READERS[found.format]


def container_of(file: BinaryIO, format: str, options: dict[str, str] | None = None) -> InputContainer:
    """A clip or a sound, open for reading.

    Descriptions in a file may be in any encoding, which is no reason to refuse it. PyAV has to be told so before 19,
    and cannot be told since.
    """
    import av

    lenient: dict[str, Any] = {} if int(av.__version__.partition(".")[0]) >= 19 else {"metadata_errors": "replace"}
    container: InputContainer = av.open(file, "r", format=format, options=options or {}, **lenient)
    return container


def stream_facts(file: BinaryIO, found: Signature, label: str) -> Facts:
    """The facts of a clip or sound of a format that its first bytes announced.

    Raises:
        MediaError: It is damaged or cut off, or has nothing in it to see or hear.
    """
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    try:
        facts = _measured(file, found, length, label)
    except MediaError:
        raise
    # Decoders of a stranger's bytes raise whatever they stumble over.
    except Exception as exc:
        raise MediaError(
            Sentence(
                "{label!r} begins like a {format} file, but is damaged or cut off and cannot be decoded. "
                "Save or download it again.",
                label=label,
                format=found.format,
            )
        ) from exc
    if not facts.duration or facts.duration <= 0:
        raise MediaError(
            Sentence(
                "{label!r} is a {format} file without any length. Save or download it again.",
                label=label,
                format=found.format,
            )
        )
    return facts


def _measured(file: BinaryIO, found: Signature, length: int, label: str) -> Facts:
    with container_of(file, reader(found)) as container:
        sound = container.streams.audio[0] if container.streams.audio else None
        # The cover picture of a song is a video stream of one frame.
        picture = container.streams.video[0] if container.streams.video and found.kind == "video" else None
        if picture is not None:
            return _clip(container, picture, sound, found.format, length, label)
        if sound is None:
            raise MediaError(
                Sentence(
                    "{label!r} is a {format} file with no picture and no sound in it.", label=label, format=found.format
                )
            )
        return _sound(container, sound, _sound_format(found.format), length)


def _sound_format(container_format: str) -> str:
    return {"mp4": "m4a", "mov": "m4a"}.get(container_format, container_format)


def _clip(
    container: InputContainer,
    stream: VideoStream,
    sound: AudioStream | None,
    clip_format: str,
    length: int,
    label: str,
) -> Facts:
    first = next(container.decode(stream))
    container.seek(0)
    return clip_facts(stream, first, _counted(container, stream), sound, clip_format, length, label)


def clip_facts(
    stream: VideoStream,
    first: VideoFrame,
    count: Count,
    sound: AudioStream | None,
    clip_format: str,
    length: int,
    label: str,
) -> Facts:
    """The facts of a clip whose packets were counted and whose first frame was seen.

    Raises:
        MediaError: It holds less than it announces.
    """
    width, height = first.width, first.height
    if round(first.rotation / 90) % 2:
        width, height = height, width
    duration = count.seconds(stream.time_base)
    announced = (stream.duration or 0) * (stream.time_base or Fraction(0))
    if duration + 2 * duration / max(count.packets, 1) < announced:
        raise MediaError(
            f"{label!r} is cut off: it announces {float(announced):.2f} s and holds {float(duration):.2f} s. "
            "Save or download it again."
        )
    rate = stream.average_rate or (count.packets / duration if duration else None)
    return Facts(
        kind="video",
        format=clip_format,
        bytes=length,
        width=width,
        height=height,
        duration=duration,
        fps=Fraction(rate) if rate else None,
        frames=count.packets,
        video_codec=stream.codec_context.name,
        audio_codec=sound.codec_context.name if sound else None,
    )


def _sound(container: InputContainer, stream: AudioStream, sound_format: str, length: int) -> Facts:
    next(container.decode(stream))
    container.seek(0)
    duration = _counted(container, stream).seconds(stream.time_base)
    return Facts("audio", sound_format, length, duration=duration, audio_codec=stream.codec_context.name)


def _counted(container: InputContainer, stream: VideoStream | AudioStream) -> Count:
    count = Count()
    for packet in container.demux(stream):
        count.add(packet)
    return count
