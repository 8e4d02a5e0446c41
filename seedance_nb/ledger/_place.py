"""Where a ledger and its clips are when nobody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

DEFAULT_HOME = "seedance_out"
"""Not a dot-folder: Jupyter does not serve files out of those."""
LEDGER_NAME = "ledger.sqlite3"


def home_of(given: str | os.PathLike[str] | None) -> Path:
    """The folder that is meant, absolute: what was given, else `SEEDANCE_NB_HOME`, else `seedance_out`."""
    return Path(given or os.environ.get("SEEDANCE_NB_HOME") or DEFAULT_HOME).expanduser().resolve()
