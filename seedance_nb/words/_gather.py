"""Every message that the code has, found by reading it.

These make a message of a literal: `Word`, `Sentence`, `say`, `Plural` and `plural`. A file called `_words.py` holds
words by its name: its constants, the values of its tables and what it passes to `StatusWords` are messages too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parents[1]

_KNOWS = re.compile(r"from seedance_nb\.words import|from seedance_nb import (?:.*, )?words")
"""How a file looks that has messages."""
_STATUS_WORDS = (0, 4, 5)
"""Which arguments of `StatusWords` are read by people."""


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """One message and where it is."""

    id: str
    plural: str = ""
    context: str = ""
    file: str = ""


def messages(package: Path = PACKAGE) -> list[Message]:
    """All of them, in the order of the files, each as often as it is there."""
    found: list[Message] = []
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package).as_posix()
        text = path.read_text("utf-8")
        if path.name != "_words.py" and path.parent.name != "words" and not _KNOWS.search(text):
            continue
        tree = ast.parse(text)
        found += [_at(message, file) for message in _called(tree)]
        if path.name == "_words.py":
            found += [_at(message, file) for message in _listed(tree)]
    return found


def _at(message: Message, file: str) -> Message:
    return Message(message.id, message.plural, message.context, file)


def _called(tree: ast.Module) -> Iterator[Message]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [_text(argument) for argument in node.args]
        if name in {"Sentence", "say"} and texts and texts[0]:
            yield Message(texts[0])
        elif name == "Word" and texts and texts[0]:
            yield Message(texts[0], context=texts[1] if len(texts) > 1 else "")
        elif name in {"Plural", "plural"} and len(texts) > 1 and texts[0]:
            yield Message(texts[0], texts[1])


def _listed(tree: ast.Module) -> Iterator[Message]:
    for statement in tree.body:
        value = getattr(statement, "value", None) if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        entries = value.values if isinstance(value, ast.Dict) else [value]
        yield from (Message(text) for entry in entries if isinstance(entry, ast.expr) and (text := _text(entry)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "StatusWords":
            texts = [_text(argument) for argument in node.args]
            yield from (Message(texts[place]) for place in _STATUS_WORDS if place < len(texts) and texts[place])


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
