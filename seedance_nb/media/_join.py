"""Clips put one after the other into one film, and where the cuts are in it.

Pictures of clips that were encoded alike are copied packet for packet. Sound is always encoded anew: each clip's AAC
begins with samples that are not heard and ends with a frame that is not full, which would add up to a drift. Here each
clip's sound is cut or filled to exactly as long as its pictures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedance_nb.errors import MediaError
from seedance_nb.media._clip import LONGEST, Stopped, go_on, never, opened, written
from seedance_nb.media._encoding import H264, Shape, shape_of
from seedance_nb.media._sound import AAC_RATE, Voice, layout_of, samples_of
from seedance_nb.words import Sentence

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.video.frame import VideoFrame

    from seedance_nb.media._sound import Samples

MOST_CLIPS = 200


@dataclass(frozen=True, slots=True)
class Cut:
    """Where one clip stands in a film."""

    path: Path
    """The clip."""
    start: int
    """The film's frame, counted from 0, at which it begins."""
    frames: int
    """How many frames of the film are its."""
    start_s: float
    """The moment, in seconds of the film, at which it begins."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A film that was put together; as a sequence, its cuts."""

    path: Path
    cuts: tuple[Cut, ...]
    copied: bool
    """Whether the pictures are the clips' own, packet for packet, and not encoded anew."""
    why: str
    """What was done, and for what reason."""

    def __iter__(self) -> Iterator[Cut]:
        return iter(self.cuts)

    def __len__(self) -> int:
        return len(self.cuts)

    def __getitem__(self, index: int) -> Cut:
        return self.cuts[index]

    @property
    def frames(self) -> int:
        """How many frames the film has."""
        return sum(cut.frames for cut in self.cuts)


@dataclass(frozen=True, slots=True)
class _Clip:
    """What there is to know of a clip before it is joined."""

    path: str
    name: str
    shape: Shape
    stream: tuple[Any, ...]
    """What has to be the same for packets of two clips to stand in one stream."""
    frames: int
    start: int
    """The moment of its first frame, in its time base."""
    length: int
    """How long it lasts, in its time base."""
    is_plain: bool
    """Whether all its packets are shown, in a run that can be continued."""
    sound: tuple[int, int] | None
    """Samples a second and channels."""

    @property
    def seconds(self) -> Fraction:
        return self.length * self.shape.time_base


def join(
    paths: Sequence[str | os.PathLike[str]], target: str | os.PathLike[str], *, stopped: Stopped = never
) -> Joined:
    """Put clips one after the other into one MP4.

    Where the clips differ in size, rate or encoding, all are encoded anew in the first one's size and rate. Clips
    without sound are silent in a film in which others have some.

    Args:
        paths: The clips, in order.
        target: Where the film is to lie; it is there whole, or not at all.
        stopped: Asked before each packet whether to stop.

    Raises:
        MediaError: There is none, one cannot be read, all are too long together, this disk refused the film, or it
            was stopped.
    """
    if not paths:
        raise MediaError(Sentence("There is no clip to join. Name at least one."))
    if len(paths) > MOST_CLIPS:
        raise MediaError(
            Sentence(
                "{count} clips are too many for one film; {most} can be joined.", count=len(paths), most=MOST_CLIPS
            )
        )
    clips = [_clip(path) for path in paths]
    if sum(clip.seconds for clip in clips) > LONGEST:
        raise MediaError(Sentence("The clips are longer than {longest} s together.", longest=LONGEST))
    why = _difference(clips)
    frames = _copied(clips, target, stopped) if not why else _encoded(clips, target, stopped)
    starts = [0, *accumulate(frames)]
    rate = clips[0].shape.rate
    at = [Fraction(0), *accumulate(clip.seconds for clip in clips)] if not why else [start / rate for start in starts]
    cuts = tuple(
        Cut(Path(clip.path), starts[place], frames[place], float(at[place])) for place, clip in enumerate(clips)
    )
    said = why or Sentence("The pictures are copied; the sound is encoded anew, so that it stays in step.")
    return Joined(Path(target), cuts, not why, said)


def _clip(path: str | os.PathLike[str]) -> _Clip:
    shape = shape_of(path)
    with opened(path) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        shown, length, plain, latest = [], 0, True, None
        for packet in container.demux(stream):
            if not packet.size:
                continue
            moment = packet.pts
            if moment is None or packet.dts is None or packet.is_discard:
                plain = False
            plain &= packet.is_keyframe or latest is not None
            plain &= latest is None or packet.dts is None or packet.dts > latest
            latest = packet.dts
            if not packet.is_discard:
                shown.append((moment or 0, packet.duration or 0))
        if not shown:
            raise MediaError(Sentence("There is no picture in {name!r}.", name=os.path.basename(path)))
        first, last = min(shown), max(shown)
        length = last[0] - first[0] + (last[1] or round(1 / (shape.rate * shape.time_base)))
        sound = container.streams.audio[0] if container.streams.audio else None
        alike = (context.name, context.extradata, context.pix_fmt, context.sample_aspect_ratio)
        return _Clip(
            path=os.fspath(path),
            name=os.path.basename(path),
            shape=shape,
            stream=alike,
            frames=len(shown),
            start=first[0],
            length=length,
            is_plain=plain and context.name in {"h264", "hevc", "av1"},
            sound=(sound.rate, sound.channels) if sound is not None else None,
        )


