"""Rules about the content array as a whole: roles, how many of each, and what goes together."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from seedance_nb.catalog._case import Case, because, listed
from seedance_nb.content import Media, Mode, Role
from seedance_nb.media import shape
from seedance_nb.request import Problem

_FRAMES: tuple[Role, ...] = ("first_frame", "last_frame")


def content_problems(case: Case) -> Iterator[Problem]:
    """What is wrong with the roles of a content array."""
    yield from _mode(case)
    yield from _empty(case)
    yield from _promptless(case)
    yield from _roles_missing(case)
    yield from _mixed(case)
    yield from _too_many(case)
    yield from _last_frame_alone(case)
    yield from _audio_alone(case)
    yield from _cropped(case)
    yield from _inferred(case)


def _holders(case: Case, *roles: Role) -> list[tuple[str, Media]]:
    return [(name, item) for name, item in case.named if case.content.role_of(item) in roles]


_MODES: dict[Mode, str] = {
    "text": "a text alone",
    "first_frame": "a first frame",
    "first_last_frame": "first and last frames",
    "reference": "references",
}


def _mode(case: Case) -> Iterator[Problem]:
    """What the model, or the one id of it that was named, does not do at this provider."""
    model, mode, name = case.model, case.content.mode, case.request.model
    if model is None:
        return
    right = model.id_for(mode)
    offered = listed((_MODES[known] for known in model.ids), "and")
    if right is None:
        others = [other.name for other in case.facts.models if other.id_for(mode)]
        yield Problem(
            "model.mode",
            "model",
            f"{model.name!r} at {model.provider} is not made for {_MODES[mode]}.",
            because(f"There it takes {offered}.", model),
            f"Take {listed(map(repr, others))}, or another provider." if others else "Take another provider.",
        )
    elif model.has_id(name) and name != right:
        yield Problem(
            "model.mode",
            "model",
            f"model={name!r} is not made for {_MODES[mode]}.",
            because(f"{model.name!r} has an id of its own for each mode.", model),
            f"Take model={right!r}, or {model.name!r} to have it chosen by the content.",
        )


def _promptless(case: Case) -> Iterator[Problem]:
    mode = case.content.mode
    if case.model is None or mode not in case.model.needs_prompt or case.content.prompt.strip():
        return
    yield Problem(
        "prompt.missing",
        "prompt",
        "There is no prompt beside the media.",
        because(f"With {_MODES[mode]}, {case.facts.name} needs one.", case.model),
        "Describe the clip in a sentence.",
    )


def _inferred(case: Case) -> Iterator[Problem]:
    if case.model is None:
        return
    for role in case.model.inferred:
        for name, _ in _holders(case, role)[:1]:
            yield Problem(
                "role.inferred",
                name,
                f"It is not certain that {case.facts.name} takes items of role {role!r}.",
                because("Only pictures were seen as references there; the rest is by analogy with fal.", case.model),
                "Try it with a short clip at 480p first.",
                "warning",
            )


def _empty(case: Case) -> Iterator[Problem]:
    if case.content.media or case.content.prompt.strip():
        return
    yield Problem(
        "content.empty",
        "content",
        "The content array has no prompt and no media.",
        because("A task needs a text, or media to go by.", case.facts),
        "Describe the clip in a sentence.",
    )


def _roles_missing(case: Case) -> Iterator[Problem]:
    beside_references = bool(_holders(case, "reference_image", "reference_video", "reference_audio"))
    role = "reference_image" if beside_references else "first_frame"
    for name, item in _holders_of_none(case):
        yield Problem(
            "role.missing",
            name,
            f"{item.source.label!r} has no role.",
            because(
                "Only a single picture alone is a first frame by itself; beside other media "
                'each picture needs a role ("role must be specified for image contents").',
                case.facts,
            ),
            f"Say what it is for, for example Image(…, role={role!r}).",
        )


def _holders_of_none(case: Case) -> list[tuple[str, Media]]:
    return [(name, item) for name, item in case.named if case.content.role_of(item) is None]


def _mixed(case: Case) -> Iterator[Problem]:
    frames = _holders(case, *_FRAMES)
    references = _holders(case, "reference_image", "reference_video", "reference_audio")
    if not frames or not references:
        return
    yield Problem(
        "role.mixed",
        "content",
        f"{_names(frames)} and {_names(references)} cannot go together.",
        because(
            "First and last frames are one mode and references another "
            '("first/last frame content cannot be mixed with reference media content").',
            case.facts,
        ),
        "Make the frames reference_image and say in the prompt that the clip begins with image 1, "
        "or leave the references out.",
    )


def _names(holders: list[tuple[str, Media]]) -> str:
    return ", ".join(f"{name} ({item.role or 'by default'})" for name, item in holders)


def _too_many(case: Case) -> Iterator[Problem]:
    if case.model is None:
        return
    for role, most in case.model.roles.items():
        holders = _holders(case, role)
        if len(holders) <= most:
            continue
        yield Problem(
            "role.count",
            holders[most][0],
            f"There are {len(holders)} items of role {role!r}.",
            because(f"{case.model.name!r} takes at most {most} in one request.", case.model),
            f"Keep {most} of them and leave out the rest."
            + (" Several pictures to go by are reference_image." if role in _FRAMES else ""),
        )


def _last_frame_alone(case: Case) -> Iterator[Problem]:
    last = _holders(case, "last_frame")
    if not last or _holders(case, "first_frame"):
        return
    yield Problem(
        "role.last_frame_alone",
        last[0][0],
        "There is a last frame and no first frame.",
        because("A last frame goes with a first frame; both may be the same picture.", case.facts),
        'Add Image(…, role="first_frame"), or make this one the first frame.',
    )


def _audio_alone(case: Case) -> Iterator[Problem]:
    sounds = _holders(case, "reference_audio")
    if case.model is None or not sounds or case.content.of_kind("image") or case.content.of_kind("video"):
        return
    yield Problem(
        "role.audio_alone",
        sounds[0][0],
        "The only reference is sound.",
        because("Reference sound needs at least one picture or clip beside it.", case.model),
        'Add Image(…, role="reference_image") or Video(…), or leave the sound out.',
    )


def _cropped(case: Case) -> Iterator[Problem]:
    first, last = _holders(case, "first_frame"), _holders(case, "last_frame")
    if not first or not last:
        return
    shapes = shape(first[0][1]), shape(last[0][1])
    if shapes[0] is None or shapes[1] is None or abs(shapes[0] / shapes[1] - 1) < Fraction(1, 50):
        return
    yield Problem(
        "frames.ratio",
        last[0][0],
        "The last frame has other proportions than the first.",
        because("The last frame is then cropped to the proportions of the first.", case.facts),
        "Crop it yourself, to choose what stays.",
        "warning",
    )
