"""Rules about the prompt: what it names, how long it is, and what does not belong in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seedance_nb.catalog._case import KIND, Case, because, place, together
from seedance_nb.content import Mention
from seedance_nb.request import Problem
from seedance_nb.words import Number, Plural, Said, Sentence, Word

_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_FLAG = re.compile(
    r"(?<!\S)--(?:resolution|rs|ratio|rt|duration|dur|framespersecond|fps|frames|seed|camerafixed|cf|watermark|wm)"
    r"(?:\s+|=)\S+",
    re.IGNORECASE,
)
_KINDS = {
    "image": Word("images", "kind"),
    "video": Word("videos", "kind"),
    "audio": Word("audio items", "kind"),
}
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
            Sentence(
                "The prompt holds half a character (a lone surrogate) at position {position}.", position=exc.start
            ),
            Word("It cannot be written as UTF-8, and so it cannot be sent."),
            Word("Write that character again; it was cut in two where the text came from."),
        )


def _nobody(case: Case) -> Iterator[Problem]:
    """Names of items that are not there."""
    told = set()
    for mention in case.content.mentions():
        if mention.item is not None or (mention.kind, mention.number) in told:
            continue
        told.add((mention.kind, mention.number))
        kind = KIND[mention.kind]
        yield Problem(
            "prompt.ordinal",
            "prompt",
            _named_only(mention, len(case.content.of_kind(mention.kind))),
            because(Word("The number counts the items of one kind in their order, from 1."), case.facts),
            Sentence("Add the {kind}, or correct the number.", kind=kind),
        )


def _named_only(mention: Mention, count: int) -> Said:
    kind = KIND[mention.kind]
    if not count:
        return Sentence(
            "The prompt names {name!r}, and there is no {kind} in the content.", name=mention.text, kind=kind
        )
    return Plural(
        "The prompt names {name!r}, and there is only one {kind} in the content.",
        "The prompt names {name!r}, and there are only {count} {kinds} in the content.",
        count,
        name=mention.text,
        kind=kind,
        kinds=_KINDS[mention.kind],
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
        Plural(
            "The prompt does not say what {items} is for.",
            "The prompt does not say what {items} are for.",
            len(forgotten),
            items=together(map(place, forgotten)),
        ),
        because(Word("With several pictures, one that the prompt names is followed better."), case.facts),
        Sentence("Write for example 'the cat of [{item}]'.", item=place(forgotten[0])),
        "warning",
    )


def _length(case: Case) -> Iterator[Problem]:
    advice = case.facts.prompt
    chinese = len(_CHINESE.findall(case.content.prompt))
    words = len(_WORD.findall(case.content.prompt))
    if chinese <= advice.chinese_characters and words <= advice.english_words:
        return
    yield Problem(
        "prompt.length",
        "prompt",
        Sentence("The prompt has {count} Chinese characters.", count=Number(chinese))
        if chinese > advice.chinese_characters
        else Sentence("The prompt has {count} words.", count=Number(words)),
        because(
            Sentence(
                "At most {characters} Chinese characters or {words} English words are recommended. "
                "Longer ones are accepted.",
                characters=Number(advice.chinese_characters),
                words=Number(advice.english_words),
            ),
            advice,
        ),
        Word("Shorten it, or divide it into several shots."),
        "warning",
    )


def _flags(case: Case) -> Iterator[Problem]:
    flags = [match[0] for match in _FLAG.finditer(case.content.prompt)]
    if not flags:
        return
    yield Problem(
        "prompt.inline_flags",
        "prompt",
        Sentence("The prompt holds {flags}.", flags=together(repr(flag[:40]) for flag in flags)),
        because(
            Word(
                "Flags in the prompt are an older way, hardly checked: a wrong one is dropped in silence, "
                "the clip is made otherwise, and it is billed. The quote does not see them either."
            ),
            case.facts,
        ),
        Word("Give them as parameters: Request(…, duration=5, resolution='720p')."),
        "warning",
    )


def _assets(case: Case) -> Iterator[Problem]:
    found = _ASSET.search(case.content.prompt)
    if found is None:
        return
    yield Problem(
        "prompt.asset_id",
        "prompt",
        Sentence("The prompt holds an asset id, {id!r}.", id=found[0][:60]),
        because(Word("The model does not know assets by their ids in the prompt."), case.facts),
        Word("Add the asset as an item, Image('asset://…', role='reference_image'), and write 'image 1'."),
        "warning",
    )