def _difference(clips: list[_Clip]) -> str:
    """Why the pictures cannot be copied; empty if they can."""
    first = clips[0]
    for clip in clips:
        if not clip.is_plain:
            return Sentence("All is encoded anew: parts of {name!r} are not to be shown.", name=clip.name)
        if (clip.shape.width, clip.shape.height) != (first.shape.width, first.shape.height):
            return Sentence(
                "All is encoded anew: {name!r} is {width}×{height} and the first clip {wide}×{high}.",
                name=clip.name,
                width=clip.shape.width,
                height=clip.shape.height,
                wide=first.shape.width,
                high=first.shape.height,
            )
        if not _same_rate(clip.shape.rate, first.shape.rate):
            return Sentence(
                "All is encoded anew: {name!r} has {rate} frames a second and the first clip {first}.",
                name=clip.name,
                rate=f"{float(clip.shape.rate):g}",
                first=f"{float(first.shape.rate):g}",
            )
        if clip.stream != first.stream or replace(clip.shape, rate=first.shape.rate) != first.shape:
            return Sentence("All is encoded anew: {name!r} is encoded otherwise than the first clip.", name=clip.name)
    return ""


def _voice(out: OutputContainer, clips: list[_Clip]) -> Voice | None:
    sound = next((clip.sound for clip in clips if clip.sound), None)
    if sound is None:
        return None
    channels = max(clip.sound[1] for clip in clips if clip.sound)
    rate = sound[0] if sound[0] in {32_000, 44_100, 48_000} else 48_000
    return Voice(out, "aac", rate=rate, layout=layout_of(channels), bits=AAC_RATE)


class _Track:
    """The sound of the film, clip by clip, ever as far as the pictures."""

    def __init__(self, voice: Voice | None) -> None:
        self._voice = voice
        self._samples: Samples | None = None
        self._start = self._end = 0

    def begin(self, clip: _Clip, start: Fraction, end: Fraction) -> None:
        """Have the sound of a clip that is shown between two moments of the film."""
        if self._voice is None:
            return
        voice = self._voice
        self._start, self._end = round(start * voice.rate), round(end * voice.rate)
        begin = clip.start * clip.shape.time_base
        length = Fraction(self._end - self._start, voice.rate)
        self._samples = samples_of(clip.path, rate=voice.rate, layout=voice.layout, start=begin, seconds=length)

    def until(self, moment: Fraction | None) -> None:
        """Write what is heard before a moment of the film; None: all of this clip's."""
        import numpy as np

        if self._voice is None:
            return
        voice = self._voice
        end = self._end if moment is None else min(round(moment * voice.rate), self._end)
        done = voice.written
        if end <= done:
            return
        if self._samples is None:
            voice.write(np.zeros((2 if voice.layout == "stereo" else 1, end - done), np.float32))
        else:
            voice.write(self._samples[:, done - self._start : end - self._start])

    def finish(self) -> None:
        """No more comes."""
        if self._voice is not None:
            self._voice.finish()


def _copied(clips: list[_Clip], target: str | os.PathLike[str], stopped: Stopped) -> list[int]:
    """Copy the pictures; returns how many frames there are of each clip."""
    with opened(clips[0].path) as model, written(target) as out:
        stream = out.add_stream_from_template(model.streams.video[0])
        stream.metadata.clear()
        base = clips[0].shape.time_base
        track = _Track(_voice(out, clips))
        shift = 0
        for clip in clips:
            track.begin(clip, shift * base, (shift + clip.length) * base)
            with opened(clip.path) as container:
                for packet in container.demux(container.streams.video[0]):
                    go_on(stopped)
                    if not packet.size or packet.pts is None or packet.dts is None:
                        continue
                    packet.pts += shift - clip.start
                    packet.dts += shift - clip.start
                    track.until(packet.dts * base + 1)
                    packet.stream = stream
                    out.mux(packet)
            track.until(None)
            shift += clip.length
        track.finish()
    return [clip.frames for clip in clips]


def _encoded(clips: list[_Clip], target: str | os.PathLike[str], stopped: Stopped) -> list[int]:
    """Encode all pictures in the first clip's size and rate; returns how many frames there are of each."""
    first = clips[0].shape
    # H.264 of this kind halves the colours' lines, and so needs an even number.
    shape = replace(first, width=first.width // 2 * 2, height=first.height // 2 * 2)
    frames: list[int] = []
    with written(target) as out:
        made = H264(out, shape, time_base=1 / shape.rate)
        track = _Track(_voice(out, clips))
        for clip in clips:
            before = made.frames
            count = clip.frames if _same_rate(clip.shape.rate, shape.rate) else max(round(clip.seconds * shape.rate), 1)
            track.begin(clip, before / shape.rate, (before + count) / shape.rate)
            with opened(clip.path) as container:
                for frame in _at_rate(container, clip, shape.rate, count):
                    go_on(stopped)
                    track.until((made.frames + 1) / shape.rate)
                    made.write(frame, made.frames)
            track.until(None)
            frames.append(made.frames - before)
        made.finish()
        track.finish()
    return frames


def _same_rate(one: Fraction, other: Fraction) -> bool:
    """Whether two rates differ by no more than what containers round."""
    return abs(one - other) * 200 < other


def _at_rate(container: InputContainer, clip: _Clip, rate: Fraction, count: int) -> Iterator[VideoFrame]:
    """Exactly so many frames of a clip: one for one where its rate is this, else those shown at each moment."""
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    base, one_for_one = clip.shape.time_base, _same_rate(clip.shape.rate, rate)
    given, held = 0, None
    for frame in container.decode(stream):
        if given == count:
            return
        if one_for_one:
            yield frame
            given += 1
        elif held is not None and frame.pts is not None:
            # The one before is shown until this one's moment.
            while given < count and (given + Fraction(1, 2)) / rate <= (frame.pts - clip.start) * base:
                yield held
                given += 1
        held = frame
    while held is not None and given < count:
        yield held
        given += 1
