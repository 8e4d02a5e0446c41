"""`check`: everything about a request that can be known to be wrong before it is sent."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable

from seedance_nb.catalog._case import COMMA, Case, because, place, provider_name
from seedance_nb.catalog._content import content_problems
from seedance_nb.catalog._facts import ProviderFacts
from seedance_nb.catalog._load import model as model_of
from seedance_nb.catalog._load import near_names
from seedance_nb.catalog._load import provider as facts_of
from seedance_nb.catalog._media import media_problems
from seedance_nb.catalog._parameters import offered, parameter_problems
from seedance_nb.catalog._prompt import prompt_problems
from seedance_nb.content import Text
from seedance_nb.errors import UnknownModelError
from seedance_nb.request import Problem, Request
from seedance_nb.words import Joined, Sentence, Word

CODES: dict[str, str] = {
    "model.unknown": "The provider has no model of this name.",
    "model.unlisted": "Warning: an id of the provider's own that the catalog knows nothing about.",
    "model.mode": "The model, or this id of it, does not offer what the content asks for.",
    "content.empty": "No prompt and no media.",
    "role.missing": "A picture among other media does not say what it is for.",
    "role.mixed": "First or last frames together with references.",
    "role.count": "More items of a role than the model takes.",
    "role.last_frame_alone": "A last frame without a first frame.",
    "role.audio_alone": "Reference sound without a picture or clip.",
    "role.inferred": "Warning: nobody has been seen to send an item of this role there.",
    "frames.ratio": "Warning: the last frame will be cropped to the proportions of the first.",
    "source.video_local": "A clip on this side, which can only be sent as an address.",
    "source.hosted": "Warning: a clip on this side that will be put into an object store, for the provider to read.",
    "source.private": "An address inside a network, which no provider can reach.",
    "source.loopback": "Warning: an address on this machine, which only the sandbox can reach.",
    "source.asset_unknown": "An asset, at a provider that has none.",
    "source.asset_id": "An asset:// address without a usable id.",
    "source.asset_shape": "Warning: an asset id that looks unlike those the provider gives out.",
    "media.unreadable": "A file that is missing, damaged, or another kind of medium.",
    "media.format": "A format that the provider does not take.",
    "media.codec": "A clip coded in a way that the provider does not take.",
    "media.bytes": "A file that is too large.",
    "media.side": "Too few or too many pixels on a side.",
    "media.ratio": "Too wide or too tall.",
    "media.pixels": "A clip with too few or too many pixels in all.",
    "media.fps": "A clip with too few or too many frames a second.",
    "media.duration": "A clip or sound that is too short or too long.",
    "media.total_duration": "Clips or sounds that are too long together.",
    "body.size": "A request that is too large with its media in base64.",
    "prompt.missing": "Media without the prompt that the provider needs.",
    "prompt.characters": "Half a character in the prompt, which cannot be sent.",
    "prompt.ordinal": "The prompt names an item that is not there.",
    "prompt.unmentioned": "Warning: several reference pictures, and the prompt leaves some unnamed.",
    "prompt.length": "Warning: longer than recommended.",
    "prompt.inline_flags": "Warning: parameters written into the prompt.",
    "prompt.asset_id": "Warning: an asset id in the prompt.",
    "resolution.offered": "A resolution that the model does not make.",
    "ratio.offered": "A ratio that the model does not make.",
    "duration.range": "A length that the model does not make.",
    "parameter.not_offered": "A parameter that the model refuses.",
    "web_search.text_only": "Web search together with media.",
    "seed.range": "A seed out of range.",
    "priority.range": "A priority out of range.",
    "execution_expires_after.range": "A time to expiry out of range.",
    "safety_identifier.length": "An identifier that is too long.",
    "callback_url.length": "A callback address that is too long.",
    "callback_url.https": "A callback address that is not https.",
    "callback_url.private": "A callback address inside a network, which no provider can reach.",
    "callback_url.credentials": "A callback address with a user name or password.",
    "callback_url.loopback": "Warning: a callback address on this machine.",
}
"""Every `Problem.code` that `check` can give, and what it stands for. Codes are never renamed."""


def check(request: Request, provider_id: str, *, host: str = "") -> list[Problem]:
    """What stands between a request and its clip at one provider, errors first, each in the order of the content.

    Files are opened to see what they are; nothing is sent. A model that the catalog does not list is
    judged by the rules that hold for all, and limits of its media become warnings.

    >>> [problem.code for problem in check(Request("The cat yawns", duration=20), "ark")]
    ['duration.range']

    Args:
        request: What to make.
        provider_id: Where.
        host: The object store, such as `s3://bucket/folder`, that local files go to which the provider takes by
            address alone; empty: they cannot be sent.

    Raises:
        UnknownProviderError: No provider goes by this id.
    """
    facts = facts_of(provider_id)
    problems = []
    try:
        model = model_of(provider_id, request.model)
        if model is None:
            problems.append(_unlisted(request.model, provider_id))
    except UnknownModelError:
        model = None
        problems.append(
            Problem(
                "model.unknown",
                "model",
                Sentence(
                    "model={model!r} is not in the catalog of {provider}.",
                    model=request.model[:80],
                    provider=provider_id,
                ),
                because(_makes(facts), facts),
                _did_you_mean(facts, request.model),
            )
        )
    case = Case(request, facts, model, host)
    problems += content_problems(case)
    problems += _softened(list(media_problems(case)), soft=model is None)
    problems += prompt_problems(case)
    problems += parameter_problems(case)
    return _sorted(problems, case)


def offer_problems(request: Request, provider_id: str) -> list[Problem]:
    """Only what concerns resolution, ratio and duration: what must be right for there to be a price."""
    model = model_of(provider_id, request.model)
    return [] if model is None else [_placed(problem) for problem in offered(request, model)]


def _unlisted(model: str, provider_id: str) -> Problem:
    return Problem(
        "model.unlisted",
        "model",
        Sentence("model={model!r} is not in the catalog of {provider}.", model=model[:80], provider=provider_id),
        Word(
            "It looks like an id of the provider's own, so it is sent as it is; "
            "what it takes and costs is not known here."
        ),
        Word("Use a neutral name such as 'seedance-2.0' to have the request checked and priced."),
        "warning",
    )


def _makes(facts: ProviderFacts) -> Sentence:
    return Sentence(
        "{name} makes {models}.",
        name=provider_name(facts),
        models=Joined((repr(known.name) for known in facts.models), COMMA),
    )


def _did_you_mean(facts: ProviderFacts, name: str) -> Sentence:
    """The same in every language as what `did_you_mean` says in English."""
    return Sentence(
        "Did you mean {near}? An id of the provider's own begins with {own}.",
        near=_either(near_names(facts, name)),
        own=_either(facts.own_ids),
    )


def _either(names: Iterable[str]) -> str:
    """`'a' or 'b' or 'c'`."""
    return functools.reduce(lambda most, name: Sentence("{most} or {final}", most=most, final=name), map(repr, names))


def _placed(problem: Problem) -> Problem:
    return dataclasses.replace(problem, where=place(problem.where))


def _softened(problems: list[Problem], *, soft: bool) -> list[Problem]:
    if not soft:
        return problems
    return [
        dataclasses.replace(problem, severity="warning")
        if problem.code.startswith("media.") and problem.code != "media.unreadable"
        else problem
        for problem in problems
    ]


def _sorted(problems: list[Problem], case: Case) -> list[Problem]:
    """Errors before warnings; the model, the content as a whole, its items in order, then parameters."""
    places = {"model": -2, "content": -1}
    ordinals = iter(case.content.ordinals())
    for rank, item in enumerate(case.content):
        if isinstance(item, Text):
            places.setdefault("prompt", rank)
        else:
            places[next(ordinals)] = rank
    last = len(case.content)
    ordered = sorted(problems, key=lambda problem: (problem.severity != "error", places.get(problem.where, last)))
    return [_placed(problem) for problem in ordered]
