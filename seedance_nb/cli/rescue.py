"""`seedance-nb rescue`: clips that are made and not here."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seedance_nb.cli import LEFT_TO_DO
from seedance_nb.cli._options import home_option, json_option, ledger_option, opened, recipe_option, store_option

if TYPE_CHECKING:
    from seedance_nb.engine import Engine
    from seedance_nb.ledger import Ledger


@click.command(short_help="Fetch clips again that are made and not here.")
@click.argument("tasks", nargs=-1)
@click.option("--timeout", type=click.FloatRange(0), default=600.0, show_default=True, help="Longest wait, in seconds.")
@recipe_option
@store_option
@home_option
@ledger_option
@json_option
def command(
    tasks: tuple[str, ...],
    timeout: float,
    recipe: Any,
    store: str | None,
    home: Path | None,
    ledger: str | None,
    as_json: bool,
) -> int:
    """Fetch clips again that are made and not here, as long as their provider has them; costs nothing.

    With TASKS, ids of ours or of the provider, just these, also where the clip was removed from this disk.
    Exit code 3: some are still not here.

    \b
    Examples:
      seedance-nb rescue
      seedance-nb rescue cgt-20261126-x7k2p
    """
    from seedance_nb.cli._telling import tell_json, tell_no_ledger

    with opened(home, ledger) as found:
        if found is None:
            if as_json:
                tell_json("rescue", tasks=[], not_fetched=[])
            else:
                tell_no_ledger(home, ledger)
            return 0
        from seedance_nb.cli._desk import desk, store_at

        with desk(found, found.home, recipe, store_at(store)) as engine:
            fetched, refused = _fetched(engine, found, tasks, timeout)
            return _tell(found, fetched, refused, as_json=as_json)


def _fetched(
    engine: Engine, ledger: Ledger, names: tuple[str, ...], timeout: float
) -> tuple[list[str], dict[str, str]]:
    """Ids of the tasks whose clips were asked for, when that is over, and why others were not."""
    from seedance_nb.errors import ConfigurationError, SeedanceError
    from seedance_nb.task import TaskStatus

    missing = [TaskStatus.SUCCEEDED, TaskStatus.LOST]
    records = [ledger.get(name) for name in names] if names else ledger.records(statuses=missing)
    waiting, refused = {}, {}
    for record in records:
        try:
            engine.rescue(record.local_id)
            waiting[record.local_id] = engine.finished(record.local_id)
        except (ConfigurationError, SeedanceError) as exc:
            refused[record.local_id] = str(exc)
    deadline = time.monotonic() + timeout
    with click.progressbar(waiting.values(), label="Clips", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        for future in bar:
            try:
                future.result(max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                future.cancel()
    return list(waiting), refused


def _tell(ledger: Ledger, fetched: list[str], refused: dict[str, str], *, as_json: bool) -> int:
    from seedance_nb import answer
    from seedance_nb.cli._task_text import task_lines
    from seedance_nb.cli._telling import tell_json
    from seedance_nb.task import TaskStatus
    from seedance_nb.words import say

    records = ledger.records_of(fetched)
    if as_json:
        reasons = [{"local_id": local_id, "reason": reason} for local_id, reason in refused.items()]
        tell_json("rescue", tasks=[answer.task(record) for record in records], not_fetched=reasons)
    else:
        for reason in refused.values():
            click.echo(say("Not fetched again: {reason}", reason=reason), err=True)
        if records:
            click.echo(task_lines(records))
        elif not refused:
            click.echo(say("Every clip that is made is here."))
    return LEFT_TO_DO if refused or any(record.status is not TaskStatus.KEPT for record in records) else 0
