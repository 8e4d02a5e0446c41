"""What a sweep asks for, before anything is priced: the product of its axes, each cell a request.

Pure: no catalog, no clock, no chance. The same template and axes give the same cells with the same seeds in every
notebook and after every restart, which is what lets a ledger know them again.
"""

from __future__ import annotations

import difflib
import hashlib
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from string import Formatter
from typing import Any, Literal

from seedance_nb.content import Content, Text
from seedance_nb.errors import InvalidRequestError
from seedance_nb.redaction import redact
from seedance_nb.request import Request
from seedance_nb.rows import PARAMETERS

MOST = 2_000
"""Cells of one sweep; more of them are several sweeps."""
VALUE_CHARS = 60
"""So much of a value tells a row or a column from the others."""
SEEDS = 100_000
"""Seeds are chosen below this: every provider takes them, and people can read them."""
_TAKEN = {"prompt": "the text of the template", "content": "the template itself", "template": "the template itself"}
_NOTHING = "Nothing was sent."

AxisKind = Literal["variable", "parameter"]


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that differs between cells, and its values in order."""

    name: str
    values: tuple[object, ...]
    kinds: tuple[AxisKind, ...]
    """What it sets: a variable of the prompt, a parameter of the request, or both where they have one name."""
    is_fixed: bool = False
    """Whether it was given as a single value and no list; such axes come last."""

    def label(self, place: int, *, keys: Sequence[str] = ()) -> str:
        """A value as a row or a column is called.

        Args:
            place: Of the value, from 0.
            keys: Secrets known by value, which are folded before anything is cut off.
        """
        text = redact(" ".join(str(self.values[place]).split()), keys=keys)
        return text if len(text) <= VALUE_CHARS else f"{text[: VALUE_CHARS - 1].rstrip()}…"


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of values, and the request that it makes."""

    number: int
    """Counted from 0, the last axis running fastest."""
    at: tuple[int, ...]
    """For each axis of the plan the place of its value."""
    request: Request
    same_as: int | None = None
    """The first cell that asks for exactly this; one clip answers both."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The cells of a sweep in order."""

    axes: tuple[Axis, ...]
    """In the order in which they were written; single values come last."""
    cells: tuple[Cell, ...]

    @property
    def shown(self) -> tuple[int, ...]:
        """The places of those axes that make a matrix: one with a single value does not."""
        return tuple(place for place, axis in enumerate(self.axes) if len(axis.values) > 1)

    def labels(self, cell: Cell) -> dict[str, str]:
        """What each axis of the matrix is in a cell, in words."""
        return {self.axes[place].name: self.axes[place].label(cell.at[place]) for place in self.shown}

    def value(self, cell: Cell, name: str) -> object:
        """What an axis is in a cell; None where there is no such axis."""
        for axis, place in zip(self.axes, cell.at, strict=True):
            if axis.name == name:
                return axis.values[place]
        return None


def plan(
    template: Request | Content | str,
    axes: Mapping[str, Any],
    *,
    seeds: int | Iterable[int] | None = None,
    is_template: bool = True,
) -> Plan:
    """The cells of a template and its axes.

    Args:
        template: A prompt with `{variables}`, or a content or a request whose text has them. A brace that is meant as
            itself is written twice.
        axes: For each variable and parameter its values, or a single one that all cells have.
        seeds: So many seeds, chosen from the template's text alone, so that another value of an axis leaves those of
            the other cells as they are; or the seeds themselves.
        is_template: Whether braces in the text mean variables; False: they are text.

    Raises:
        InvalidRequestError: A variable has no values, a name is not known, or a value does not fit.
    """
    request = template if isinstance(template, Request) else Request(_content(template))
    names = _variables(request.content) if is_template else ()
    given = dict(axes)
    if seeds is not None:
        if "seed" in given:
            raise InvalidRequestError(f"seed and seeds were both given, and only one of them can count. {_NOTHING}")
        given["seed"] = chosen_seeds(request.prompt, seeds)
    made = _axes(given, names)
    _complete(made, names)
    count = math.prod(len(axis.values) for axis in made)
    if count > MOST:
        sizes = " × ".join(str(len(axis.values)) for axis in made if len(axis.values) > 1)
        raise InvalidRequestError(
            f"{sizes} are {count:,} cells, and a sweep has {MOST:,} at most. Take fewer values, or make several sweeps "
            f"of it. {_NOTHING}"
        )
    return Plan(made, tuple(_cells(request, made, names, is_template=is_template)))


