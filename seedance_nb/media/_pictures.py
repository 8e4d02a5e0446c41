"""What a picture file holds: its size as shown, after proof that it really decodes."""

from __future__ import annotations

import os
from typing import BinaryIO

from seedance_nb.errors import MediaError
from seedance_nb.media._facts import Facts
from seedance_nb.media._heif import heif_size
from seedance_nb.words import Sentence

_DECODED_PIXELS = 64_000_000
"""Larger pictures are measured and not decoded; every provider refuses them by size."""

_ORIENTATION = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})


def picture_facts(file: BinaryIO, picture_format: str, label: str) -> Facts:
    """The facts of a picture of a format that its first bytes announced.

    Raises:
        MediaError: It is damaged or cut off, or there is no way to read its size.
    """
    length = file.seek(0, os.SEEK_END)
    if picture_format in {"heic", "heif"}:
        size = heif_size(file, length)
        if size is None:
            raise MediaError(
                Sentence(
                    "{label!r} is a {format} picture whose size could not be read here. Save it as JPEG or PNG.",
                    label=label,
                    format=picture_format,
                )
            )
        return Facts("image", picture_format, length, *size)
    try:
        width, height = _measured(file, picture_format, label)
    except MediaError:
        raise
    # Decoders of a stranger's bytes raise whatever they stumble over.
    except Exception as exc:
        raise MediaError(
            Sentence(
                "{label!r} begins like a {format} picture, but is damaged or cut off and cannot be decoded. "
                "Save or download it again.",
                label=label,
                format=picture_format,
            )
        ) from exc
    return Facts("image", picture_format, length, width, height)


def _measured(file: BinaryIO, picture_format: str, label: str) -> tuple[int, int]:
    from PIL import Image

    # All plug-ins take long to load; the most frequent formats do not need them.
    Image.preinit()
    if picture_format.upper() not in Image.OPEN:
        Image.init()
    if picture_format.upper() not in Image.OPEN:
        raise MediaError(
            Sentence(
                "{label!r} is a {format} picture, which cannot be read here. Save it as JPEG or PNG.",
                label=label,
                format=picture_format,
            )
        )
    # The plug-in itself instead of Image.open, which warns on a large picture and tries other formats.
    plugin, _ = Image.OPEN[picture_format.upper()]
    file.seek(0)
    picture = plugin(file, b"")
    width, height = picture.size
    orientation = picture.getexif().get(_ORIENTATION)
    if width * height <= _DECODED_PIXELS:
        picture.load()
    return (height, width) if orientation in _SIDEWAYS else (width, height)
