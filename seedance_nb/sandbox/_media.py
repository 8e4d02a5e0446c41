"""Media as a request names them: brought here, opened, measured.

What a provider then allows is the dialect's business; here is only what is so. Decoding and
downloading run in threads. PyAV and Pillow load with the first medium.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import io
import re
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from seedance_nb.sandbox import _fetch

MediaKind = Literal["image", "video", "audio"]
ASSET = "asset://"

_DATA_URI = re.compile(r"data:(?P<kind>[a-z]+)/(?P<format>[a-z0-9.+-]+);base64,", re.ASCII)


class MediaRefused(Exception):
    """A medium that cannot be had or read."""

    def __init__(self, reason: Literal["download", "asset", "data", "format", "scheme"], message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Medium:
    """A picture, clip or sound and what was measured on it. What does not apply is zero or empty."""

    kind: MediaKind
    data: bytes
    """The file as it came; a HEIC picture as PNG."""
    size: int
    """Bytes of the file as it came."""
    format: str
    """`"png"`, `"mp4"`, `"wav"`, …"""
    codec: str = ""
    width: int = 0
    height: int = 0
    duration: Fraction = Fraction(0)
    """Seconds."""
    fps: float = 0.0

    @property
    def ratio(self) -> float:
        """Width by height."""
        return self.width / self.height


class MediaDesk:
    """Brings media in; equal files are held once, for as long as some task needs them."""

    def __init__(self, asset: Callable[[str], bytes | None]) -> None:
        self._asset = asset
        self._known: weakref.WeakValueDictionary[str, Medium] = weakref.WeakValueDictionary()
        self._pool: ThreadPoolExecutor | None = None

    async def bring(self, url: str, kind: MediaKind, *, limit: int) -> Medium:
        """The medium behind an https, loopback http, `data:` or `asset://` URL.

        Raises:
            MediaRefused: It is not to be had, larger than `limit` bytes, or no such medium.
        """
        if self._pool is None:
            self._pool = ThreadPoolExecutor(4, thread_name_prefix="sandbox-media")
        loop = asyncio.get_running_loop()
        if url.startswith(("http://", "https://")):
            try:
                # Twice bounded: a name server may hang where no socket time-out reaches.
                async with asyncio.timeout(_fetch.TIMEOUT + 1):
                    data = await loop.run_in_executor(self._pool, lambda: _fetch.get(url, limit=limit))
            except (_fetch.FetchError, TimeoutError) as exc:
                raise MediaRefused("download", str(exc)) from exc
        elif url.startswith(ASSET):
            stored = self._asset(url.removeprefix(ASSET))
            if stored is None:
                raise MediaRefused("asset", url.removeprefix(ASSET))
            data = stored
        elif url.startswith("data:"):
            data = await loop.run_in_executor(self._pool, _decode, url, kind)
        else:
            raise MediaRefused("scheme", "neither a web url, nor data, nor an asset")
        return await loop.run_in_executor(self._pool, self._measure, data, kind)

    def close(self) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _measure(self, data: bytes, kind: MediaKind) -> Medium:
        digest = kind + hashlib.sha256(data).hexdigest()
        if (known := self._known.get(digest)) is not None:
            return known
        medium = measure_image(data) if kind == "image" else _measure_stream(data, kind)
        self._known[digest] = medium
        return medium


def _decode(url: str, kind: MediaKind) -> bytes:
    match = _DATA_URI.match(url)
    if match is None or match["kind"] != kind:
        raise MediaRefused("data", f"expected data:{kind}/<lowercase format>;base64,<data>")
    try:
        return base64.b64decode(url[match.end() :], validate=True)
    except binascii.Error as exc:
        raise MediaRefused("data", "the base64 data cannot be decoded") from exc


# -- pictures --


def measure_image(data: bytes) -> Medium:
    """Open a picture as far as its size needs.

    Raises:
        MediaRefused: No picture, or a broken one.
    """
    from PIL import Image

    if data[4:8] == b"ftyp" and data[8:12] in {b"heic", b"heix", b"heif", b"mif1", b"msf1"}:
        return _measure_heic(data)
    try:
        with Image.open(io.BytesIO(data)) as picture:
            name, (width, height) = (picture.format or "").lower(), picture.size
            picture.draft("RGB", (256, 256))
            picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
        raise MediaRefused("format", "the image cannot be decoded") from exc
    return Medium("image", data, len(data), name, width=width, height=height)


def _measure_heic(data: bytes) -> Medium:
    import av
    from av.video.frame import VideoFrame

    try:
        with av.open(io.BytesIO(data), "r") as container:
            frame = next(frame for frame in container.decode(video=0) if isinstance(frame, VideoFrame))
            picture: Any = frame.to_image()  # type: ignore[no-untyped-call]
    except (av.FFmpegError, StopIteration, ValueError, IndexError) as exc:
        raise MediaRefused("format", "the image cannot be decoded") from exc
    png = io.BytesIO()
    picture.save(png, "PNG")
    return Medium("image", png.getvalue(), len(data), "heic", width=picture.width, height=picture.height)


# -- clips and sounds --


def _measure_stream(data: bytes, kind: MediaKind) -> Medium:
    import av

    try:
        with av.open(io.BytesIO(data), "r") as container:
            streams = container.streams.video if kind == "video" else container.streams.audio
            if not streams:
                raise MediaRefused("format", f"the file holds no {kind}")
            stream: Any = streams[0]
            next(iter(container.decode(stream)))
            video = kind == "video"
            return Medium(
                kind,
                data,
                len(data),
                _container_name(container.format.name, data),
                codec=stream.codec_context.name,
                width=stream.codec_context.width if video else 0,
                height=stream.codec_context.height if video else 0,
                duration=_duration(container, stream),
                fps=float(stream.average_rate or 0) if video else 0.0,
            )
    except (av.FFmpegError, StopIteration, ValueError, IndexError) as exc:
        raise MediaRefused("format", f"the {kind} cannot be decoded") from exc


def _duration(container: Any, stream: Any) -> Fraction:
    if stream.duration is not None and stream.time_base is not None:
        return Fraction(stream.duration) * Fraction(stream.time_base)
    return Fraction(container.duration or 0, 1_000_000)


def _container_name(name: str, data: bytes) -> str:
    if name.startswith("mov,"):
        return "mov" if data[8:12] == b"qt  " else "mp4"
    return name
