"""`seedance-nb lab`: the first notebook, in JupyterLab, on a copy that is the user's own."""

from __future__ import annotations

from pathlib import Path

import click

from seedance_nb.cli._options import json_option


@click.command(short_help="Open the first notebook in JupyterLab.", context_settings={"ignore_unknown_options": True})
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("seedance_notebooks"),
    show_default=True,
    help="Where the copy goes; what is there already is opened as you left it.",
)
@click.option("--notebook", default="01", show_default=True, help="Which one, by the beginning of its name.")
@click.option("--list", "listing", is_flag=True, help="Only say which notebooks there are.")
@json_option
@click.argument("jupyter", nargs=-1, type=click.UNPROCESSED)
def command(folder: Path, notebook: str, listing: bool, as_json: bool, jupyter: tuple[str, ...]) -> int:
    """Open the first notebook in JupyterLab. It needs no key: it works on the sandbox, and nothing is billed.

    Whatever else is given goes to JupyterLab. It is in the extra `lab`: pip install "seedance-nb[lab]".

    \b
    Examples:
      seedance-nb lab
      seedance-nb lab --notebook 05 --folder ~/films
      seedance-nb lab --no-browser --port 8890
    """
    from seedance_nb.cli._notebooks import copied, notebooks, start
    from seedance_nb.cli._telling import tell_json

    if listing:
        names = [path.stem for path in notebooks()]
        if as_json:
            tell_json("notebooks", notebooks=names)
        else:
            click.echo("\n".join(names))
        return 0
    ours = copied(notebook, folder.expanduser())
    click.echo(f"{ours}")
    return start(ours, jupyter)
