"""Which cells of a sweep are looked at beside each other, and what their clips are called then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seedance_nb.compare._candidate import Candidate
from seedance_nb.compare._offers import Offer
from seedance_nb.compare._plan import Plan
from seedance_nb.errors import InvalidRequestError
from seedance_nb.task import TaskRecord, TaskStatus

LISTED = 20
"""So many values of an axis are named in an error."""


def chosen(plan: Plan, offers: Sequence[Offer], where: Mapping[str, Any]) -> list[Offer]:
    """The cells that have these values, each clip once.

    Raises:
        InvalidRequestError: There is no such axis, or it has no such value.
    """
    wanted = {name: _values(plan, name, value) for name, value in where.items()}
    return [
        offer
        for offer in offers
        if offer.is_own and all(plan.value(offer.cell, name) in values for name, values in wanted.items())
    ]


def _values(plan: Plan, name: str, value: Any) -> tuple[object, ...]:
    axis = next((axis for axis in plan.axes if axis.name == name), None)
    if axis is None:
        known = ", ".join(axis.name for axis in plan.axes)
        raise InvalidRequestError(f"The sweep has no axis {name!r}; it has {known}.")
    values = tuple(value) if isinstance(value, list | tuple | range) else (value,)
    if strange := [one for one in values if one not in axis.values]:
        listed = ", ".join(map(repr, axis.values[:LISTED]))
        raise InvalidRequestError(f"{name}={strange[0]!r} is no value of that axis; it has {listed}.")
    return values


def candidates(plan: Plan, offers: Sequence[Offer], records: Mapping[int, TaskRecord]) -> list[Candidate]:
    """The clips of these cells that are on this disk.

    Args:
        plan: Whose cells they are.
        offers: The cells, in the order in which they are shown.
        records: The task of each cell, by its number.
    """
    varying = _varying(plan, offers)
    found = []
    for offer in offers:
        record = records.get(offer.cell.number)
        clip = record.artifact("clip") if record is not None and record.status is TaskStatus.KEPT else None
        if record is None or clip is None or clip.path is None:
            continue
        labels = plan.labels(offer.cell)
        title = " · ".join(_titled(name, labels[name]) for name in varying) or record.model
        found.append(Candidate(title, clip.path, record, _group(offer)))
    return found


def _varying(plan: Plan, offers: Sequence[Offer]) -> list[str]:
    """The axes in which these cells differ; the model first, since it is what one asks about."""
    names = [plan.axes[place].name for place in plan.shown]
    found = [name for name in names if len({plan.labels(offer.cell)[name] for offer in offers}) > 1]
    return sorted(found, key=lambda name: name != "model")


def _titled(name: str, label: str) -> str:
    return f"{name} {label}" if name in {"seed", "duration"} else label


def _group(offer: Offer) -> str:
    """Clips of one prompt and seed were asked for the same."""
    request = offer.cell.request
    return request.prompt if request.seed is None else f"{request.prompt}\nseed {request.seed}"
