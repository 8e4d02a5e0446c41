"""Clips that carry the number of each frame in the picture, and the script that reads it back."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS = 12
READ = """
window.readFrame = (video) => {
    const canvas = (video.barcode ??= Object.assign(document.createElement("canvas"), { width: BITS, height: 1 }));
    const paint = (canvas.paint ??= canvas.getContext("2d", { willReadFrequently: true }));
    const side = video.videoWidth / BITS;
    paint.drawImage(video, 0, video.videoHeight - side, video.videoWidth, side, 0, 0, BITS, 1);
    const pixels = paint.getImageData(0, 0, BITS, 1).data;
    let frame = 0;
    for (let bit = 0; bit < BITS; bit += 1) frame = frame * 2 + (pixels[bit * 4 + 1] > 127 ? 1 : 0);
    return frame;
};
""".replace("BITS", str(BITS))
"""Defines `readFrame(video)`: the number of the frame that the video shows."""


def barcode_clip(
    path: Path,
    *,
    width: int = 1280,
    height: int = 720,
    frames: int = 240,
    fps: int = 24,
    hue: tuple[int, int, int] = (38, 54, 92),
    codec: str = "libx264",
    gop: int = 250,
    sound: bool = False,
) -> Path:
    """A clip whose lowest rows are the number of the frame in black and white squares, the highest bit first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": "26", "x265-params": "log-level=none"}
        stream.codec_context.gop_size = gop
        audio = container.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for picture in _pictures(width, height, frames, hue):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
        if audio is not None:
            for samples in _tones(frames / fps):
                container.mux(audio.encode(samples))
            container.mux(audio.encode())
    return path


def _pictures(width: int, height: int, frames: int, hue: tuple[int, int, int]) -> Iterator[np.ndarray]:
    side = width // BITS
    rows = np.linspace(0, 1, height)[:, None, None]
    field = (np.array(hue) * (1 - rows) + np.array([232, 142, 84]) * rows) * np.ones((height, width, 1))
    field = field.astype(np.uint8)
    for number in range(frames):
        picture = field.copy()
        left = round((width - side) * number / frames)
        picture[height // 3 : height // 2, left : left + side] = (250, 240, 220)
        for bit in range(BITS):
            is_set = number >> (BITS - 1 - bit) & 1
            picture[height - side :, bit * side : (bit + 1) * side] = 255 if is_set else 0
        yield picture


def _tones(seconds: float) -> Iterator[av.AudioFrame]:
    for at in range(0, int(seconds * 48_000), 1024):
        moments = np.arange(at, at + 1024) / 48_000
        samples = (0.2 * np.sin(2 * np.pi * 440 * moments)).astype(np.float32)[None, :]
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, at, Fraction(1, 48_000)
        yield frame
