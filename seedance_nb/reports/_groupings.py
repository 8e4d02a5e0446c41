"""What things are grouped by, as words of a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from seedance_nb.ledger import TAG
from seedance_nb.reports._voice import Voice
from seedance_nb.words import Word

_NAMES: dict[str, Word] = {
    "provider": Word("provider", "by"),
    "model": Word("model", "by"),
    "model_id": Word("the provider's model", "by"),
    "mode": Word("mode", "by"),
    "status": Word("status", "by"),
    "resolution": Word("resolution", "by"),
    "ratio": Word("ratio", "by"),
    "duration": Word("length", "by"),
    "basis": Word("basis of the charge", "by"),
    "owner": Word("owner", "by"),
    "account": Word("account", "by"),
    "price_id": Word("price row", "by"),
    "batch": Word("batch", "by"),
    "project": Word("project", "by"),
    "run": Word("run", "by"),
    "notebook": Word("notebook", "by"),
    "rating": Word("rating", "by"),
    "prompt": Word("prompt", "by"),
    "family": Word("prompt family", "by"),
    "day": Word("day", "by"),
    "week": Word("week", "by"),
    "month": Word("month", "by"),
}
_NONE = Word("none", "by")


def spoken(names: Sequence[str], voice: Voice) -> str:
    """What is grouped by: `provider and model`."""
    said = [
        voice.say("tag {tag}", tag=name.removeprefix(TAG)) if name.startswith(TAG) else voice.say(_NAMES[name])
        for name in names
    ]
    *first, last = said
    return voice.say("{these} and {that}", these=voice.listed(first), that=last) if first else last


def group_name(values: Sequence[object], voice: Voice) -> str:
    """A group by its values."""
    return " · ".join(voice.say(_NONE) if value is None else str(value) for value in values)
