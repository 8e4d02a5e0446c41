"""The parameters that this model at this provider offers, with their options and what each would change."""

from __future__ import annotations

from typing import Any

from seedance_nb import catalog
from seedance_nb.catalog import Model, Parameter
from seedance_nb.composing._words import listed, phrase
from seedance_nb.composing.draft import Draft
from seedance_nb.composing.shown import shown
from seedance_nb.composing.switches import DEFAULTS, to_model, value_text
from seedance_nb.errors import InvalidRequestError
from seedance_nb.redaction import bare_url
from seedance_nb.request import AUTO_DURATION

SHOWN = ("ratio", "resolution", "duration", "seed", "generate_audio", "watermark", "return_last_frame", "web_search")
_BOOLS = frozenset({"generate_audio", "watermark", "return_last_frame", "web_search", "camera_fixed", "draft"})
_NUMBERS = frozenset({"priority", "execution_expires_after", "frames"})


def parameters(draft: Draft, model: Model | None, language: str) -> list[dict[str, Any]]:
    """One entry for each parameter; one that is not offered is there only where it is set, so that it can be unset."""
    refused = model.not_offered if model is not None else ()
    names = [name for name in SHOWN if name not in refused or _is_set(draft, name)]
    names += [name for name in DEFAULTS if name not in (*SHOWN, "model") and _is_set(draft, name)]
    return [_model(draft, model, language), *(_entry(draft, name, model, language) for name in names)]


def checked(draft: Draft, name: object, value: object) -> Draft:
    """The draft with a parameter set to what a browser sent.

    Raises:
        InvalidRequestError: There is no such parameter, or it takes no such value.
    """
    if not isinstance(name, str) or name not in DEFAULTS:
        raise InvalidRequestError(f"There is no parameter {str(name)[:40]!r}; nothing was changed.")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value in ("", None):
        value = DEFAULTS[name]
    return draft.replace(**{name: value})


def _is_set(draft: Draft, name: str) -> bool:
    return bool(getattr(draft.request, name) != DEFAULTS[name])


def _entry(draft: Draft, name: str, model: Model | None, language: str) -> dict[str, Any]:
    value = getattr(draft.request, name)
    if name == "ratio":
        return _choice(draft, name, _ratios(draft, model, language), language)
    if name == "resolution":
        return _choice(draft, name, _resolutions(draft, model, language), language)
    if name == "duration":
        return _duration(draft, model, language)
    bounds = next((known for known in catalog.provider(draft.provider).parameters if known.name == name), None)
    if name in _BOOLS:
        return _param(name, "bool", bool(value), language, options=_bools(draft, name, language))
    if name == "seed" or name in _NUMBERS:
        return _param(name, "seed" if name == "seed" else "number", value, language, bounds=bounds)
    text = bare_url(value) if name == "callback_url" else value
    return _param(name, "text", shown(str(text or "")), language)


def _param(
    name: str,
    kind: str,
    value: object,
    language: str,
    *,
    options: list[dict[str, Any]] | None = None,
    bounds: Parameter | None = None,
) -> dict[str, Any]:
    helped = f"help.{name}"
    effects = dict.fromkeys(option["reason"] for option in options or () if option["possible"] and option["reason"])
    return {
        "name": name,
        "label": phrase(f"param.{name}", language),
        "kind": kind,
        "value": value,
        "options": options or [],
        "low": bounds.min if bounds else None,
        "high": bounds.max if bounds else None,
        "auto": False,
        "help": phrase(helped, language) if name in (*SHOWN, "model") else "",
        "effect": " ".join(effects),
        "problems": [],
    }


def _option(value: object, label: str, *, possible: bool = True, reason: str = "") -> dict[str, Any]:
    return {"value": value, "label": label, "possible": possible, "reason": reason}


def _model(draft: Draft, model: Model | None, language: str) -> dict[str, Any]:
    options = []
    for known in catalog.provider(draft.provider).models:
        if known.id_for(draft.request.mode) is None:
            mode = phrase(f"mode.{draft.request.mode}", language)
            reason = phrase("role.mode_not_offered", language, model=known.name, mode=mode)
            options.append(_option(known.name, known.name, possible=False, reason=reason))
            continue
        _, changes = to_model(draft, known.name, language) if known is not model else (draft, [])
        said = phrase("change.with", language, option=known.name, changes=listed(changes, language)) if changes else ""
        options.append(_option(known.name, known.name, reason=said))
    value = draft.request.model
    if model is not None and model.has_id(value) and len(set(model.ids.values())) == 1:
        value = model.name
    if value not in [option["value"] for option in options]:
        options.append(_option(value, shown(value, most=80)))
    return _param("model", "choice", value, language, options=options)


def _choice(draft: Draft, name: str, options: list[dict[str, Any]], language: str) -> dict[str, Any]:
    value = getattr(draft.request, name)
    if value not in [option["value"] for option in options]:
        options.append(_option(value, shown(value, most=40), possible=False))
    return _param(name, "choice", value, language, options=options)


def _pixels(draft: Draft, resolution: str, ratio: str) -> str:
    size = catalog.provider(draft.provider).sizes.get(resolution, {}).get(ratio)
    return f"{size[0]}×{size[1]}" if size else ""


def _ratios(draft: Draft, model: Model | None, language: str) -> list[dict[str, Any]]:
    known = model.ratios if model is not None else ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive")
    return [
        _option(ratio, value_text(ratio, language))
        | {"ratio": None if ratio == "adaptive" else ratio, "pixels": _pixels(draft, draft.request.resolution, ratio)}
        for ratio in known
    ]


def _resolutions(draft: Draft, model: Model | None, language: str) -> list[dict[str, Any]]:
    facts = catalog.provider(draft.provider)
    offered = model.resolutions if model is not None else tuple(facts.sizes)
    everywhere = dict.fromkeys(name for known in facts.models for name in known.resolutions)
    options = []
    for name in everywhere if model is not None else offered:
        others = listed((known.name for known in facts.models if name in known.resolutions), language)
        reason = "" if name in offered else phrase("resolution.others", language, models=others)
        shape = draft.request.ratio if draft.request.ratio != "adaptive" else "16:9"
        options.append(
            _option(name, name, possible=name in offered, reason=reason)
            | {"ratio": shape, "pixels": _pixels(draft, name, shape)}
        )
    return options


def _duration(draft: Draft, model: Model | None, language: str) -> dict[str, Any]:
    models = (model,) if model is not None else catalog.provider(draft.provider).models
    made = _param("duration", "number", draft.request.duration, language)
    made["low"] = int(min(one.duration.low for one in models))
    made["high"] = int(max(one.duration.high for one in models))
    made["auto"] = any(one.auto_duration for one in models)
    if made["auto"]:
        made["options"] = [_option(AUTO_DURATION, value_text(AUTO_DURATION, language))]
    return made


def _bools(draft: Draft, name: str, language: str) -> list[dict[str, Any]]:
    stuck = name == "web_search" and bool(draft.media)
    return [
        _option(
            True,
            value_text(True, language),
            possible=not stuck,
            reason=phrase("web_search.media", language) if stuck else "",
        ),
        _option(False, value_text(False, language)),
    ]
