"""A sweep at one moment as values, and from them the dicts that a browser and the still table draw.

Pure: no clock, no file, no widget. Words and facts only: no key, no signed address, no bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seedance_nb import words
from seedance_nb.engine import copies
from seedance_nb.money import Money, Quote
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets._view_model import MESSAGE_CHARS, _clean, called
from seedance_nb.widgets._words import DUE, IMPOSSIBLE, SAME, StatusWords, words_for
from seedance_nb.words import Amount, Joined, Language, Number, Plural, Said, Sentence, Word, quoted, say

AXES: dict[str, Said] = {
    "model": Word("model"),
    "ratio": Word("ratio"),
    "resolution": Word("resolution"),
    "duration": Word("duration"),
    "seed": Word("seed"),
    "generate_audio": Word("sound"),
    "watermark": Word("watermark"),
}
"""How parameters are called as an axis; what is not here has its own name."""

_FREE = frozenset({TaskStatus.REJECTED, TaskStatus.FAILED, TaskStatus.EXPIRED, TaskStatus.CANCELLED})
"""Nothing is billed for a task that ended so, and nothing is said of money."""

TEXTS: dict[str, Said] = {
    "rows": Word("Rows"),
    "columns": Word("Columns"),
    "swap": Word("Swap rows and columns"),
    "sort": Word("Sort by"),
    "asked": Word("as asked for"),
    "layout": Word("Layout"),
    "matrix": Word("matrix"),
    "list": Word("list"),
    "show": Word("Show"),
    "all": Word("all"),
    "best": Word("the first {n}"),
    "measuring": Word("Measuring the clips…"),
    "filter": Word("Filter"),
    "filtered": Word("Filter ({n} hidden)"),
    "everything": Word("Show everything"),
    "none": Word("Nothing fits the filter."),
    "compare": Word("Compare {n} clips"),
    "compare_few": Word("Compare: select two or more clips with the space bar"),
    "clear": Word("Clear the selection"),
    "open": Word("Enter opens the clip, the space bar selects it, arrows move."),
    "close": Word("Close the clip"),
    "noclip": Word("This cell has no clip yet."),
    "pause": Word("Pause"),
    "resume": Word("Resume"),
    "stop": Word("Stop"),
    "still": Word("Leave a still picture"),
    "sending": Word("Writing it down…"),
    "grid": Word("The cells of the sweep"),
    "matrix_of": Word("rows: {rows}; columns: {columns}"),
}
"""What the grid writes by itself, by key; in braces what it fills in."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that cells are sorted by."""

    id: str
    name: Said
    first: str = "low"
    """Which end comes first, `low` or `high`."""
    is_measured: bool = False
    """Whether it has to be measured in the clips, which is done when somebody asks for it."""


COST = Figure("cost", Word("cost"))
TIME = Figure("time", Word("time to make"))


@dataclass(frozen=True, slots=True)
class GridCell:
    """One cell at one moment."""

    number: int
    at: tuple[int, ...]
    """For each axis of the grid the place of its value."""
    record: TaskRecord | None = None
    """The task that answers it; None: there is none, or not yet."""
    quote: Quote | None = None
    problem: str = ""
    """Why it cannot be made."""
    same_as: int | None = None
    figures: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    """What it measures, by the id of a figure: a number to sort by, and the words for it."""


@dataclass(frozen=True, slots=True)
class GridSummary:
    """A sweep at one moment; what is `Said` is shown in the language that is spoken."""

    axes: Sequence[tuple[str, Sequence[str]]]
    """Name and labels of each axis that makes the matrix."""
    cells: Sequence[GridCell] = field(repr=False)
    provider: str
    is_sandbox: bool
    whole: Said
    """What all of it costs, whether the ledger has it already or not."""
    due: Said
    """What a run would cost now."""
    to_make: int
    """How many clips a run would make."""
    fits: int
    """How many of them the budgets hold."""
    fit: Said
    """What those would cost."""
    tokens: tuple[int, int] = (0, 0)
    cost: Mapping[str, Money] = field(default_factory=dict)
    budgets: Sequence[tuple[str, Money | int, str]] = ()
    """Each budget, what is left of it, and its unit."""
    short: str = ""
    """Why the budgets do not hold all."""
    fixed: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()
    figures: Sequence[Figure] = (COST, TIME)
    is_running: bool = False
    """Whether a run is under way."""
    is_paused: bool = False
    is_over: bool = False
    """Whether it ran, and nothing more will happen by itself."""
    is_settled: bool = False
    error: str = ""


def axis_name(name: str, language: Language) -> str:
    """How an axis is called."""
    return say(AXES[name], language=language) if name in AXES else name


def status_of(cell: GridCell) -> StatusWords:
    """The words for where a cell stands."""
    if cell.problem:
        return IMPOSSIBLE
    if cell.record is None:
        return DUE if cell.same_as is None else SAME
    return words_for(cell.record)


