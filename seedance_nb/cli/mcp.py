"""`seedance-nb mcp`: the bench for assistants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from seedance_nb.cli._options import home_option, ledger_option, recipe_option, store_option


@click.command(short_help="Serve an assistant, which asks before it spends.")
@click.option(
    "--provider", default="sandbox", show_default=True, help="A provider's id; its key is in the environment."
)
@click.option(
    "--budget", "budgets", multiple=True, metavar="AMOUNT/PERIOD", help="What may be spent, such as '20 CNY/day'."
)
@click.option(
    "--media",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that media may be read from, beside the home folder.",
)
@click.option("--project", default="", help="What tasks are filed under.")
@click.option("--ask-on-sandbox", is_flag=True, help="Ask before each task there too, to try it out.")
@recipe_option
@store_option
@home_option
@ledger_option
def command(
    provider: str,
    budgets: tuple[str, ...],
    media: tuple[Path, ...],
    project: str,
    ask_on_sandbox: bool,
    recipe: Any,
    store: str | None,
    home: Path | None,
    ledger: str | None,
) -> None:
    """Serve an assistant over standard input and output, by the Model Context Protocol. In the extra `mcp`.

    It composes, checks, prices, submits, follows and accounts on the same ledger as your notebooks. Before it spends
    it asks you, with the price; where the assistant's program cannot ask, a price has to be confirmed in a second step.
    Real money needs a budget. It reads media from the home folder and those named, and writes to the home folder only.

    \b
    Examples:
      seedance-nb mcp
      seedance-nb mcp --provider ark --budget "20 CNY/day" --media ~/pictures
    In the settings of an assistant's program:
      {"command": "seedance-nb", "args": ["mcp", "--home", "/home/me/seedance_out"]}
    """
    from seedance_nb.mcp_server import Settings, serve

    serve(
        Settings(
            provider=provider,
            home=home,
            ledger=ledger,
            budgets=budgets,
            project=project,
            media=media,
            asks_always=ask_on_sandbox,
            recipe=recipe,
            store=store,
        )
    )
