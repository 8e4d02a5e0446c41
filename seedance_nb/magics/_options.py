"""The first line of a cell: its options, and the request that they make with its body."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from seedance_nb.content import ROLES, Audio, Content, Image, Media, Video
from seedance_nb.errors import InvalidRequestError
from seedance_nb.magics._variables import filled, near, value_of
from seedance_nb.request import AUTO_DURATION, Request

MODELS = {"standard": "seedance-2.0", "fast": "seedance-2.0-fast", "mini": "seedance-2.0-mini"}
"""Short names; any other is taken as it is."""
KINDS: dict[str, type[Image] | type[Video] | type[Audio]] = {"image": Image, "video": Video, "audio": Audio}
DEFAULT_TO = "_task"
_DESCRIPTION = """\
Make a clip of the prompt in this cell: check it, submit it, and show it until it is kept.
In the prompt and in values, $name and ${name} are variables of the notebook; $$ is a dollar."""


class _Parser(argparse.ArgumentParser):
    """One that says what is wrong in a sentence, and never exits."""

    def error(self, message: str) -> NoReturn:
        end = "" if message.endswith((".", "?")) else "."
        raise InvalidRequestError(f"%%seedance: {message[:300]}{end} Nothing was sent; %%seedance? lists the options.")


class _Add(argparse.Action):
    """Media in the order of the line, whatever their kinds."""

    def __call__(self, _parser: object, found: argparse.Namespace, value: object, _option: object = None) -> None:
        found.media = [*found.media, (self.dest, value)]


def parser() -> argparse.ArgumentParser:
    """What the line takes."""
    made = _Parser(
        prog="%%seedance",
        description=_DESCRIPTION,
        add_help=False,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument
    add("--model", metavar="NAME", help="standard, fast, mini, or any model's own name (standard)")
    add("--ratio", metavar="W:H", help="16:9, 9:16, … or adaptive (adaptive)")
    add("--resolution", metavar="LINES", help="480p, 720p, 1080p or 4k, as far as the model goes (720p)")
    add("--duration", metavar="SECONDS", help="whole seconds, or auto (5)")
    add("--seed", metavar="N", help="a whole number; one is drawn if it is left out")
    add("--no-audio", action="store_true", help="without sound")
    add("--watermark", action="store_true", help="with a mark that says that AI made it")
    add("--last-frame", action="store_true", help="give the last frame as a picture too")
    add("--web-search", action="store_true", help="let the model search the web; text only")
    for kind in KINDS:
        role = "[:ROLE]" if kind == "image" else ""
        add(
            f"--{kind}",
            metavar=f"SOURCE{role}",
            action=_Add,
            help=f"a path, address or variable; again for more {kind}s",
        )
    add("--provider", metavar="ID", help="where it goes, if not where the studio is; with --dry-run any")
    add("--studio", metavar="NAME", help="the variable that holds the studio (studio, or a new one)")
    add("--to", metavar="NAME", default=DEFAULT_TO, help=f"the variable that gets the task ({DEFAULT_TO})")
    add("--dry-run", action="store_true", help="show check and price, also elsewhere, and send nothing")
    add("-h", "--help", action="store_true", help="show this")
    made.set_defaults(media=[])
    return made


@dataclass(frozen=True, slots=True)
class Asked:
    """What a cell asks for."""

    request: Request
    provider: str
    studio: str
    to: str
    dry_run: bool


def tokens(line: str) -> list[str]:
    """The words of a line; quotes hold words together, and a backslash is a backslash.

    Raises:
        InvalidRequestError: A quote is not closed.
    """
    reader = shlex.shlex(line, posix=True, punctuation_chars=False)
    reader.whitespace_split, reader.commenters, reader.escape = True, "", ""
    try:
        return list(reader)
    except ValueError:
        raise InvalidRequestError("%%seedance: a quote on the first line is not closed. Nothing was sent.") from None


def read(line: str, cell: str, variables: Mapping[str, object]) -> Asked | None:
    """What a cell asks for; None: for help.

    Raises:
        InvalidRequestError: An option, a value or a variable is not known; the text says what was perhaps meant.
    """
    reader = parser()
    found, rest = reader.parse_known_args(tokens(line))
    if found.help:
        return None
    if rest:
        _refuse(reader, rest[0])
    given = {
        name: filled(value, variables) for name, value in vars(found).items() if isinstance(value, str) and name != "to"
    }
    if not found.to.isidentifier():
        reader.error(f"--to {found.to!r} is no name of a variable")
    prompt = filled(cell.strip(), variables)
    media = [_item(reader, kind, text, variables) for kind, text in found.media]
    if not prompt and not media:
        reader.error("the cell has no prompt; write it below the first line")
    request = Request(Content(*([prompt] if prompt else []), *media), **_parameters(reader, found, given))
    return Asked(request, given.get("provider", ""), given.get("studio", ""), found.to, found.dry_run)


def _parameters(reader: argparse.ArgumentParser, found: argparse.Namespace, given: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {name: given[name] for name in ("ratio", "resolution") if name in given}
    if "model" in given:
        made["model"] = MODELS.get(given["model"], given["model"])
    if "duration" in given:
        is_auto = given["duration"] == "auto"
        made["duration"] = AUTO_DURATION if is_auto else _whole(reader, "duration", given, "or auto")
    if "seed" in given:
        made["seed"] = _whole(reader, "seed", given)
    made["generate_audio"] = not found.no_audio
    made["watermark"] = found.watermark
    made["return_last_frame"] = found.last_frame
    made["web_search"] = found.web_search
    return made


def _whole(reader: argparse.ArgumentParser, name: str, given: Mapping[str, str], also: str = "") -> int:
    text = given[name].removesuffix("s") if name == "duration" else given[name]
    try:
        return int(text)
    except ValueError:
        reader.error(f"--{name} {given[name][:40]!r} is not a whole number {also}".rstrip())


def _item(reader: argparse.ArgumentParser, kind: str, text: str, variables: Mapping[str, object]) -> Media:
    make = KINDS[kind]
    source, role = _apart(reader, text) if kind == "image" else (text, None)
    value = value_of(source, variables)
    if isinstance(value, make):
        return make(value.source, role or value.role, duration=value.duration)  # type: ignore[arg-type]
    if not isinstance(value, str | bytes | bytearray | memoryview | os.PathLike):
        reader.error(
            f"--{kind} {text[:80]} is {type(value).__name__}, and not a path, an address, bytes or {make.__name__}"
        )
    return make(value, role)  # type: ignore[arg-type]


def _apart(reader: argparse.ArgumentParser, text: str) -> tuple[str, str | None]:
    """A source and its role: what follows the last colon, where that is written like one."""
    source, colon, role = text.rpartition(":")
    if not colon or not source or not role.replace("_", "").isalpha() or (len(source) == 1 and source.isalpha()):
        return text, None
    offered = list(Image.roles)
    if role in offered:
        return source, role
    known = "no role of an image" if role in ROLES else "no role"
    advice = near(role, offered, f"Roles are {', '.join(offered)}.")
    return reader.error(f"{role[:40]!r} in --image {text[:80]} is {known}. {advice}")


def _refuse(reader: argparse.ArgumentParser, word: str) -> NoReturn:
    if not word.startswith("-"):
        reader.error(f"{word[:80]!r} is no option; the prompt goes below the first line")
    name = word.partition("=")[0]
    reader.error(f"there is no option {name[:80]}. {near(name, options(reader), '')}".strip())


def options(reader: argparse.ArgumentParser) -> list[str]:
    """All long options."""
    return [one for action in reader._actions for one in action.option_strings if one.startswith("--")]


def taking(reader: argparse.ArgumentParser) -> Sequence[str]:
    """Those that take a value."""
    return [one for action in reader._actions if action.nargs != 0 for one in action.option_strings]
