"""The facts of a provider as values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from seedance_nb.content import MediaKind, Mode, Role
from seedance_nb.errors import UnknownModelError

Way = Literal["url", "data", "asset", "upload"]
"""How a medium can come to a provider: by its own address, in base64, as an asset, by an upload first."""


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included."""

    low: Fraction
    high: Fraction

    def __contains__(self, value: Fraction | int) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Model:
    """What one model offers at one provider."""

    provider: str
    name: str
    """The neutral name, for example `seedance-2.0-fast`."""
    ids: Mapping[Mode, str] = field(hash=False)
    """The provider's own id for each mode it offers, sent verbatim; often the same for all."""
    resolutions: tuple[str, ...]
    ratios: tuple[str, ...]
    """Includes `adaptive` where the model can choose by itself."""
    duration: Range
    """Whole seconds of a clip."""
    auto_duration: bool
    """Whether `duration=-1` leaves the length to the model."""
    roles: Mapping[Role, int] = field(hash=False)
    """How many items of each role fit into one request."""
    not_offered: tuple[str, ...]
    """Parameters of a `Request` that this model refuses."""
    source: str
    checked: dt.date
    needs_prompt: tuple[Mode, ...] = ()
    """Modes in which media alone are not enough."""
    inferred: tuple[Role, ...] = ()
    """Roles that nobody has been seen to send to this provider; how they are sent is by analogy."""

    @property
    def id(self) -> str:
        """The one id of the model.

        Raises:
            UnknownModelError: It has several, one for each mode.
        """
        if len(known := set(self.ids.values())) == 1:
            return known.pop()
        raise UnknownModelError(
            f"{self.name!r} has several ids at {self.provider}, one for each mode. Ask for one of them: "
            f"id_for({next(iter(self.ids))!r})."
        )

    def id_for(self, mode: Mode) -> str | None:
        """The provider's id in one mode, or None where the model does not offer that mode there."""
        return self.ids.get(mode)

    def has_id(self, name: str) -> bool:
        """Whether this is one of the provider's ids of the model."""
        return name in self.ids.values()

    @property
    def fixed_ratios(self) -> tuple[str, ...]:
        """The ratios without `adaptive`."""
        return tuple(ratio for ratio in self.ratios if ratio != "adaptive")


@dataclass(frozen=True, slots=True)
class Input:
    """What one kind of medium may be. None means that no limit is known."""

    kind: MediaKind
    formats: tuple[str, ...]
    max_bytes: int
    sources: tuple[Way, ...]
    """The ways in which it can come, in the order of preference."""
    source: str
    checked: dt.date
    video_codecs: tuple[str, ...] = ()
    ratio: Range | None = None
    """Width to height."""
    side: Range | None = None
    """Pixels of each side."""
    pixels: Range | None = None
    """Width times height."""
    fps: Range | None = None
    fps_tolerated: Range | None = None
    seconds: Range | None = None
    seconds_tolerated: Range | None = None
    total_seconds: Fraction | None = None
    """Seconds of all items of this kind together."""
    total_seconds_tolerated: Fraction | None = None
    role_sources: Mapping[Role, tuple[Way, ...]] = field(default_factory=dict, hash=False)
    """Other ways for some roles."""

    def ways(self, role: Role | None) -> tuple[Way, ...]:
        """The ways in which an item of a role can come."""
        return self.sources if role is None else self.role_sources.get(role, self.sources)


@dataclass(frozen=True, slots=True)
class Parameter:
    """The range of one parameter of a request."""

    name: str
    source: str
    checked: dt.date
    min: int | None = None
    max: int | None = None
    max_length: int | None = None
    """Most characters of a text."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tasks a kind of account may create and have running."""

    account: str
    """`any`: every kind."""
    resolutions: tuple[str, ...]
    source: str
    checked: dt.date
    creates_per_minute: int | None = None
    """None: no such limit."""
    concurrent: int | None = None
    """Tasks that run at once; more wait at the provider, in its queue. None: no such limit."""
    in_flight: int | None = None
    """Tasks that have not ended; a create beyond them is refused. None: no such limit."""


Operation = Literal["list", "get", "delete"]


@dataclass(frozen=True, slots=True)
class Rate:
    """How often an account may ask about its tasks, or cancel one."""

    operation: Operation
    per_second: int
    source: str
    checked: dt.date


@dataclass(frozen=True, slots=True)
class Limits:
    """What one account may ask of a provider. None: as much as it likes, or nothing is known."""

    creates_per_minute: int | None = None
    creates_per_minute_4k: int | None = None
    """Creates of 4k are counted apart."""
    in_flight: int | None = None
    """Tasks that have not ended; a create beyond them is refused."""
    lists_per_second: int | None = None
    gets_per_second: int | None = None
    deletes_per_second: int | None = None


@dataclass(frozen=True, slots=True)
class Usual:
    """How long tasks of a kind were seen to take."""

    resolution: str
    duration: int
    """Of the clip, in seconds."""
    seconds: Range
    """From the create to the end."""
    source: str
    checked: dt.date


@dataclass(frozen=True, slots=True)
class PromptAdvice:
    """How long a prompt should be at most; longer ones are accepted."""

    chinese_characters: int
    english_words: int
    source: str
    checked: dt.date
    mention: str = ""
    """How the prompt names an item, with `{kind}` or `{Kind}` and `{n}`; empty: in any way that is understood."""


@dataclass(frozen=True, slots=True)
class Body:
    """How large a request may be, with all its base64."""

    max_bytes: int
    source: str
    checked: dt.date


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """What one data file says about a provider."""

    id: str
    name: str
    """For people, for example `Volcengine Ark`."""
    base_url: str
    key_env: str
    """The environment variable that holds the key."""
    currency: str
    zone: dt.timezone
    """The time zone in which its billing days begin."""
    own_ids: tuple[str, ...]
    """How ids begin that are the provider's own, also where the catalog does not list them."""
    docs: str
    source: str
    checked: dt.date
    models: tuple[Model, ...]
    sizes: Mapping[str, Mapping[str, tuple[int, int]]] = field(hash=False)
    """Pixels of a clip by resolution and ratio."""
    inputs: Mapping[MediaKind, Input] = field(hash=False)
    body: Body
    prompt: PromptAdvice
    parameters: tuple[Parameter, ...]
    limits: tuple[Limit, ...]
    rates: tuple[Rate, ...]
    usual: tuple[Usual, ...]
