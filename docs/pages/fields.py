"""What stands below a field in the source, which Python itself forgets."""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import dedent


def meanings(cls: type) -> dict[str, str]:
    """The text below each field of a class, by name; those without one are left out."""
    return {name: text for name, text in _said(_class(cls).body) if text}


def attributes(cls: type) -> dict[str, str]:
    """The text below each attribute that the constructor of a class sets; empty where there is none."""
    made = (node for node in _class(cls).body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    return {name: text for one in made for name, text in _said(one.body)}


def constant(package: str, name: str) -> str:
    """The text below a constant, wherever in a package it stands.

    Raises:
        LookupError: It stands nowhere, or nothing stands below it.
    """
    (folder,) = importlib.import_module(package).__path__
    for file in sorted(Path(folder).glob("*.py")):
        text = dict(_said(ast.parse(file.read_text("utf-8")).body)).get(name)
        if text:
            return text
    raise LookupError(f"Nothing is said of {package}.{name}.")


def _class(cls: type) -> ast.ClassDef:
    (found,) = (node for node in ast.parse(dedent(inspect.getsource(cls))).body if isinstance(node, ast.ClassDef))
    return found


def _said(body: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, below in itertools.pairwise([*body, ast.Pass()]):
        name = _name(field)
        if name:
            is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            yield name, " ".join(inspect.cleandoc(str(below.value.value)).split()) if is_text else ""


def _name(field: ast.stmt) -> str:
    """What is assigned to: `name`, or `name` of `self.name`."""
    target = field.target if isinstance(field, ast.AnnAssign) else None
    if isinstance(field, ast.Assign):
        target = field.targets[0]
    return target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""
