"""One-click mends: what a press changes for a problem that has exactly one sensible way out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seedance_nb import catalog
from seedance_nb.catalog import Model
from seedance_nb.composing import prompt, roles, switches
from seedance_nb.composing._words import phrase
from seedance_nb.composing.draft import Draft
from seedance_nb.content import Role
from seedance_nb.request import Problem

Edit = Callable[[Draft], Draft]


@dataclass(frozen=True, slots=True)
class Mend:
    """What is offered beside a problem."""

    id: str
    label: str
    apply: Edit
    """Gives the mended draft; one to which it no longer applies comes back as it is."""


def mend(problem: Problem, draft: Draft, language: str) -> Mend | None:
    """The mend of a problem, or None where a person has to decide."""
    family, _, kind = problem.code.partition(".")
    maker = _MAKERS.get(problem.code) or (_LEAVE_OUT.get(family) if kind != "loopback" else None)
    made = maker(problem, draft, language) if maker else None
    if made is None:
        return None
    label, apply = made
    # Several problems of one code may be about the same place; what their mends say differs.
    return Mend(f"{problem.code}:{problem.where}:{label}"[:160], label, apply)


_Made = tuple[str, Edit] | None


def _set(name: str, value: object, language: str) -> _Made:
    label = phrase(
        "mend.set", language, name=phrase(f"param.{name}", language), value=switches.value_text(value, language)
    )
    return label, lambda draft: draft.replace(**{name: value})


def _resolution(_problem: Problem, draft: Draft, language: str) -> _Made:
    model = switches.model_of(draft)
    return _set("resolution", switches.nearest_resolution(draft.request.resolution, model), language) if model else None


def _ratio(_problem: Problem, draft: Draft, language: str) -> _Made:
    model, wanted = switches.model_of(draft), draft.request.ratio.lower()
    if model is None:
        return None
    return _set("ratio", wanted if wanted in model.ratios else switches.nearest_ratio(model), language)


def _duration(_problem: Problem, draft: Draft, language: str) -> _Made:
    model = switches.model_of(draft)
    return _set("duration", switches.nearest_duration(draft.request.duration, model), language) if model else None


def _default(problem: Problem, _draft: Draft, language: str) -> _Made:
    name = str(problem.where)
    if name not in switches.DEFAULTS:
        name = problem.code.partition(".")[0]
    if name not in switches.DEFAULTS:
        return None
    label = phrase("mend.leave_out", language, name=phrase(f"param.{name}", language))
    return label, lambda draft: draft.replace(**{name: switches.DEFAULTS[name]})


def _seed(_problem: Problem, _draft: Draft, language: str) -> _Made:
    return phrase("mend.draw_seed", language), lambda draft: draft.replace(seed=None)


def _nearest(problem: Problem, draft: Draft, language: str) -> _Made:
    name = problem.code.partition(".")[0]
    bounds = next((one for one in catalog.provider(draft.provider).parameters if one.name == name), None)
    value = getattr(draft.request, name)
    if bounds is None or bounds.min is None or bounds.max is None or not isinstance(value, int):
        return None
    return _set(name, min(max(value, bounds.min), bounds.max), language)


def _model(problem: Problem, draft: Draft, language: str) -> _Made:
    facts = catalog.provider(draft.provider)
    known = switches.model_of(draft)
    if problem.code == "model.unknown":
        names = [model.name for model in facts.models]
        near = difflib.get_close_matches(draft.request.model, names, n=1, cutoff=0.5)
    elif known is not None and known.id_for(draft.request.mode):
        near = [known.name]  # it was one id that does not do this mode; the model itself does
    else:
        near = [model.name for model in facts.models if model.id_for(draft.request.mode)]
    if len(near) != 1:
        return None
    return phrase("mend.model", language, model=near[0]), lambda draft: switches.to_model(draft, near[0], language)[0]


def _references(_problem: Problem, _draft: Draft, language: str) -> _Made:
    return phrase("mend.references", language), roles.all_references


def _roles_missing(problem: Problem, draft: Draft, language: str) -> _Made:
    frames = _frames(draft)
    if frames is None:
        return _references(problem, draft, language)
    return phrase("mend.frames", language), lambda draft: _same_length(draft, frames)


def _frames(draft: Draft) -> list[Role] | None:
    """First and last frame, where there are two pictures and nothing else, and no role speaks against it."""
    now = roles.roles_of(draft.content)
    if len(draft.media) != 2 or any(item.kind != "image" for item in draft.media) or "reference_image" in now:
        return None
    return ["last_frame", "first_frame"] if now[0] == "last_frame" != now[1] else ["first_frame", "last_frame"]


def _too_many(problem: Problem, draft: Draft, language: str) -> _Made:
    model: Model | None = switches.model_of(draft)
    most = model.roles.get("reference_image", 0) if model is not None else 0
    frames = any(role in roles.FRAMES for role in roles.roles_of(draft.content))
    return _roles_missing(problem, draft, language) if frames and len(draft.content.of_kind("image")) <= most else None


def _last_frame(_problem: Problem, draft: Draft, language: str) -> _Made:
    made: list[Role | None] = [
        "first_frame" if role == "last_frame" else role for role in roles.roles_of(draft.content)
    ]
    return phrase("mend.first_frame", language), lambda draft: _same_length(draft, made)


def _same_length(draft: Draft, made: Sequence[Role | None]) -> Draft:
    return draft.with_roles(made) if len(made) == len(draft.media) else draft


def _sound(_problem: Problem, _draft: Draft, language: str) -> _Made:
    return phrase("mend.leave_sound", language), _without_sound


def _without_sound(draft: Draft) -> Draft:
    return draft.with_pairs([(mark, item) for mark, item in draft.pairs if item.kind != "audio"])


def _unname(problem: Problem, draft: Draft, language: str) -> _Made:
    """Every problem of this code is about another reference; the sentence quotes which."""
    lost = [mention for mention in prompt.missing(draft.content) if repr(mention.text) in str(problem.what)]
    if not lost:
        return None
    kind, number = lost[0].kind, lost[0].number

    def apply(draft: Draft) -> Draft:
        return draft.with_prompt(prompt.without(draft.content, kind, number))

    return phrase("mend.unname", language, what=lost[0].text), apply


def _halves(_problem: Problem, _draft: Draft, language: str) -> _Made:
    return phrase("mend.halves", language), lambda draft: draft.with_prompt(prompt.whole_characters(draft.prompt))


_FLAG = re.compile(
    r"(?<!\S)--(?P<name>resolution|rs|ratio|rt|duration|dur|seed|watermark|wm)(?:\s+|=)(?P<value>\S+)[ \t]?",
    re.IGNORECASE,
)
_FLAGS = {"rs": "resolution", "rt": "ratio", "dur": "duration", "wm": "watermark"}


def _flags(_problem: Problem, draft: Draft, language: str) -> _Made:
    if not _read_flags(draft):
        return None
    return phrase("mend.flags", language), _as_parameters


def _read_flags(draft: Draft) -> dict[str, object]:
    found: dict[str, object] = {}
    for match in _FLAG.finditer(draft.prompt):
        name = _FLAGS.get(match["name"].lower(), match["name"].lower())
        value: object = match["value"].lower()
        if name in {"duration", "seed"}:
            if re.fullmatch(r"-?\d{1,10}", match["value"]) is None:
                return {}
            value = int(match["value"])
        elif name == "watermark":
            if value not in {"true", "false"}:
                return {}
            value = value == "true"
        found[name] = value
    return found


def _as_parameters(draft: Draft) -> Draft:
    found = _read_flags(draft)
    return draft.replace(**found).with_prompt(_FLAG.sub("", draft.prompt).rstrip()) if found else draft


_Maker = Callable[[Problem, Draft, str], _Made]
_MAKERS: dict[str, _Maker] = {
    "model.unknown": _model,
    "model.mode": _model,
    "role.missing": _roles_missing,
    "role.mixed": _references,
    "role.count": _too_many,
    "role.last_frame_alone": _last_frame,
    "role.audio_alone": _sound,
    "prompt.characters": _halves,
    "prompt.ordinal": _unname,
    "prompt.inline_flags": _flags,
    "resolution.offered": _resolution,
    "ratio.offered": _ratio,
    "duration.range": _duration,
    "parameter.not_offered": _default,
    "web_search.text_only": _default,
    "seed.range": _seed,
    "priority.range": _nearest,
    "execution_expires_after.range": _nearest,
}
_LEAVE_OUT: dict[str, _Maker] = {"callback_url": _default}
