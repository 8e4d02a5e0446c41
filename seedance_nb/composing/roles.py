"""Which role each item can have, what choosing one does to the others, and where a new item finds its place.

Frames and references are two modes that do not mix, so that a choice may carry other pictures along; what it does to
them is said before it is done.
Source: Ark, "Create a video generation task", https://www.volcengine.com/docs/82379/1520757, read 2026-11-20.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedance_nb.catalog import Model
from seedance_nb.composing._words import phrase
from seedance_nb.composing.draft import Draft, Mark
from seedance_nb.content import Content, Media, Mode, Role

FRAMES: tuple[Role, ...] = ("first_frame", "last_frame")
_OTHER_FRAME: dict[Role, Role] = {"first_frame": "last_frame", "last_frame": "first_frame"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What would come of giving an item a role."""

    roles: tuple[Role | None, ...]
    """Those of all items; empty where it is not possible."""
    reason: str = ""
    """Why it is not possible, or what it does to other items."""

    @property
    def is_possible(self) -> bool:
        """Whether the role can be chosen."""
        return bool(self.roles)


def roles_of(content: Content) -> list[Role | None]:
    """The role that each media item plays, also where it was left out."""
    return [content.role_of(item) for item in content.media]


def ordinal(draft: Draft, index: int, language: str) -> str:
    """The name of an item, `image 1`."""
    kind, number = draft.number(index)
    return phrase(f"ordinal.{kind}", language, n=number)


def choice(draft: Draft, index: int, role: Role, model: Model | None, language: str) -> Choice:
    """What would come of giving an item a role."""
    media, now = draft.media, roles_of(draft.content)
    pictures = [place for place, item in enumerate(media) if item.kind == "image"]
    if (most := _most(model, role)) == 0:
        return Choice(
            (), phrase("role.not_taken", language, model=model.name if model else "", role=_said(role, language))
        )
    made = list(now)
    made[index] = role
    if role in FRAMES:
        other = next((place for place, item in enumerate(media) if item.kind != "image"), None)
        if other is not None:
            return Choice((), phrase("role.mixes", language, other=ordinal(draft, other, language)))
        if len(pictures) > 2:
            return Choice((), phrase("role.frames_are_two", language, n=len(pictures)))
        if len(pictures) == 1 and role == "last_frame":
            return Choice((), phrase("role.last_needs_first", language))
        for place in pictures:
            if place != index:
                made[place] = _OTHER_FRAME[role]
    else:
        for place in pictures:
            if made[place] in FRAMES or made[place] is None:
                made[place] = "reference_image"
        if most is not None and made.count(role) > most:
            return Choice((), phrase("role.too_many", language, n=most, role=_said(role, language)))
    if reason := _mode_reason(Content("x", *draft.with_roles(made).media).mode, model, language):
        return Choice((), reason)
    return Choice(tuple(made), _effect(draft, now, made, index, language))


def _effect(draft: Draft, now: Sequence[Role | None], made: Sequence[Role | None], index: int, language: str) -> str:
    said = [
        phrase("role.becomes", language, item=ordinal(draft, place, language), role=_said(role, language))
        for place, role in enumerate(made)
        if place != index and role != now[place] and role is not None
    ]
    return " ".join(said)


def _said(role: Role, language: str) -> str:
    return phrase(f"role.{role}", language)


def _most(model: Model | None, role: Role) -> int | None:
    """How many items of a role the model takes; None where nothing is known of it."""
    return None if model is None else model.roles.get(role, 0)


def _mode_reason(mode: Mode, model: Model | None, language: str) -> str:
    if model is None or model.id_for(mode) is not None:
        return ""
    return phrase("role.mode_not_offered", language, model=model.name, mode=phrase(f"mode.{mode}", language))


def added(draft: Draft, mark: Mark, item: Media, model: Model | None, language: str) -> tuple[Draft, str]:
    """The draft with one more item at its end, and what became of the others in words.

    A picture alone is the first frame without saying so, as in the examples of Ark's tutorials; the second beside it
    is the last frame; with a third one, a clip or a sound all are references.
    """
    now = roles_of(draft.content)
    if item.role is not None:
        given, item = item.role, type(item)(item.source, duration=item.duration)
        plain, said = added(draft, mark, item, model, language)
        picked = choice(plain, len(plain.media) - 1, given, model, language)
        if picked.is_possible:
            return plain.with_roles(picked.roles), picked.reason
        return plain, " ".join(filter(None, (picked.reason, said)))
    grown = draft.with_pairs([*draft.pairs, (mark, item)])
    made = _arranged(grown, now, model)
    return grown.with_roles(made), _effect(grown, [*now, None], made, len(made) - 1, language)


def _arranged(draft: Draft, now: Sequence[Role | None], model: Model | None) -> list[Role | None]:
    media, new = draft.media, draft.media[-1]
    if len(media) == 1:
        alone = new.kind == "image" and _offers(model, "first_frame")
        return [None if alone else _reference(new)]
    two = len(media) == 2 and media[0].kind == new.kind == "image" and now[0] in FRAMES
    if two and _offers(model, "first_last_frame"):
        return ["first_frame", "last_frame"] if now[0] == "first_frame" else ["last_frame", "first_frame"]
    return [_reference(item) for item in media]


def _offers(model: Model | None, mode: Mode) -> bool:
    return model is None or model.id_for(mode) is not None


def _reference(item: Media) -> Role:
    return item.roles[-1]


def all_references(draft: Draft) -> Draft:
    """Every item as a reference."""
    return draft.with_roles([_reference(item) for item in draft.media])
