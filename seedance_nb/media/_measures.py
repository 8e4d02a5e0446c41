"""What can be measured of a clip: of its pictures, scaled to one size, and of its sound.

The figures compare clips with one another. None says whether a clip is good: a blurred background is not a fault, and
neither is a still camera. All pictures are scaled to 360 lines first, so that a larger one is not sharper for that.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from seedance_nb.errors import MediaError
from seedance_nb.media._clip import Stopped, go_on, never, opened
from seedance_nb.media._probe import probe_file
from seedance_nb.media._sound import layout_of, placed
from seedance_nb.words import Sentence

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from av.video.frame import VideoFrame

    Grey = npt.NDArray[np.float32]

VERSION = 1
"""Of the method. Figures of two versions do not compare; it goes up with every change that changes a figure."""

LINES = 360
_SMALL = 90
_BLACK_LEVEL, _BLACK_SHARE = 25.5, 0.98
"""A frame is black if nearly all of it is below a tenth of white, as FFmpeg's `blackdetect` has it."""
_CUT, _CUT_RATIO, _AROUND = 12.0, 3.0, 4
"""A cut is a difference so large, and so many times what is usual in so many frames on each side of it."""
_SILENT_DB = -60.0
_WINDOW = 0.05
_RATE = 48_000
_NO_LOUDNESS = -69.9
"""EBU R128 begins to count at -70 LUFS."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of a clip."""

    duration: float
    """Seconds, counted from its frames and not taken from its header."""
    frames: int
    """How many there are."""
    fps: float
    """Frames a second, on average."""
    width: int
    """Pixels across, as shown."""
    height: int
    """Pixels down, as shown."""
    video_codec: str
    """For example `h264`."""
    audio_codec: str
    """For example `aac`; empty without sound."""
    has_audio: bool
    """Whether there is a sound track, even a silent one."""
    sharpness: float
    """How strong edges are: the variance of the Laplacian of brightness (0 to 255) at 360 lines; the median of all
    frames that are not black. Grey levels squared: blurred pictures have less than 50, crisp ones several hundred."""
    motion: float
    """How much changes: the mean difference of brightness from one frame to the next, cuts left out. Grey levels
    (0 to 255) for each 1/24 s; 0: a still."""
    flicker: float
    """How much the whole picture's brightness jumps to and fro: the mean distance of a frame's mean brightness from
    the middle of its neighbours', cuts and black frames left out. Grey levels; a fade has none."""
    cuts: tuple[int, ...]
    """The frames, counted from 0, with which a new scene begins; the first frame of the clip is none."""
    black_frames: int
    """How many frames are black: 98 % of the picture below a tenth of white."""
    loudness: float | None
    """LUFS, integrated over the clip (EBU R 128); None: no sound, or none that is loud enough to count."""
    silence: float | None
    """Seconds in which the sound is below -60 dBFS, in windows of 50 ms; None without sound."""

    def values(self) -> dict[str, Any]:
        """The same as data that JSON can hold."""
        return {**asdict(self), "cuts": list(self.cuts)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Measures:
        """From what `values` gave.

        Raises:
            ValueError: Something is missing in it, or of another version.
        """
        known = {field.name for field in fields(cls)}
        if set(values) != known:
            raise ValueError("These are no measures of this version.")
        return cls(**{**values, "cuts": tuple(values["cuts"])})


def measure(path: str | os.PathLike[str], *, stopped: Stopped = never) -> Measures:
    """Measure a clip.

    Args:
        path: The clip.
        stopped: Asked before each frame whether to stop.

    Raises:
        MediaError: The clip cannot be decoded, is too large or long, or it was stopped.
    """
    facts = probe_file(path)
    if facts.kind != "video" or facts.duration is None:
        raise MediaError(Sentence("There is no picture in {name!r}.", name=os.path.basename(path)))
    seen = _Seen()
    with opened(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            go_on(stopped)
            seen.add(frame)
    fps = float(facts.fps or 0)
    loudness, silence = _heard(path, stopped) if facts.audio_codec else (None, None)
    return Measures(
        duration=float(facts.duration),
        frames=seen.frames,
        fps=fps,
        width=facts.width or 0,
        height=facts.height or 0,
        video_codec=facts.video_codec or "",
        audio_codec=facts.audio_codec or "",
        has_audio=facts.audio_codec is not None,
        sharpness=seen.sharpness(),
        motion=seen.motion() * fps / 24,
        flicker=seen.flicker(),
        cuts=seen.cuts(),
        black_frames=sum(seen.black),
        loudness=loudness,
        silence=silence,
    )


class _Seen:
    """What was seen frame by frame, in grey levels from 0 to 255."""

    def __init__(self) -> None:
        self.black: list[bool] = []
        self._edges: list[float] = []
        self._means: list[float] = []
        self._changes: list[float] = []
        """From the frame before, brightness alone; 0 for the first."""
        self._differences: list[float] = []
        """From the last frame that was not black, colours too; 0 for the first and for black ones."""
        self._before: Any = None
        self._lit: Any = None

    @property
    def frames(self) -> int:
        return len(self.black)

    def add(self, frame: VideoFrame) -> None:
        import numpy as np

        grey = _scaled(frame, LINES, "gray")[0]
        small = _scaled(frame, _SMALL, "yuv444p")
        black = bool(np.mean(grey < _BLACK_LEVEL) >= _BLACK_SHARE)
        self.black.append(black)
        self._edges.append(_edges(grey))
        self._means.append(float(grey.mean()))
        self._changes.append(0.0 if self._before is None else float(np.abs(small[0] - self._before[0]).mean()))
        lit = self._lit
        self._differences.append(0.0 if black or lit is None else float(np.abs(small - lit).mean(axis=(1, 2)).max()))
        self._before = small
        if not black:
            self._lit = small

    def sharpness(self) -> float:
        import numpy as np

        lit = [edges for edges, black in zip(self._edges, self.black, strict=True) if not black]
        return float(np.median(lit)) if lit else 0.0

    def cuts(self) -> tuple[int, ...]:
        """Differences that stand out of those around them; what only flickers, flashes or goes black does not."""
        import numpy as np

        lit = [place for place, black in enumerate(self.black) if not black]
        found = np.array([self._differences[place] for place in lit])
        cuts = []
        for here in range(1, len(lit)):
            around = np.concatenate([found[max(here - _AROUND, 1) : here], found[here + 1 : here + 1 + _AROUND]])
            usual = float(around.max()) if around.size else 0.0
            if found[here] >= _CUT and found[here] >= _CUT_RATIO * usual:
                cuts.append(lit[here])
        return tuple(cuts)

    def motion(self) -> float:
        import numpy as np

        cuts, black = set(self.cuts()), self.black
        changes = [
            change
            for place, change in enumerate(self._changes)
            if place and place not in cuts and not black[place] and not black[place - 1]
        ]
        return float(np.mean(changes)) if changes else 0.0

    def flicker(self) -> float:
        import numpy as np

        cuts, black, means = set(self.cuts()), self.black, self._means
        jumps = [
            abs(means[place] - (means[place - 1] + means[place + 1]) / 2)
            for place in range(1, len(means) - 1)
            if not cuts & {place, place + 1} and not any(black[place - 1 : place + 2])
        ]
        return float(np.mean(jumps)) if jumps else 0.0


def _scaled(frame: VideoFrame, lines: int, pixels: str) -> Grey:
    """The planes of a frame, its shorter side so many pixels long, brightness from 0 to 255."""
    import numpy as np

    scale = lines / min(frame.width, frame.height)
    across, down = max(round(frame.width * scale), 8), max(round(frame.height * scale), 8)
    made = frame.reformat(across, down, pixels, dst_color_range="JPEG", interpolation="AREA")
    planes = [
        np.frombuffer(bytes(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in made.planes
    ]
    return np.stack(planes).astype(np.float32)


def _edges(grey: Grey) -> float:
    """The variance of the Laplacian."""
    middle = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((around - 4 * middle).var())


def _heard(path: str | os.PathLike[str], stopped: Stopped) -> tuple[float | None, float]:
    """Integrated loudness in LUFS, and seconds of silence."""
    import numpy as np

    window, powers = int(_RATE * _WINDOW), []
    with opened(path) as container:
        stream = container.streams.audio[0]
        layout = layout_of(stream.channels)
        meter = _Meter(layout)
        rest = np.zeros((2 if layout == "stereo" else 1, 0), np.float32)
        for _, piece in placed(container.decode(stream), _RATE, layout):
            go_on(stopped)
            meter.add(piece)
            rest = np.concatenate([rest, piece], axis=1)
            whole = rest.shape[1] // window
            cut = rest[:, : whole * window].reshape(rest.shape[0], whole, window)
            powers.extend((cut**2).mean(axis=(0, 2)).tolist())
            rest = rest[:, whole * window :]
    silent = sum(power < 10 ** (_SILENT_DB / 10) for power in powers)
    return meter.loudness(), round(silent * _WINDOW, 3)


class _Meter:
    """FFmpeg's meter of loudness after EBU R 128."""

    def __init__(self, layout: str) -> None:
        import av

        self._layout = layout
        self._graph = av.filter.Graph()
        source = self._graph.add_abuffer(sample_rate=_RATE, format="fltp", layout=layout, time_base=Fraction(1, _RATE))
        meter, end = self._graph.add("ebur128", "metadata=1"), self._graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(end)
        self._graph.configure()
        self._at = 0
        self._said = -math.inf

    def add(self, piece: Any) -> None:
        import av
        import numpy as np

        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece, np.float32), "fltp", self._layout)
        frame.sample_rate, frame.pts, frame.time_base = _RATE, self._at, Fraction(1, _RATE)
        self._at += piece.shape[1]
        self._graph.push(frame)
        self._pull()

    def loudness(self) -> float | None:
        """LUFS, or None if nothing was loud enough to count."""
        self._graph.push(None)
        self._pull()
        return round(self._said, 2) if self._said > _NO_LOUDNESS else None

    def _pull(self) -> None:
        import av

        while True:
            try:
                measured: Any = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            self._said = float(measured.metadata.get("lavfi.r128.I", self._said))
