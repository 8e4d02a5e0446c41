"""`seedance-nb report`: where the money went, as a file, for a scheduled run too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seedance_nb.cli import LEFT_TO_DO
from seedance_nb.cli._options import ProviderName, home_option, json_option, ledger_option, opened

if TYPE_CHECKING:
    from seedance_nb.ledger import Ledger
    from seedance_nb.money import Fx
    from seedance_nb.reports import Reconciliation

_RATE = re.compile(r"([A-Za-z]{3})=(\d+(?:\.\d+)?)(?:@(\d{4}-\d\d-\d\d))?(?: (.+))?")
_BILL = re.compile(r"([a-z][a-z0-9_]*)(?:=(.+))?")


@click.command(short_help="Write where the money went: page, workbook, Parquet, CSV.")
@click.option(
    "--out",
    "outs",
    type=click.Path(path_type=Path),
    multiple=True,
    default=["report.html"],
    show_default=True,
    help="Where it goes, as .html, .xlsx, .parquet or .csv; 'folder/*.csv' is each table by itself. May be repeated.",
)
@click.option("--month", metavar="MONTH", help="A whole month, UTC: 2026-11, this or last.")
@click.option("--since", metavar="WHEN", help="From then on: 2026-11, 2026-11-21, or a time with its zone.")
@click.option("--until", metavar="WHEN", help="Up to then; a day or month is included whole.")
@click.option(
    "--by", multiple=True, help="What costs are summed by, a table each: project, provider,model, tag:client."
)
@click.option("--over", type=click.Choice(["day", "week", "month"]), help="The stretch of time of sums over time.")
@click.option("--view", default="CNY", show_default=True, metavar="CURRENCY", help="To see sums in.")
@click.option(
    "--rate",
    "rates",
    multiple=True,
    metavar="USD=7.1[@DAY][ SOURCE]",
    help="What one unit is worth in the currency of --view, when, and who says so.  [default: the price book's]",
)
@click.option(
    "--bill",
    "bills",
    multiple=True,
    metavar="PROVIDER[=FILE]",
    help="A provider's bill to hold against it; without a file what the provider itself says, with its key.",
)
@click.option(
    "--budget",
    "given",
    multiple=True,
    metavar="BUDGET",
    help="Say what is left of it: '500 CNY/project', '20 CNY/day'.",
)
@click.option("--charts/--no-charts", default=None, help="Whether a page has charts.  [default: if the extra is there]")
@click.option("--provider", "providers", type=ProviderName(), multiple=True, help="Only tasks of this provider.")
@click.option("--model", "models", multiple=True, help="Only those of this model, by its neutral name.")
@click.option("--project", help="Only those filed under it.")
@click.option("--tag", "tags", multiple=True, help="Only those with this tag, such as hero or client=acme.")
@click.option(
    "--sandbox/--real", default=None, help="The sandbox's, or those that cost money.  [default: what there is]"
)
@click.option(
    "--language", type=click.Choice(["en", "zh", "fr"]), help="Of the report.  [default: the one spoken here]"
)
@click.option("--title", help="Its heading.")
@click.option(
    "--clips",
    type=click.Choice(["none", "beside", "inside"]),
    default="none",
    show_default=True,
    help="Whether a page plays clips, from beside it or out of itself.",
)
@home_option
@ledger_option
@json_option
def command(
    outs: tuple[Path, ...],
    month: str | None,
    since: str | None,
    until: str | None,
    by: tuple[str, ...],
    over: Any,
    view: str,
    rates: tuple[str, ...],
    bills: tuple[str, ...],
    given: tuple[str, ...],
    charts: bool | None,
    language: str | None,
    title: str | None,
    clips: Any,
    home: Path | None,
    ledger: str | None,
    as_json: bool,
    **filters: Any,
) -> int:
    """Write where the money went. It asks nobody anything, so that it may run by itself.

    Exit code 3: a bill was given and does not agree; the report is written, and says in what.

    \b
    Examples:
      seedance-nb report --month last --out reports/last-month.html --out reports/last-month.xlsx
      seedance-nb report --since 2026-11 --by project --by tag:client --over week --language zh
      seedance-nb report --view USD --rate "CNY=0.14@2026-11-20 my bank" --json
      seedance-nb report --month last --bill ark=bill.csv || mail -s "Look at the bill" me@example.com < report.html
    """
    import datetime as dt

    from seedance_nb.budget import budgets
    from seedance_nb.errors import ConfigurationError, SeedanceError
    from seedance_nb.ledger import home_of

    now = dt.datetime.now(dt.UTC)
    if month is not None and (since or until):
        raise click.UsageError(
            "--month is a whole month; --since and --until say another stretch. Give one of the two."
        )
    since, until = (since, until) if month is None else (_month(month, now.date()),) * 2
    names = {"providers": "provider", "models": "model", "tags": "tag"}
    where = {names.get(name, name): value for name, value in filters.items() if value not in (None, ())}
    where |= {name: value for name, value in (("since", since), ("until", until)) if value is not None}
    fx = [_rate(text, view, now.date()) for text in rates] or None
    with opened(home, ledger) as found:
        if found is None:  # which, in a run that nobody looks at, must not read as a month without costs
            raise ConfigurationError(f"There is no ledger in {ledger or home_of(home)}. Nothing was written.")
        try:
            held = [_held(found, text, since, until) for text in bills]
            told = _written(
                found,
                outs,
                as_json=as_json,
                where=where,
                currency=view,
                fx=fx,
                by=list(by) or None,
                over=over,
                bill=held,
                budgets=budgets(given),
                project=filters["project"] or "",
                charts=charts,
                clips=clips,
                title=title,
                language=language,
                now=now,
            )
        except SeedanceError:  # some are ValueErrors too
            raise
        except ValueError as exc:
            raise click.UsageError(str(exc)) from exc
    click.echo(told)
    return 0 if all(bill.agrees for bill in held) else LEFT_TO_DO


def _month(text: str, today: Any) -> str:
    first = today.replace(day=1)
    if text == "last":
        import datetime as dt

        first = (first - dt.timedelta(days=1)).replace(day=1)
    elif text != "this":
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
            raise click.BadParameter(f"{text!r} is no month; write 2026-11, this or last.", param_hint="'--month'")
        return text
    return f"{first:%Y-%m}"


def _rate(text: str, view: str, today: Any) -> Fx:
    """A rate into the currency of the view, for example `USD=7.1@2026-11-20 my bank`."""
    import datetime as dt
    from decimal import Decimal

    from seedance_nb.money import Fx

    read = _RATE.fullmatch(text.strip())
    try:
        if read is None:
            raise ValueError(text)
        day = dt.date.fromisoformat(read[3]) if read[3] else today
        return Fx(Decimal(read[2]), read[1].upper(), view, day, read[4] or "--rate")
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no rate. Write what one unit is worth in {view}, and best of which day and by whom: "
            f"'USD=7.1@{today} my bank'.",
            param_hint="'--rate'",
        ) from None


def _held(ledger: Ledger, text: str, since: str | None, until: str | None) -> Reconciliation:
    """A bill, held against the ledger."""
    from seedance_nb.reports import LedgerView

    read = _BILL.fullmatch(text)
    if read is None:
        raise click.BadParameter(f"{text!r} names no provider and file; write ark=bill.csv.", param_hint="'--bill'")
    if read[2]:
        return LedgerView(ledger).reconcile(Path(read[2]), provider=read[1], since=since, until=until)
    import datetime as dt

    from seedance_nb import live
    from seedance_nb.connection import connect
    from seedance_nb.engine import background
    from seedance_nb.reports import reconciliation

    connection = connect(read[1])
    client = connection.client()
    try:
        told = live.billed(client, *reconciliation.days(since, until, dt.datetime.now(dt.UTC).date()))
    finally:
        background.call(client.close(), timeout=10.0)
    return LedgerView(ledger).reconcile(told, provider=connection.provider, sandbox=connection.is_sandbox)


def _written(ledger: Ledger, outs: tuple[Path, ...], *, as_json: bool, **options: Any) -> str:
    """Write the files, and what is to be said of them."""
    from seedance_nb import words
    from seedance_nb.answer import spent
    from seedance_nb.cli._telling import as_line
    from seedance_nb.reports import LedgerView, exports

    view = LedgerView(ledger)
    files = [exports.write(view, ledger, path, **options) for path in outs]
    language = options["language"] or words.language()
    said = exports.summary(view, ledger, options["where"], options["currency"], options["fx"], language)
    if as_json:
        return as_line(
            "report",
            files=[str(path) for path in files],
            filters={name: str(value) for name, value in options["where"].items()},
            is_sandbox=said.is_sandbox,
            view=options["currency"],
            spent=[spent(row, options["currency"]) for row in said.total],
            outcomes=said.outcomes,
            bills=[{"agreed": bill.agreed, "lines": bill.lines, "found": bill.counts()} for bill in options["bill"]],
            sentences=said.sentences,
        )
    bills = [text for bill in options["bill"] for text in bill.in_words(language)]
    return "\n".join([*said.sentences, *bills, *map(str, files)])
