"""The magic itself: from a cell to a task in it."""

from __future__ import annotations

import difflib
import os
import sys
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, magics_class, no_var_expand
from IPython.display import display

from seedance_nb import catalog
from seedance_nb.catalog import provider as facts_of
from seedance_nb.connection import SANDBOX, SANDBOX_DIALECT, connect
from seedance_nb.engine import preparing
from seedance_nb.errors import ConfigurationError, SeedanceError
from seedance_nb.magics._completion import matcher
from seedance_nb.magics._options import Asked, parser, read
from seedance_nb.redaction import redact
from seedance_nb.reports.quotes import quotes, quotes_html
from seedance_nb.studio import Studio
from seedance_nb.widgets import live_cell
from seedance_nb.widgets.check_card import check_card
from seedance_nb.words import say

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

NAME = "studio"
"""The variable in which a studio is looked for, and put if there is none."""


@magics_class
class SeedanceMagics(Magics):
    """`%%seedance` in one shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._ns = shell.user_ns
        self._own: Studio | None = None
        self.matcher = matcher(self._ns)

    @no_var_expand  # IPython's own would evaluate what stands in braces
    @cell_magic
    def seedance(self, line: str, cell: str) -> None:
        """Filled in below, with the options."""
        try:
            asked = read(line, cell, self._ns)
            if asked is None:
                _tell(parser().format_help())
            elif asked.dry_run:
                self._look(asked)
            else:
                self._make(asked)
        except SeedanceError as exc:
            # IPython says these in a line, without a traceback; the cell counts as failed all the same.
            raise UsageError(redact(str(exc), keys=self._keys())) from exc

    seedance.__doc__ = f"{parser().format_help()}"

    def _look(self, asked: Asked) -> None:
        """Check and price, at the studio's provider or another one; nothing is sent."""
        provider, is_sandbox = self._there(asked)
        request = asked.request
        studio = self._found(asked)
        host = studio.host if studio is not None else ""
        problems = preparing.problems(request, provider, is_sandbox=is_sandbox, host=host)
        try:
            quote, unpriced = preparing.quote_or_why(request, provider)
        except SeedanceError as exc:  # what a model does not make has no price, and mostly the problems say so
            quote, unpriced = None, "" if preparing.errors(problems, allow=()) else str(exc)
        card = check_card(
            request,
            provider=provider,
            is_sandbox=is_sandbox,
            problems=problems,
            quote=quote,
            unpriced=unpriced,
            head=say("Dry run: nothing was sent."),
            keys=self._keys(),
        )
        everywhere = quotes(request, host=host)
        possible = everywhere[everywhere["can"]]
        if len(possible):
            shown = possible[["provider", "model", "high", "currency", "loses"]]
            card["text/html"] += redact(quotes_html(possible), keys=self._keys())
            card["text/plain"] += f"\n\n{shown.to_string(index=False, na_rep='')}"
        display(card, raw=True)  # type: ignore[no-untyped-call]

    def _make(self, asked: Asked) -> None:
        studio = self._studio(asked)
        problems = studio.check(asked.request)
        for problem in problems:
            if problem.severity == "warning":
                _tell(redact(str(problem.said()), keys=self._keys()))
        task = studio._submit_quietly(asked.request)
        self._ns[asked.to] = task
        live_cell.show(task)

    def _there(self, asked: Asked) -> tuple[str, bool]:
        """The provider that is asked about, and whether it is the sandbox."""
        named = asked.provider
        if named:
            is_sandbox = named == SANDBOX or named.startswith(f"{SANDBOX}:")
            studio = self._found(asked)
            provider = named.partition(":")[2] or (SANDBOX_DIALECT if is_sandbox else named)
            facts_of(provider)
            return provider, is_sandbox or (studio is not None and studio.is_sandbox and studio.provider == provider)
        studio = self._found(asked)
        if studio is not None:
            return studio.provider, studio.is_sandbox
        connection = connect()
        return connection.provider, connection.is_sandbox

    def _found(self, asked: Asked) -> Studio | None:
        """The studio that is named, or the one called `studio`; None: there is none yet.

        Raises:
            ConfigurationError: There is no studio of that name.
        """
        variables = self._ns
        found = variables.get(asked.studio or NAME)
        if isinstance(found, Studio):
            return found
        if not asked.studio:
            return self._own
        known = [name for name, value in variables.items() if isinstance(value, Studio) and not name.startswith("_")]
        close = difflib.get_close_matches(asked.studio, known, 3) or known[:3]
        advice = f"There is {' and '.join(close)}." if close else f"Make one: {asked.studio} = sd.Studio()."
        raise ConfigurationError(f"There is no studio {asked.studio[:80]!r} in this notebook. {advice}")

    def _studio(self, asked: Asked) -> Studio:
        """The studio to submit at.

        Raises:
            ConfigurationError: The studio is at another provider than the one that is named.
        """
        named, studio = asked.provider, self._found(asked)
        if studio is None:
            studio = Studio(named or None)
            self._own = studio
            if NAME not in self._ns:
                self._ns[NAME] = studio
                made = f"{NAME} = {studio!r}"
                _tell(say("There was no studio in this notebook; now there is: {studio}", studio=made))
        elif named and not _is_at(studio, named):
            raise ConfigurationError(
                f"{asked.studio or NAME} works at {'the sandbox of ' if studio.is_sandbox else ''}{studio.provider}, "
                f"not at {named[:80]}. Nothing was sent. Make a studio there, with a budget of its own, and name it: "
                "other = sd.Studio(…), --studio other."
            )
        return studio

    def _keys(self) -> list[str]:
        """Secrets known by value: what a person put into a prompt by mistake is not shown."""
        studios: list[Any] = [*self._ns.values(), self._own]
        known = [studio._connection.key for studio in studios if isinstance(studio, Studio)]
        return known + [key for name in catalog.providers() if (key := os.environ.get(facts_of(name).key_env))]


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _is_at(studio: Studio, named: str) -> bool:
    if named == SANDBOX:
        return studio.is_sandbox
    return studio.provider == named.removeprefix(f"{SANDBOX}:") and (studio.is_sandbox or ":" not in named)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """What `%load_ext seedance_nb` does."""
    magics = SeedanceMagics(shell)
    shell.register_magics(magics)
    _forget_completions(shell)
    shell.Completer.custom_matchers.append(magics.matcher)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """What `%unload_ext seedance_nb` does."""
    shell.magics_manager.magics["cell"].pop("seedance", None)
    _forget_completions(shell)


def _forget_completions(shell: InteractiveShell) -> None:
    matchers = shell.Completer.custom_matchers
    matchers[:] = [one for one in matchers if getattr(one, "matcher_identifier", "") != "seedance_nb.magic"]
