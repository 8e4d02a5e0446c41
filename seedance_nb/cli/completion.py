"""`seedance-nb completion`: what a shell needs to complete the rest."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Print what a shell needs to complete all this.")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print a script that lets SHELL complete commands, options, providers and statuses.

    \b
    Examples:
      seedance-nb completion bash >> ~/.bashrc
      seedance-nb completion zsh >> ~/.zshrc
      seedance-nb completion fish > ~/.config/fish/completions/seedance-nb.fish
    """
    from click.shell_completion import get_completion_class

    from seedance_nb.cli import PROGRAM, program

    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(program, {}, PROGRAM, f"_{PROGRAM.upper().replace('-', '_')}_COMPLETE").source())
