"""One request held against one provider: what every rule looks at, and the words rules share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from seedance_nb.catalog._facts import Body, Input, Model, Parameter, PromptAdvice, ProviderFacts, Range
from seedance_nb.content import Content, Media, MediaKind, Source
from seedance_nb.request import Request
from seedance_nb.words import Joined, Number, Sentence, Word

KIND: dict[MediaKind, Word] = {
    "image": Word("image", "kind"),
    "video": Word("video", "kind"),
    "audio": Word("audio", "kind"),
}
"""What a medium is called, as in `image 2`."""
COMMA = Word(", ", "between the entries of a list")

_ARK = Word("Volcengine Ark", "provider")
"""The one provider that goes by another name in another language."""

_PLACES: dict[str, Word] = {
    place: place
    for place in (
        Word("content", "place"),
        Word("prompt", "place"),
        Word("model", "place"),
        Word("ratio", "place"),
        Word("resolution", "place"),
        Word("duration", "place"),
        Word("generate_audio", "place"),
        Word("seed", "place"),
        Word("watermark", "place"),
        Word("return_last_frame", "place"),
        Word("web_search", "place"),
        Word("priority", "place"),
        Word("execution_expires_after", "place"),
        Word("callback_url", "place"),
        Word("safety_identifier", "place"),
        Word("service_tier", "place"),
        Word("camera_fixed", "place"),
        Word("frames", "place"),
        Word("draft", "place"),
        Word("output_format", "place"),
        Word("omni_reference_task_type", "place"),
    )
}


@dataclass(frozen=True, slots=True)
class Case:
    """A request and the facts it is judged by."""

    request: Request
    facts: ProviderFacts
    model: Model | None
    """None where the catalog knows nothing about the model."""
    host: str = ""
    """The object store for files that are taken by address alone; empty: there is none."""

    @property
    def content(self) -> Content:
        """The content array of the request."""
        return self.request.content

    @property
    def named(self) -> list[tuple[str, Media]]:
        """Each media item with its ordinal, in order."""
        return list(zip(self.content.ordinals(), self.content.media, strict=True))


def because(rule: str, entry: ProviderFacts | Model | Input | Parameter | PromptAdvice | Body) -> Sentence:
    """A rule and where it was read."""
    return Sentence(
        "{rule} Source: {source}, read {day}.", rule=rule, source=entry.source, day=entry.checked.isoformat()
    )


def provider_name(facts: ProviderFacts) -> str:
    """The name of a provider."""
    return _ARK if facts.name == _ARK else facts.name


def place(where: str) -> str:
    """The `where` of a problem, so that it can be said in other languages."""
    kind, _, count = where.partition(" ")
    if count.isdigit() and kind in KIND:
        return Sentence("{kind} {ordinal}", kind=KIND[kind], ordinal=count)
    return _PLACES.get(where, where)


def label(source: Source) -> str:
    """The label of a source."""
    if isinstance(source.value, bytes):
        return Sentence("{count} bytes", count=Number(len(source.value)))
    if source.kind == "data":
        head = source.label.partition(",… (")[0]
        return Sentence("{head},… ({count} characters)", head=head, count=Number(len(source.value)))
    return source.label


def listed(values: Iterable[str]) -> str:
    """Values in a sentence: `a, b or c`."""
    *most, final = list(values)
    return Sentence("{most} or {final}", most=Joined(most, COMMA), final=final) if most else final


def together(values: Iterable[str]) -> str:
    """Values in a sentence: `a, b and c`."""
    *most, final = list(values)
    return Sentence("{most} and {final}", most=Joined(most, COMMA), final=final) if most else final


def span(values: Range) -> Sentence:
    """`2 to 15`."""
    return Sentence("{low} to {high}", low=Number(values.low), high=Number(values.high))
