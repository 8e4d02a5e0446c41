"""`seedance-nb quote`: what a request costs, everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seedance_nb.cli import LEFT_TO_DO
from seedance_nb.cli._options import ProviderName, json_option

if TYPE_CHECKING:
    from seedance_nb.answer import OfferAnswer, ProblemAnswer


@click.command(short_help="Check a request and price it everywhere.")
@click.argument("request", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--provider", type=ProviderName(), help="Only at this one; what is wrong with the request is said too.")
@click.option("--view", default="CNY", show_default=True, metavar="CURRENCY", help="To see all of them in.")
@json_option
def command(request: Path, provider: str | None, view: str, as_json: bool) -> int:
    """Check a request and price it at every provider and model that can do it. Nothing is sent.

    REQUEST is a JSON file, or - for standard input: parameters by name, a body with a content array as Ark takes it,
    or the .json beside a kept clip. Files that it names are looked for beside it.
    Exit code 3: nobody can do it as it is.

    \b
    Examples:
      echo '{"prompt": "A cat yawns", "resolution": "480p"}' | seedance-nb quote -
      seedance-nb quote request.json --provider ark
      seedance-nb quote request.json --json | jq '.offers[0].high'
    """
    from seedance_nb import answer, catalog
    from seedance_nb.cli._request_file import read
    from seedance_nb.cli._telling import tell_json
    from seedance_nb.reports.quotes import quotes

    with click.open_file(str(request), encoding="utf-8") as file:
        found = read(Path("standard input") if str(request) == "-" else request, _text(file))
    frame = quotes(found, view=view)
    rows: list[Any] = frame.to_dict("records")
    offers = [answer.offer(row, view) for row in rows if provider in (None, row["provider"])]
    problems = catalog.check(found, provider) if provider else []
    if as_json:
        said = [answer.problem(one) for one in problems]
        tell_json("quote", offers=offers, problems=said, view=view, rate=frame.attrs["fx"])
    else:
        _tell(offers, [answer.problem(one.said()) for one in problems], view, frame.attrs["fx"])
    return 0 if any(offer.can for offer in offers) else LEFT_TO_DO


def _text(file: Any) -> str:
    from seedance_nb.cli._request_file import MOST
    from seedance_nb.errors import InvalidRequestError

    try:
        return str(file.read(MOST + 1))
    except UnicodeDecodeError:
        raise InvalidRequestError("The request is no text in UTF-8.") from None


def _tell(offers: list[OfferAnswer], problems: list[ProblemAnswer], view: str, rate: str) -> None:
    from seedance_nb.cli._telling import table
    from seedance_nb.words import Word, say

    heads = (
        Word("provider", "column"),
        Word("model", "column"),
        Word("cost", "column"),
        Word("seen as", "column"),
        Word("loses", "column"),
        Word("calculation, or why not", "column"),
    )
    lines = [
        [
            offer.provider,
            f"{offer.model} *" if offer.is_cheapest else offer.model,
            _span(offer.low, offer.high) if offer.high else say("not known") if offer.can else say("cannot"),
            _span(offer.seen, offer.seen),
            offer.loses,
            _why(offer),
        ]
        for offer in offers
    ]
    click.echo(table(lines, [head.said() for head in heads]))
    if any(offer.is_cheapest for offer in offers):
        click.echo(say("* the cheapest of all that lose nothing and have a certain price"))
    if rate:
        click.echo(say("Seen in {currency} at {rate}. Providers bill in their own currency.", currency=view, rate=rate))
    click.echo(say("Only a task that succeeds is billed."))
    for problem in problems:
        click.echo(f"\n{problem.where}: {problem.what}\n  {problem.why} {problem.fix}")


def _span(low: Any, high: Any) -> str:
    from decimal import Decimal

    from seedance_nb.money import Money
    from seedance_nb.words import Amount, Sentence

    if low is None or high is None:
        return ""
    least, most = (Amount(Money(Decimal(one.amount), one.currency)) for one in (low, high))
    return (most if str(least) == str(most) else Sentence("{low} to {high}", low=least, high=most)).said()


def _why(offer: OfferAnswer) -> str:
    from seedance_nb.words import calculation

    if offer.high is None:
        return offer.reason
    return f"{calculation(offer.sum)} {offer.caveat}".strip()
