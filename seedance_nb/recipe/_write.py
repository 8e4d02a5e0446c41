"""The recipe of a task as text."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, get_args

from seedance_nb.media import TAG_KEY
from seedance_nb.money import Money, Price
from seedance_nb.redaction import redact_value
from seedance_nb.task import TaskRecord

RecipeSwitch = Literal["full", "redacted", "none"]
RECIPES: tuple[RecipeSwitch, ...] = get_args(RecipeSwitch)

VERSION = 1
"""Of the form. A reader knows its own and older ones."""

LEFT_OUT = frozenset({"callback_url", "safety_identifier"})
"""Parameters that say something of the person or their server, and nothing of the clip."""
_NAMED = frozenset({"type", "role", "source", "label", "sha256", "path", "duration", "is_cut"})
_REDACTED = frozenset({"type", "role", "source", "sha256", "duration"})


def sidecar(clip: Path) -> Path:
    """Where the recipe of a clip lies beside it."""
    return clip.with_suffix(".json")


def written(record: TaskRecord, *, switch: RecipeSwitch = "full", cost: Money | None = None) -> str:
    """The recipe of a task that succeeded, as JSON on one line; empty if there shall be none.

    What is not known is left out. The same record gives the same text.

    Args:
        record: The task.
        switch: `"full"`; `"redacted"` leaves out the prompt and what media are called, hashes stay; `"none"`.
        cost: What it cost, where the record does not say yet.
    """
    if switch == "none":
        return ""
    price = record.quote.price if record.quote is not None else None
    paid = record.cost or cost
    usage = record.usage
    recipe: dict[str, Any] = {
        TAG_KEY: VERSION,
        "made_with": f"seedance-nb {version('seedance-nb')}",
        "provider": record.provider,
        "is_sandbox": record.is_sandbox,
        "model": record.model,
        "model_id": record.model_id,
        "mode": record.mode,
        "task_id": record.task_id,
        "local_id": record.local_id,
        "seed": record.seed,
        "created_at": f"{record.created_at:%Y-%m-%dT%H:%M:%SZ}",
        "request": _request(record.request, is_redacted=switch == "redacted"),
        "body_sha256": record.body_sha256,
        "resolution": record.resolution,
        "ratio": record.ratio,
        "duration": record.duration,
        "usage": usage
        and {
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.total_tokens,
            "web_search": usage.web_search,
        },
        "cost": paid and {"amount": format(paid.amount, "f"), "currency": paid.currency, "basis": record.cost_basis},
        "is_redacted": switch == "redacted",
    }
    # The ledger's rows are clean of the keys it knows; what only looks like a secret is folded here once more.
    clean: Any = redact_value({name: value for name, value in recipe.items() if value not in (None, "")})
    if price is not None:
        clean["price"] = _price(price)
    return json.dumps(clean, ensure_ascii=False, separators=(",", ":"))


def _price(price: Price) -> dict[str, object]:
    return {
        "id": price.id,
        "amount": format(price.amount, "f"),
        "currency": price.currency,
        "per": price.per,
        "unit": price.unit,
        "start_date": price.start_date.isoformat(),
        "source": price.source,
        "checked": price.checked.isoformat(),
    }


def _request(request: Mapping[str, object], *, is_redacted: bool) -> dict[str, object]:
    content = request.get("content")
    items = [item for item in content if isinstance(item, Mapping)] if isinstance(content, list) else []
    parameters = {name: value for name, value in request.items() if name != "content" and name not in LEFT_OUT}
    left_out = sorted(LEFT_OUT & request.keys())
    described: list[dict[str, object]] = [_item(item, is_redacted=is_redacted) for item in items]
    return {"content": described, **parameters, **({"left_out": left_out} if left_out else {})}


def _item(item: Mapping[str, object], *, is_redacted: bool) -> dict[str, object]:
    if item.get("type") == "text":
        return {"type": "text"} if is_redacted else {"type": "text", "text": item.get("text")}
    kept = {name: value for name, value in item.items() if name in (_REDACTED if is_redacted else _NAMED)}
    if item.get("source") in {"bytes", "data"}:
        kept.pop("label", None)  # it says how many bytes there were, which nobody can look for
    path = kept.get("path")
    if isinstance(path, str) and not is_inside(path):
        del kept["path"]
    return kept


def is_inside(path: str) -> bool:
    """Whether a path is one below the folder in which the notebook runs: it says nothing of anybody's disk."""
    parts = path.replace("\\", "/").split("/")
    return not (os.path.isabs(path) or path[:1] in {"/", "\\", "~"} or path[1:2] == ":" or ".." in parts)
