"""A table of a report's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from seedance_nb import words
from seedance_nb.ledger import TAG
from seedance_nb.reports._frame import is_missing
from seedance_nb.reports._groups import GROUPS
from seedance_nb.reports._heads import head_of
from seedance_nb.reports._voice import Voice
from seedance_nb.words import Word

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 200
"""So many rows a table has, those with the largest amounts; the files beside the page have all."""
_HEADS: dict[str, Word] = {
    "currency": Word("Currency", "report"),
    "tasks": Word("Tasks", "report"),
    "tokens": Word("Tokens", "report"),
    "cost": Word("Cost", "report"),
    "rate": Word("Rate", "report"),
    "provider": Word("Provider", "report"),
    "model": Word("Model", "report"),
    "project": Word("Project", "report"),
    "period": Word("Week from", "report"),
    "cost_a_second": Word("A second", "report"),
    "cost_a_kept_clip": Word("A kept clip", "report"),
    "cost_a_preferred_clip": Word("A preferred clip", "report"),
    "made": Word("Made", "report"),
    "kept": Word("Kept", "report"),
    "lost": Word("Lost", "report"),
    "failed": Word("Failed", "report"),
    "unknown": Word("No answer", "report"),
    "success_percent": Word("Success", "report"),
    "seconds_to_clip": Word("To the clip", "report"),
    "seconds_lost": Word("Waited in vain", "report"),
    "price_id": Word("Price row", "report"),
    "compared": Word("Compared", "report"),
    "within": Word("As quoted", "report"),
    "quoted_high": Word("Quoted, at most", "report"),
    "billed": Word("Billed", "report"),
    "drift_percent": Word("Drift", "report"),
    "price": Word("Price", "report"),
    "start_date": Word("From", "report"),
    "source": Word("Source", "report"),
}
_MONEY = frozenset({"cost", "cost_a_second", "cost_a_kept_clip", "cost_a_preferred_clip", "quoted_high", "billed"})
_TEXT = frozenset(
    {"currency", "rate", "provider", "model", "project", "price_id", "price", "source", "period", "start_date"}
)
_WHOLE = frozenset({"duration", "rating"})


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def table(
    voice: Voice,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    heads: Mapping[str, str] | None = None,
    bar: str = "",
    key: int = 1,
) -> str:
    """A table in HTML; empty without rows.

    Args:
        voice: The language.
        title: What it is called, for those who do not see where it stands.
        columns: In order.
        rows: What stands in them.
        heads: What columns are called, where that is not what they are called elsewhere.
        bar: A column whose amounts are also drawn as bars, where all are of one currency.
        key: So many columns tell the rows apart, and head them.
    """
    if not rows:
        return ""
    more = len(rows) - MOST_ROWS
    if more > 0:
        order = sorted(range(len(rows)), key=lambda place: -rows[place][bar] if bar else place)[:MOST_ROWS]
        rows = [rows[place] for place in sorted(order)]
    known = heads or {}
    if len({str(row["currency"]) for row in rows} if bar else "") > 1:
        bar = ""  # lengths of two currencies do not compare
    head = "".join(
        f'<th scope="col"{_kind(name, is_bar=name == bar)}>{escape(_head_of(voice, name, known))}</th>'
        for name in columns
    )
    most = max(row[bar] for row in rows) if bar else Decimal(0)
    body = []
    for row in rows:
        cells = []
        for place, name in enumerate(columns):
            drawn = ""
            if name == bar and most:
                share = (row[bar] * 100 / most).quantize(Decimal("0.1"))
                drawn = f' style="--share:{share}%" class="number bar"'
            text = escape(cell(voice, name, row))
            if place < key:
                cells.append(f'<th scope="row"{_kind(name)}>{text}</th>')
            else:
                cells.append(f"<td{drawn or _kind(name)}>{text}</td>")
        body.append(f"<tr>{''.join(cells)}</tr>")
    rest = voice.plural("and {count} more", "and {count} more", more) if more > 0 else ""
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(title)}">'
        f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>{f'<p class=more>{escape(rest)}</p>' if rest else ''}"
    )


def cell(voice: Voice, name: str, row: Mapping[str, Any]) -> str:
    """A value of a table as people read it; what is missing is a dash."""
    value = row[name]
    if is_missing(value):
        return "–"
    if name in _MONEY:
        return voice.money(value, str(row["currency"]), 2 if name in {"cost", "quoted_high", "billed"} else 4)
    if name == "seen":
        return voice.money(value, str(row["view"]))
    if name == "period":
        return f"{value:%Y-%m-%d}"
    if name.endswith("_percent"):
        return f"{words.number(Decimal(str(value)), voice.language)} %"
    if name.startswith("seconds_"):
        return words.seconds(round(float(value)), voice.language)
    return words.number(int(value), voice.language) if isinstance(value, int) else str(value)


def _head_of(voice: Voice, name: str, known: Mapping[str, str]) -> str:
    if name in known:
        return known[name]
    return voice.say(_HEADS[name]) if name in _HEADS else head_of(name, "", voice.language)


def _kind(name: str, *, is_bar: bool = False) -> str:
    if is_bar:
        return ' class="number bar"'
    if name in {"price_id", "price", "period", "start_date", "model"}:
        return ' class="id"'
    if name in {"source", "rate"}:
        return ' class="long"'
    is_text = name in _TEXT or name in GROUPS or name.startswith(TAG) or name.isdecimal()
    return "" if is_text and name not in _WHOLE else ' class="number"'
