"""Reading a recipe that a stranger may have written, and finding the media it speaks of.

Nothing in it is believed. A file is taken for one that it names only if its bytes have the hash that it names, so that
no recipe can make a request that sends a file of the reader's which its writer does not have.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, NoReturn

from seedance_nb import media
from seedance_nb.content import Audio, Content, Image, Item, Source, Text, Video
from seedance_nb.errors import InvalidRequestError, MediaError
from seedance_nb.media import LONGEST_TAG, TAG_KEY
from seedance_nb.money import Money, Price, Usage
from seedance_nb.recipe._recipe import Recipe
from seedance_nb.recipe._write import LEFT_OUT, VERSION, is_inside, sidecar, written
from seedance_nb.request import Request
from seedance_nb.task import TaskRecord
from seedance_nb.words import Sentence

_ITEMS = 64
_TEXT = 64 * 1024
_NAME = 300
_LARGEST = 2**63 - 1
_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,18})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_KINDS: Mapping[str, type[Image] | type[Video] | type[Audio]] = {"image": Image, "video": Video, "audio": Audio}
_PARAMETERS = frozenset(field.name for field in fields(Request)) - {"content", *LEFT_OUT}


def open(
    path: str | os.PathLike[str], *, search: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = ()
) -> Recipe:
    """What made a clip, from the clip itself or the file beside it.

    Media are found again by their hash: where the request had them, beside the clip, in the folder of the studio
    around it, in the folder in which this runs, and in those named.

    >>> recipe = sd.open("seedance_out/clips/20261126-….mp4")  # doctest: +SKIP
    >>> studio.composer(recipe.request)  # doctest: +SKIP

    Args:
        path: The clip, or the `.json` beside it.
        search: More folders to look for media in; not in those below them.

    Raises:
        MediaError: There is no recipe, or it cannot be read.
    """
    clip = Path(path).expanduser()
    folders = [search] if isinstance(search, str | os.PathLike) else list(search)
    origin: Literal["file", "sidecar"] = "sidecar"
    text: str | None
    trouble: MediaError | None = None
    if clip.suffix.lower() == ".json":
        text = _beside(clip)
    else:
        text, trouble = _tag(clip)
        if text is not None:
            origin = "file"
        elif sidecar(clip).exists():
            text = _beside(sidecar(clip))
    if text is None and trouble is not None:
        raise trouble
    if text is None:
        raise MediaError(
            Sentence(
                "There is no recipe in {name!r} and none beside it. It was made or edited elsewhere, kept with "
                'recipe="none", or by a version that wrote none.',
                name=clip.name,
            )
        )
    try:
        return _Reader(clip, folders).recipe(_data(text), origin)
    except MediaError:
        raise
    # Whatever a stranger's text makes trip, it is the text that is wrong.
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, InvalidRequestError) as exc:
        raise MediaError(
            Sentence("The recipe of {name!r} is damaged, or is none: {reason}", name=clip.name, reason=str(exc)[:200])
        ) from exc


def again(record: TaskRecord, *, home: Path) -> Recipe:
    """What a task was asked for, out of the ledger, to be composed again. No clip is needed, and nothing is sent.

    Media are found again by their hash, as in `open`, and where they lay when the request was made.

    Args:
        record: The task.
        home: The folder of the studio.

    Raises:
        MediaError: What the ledger kept cannot be read.
    """
    kept = record.request.get("content")
    paths = [item.get("path") for item in kept if isinstance(item, Mapping)] if isinstance(kept, list) else []
    folders = list(dict.fromkeys(Path(path).parent for path in paths if isinstance(path, str)))
    try:
        reader = _Reader(home / "clips" / record.local_id, [*folders, home / "uploads"])
        return reader.recipe(json.loads(written(record)), "sidecar")
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, InvalidRequestError) as exc:
        raise MediaError(
            Sentence(
                "What the ledger kept of task {task} cannot be composed again: {reason}",
                task=record.local_id,
                reason=str(exc)[:200],
            )
        ) from exc


def _tag(clip: Path) -> tuple[str | None, MediaError | None]:
    """What stands in the clip; also why it could not be read, since there may be a file beside it."""
    try:
        return media.tag_of(clip), None
    except MediaError as exc:
        return None, exc


def _beside(path: Path) -> str:
    with media.open_source(Source.of(path)) as file:
        content = file.read(LONGEST_TAG + 1)
    if len(content) > LONGEST_TAG:
        raise MediaError(Sentence("The recipe in {name!r} is too large to be one.", name=path.name))
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise MediaError(Sentence("There is no recipe in {name!r}.", name=path.name)) from None


def _data(text: str) -> dict[str, Any]:
    def refuse(name: str) -> NoReturn:
        raise ValueError(f"{name} is no number.")

    found = json.loads(text, parse_constant=refuse)
    if not isinstance(found, dict) or TAG_KEY not in found:
        raise ValueError("It is not one of this package.")
    if _whole(found, TAG_KEY) != VERSION:
        raise ValueError("A newer version wrote it. Upgrade: pip install --upgrade seedance-nb")
    return found


def _text(data: Mapping[str, Any], name: str, most: int = _NAME) -> str:
    value = data.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise ValueError(f"{name} is not a text of at most {most} characters.")
    return value


def _whole(data: Mapping[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not -1 <= value <= _LARGEST):
        raise ValueError(f"{name} is not a whole number.")
    return value


def _flag(data: Mapping[str, Any], name: str) -> bool:
    value = data.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f"{name} is neither true nor false.")
    return value


def _group(data: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    value = data.get(name)
    if value is not None and not isinstance(value, dict):
        raise ValueError(f"{name} is not a group of fields.")
    return value


def _money(data: Mapping[str, Any]) -> Money:
    amount, currency = _text(data, "amount"), _text(data, "currency")
    if not _AMOUNT.fullmatch(amount) or not _CURRENCY.fullmatch(currency):
        raise ValueError("An amount of money is not one.")
    return Money(Decimal(amount), currency)


def _usage(data: Mapping[str, Any]) -> Usage:
    tokens = _whole(data, "completion_tokens") or 0
    return Usage(tokens, _whole(data, "total_tokens") or tokens, _whole(data, "web_search"))


def _price(data: Mapping[str, Any]) -> Price:
    amount, per, unit = _money(data), _whole(data, "per"), _text(data, "unit")
    if not per or per < 1 or unit not in {"tokens", "seconds"}:
        raise ValueError("The price row is none.")
    return Price(
        id=_text(data, "id"),
        amount=amount.amount,
        currency=amount.currency,
        per=per,
        unit="tokens" if unit == "tokens" else "seconds",
        start_date=dt.date.fromisoformat(_text(data, "start_date")),
        source=_text(data, "source", 2_000),
        checked=dt.date.fromisoformat(_text(data, "checked")),
    )


class _Reader:
    """Makes a recipe of data, and looks for its media."""

    def __init__(self, clip: Path, search: Iterable[str | os.PathLike[str]]) -> None:
        self._clip = clip
        beside = clip.absolute().parent
        # A clip lies in `clips` of a studio's folder; what was uploaded for it in `uploads` of the same.
        around = [beside, beside.parent, beside.parent / "uploads"] if beside.name == "clips" else [beside]
        self._folders = [*(Path(folder).expanduser() for folder in search), Path(), *around]
        self._missing: list[str] = []

    def recipe(self, data: Mapping[str, Any], origin: Literal["file", "sidecar"]) -> Recipe:
        usage, cost, price = (_group(data, name) for name in ("usage", "cost", "price"))
        created_at = _text(data, "created_at")
        is_redacted = _flag(data, "is_redacted")
        seed = _whole(data, "seed")
        request = self._request(_group(data, "request") or {}, is_redacted)
        return Recipe(
            path=self._clip,
            origin=origin,
            request=request,
            missing=tuple(self._missing),
            provider=_text(data, "provider"),
            model=_text(data, "model"),
            model_id=_text(data, "model_id"),
            task_id=_text(data, "task_id"),
            local_id=_text(data, "local_id"),
            seed=seed,
            usage=None if usage is None else _usage(usage),
            cost=None if cost is None else _money(cost),
            cost_basis="" if cost is None or cost.get("basis") is None else _text(cost, "basis"),
            price=None if price is None else _price(price),
            is_sandbox=_flag(data, "is_sandbox"),
            is_redacted=is_redacted,
            resolution=_text(data, "resolution"),
            ratio=_text(data, "ratio"),
            duration=_whole(data, "duration"),
            created_at=dt.datetime.fromisoformat(created_at).astimezone(dt.UTC) if created_at else None,
            made_with=_text(data, "made_with"),
        )

    def _request(self, data: Mapping[str, Any], is_redacted: bool) -> Request:
        described = data.get("content", [])
        if not isinstance(described, list) or len(described) > _ITEMS:
            raise ValueError("The content is not a list of items.")
        items: list[Item] = []
        counts: dict[str, int] = {}
        for entry in described:
            if not isinstance(entry, dict):
                raise ValueError("A content item is not a group of fields.")
            kind = _text(entry, "type")
            counts[kind] = counts.get(kind, 0) + 1
            items.append(Text(_text(entry, "text", _TEXT)) if kind == "text" else self._item(entry, kind, counts[kind]))
        if is_redacted:
            self._missing.append(Sentence("The prompt and the names of media were left out when it was kept."))
        left_out = data.get("left_out", [])
        if isinstance(left_out, list):
            self._missing += [
                Sentence("{parameter} is not kept in recipes; set it again if you need it.", parameter=name)
                for name in sorted(LEFT_OUT)
                if name in left_out
            ]
        parameters: dict[str, Any] = {}
        for name, value in data.items():
            if name in _PARAMETERS:
                parameters[name] = (
                    value if not isinstance(value, int) or isinstance(value, bool) else _whole(data, name)
                )
            elif name not in {"content", "left_out"}:
                self._missing.append(
                    Sentence("The parameter {name!r} is not known to this version.", name=str(name)[:40])
                )
        return Request(Content(*items), **parameters)

    def _item(self, entry: Mapping[str, Any], kind: str, number: int) -> Item:
        if kind not in _KINDS:
            raise ValueError("A content item is of a kind that does not exist.")
        role = entry.get("role")
        seconds = entry.get("duration")
        if not (seconds is None or (isinstance(seconds, int | float) and not isinstance(seconds, bool))):
            raise ValueError("The duration of an item is not a number.")
        if not (role is None or isinstance(role, str)):
            raise ValueError("A role is not a text.")
        source = self._source(entry, f"{kind} {number}")
        return _KINDS[kind](source, role, duration=seconds)  # type: ignore[arg-type]

    def _source(self, entry: Mapping[str, Any], ordinal: str) -> Source:
        label, sha256 = _text(entry, "label", 4_000), _text(entry, "sha256")
        form = _text(entry, "source")
        if form in {"url", "asset"} and label:
            source = Source.of(label)
            if source.kind != form:
                raise ValueError("The address of an item is not one.")
            if _flag(entry, "is_cut"):
                self._missing.append(
                    Sentence(
                        "{item} was behind a signed address, of which only {address} is kept. Give the whole "
                        "address again.",
                        item=ordinal,
                        address=label,
                    )
                )
            return source
        if sha256 and not _SHA256.fullmatch(sha256):
            raise ValueError("A hash is not one.")
        found = self._found(label, _text(entry, "path", 4_000), sha256) if form == "file" else None
        if found is not None:
            return found
        named = Path(label).name or ordinal
        self._missing.append(
            Sentence(
                "{item} ({label}, SHA-256 {hash}…) was not found. Put the file beside the clip, or name its folder: "
                'sd.open("{clip}", search="…").',
                item=ordinal,
                label=named,
                hash=sha256[:12],
                clip=self._clip.name,
            )
            if form == "file"
            else Sentence(
                "{item} was given as bytes, of which only the hash is kept (SHA-256 {hash}…). Put it in again.",
                item=ordinal,
                hash=sha256[:12],
            )
        )
        # No file has this name: what lies there under the one that is named has other bytes.
        return Source("file", f"missing {sha256[:12]} {named}")

    def _found(self, label: str, path: str, sha256: str) -> Source | None:
        name = Path(label).name
        candidates = [Path(path)] if path and is_inside(path) and "\0" not in path else []
        if name and "\0" not in name:
            candidates += [folder / name for folder in self._folders]
        for candidate in candidates:
            source = Source("file", os.fspath(candidate))
            try:
                if sha256 and candidate.is_file() and media.sha256(source) == sha256:
                    return source
            except (MediaError, OSError):
                continue
        return None
