"""Another model or provider: what a request has to give up for it, said one by one."""

from __future__ import annotations

import dataclasses
from dataclasses import fields

from seedance_nb import catalog
from seedance_nb.catalog import Model
from seedance_nb.composing._words import phrase
from seedance_nb.composing.draft import Draft
from seedance_nb.errors import UnknownModelError
from seedance_nb.request import AUTO_DURATION, Request

DEFAULTS = {field.name: field.default for field in fields(Request) if field.name != "content"}


def model_of(draft: Draft) -> Model | None:
    """The catalog's entry for the model of a draft; None where nothing is known of it."""
    try:
        return catalog.model(draft.provider, draft.request.model)
    except UnknownModelError:
        return None


def to_model(draft: Draft, name: str, language: str) -> tuple[Draft, list[str]]:
    """The draft with another model, and what changes with it in words.

    Raises:
        UnknownModelError: The provider has no model of this name.
    """
    model = catalog.model(draft.provider, name)
    return _fitted(draft.replace(model=name), model, language)


def to_provider(draft: Draft, provider: str, language: str) -> tuple[Draft, list[str]]:
    """The draft for another provider, and what changes with it in words.

    Raises:
        UnknownProviderError: No provider goes by this id.
    """
    facts = catalog.provider(provider)
    known, name = model_of(draft), draft.request.model
    neutral = known.name if known is not None and known.has_id(name) else name
    names = [model.name for model in facts.models]
    chosen = neutral if neutral in names or neutral.startswith(facts.own_ids) else names[0]
    moved = dataclasses.replace(draft.replace(model=chosen), provider=provider)
    said = [_change("model", name, chosen, language)] if chosen != name else []
    fitted, changes = _fitted(moved, model_of(moved), language)
    return fitted, [*said, *changes]


def _fitted(draft: Draft, model: Model | None, language: str) -> tuple[Draft, list[str]]:
    """What the model does not make becomes the nearest that it does."""
    if model is None:
        return draft, []
    request = draft.request
    new: dict[str, object] = {}
    if request.resolution not in model.resolutions:
        new["resolution"] = nearest_resolution(request.resolution, model)
    if request.ratio not in model.ratios:
        new["ratio"] = nearest_ratio(model)
    if not _makes(request.duration, model):
        new["duration"] = nearest_duration(request.duration, model)
    for name in model.not_offered:
        if getattr(request, name) != DEFAULTS[name]:
            new[name] = DEFAULTS[name]
    said = [_change(name, getattr(request, name), value, language) for name, value in new.items()]
    return (draft.replace(**new) if new else draft), said


def _makes(duration: int, model: Model) -> bool:
    return (model.auto_duration and duration == AUTO_DURATION) or duration in model.duration


def nearest_resolution(wanted: str, model: Model) -> str:
    """The offered resolution nearest below, else the lowest."""
    lines = {
        name: 2160 if name.lower() == "4k" else int("".join(filter(str.isdigit, name)) or 0)
        for name in (*model.resolutions, wanted)
    }
    below = [name for name in model.resolutions if lines[name] <= lines[wanted]]
    return max(below, key=lines.__getitem__) if below else min(model.resolutions, key=lines.__getitem__)


def nearest_ratio(model: Model) -> str:
    """`adaptive` where it is offered, else the first ratio."""
    return "adaptive" if "adaptive" in model.ratios else model.ratios[0]


def nearest_duration(wanted: int, model: Model) -> int:
    """The offered length nearest to one."""
    low, high = int(model.duration.low), int(model.duration.high)
    default = DEFAULTS["duration"]
    assert isinstance(default, int)
    return min(max(wanted if wanted > 0 else default, low), high)


def _change(name: str, before: object, after: object, language: str) -> str:
    label = phrase(f"param.{name}", language)
    if after == DEFAULTS.get(name) and name not in {"model", "resolution", "ratio", "duration"}:
        return phrase("change.left_out", language, name=label)
    return phrase(
        "change.goes", language, name=label, before=value_text(before, language), after=value_text(after, language)
    )


def value_text(value: object, language: str) -> str:
    """A value of a parameter in words."""
    if value is True or value is False:
        return phrase("value.on" if value else "value.off", language)
    if value == AUTO_DURATION:
        return phrase("value.auto", language)
    return phrase("value.adaptive", language) if value == "adaptive" else str(value)[:80]
