"""A sweep as there is to see of it: its offers, what the ledger has of them, and what the budgets hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from seedance_nb.batch import Batch, Total
from seedance_nb.batch._plan import ENDED_FREE
from seedance_nb.batch._total import added
from seedance_nb.compare._offers import Offer, Room, room
from seedance_nb.compare._plan import Axis, Plan
from seedance_nb.composing import BudgetLeft
from seedance_nb.money import Money
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets._sweep_view import COST, TIME, Figure, GridCell, GridSummary
from seedance_nb.words import Amount, Number, Plural, Said, Sentence

MAY_GO_ON = frozenset({TaskStatus.UNKNOWN, TaskStatus.SUCCEEDED, TaskStatus.LOST})
"""Ends after which something may still happen: an answer is found, a clip is fetched after all."""


def summary(
    plan: Plan,
    offers: Sequence[Offer],
    records: Mapping[int, TaskRecord],
    *,
    batch: Batch | None,
    left: Sequence[BudgetLeft],
    provider: str,
    is_sandbox: bool,
    figures: Sequence[Figure] = (COST, TIME),
    measured: Mapping[int, Mapping[str, tuple[float, str]]] | None = None,
    keys: Sequence[str] = (),
) -> GridSummary:
    """What there is to see of a sweep.

    Args:
        plan: Its axes.
        offers: Each cell with its price.
        records: The task that answers a cell, by its number.
        batch: What was submitted last.
        left: What the budgets allow now.
        provider: Its id.
        is_sandbox: Whether it is the sandbox.
        figures: What cells can be sorted by.
        measured: What the clips measure, by the number of the cell and the id of a figure.
        keys: Secrets known by value, folded wherever a value of an axis shows them.
    """
    own, places = [offer for offer in offers if offer.is_own], plan.shown
    making = to_make(offers, records)
    asked = [record for number in making if (record := offers[number].record) is not None]
    space = room(asked, left)
    quotes = [offer.quote for offer in own if offer.quote is not None]
    answered = [records[offer.cell.number] for offer in own if offer.cell.number in records]
    return GridSummary(
        axes=[(axis.name, [axis.label(at, keys=keys) for at in range(len(axis.values))]) for axis in shown(plan)],
        cells=[_cell(offer, places, records, measured or {}) for offer in offers],
        provider=provider,
        is_sandbox=is_sandbox,
        whole=Total.of(offer.quote for offer in own).text,
        due=Total.of(offers[number].quote for number in making).text,
        to_make=len(making),
        fits=space.fits,
        fit=Total.of(offers[number].quote for number in making[: space.fits]).text,
        tokens=(sum(quote.tokens_low for quote in quotes), sum(quote.tokens_high for quote in quotes)),
        cost=costs(records.values()),
        budgets=[(one.text, _amount(one.left, one.unit), one.unit) for one in left],
        short=_short(space),
        fixed=[(axis.name, axis.label(0, keys=keys)) for axis in plan.axes if len(axis.values) == 1],
        notes=_notes(offers, records, batch),
        figures=figures,
        is_running=batch is not None and not batch.is_over,
        is_paused=batch is not None and batch._is_paused,
        is_over=batch is not None and batch.is_over,
        is_settled=(len(answered) == len(own) or (batch is not None and batch.is_over))
        and all(one.is_over and one.status not in MAY_GO_ON for one in answered),
    )


def shown(plan: Plan) -> list[Axis]:
    """The axes that make the matrix."""
    return [plan.axes[place] for place in plan.shown]


def to_make(offers: Sequence[Offer], records: Mapping[int, TaskRecord]) -> list[int]:
    """The cells that a run would submit: there is no task for them, or one that ended without a bill."""
    own = (offer.cell.number for offer in offers if offer.is_own)
    return [number for number in own if number not in records or records[number].status in ENDED_FREE]


def costs(records: Iterable[TaskRecord]) -> dict[str, Money]:
    """What tasks have cost, by currency."""
    sums: dict[str, Money] = {}
    for record in records:
        if record.cost is not None:
            added(sums, record.cost)
    return sums


def _cell(
    offer: Offer,
    places: Sequence[int],
    records: Mapping[int, TaskRecord],
    measured: Mapping[int, Mapping[str, tuple[float, str]]],
) -> GridCell:
    number = offer.cell.number if offer.same_as is None else offer.same_as
    return GridCell(
        number=offer.cell.number,
        at=tuple(offer.cell.at[place] for place in places),
        record=records.get(number),
        quote=offer.quote,
        problem=offer.reason,
        same_as=offer.same_as,
        figures=measured.get(number, {}),
    )


def _notes(offers: Sequence[Offer], records: Mapping[int, TaskRecord], batch: Batch | None) -> list[str]:
    """Sentences about what is not paid for, and about what is left out."""
    same = sum(offer.same_as is not None for offer in offers)
    had = sum(record.status not in ENDED_FREE for record in records.values()) if batch is None else batch.held
    impossible = sum(bool(offer.problem) for offer in offers)
    left_out = len(batch.left_out) if batch is not None else 0
    notes = [
        Plural(
            "{count} cell asks for exactly the same as another: one clip answers both and is paid for once. "
            "For another take give other seeds.",
            "{count} cells ask for exactly the same as others: one clip answers all that are the same and is paid for "
            "once. For other takes give other seeds.",
            same,
        ),
        Plural(
            "{count} clip was in the ledger already and is not paid for again.",
            "{count} clips were in the ledger already and are not paid for again.",
            had,
        ),
        Plural(
            "{count} cell cannot be made and is left out; it says why.",
            "{count} cells cannot be made and are left out; each says why.",
            impossible,
        ),
        Plural(
            "{count} cell was left out, since the budget did not hold it. Run it again when there is room.",
            "{count} cells were left out, since the budget did not hold them. Run it again when there is room.",
            left_out,
        ),
    ]
    counts = (same, had, impossible, left_out)
    said = [line for offer in offers if offer.is_own for line in (*offer.warnings, offer.unpriced) if line]
    return [*(note for note, count in zip(notes, counts, strict=True) if count), *dict.fromkeys(said)]


def _amount(left: Decimal | int, unit: str) -> Money | int:
    return left if isinstance(left, int) else Money(left, unit)


def _short(space: Room) -> str:
    """Which budget does not hold all, and by how much."""
    if space.short is None:
        return ""
    left, unit = space.short.left, space.short.unit
    asked: Said
    rest: Said
    if isinstance(left, int):
        asked = Sentence("{count} {unit}", count=Number(int(space.asked)), unit=unit)
        rest = Sentence("{count} {unit}", count=Number(left), unit=unit)
    else:
        asked, rest = Amount(Money(Decimal(space.asked), unit)), Amount(Money(left, unit))
    return Sentence(
        "This may take up to {asked}, and the budget of {budget} has {rest} left.",
        asked=asked,
        budget=space.short.text,
        rest=rest,
    )
