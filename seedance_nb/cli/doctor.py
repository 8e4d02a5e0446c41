"""`seedance-nb doctor`: what is wrong between ledger, files and providers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from seedance_nb.cli import LEFT_TO_DO
from seedance_nb.cli._options import home_option, json_option, ledger_option, opened, recipe_option, store_option


@click.command(short_help="Find what is wrong in ledger and files, and mend it.")
@click.option("--repair", is_flag=True, help="Mend what can be mended without a decision of yours.")
@click.option("--deep", is_flag=True, help="Also read every kept clip and compare its SHA-256.")
@recipe_option
@store_option
@home_option
@ledger_option
@json_option
def command(
    repair: bool,
    deep: bool,
    recipe: Any,
    store: str | None,
    home: Path | None,
    ledger: str | None,
    as_json: bool,
) -> int:
    """Look for what is wrong between ledger, files and providers, say it in words, and mend it if asked to.

    Nothing is paid for by it, and no file of yours is removed. Exit code 3: something is left that is not right.

    \b
    Examples:
      seedance-nb doctor
      seedance-nb doctor --repair --deep
      seedance-nb doctor --json | jq '.findings[].what'
    """
    from seedance_nb import answer
    from seedance_nb.cli._telling import tell_json, tell_no_ledger

    with opened(home, ledger) as found:
        if found is None:
            if as_json:
                tell_json("doctor", tasks=0, findings=[], done=[])
            else:
                tell_no_ledger(home, ledger)
            return 0
        from seedance_nb.cli._desk import desk, store_at
        from seedance_nb.doctor import visit

        objects = store_at(store)
        with desk(found, found.home, recipe, objects) as engine:
            report = visit(engine, found, found.home, mend=repair, deep=deep, store=objects)
    if as_json:
        findings = [
            answer.FindingAnswer(
                kind=one.kind,
                what=str(one.what),
                why=str(one.why),
                fix=str(one.fix),
                is_repairable=one.repairable,
                local_id=one.local_id,
                path=None if one.path is None else str(one.path),
            )
            for one in report
        ]
        tell_json("doctor", tasks=report.examination.tasks, findings=findings, done=[*map(str, report.done)])
    else:
        click.echo(repr(report))
    return LEFT_TO_DO if len(report) else 0
