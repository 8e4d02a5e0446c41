"""What a request costs everywhere, as rows for the browser."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from seedance_nb import words
from seedance_nb.composing._words import phrase
from seedance_nb.composing.shown import shown
from seedance_nb.money import Money


def price_rows(found: Any, language: str) -> list[dict[str, Any]]:
    """The rows of a table as `seedance_nb.quotes` makes it, or of its records."""
    records = found.to_dict("records") if hasattr(found, "to_dict") else found
    return [_row(record, language) for record in records]


def _row(record: Mapping[str, Any], language: str) -> dict[str, Any]:
    known = isinstance(record.get("high"), Decimal)
    note = record.get("caveat") if known else record.get("reason")
    return {
        "provider": str(record["provider"]),
        "model": str(record["model"]),
        "text": _text(record, language) if known else phrase("price.unknown", language) if record.get("can") else "",
        "loses": [entry for entry in shown(str(record.get("loses") or "")).split(", ") if entry],
        "is_cheapest": bool(record.get("cheapest")),
        "note": shown(str(note or "")),
    }


def _text(record: Mapping[str, Any], language: str) -> str:
    low, high = (Money(record[end], str(record["currency"])) for end in ("low", "high"))
    if low == high:
        return words.money(high, language)
    return phrase("price.span", language, low=words.money(low, language), high=words.money(high, language))
