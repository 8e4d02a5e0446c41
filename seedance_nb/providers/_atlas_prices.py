"""Atlas Cloud's list of models, read for what a second costs today.

Source: AtlasCloudAI/mcp-server, src/types.ts, read 2026-11-20. The list names neither the unit of a price nor a
resolution; both are read as in `prices/data/atlas.toml`, and every row says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from seedance_nb import catalog
from seedance_nb.address import is_loopback
from seedance_nb.errors import ResponseFormatError
from seedance_nb.providers._fields import amount, text

RESOLUTIONS = ("480p", "720p")
LEAST, MOST = Decimal("0.00000001"), Decimal(1000)
"""Dollars a second. The ledger counts in the smaller one; a larger one than the other is no price of a second."""


def decode_prices(payload: object, *, address: str, on: dt.date) -> list[dict[str, Any]]:
    """Price rows as `prices.override` takes them, from the answer to `GET /models`.

    What is not a model of the catalog, and what has no price that can be read, is left out. So is a
    model that is listed at two prices.

    Args:
        payload: The answer.
        address: Where it was read, for the rows' source.
        on: The day of reading, from which the prices apply.

    Raises:
        ResponseFormatError: There is no list of models in it.
    """
    listed = payload.get("data") if isinstance(payload, Mapping) else None
    if not isinstance(listed, list):
        raise ResponseFormatError(
            "Atlas Cloud answered with something that is not its list of models. The prices that were known stay.",
            provider="atlas",
        )
    found: dict[str, set[Decimal]] = {}
    for model_id, price in _prices(listed):
        found.setdefault(model_id, set()).add(price)
    return [_row(model_id, min(prices), address, on) for model_id, prices in found.items() if len(prices) == 1]


def _prices(listed: list[Any]) -> Iterator[tuple[str, Decimal]]:
    offered = {model_id for model in catalog.provider("atlas").models for model_id in model.ids.values()}
    for entry in listed:
        model_id = text(entry.get("model")) if isinstance(entry, Mapping) else None
        if model_id not in offered:
            continue
        price: object = entry
        for name in ("price", "actual", "base_price"):
            price = price.get(name) if isinstance(price, Mapping) else None
        read = amount(price)
        if read is not None and LEAST <= read <= MOST:
            yield model_id, read


def _row(model_id: str, price: Decimal, address: str, on: dt.date) -> dict[str, Any]:
    facts = catalog.provider("atlas")
    model = next(one for one in facts.models if one.has_id(model_id))
    caveat = "The list of models names no unit and no resolution; its price is taken for a second of 480p or 720p."
    if is_loopback(address):
        caveat += " It was read on this machine, and not at Atlas Cloud."
    return {
        "provider": facts.id,
        "id": f"{model_id}/live/{on}",
        "model": model.name,
        "when": {
            "resolution": [one for one in RESOLUTIONS if one in model.resolutions],
            # What a reference clip adds is not in the list.
            "video_input": False,
            "mode": [mode for mode, known in model.ids.items() if known == model_id],
        },
        "amount": f"{price:f}",
        "currency": facts.currency,
        "per": {"seconds": 1},
        "start_date": on,
        "checked": on,
        "source": f"Atlas Cloud, list of models, {address}",
        "caveat": caveat,
    }
