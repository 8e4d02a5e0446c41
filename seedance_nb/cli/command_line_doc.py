"""The page about the command line, made from its help and from what it answers programs.

`python -m seedance_nb.cli.command_line_doc` prints it.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import click

from seedance_nb import answer
from seedance_nb.cli import COMMANDS, PROGRAM, program

WIDTH = 100
_INTRODUCTION = """\
# The command line

<!-- Generated: python -m seedance_nb.cli.command_line_doc > docs/command-line.md -->

`seedance-nb` comes with the package. What it says is in the language of `SEEDANCE_NB_LANG` or of the system; this help
and JSON are English. No key and no signed address is ever printed.

| exit code | means |
| --- | --- |
| 0 | good |
| 1 | an error, explained on stderr: what happened, what it means for the bill, what to do |
| 2 | a wrong call |
| 3 | something is left to do: `doctor`, `rescue`, `tasks --unfinished`, `report --bill`; of `quote`: nobody can do it |
| 130 | stopped by Ctrl-C; tasks that were created go on |
"""
_JSON = """\
## What a program reads

With `--json` the answer is one JSON object on one line (`tasks --watch` gives one for each change). It has `version` (1),
`kind`, and what the table says. An error is one too, beside the exit code.
{rules}

| command | `kind` | holds |
| --- | --- | --- |
| `tasks` | `tasks` | `tasks`: a list of *Task* |
| `tasks TASK` | `task` | `task`: *Task*; `events`: `at`, `kind` and `status` of what happened; `labels`: what was said of it |
| `tasks --watch` | `task` | `task`: *Task*, at each change |
| `prices` | `prices` | `prices`: a list of *Price* |
| `quote` | `quote` | `offers`: a list of *Offer*, cheapest first; `problems`: a list of *Problem*; `view` and `rate`: the currency of `seen` |
| `doctor` | `doctor` | `findings`: a list of *Finding*; `tasks`: how many were looked at; `done`: what was mended |
| `rescue` | `rescue` | `tasks`: a list of *Task*; `not_fetched`: `local_id` and `reason` |
| `report` | `report` | `files`; `spent`: a list of *Spent*; `outcomes`: how many tasks ended how; `bills`: `lines`, `agreed`, `found` of each; `sentences`, `filters`, `view`, `is_sandbox` |
| `sandbox` | `sandbox` | `urls` by provider, `key` |
| `lab --list` | `notebooks` | `notebooks`: their names |
| any | `error` | `error`: `type` and `message` |
"""  # noqa: E501 - a row of a table is a line


def command_line_doc() -> str:
    """The page, in Markdown."""
    rules = inspect.cleandoc(answer.__doc__ or "").split("\n\n")[1]
    shapes = [
        kind
        for name, kind in vars(answer).items()
        if name.endswith("Answer") and dataclasses.is_dataclass(kind) and isinstance(kind, type)
    ]
    return "\n".join(
        [_INTRODUCTION, *map(_command, COMMANDS), _JSON.format(rules=rules), *(_shape(shape) for shape in shapes)]
    )


def _command(name: str) -> str:
    root = click.Context(program, info_name=PROGRAM, **program.context_settings)
    command = program.get_command(root, name)
    assert command is not None
    context = command.context_class(command, info_name=name, parent=root, terminal_width=WIDTH, max_content_width=WIDTH)
    return f"## `{PROGRAM} {name}`\n\n```text\n{command.get_help(context)}\n```\n"


def _shape(shape: type) -> str:
    lines = [f"### {shape.__name__.removesuffix('Answer')}", "", inspect.getdoc(shape) or "", ""]
    lines += ["| key | is | |", "| --- | --- | --- |"]
    for name, hint in get_type_hints(shape, include_extras=True).items():
        kind, meaning = get_args(hint) if get_origin(hint) is Annotated else (hint, "")
        lines.append(f"| `{name}` | {_called(kind)} | {meaning} |")
    return "\n".join([*lines, ""])


def _called(kind: Any) -> str:
    if get_origin(kind) in {Union, types.UnionType}:
        return " or ".join(_called(one) for one in get_args(kind))
    if get_origin(kind) is list:
        return f"list of {_called(get_args(kind)[0])}"
    if dataclasses.is_dataclass(kind):
        return f"*{kind.__name__.removesuffix('Answer')}*"  # type: ignore[union-attr]
    return {str: "text", int: "number", bool: "true or false", type(None): "null"}[kind]


if __name__ == "__main__":
    sys.stdout.write(command_line_doc())
