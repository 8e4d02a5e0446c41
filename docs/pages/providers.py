"""What each provider offers and takes, from the catalog."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import get_args

from docs.pages.markdown import GENERATED, Sources, code, codes, plain, table
from seedance_nb import catalog
from seedance_nb.catalog import Input, Limit, Model, Range
from seedance_nb.catalog._facts import ProviderFacts
from seedance_nb.catalog._load import DATA
from seedance_nb.content import Mode

Cite = Callable[[str, dt.date], str]

_INTRODUCTION = f"""\
# Providers

{GENERATED}

What each provider's models make and take, as `check` and `quote` know it. Every line was read on a page of the
provider or seen in an answer of its service, and says so; `seedance_nb/catalog/data` holds the same as data. Prices
are [on a page of their own](prices.md); the rules that follow from all this are [the checks](checks.md).

The key comes from the environment variable named below, or from the system's keyring. The [sandbox](sandbox.md) needs
none, and imitates all of them.
"""


def own_providers() -> list[str]:
    """The ids of the providers of this package, Ark first; not of plug-ins that happen to be installed."""
    found = sorted(file.stem for file in DATA.glob("*.toml"))
    return sorted(found, key=lambda name: (name != "ark", name))


def page() -> str:
    """The page, in Markdown."""
    facts = [catalog.provider(name) for name in own_providers()]
    overview = table(
        ("provider", "id", "key", "currency", "models"),
        (
            (
                plain(one.name),
                code(one.id),
                code(one.key_env),
                one.currency,
                codes(model.name for model in one.models),
            )
            for one in facts
        ),
    )
    return "\n".join([_INTRODUCTION, overview, *(part for one in facts for part in _provider(one))])


def _provider(facts: ProviderFacts) -> Iterator[str]:
    cite = (sources := Sources()).cite
    yield f"## {plain(facts.name)}\n"
    yield (
        f"`{facts.id}` at `{facts.base_url}`. Its billing days begin at midnight, UTC{_offset(facts.zone)}. "
        f"Its documentation: <{facts.docs}>. The numbers in parentheses are sources, below; unless one is named, it is "
        f"{cite(facts.source, facts.checked)}.\n"
    )
    yield "### Models\n"
    yield table(
        ("model", "modes and the ids that are sent", "resolutions", "ratios", "seconds", "items of each role"),
        map(_model, facts.models),
    )
    for model in facts.models:
        yield from _notes(model, cite)
    yield "\n### Pixels\n"
    ratios = list(dict.fromkeys(ratio for row in facts.sizes.values() for ratio in row))
    yield table(
        ("resolution", *ratios),
        (
            (name, *(f"{row[ratio][0]} × {row[ratio][1]}" if ratio in row else "–" for ratio in ratios))
            for name, row in facts.sizes.items()
        ),
    )
    yield "### What may go in\n"
    yield table(
        ("kind", "ways", "formats", "most bytes", "other limits", "source"),
        (_input(one, cite) for one in facts.inputs.values()),
    )
    yield (
        f"A request may have {facts.body.max_bytes:,} bytes with its media in base64 "
        f"{cite(facts.body.source, facts.body.checked)}.\nA prompt should have {facts.prompt.chinese_characters:,} "
        f"Chinese characters or {facts.prompt.english_words:,} English words at most; longer ones are accepted "
        f"{cite(facts.prompt.source, facts.prompt.checked)}.\n"
    )
    yield "### Parameters\n"
    yield table(
        ("parameter", "range", "source"),
        (
            (
                code(one.name),
                f"{one.max_length:,} characters at most" if one.max_length else f"{one.min:,} to {one.max:,}",
                cite(one.source, one.checked),
            )
            for one in facts.parameters
        ),
    )
    yield "### How much at a time\n"
    if facts.limits:
        yield table(("account", "resolutions", "limits", "source"), (_limit(one, cite) for one in facts.limits))
    else:
        yield "No limits are published.\n"
    if facts.rates:
        yield table(
            ("operation", "a second", "source"),
            ((code(one.operation), f"{one.per_second}", cite(one.source, one.checked)) for one in facts.rates),
        )
    if facts.usual:
        yield "### How long it takes\n"
        yield table(
            ("clip", "seconds from create to end", "source"),
            (
                (
                    f"{one.resolution}, {one.duration} s",
                    f"{_number(one.seconds.low)} to {_number(one.seconds.high)}",
                    cite(one.source, one.checked),
                )
                for one in facts.usual
            ),
        )
    yield sources.listed()


def _model(model: Model) -> tuple[str, ...]:
    ids = [f"{code(mode)}: {code(model.ids[mode])}" for mode in get_args(Mode) if mode in model.ids]
    if len(set(model.ids.values())) == 1 and len(ids) == len(get_args(Mode)):
        ids = [f"all: {code(model.id)}"]
    roles = [f"{code(role)} {count}" for role, count in model.roles.items()]
    return (
        code(model.name),
        "<br>".join(ids),
        ", ".join(model.resolutions),
        ", ".join(model.ratios),
        f"{_span(model.duration)}{', or `-1`: by the model' if model.auto_duration else ''}",
        "<br>".join(roles),
    )


def _notes(model: Model, cite: Cite) -> Iterator[str]:
    parts = [f"- {code(model.name)} {cite(model.source, model.checked)}."]
    if model.not_offered:
        parts.append(f"Refuses {codes(model.not_offered)}.")
    if model.needs_prompt:
        parts.append(f"Needs a prompt in the modes {codes(model.needs_prompt)}.")
    if model.inferred:
        parts.append(f"Nobody has been seen to send {codes(model.inferred)} there; how they are sent is by analogy.")
    yield " ".join(parts)


def _input(one: Input, cite: Cite) -> tuple[str, ...]:
    limits = [
        f"{name} {_span(found)}{unit}"
        for name, found, unit in (
            ("width to height", one.ratio, ""),
            ("pixels of a side", one.side, ""),
            ("pixels in all", one.pixels, ""),
            ("frames a second", one.fps, ""),
            ("length", one.seconds, " s"),
        )
        if found is not None
    ]
    if one.video_codecs:
        limits.insert(0, f"codecs {', '.join(one.video_codecs)}")
    if one.total_seconds is not None:
        limits.append(f"all together {_number(one.total_seconds)} s")
    ways = [codes(one.sources), *(f"{code(role)}: {codes(found)}" for role, found in one.role_sources.items())]
    return (
        one.kind,
        "<br>".join(ways),
        ", ".join(one.formats),
        f"{one.max_bytes:,}",
        "<br>".join(limits) or "–",
        cite(one.source, one.checked),
    )


def _limit(one: Limit, cite: Cite) -> tuple[str, ...]:
    known = [
        f"{count:,} {what}"
        for count, what in (
            (one.creates_per_minute, "creates a minute"),
            (one.concurrent, "running at once"),
            (one.in_flight, "unended; more are refused"),
        )
        if count is not None
    ]
    return plain(one.account), ", ".join(one.resolutions), "; ".join(known) or "none", cite(one.source, one.checked)


def _span(values: Range) -> str:
    return f"{_number(values.low)} to {_number(values.high)}"


def _number(value: Fraction) -> str:
    return f"{value.numerator:,}" if value.denominator == 1 else f"{float(value):,g}"


def _offset(zone: dt.timezone) -> str:
    hours = (zone.utcoffset(None) or dt.timedelta()) / dt.timedelta(hours=1)
    return f"{hours:+g}" if hours else ""
