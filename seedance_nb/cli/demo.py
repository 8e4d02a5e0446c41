"""`seedance-nb demo`: the main job on the sandbox."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Make four clips on the sandbox, in a minute.")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("seedance_out/demo"),
    show_default=True,
    help="Where clips and ledger go.",
)
def command(home: Path) -> int:
    """Make four clips on the sandbox: quotes, progress, files, ledger, a page to compare them.

    \b
    Examples:
      seedance-nb demo
      seedance-nb demo --home /tmp/demo && seedance-nb tasks --home /tmp/demo
    """
    from seedance_nb.demo import demo

    return demo(home)
