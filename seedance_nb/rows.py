"""Rows of a table as requests: one row a request, one column a parameter.

A data frame is known by what it can do and is not imported. Nothing is checked against a provider here, and
nothing is raised for a row that is wrong: it becomes a `Trouble`, so that all of them can be told together.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

from seedance_nb.content import ROLES, Audio, Content, Image, Media, Role, Text, Video
from seedance_nb.errors import InvalidRequestError
from seedance_nb.redaction import redact
from seedance_nb.request import Request

PARAMETERS = tuple(field.name for field in fields(Request) if field.name != "content")
COLUMNS: tuple[str, ...] = ("prompt", "content", *ROLES, *PARAMETERS)
"""What a column may be called; one that begins with `_` is left alone."""
SPANS = 6
"""So many stretches of row numbers are written out in a sentence."""
_LONGEST = 600
_NOTHING_SENT = " Nothing was sent."


class Frame(Protocol):
    """What is asked of a data frame."""

    @property
    def columns(self) -> Any:
        """The names of its columns."""
        ...

    def to_dict(self, orient: Any) -> Any:
        """A dict for each row, where `orient` is `records`."""
        ...


Given = Iterable[Request | Content | str | Mapping[str, Any]] | Frame
"""Several requests: as they are, as prompts, as dicts, or as the rows of a data frame."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong with one row."""

    row: int | None
    """Counted from 0; None: it concerns them all."""
    what: str
    """A sentence, secrets folded."""


def read(given: Given) -> tuple[list[Request | None], list[Trouble]]:
    """The requests in order, and what is wrong with the rows that gave none.

    A parameter that is None, NaN, NA or blank is not given. The media of a row stand behind its prompt in the order
    first frame, last frame, reference pictures, clips, sounds; a cell may hold one of them, or a list.

    Raises:
        InvalidRequestError: What was given is a single request, or nothing that has rows.
    """
    if isinstance(given, Request | Content | str | Mapping | bytes) or not hasattr(given, "__iter__"):
        raise InvalidRequestError(
            f"submit_many takes several requests, not a single {type(given).__name__}: a list of requests, prompts or "
            "dicts, or a data frame. For one request use submit. Nothing was sent and nothing was written."
        )
    requests: list[Request | None] = []
    troubles: list[Trouble] = []
    for number, row in enumerate(_rows(given)):
        request, found = _request(row)
        requests.append(None if found else request)
        troubles += [Trouble(number, _told(what)) for what in found]
    return requests, troubles


def _rows(given: Any) -> Iterable[object]:
    if not (hasattr(given, "columns") and hasattr(given, "to_dict")):
        return given  # type: ignore[no-any-return]
    names = [str(name) for name in given.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidRequestError(
            f"The data frame has more than one column {redact(', '.join(map(repr, twice)))}, and only one of them "
            "could count. Rename or drop the others. Nothing was sent and nothing was written."
        )
    return given.to_dict("records")  # type: ignore[no-any-return]


def _request(row: object) -> tuple[Request | None, list[str]]:
    """The request of one row, or what is wrong with it."""
    if isinstance(row, Request):
        return row, []
    if isinstance(row, Mapping):
        return _from_cells(row)
    if isinstance(row, str | Content):
        return Request(Content(row) if isinstance(row, str) else row), []
    return None, [f"it is a {type(row).__name__}, and not a Request, a Content, a prompt or a dict of columns."]


def _from_cells(row: Mapping[Any, Any]) -> tuple[Request | None, list[str]]:
    cells = {name: value for name, value in row.items() if not str(name).startswith("_")}
    troubles = [_unknown(name) for name in cells if name not in COLUMNS]
    cells = {name: value for name, value in cells.items() if name in COLUMNS and not _is_missing(value)}
    content: Content | None = None
    try:
        content = _content(cells)
    except InvalidRequestError as exc:
        troubles.append(str(exc))
    parameters = {name: _plain(cells[name]) for name in PARAMETERS if name in cells}
    try:
        request = Request(content or Content(), **parameters)
    except InvalidRequestError:
        troubles += _each_alone(parameters)
        return None, troubles
    return request, troubles


def _unknown(name: object) -> str:
    if isinstance(name, str):
        near = difflib.get_close_matches(name.strip().lower(), COLUMNS, 1)
        meant = f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(COLUMNS)}."
    else:
        meant = "Columns are called by their names, such as 'prompt'."
    return f"the column {str(name)[:80]!r} is not known. {meant} Put a _ before its name to keep it for yourself."


