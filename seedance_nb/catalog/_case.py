"""One request held against one provider: what every rule looks at, and the words rules share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from seedance_nb.catalog._facts import Body, Input, Model, Parameter, PromptAdvice, ProviderFacts, Range
from seedance_nb.content import Content, Media
from seedance_nb.request import Request


@dataclass(frozen=True, slots=True)
class Case:
    """A request and the facts it is judged by."""

    request: Request
    facts: ProviderFacts
    model: Model | None
    """None where the catalog knows nothing about the model."""

    @property
    def content(self) -> Content:
        """The content array of the request."""
        return self.request.content

    @property
    def named(self) -> list[tuple[str, Media]]:
        """Each media item with its ordinal, in order."""
        return list(zip(self.content.ordinals(), self.content.media, strict=True))


def because(rule: str, entry: ProviderFacts | Model | Input | Parameter | PromptAdvice | Body) -> str:
    """A rule and where it was read."""
    return f"{rule} Source: {entry.source}, read {entry.checked.isoformat()}."


def listed(values: Iterable[str], last: str = "or") -> str:
    """Values in a sentence: `a, b or c`."""
    *most, final = list(values)
    return f"{', '.join(most)} {last} {final}" if most else final


def number(value: Fraction | int) -> str:
    """At most two decimals, without zeros at the end."""
    text = f"{float(value):,.2f}"
    return text.rstrip("0").rstrip(".")


def span(values: Range) -> str:
    """`2 to 15`."""
    return f"{number(values.low)} to {number(values.high)}"