def chosen_seeds(prompt: str, seeds: int | Iterable[int]) -> tuple[int, ...]:
    """So many seeds, the same ones whenever they are chosen for this text; the first ones of more are those of fewer.

    >>> chosen_seeds("A {animal}", 3)[:2] == chosen_seeds("A {animal}", 2)
    True
    """
    if isinstance(seeds, bool) or not isinstance(seeds, int):
        return tuple(_listed("seeds", seeds))
    if not 1 <= seeds <= MOST:
        raise InvalidRequestError(f"seeds={seeds!r} is not a number of seeds from 1 to {MOST:,}. {_NOTHING}")
    found: dict[int, None] = {}
    for turn in itertools.count():
        digest = hashlib.sha256(f"seed {turn} of {prompt}".encode("utf-8", "surrogatepass")).digest()
        found[int.from_bytes(digest[:8]) % SEEDS] = None
        if len(found) == seeds:
            return tuple(found)
    raise AssertionError  # counting has no end


def variables(template: Request | Content | str) -> tuple[str, ...]:
    """The variables of a template, each once, in the order of its text.

    >>> variables("A {animal} in {place}, {{not this}}")
    ('animal', 'place')
    """
    return _variables(template.content if isinstance(template, Request) else _content(template))


def _content(template: object) -> Content:
    if isinstance(template, str):
        return Content(template)
    if isinstance(template, Content):
        return template
    raise InvalidRequestError(
        f"A template is a prompt, a Content or a Request, not {type(template).__name__}: "
        f'write sweep("A {{animal}} yawns", animal=["cat", "fox"]). {_NOTHING}'
    )


def _variables(content: Content) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for item in content:
        if isinstance(item, Text):
            for name in _fields(item.text):
                found[name] = None
    return tuple(found)


def _fields(text: str) -> Iterator[str]:
    try:
        pieces = list(Formatter().parse(text))
    except ValueError:
        raise InvalidRequestError(
            f"The template has a brace that neither opens nor closes a variable: {_cut(text)!r}. One that is meant as "
            f"itself is written twice, {{{{ or }}}}. {_NOTHING}"
        ) from None
    for _, name, form, conversion in pieces:
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            written = f"{{{name}{'!' + conversion if conversion else ''}{':' + form if form else ''}}}"
            raise InvalidRequestError(
                f"The template has {_cut(written)!r}, which names no variable: between braces stands a plain name such "
                f"as {{animal}}. A brace that is meant as itself is written twice, {{{{ or }}}}. {_NOTHING}"
            )
        yield name


def _axes(given: Mapping[str, Any], names: tuple[str, ...]) -> tuple[Axis, ...]:
    axes: list[Axis] = []
    for name, values in given.items():
        kinds: list[AxisKind] = []
        if name in names:
            kinds.append("variable")
        if name in PARAMETERS:
            kinds.append("parameter")
        if not kinds:
            raise InvalidRequestError(_unknown(name, names))
        is_fixed = isinstance(values, str | bytes) or not hasattr(values, "__iter__")
        listed = (values,) if is_fixed else tuple(_listed(name, values))
        axes.append(Axis(name, tuple(_plain(value) for value in listed), tuple(kinds), is_fixed))
    for axis in axes:
        _fitting(axis)
    return tuple(sorted(axes, key=lambda axis: axis.is_fixed))