def _each_alone(parameters: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with each parameter, where a request stops at the first."""
    for name, value in parameters.items():
        try:
            Request(Content(), **{name: value})
        except InvalidRequestError as exc:
            yield str(exc)


def _content(cells: Mapping[str, Any]) -> Content:
    media = [item for role in ROLES if role in cells for item in _media(role, cells[role])]
    if "content" not in cells:
        return Content(*([Text(cells["prompt"])] if "prompt" in cells else []), *media)
    content = cells["content"]
    if media or "prompt" in cells:
        raise InvalidRequestError("it has a content, and prompt or media columns beside it. Keep one of the two.")
    if not isinstance(content, Content):
        raise InvalidRequestError(f"content is a Content, not {type(content).__name__}; a text goes into prompt.")
    return content


def _media(role: Role, cell: Any) -> Iterator[Media]:
    kind = next(kind for kind in (Image, Video, Audio) if role in kind.roles)
    values = _listed(cell)
    for place, value in enumerate(values, 1):
        where = role if len(values) == 1 else f"{role}, number {place} of its list"
        if _is_missing(value):
            raise InvalidRequestError(f"{where}: it is empty. Take it out, since prompts count the items.")
        try:
            yield _item(kind, role, value)
        except InvalidRequestError as exc:
            raise InvalidRequestError(f"{where}: {exc}") from None


def _item(kind: type[Image | Video | Audio], role: Role, value: Any) -> Media:
    if not isinstance(value, Image | Video | Audio):
        return kind(value, role)
    if not isinstance(value, kind) or value.role not in {None, role}:
        raise InvalidRequestError(f"{value!r} does not belong into this column.")
    return kind(value.source, role, duration=value.duration)


def _listed(cell: Any) -> Sequence[Any]:
    if isinstance(cell, list | tuple):
        return cell
    # An array of a numeric library, which is also what a data frame makes of a list read from some formats.
    return cell.tolist() if getattr(cell, "ndim", 0) == 1 and hasattr(cell, "tolist") else [cell]


def _plain(value: Any) -> Any:
    """A value as Python has it: a whole number may come as a numeric library's, or as a float beside missing ones."""
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_missing(value: Any) -> bool:
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    try:
        return bool(value != value)  #  only what is not a number differs from itself
    except (TypeError, ValueError):  # a missing value that has no truth, or an array
        return type(value).__name__ == "NAType"


def _told(what: str) -> str:
    folded = redact(what.removesuffix(_NOTHING_SENT))
    return folded if len(folded) <= _LONGEST else f"{folded[: _LONGEST - 1]}…"


# -- saying it --


def sentences(troubles: Iterable[Trouble]) -> list[str]:
    """Each trouble once, with the rows that have it: `rows 0 to 3 and 7: …`."""
    rows: dict[str, list[int]] = {}
    for trouble in troubles:
        known = rows.setdefault(trouble.what, [])
        if trouble.row is not None and trouble.row not in known[-1:]:
            known.append(trouble.row)
    return [f"{numbers(known)}: {what}" if known else what for what, known in rows.items()]


def numbers(rows: Sequence[int]) -> str:
    """Row numbers as people say them.

    >>> numbers([4]), numbers([0, 1, 2, 5]), numbers([1, 2])
    ('row 4', 'rows 0 to 2 and 5', 'rows 1 and 2')
    """
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    words: list[str] = []
    shown = 0
    for first, last in spans[:SPANS]:
        words += [f"{first} to {last}"] if last - first > 1 else [str(row) for row in range(first, last + 1)]
        shown += last - first + 1
    if shown < len(rows):
        words.append(f"{len(rows) - shown} more")
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return f"row{'' if len(rows) == 1 else 's'} {listed}"
