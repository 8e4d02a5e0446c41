"""`seedance-nb prices`: the price book, with dates and sources."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from seedance_nb.cli._options import ProviderName, json_option

if TYPE_CHECKING:
    from seedance_nb.answer import PriceAnswer


@click.command(short_help="Show price rows with their dates and sources.")
@click.argument("provider", type=ProviderName(), required=False)
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Those of tasks created on this day."
)
@click.option("--all", "every", is_flag=True, help="Also those that are over or have not begun.")
@click.option("--model", help="Only those of this model, by its neutral name.")
@click.option("--live", is_flag=True, help="Ask the provider what its prices are now; no key is sent, nothing changes.")
@json_option
def command(
    provider: str | None, day: dt.datetime | None, every: bool, model: str | None, live: bool, as_json: bool
) -> None:
    """Show price rows with their dates and sources: those of today, of PROVIDER or of all.

    Rows of your own (prices.toml in the home folder, or SEEDANCE_NB_PRICES) go before those of the package.

    \b
    Examples:
      seedance-nb prices ark
      seedance-nb prices --on 2026-05-01 --model seedance-2.0-fast
      seedance-nb prices atlas --live
    """
    if live and (day or every):
        raise click.UsageError("--live shows what a provider says now; leave --on and --all out.")
    from seedance_nb import catalog
    from seedance_nb.cli._telling import table, tell_json
    from seedance_nb.words import Word, say

    names = [provider] if provider else sorted(catalog.providers())
    if live:
        found = _live(provider or "atlas")
    else:
        found = [row for name in names for row in _known(name, None if day is None else day.date(), every=every)]
    if model:
        found = [row for row in found if row.model == model]
    if as_json:
        tell_json("prices", prices=found)
        return
    if not found:
        click.echo(say("No price is known, which is not zero."))
        return
    sources = list(dict.fromkeys((row.source, row.checked) for row in found))
    heads = (
        Word("provider", "column"),
        Word("model", "column"),
        Word("for", "column"),
        Word("price", "column"),
        Word("from", "column"),
        Word("source", "column"),
    )
    lines = [
        [
            row.provider,
            row.model,
            _clips(row),
            _price(row),
            row.start_date,
            f"[{_place(sources, row)}]{' !' if row.caveat else ''}",
        ]
        for row in found
    ]
    click.echo(table(lines, [head.said() for head in heads]))
    for number, (source, checked) in enumerate(sources, 1):
        click.echo(say("[{number}] {source}, read {day}", number=number, source=source, day=checked))
    for caveat in dict.fromkeys(row.caveat for row in found if row.caveat):
        click.echo(f"! {caveat}")


def _known(provider: str, day: dt.date | None, *, every: bool) -> list[PriceAnswer]:
    from seedance_nb import answer, catalog, prices

    on = day or dt.datetime.now(catalog.provider(provider).zone).date()
    found = []
    for row in prices.rows(provider):
        if every or any(
            _is_in_force(provider, row, resolution, mode, on) for resolution in row.resolutions for mode in row.modes
        ):
            clips = {
                "model": row.model,
                "resolutions": list(row.resolutions),
                "modes": list(row.modes),
                "video_input": row.video_input,
                "caveat": row.caveat,
            }
            found.append(answer.price(row.price, provider, for_clips=clips))
    return found


def _is_in_force(provider: str, row: Any, resolution: str, mode: Any, on: dt.date) -> bool:
    from seedance_nb import prices
    from seedance_nb.errors import PriceNotFoundError

    try:
        found = prices.price(provider, row.model, resolution=resolution, video_input=row.video_input, on=on, mode=mode)
    except PriceNotFoundError:
        return False
    return bool(found.id == row.price.id)


def _live(provider: str) -> list[PriceAnswer]:
    """What a provider says now, as rows that would go into a price file."""
    from seedance_nb.answer import PriceAnswer
    from seedance_nb.live import live_prices

    return [
        PriceAnswer(
            id=str(row.get("id", "")),
            provider=str(row["provider"]),
            model=str(row["model"]),
            resolutions=[str(one) for one in row["when"]["resolution"]],
            modes=[str(one) for one in row["when"].get("mode", [])],
            video_input=bool(row["when"]["video_input"]),
            amount=str(row["amount"]),
            currency=str(row["currency"]),
            per=int(next(iter(row["per"].values()))),
            unit=str(next(iter(row["per"]))),
            start_date=row["start_date"].isoformat(),
            source=str(row.get("source", "")),
            checked=(row.get("checked") or row["start_date"]).isoformat(),
            caveat=str(row.get("caveat", "")),
        )
        for row in live_prices(provider)
    ]


def _place(sources: list[tuple[str, str]], row: PriceAnswer) -> int:
    return sources.index((row.source, row.checked)) + 1


def _clips(row: PriceAnswer) -> str:
    from seedance_nb.words import say

    kind = say("with a reference clip") if row.video_input else say("without a reference clip")
    modes = "" if len(row.modes) in {0, 4} else f" ({', '.join(row.modes)})"
    return f"{', '.join(row.resolutions)} {kind}{modes}"


def _price(row: PriceAnswer) -> str:
    from seedance_nb.money import symbol

    per = {1_000_000: "1M", 1_000: "1k", 1: ""}.get(row.per, f"{row.per:,}")
    unit = "s" if row.unit == "seconds" else " tokens"
    return f"{symbol(row.currency)}{row.amount}/{per}{unit}"
