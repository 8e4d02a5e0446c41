"""What can stand where the cursor is in a `%%seedance` cell."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.completer import SimpleCompletion, context_matcher

from seedance_nb import catalog
from seedance_nb.content import Image
from seedance_nb.magics._options import KINDS, MODELS, options, parser, taking
from seedance_nb.magics._variables import own
from seedance_nb.studio import Studio

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, Matcher, SimpleMatcherResult

MAGIC = "%%seedance"
MOST = 200
_VARIABLE = re.compile(r"\$(\{?)(\w*)$")
_ENDINGS = {
    "image": {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".heic", ".heif"},
    "video": {".mp4", ".mov", ".m4v", ".webm", ".mkv"},
    "audio": {".mp3", ".wav", ".m4a", ".aac", ".flac", ".ogg"},
}


def matcher(variables: Mapping[str, object]) -> Matcher:
    """What IPython's completer asks.

    Args:
        variables: Those of the notebook, as they are whenever it asks.
    """

    @context_matcher(identifier="seedance_nb.magic")  # type: ignore[untyped-decorator]
    def complete(context: CompletionContext) -> SimpleMatcherResult:
        first = context.full_text.lstrip().partition("\n")[0]
        if not re.match(rf"{MAGIC}(\s|$)", first):
            return {"completions": []}
        before = context.text_until_cursor
        is_first = not context.full_text.lstrip().partition("\n")[2] or before.lstrip().startswith(MAGIC)
        if is_first and not before.lstrip().startswith(f"{MAGIC} "):
            return {"completions": []}
        fragment, found = _line(before, variables) if is_first else _body(before, variables)
        return {
            "completions": [SimpleCompletion(text, type="magic") for text in found[:MOST]],
            "matched_fragment": fragment,
            "suppress": is_first or bool(found),
            "ordered": True,
        }

    return complete  # type: ignore[no-any-return]


def _body(before: str, variables: Mapping[str, object]) -> tuple[str, list[str]]:
    place = _VARIABLE.search(before)
    if place is None or before[: place.start()].endswith("$"):
        return "", []
    closing = "}" if place[1] else ""
    names = sorted(name for name in own(variables) if name.startswith(place[2]))
    return place[0], [f"${place[1]}{name}{closing}" for name in names]


def _line(before: str, variables: Mapping[str, object]) -> tuple[str, list[str]]:
    *earlier, word = _words(before)
    if variable := _VARIABLE.search(word):
        return _body(variable[0], variables)
    reader = parser()
    option, equals, value = word.partition("=")
    if equals and option in taking(reader):
        earlier, word = [*earlier, option], value
    last = earlier[-1] if earlier else ""
    if last in taking(reader):
        return word, _values(last.lstrip("-"), word, earlier, variables)
    again = {f"--{kind}" for kind in KINDS}
    left = [one for one in options(reader) if one not in earlier or one in again]
    return word, [one for one in left if one.startswith(word)]


def _words(before: str) -> list[str]:
    """The words before the cursor, the last one perhaps begun; a quote that is open keeps spaces in it."""
    found, quote = [""], ""
    for character in before.lstrip()[len(MAGIC) :]:
        if quote:
            quote = "" if character == quote else quote
            found[-1] += character if quote else ""
        elif character in "\"'":
            quote = character
        elif character.isspace():
            found.append("")
        else:
            found[-1] += character
    return [word for word in found[:-1] if word] + found[-1:]


def _values(name: str, begun: str, earlier: list[str], variables: Mapping[str, object]) -> list[str]:
    if name in KINDS:
        return _sources(name, begun)
    provider = _after("--provider", earlier) or next(
        (one.provider for one in (variables.get(_after("--studio", earlier) or "studio"),) if isinstance(one, Studio)),
        "",
    )
    return [text for text in _known(name, provider, earlier, variables) if text.startswith(begun)]


def _known(name: str, provider: str, earlier: list[str], variables: Mapping[str, object]) -> Iterable[str]:
    if name == "provider":
        return catalog.providers()
    if name == "studio":
        return [known for known, value in variables.items() if isinstance(value, Studio) and not known.startswith("_")]
    if name == "duration":
        return [*map(str, range(4, 16)), "auto"]
    there = [provider] if provider in catalog.providers() else catalog.providers()
    models = {model.name: model for one in there for model in catalog.provider(one).models}
    if name == "model":
        return [*(short for short, long in MODELS.items() if long in models), *models]
    chosen = _after("--model", earlier) or "standard"
    model = models.get(MODELS.get(chosen, chosen))
    if name == "ratio":
        return model.ratios if model else ()
    return model.resolutions if model and name == "resolution" else ()


def _after(option: str, words: list[str]) -> str:
    found = ""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == option:
            found = following
        elif word.startswith(f"{option}="):
            found = word.partition("=")[2]
    return found


def _sources(kind: str, begun: str) -> list[str]:
    """Paths that go on as this one begins, folders with a slash; and roles, behind a path and a colon."""
    path, colon, role = begun.rpartition(":")
    if colon and kind == "image" and os.path.exists(os.path.expanduser(path)):
        return [f"{path}:{one}" for one in Image.roles if one.startswith(role)]
    folder, name = os.path.split(begun)
    found = []
    try:
        entries = sorted(
            Path(os.path.expanduser(folder) or ".").iterdir(), key=lambda entry: (not entry.is_dir(), entry.name)
        )
    except OSError:
        return []
    for entry in entries:
        is_shown = not entry.name.startswith(".") or name.startswith(".")
        if entry.name.startswith(name) and is_shown and (entry.is_dir() or entry.suffix.lower() in _ENDINGS[kind]):
            text = os.path.join(folder, entry.name) + (os.sep if entry.is_dir() else "")
            found.append(f'"{text}"' if any(map(str.isspace, text)) else text)
    return found
