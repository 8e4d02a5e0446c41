"""Which pixels a clip will have."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from seedance_nb.catalog._facts import Model, ProviderFacts
from seedance_nb.catalog._load import model as model_of
from seedance_nb.catalog._load import provider as facts_of
from seedance_nb.content import Image, Media, Video
from seedance_nb.errors import InvalidRequestError
from seedance_nb.media import shape
from seedance_nb.request import Request


@cache
def size(provider: str, model: str, resolution: str, ratio: str) -> tuple[int, int]:
    """Width and height of a clip in pixels.

    >>> size("ark", "seedance-2.0", "720p", "21:9")
    (1470, 630)

    Raises:
        InvalidRequestError: The model does not offer this resolution or ratio; `adaptive` has no size.
    """
    facts = facts_of(provider)
    found = facts.sizes.get(resolution, {}).get(ratio)
    entry = model_of(provider, model)
    if found is None or (entry is not None and not (resolution in entry.resolutions and ratio in entry.ratios)):
        raise InvalidRequestError(
            f"There is no size for resolution={resolution!r} and ratio={ratio!r} with {model!r} at {provider} "
            f"(catalog/data/{provider}.toml, checked {facts.checked})."
        )
    return found


def candidate_ratios(request: Request, provider: str) -> tuple[str, ...]:
    """The ratios that a clip of this request can have, in the order of the catalog.

    A ratio that was asked for is the only one. `adaptive` goes by the first frame, else by the
    references, else by the prompt, and the last can end at any ratio. Where pictures are behind an
    address, every ratio is possible. How the service measures "nearest" is not published: where the
    linear and the logarithmic distance disagree, both ratios are candidates.

    Source: Ark, "Create a video generation task", https://www.volcengine.com/docs/82379/1520757, read 2026-11-20.
    """
    if request.ratio != "adaptive":
        return (request.ratio,)
    offered = _offered(facts_of(provider), model_of(provider, request.model))
    shapes = [shape(item) for item in _deciding(request)]
    known = [found for found in shapes if found is not None]
    if not shapes or len(known) < len(shapes):
        return offered
    candidates = {ratio for found in known for ratio in nearest(found, offered)}
    return tuple(ratio for ratio in offered if ratio in candidates)


def nearest(proportions: Fraction, offered: tuple[str, ...]) -> set[str]:
    """The offered ratios nearest to width / height, by difference and by quotient."""
    values = {ratio: value_of(ratio) for ratio in offered}
    by_difference = {ratio: abs(proportions - value) for ratio, value in values.items()}
    by_quotient = {ratio: max(proportions / value, value / proportions) for ratio, value in values.items()}
    return {
        ratio
        for distances in (by_difference, by_quotient)
        for ratio in offered
        if distances[ratio] == min(distances.values())
    }


@cache
def value_of(ratio: str) -> Fraction:
    """`16:9` as a number."""
    width, height = ratio.split(":")
    return Fraction(int(width), int(height))


def _offered(facts: ProviderFacts, model: Model | None) -> tuple[str, ...]:
    if model is not None:
        return model.fixed_ratios
    return tuple(dict.fromkeys(ratio for row in facts.sizes.values() for ratio in row))


def _deciding(request: Request) -> list[Media]:
    """The items that an adaptive ratio goes by."""
    content = request.content
    if request.mode == "text":
        return []
    if request.mode == "reference":
        return [item for item in content.media if isinstance(item, Image | Video)]
    first = [item for item in content.media if content.role_of(item) == "first_frame"]
    return first or list(content.of_kind("image"))
