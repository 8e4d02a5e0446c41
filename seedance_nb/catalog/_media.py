"""Rules about each medium: where it is, what its file is, and how long and large all of them are together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from urllib.parse import urlsplit

from seedance_nb.address import is_loopback, is_private
from seedance_nb.catalog._case import KIND, Case, because, label, listed, provider_name, span
from seedance_nb.catalog._door import Door, way_of
from seedance_nb.catalog._facts import Input
from seedance_nb.catalog.lives import hosted_life
from seedance_nb.content import Media, MediaKind
from seedance_nb.errors import MediaError
from seedance_nb.media import Facts, probe, seconds
from seedance_nb.request import Problem
from seedance_nb.words import Joined, Number, Said, Sentence, Word

_ASSET = re.compile(r"asset://[A-Za-z0-9][\w.-]*", re.ASCII)
_ASSET_SHAPE = re.compile(r"asset://asset-\d{14}-[a-z0-9]{5}", re.ASCII)
_PLURAL: dict[MediaKind, Word] = {"image": Word("pictures"), "video": Word("clips"), "audio": Word("sounds")}
_ENVELOPE = 512
"""Bytes that JSON puts around an item, generously."""


def media_problems(case: Case) -> Iterator[Problem]:
    """What is wrong with the pictures, clips and sounds."""
    for name, item in case.named:
        limits = case.facts.inputs[item.kind]
        way = way_of(limits, item, case.content.role_of(item), host=bool(case.host))
        yield from _asset(case, name, item, way)
        yield from _unreachable(name, item)
        yield from _local(case, name, item, way)
        yield from file_problems(name, item, limits)
        yield from _duration(name, item, limits)
    for kind, limits in case.facts.inputs.items():
        yield from _together(case, kind, limits)
    yield from _body(case)


def _asset(case: Case, name: str, item: Media, way: Door | None) -> Iterator[Problem]:
    if item.source.kind != "asset":
        return
    if way is None:
        yield Problem(
            "source.asset_unknown",
            name,
            Sentence(
                "{label!r} is an asset, and {name} has none.", label=label(item.source), name=provider_name(case.facts)
            ),
            because(Word("Assets are kept by Ark and BytePlus, each for itself."), case.facts.inputs[item.kind]),
            Word("Pass the file itself or an https:// address, or ask the provider that keeps it."),
        )
        return
    if _ASSET_SHAPE.fullmatch(str(item.source.value)):
        return
    wrong = _ASSET.fullmatch(str(item.source.value)) is None
    yield Problem(
        "source.asset_id" if wrong else "source.asset_shape",
        name,
        Sentence("{label!r} is not the address of an asset.", label=label(item.source))
        if wrong
        else Sentence("{label!r} does not look like an asset id.", label=label(item.source)),
        because(Word("Assets go by addresses such as 'asset://asset-20260224200602-qn7wr'."), case.facts),
        Word("Copy the id again from where the asset was made."),
        "error" if wrong else "warning",
    )


def _unreachable(name: str, item: Media) -> Iterator[Problem]:
    if item.source.kind != "url":
        return
    host = urlsplit(str(item.source.value)).hostname or ""
    if not is_loopback(str(item.source.value)):
        if is_private(host):
            yield Problem(
                "source.private",
                name,
                Sentence("{label!r} is inside a network.", label=label(item.source)),
                Sentence("A provider out there cannot reach {host!r} and answers that the download failed.", host=host),
                Word("Pass the file itself, or put it at an https:// address that the internet can reach."),
            )
        return
    yield Problem(
        "source.loopback",
        name,
        Sentence("{label!r} is on this machine.", label=label(item.source)),
        Word("A provider out there cannot reach it and answers that the download failed; only the sandbox can."),
        Word("For a real task, pass the file itself or an https:// address."),
        "warning",
    )


def _local(case: Case, name: str, item: Media, way: Door | None) -> Iterator[Problem]:
    """Only clips are ever refused: pictures and sounds have a way in everywhere."""
    if way == "host":
        yield _hosted(case, name, item)
    if way is not None or not item.source.is_local:
        return
    yield Problem(
        "source.video_local",
        name,
        Sentence(
            "{label!r} is on this side, and a {kind} cannot be sent along.",
            label=label(item.source),
            kind=KIND[item.kind],
        ),
        because(
            Sentence(
                'Pictures and sounds may travel as base64, clips may not ("{role} must be provided as a web url").',
                role=f"reference_{item.kind}",
            ),
            case.facts.inputs[item.kind],
        ),
        Sentence(
            "Put the file at an https:// address that the provider can read, or make it an asset, "
            "and pass Video('https://…'{length}) or Video('asset://…').",
            length=_with_length(item),
        ),
    )


def _hosted(case: Case, name: str, item: Media) -> Problem:
    life = hosted_life(case.request.execution_expires_after)
    return Problem(
        "source.hosted",
        name,
        Sentence(
            "{label!r} will be put into {store}; {name} gets a signed address at which it can be read for {hours} h.",
            label=label(item.source),
            store=case.host,
            name=provider_name(case.facts),
            hours=Number(int(life.total_seconds() // 3600)),
        ),
        because(
            Sentence(
                'Clips are taken by address alone ("{role} must be provided as a web url").', role="reference_video"
            ),
            case.facts.inputs[item.kind],
        ),
        Word("It is removed there when the task has ended. Studio(host=False) keeps it on this machine."),
        "warning",
    )


def _with_length(item: Media) -> str:
    length = seconds(item)
    # With more digits than for reading: a quote by this length should equal the bill.
    return f", duration={format(float(length), '.6f').rstrip('0').rstrip('.')}" if length else ""


def file_problems(name: str, item: Media, limits: Input) -> Iterator[Problem]:
    """What is wrong with the file of one item; nothing is known of one behind an address."""
    try:
        facts = probe(item)
    except MediaError as exc:
        yield Problem(
            "media.unreadable",
            name,
            _as_told(exc),
            Word("What cannot be read here cannot be read by the provider either."),
            Sentence("Check the file, or pass another {kind}.", kind=KIND[item.kind]),
        )
        return
    if facts is not None:
        title = label(item.source)
        yield from _format(name, title, facts, limits)
        yield from _codec(name, title, facts, limits)
        yield from _bytes(name, title, facts, limits)
        yield from _shape(name, title, facts, limits)
        yield from _fps(name, title, facts, limits)


def _as_told(exc: MediaError) -> str:
    """What reading the file said: in all languages, where it is said in all, else with a frame around the English."""
    told = exc.args[0]
    return told if isinstance(told, Said) else Sentence("{reason}", reason=str(exc))


def _format(name: str, title: str, facts: Facts, limits: Input) -> Iterator[Problem]:
    if facts.format in limits.formats:
        return
    yield Problem(
        "media.format",
        name,
        Sentence("{label!r} is {format}.", label=title, format=facts.format),
        because(Sentence("Here it may be {formats}.", formats=listed(limits.formats)), limits),
        Sentence("Save it as {format}.", format=limits.formats[0]),
    )


def _codec(name: str, title: str, facts: Facts, limits: Input) -> Iterator[Problem]:
    if not limits.video_codecs or facts.video_codec in limits.video_codecs:
        return
    yield Problem(
        "media.codec",
        name,
        Sentence("{label!r} is coded as {codec}.", label=title, codec=facts.video_codec),
        because(
            Sentence("The picture of a clip may be coded as {codecs}.", codecs=listed(limits.video_codecs)), limits
        ),
        Sentence("Convert it to {codec}.", codec=limits.video_codecs[0]),
    )


def _bytes(name: str, title: str, facts: Facts, limits: Input) -> Iterator[Problem]:
    if facts.bytes <= limits.max_bytes:
        return
    yield Problem(
        "media.bytes",
        name,
        Sentence("{label!r} has {bytes} bytes.", label=title, bytes=Number(facts.bytes)),
        because(Sentence("It may have at most {bytes}.", bytes=Number(limits.max_bytes)), limits),
        Word("Save it smaller or with a stronger compression."),
    )


def _shape(name: str, title: str, facts: Facts, limits: Input) -> Iterator[Problem]:
    if not facts.width or not facts.height:
        return
    measured = {"label": title, "width": facts.width, "height": facts.height}
    if limits.side and not (facts.width in limits.side and facts.height in limits.side):
        yield Problem(
            "media.side",
            name,
            Sentence("{label!r} has {width} × {height} pixels.", **measured),
            because(Sentence("Each side may have {span} pixels.", span=span(limits.side)), limits),
            Word("Scale it."),
        )
    ratio = Fraction(facts.width, facts.height)
    if limits.ratio and ratio not in limits.ratio:
        yield Problem(
            "media.ratio",
            name,
            Sentence(
                "{label!r} has {width} × {height} pixels, which makes a width-to-height ratio of {ratio}.",
                **measured,
                ratio=Number(ratio),
            ),
            because(Sentence("It may be {span}.", span=span(limits.ratio)), limits),
            Word("Crop it, or put it on a wider ground."),
        )
    count = facts.width * facts.height
    if limits.pixels and count not in limits.pixels:
        yield Problem(
            "media.pixels",
            name,
            Sentence("{label!r} has {width} × {height} pixels, {count} in all.", **measured, count=Number(count)),
            because(Sentence("There may be {span}.", span=span(limits.pixels)), limits),
            Word("Scale it."),
        )


def _fps(name: str, title: str, facts: Facts, limits: Input) -> Iterator[Problem]:
    if facts.fps is None or limits.fps is None:
        return
    tolerated = limits.fps_tolerated or limits.fps
    # A phone's 60 frames a second are 59.9 to 60.04.
    if round(facts.fps, 1) in tolerated:
        return
    yield Problem(
        "media.fps",
        name,
        Sentence("{label!r} has {fps} frames a second.", label=title, fps=Number(facts.fps)),
        because(
            Sentence("It may have {span} ({low} is let pass).", span=span(limits.fps), low=Number(tolerated.low)),
            limits,
        ),
        Word("Convert it to 24 frames a second."),
    )


def _duration(name: str, item: Media, limits: Input) -> Iterator[Problem]:
    length = seconds(item)
    if length is None or limits.seconds is None:
        return
    tolerated = limits.seconds_tolerated or limits.seconds
    if length in tolerated:
        return
    yield Problem(
        "media.duration",
        name,
        Sentence("{label!r} is {length} s long.", label=label(item.source), length=Number(length)),
        because(
            Sentence(
                "Each of the {kinds} may be {span} s long ({slack} s is let pass, as other clients do).",
                kinds=_PLURAL[item.kind],
                span=span(limits.seconds),
                slack=span(tolerated),
            ),
            limits,
        ),
        Word("Cut it.") if length > tolerated.high else Word("Use a longer one."),
    )


def _together(case: Case, kind: MediaKind, limits: Input) -> Iterator[Problem]:
    lengths = [length for item in case.content.of_kind(kind) if (length := seconds(item)) is not None]
    most = limits.total_seconds
    if most is None or len(lengths) < 2:
        return
    tolerated = limits.total_seconds_tolerated or most
    if sum(lengths, Fraction(0)) <= tolerated:
        return
    yield Problem(
        "media.total_duration",
        "content",
        Sentence(
            "The {kinds} are {total} s long together ({lengths}).",
            kinds=_PLURAL[kind],
            total=Number(sum(lengths, Fraction(0))),
            lengths=Joined(map(Number, lengths), " + "),
        ),
        because(
            Sentence(
                "All {kinds} of a request may be {most} s long together ({slack} s is let pass, as other clients do).",
                kinds=_PLURAL[kind],
                most=Number(most),
                slack=Number(tolerated),
            ),
            limits,
        ),
        Word("Cut them, or leave one out."),
    )


def _body(case: Case) -> Iterator[Problem]:
    most = case.facts.body.max_bytes
    total = len(case.content.prompt.encode("utf-8", "replace"))
    for item in case.content.media:
        total += _ENVELOPE + _encoded_bytes(case, item)
    if total <= most:
        return
    yield Problem(
        "body.size",
        "content",
        Sentence("With its media in base64 the request has {total} MB.", total=Number(total / 1024**2, 1)),
        because(
            Sentence("A request may have at most {most} MB; base64 adds a third to each file.", most=most // 1024**2),
            case.facts.body,
        ),
        Word("Put some of the media at https:// addresses, or make the pictures smaller."),
    )


def _encoded_bytes(case: Case, item: Media) -> int:
    if way_of(case.facts.inputs[item.kind], item, case.content.role_of(item)) != "data":
        return 0
    try:
        facts = probe(item)
    except MediaError:
        return 0
    return 0 if facts is None else (facts.bytes + 2) // 3 * 4
