"""Telling a format by the first bytes of a file, before any decoder sees it.

A decoder is only ever started for the one format found here. That keeps playlists, scripts and
other formats which refer to further files or addresses away from decoders that would follow them.
"""

from __future__ import annotations

from typing import NamedTuple

from seedance_nb.content import MediaKind

HEAD = 64
"""How many bytes `signature` wants to see."""


class Signature(NamedTuple):
    """The kind and format that the first bytes of a file announce."""

    kind: MediaKind
    format: str


_STARTS: tuple[tuple[bytes, Signature], ...] = (
    (b"\x89PNG\r\n\x1a\n", Signature("image", "png")),
    (b"\xff\xd8\xff", Signature("image", "jpeg")),
    (b"GIF87a", Signature("image", "gif")),
    (b"GIF89a", Signature("image", "gif")),
    (b"II*\0", Signature("image", "tiff")),
    (b"MM\0*", Signature("image", "tiff")),
    (b"BM", Signature("image", "bmp")),
    (b"ID3", Signature("audio", "mp3")),
    (b"fLaC", Signature("audio", "flac")),
    (b"OggS", Signature("audio", "ogg")),
)
_RIFF = {
    b"WEBP": Signature("image", "webp"),
    b"WAVE": Signature("audio", "wav"),
    b"AVI ": Signature("video", "avi"),
}
_BRANDS = {
    b"qt  ": Signature("video", "mov"),
    b"M4A ": Signature("audio", "m4a"),
    b"avif": Signature("image", "avif"),
    b"avis": Signature("image", "avif"),
    b"mif1": Signature("image", "heif"),
    b"msf1": Signature("image", "heif"),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), Signature("image", "heic")),
}
# A QuickTime file from before brands begins directly with one of these boxes.
_BARE_BOXES = frozenset({b"moov", b"mdat", b"wide", b"pnot"})


def signature(head: bytes) -> Signature | None:
    """The kind and format that these first bytes announce, or None if they are no medium known here."""
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if head.startswith(b"\x1aE\xdf\xa3"):
        return Signature("video", "webm" if b"webm" in head else "mkv")
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _branded(head)
    if head[4:8] in _BARE_BOXES:
        return Signature("video", "mov")
    return _mpeg_audio(head)


def _branded(head: bytes) -> Signature:
    found = _BRANDS.get(head[8:12], Signature("video", "mp4"))
    if found.format == "heif" and b"heic" in head[16:HEAD]:
        return Signature("image", "heic")
    return found


def _mpeg_audio(head: bytes) -> Signature | None:
    """Sound that begins with a frame: eleven bits set, then version and layer."""
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 0b11
    if layer == 0b01:
        return Signature("audio", "mp3")
    return Signature("audio", "aac") if head[1] & 0xF6 == 0xF0 else None
