"""Rules about each medium: where it is, what it is, and how long all of them are together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from urllib.parse import urlsplit

from seedance_nb.address import is_loopback, is_private
from seedance_nb.catalog._case import Case, because, number, span
from seedance_nb.catalog._door import Door, way_of
from seedance_nb.catalog._facts import Input, Range
from seedance_nb.catalog._files import file_problems
from seedance_nb.content import Media, MediaKind
from seedance_nb.errors import MediaError
from seedance_nb.media import probe, seconds
from seedance_nb.request import Problem

_ASSET = re.compile(r"asset://[A-Za-z0-9][\w.-]*", re.ASCII)
_ASSET_SHAPE = re.compile(r"asset://asset-\d{14}-[a-z0-9]{5}", re.ASCII)
_PLURAL: dict[MediaKind, str] = {"image": "pictures", "video": "clips", "audio": "sounds"}
_ENVELOPE = 512
"""Bytes that JSON puts around an item, generously."""


def media_problems(case: Case) -> Iterator[Problem]:
    """What is wrong with the pictures, clips and sounds."""
    for name, item in case.named:
        limits = case.facts.inputs[item.kind]
        way = way_of(limits, item, case.content.role_of(item))
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
            f"{item.source.label!r} is an asset, and {case.facts.name} has none.",
            because("Assets are kept by Ark and BytePlus, each for itself.", case.facts.inputs[item.kind]),
            "Pass the file itself or an https:// address, or ask the provider that keeps it.",
        )
        return
    if _ASSET_SHAPE.fullmatch(str(item.source.value)):
        return
    wrong = _ASSET.fullmatch(str(item.source.value)) is None
    yield Problem(
        "source.asset_id" if wrong else "source.asset_shape",
        name,
        f"{item.source.label!r} {'is not the address of an asset' if wrong else 'does not look like an asset id'}.",
        because("Assets go by addresses such as 'asset://asset-20260224200602-qn7wr'.", case.facts),
        "Copy the id again from where the asset was made.",
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
                f"{item.source.label!r} is inside a network.",
                f"A provider out there cannot reach {host!r} and answers that the download failed.",
                "Pass the file itself, or put it at an https:// address that the internet can reach.",
            )
        return
    yield Problem(
        "source.loopback",
        name,
        f"{item.source.label!r} is on this machine.",
        "A provider out there cannot reach it and answers that the download failed; only the sandbox can.",
        "For a real task, pass the file itself or an https:// address.",
        "warning",
    )


def _local(case: Case, name: str, item: Media, way: Door | None) -> Iterator[Problem]:
    """Only clips are ever refused: pictures and sounds have a way in everywhere."""
    if way is not None or not item.source.is_local:
        return
    yield Problem(
        "source.video_local",
        name,
        f"{item.source.label!r} is on this side, and a {item.kind} cannot be sent along.",
        because(
            "Pictures and sounds may travel as base64, clips may not "
            f'("reference_{item.kind} must be provided as a web url").',
            case.facts.inputs[item.kind],
        ),
        "Put the file at an https:// address that the provider can read, or make it an asset, "
        f"and pass Video('https://…'{_with_length(item)}) or Video('asset://…').",
    )


def _with_length(item: Media) -> str:
    length = seconds(item)
    # With more digits than for reading: a quote by this length should equal the bill.
    return f", duration={format(float(length), '.6f').rstrip('0').rstrip('.')}" if length else ""


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
        f"{item.source.label!r} is {number(length)} s long.",
        because(
            f"Each of the {_PLURAL[item.kind]} may be {span(limits.seconds)} s long ({_slack(tolerated)}).", limits
        ),
        "Cut it." if length > tolerated.high else "Use a longer one.",
    )


def _slack(tolerated: Range) -> str:
    return f"{span(tolerated)} s is let pass, as other clients do"


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
        f"The {_PLURAL[kind]} are {number(sum(lengths, Fraction(0)))} s long together "
        f"({' + '.join(number(length) for length in lengths)}).",
        because(
            f"All {_PLURAL[kind]} of a request may be {number(most)} s long together "
            f"({number(tolerated)} s is let pass, as other clients do).",
            limits,
        ),
        "Cut them, or leave one out.",
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
        f"With its media in base64 the request has {total / 1024**2:.1f} MB.",
        because(f"A request may have at most {most // 1024**2} MB; base64 adds a third to each file.", case.facts.body),
        "Put some of the media at https:// addresses, or make the pictures smaller.",
    )


def _encoded_bytes(case: Case, item: Media) -> int:
    if way_of(case.facts.inputs[item.kind], item, case.content.role_of(item)) != "data":
        return 0
    try:
        facts = probe(item)
    except MediaError:
        return 0
    return 0 if facts is None else (facts.bytes + 2) // 3 * 4
