"""What a server is started with; nothing here needs the package that speaks the protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from seedance_nb.budget import Budget, budgets
from seedance_nb.connection import connect
from seedance_nb.errors import ConfigurationError
from seedance_nb.recipe import RecipeSwitch


@dataclass(frozen=True, slots=True)
class Settings:
    """What an assistant may do, as the person who starts the server says."""

    provider: str = "sandbox"
    """A provider's id, or `sandbox`."""
    home: Path | None = None
    """The folder with ledger and clips; the only one that is written to."""
    ledger: str | None = None
    """Another place for the ledger."""
    budgets: Sequence[str | Budget] = ()
    """What may be spent; one at least where it is real money."""
    project: str = ""
    """What tasks are filed under."""
    media: Sequence[Path] = ()
    """Folders that media may be read from, beside the home folder."""
    asks_always: bool = False
    """Whether it asks before a task on the sandbox too, where nothing is billed."""
    recipe: RecipeSwitch = "full"
    """What goes into a clip that is kept."""
    store: str | None = None
    """The object store that clips are kept in; then copies of them lie in the home folder."""


def refuse_unbounded(settings: Settings, *, is_sandbox: bool) -> None:
    """Raise where real money could be spent without a limit.

    Raises:
        ConfigurationError: There is no budget, or one that cannot be read.
    """
    if not budgets(settings.budgets) and not is_sandbox:
        raise ConfigurationError(
            f"{settings.provider} costs money, and an assistant gets no more than a budget allows: start the server "
            'with one, such as --budget "20 CNY/day". Nothing was started.'
        )


def serve(settings: Settings) -> None:
    """Serve an assistant over standard input and output until it closes them.

    Raises:
        ConfigurationError: The package `mcp` is not installed, or real money is to be spent without a budget.
        MissingKeyError: There is no key for the provider.
    """
    if find_spec("mcp") is None:
        raise ConfigurationError('The server needs a package that is missing: pip install "seedance-nb[mcp]".')
    # The studio is opened when an assistant connects; whoever starts the server is told now.
    refuse_unbounded(settings, is_sandbox=connect(settings.provider).is_sandbox)
    for folder in settings.media:
        if not folder.is_dir():
            raise ConfigurationError(f"{str(folder)!r} is no folder, so no media can be read from it.")
    from seedance_nb.mcp_server._server import server

    server(settings).run("stdio")
