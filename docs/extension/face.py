"""The public face: the names of `seedance_nb.__all__`, and what can be reached from them.

A class counts as reached where a public method, property or field of the face takes or gives it. So the reference grows
by itself when something new is offered, and what is private stays out of it.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import re
import typing
from collections.abc import Iterator
from enum import Enum
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import seedance_nb
from docs.pages.fields import attributes
from seedance_nb.errors import SeedanceError
from seedance_nb.widgets._base import BaseWidget
from seedance_nb.words import Said

PACKAGE = seedance_nb.__name__
BESIDE_ALL = ("open",)
"""Public, and not in `__all__`, since `import *` must not take Python's own away."""

_NAME = re.compile(r"[A-Za-z_]\w*")
_completed: set[str] = set()


@cache
def face() -> dict[str, object]:
    """Each documented object by the name it is documented under, in the order in which it was reached."""
    found: dict[str, object] = {}
    for name in sorted({*seedance_nb.__all__, *BESIDE_ALL}):
        value = getattr(seedance_nb, name)
        if isinstance(value, ModuleType):
            inner = getattr(value, "__all__", None) or _own_names(value)
            found |= {f"{value.__name__}.{one}": getattr(value, one) for one in inner}
        elif not name.startswith("__"):
            found[f"{PACKAGE}.{name}"] = value
    names = {id(value): name for name, value in sorted(found.items(), key=lambda one: -one[0].count("."))}
    waiting = list(found.values())
    while waiting:
        for cls in _reached(waiting.pop(0)):
            if id(cls) not in names:
                names[id(cls)] = f"{cls.__module__}.{cls.__qualname__}"
                found[names[id(cls)]] = cls
                waiting.append(cls)
    # What goes by two names is documented under the shorter one.
    return {name: value for name, value in found.items() if names[id(value)] == name}


@cache
def handed_out() -> frozenset[type]:
    """The classes whose constructors are no part of the face, since a call gives them: handles, views, widgets."""
    given = {
        cls
        for value in face().values()
        for one in (value, *functions(value))
        if callable(one) and not isinstance(one, type)
        for cls in named(str(inspect.get_annotations(inspect.unwrap(one)).get("return", "")), one.__module__)
    }
    return frozenset(cls for cls in given if not (dataclasses.is_dataclass(cls) or issubclass(cls, BaseException)))


def complete(name: str) -> None:
    """Import what a module imports for its types alone, so that its annotations can be read."""
    if name in _completed or not name.startswith(f"{PACKAGE}."):
        return
    _completed.add(name)
    module = importlib.import_module(name)
    for branch in ast.parse(inspect.getsource(module)).body:
        if not (isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.dump(branch.test)):
            continue
        for statement in branch.body:
            if isinstance(statement, ast.ImportFrom):
                complete(statement.module or "")
            exec(compile(ast.Module([statement], []), name, "exec"), vars(module))  # noqa: S102 - its own imports


def _own_names(module: ModuleType) -> list[str]:
    return [name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]


def _reached(value: object) -> Iterator[type]:
    bases = ours(value) if isinstance(value, type) else [value]
    for one in (*bases, *functions(value)):
        plain = inspect.unwrap(one) if callable(one) else one
        if isinstance(plain, type | FunctionType):
            for name, annotation in inspect.get_annotations(plain).items():
                if not name.startswith("_"):
                    yield from named(str(annotation), plain.__module__)


def functions(value: object) -> Iterator[Any]:
    """The public functions, methods and properties of a class, those of its bases in this package included."""
    return (plain for name, plain in _members(value) if isinstance(plain, FunctionType))


def members(cls: type) -> list[str]:
    """What of a class is documented: functions, properties, fields, and what a constructor sets and explains."""
    found = [name for name, plain in _members(cls) if isinstance(plain, FunctionType)]
    found += [field.name for field in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else []
    found += [one.name for one in cls] if issubclass(cls, Enum) else []
    found += [name for base in ours(cls) for name, text in attributes(base).items() if text]
    return [name for name in dict.fromkeys(found) if not name.startswith("_")]


def ours(cls: type) -> list[type]:
    """A class and its bases in this package, without what errors and widgets have in common with all others."""
    shared = {SeedanceError, BaseWidget} - {cls}
    return [base for base in cls.__mro__ if base.__module__.startswith(PACKAGE) and base not in shared]


def _members(value: object) -> Iterator[tuple[str, object]]:
    for base in ours(value) if isinstance(value, type) else ():
        for name, member in vars(base).items():
            plain = getattr(member, "fget", None) or getattr(member, "func", None) or member
            if not name.startswith("_"):
                yield name, getattr(plain, "__func__", plain)


def named(annotation: str, module: str) -> Iterator[type]:
    """The classes of ours that an annotation names."""
    complete(module)
    known = vars(importlib.import_module(module))
    for name in _NAME.findall(annotation):
        yield from _classes(known.get(name))


def _classes(hint: object) -> Iterator[type]:
    if isinstance(hint, type) and typing.get_origin(hint) is None:
        # A text that can be said in other languages is a `str` to everybody outside.
        if hint.__module__.startswith(PACKAGE) and not hint.__name__.startswith("_") and not issubclass(hint, Said):
            yield hint
    else:
        for one in typing.get_args(hint):
            yield from _classes(one)
