"""Writes every generated page again: `python -m docs.pages`."""

from __future__ import annotations

import os
import tempfile

from docs.pages import DOCS, PAGES

with tempfile.TemporaryDirectory() as home:
    # Pages are about the package, not about whose machine this is.
    os.environ |= {"SEEDANCE_NB_HOME": home, "SEEDANCE_NB_PRICES": "", "SEEDANCE_NB_LANG": "en"}
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), "utf-8")
