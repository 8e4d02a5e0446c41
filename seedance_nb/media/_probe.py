"""Finding out what a file really is, once for each file."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from seedance_nb.content import Media, MediaKind, Source
from seedance_nb.errors import MediaError
from seedance_nb.media._bytes import open_source
from seedance_nb.media._facts import Facts
from seedance_nb.media._pictures import picture_facts
from seedance_nb.media._signature import HEAD, Signature, signature
from seedance_nb.media._streams import stream_facts
from seedance_nb.words import Sentence, Word

_REMEMBERED = 256
_NAMES: dict[MediaKind, Word] = {"image": Word("a picture"), "video": Word("a clip"), "audio": Word("a sound")}

_Key = tuple[str | int, ...]
_known: OrderedDict[_Key, Facts] = OrderedDict()
_lock = threading.Lock()


def probe(item: Media) -> Facts | None:
    """What the file behind an item really is; None for an address, which only its host can open.

    A file is opened once and remembered until it changes.

    Raises:
        MediaError: The file is missing, unreadable, damaged, or another kind of medium than the item.
    """
    source = item.source
    if not source.is_local:
        return None
    facts = _remembered(source)
    if facts.kind != item.kind:
        raise MediaError(_another(source.label, facts.kind, facts.format, item.kind))
    return facts


def probe_file(path: str | os.PathLike[str]) -> Facts:
    """What the file at `path` really is.

    Raises:
        MediaError: The file is missing, unreadable or damaged.
    """
    return _remembered(Source.of(Path(path)))


def seconds(item: Media) -> Fraction | None:
    """How long a clip or sound is: counted in the file, else as its owner said, else None."""
    try:
        facts = probe(item)
    except MediaError:
        facts = None
    if facts is not None:
        return facts.duration
    # The decimals a person wrote, and not the binary number next to them.
    return None if item.duration is None else Fraction(str(item.duration))


def shape(item: Media) -> Fraction | None:
    """Width to height of a picture or clip, or None where that cannot be known here."""
    try:
        facts = probe(item)
    except MediaError:
        return None
    return Fraction(facts.width, facts.height) if facts and facts.width and facts.height else None


def _remembered(source: Source) -> Facts:
    if source.kind == "file":
        with open_source(source) as file:
            status = os.fstat(file.fileno())
            key: _Key = ("file", status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
            return _recalled(key) or _kept(key, _opened(file, source.label))
    # Python computes the hash of bytes and text once for each object, so that asking again costs nothing,
    # and its secret seed keeps a stranger from choosing two files of one hash.
    key = (source.kind, hash(source.value), len(source.value))
    if (facts := _recalled(key)) is not None:
        return facts
    with open_source(source) as file:
        return _kept(key, _opened(file, source.label))


def _recalled(key: _Key) -> Facts | None:
    with _lock:
        if key in _known:
            _known.move_to_end(key)
        return _known.get(key)


def _kept(key: _Key, facts: Facts) -> Facts:
    with _lock:
        _known[key] = facts
        while len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    return facts


def _opened(file: BinaryIO, label: str) -> Facts:
    found = _announced(file, label)
    if found.kind == "image":
        return picture_facts(file, found.format, label)
    return stream_facts(file, found, label)


def _announced(file: BinaryIO, label: str) -> Signature:
    try:
        head = file.read(HEAD)
    except OSError as exc:
        raise MediaError(Sentence("{label!r} could not be read: {reason}.", label=label, reason=exc.strerror)) from exc
    if not head:
        raise MediaError(Sentence("{label!r} is empty. Save or download it again.", label=label))
    found = signature(head)
    if found is None:
        raise MediaError(
            Sentence(
                "{label!r} is not a picture, clip or sound of a known format, whatever its name says. "
                "Open it in a viewer to see what it is, and export it as PNG, JPEG, MP4, WAV or MP3.",
                label=label,
            )
        )
    return found


def _another(label: str, kind: MediaKind, media_format: str, wanted: MediaKind) -> Sentence:
    return Sentence(
        "{label!r} is {kind} ({format}), not {wanted}. Put it in as {right}(…), or use another file.",
        label=label,
        kind=_NAMES[kind],
        format=media_format,
        wanted=_NAMES[wanted],
        right=kind.capitalize(),
    )
