"""A chain before anything is sent: each shot checked and priced, with a stand-in for the picture it will begin with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from seedance_nb import catalog, media
from seedance_nb.chain._shot import Shot, with_first_frame
from seedance_nb.content import Source
from seedance_nb.engine import preparing
from seedance_nb.engine.preparing import Preparer
from seedance_nb.errors import InvalidRequestError, SeedanceError
from seedance_nb.money import Quote
from seedance_nb.providers import Provider
from seedance_nb.request import Problem, Request
from seedance_nb.task import TaskRecord
from seedance_nb.words import Said, Sentence

UNKNOWN_FRAME = Source("url", "https://example.com/last-frame.png")
"""Stands for a picture of which not even the shape is known; it is never sent."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One shot of a chain as it will be asked for."""

    request: Request
    """With its last frame asked for, where that is offered; without the frame it begins with."""
    follows: bool
    """Whether it begins with the last frame of the shot before it."""
    stand_in: Request
    """The same with a picture in the place of that frame: what was checked and priced."""
    quote: Quote | None
    record: TaskRecord
    """A stand-in for what will be written down, to ask budgets with."""


def plan(
    shots: Sequence[Shot], preparer: Preparer, provider: Provider, *, allow: Collection[str]
) -> tuple[list[Planned], list[Said]]:
    """Check and price every shot; nothing is written.

    The tokens of a clip do not depend on what its first frame shows, so a stand-in of the right size gives the price.

    Returns:
        The shots, and sentences that warn.

    Raises:
        InvalidRequestError: Some are wrong: each is named, with all that is wrong.
    """
    planned: list[Planned] = []
    refused: list[tuple[int, str]] = []
    problems: list[Problem] = []
    warned: list[Said] = []
    before: Request | None = None
    for index, shot in enumerate(shots):
        follows = _follows(shot, index)
        request = _asking_last_frame(shot.request, provider.id)
        stand_in = with_first_frame(request, _stand_in(before, provider.id)) if follows and before else request
        before = stand_in
        if wrong := _unlinked(shot, index):
            refused.append((index, wrong))
            continue
        found = preparer.problems(stand_in)
        found = [problem for problem in found if problem.code not in allow]
        errors = preparing.errors(found, allow=allow)
        problems += errors
        refused += [(index, str(problem)) for problem in errors]
        warned += [_of_shot(index, problem) for problem in found if problem.severity == "warning"]
        if errors:
            continue
        try:
            quote, unpriced = preparing.quote_or_why(stand_in, provider.id)
            record = preparer.prepare(stand_in, quote=quote).record
        except SeedanceError as exc:
            refused.append((index, str(exc)))
            continue
        warned += [_of_shot(index, unpriced)] if unpriced else []
        planned.append(Planned(request, follows, stand_in, quote, record))
    if refused:
        lines = "\n".join(f"  • shot {index + 1}: {what}" for index, what in refused)
        wrong_shots = len({index for index, _ in refused})
        raise InvalidRequestError(
            f"{wrong_shots} of {len(shots)} shots {'has' if wrong_shots == 1 else 'have'} problems; nothing was sent "
            f"and nothing was written. Shots are counted from 1.\n{lines}",
            problems=problems,
        )
    return planned, warned


def _follows(shot: Shot, index: int) -> bool:
    if shot.follows is not None:
        return shot.follows
    return index > 0 and not shot.has_first_frame


def _unlinked(shot: Shot, index: int) -> str:
    """Why a shot cannot begin with the last frame of the one before it, though it is to; empty where it can."""
    if not _follows(shot, index):
        return ""
    if index == 0:
        return "It is the first one and has none before it to go on from: leave follows=True out."
    if shot.has_first_frame:
        return (
            "It is to begin with the last frame of the shot before it, and brings a first frame of its own. "
            "Leave one of them out: with its own frame it is a cut."
        )
    if shot.is_reference:
        return (
            "It begins with the last frame of the shot before it, and brings references. A first frame and reference "
            "media are two modes that cannot be mixed. Leave the references out, or let it begin anew: "
            "Shot(request, follows=False)."
        )
    return ""


def _asking_last_frame(request: Request, provider: str) -> Request:
    """With the last frame asked for as a picture: a provider's own is exact, and one taken from the clip is coded."""
    model = catalog.model(provider, request.model)
    if request.return_last_frame or (model is not None and "return_last_frame" in model.not_offered):
        return request
    return request.replace(return_last_frame=True)


def _stand_in(before: Request, provider: str) -> Source:
    """A picture of the size that the clip of a request will have, as far as that is known."""
    try:
        model = catalog.model(provider, before.model)
        ratios = catalog.candidate_ratios(before, provider)
        if model is None or len(ratios) != 1:
            return UNKNOWN_FRAME
        return Source.of(media.blank(*catalog.size(provider, model.name, before.resolution, ratios[0])))
    except SeedanceError:  # its own check says what is wrong with it
        return UNKNOWN_FRAME


def _of_shot(index: int, what: object) -> Said:
    return Sentence("shot {number}: {what}", number=index + 1, what=what if isinstance(what, Said) else str(what))
