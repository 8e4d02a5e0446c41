"""The pages of the documentation that are made from the code, one module for each.

`python -m docs.pages` writes them all again; a test compares. What is a fact of the package stands
in the package alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docs.pages import checks, errors, life, prices, providers
from seedance_nb.cli.command_line_doc import command_line_doc
from seedance_nb.ledger.schema_doc import schema_doc
from seedance_nb.mcp_server.assistants_doc import assistants_doc
from seedance_nb.reports.frames_doc import frames_doc
from seedance_nb.widgets.contract_doc import contract_doc

DOCS = Path(__file__).parents[1]

PAGES: dict[str, Callable[[], str]] = {
    "assistants.md": assistants_doc,
    "checks.md": checks.page,
    "command-line.md": command_line_doc,
    "errors.md": errors.page,
    "images/life.svg": life.picture,
    "life.md": life.page,
    "ledger-frames.md": frames_doc,
    "ledger-schema.md": schema_doc,
    "prices.md": prices.page,
    "providers.md": providers.page,
    "widget-contract.md": contract_doc,
}
"""What each file in `docs` is made by."""
