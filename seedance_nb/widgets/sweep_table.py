"""A sweep as plain HTML and plain text: the matrix with posters, what each cell costs and where it stands.

It needs no kernel, style sheet or script, so that a saved notebook shows it. A status is a word with a shape, and
never a colour alone.
"""

from __future__ import annotations

import itertools
import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from seedance_nb import words
from seedance_nb.markup import no_formulas
from seedance_nb.widgets._sweep_view import (
    GridCell,
    GridSummary,
    axis_name,
    cell_label,
    cell_view,
    cost_line,
    counted,
    grid_view,
    money_of,
    price_line,
    safe,
    status_of,
    title,
)
from seedance_nb.words import Language, say

POSTER_BYTES = 4_000
POSTERS_BYTES = 240_000
"""What all pictures of one table may weigh, before base64; beyond, cells have none."""
TEXT_CELLS = 40
"""So many cells are written out as text."""
_LINE = "1px solid rgba(128, 128, 128, 0.35)"
_FAINT = "opacity: 0.72"
_CELL = f"border: {_LINE}; padding: 6px 8px; text-align: left; vertical-align: top"
_HEAD = f"{_CELL}; font-weight: 600; overflow-wrap: break-word"
_HUES = {
    "still": "rgba(128, 128, 128, 0.8)",
    "working": "#3f85d8",
    "good": "#2f9e63",
    "bad": "#d9534f",
    "open": "#c98a1b",
}


def arranged(axes: Sequence[Sequence[Any]], names: Sequence[str]) -> dict[str, str]:
    """How a matrix stands before anybody turned it: the first axis down, the models across, the others nested.

    Args:
        axes: The values of each axis.
        names: Their names.
    """
    if not names:
        return {"rows": "", "columns": "", "layout": "list"}
    rows = names[0]
    others = list(names[1:])
    columns = "model" if "model" in others else (others[0] if others else "")
    is_line = len(names) == 1
    return {"rows": rows, "columns": columns, "layout": "list" if is_line else "matrix"}


def sweep_table(
    summary: GridSummary,
    *,
    arrangement: Mapping[str, str] | None = None,
    media: Mapping[int, str] | None = None,
    hint: str = "",
) -> str:
    """The sweep as HTML.

    Args:
        summary: What there is to see.
        arrangement: Which axis goes where, by `rows` and `columns`; see `arranged`.
        media: What shows the clip of a cell, by its number: HTML of ours.
        hint: A sentence below it.
    """
    language = words.language()
    view = grid_view(summary, language)
    counts = "".join(
        f'<li style="display: inline-block; margin: 0 14px 0 0"><span aria-hidden="true">{escape(status.glyph)}&nbsp;'
        f"</span>{escape(text)}</li>"
        for status, text in counted(summary, language)
    )
    lines = [view["cost"] or _money(summary, language), view["fixed"], *view["notes"]]
    said = "".join(f"<div>{escape(line)}</div>" for line in lines if line)
    below = f'<div style="{_FAINT}; margin-top: 4px">{escape(hint)}</div>' if hint else ""
    return no_formulas(
        f'<div lang="{language}" style="font-size: 13px; line-height: 1.5; font-family: system-ui, sans-serif">'
        f"<strong>{escape(view['title'])}</strong>"
        f'<ul style="list-style: none; margin: 2px 0; padding: 0">{counts}</ul>{said}'
        f"{_table(summary, arrangement or arranged(*_axes(summary)), media or {}, language)}{below}</div>"
    )


def sweep_text(summary: GridSummary) -> str:
    """The sweep as a few lines of text."""
    language = words.language()
    view = grid_view(summary, language)
    lines = [title(summary, language), f"  {price_line(summary, language)}"]
    lines += [f"  {status.glyph} {text}" for status, text in counted(summary, language)]
    lines += [f"  {line}" for line in (view["cost"], view["fixed"], *view["budgets"], *view["notes"]) if line]
    if summary.to_make:
        run = view["run"]
        lines.append(f"  {run['reason'] or say('{button}: sweep.run()', language=language, button=run['label'])}")
    for cell in summary.cells[:TEXT_CELLS]:
        shown = cell_view(cell, summary, language)
        note = f": {shown['note']}" if shown.get("note") else ""
        lines.append(f"  [{cell.number}] {shown['glyph']} {shown['label']}{note}")
    if len(summary.cells) > TEXT_CELLS:
        more = words.number(len(summary.cells) - TEXT_CELLS, language)
        lines.append("  " + say("… and {count} more: see sweep.frame().", language=language, count=more))
    return "\n".join(lines)


