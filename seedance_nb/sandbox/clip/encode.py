"""Frames and samples in, an MP4 file out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from seedance_nb.sandbox.clip import FPS
from seedance_nb.sandbox.clip.media import RATE
from seedance_nb.sandbox.clip.planes import F32

_THREADS = 2
"""A fixed number, because the bytes of a file depend on it."""

_X264 = "bframes=0:rc-lookahead=0:keyint=72:8x8dct=1:cabac=1:deblock=0,0:aq-mode=1"
"""High profile at the cost of the fastest preset; `aq-mode` keeps soft skies free of steps."""

_CODECS = {
    "h264": ("libx264", "yuv420p", "avc1"),
    "hevc": ("libx265", "yuv420p10le", "hvc1"),
}


def mp4(frames: Iterable[av.VideoFrame], width: int, height: int, codec: str, sound: F32 | None) -> bytes:
    """Encode a clip with its index in front.

    Nothing in the file tells when or by whom it was made, so the same input gives the same bytes.
    """
    with tempfile.TemporaryDirectory(prefix="seedance-clip-") as folder:
        path = Path(folder) / "clip.mp4"
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        with av.open(str(path), "w", format="mp4", options=options) as container:
            video = _video(container, width, height, codec)
            audio = _audio(container) if sound is not None else None
            if audio is not None and sound is not None:
                _sing(container, audio, sound)
            for index, frame in enumerate(frames):
                frame.pts = index
                frame.time_base = Fraction(1, FPS)
                if frame.format.name != video.pix_fmt:
                    frame = frame.reformat(format=video.pix_fmt)
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        return path.read_bytes()


def _video(container: av.container.OutputContainer, width: int, height: int, codec: str) -> VideoStream:
    name, pixels, tag = _CODECS[codec]
    stream = container.add_stream(name, rate=FPS)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = width, height, pixels
    stream.time_base = Fraction(1, FPS)
    context = stream.codec_context
    context.codec_tag = tag
    context.thread_count = _THREADS
    most = max(400, round(width * height * FPS / 7400))
    if codec == "h264":
        stream.options = {
            "preset": "ultrafast",
            "profile": "high",
            "crf": "23",
            "x264-params": f"{_X264}:vbv-maxrate={most}:vbv-bufsize={most}",
            "flags": "+bitexact",
        }
    else:
        stream.options = {
            "preset": "ultrafast",
            "profile": "main10",
            "crf": "21",
            "x265-params": "log-level=none:bframes=0:keyint=72:frame-threads=1:pools=2:info=0:rc-lookahead=1:ref=1",
            "flags": "+bitexact",
        }
    return stream


def _audio(container: av.container.OutputContainer) -> AudioStream:
    stream = container.add_stream("aac", rate=RATE, layout="mono")
    stream.bit_rate = 96_000
    stream.options = {"flags": "+bitexact"}
    return stream


def _sing(container: av.container.OutputContainer, stream: AudioStream, sound: F32) -> None:
    """Encode all samples; the container keeps them until the pictures they belong to arrive."""
    for start in range(0, len(sound), 1024):
        block = np.ascontiguousarray(sound[None, start : start + 1024])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate = RATE
        frame.pts = start
        frame.time_base = Fraction(1, RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
