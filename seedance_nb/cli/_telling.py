"""How a command answers: sentences and tables for people, one JSON object for programs.

The object has `version` (of these shapes), `kind` (what it is) and what `seedance_nb.answer` makes of the values.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import click

from seedance_nb.answer import plain
from seedance_nb.cli._options import JSON
from seedance_nb.errors import SeedanceError
from seedance_nb.redaction import redact

VERSION = 1
_GAP = "  "


def tell_json(kind: str, **body: object) -> None:
    """Write one JSON object on a line of its own, for a program."""
    click.echo(as_line(kind, **body))


def as_line(kind: str, **body: object) -> str:
    """One JSON object on a line."""
    return json.dumps({"version": VERSION, "kind": kind, **plain(body)}, ensure_ascii=False)


def tell_error(ctx: click.Context, exc: SeedanceError) -> None:
    """Say what went wrong: in words on stderr, and to a program as JSON as well."""
    from seedance_nb.widgets._failures import sentence_of

    said = sentence_of(exc)
    click.echo(f"seedance-nb: {said}", err=True)
    if ctx.meta.get(JSON):
        tell_json("error", error={"type": type(exc).__name__, "message": redact(str(exc))})


def tell_no_ledger(home: Path | None, ledger: str | None) -> None:
    """Say where no ledger is, and how to get one."""
    from seedance_nb.ledger import home_of
    from seedance_nb.words import say

    place = ledger or home_of(home)
    click.echo(say("There is no ledger in {place} yet. `seedance-nb demo` makes one, on the sandbox.", place=place))


def table(rows: Sequence[Sequence[str]], heads: Sequence[str] = ()) -> str:
    """Columns side by side, each as wide as its widest cell; what a terminal would obey is replaced."""
    cells = [[_clean(cell) for cell in row] for row in ([heads, *rows] if heads else rows)]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    lines = (_GAP.join(_padded(cell, wide) for cell, wide in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def width(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese takes two a character."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def shortened(text: str, most: int) -> str:
    """The beginning of a text on one line, at most so many columns wide."""
    return fitted(" ".join(text.split()), most)


def fitted(line: str, most: int) -> str:
    """A line, cut where it is wider than so many columns."""
    if width(line) <= most:
        return line
    while width(line) > most - 1:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _padded(text: str, wide: int) -> str:
    return text + " " * (wide - width(text))


def _clean(text: str) -> str:
    return "".join(
        character if character.isprintable() or character in "\u00a0\u202f" else "\ufffd" for character in text
    )
