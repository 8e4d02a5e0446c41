"""`seedance-nb tasks`: what is in the ledger, all of it, a part, or one task."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seedance_nb.cli import LEFT_TO_DO
from seedance_nb.cli._options import (
    ProviderName,
    home_option,
    json_option,
    ledger_option,
    opened,
    recipe_option,
    store_option,
)
from seedance_nb.task import TaskStatus

if TYPE_CHECKING:
    from seedance_nb.ledger import Ledger
    from seedance_nb.task import TaskRecord


@click.command(short_help="List tasks, watch them, or show one.")
@click.argument("task", required=False)
@click.option("--provider", "providers", type=ProviderName(), multiple=True, help="Only those of this provider.")
@click.option("--model", "models", multiple=True, help="Only those of this model, by its neutral name.")
@click.option(
    "--status",
    "statuses",
    type=click.Choice([status.value for status in TaskStatus]),
    multiple=True,
    metavar="STATUS",
    help="Only those with this status, such as kept or unknown.",
)
@click.option("--since", metavar="WHEN", help="From then on: 2026-11, 2026-11-21, or a time with its zone.")
@click.option("--until", metavar="WHEN", help="Up to then; a day or month is included whole.")
@click.option("--project", help="Only those filed under it.")
@click.option("--tag", "tags", multiple=True, help="Only those with this tag, such as hero or client=acme.")
@click.option("--search", metavar="TEXT", help="Only those whose prompt has this in it.")
@click.option("--sandbox/--real", default=None, help="Only the sandbox's, or only those that cost money.")
@click.option("--unfinished", is_flag=True, help="Only those that are not over; exit code 3 if there are any.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, newest first.")
@click.option("--watch", is_flag=True, help="Go on with what is unfinished, and show it until it is over.")
@recipe_option
@store_option
@home_option
@ledger_option
@json_option
def command(
    task: str | None,
    home: Path | None,
    ledger: str | None,
    unfinished: bool,
    limit: int,
    watch: bool,
    recipe: Any,
    store: str | None,
    as_json: bool,
    **filters: Any,
) -> int:
    """List tasks of the ledger, newest first; with TASK, an id of ours or of the provider, all that is known of it.

    \b
    Examples:
      seedance-nb tasks
      seedance-nb tasks cgt-20261126-x7k2p
      seedance-nb tasks --provider ark --since 2026-11 --status kept --json
      seedance-nb tasks --unfinished || echo "something is under way"
      seedance-nb tasks --watch
    """
    from seedance_nb.cli._telling import tell_json, tell_no_ledger

    with opened(home, ledger) as found:
        if found is None:
            if as_json:
                tell_json("tasks", tasks=[])
            else:
                tell_no_ledger(home, ledger)
            return 0
        if task is not None:
            _tell_one(found, task, as_json=as_json)
            return 0
        records = _chosen(found, filters, unfinished=unfinished, limit=limit)
        if watch:
            from seedance_nb.cli._watching import watched

            return watched(found, records, recipe=recipe, store=store, as_json=as_json)
        _tell(records, as_json=as_json)
    return LEFT_TO_DO if unfinished and records else 0


def _chosen(ledger: Ledger, filters: dict[str, Any], *, unfinished: bool, limit: int) -> list[TaskRecord]:
    names = {"providers": "provider", "models": "model", "statuses": "status", "tags": "tag"}
    where = {names.get(name, name): value for name, value in filters.items() if value not in (None, ())}
    open_ = [status for status in TaskStatus if not status.is_terminal] if unfinished else None
    try:
        return ledger.records(where=where, statuses=open_, limit=limit)
    except ValueError as exc:
        raise click.UsageError(str(exc)) from exc


def _tell(records: list[TaskRecord], *, as_json: bool) -> None:
    from seedance_nb import answer
    from seedance_nb.cli._task_text import task_lines
    from seedance_nb.cli._telling import tell_json
    from seedance_nb.words import say

    if as_json:
        tell_json("tasks", tasks=[answer.task(record) for record in records])
    else:
        click.echo(task_lines(records) if records else say("No tasks yet."))


def _tell_one(ledger: Ledger, name: str, *, as_json: bool) -> None:
    from seedance_nb import answer
    from seedance_nb.cli._task_text import task_text
    from seedance_nb.cli._telling import tell_json

    record = ledger.get(name)
    events, labels = ledger.events(record.local_id), ledger.labels([record.local_id]).get(record.local_id, {})
    if as_json:
        happened = [{"at": answer.moment(event.at), "kind": event.kind, "status": event.status} for event in events]
        tell_json("task", task=answer.task(record), events=happened, labels=labels)
    else:
        click.echo(task_text(record, events, labels))