def _listed(name: str, values: Any) -> list[Any]:
    if (
        isinstance(values, set | frozenset | Mapping)
        or not hasattr(values, "__iter__")
        or isinstance(values, str | bytes)
    ):
        what = "has no order" if isinstance(values, set | frozenset) else "is no list of values"
        raise InvalidRequestError(f"{name} is a {type(values).__name__}, which {what}: write {name}=[…]. {_NOTHING}")
    listed = list(itertools.islice(values, MOST + 1))
    if not listed:
        raise InvalidRequestError(f"{name} has no values, so that there would be no cells at all. {_NOTHING}")
    return listed


def _plain(value: Any) -> Any:
    """A value as Python has it, where a numeric library has its own."""
    return value.item() if getattr(value, "ndim", None) == 0 and hasattr(value, "item") else value


def _fitting(axis: Axis) -> None:
    """Refuse a value that cannot stand in a prompt, or that no request takes.

    Raises:
        InvalidRequestError: With the value.
    """
    for value in axis.values:
        if "variable" in axis.kinds and (isinstance(value, bool) or not isinstance(value, str | int | float | Decimal)):
            raise InvalidRequestError(
                f"{axis.name}={_cut(repr(value))} cannot stand in a prompt: a variable is text or a number. {_NOTHING}"
            )
        if "parameter" in axis.kinds:
            Request(Content()).replace(**{axis.name: value})


def _unknown(name: str, names: tuple[str, ...]) -> str:
    if name in _TAKEN:
        return (
            f"{name} is {_TAKEN[name]}, and no axis. What is to differ in it is a variable: "
            f'sweep("A {{animal}} yawns", animal=["cat", "fox"]). {_NOTHING}'
        )
    near = difflib.get_close_matches(name, (*names, *PARAMETERS, "seeds"), 1)
    has = f"it has {', '.join(f'{{{one}}}' for one in names)}" if names else "it has none"
    meant = f" Did you mean {near[0]!r}?" if near else ""
    return (
        f"{name!r} is neither a variable of the template ({has}) nor a parameter of a request.{meant} With it every "
        f"cell would be asked for several times over. {_NOTHING}"
    )


def _complete(axes: tuple[Axis, ...], names: tuple[str, ...]) -> None:
    known = {axis.name for axis in axes}
    missing = [name for name in names if name not in known]
    if not missing:
        return
    listed = ", ".join(f"{{{name}}}" for name in missing)
    given = ", ".join(f"{name}=[…]" for name in missing)
    raise InvalidRequestError(
        f"The template has {listed}, and no values for {'it' if len(missing) == 1 else 'them'}: add {given}. A brace "
        f"that is meant as itself is written twice, {{{{ or }}}}. {_NOTHING}"
    )


def _cells(request: Request, axes: tuple[Axis, ...], names: tuple[str, ...], *, is_template: bool) -> Iterator[Cell]:
    seen: dict[Request, int] = {}
    for number, at in enumerate(itertools.product(*(range(len(axis.values)) for axis in axes))):
        chosen = {axis.name: axis.values[place] for axis, place in zip(axes, at, strict=True)}
        content = request.content
        if is_template:
            content = _filled(content, {name: chosen[name] for name in names})
        changes = {axis.name: chosen[axis.name] for axis in axes if "parameter" in axis.kinds}
        made = request.replace(content=content, **changes)
        first = seen.setdefault(made, number)
        yield Cell(number, at, made, None if first == number else first)


def _filled(content: Content, values: Mapping[str, object]) -> Content:
    """The content with its variables filled in; braces of a value are text."""
    return Content(*(Text(item.text.format_map({**values})) if isinstance(item, Text) else item for item in content))


def _cut(text: str) -> str:
    return text if len(text) <= VALUE_CHARS else f"{text[: VALUE_CHARS - 1]}…"