def cell_view(cell: GridCell, summary: GridSummary, language: Language) -> dict[str, Any]:
    """What the browser needs of a cell: small, since there may be hundreds."""
    status = status_of(cell)
    record = cell.record
    word = say(status.word, language=language)
    view: dict[str, Any] = {
        "n": cell.number,
        "at": list(cell.at),
        "status": record.status.value if record is not None and not cell.problem else status.shape,
        "word": word,
        "glyph": status.glyph,
        "tone": status.tone,
        "money": money_of(cell, language),
        "is_open": is_kept(cell),
        "figures": {name: [number, said] for name, (number, said) in figures_of(cell, language).items()},
    }
    said = [cell_label(cell, summary), word, view["money"]]
    if cell.problem:
        view["note"] = _said(cell.problem, language)
    elif cell.same_as is not None:
        view["note"] = _same(cell, summary.cells[cell.same_as], summary, language)
    elif record is not None and record.failure is not None:
        view["note"] = safe(record.failure.message)
    view["label"] = ", ".join(part for part in said if part)
    return view


def _same(cell: GridCell, other: GridCell, summary: GridSummary, language: Language) -> str:
    """What is said of a cell that asks for what another one asks for."""
    label = cell_label(other, summary)
    if label == cell_label(cell, summary):
        return say("Asked for twice: one clip answers both.", language=language)
    return say("The same as {other}: one clip answers both.", language=language, other=label)


def cell_label(cell: GridCell, summary: GridSummary) -> str:
    """What tells a cell from the others."""
    labels = [labels[place] for (_, labels), place in zip(summary.axes, cell.at, strict=True)]
    return safe(" · ".join(labels)) or str(cell.number)


def money_of(cell: GridCell, language: Language) -> str:
    """What it cost, or would cost."""
    if cell.problem:
        return ""
    if cell.record is None and cell.same_as is not None:
        return ""
    if cell.record is not None and cell.record.status in _FREE:
        return ""
    if cell.record is not None and cell.record.cost is not None:
        return words.money(cell.record.cost, language)
    quote = cell.record.quote if cell.record is not None else cell.quote
    return quoted(quote).said(language) if quote is not None else say("no known price", language=language)


def is_kept(cell: GridCell) -> bool:
    """Whether there is a clip to look at."""
    return cell.record is not None and cell.record.status is TaskStatus.KEPT


def clip_of(cell: GridCell) -> Path | None:
    """The clip of a cell on this disk; None where there is none."""
    clip = cell.record.artifact("clip") if cell.record is not None and is_kept(cell) else None
    return clip.path if clip is not None else None


def picture_of(cell: GridCell) -> Path | None:
    """What a small picture of a cell is made of: its clip, or where that is only in an object store, its poster."""
    record = cell.record
    if record is None or not is_kept(cell):
        return None
    clip, poster = record.artifact("clip"), record.artifact("poster")
    if clip is None or not clip.original or copies.is_here(clip):
        return clip_of(cell)
    copies.bring([poster])
    return poster.path if poster is not None else None


def figures_of(cell: GridCell, language: Language) -> dict[str, tuple[float, str]]:
    """What cells are sorted by; a cost as a whole number of 10⁻⁸, which is only for the order."""
    found: dict[str, tuple[float, str]] = {}
    record = cell.record
    cost = record.cost if record is not None and record.cost is not None else None
    amount = cost or (cell.quote.high if cell.quote is not None else None)
    if amount is not None:
        found["cost"] = (amount.to_e8(), words.money(amount, language))
    if record is not None and record.finished_at is not None and record.status is TaskStatus.KEPT:
        seconds = (record.finished_at - (record.submitted_at or record.created_at)).total_seconds()
        found["time"] = (round(seconds, 1), words.seconds(seconds, language, places=0 if seconds >= 10 else 1))
    return found | dict(cell.figures)


def grid_view(summary: GridSummary, language: Language) -> dict[str, Any]:
    """Everything but the cells: axes, price, budgets, buttons, words."""
    at = called(summary.provider, is_sandbox=summary.is_sandbox)
    return {
        "language": language,
        "words": {key: say(text, language=language) for key, text in TEXTS.items()},
        "axes": [
            {"id": name, "name": axis_name(name, language), "values": [safe(label) for label in labels]}
            for name, labels in summary.axes
        ],
        "title": title(summary, language),
        "price": price_line(summary, language),
        "where": at.said(language) if isinstance(at, Said) else at,
        "fixed": " · ".join(f"{axis_name(name, language)} {safe(value)}" for name, value in summary.fixed),
        "budgets": [
            say("{budget}: {left} left", language=language, budget=budget, left=_left(left, unit, language))
            for budget, left, unit in summary.budgets
        ],
        "notes": [_said(note, language) for note in summary.notes],
        "counts": [[status.glyph, text, status.tone] for status, text in counted(summary, language)],
        "done": [sum(_is_over(cell) for cell in _own(summary)), len(_own(summary))],
        "figures": [
            {
                "id": figure.id,
                "name": say(figure.name, language=language),
                "first": figure.first,
                "is_measured": figure.is_measured,
            }
            for figure in summary.figures
        ],
        "run": run_button(summary, language),
        "trim": trim_button(summary, language),
        "to_make": summary.to_make,
        "is_running": summary.is_running,
        "is_paused": summary.is_paused,
        "is_over": summary.is_over,
        "cost": cost_line(summary, language),
        "news": news(summary, language),
    }