def picture(jpeg: bytes, alt: str, *, href: str = "") -> str:
    """A poster, as HTML; a click on it opens the clip where that can be reached."""
    image = (
        f'<img src="data:image/jpeg;base64,{b64encode(jpeg).decode()}" alt="{escape(alt)}" width="160" '
        'style="display: block; width: 160px; max-width: 100%; height: auto; border-radius: 3px">'
    )
    return f'<a href="{escape(href)}">{image}</a>' if href else image


def _axes(summary: GridSummary) -> tuple[list[Sequence[str]], list[str]]:
    return [labels for _, labels in summary.axes], [name for name, _ in summary.axes]


def _money(summary: GridSummary, language: Language) -> str:
    return " ".join(line for line in (price_line(summary, language), cost_line(summary, language)) if line)


def _table(summary: GridSummary, arrangement: Mapping[str, str], media: Mapping[int, str], language: Language) -> str:
    names = [name for name, _ in summary.axes]
    labels = {name: [safe(label) for label in values] for name, values in summary.axes}
    down = arrangement["rows"] if arrangement["rows"] in names else ""
    across = [arrangement["columns"]] if arrangement["columns"] in names and arrangement["columns"] != down else []
    across += [name for name in names if name != down and name not in across]
    by_place = {cell.at: cell for cell in summary.cells}
    columns = list(itertools.product(*(range(len(labels[name])) for name in across)))
    head = _heads(across, labels, down, language)
    body = []
    for row in range(len(labels[down])) if down else [None]:
        cells = []
        for column in columns:
            at = dict(zip(across, column, strict=True)) | ({down: row} if row is not None else {})
            cell = by_place[tuple(at[name] for name in names)]
            cells.append(f'<td style="{_CELL}">{_cell(cell, summary, media, language)}</td>')
        name = (
            f'<th scope="row" style="{_HEAD}; max-width: 16em"><bdi>{escape(labels[down][row])}</bdi></th>'
            if row is not None
            else ""
        )
        body.append(f"<tr>{name}{''.join(cells)}</tr>")
    return (
        f'<div style="overflow-x: auto; margin: 6px 0"><table style="border-collapse: collapse">'
        f"<thead>{head}</thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _heads(across: Sequence[str], labels: Mapping[str, Sequence[str]], down: str, language: Language) -> str:
    rows = []
    before = 1
    for level, name in enumerate(across):
        span = math.prod(len(labels[inner]) for inner in across[level + 1 :])
        heads = "".join(
            f'<th scope="{"col" if span == 1 else "colgroup"}" colspan="{span}" style="{_HEAD}; max-width: 14em">'
            f'<span style="{_FAINT}; font-weight: 400">{escape(axis_name(name, language))}</span> '
            f"<bdi>{escape(label)}</bdi></th>"
            for _ in range(before)
            for label in labels[name]
        )
        corner = ""
        if down and level == 0:
            corner = f'<td rowspan="{len(across)}" style="{_CELL}; {_FAINT}">{escape(axis_name(down, language))}</td>'
        rows.append(f"<tr>{corner}{heads}</tr>")
        before *= len(labels[name])
    return "".join(rows)


def _cell(cell: GridCell, summary: GridSummary, media: Mapping[int, str], language: Language) -> str:
    shown = cell_view(cell, summary, language)
    status = status_of(cell)
    answered = cell.number if cell.same_as is None else cell.same_as
    note = (
        f'<div style="{_FAINT}; max-width: 20em; overflow-wrap: anywhere"><bdi>{escape(shown["note"])}</bdi></div>'
        if shown.get("note")
        else ""
    )
    money = money_of(cell, language)
    return (
        f"{media.get(answered, '')}"
        '<div style="white-space: nowrap">'
        f'<span style="border-left: 3px solid {_HUES[status.tone]}; padding-left: 5px">'
        f'<span aria-hidden="true">{escape(status.glyph)}&nbsp;</span>{escape(shown["word"])}</span>'
        + (f' <span style="{_FAINT}">{escape(money)}</span>' if money else "")
        + f"</div>{note}"
    )


def poster_alt(cell: GridCell, summary: GridSummary, language: Language) -> str:
    """What a picture of a cell is called."""
    return say("First frame: {title}", language=language, title=cell_label(cell, summary))
