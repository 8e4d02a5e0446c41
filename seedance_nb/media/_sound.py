"""The sound of a clip: turned into samples at their exact places, and encoded anew."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from seedance_nb.media._clip import LONGEST, opened

if TYPE_CHECKING:
    import os

    import numpy as np
    import numpy.typing as npt
    from av.audio.frame import AudioFrame
    from av.container import OutputContainer

    Samples = npt.NDArray[np.float32]

GAP = Fraction(1, 50)
"""Seconds by which a piece of sound has to be off its place to be moved there; less is how containers round."""
AAC_RATE = 192_000
"""Bits a second of sound that is encoded anew as AAC."""
_LAYOUTS = {1: "mono", 2: "stereo"}


def layout_of(channels: int) -> str:
    """Mono stays mono; everything else becomes stereo."""
    return _LAYOUTS.get(channels, "stereo")


def samples_of(
    path: str | os.PathLike[str], *, rate: int, layout: str, start: Fraction, seconds: Fraction
) -> Samples | None:
    """The sound of a clip from one moment on, exactly so long: silence where there is none.

    Args:
        path: The clip.
        rate: Samples a second of what is returned.
        layout: `mono` or `stereo`.
        start: The moment, in seconds of the clip's own time, at which its picture begins.
        seconds: How long the picture lasts.

    Returns:
        Floats between -1 and 1, one row a channel; None if the clip has no sound.

    Raises:
        MediaError: It cannot be decoded.
    """
    import numpy as np

    with opened(path) as container:
        if not container.streams.audio:
            return None
        found = np.zeros((2 if layout == "stereo" else 1, round(min(seconds, Fraction(LONGEST)) * rate)), np.float32)
        stream = container.streams.audio[0]
        for at, piece in placed(container.decode(stream), rate, layout):
            _put(found, round((at - start) * rate), piece)
        return found


def placed(frames: Iterator[AudioFrame], rate: int, layout: str) -> Iterator[tuple[Fraction, Samples]]:
    """Pieces of sound with the moment of each, in seconds, from the frames of a decoder."""
    import av

    resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate)
    next_at: Fraction | None = None
    piece: Any
    for frame in frames:
        at = None if frame.pts is None or frame.time_base is None else frame.pts * frame.time_base
        if next_at is None or (at is not None and abs(at - next_at) > GAP):
            next_at = at or Fraction(0)
        # The resampler must not see the times: it would fill gaps, or refuse them.
        frame.pts = None
        for piece in resampler.resample(frame):
            yield next_at, piece.to_ndarray()
            next_at += Fraction(piece.samples, rate)
    for piece in resampler.resample(None):
        yield next_at or Fraction(0), piece.to_ndarray()


def _put(found: Samples, at: int, piece: Samples) -> None:
    first, end = max(at, 0), min(at + piece.shape[1], found.shape[1])
    if end > first:
        found[:, first:end] = piece[:, first - at : end - at]


class Voice:
    """Sound on its way into a new clip, ever as far as its picture."""

    def __init__(self, container: OutputContainer, codec: str, *, rate: int, layout: str, bits: int) -> None:
        self._container = container
        stream: Any = container.add_stream(codec, rate=rate, layout=layout)
        stream.bit_rate = bits
        self._stream = stream
        self.rate, self.layout = rate, layout
        self.written = 0
        """Samples so far."""

    def write(self, samples: Any) -> None:
        """Add samples, one row a channel, floats."""
        import av
        import numpy as np

        if not samples.shape[1]:
            return
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32), "fltp", self.layout)
        frame.sample_rate, frame.pts, frame.time_base = self.rate, self.written, Fraction(1, self.rate)
        self.written += samples.shape[1]
        self._container.mux(self._stream.encode(frame))

    def write_at(self, place: int, samples: Any) -> None:
        """Add samples at their place: what is missing before it is silent, and what is there already stays."""
        import numpy as np

        if place > self.written:
            self.write(np.zeros((samples.shape[0], place - self.written), np.float32))
        self.write(samples[:, max(self.written - place, 0) :])

    def finish(self) -> None:
        """No more comes."""
        if self.written:
            self._container.mux(self._stream.encode(None))
