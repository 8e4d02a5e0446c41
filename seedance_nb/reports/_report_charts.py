"""The charts of a report's page, as SVG in the ink of the page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from html import escape
from typing import Any

from seedance_nb.ledger import Ledger, Over, Where
from seedance_nb.reports._voice import Voice
from seedance_nb.reports.charts import Charts, NothingToDrawError, are_there

_WIDE = re.compile(r'<svg( [^>]*? width="([0-9.]+)")')
_DAYS, _WEEKS = 45, 400
"""Of so many days each has a bar, of so many each week."""


class Figures:
    """Draws charts one after the other.

    Args:
        charts: Of the ledger.
        voice: The language.
        wanted: None: where the extra is there.

    Raises:
        ConfigurationError: They are wanted, and the extra is missing.
    """

    def __init__(self, charts: Charts, voice: Voice, *, wanted: bool | None) -> None:
        self.are_drawn = are_there(must=wanted is True) if wanted is not False else False
        self._charts = charts
        self._voice = voice
        self._count = 0

    def draw(self, make: Callable[[Charts], Any]) -> str:
        """A chart, its title and what is said of it; empty where nothing is to be drawn, or no charts are wanted."""
        if not self.are_drawn:
            return ""
        try:
            chart = make(self._charts)
        except NothingToDrawError:
            return ""
        self._count += 1
        title, under = chart.heading
        svg = chart.svg(theme="page", name=f"chart-{self._count}-", titled=False)
        # On a narrow page a picture is moved under the reader's finger; it is never made larger than it is drawn.
        svg = _WIDE.sub(r'<svg style="--wide:\2px"\1', svg, count=1)
        said = f"<p>{escape(under)}</p>" if under else ""
        return (
            f'<figure class="chart"><figcaption><h3>{escape(title)}</h3>{said}</figcaption>'
            f'<div class="wide" role="region" tabindex="0" aria-label="{escape(title)}">{svg}</div></figure>'
        )


def stretch(ledger: Ledger, where: Where) -> Over:
    """Days, weeks or months: what a chart of all that was charged has room for."""
    days = [dt.date.fromisoformat(str(row["day"])) for row in ledger.cost_rows(("day",), None, where)]
    long = (max(days) - min(days)).days if days else 0
    return "day" if long <= _DAYS else "week" if long <= _WEEKS else "month"
