"""What several commands take."""

from __future__ import annotations

from pathlib import Path

import click

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder with ledger and clips.  [default: $SEEDANCE_NB_HOME, else seedance_out]",
)


def home_of(given: Path | None) -> Path:
    """The folder that is meant: what was given, else `SEEDANCE_NB_HOME`, else `seedance_out`."""
    import os

    from seedance_nb.studio import DEFAULT_HOME

    return Path(given or os.environ.get("SEEDANCE_NB_HOME") or DEFAULT_HOME).expanduser()