def _own(summary: GridSummary) -> list[GridCell]:
    return [cell for cell in summary.cells if cell.same_as is None and not cell.problem]


def _is_over(cell: GridCell) -> bool:
    return cell.record is not None and cell.record.is_over


def title(summary: GridSummary, language: Language) -> str:
    """How many cells, and of what."""
    axes = " × ".join(f"{len(labels)} {axis_name(name, language)}" for name, labels in summary.axes)
    count = Plural("{count} cell", "{count} cells", len(summary.cells))
    if not axes:
        return count.said(language)
    return say("{cells}: {axes}", language=language, cells=count, axes=axes)


def price_line(summary: GridSummary, language: Language) -> str:
    """The whole price, and whether it is exact."""
    if not summary.whole:
        return say("No price is known.", language=language)
    low, high = summary.tokens
    tokens: Said = Number(high)
    if low != high:
        tokens = Sentence("{low} to {high}", low=Number(low), high=tokens)
    exact = all(cell.quote is None or cell.quote.is_exact for cell in summary.cells)
    kind = Word("exact") if exact else Word("a range: something is left to the model")
    if not high:
        return say("The whole: {price}, {kind}", language=language, price=summary.whole, kind=kind)
    return say(
        "The whole: {price}, {kind}, {tokens} tokens", language=language, price=summary.whole, kind=kind, tokens=tokens
    )


def cost_line(summary: GridSummary, language: Language) -> str:
    """What it has cost; empty while nothing has."""
    if not summary.cost:
        return ""
    cost = Joined((Amount(money) for _, money in sorted(summary.cost.items())), Word(" and ", "between two sums"))
    if summary.is_sandbox:
        return say("Would have cost {cost}; on the sandbox nothing is billed.", language=language, cost=cost)
    return say("Cost: {cost}.", language=language, cost=cost)


def run_button(summary: GridSummary, language: Language) -> dict[str, Any]:
    """What the button says, and why it cannot be pressed, if so."""
    at = called(summary.provider, is_sandbox=summary.is_sandbox)
    if not summary.to_make:
        over = all(_is_over(cell) for cell in _own(summary))
        reason: str = Word("Everything is in the ledger already.") if over else Word("Everything is under way.")
        if not _own(summary):
            reason = Word("No cell can be made; each says why.")
        return {"label": say("Nothing to make", language=language), "reason": say(reason, language=language)}
    clips = Plural("{count} clip", "{count} clips", summary.to_make)
    price = summary.due or Word("no known price")
    if summary.is_sandbox:
        label = say("Make {clips} on {at} · would be {price}", language=language, clips=clips, at=at, price=price)
    else:
        label = say("Make {clips} at {at} · {price}", language=language, clips=clips, at=at, price=price)
    reason = ""
    if summary.is_running:
        reason = say("A run is under way.", language=language)
    elif summary.fits < summary.to_make:
        reason = say(summary.short, language=language)
    return {"label": label, "reason": reason}


def trim_button(summary: GridSummary, language: Language) -> str:
    """What the button for those that the budget holds says; empty: there is none."""
    if summary.is_running or not 0 < summary.fits < summary.to_make:
        return ""
    return say(
        "Make only the first {count} that fit · {price}",
        language=language,
        count=Number(summary.fits),
        price=summary.fit or Word("no known price"),
    )


def counted(summary: GridSummary, language: Language) -> list[tuple[StatusWords, str]]:
    """How many cells stand where, in words."""
    counts: Counter[str] = Counter()
    known: dict[str, StatusWords] = {}
    for cell in summary.cells:
        status = SAME if cell.same_as is not None else status_of(cell)
        counts[status.word] += 1
        known[status.word] = status
    return [
        (known[word], say("{count} {status}", language=language, count=Number(count), status=Word(word)))
        for word, count in counts.items()
    ]


def news(summary: GridSummary, language: Language) -> str:
    """What a screen reader is told: once for each step, not for each cell."""
    if not (summary.is_running or summary.is_over):
        return ""
    text = ", ".join(text for _, text in counted(summary, language))
    return say("{counts}.", language=language, counts=text)


def safe(text: str) -> str:
    """A stranger's text without control characters, and with what looks like a secret folded."""
    return _clean(text, ())


def _said(text: str, language: Language) -> str:
    said = text.said(language) if isinstance(text, Said) else text
    return safe(said)[:MESSAGE_CHARS]


def _left(left: Money | int, unit: str, language: Language) -> str:
    return words.money(left, language) if isinstance(left, Money) else f"{words.number(left, language)} {unit}"
