"""The command line, `seedance-nb`: one command a file, which is called like the command.

A command is `command` in its module, and `COMMANDS` lists it, in the order of the help. Its module imports `click` and
nothing heavier at its top: only the command that is asked for is loaded, and what it needs is imported when it runs.
What several commands take stands in `_options`.

Exit codes: 0 is good, 1 an error that was explained, 2 a wrong call, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import click

PROGRAM = "seedance-nb"
COMMANDS = ("demo", "sandbox", "tasks")
"""Each is a module of this package; the report goes behind `tasks`."""


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


@click.group(PROGRAM, cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=PROGRAM, message="%(prog)s %(version)s")
def program() -> None:
    """Seedance 2.0 video generation: compose, price, submit, watch, keep, account.

    Everything works without a key on a sandbox on this machine, where nothing is billed.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 is good, 1 is an error that was explained, 2 a wrong call."""
    try:
        code = program.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except click.Abort:
        click.echo("Stopped. Tasks that were created go on; `seedance-nb tasks` shows them.", err=True)
        return 130
    except Exception as exc:
        from seedance_nb.errors import SeedanceError

        if not isinstance(exc, SeedanceError):
            raise
        click.echo(f"{PROGRAM}: {exc}", err=True)
        return 1
    return code if isinstance(code, int) else 0
