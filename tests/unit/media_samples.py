"""Real media in small: pictures, clips and sounds made on the spot."""

from __future__ import annotations

import io
import tempfile
import wave
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

Colour = tuple[int, int, int]


@cache
def picture(
    width: int = 640,
    height: int = 480,
    picture_format: str = "PNG",
    *,
    orientation: int | None = None,
    colour: Colour = (200, 60, 40),
) -> bytes:
    """A picture of one colour."""
    from PIL import Image

    out = io.BytesIO()
    made = Image.new("RGB", (width, height), colour)
    if orientation:
        exif = Image.Exif()
        exif[0x0112] = orientation
        made.save(out, picture_format, exif=exif)
    else:
        made.save(out, picture_format)
    return out.getvalue()


@cache
def clip(
    seconds: int | Fraction = 4,
    width: int = 640,
    height: int = 640,
    *,
    fps: int = 24,
    container: str = "mp4",
    codec: str = "libx264",
    sound: bool = False,
    matrix: str | None = None,
    tagged: bool = False,
    options: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """A clip in which each frame has its number as brightness: frame n has red 2n + 20."""
    import av
    import numpy as np
    from PIL import Image

    # A file and not memory, because faststart reads it again.
    with (
        tempfile.NamedTemporaryFile(suffix=f".{container}") as out,
        av.open(out.name, "w", format=container, container_options=dict(options)) as file,
    ):
        stream = file.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, fps)
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "bf": "2"}
        if tagged:
            stream.codec_context.colorspace = 1
        voice = file.add_stream("aac", rate=24_000, layout="mono") if sound else None
        count = int(seconds * fps)
        for number in range(count):
            level = min(2 * number + 20, 255)
            plain = av.VideoFrame.from_image(Image.new("RGB", (width, height), (level, 60, 40)))
            frame = plain.reformat(format="yuv420p", dst_colorspace=matrix)
            frame.pts, frame.time_base = number, Fraction(1, fps)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        if voice is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, int(24_000 * seconds)), np.float32), "fltp", "mono")
            silence.rate, silence.pts = 24_000, 0
            file.mux(voice.encode(silence))
            file.mux(voice.encode(None))
        file.close()
        return Path(out.name).read_bytes()


@cache
def sound(seconds: float = 3, *, rate: int = 8_000) -> bytes:
    """A silent wav file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * int(rate * seconds)))
    return out.getvalue()


@cache
def compressed_sound(seconds: float = 3, *, container: str = "mp3", codec: str = "libmp3lame") -> bytes:
    """A silent mp3 file, or flac or m4a."""
    import av
    import numpy as np

    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(codec, rate=24_000, layout="mono")
        sample_format = stream.codec_context.format.name
        kinds = {"fltp": np.float32, "s32p": np.int32, "s16": np.int16, "s16p": np.int16}
        samples = np.zeros((1, int(24_000 * seconds)), kinds[sample_format])
        silence = av.AudioFrame.from_ndarray(samples, sample_format, "mono")
        silence.rate, silence.pts = 24_000, 0
        file.mux(stream.encode(silence))
        file.mux(stream.encode(None))
    return out.getvalue()


def heic(width: int = 4000, height: int = 3000, *, quarter_turns: int = 0) -> bytes:
    """As much of a HEIC file as says its size: brands and item properties, no picture."""

    def box(kind: bytes, body: bytes) -> bytes:
        return (len(body) + 8).to_bytes(4, "big") + kind + body

    def extent(across: int, down: int) -> bytes:
        return box(b"ispe", bytes(4) + across.to_bytes(4, "big") + down.to_bytes(4, "big"))

    properties = extent(512, 512) + extent(width, height) + box(b"irot", bytes([quarter_turns]))
    meta = box(b"meta", bytes(4) + box(b"hdlr", bytes(24)) + box(b"iprp", box(b"ipco", properties)))
    return box(b"ftyp", b"mif1" + bytes(4) + b"mif1heic") + meta


def kept(folder: Path, name: str, content: bytes) -> Path:
    """The content as a file."""
    path = folder / name
    path.write_bytes(content)
    return path


def film(
    path: Path,
    pictures: Iterable[Any],
    *,
    fps: int = 24,
    codec: str = "libx264",
    sound: Any = None,
    rate: int = 48_000,
    options: Mapping[str, str] = MappingProxyType({"preset": "ultrafast", "crf": "12"}),
) -> Path:
    """A clip of pictures, arrays of brightness or of RGB, with sound of one channel if there is any."""
    import av
    import numpy as np

    with av.open(str(path), "w", format="mp4") as file:
        stream: Any = file.add_stream(codec, rate=fps, options=dict(options))
        stream.pix_fmt, stream.codec_context.time_base = "yuv420p", Fraction(1, fps)
        voice: Any = None if sound is None else file.add_stream("aac", rate=rate, layout="mono")
        for number, picture in enumerate(pictures):
            colours = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
            if not number:
                stream.height, stream.width = colours.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(colours, np.uint8), "rgb24")
            frame = frame.reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        if voice is not None:
            samples = av.AudioFrame.from_ndarray(np.asarray(sound, np.float32)[None], "fltp", "mono")
            samples.rate, samples.pts = rate, 0
            file.mux(voice.encode(samples))
            file.mux(voice.encode(None))
    return path


def tone(seconds: float, *, lufs: float = -23.0, rate: int = 48_000) -> Any:
    """A sine of 1 kHz in one channel, of this loudness after EBU R 128: its power, 3.01 dB below its peak."""
    import numpy as np

    moments = np.arange(round(seconds * rate)) / rate
    return 10 ** ((lufs + 3.01) / 20) * np.sin(2 * np.pi * 1000 * moments)
