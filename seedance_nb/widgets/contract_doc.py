"""The page about what widgets and browser share, made from the widgets' traits.

`python -m seedance_nb.widgets.contract_doc` prints it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import json
import sys
from collections.abc import Iterator
from textwrap import dedent

import traitlets as t

from seedance_nb.widgets._base import STATIC, BaseWidget

_INTRODUCTION = """\
# The contract between widgets and browser

<!-- Generated: python -m seedance_nb.widgets.contract_doc > docs/widget-contract.md -->

- State comes down in traits. Each is replaced as a whole, and is stored in a saved notebook: words and facts only.
- What a person does goes up as one message, `{kind, id, …}`. Each message with an `id` is answered, also where it
  failed: `{id, ok, error}`.
"""


def contract_doc() -> str:
    """The page, in Markdown.

    Raises:
        KeyError: A trait that is shared has no text below it.
    """
    stems = sorted(path.stem for path in STATIC.glob("*.js"))
    return "\n".join([_INTRODUCTION, *(_widget(stem) for stem in stems)])


def _widget(stem: str) -> str:
    """What there is to say of the widget whose files have this stem."""
    module = importlib.import_module(f"seedance_nb.widgets.{stem}")
    widget: type[BaseWidget] = getattr(module, stem.title().replace("_", ""))
    what = inspect.cleandoc(widget.__doc__ or "").partition("\n")[0]
    lines = [
        f"## `{widget.__name__}`",
        "",
        f"{what} `{stem}.py`, `static/{stem}.js`, `static/{stem}.css`.",
        "",
        "| trait | type | default | meaning |",
        "| --- | --- | --- | --- |",
    ]
    helps = _helps(widget)
    for name, trait in _shared(widget):
        default = json.dumps(trait.default(), ensure_ascii=False)
        lines.append(f"| `{name}` | {type(trait).__name__} | `{default}` | {helps[name]} |")
    kinds = ", ".join(f"`{kind}`" for kind in _messages(widget))
    return "\n".join([*lines, "", f"Messages: {kinds or 'none'}.", ""])


def _shared(widget: type[BaseWidget]) -> Iterator[tuple[str, t.TraitType[object, object]]]:
    """The traits of our own that reach the browser, by name; those of every Jupyter widget are left out."""
    every_widgets = set(BaseWidget.__mro__[1].class_trait_names(sync=True))
    for name, trait in sorted(widget.class_traits(sync=True).items()):
        if name not in every_widgets and not name.startswith("_"):
            yield name, trait


def _ours(widget: type[BaseWidget]) -> list[type]:
    """Its class and those of ours that it comes from, the furthest first."""
    return [cls for cls in reversed(widget.__mro__) if cls.__module__.startswith("seedance_nb.")]


def _messages(widget: type[BaseWidget]) -> list[str]:
    """The kinds of messages that it handles."""
    return sorted(name.removeprefix("_on_") for cls in _ours(widget) for name in vars(cls) if name.startswith("_on_"))


def _helps(widget: type[BaseWidget]) -> dict[str, str]:
    """What stands below each field of a class and of those it comes from."""
    found: dict[str, str] = {}
    for cls in _ours(widget):
        (body,) = (
            node.body for node in ast.parse(dedent(inspect.getsource(cls))).body if isinstance(node, ast.ClassDef)
        )
        for field, below in itertools.pairwise(body):
            if isinstance(field, ast.Assign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                text = " ".join(inspect.cleandoc(str(below.value.value)).split())
                found |= {target.id: text for target in field.targets if isinstance(target, ast.Name)}
    return found


if __name__ == "__main__":
    sys.stdout.write(contract_doc())
