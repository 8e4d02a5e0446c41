"""Several tasks as a plain HTML table, which needs no kernel and survives saving."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape
from pathlib import Path

from seedance_nb.task import TaskRecord
from seedance_nb.widgets._view_model import task_view

MOST = 50
"""How many rows are drawn; the ledger's frame has all of them."""
_LEFT = "text-align:left"
_HEADS = ("status", "prompt", "model", "at", "cost", "clip", "begun", "task")


def task_table(records: Sequence[TaskRecord], *, now: dt.datetime, notebook_dir: Path | None = None) -> str:
    """A row a task: status in word and shape, prompt, model, provider, cost, and a link to the clip.

    Args:
        records: The tasks, in order.
        now: The moment of looking, timezone-aware.
        notebook_dir: Where links to clips start from.
    """
    if not records:
        return "<p>No tasks yet.</p>"
    head = "".join(f'<th scope="col" style="{_LEFT}">{name}</th>' for name in _HEADS)
    rows = "".join(_row(record, now, notebook_dir) for record in records[:MOST])
    more = len(records) - MOST
    rest = f"<p>… and {more:,} more: see studio.ledger.frame().</p>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{rest}"


def _row(record: TaskRecord, now: dt.datetime, notebook_dir: Path | None) -> str:
    view = task_view(record, now=now, notebook_dir=notebook_dir)
    clip = view["clip"]
    link = f'<a href="{escape(clip["href"])}">{escape(clip["size"] or "clip")}</a>' if clip and clip["href"] else ""
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
    return "<tr>" + "".join(f'<td style="{_LEFT}">{cell}</td>' for cell in cells) + "</tr>"
