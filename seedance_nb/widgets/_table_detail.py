"""One task of the ledger's table, looked at closely."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seedance_nb.task import TaskRecord
from seedance_nb.widgets._table_rows import tags
from seedance_nb.widgets._view_model import task_view
from seedance_nb.words import Language, Word, say


def task_detail(
    record: TaskRecord, said: Mapping[str, str], *, language: Language, notebook_dir: Path | None
) -> dict[str, Any]:
    """What there is to see of it: prompt, how it stands, what it cost and why, where the clip is.

    Args:
        record: The task.
        said: What people say of it.
        language: Of the labels.
        notebook_dir: Where links start from.
    """
    view = task_view(record, now=dt.datetime.now(dt.UTC), notebook_dir=notebook_dir)
    clip, failure = view["clip"], view["failure"]
    facts = (
        (Word("Model"), f"{view['model']} · {view['provider']}"),
        (Word("Parameters"), view["facts"]),
        (Word("Cost"), " · ".join(part for part in (view["cost"], view["cost_basis"]) if part)),
        (Word("Quote"), view["quote_sum"]),
        (Word("Bill"), view["bill"]),
        (Word("Failure"), f"{failure['message']} ({failure['code']})" if failure else ""),
        (Word("Tags"), ", ".join(tags(said))),
        (Word("Note"), said.get("note", "")),
        (Word("Task"), view["task_id"] or view["local_id"]),
    )
    return {
        "task": record.local_id,
        "title": view["title"],
        "prompt": view["prompt"],
        "status": view["news"],
        "facts": [[say(label, language=language), text] for label, text in facts if text],
        "href": clip["href"] if clip else None,
        "name": clip["name"] if clip else "",
    }
