"""How long the clip of a request may become."""

from __future__ import annotations

from seedance_nb.catalog._load import model
from seedance_nb.catalog._load import provider as facts_of
from seedance_nb.request import AUTO_DURATION, Request

FRAMES_PER_SECOND = 24
"""Of every clip of Seedance. Source: Ark, "Create a video generation task", read 2026-11-20."""


def longest(request: Request, provider_id: str) -> int:
    """Seconds of the longest clip that a request may bring, whole; a length left to the model is its longest.

    Raises:
        UnknownProviderError: No provider goes by this id.
        UnknownModelError: The catalog has no model of this name.
    """
    entry = model(provider_id, request.model)
    if request.frames is not None:
        return -(-request.frames // FRAMES_PER_SECOND)  # frames win over a duration
    if request.duration != AUTO_DURATION:
        return request.duration
    # Of a model that goes by an id of the provider's own nothing is known: the longest that any makes there.
    known = (entry,) if entry is not None else facts_of(provider_id).models
    return max(int(one.duration.high) for one in known)
