"""The bench for assistants: an MCP server on the same ledger, engine and budgets as notebooks.

`_server` puts it together, `_desk` is what its tools work with. A request comes as plain arguments (`_request`), media
only out of folders that were allowed at the start (`_folders`). `_spending` is the only tool that spends: it asks the
person first, or gives out an offer (`_offers`) that has to be confirmed. What tools answer are the values of
`seedance_nb.answer` and `_answers`; `_telling` folds secrets in all of it.

What assistants are told is English; what a person is asked is in the language that is spoken.
"""

from __future__ import annotations

from seedance_nb.mcp_server._settings import Settings, serve

__all__ = ["Settings", "serve"]
