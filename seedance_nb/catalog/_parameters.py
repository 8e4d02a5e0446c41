"""Rules about the parameters of a request, everything beside the content array."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from urllib.parse import SplitResult, urlsplit

from seedance_nb.address import LOOPBACK, is_private
from seedance_nb.catalog._case import Case, because, listed, span
from seedance_nb.catalog._facts import Model, Parameter
from seedance_nb.request import AUTO_DURATION, Problem, Request
from seedance_nb.words import Number, Plural, Sentence, Word


def parameter_problems(case: Case) -> Iterator[Problem]:
    """What is wrong with the parameters."""
    if case.model is not None:
        yield from offered(case.request, case.model)
        yield from _not_offered(case.request, case.model)
        yield from _web_search(case, case.model)
    for parameter in case.facts.parameters:
        yield from _bounded(case.request, parameter)
    yield from _callback(case)


def offered(request: Request, model: Model) -> Iterator[Problem]:
    """What the model does not make: the parameters that also decide the price."""
    for name, known in (("resolution", model.resolutions), ("ratio", model.ratios)):
        value = getattr(request, name)
        if value not in known:
            choice = value.lower() if value.lower() in known else known[-1 if name == "resolution" else 0]
            yield Problem(
                f"{name}.offered",
                name,
                Sentence(
                    "{name}={value!r} is not offered by {model!r} at {provider}.",
                    name=name,
                    value=value[:40],
                    model=model.name,
                    provider=model.provider,
                ),
                because(Sentence("It makes {choices}.", choices=listed(repr(entry) for entry in known)), model),
                Sentence("Take {name}={choice!r}.", name=name, choice=choice),
            )
    auto = model.auto_duration and request.duration == AUTO_DURATION
    if not auto and request.duration not in model.duration:
        yield Problem(
            "duration.range",
            "duration",
            Sentence(
                "{name}={value!r} is not offered by {model!r} at {provider}.",
                name="duration",
                value=request.duration,
                model=model.name,
                provider=model.provider,
            ),
            because(
                Sentence("It makes clips of {span} s, or as long as it likes with -1.", span=span(model.duration)),
                model,
            ),
            Sentence(
                "Take {nearest} s, or divide the story into several shots.", nearest=_nearest(request.duration, model)
            ),
        )


def _nearest(duration: int, model: Model) -> int:
    low, high = int(model.duration.low), int(model.duration.high)
    return min(max(duration, low), high)


_DEFAULTS = {field.name: field.default for field in fields(Request)}


def _not_offered(request: Request, model: Model) -> Iterator[Problem]:
    """Parameters that somebody has set; a default that is the absence of something loses nothing."""
    for name in model.not_offered:
        value = getattr(request, name)
        if value != _DEFAULTS[name]:
            yield Problem(
                "parameter.not_offered",
                name,
                Sentence(
                    "{name}={value!r} is not a parameter of {model!r} at {provider}.",
                    name=name,
                    value=value,
                    model=model.name,
                    provider=model.provider,
                ),
                because(Word("The service refuses or ignores it there, whatever its value."), model),
                Sentence("Leave {name} out.", name=name),
            )


def _web_search(case: Case, model: Model) -> Iterator[Problem]:
    if case.request.web_search and case.content.media and "web_search" not in model.not_offered:
        yield Problem(
            "web_search.text_only",
            "web_search",
            Plural(
                "web_search=True comes with {count} media item.",
                "web_search=True comes with {count} media items.",
                len(case.content.media),
            ),
            because(Word("The model searches the web for a text alone."), model),
            Word("Leave web_search out, or ask with a prompt only."),
        )


def _bounded(request: Request, parameter: Parameter) -> Iterator[Problem]:
    value = getattr(request, parameter.name)
    if isinstance(value, str) and parameter.max_length is not None and len(value) > parameter.max_length:
        yield Problem(
            f"{parameter.name}.length",
            parameter.name,
            Sentence("{name} has {characters} characters.", name=parameter.name, characters=len(value)),
            because(Sentence("It may have at most {characters}.", characters=parameter.max_length), parameter),
            Word("Shorten it, for example to a hash of your own id."),
        )
    if isinstance(value, int) and parameter.min is not None and parameter.max is not None:
        if parameter.min <= value <= parameter.max:
            return
        yield Problem(
            f"{parameter.name}.range",
            parameter.name,
            Sentence("{name}={value} is out of range.", name=parameter.name, value=value),
            because(
                Sentence("It goes from {low} to {high}.", low=Number(parameter.min), high=Number(parameter.max)),
                parameter,
            ),
            Sentence("Take a value in that range, or leave {name} out.", name=parameter.name),
        )


def _split(url: str) -> tuple[SplitResult, str | None]:
    """The parts of an address and its host; nothing where it is not an address to the letter."""
    try:
        parts = urlsplit("" if url != url.strip() else url)
        _ = parts.port  # a wrong one shows only when it is read
        return parts, parts.hostname
    except ValueError:
        return urlsplit(""), None


def _callback(case: Case) -> Iterator[Problem]:
    url = case.request.callback_url
    if url is None:
        return
    parts, host = _split(url)
    if host in LOOPBACK and parts.scheme in {"http", "https"}:
        yield Problem(
            "callback_url.loopback",
            "callback_url",
            Sentence("callback_url names this machine ({host}).", host=host),
            Word("A provider out there cannot reach it; only the sandbox can."),
            Word("For a real task, use an address that the internet can reach."),
            "warning",
        )
    elif parts.scheme != "https" or not host:
        yield Problem(
            "callback_url.https",
            "callback_url",
            Word("callback_url is not a complete https:// address."),
            because(Word("The service posts every change of status to a web address."), case.facts),
            Word("Write it in full, for example 'https://example.com/seedance'."),
        )
    elif is_private(host):
        yield Problem(
            "callback_url.private",
            "callback_url",
            Sentence("callback_url names {host!r}, which is inside a network.", host=host),
            Word("A provider out there cannot reach it; some refuse such a task."),
            Word("Use an address that the internet can reach, or leave callback_url out: tasks are also asked about."),
        )
    if parts.username or parts.password:
        yield Problem(
            "callback_url.credentials",
            "callback_url",
            Sentence("callback_url at {host} carries a user name or password.", host=host),
            Word("It would be stored by the provider and in the ledger, readable by others."),
            Word("Use an address without them, and read the task again to be sure of what was posted."),
        )
