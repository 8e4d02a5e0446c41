"""Rules about the prompt: what it names, how long it is, and what does not belong in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seedance_nb.catalog._case import Case, because, listed
from seedance_nb.request import Problem

_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_FLAG = re.compile(
    r"(?<!\S)--(?:resolution|rs|ratio|rt|duration|dur|framespersecond|fps|frames|seed|camerafixed|cf|watermark|wm)"
    r"(?:\s+|=)\S+",
    re.IGNORECASE,
)
_ASSET = re.compile(r"asset://\S+|\basset-\d{14}-\w{5}\b")


def prompt_problems(case: Case) -> Iterator[Problem]:
    """What is wrong with the prompt."""
    yield from _characters(case)
    yield from _nobody(case)
    yield from _unmentioned(case)
    yield from _length(case)
    yield from _flags(case)
    yield from _assets(case)


def _characters(case: Case) -> Iterator[Problem]:
    try:
        case.content.prompt.encode()
    except UnicodeEncodeError as exc:
        yield Problem(
            "prompt.characters",
            "prompt",
            f"The prompt holds half a character (a lone surrogate) at position {exc.start}.",
            "It cannot be written as UTF-8, and so it cannot be sent.",
            "Write that character again; it was cut in two where the text came from.",
        )


def _nobody(case: Case) -> Iterator[Problem]:
    """Names of items that are not there."""
    told = set()
    for mention in case.content.mentions():
        if mention.item is not None or (mention.kind, mention.number) in told:
            continue
        told.add((mention.kind, mention.number))
        count = len(case.content.of_kind(mention.kind))
        there = {0: f"no {mention.kind}", 1: f"only one {mention.kind}"}.get(count, f"only {count} {mention.kind}s")
        yield Problem(
            "prompt.ordinal",
            "prompt",
            f"The prompt names {mention.text!r}, and there is {there} in the content.",
            because("The number counts the items of one kind in their order, from 1.", case.facts),
            f"Add the {mention.kind}, or correct the number.",
        )


def _unmentioned(case: Case) -> Iterator[Problem]:
    pictures = [name for name, item in case.named if item.role == "reference_image"]
    named = {f"{mention.kind} {mention.number}" for mention in case.content.mentions()}
    forgotten = [name for name in pictures if name not in named]
    if len(pictures) < 2 or not forgotten:
        return
    yield Problem(
        "prompt.unmentioned",
        "prompt",
        f"The prompt does not say what {listed(forgotten, 'and')} {'is' if len(forgotten) == 1 else 'are'} for.",
        because("With several pictures, one that the prompt names is followed better.", case.facts),
        f"Write for example 'the cat of [{forgotten[0]}]'.",
        "warning",
    )


def _length(case: Case) -> Iterator[Problem]:
    advice = case.facts.prompt
    chinese = len(_CHINESE.findall(case.content.prompt))
    words = len(_WORD.findall(case.content.prompt))
    if chinese <= advice.chinese_characters and words <= advice.english_words:
        return
    counted = f"{chinese:,} Chinese characters" if chinese > advice.chinese_characters else f"{words:,} words"
    yield Problem(
        "prompt.length",
        "prompt",
        f"The prompt has {counted}.",
        because(
            f"At most {advice.chinese_characters} Chinese characters or {advice.english_words:,} English words "
            "are recommended. Longer ones are accepted.",
            advice,
        ),
        "Shorten it, or divide it into several shots.",
        "warning",
    )


def _flags(case: Case) -> Iterator[Problem]:
    flags = [match[0] for match in _FLAG.finditer(case.content.prompt)]
    if not flags:
        return
    yield Problem(
        "prompt.inline_flags",
        "prompt",
        f"The prompt holds {listed((repr(flag[:40]) for flag in flags), 'and')}.",
        because(
            "Flags in the prompt are an older way, hardly checked: a wrong one is dropped in silence, "
            "the clip is made otherwise, and it is billed. The quote does not see them either.",
            case.facts,
        ),
        "Give them as parameters: Request(…, duration=5, resolution='720p').",
        "warning",
    )


def _assets(case: Case) -> Iterator[Problem]:
    found = _ASSET.search(case.content.prompt)
    if found is None:
        return
    yield Problem(
        "prompt.asset_id",
        "prompt",
        f"The prompt holds an asset id, {found[0][:60]!r}.",
        because("The model does not know assets by their ids in the prompt.", case.facts),
        "Add the asset as an item, Image('asset://…', role='reference_image'), and write 'image 1'.",
        "warning",
    )
