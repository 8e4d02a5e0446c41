"""Which tasks are meant: filters by name, as conditions that the database applies.

A filter is a name and a value. What a name compares with is said once, here, and the same for every frame and sum.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from seedance_nb.ledger._labelling import TAG, current, tag_name, value_of
from seedance_nb.ledger._schema import charges, tasks
from seedance_nb.ledger._types import utc_text
from seedance_nb.task import TaskStatus

Condition = sa.ColumnElement[bool]
_MONTH = re.compile(r"\d{4}-\d{2}")


def project() -> sa.ColumnElement[Any]:
    """What a task is filed under: as somebody said afterwards, else as it was submitted; NULL: nothing."""
    return sa.func.nullif(sa.func.coalesce(value_of("project"), tasks.c.project), "")


def run_name() -> sa.ColumnElement[Any]:
    """The run a task belongs to: as somebody said, else its batch; NULL: none."""
    return sa.func.nullif(sa.func.coalesce(value_of("run"), tasks.c.batch), "")


COLUMNS: dict[str, Callable[[], sa.ColumnElement[Any]]] = {
    **{
        name: lambda name=name: tasks.c[name]  # type: ignore[misc]
        for name in (
            *("local_id", "task_id", "provider", "model", "model_id", "mode", "status", "resolution", "ratio"),
            *("duration", "seed", "account"),
        )
    },
    "batch": lambda: sa.func.nullif(tasks.c.batch, ""),
    "project": project,
    "submitted_project": lambda: tasks.c.project,
    "run": run_name,
    "notebook": lambda: value_of("notebook"),
    "rating": lambda: sa.cast(value_of("rating"), sa.Integer),
    "currency": lambda: charges.c.currency,
    "basis": lambda: charges.c.basis,
    "price_id": lambda: charges.c.price_id,
}
FILTERS: dict[str, str] = {
    "provider": "id of the provider, or several in a list",
    "model": "neutral name, or several",
    "model_id": "the provider's id of the model, or several",
    "mode": "`text`, `first_frame`, `first_last_frame`, `reference`, or several",
    "status": "a `TaskStatus` or its word, or several",
    "resolution": "for example `720p`, or several",
    "ratio": "for example `16:9`, or several",
    "duration": "seconds of the clip, or several",
    "seed": "or several",
    "project": "what it is filed under; None: nothing",
    "submitted_project": "what it was submitted under, as budgets count it; empty: nothing",
    "batch": "id of a `submit_many`; None: submitted alone",
    "run": "as filed; the batch where nothing was said",
    "notebook": "as filed",
    "rating": "1 to 5, or several; None: not rated",
    "tag": "a tag such as `hero` or `client=acme`; of several all must be there",
    "currency": "of the charge, or several; None: not charged",
    "basis": "of the charge: `usage`, `reported`, `measured`, `quote`, or several",
    "price_id": "price row of the charge, or several",
    "account": "fingerprint of the key that pays",
    "local_id": "our id, or several",
    "task_id": "the provider's id, or several",
    "search": "a piece of the prompt, in capital or small letters",
    "text": "a piece of the prompt, of an id, or of anything that was said of it: a note, a tag, a project",
    "sandbox": "True: only the sandbox's; False: only real ones; left out: both, never added up",
    "since": "from this moment on: a datetime with its zone, or a day or month (UTC) as a date or text",
    "until": "before this moment; a day or month is included whole",
}
"""What tasks can be filtered by, and what each takes."""

OF_CHARGES = frozenset({"currency", "basis", "price_id"})
"""Filters that need the charges beside the tasks."""
OF_TOTALS = frozenset({"provider", "model", "currency", "basis", "sandbox", "since", "until"})
"""Filters that the kept sums can answer, where the times are whole days."""

Where = Mapping[str, object]


def refuse_unknown(where: Where) -> None:
    """Raise for a filter that there is not.

    Raises:
        ValueError: With the names that there are.
    """
    for name in where:
        if name not in FILTERS:
            near = difflib.get_close_matches(str(name), FILTERS, 1)
            advice = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(FILTERS)}."
            raise ValueError(f"Tasks cannot be filtered by {str(name)[:80]!r}. {advice}")


def conditions(
    where: Where, *, at: sa.ColumnElement[Any], is_sandbox: sa.ColumnElement[Any] | None = None
) -> list[Condition]:
    """The filters as conditions on tasks, and charges where those are joined.

    Args:
        where: Filters by name; see `FILTERS`.
        at: The time that `since` and `until` are about.
        is_sandbox: The column that says so, where it is not the task's.

    Raises:
        ValueError: There is no such filter, or it does not take that value.
    """
    refuse_unknown(where)
    found: list[Condition] = []
    for name, value in where.items():
        match name:
            case "sandbox":
                if value is not None:
                    found.append((tasks.c.is_sandbox if is_sandbox is None else is_sandbox).is_(bool(value)))
            case "since" | "until":
                if (text := moment(name, value)) is not None:
                    column = sa.type_coerce(at, sa.String)
                    found.append(column >= text if name == "since" else column < text)
            case "search":
                if value:
                    found.append(sa.func.lower(tasks.c.prompt).contains(str(value).lower(), autoescape=True))
            case "text":
                if value:
                    found.append(_somewhere(str(value)))
            case "tag":
                found += [_tagged(str(tag)) for tag in _listed(value)]
            case _:
                found.append(among(COLUMNS[name](), name, value))
    return found


def among(column: sa.ColumnElement[Any], name: str, value: object) -> Condition:
    """Whether a column has one of some values; None among them stands for NULL."""
    values = _listed(value)
    if name == "status":
        values = [TaskStatus(one).value if one is not None else None for one in values]  # type: ignore[arg-type]
    known = [one for one in values if one is not None]
    condition = column.in_(known)
    return sa.or_(condition, column.is_(None)) if None in values else condition


def _listed(value: object) -> list[object]:
    if isinstance(value, str | int | TaskStatus) or value is None:
        return [value]
    return list(value)  # type: ignore[call-overload,no-any-return]


def _somewhere(text: str) -> Condition:
    """Whether a piece of text is in what was asked for, in an id, or in what was said."""

    def has(column: sa.ColumnElement[Any]) -> Condition:
        # SQLite knows capitals of the English alphabet alone: others are found as they are written.
        folded = sa.func.lower(column).contains(text.lower(), autoescape=True)
        return folded if text.isascii() else sa.or_(folded, column.contains(text, autoescape=True))

    said = current().subquery()
    tag = sa.and_(said.c.name.startswith(TAG, autoescape=True), has(sa.func.substr(said.c.name, len(TAG) + 1)))
    labelled = sa.select(said.c.local_id).where(sa.or_(has(said.c.value), tag))
    columns = (tasks.c.prompt, tasks.c.task_id, tasks.c.local_id, tasks.c.project)
    return sa.or_(*map(has, columns), tasks.c.local_id.in_(labelled))


def _tagged(tag: str) -> Condition:
    name, equals, value = tag.partition("=")
    column = value_of(tag_name(name.removeprefix(TAG)))
    return column == value.strip() if equals else column.is_not(None)


def moment(name: str, value: object) -> str | None:
    """`since` or `until` as the ledger writes times: the first moment that is in, or the first one that is not.

    Raises:
        ValueError: It is no time, or has no zone.
    """
    if value is None:
        return None
    if isinstance(value, str):
        value = _read(name, value)
    if isinstance(value, dt.datetime):  # a timestamp of pandas is one too
        if value.tzinfo is None:
            raise ValueError(f"{name}={value!s} has no zone, so it is not known when that was. Write it with one.")
        return utc_text(value)
    if isinstance(value, tuple):
        year, month = value
        if name == "until":
            year, month = year + month // 12, month % 12 + 1
        value = dt.date(year, month, 1)
    elif isinstance(value, dt.date):
        value = value + dt.timedelta(days=1) if name == "until" else value
    else:
        raise ValueError(
            f"{name}={value!r} is no time: give a datetime with its zone, a date, '2026-11-21' or '2026-11'."
        )
    return utc_text(dt.datetime.combine(value, dt.time(), dt.UTC))


def _read(name: str, text: str) -> dt.date | dt.datetime | tuple[int, int]:
    try:
        if _MONTH.fullmatch(text.strip()):
            year, month = text.split("-")
            return dt.date(int(year), int(month), 1).year, int(month)  # the date says whether there is such a month
        if len(text.strip()) == len("2026-11-21"):
            return dt.date.fromisoformat(text.strip())
        return dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"{name}={text[:40]!r} is no time: write '2026-11', '2026-11-21' or '2026-11-21T08:00:00+08:00'."
        ) from None


def whole_day(text: str | None) -> bool:
    """Whether a moment is where a day in UTC begins, so that sums by day can answer for it."""
    return text is None or text.endswith("T00:00:00.000000Z")
