"""The ledger's table for the time without a kernel: sums, and the first tasks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from seedance_nb import words
from seedance_nb.markup import no_formulas
from seedance_nb.task import TaskRecord
from seedance_nb.widgets._view_model import task_view
from seedance_nb.widgets.task_table import task_table
from seedance_nb.words import Number, say

_STYLE = "font:13px/1.45 system-ui,sans-serif"
Stand = tuple[list[TaskRecord], int]
"""The first tasks, and how many there are."""


def still_html(stand: Stand, *, sums: Sequence[Mapping[str, Any]], notebook_dir: Path | None) -> str:
    """As HTML that needs no style sheet and no script."""
    records, count = stand
    table = task_table(records, now=dt.datetime.now(dt.UTC), notebook_dir=notebook_dir)
    lines = "".join(f"<p><strong>{escape(line['text'])}</strong></p>" for line in sums)
    more = f"<p>{escape(_more(count - len(records)))}</p>" if count > len(records) else ""
    return no_formulas(f'<div lang="{words.language()}" style="{_STYLE}">{lines}</div>') + table + no_formulas(more)


def still_text(stand: Stand, *, sums: Sequence[Mapping[str, Any]]) -> str:
    """As lines of text."""
    records, count = stand
    now = dt.datetime.now(dt.UTC)
    lines = [str(line["text"]) for line in sums]
    for record in records[:20]:
        view = task_view(record, now=now)
        lines.append(f"  {view['glyph']} {view['status_word']}  {view['title']}  {view['cost']}".rstrip())
    if count > 20:
        lines.append(f"  {_more(count - 20)}")
    return "\n".join(lines or [say("No tasks yet.")])


def _more(count: int) -> str:
    return say("… and {count} more: see studio.ledger.frame().", count=Number(count))
