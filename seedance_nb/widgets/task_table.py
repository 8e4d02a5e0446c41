"""Several tasks as a plain HTML table, which needs no kernel and survives saving."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape
from pathlib import Path

from seedance_nb import words
from seedance_nb.markup import no_formulas
from seedance_nb.task import TaskRecord
from seedance_nb.widgets._view_model import task_view
from seedance_nb.words import Number, Word, say

MOST = 50
"""How many rows are drawn; the ledger's frame has all of them."""
_LEFT = "text-align:left"
_WIDTHS = (";min-width:7em", ";min-width:12em", "", ";min-width:4em", "", "", ";min-width:6em", "")
"""Chinese breaks anywhere, so that a narrow page would have columns of one character."""
_HEADS = (
    Word("status", "column"),
    Word("prompt", "column"),
    Word("model", "column"),
    Word("at", "column"),
    Word("cost", "column"),
    Word("clip", "column"),
    Word("begun", "column"),
    Word("task", "column"),
)


def task_table(records: Sequence[TaskRecord], *, now: dt.datetime, notebook_dir: Path | None = None) -> str:
    """A row a task: status in word and shape, prompt, model, provider, cost, and a link to the clip.

    Args:
        records: The tasks, in order.
        now: The moment of looking, timezone-aware.
        notebook_dir: Where links to clips start from.
    """
    if not records:
        return f"<p>{say('No tasks yet.')}</p>"
    language = words.language()
    head = "".join(f'<th scope="col" style="{_LEFT}">{escape(name.said(language))}</th>' for name in _HEADS)
    rows = "".join(_row(record, now, notebook_dir) for record in records[:MOST])
    more = len(records) - MOST
    rest = ""
    if more > 0:
        rest = say("… and {count} more: see studio.ledger.frame().", language=language, count=Number(more))
        rest = f"<p>{rest}</p>"
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return no_formulas(f'<div lang="{language}" style="overflow-x: auto">{table}{rest}</div>')


def _row(record: TaskRecord, now: dt.datetime, notebook_dir: Path | None) -> str:
    view = task_view(record, now=now, notebook_dir=notebook_dir)
    clip = view["clip"]
    link = (
        f'<a href="{escape(clip["href"])}">{escape(clip["size"] or clip["name"])}</a>' if clip and clip["href"] else ""
    )
    left = f"<br><small>{escape(view['countdown']['now'])}</small>" if view["countdown"] else ""
    cells = (
        f"{escape(view['glyph'])} {escape(view['status_word'])}{left}",
        escape(view["title"]),
        escape(view["model"]),
        escape(view["provider"]),
        escape(view["cost"] or view["quote"]),
        link,
        escape(f"{record.created_at:%Y-%m-%d %H:%M} UTC"),
        f"<code>{escape(view['task_id'] or view['local_id'])}</code>",
    )
    columns = zip(_WIDTHS, cells, strict=True)
    return "<tr>" + "".join(f'<td style="{_LEFT}{more}">{cell}</td>' for more, cell in columns) + "</tr>"
