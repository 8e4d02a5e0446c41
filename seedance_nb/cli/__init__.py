"""The command line, `seedance-nb`: one command a file, which is called like the command.

A command is `command` in its module, and `COMMANDS` lists it, in the order of the help.
A module imports `click` and nothing heavier at its top: only the command that is asked for is loaded, and what it needs
is imported when it runs. What several commands take stands in `_options`, how they answer in `_telling`. What a program
reads has the shapes of `seedance_nb.answer`. `python -m seedance_nb.cli.command_line_doc > docs/command-line.md` writes
the page again.

Exit codes: 0 is good, 1 an error that was explained, 2 a wrong call, 3 something that is left to do (`doctor`,
`rescue`, `tasks --unfinished`, `quote`, `report`), 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

PROGRAM = "seedance-nb"
COMMANDS = ("demo", "lab", "sandbox", "prices", "quote", "tasks", "doctor", "rescue", "report", "mcp", "completion")
"""Each is a module of this package."""
LEFT_TO_DO = 3
"""The exit code where something is left that a person, or another call, has to do."""
STOPPED = 130


class Commands(click.Group):
    """The commands, each loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the help, which is that of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of a name, or None."""
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; where there is none, what there is."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as exc:
            raise click.UsageError(f"{exc.message} There are {', '.join(COMMANDS)}.", ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error that the package explains is told, and is exit code 1."""
        try:
            return super().invoke(ctx)
        except Exception as exc:
            from seedance_nb.cli._telling import tell_error
            from seedance_nb.errors import SeedanceError

            if not isinstance(exc, SeedanceError):
                raise
            tell_error(ctx, exc)
            return 1


@click.group(PROGRAM, cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name=PROGRAM, message="%(prog)s %(version)s")
def program() -> None:
    """Seedance 2.0 video generation: compose, price, submit, watch, keep, account.

    Everything works without a key on a sandbox on this machine, where nothing is billed.

    \b
    Examples:
      seedance-nb demo                  four clips on the sandbox, in a minute
      seedance-nb lab                   the first notebook, in JupyterLab
      seedance-nb quote request.json    what a request costs at every provider
      seedance-nb tasks --watch         what is under way, until it is over
      seedance-nb doctor --repair       what is wrong in ledger and files, mended
      seedance-nb report --month last   where the money went, as a page

    \b
    Exit codes: 0 good, 1 an error that is explained, 2 a wrong call,
    3 something is left to do, 130 stopped.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code, see above."""
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            code = program.main(arguments, prog_name=PROGRAM, standalone_mode=False)
        except click.ClickException as exc:
            exc.show()
            return exc.exit_code
        except click.Abort:
            click.echo("Stopped. Tasks that were created go on; `seedance-nb tasks` shows them.", err=True)
            return STOPPED
    return code if isinstance(code, int) else 0


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    click.echo(f"{PROGRAM}: {message}", err=True)
