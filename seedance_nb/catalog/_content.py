"""Rules about the content array as a whole: roles, how many of each, and what goes together."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from seedance_nb.catalog._case import COMMA, Case, because, label, listed, place, provider_name, together
from seedance_nb.content import Media, Mode, Role
from seedance_nb.media import shape
from seedance_nb.request import Problem
from seedance_nb.words import Joined, Sentence, Word

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


_MODES: dict[Mode, Word] = {
    "text": Word("a text alone"),
    "first_frame": Word("a first frame"),
    "first_last_frame": Word("first and last frames"),
    "reference": Word("references"),
}


def _mode(case: Case) -> Iterator[Problem]:
    """What the model, or the one id of it that was named, does not do at this provider."""
    model, mode, name = case.model, case.content.mode, case.request.model
    if model is None:
        return
    right = model.id_for(mode)
    if right is None:
        others = [other.name for other in case.facts.models if other.id_for(mode)]
        yield Problem(
            "model.mode",
            "model",
            Sentence(
                "{model!r} at {provider} is not made for {mode}.",
                model=model.name,
                provider=model.provider,
                mode=_MODES[mode],
            ),
            because(
                Sentence("There it takes {offered}.", offered=together(_MODES[known] for known in model.ids)), model
            ),
            Sentence("Take {others}, or another provider.", others=listed(map(repr, others)))
            if others
            else Word("Take another provider."),
        )
    elif model.has_id(name) and name != right:
        yield Problem(
            "model.mode",
            "model",
            Sentence("model={id!r} is not made for {mode}.", id=name, mode=_MODES[mode]),
            because(Sentence("{model!r} has an id of its own for each mode.", model=model.name), model),
            Sentence("Take model={id!r}, or {model!r} to have it chosen by the content.", id=right, model=model.name),
        )


def _promptless(case: Case) -> Iterator[Problem]:
    mode = case.content.mode
    if case.model is None or mode not in case.model.needs_prompt or case.content.prompt.strip():
        return
    yield Problem(
        "prompt.missing",
        "prompt",
        Word("There is no prompt beside the media."),
        because(
            Sentence("With {mode}, {name} needs one.", mode=_MODES[mode], name=provider_name(case.facts)), case.model
        ),
        Word("Describe the clip in a sentence."),
    )


def _inferred(case: Case) -> Iterator[Problem]:
    if case.model is None:
        return
    for role in case.model.inferred:
        for name, _ in _holders(case, role)[:1]:
            yield Problem(
                "role.inferred",
                name,
                Sentence(
                    "It is not certain that {name} takes items of role {role!r}.",
                    name=provider_name(case.facts),
                    role=role,
                ),
                because(
                    Word("Only pictures were seen as references there; the rest is by analogy with fal."), case.model
                ),
                Word("Try it with a short clip at 480p first."),
                "warning",
            )


def _empty(case: Case) -> Iterator[Problem]:
    if case.content.media or case.content.prompt.strip():
        return
    yield Problem(
        "content.empty",
        "content",
        Word("The content array has no prompt and no media."),
        because(Word("A task needs a text, or media to go by."), case.facts),
        Word("Describe the clip in a sentence."),
    )


def _roles_missing(case: Case) -> Iterator[Problem]:
    beside_references = bool(_holders(case, "reference_image", "reference_video", "reference_audio"))
    role = "reference_image" if beside_references else "first_frame"
    for name, item in _holders_of_none(case):
        yield Problem(
            "role.missing",
            name,
            Sentence("{label!r} has no role.", label=label(item.source)),
            because(
                Word(
                    "Only a single picture alone is a first frame by itself; beside other media "
                    'each picture needs a role ("role must be specified for image contents").'
                ),
                case.facts,
            ),
            Sentence("Say what it is for, for example Image(…, role={role!r}).", role=role),
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
        Sentence("{frames} and {references} cannot go together.", frames=_names(frames), references=_names(references)),
        because(
            Word(
                "First and last frames are one mode and references another "
                '("first/last frame content cannot be mixed with reference media content").'
            ),
            case.facts,
        ),
        Word(
            "Make the frames reference_image and say in the prompt that the clip begins with image 1, "
            "or leave the references out."
        ),
    )


def _names(holders: list[tuple[str, Media]]) -> Joined:
    default = Word("by default")
    return Joined(
        (Sentence("{item} ({role})", item=place(name), role=item.role or default) for name, item in holders), COMMA
    )


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
            Sentence("There are {count} items of role {role!r}.", count=len(holders), role=role),
            because(
                Sentence("{model!r} takes at most {most} in one request.", model=case.model.name, most=most), case.model
            ),
            Sentence(
                "Keep {most} of them and leave out the rest. Several pictures to go by are reference_image.", most=most
            )
            if role in _FRAMES
            else Sentence("Keep {most} of them and leave out the rest.", most=most),
        )


def _last_frame_alone(case: Case) -> Iterator[Problem]:
    last = _holders(case, "last_frame")
    if not last or _holders(case, "first_frame"):
        return
    yield Problem(
        "role.last_frame_alone",
        last[0][0],
        Word("There is a last frame and no first frame."),
        because(Word("A last frame goes with a first frame; both may be the same picture."), case.facts),
        Word('Add Image(…, role="first_frame"), or make this one the first frame.'),
    )


def _audio_alone(case: Case) -> Iterator[Problem]:
    sounds = _holders(case, "reference_audio")
    if case.model is None or not sounds or case.content.of_kind("image") or case.content.of_kind("video"):
        return
    yield Problem(
        "role.audio_alone",
        sounds[0][0],
        Word("The only reference is sound."),
        because(Word("Reference sound needs at least one picture or clip beside it."), case.model),
        Word('Add Image(…, role="reference_image") or Video(…), or leave the sound out.'),
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
        Word("The last frame has other proportions than the first."),
        because(Word("The last frame is then cropped to the proportions of the first."), case.facts),
        Word("Crop it yourself, to choose what stays."),
        "warning",
    )
