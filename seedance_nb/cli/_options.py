"""What several commands take, and how it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from seedance_nb.ledger import Ledger

JSON = "seedance_nb.cli.json"
"""Whether a program reads the answer, in the context's `meta`."""

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder with ledger and clips.  [default: $SEEDANCE_NB_HOME, else seedance_out]",
)
ledger_option = click.option(
    "--ledger", metavar="PATH|URL", help="Another place for the ledger, as of Studio(ledger=…)."
)

recipe_option = click.option(
    "--recipe",
    type=click.Choice(["full", "redacted", "none"]),
    default="full",
    show_default=True,
    help="What goes into a clip that is fetched, as of Studio(recipe=…).",
)

store_option = click.option(
    "--store", metavar="ADDRESS", help="The object store that clips are kept in, as of Studio(home='s3://…')."
)


def _is_json(ctx: click.Context, parameter: click.Parameter, value: bool) -> bool:
    ctx.meta[JSON] = value
    return value


json_option = click.option(
    "--json", "as_json", is_flag=True, is_eager=True, callback=_is_json, help="Answer in JSON, for programs."
)


class ProviderName(click.ParamType):  # type: ignore[type-arg]  # generic in new versions of click only
    """A provider's id; which there are depends on what is installed."""

    name = "provider"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The id, or a usage error that names those there are."""
        known = _providers()
        if value not in known:
            self.fail(f"{value!r} is no provider; there are {', '.join(known)}.", param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The ids that begin like that."""
        return [CompletionItem(name) for name in _providers() if name.startswith(incomplete)]


def _providers() -> Sequence[str]:
    from seedance_nb import catalog

    return sorted(catalog.providers())


@contextmanager
def opened(home: Path | None, ledger: str | None) -> Iterator[Ledger | None]:
    """The ledger that is meant, open; None where there is none yet, which is not an error."""
    from seedance_nb.ledger import LEDGER_NAME, Ledger, home_of

    folder = home_of(home)
    place: str | Path = ledger or folder / LEDGER_NAME
    if "://" not in str(place) and not Path(place).expanduser().exists():
        yield None
        return
    with Ledger.open(place, home=folder) as found:
        yield found
