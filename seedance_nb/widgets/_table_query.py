"""What somebody wants to see in the ledger's table: filters, order, group and columns, as a value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import GROUPED, ORDERED, TAG
from seedance_nb.words import Sentence, Word

COLUMNS: dict[str, Word] = {
    "clip": Word("clip", "column"),
    "status": Word("Status"),
    "prompt": Word("Prompt"),
    "model": Word("Model"),
    "provider": Word("Provider"),
    "cost": Word("Cost"),
    "rating": Word("Rating"),
    "tags": Word("Tags"),
    "project": Word("Project"),
    "note": Word("Note"),
    "created_at": Word("Begun (UTC)"),
    "duration": Word("Length"),
    "tokens": Word("Tokens"),
    "resolution": Word("Resolution"),
    "ratio": Word("Ratio"),
    "seed": Word("Seed"),
    "mode": Word("Mode"),
    "run": Word("Run"),
    "notebook": Word("Notebook"),
    "finished_at": Word("Ended (UTC)"),
    "task_id": Word("Task"),
}
"""What a table can show, each with its head."""
FIRST_COLUMNS = (
    *("clip", "status", "prompt", "model", "provider", "cost", "created_at", "rating", "tags", "project", "note"),
)
"""What it shows at first, in order."""
EDITED = ("rating", "tags", "project", "note", "run", "notebook")
"""Columns that people write into."""
FACETS: dict[str, Word] = {
    "status": Word("Status"),
    "provider": Word("Provider"),
    "model": Word("Model"),
    "project": Word("Project"),
    "tag": Word("Tag"),
    "rating": Word("Rating"),
    "sandbox": Word("Billed or not"),
}
"""What a table is filtered by."""
GROUPS: dict[str, Word] = {
    "provider": Word("Provider"),
    "model": Word("Model"),
    "status": Word("Status"),
    "project": Word("Project"),
    "rating": Word("Rating"),
    "day": Word("Day (UTC)"),
    "month": Word("Month (UTC)"),
    "resolution": Word("Resolution"),
    "mode": Word("Mode"),
    "run": Word("Run"),
    "notebook": Word("Notebook"),
    "sandbox": Word("Billed or not"),
}
"""What the browser offers to put tasks together by."""
_LONGEST = 200
_MOST = 500


@dataclass(frozen=True, slots=True)
class Query:
    """What is to be seen."""

    text: str = ""
    """A piece of the prompt, an id, or what was said of a task."""
    chosen: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Of `FACETS`, the values that may be; None among them: nothing is said."""
    since: str = ""
    until: str = ""
    """Days, UTC, both included; empty: no bound."""
    order: str = "created_at"
    descending: bool = True
    group: str = ""
    """One of `GROUPED`, `tag:` and a name, or empty: not grouped."""
    columns: tuple[str, ...] = FIRST_COLUMNS
    fixed: Mapping[str, object] = field(default_factory=dict)
    """Filters that were given by whoever showed the table, and are not to be changed in it."""

    def where(self, *, without: str = "") -> dict[str, object]:
        """The filters as the ledger takes them.

        Args:
            without: A facet that is to be left out, so that its other values can be offered.
        """
        where: dict[str, object] = dict(self.fixed)
        for name, values in self.chosen.items():
            if values and name != without:
                where[name] = _sandbox(values) if name == "sandbox" else list(values)
        given = {"text": self.text.strip(), "since": self.since, "until": self.until}
        return {**where, **{name: value for name, value in given.items() if value}}

    def shown(self) -> dict[str, Any]:
        """The same for the browser."""
        return {
            "text": self.text,
            "chosen": {name: list(values) for name, values in self.chosen.items()},
            "since": self.since,
            "until": self.until,
            "order": self.order,
            "descending": self.descending,
            "group": self.group,
            "columns": list(self.columns),
        }

    def changed(self, asked: object) -> Query:
        """Another one, by what a browser asks for; nothing in it is believed.

        Raises:
            ConfigurationError: It asks for what there is not.
        """
        if not isinstance(asked, dict):
            raise ConfigurationError(_NONE)
        new: dict[str, Any] = {}
        for name, value in asked.items():
            match name:
                case "text" if isinstance(value, str):
                    new[name] = value[:_LONGEST]
                case "since" | "until" if isinstance(value, str):
                    new[name] = _day(value)
                case "chosen" if isinstance(value, dict):
                    new[name] = {key: _values(key, values) for key, values in value.items()}
                case "order" if value in ORDERED:
                    new[name] = value
                case "descending" if isinstance(value, bool):
                    new[name] = value
                case "group" if isinstance(value, str) and (value == "" or value in GROUPED or value.startswith(TAG)):
                    new[name] = value[:_LONGEST]
                case "columns" if isinstance(value, list):
                    new[name] = tuple(dict.fromkeys(one for one in value if one in COLUMNS)) or self.columns
                case _:
                    raise ConfigurationError(_NONE)
        return replace(self, **new)


_NONE = Sentence("The table was asked for something that it does not have; it shows what it showed.")


def begun(filters: Mapping[str, object], group: str) -> Query:
    """The query that a table begins with.

    Args:
        filters: By name, of the ledger's filters. What the table itself filters by can be changed in it.
        group: What tasks are put together by; empty: nothing.
    """
    chosen: dict[str, tuple[Any, ...]] = {}
    fixed: dict[str, object] = {}
    query: dict[str, Any] = {}
    for name, value in filters.items():
        several = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        if name == "sandbox" and value is None:
            continue
        if name in FACETS:
            chosen[name] = tuple(str(one) if name == "status" else one for one in several)
        elif name == "text" or (name in {"since", "until"} and _is_day(value)):
            query[name] = str(value)
        else:
            fixed[name] = value
    return Query(chosen=chosen, fixed=fixed, group=group, **query)


def _is_day(value: object) -> bool:
    try:
        return type(value) is dt.date or (isinstance(value, str) and _day(value) != "")
    except ConfigurationError:
        return False


def _day(text: str) -> str:
    if not text:
        return ""
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise ConfigurationError(Sentence("{day!r} is no day: write it as 2026-11-21.", day=text[:20])) from None


def _values(name: str, values: object) -> tuple[Any, ...]:
    if name not in FACETS or not isinstance(values, list) or len(values) > _MOST:
        raise ConfigurationError(_NONE)
    kinds: type | tuple[type, ...] = {"rating": int, "sandbox": bool}.get(name, str)
    for one in values:
        is_one = isinstance(one, kinds) and (name != "rating" or not isinstance(one, bool))
        if not (is_one or (one is None and name in {"project", "rating"})):
            raise ConfigurationError(_NONE)
    return tuple(values)


def _sandbox(values: Sequence[bool]) -> bool | None:
    """Which of the two; None: both."""
    return values[0] if len({*values}) == 1 else None
