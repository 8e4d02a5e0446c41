"""`seedance-nb tasks`: what is in the ledger."""

from __future__ import annotations

from pathlib import Path

import click

from seedance_nb.cli._options import home_of, home_option


@click.command()
@home_option
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, newest first.")
def command(home: Path | None, limit: int) -> None:
    """List the tasks of the ledger."""
    from seedance_nb.ledger import Ledger
    from seedance_nb.studio import LEDGER_NAME

    home = home_of(home)
    if not (home / LEDGER_NAME).exists():
        click.echo(f"There is no ledger in {home} yet. `seedance-nb demo` makes one, on the sandbox.")
        return
    with Ledger.open(home / LEDGER_NAME, home=home) as ledger:
        records = ledger.records(limit=limit)
    for record in records:
        clip = record.artifact("clip")
        cost = f"{record.cost}{' (sandbox)' if record.is_sandbox else ''}" if record.cost else "–"
        click.echo(
            f"{record.created_at:%Y-%m-%d %H:%M}  {record.status:<10}  {record.provider:<5}  {record.model:<18}  "
            f"{cost:>18}  {record.task_id or record.local_id}  {clip.path if clip and clip.path else ''}"
        )
    if not records:
        click.echo("The ledger has no tasks yet.")
