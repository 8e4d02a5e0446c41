"""Where a ledger and its clips are when nobody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

from seedance_nb.errors import ConfigurationError

DEFAULT_HOME = "seedance_out"
"""Not a dot-folder: Jupyter does not serve files out of those."""
LEDGER_NAME = "ledger.sqlite3"


def home_of(given: str | os.PathLike[str] | None) -> Path:
    """The folder that is meant, absolute: what was given, else `SEEDANCE_NB_HOME`, else `seedance_out`.

    Raises:
        ConfigurationError: It is an address, and not a folder.
    """
    text = os.fspath(given or os.environ.get("SEEDANCE_NB_HOME") or DEFAULT_HOME)
    if "://" in text:
        raise ConfigurationError(
            "What is named here, or by SEEDANCE_NB_HOME, is a folder on this machine. An object store for the clips is "
            "said with Studio(home='s3://bucket/folder'). Nothing was opened."
        )
    return Path(text).expanduser().resolve()
