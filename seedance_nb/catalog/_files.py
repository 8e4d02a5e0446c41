"""Rules about the file behind an item: its format, size, proportions and codecs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from seedance_nb.catalog._case import because, listed, number, span
from seedance_nb.catalog._facts import Input
from seedance_nb.content import Media
from seedance_nb.errors import MediaError
from seedance_nb.media import Facts, probe
from seedance_nb.request import Problem


def file_problems(name: str, item: Media, limits: Input) -> Iterator[Problem]:
    """What is wrong with the file of one item; nothing is known of one behind an address."""
    try:
        facts = probe(item)
    except MediaError as exc:
        yield Problem(
            "media.unreadable",
            name,
            str(exc),
            "What cannot be read here cannot be read by the provider either.",
            f"Check the file, or pass another {item.kind}.",
        )
        return
    if facts is not None:
        label = item.source.label
        yield from _format(name, label, facts, limits)
        yield from _codec(name, label, facts, limits)
        yield from _bytes(name, label, facts, limits)
        yield from _shape(name, label, facts, limits)
        yield from _fps(name, label, facts, limits)


def _format(name: str, label: str, facts: Facts, limits: Input) -> Iterator[Problem]:
    if facts.format in limits.formats:
        return
    yield Problem(
        "media.format",
        name,
        f"{label!r} is {facts.format}.",
        because(f"Here it may be {listed(limits.formats)}.", limits),
        f"Save it as {limits.formats[0]}.",
    )


def _codec(name: str, label: str, facts: Facts, limits: Input) -> Iterator[Problem]:
    if not limits.video_codecs or facts.video_codec in limits.video_codecs:
        return
    yield Problem(
        "media.codec",
        name,
        f"{label!r} is coded as {facts.video_codec}.",
        because(f"The picture of a clip may be coded as {listed(limits.video_codecs)}.", limits),
        f"Convert it to {limits.video_codecs[0]}.",
    )


def _bytes(name: str, label: str, facts: Facts, limits: Input) -> Iterator[Problem]:
    if facts.bytes <= limits.max_bytes:
        return
    yield Problem(
        "media.bytes",
        name,
        f"{label!r} has {facts.bytes:,} bytes.",
        because(f"It may have at most {limits.max_bytes:,}.", limits),
        "Save it smaller or with a stronger compression.",
    )


def _shape(name: str, label: str, facts: Facts, limits: Input) -> Iterator[Problem]:
    if not facts.width or not facts.height:
        return
    pixels = f"{facts.width} × {facts.height} pixels"
    if limits.side and not (facts.width in limits.side and facts.height in limits.side):
        yield Problem(
            "media.side",
            name,
            f"{label!r} has {pixels}.",
            because(f"Each side may have {span(limits.side)} pixels.", limits),
            "Scale it.",
        )
    ratio = Fraction(facts.width, facts.height)
    if limits.ratio and ratio not in limits.ratio:
        yield Problem(
            "media.ratio",
            name,
            f"{label!r} has {pixels}, which makes a width-to-height ratio of {number(ratio)}.",
            because(f"It may be {span(limits.ratio)}.", limits),
            "Crop it, or put it on a wider ground.",
        )
    count = facts.width * facts.height
    if limits.pixels and count not in limits.pixels:
        yield Problem(
            "media.pixels",
            name,
            f"{label!r} has {pixels}, {count:,} in all.",
            because(f"There may be {span(limits.pixels)}.", limits),
            "Scale it.",
        )


def _fps(name: str, label: str, facts: Facts, limits: Input) -> Iterator[Problem]:
    if facts.fps is None or limits.fps is None:
        return
    tolerated = limits.fps_tolerated or limits.fps
    # A phone's 60 frames a second are 59.9 to 60.04.
    if round(facts.fps, 1) in tolerated:
        return
    yield Problem(
        "media.fps",
        name,
        f"{label!r} has {number(facts.fps)} frames a second.",
        because(f"It may have {span(limits.fps)} ({number(tolerated.low)} is let pass).", limits),
        "Convert it to 24 frames a second.",
    )
