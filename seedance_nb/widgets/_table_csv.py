"""Tasks as CSV text, as a spreadsheet takes it: exact amounts beside their currency, and nothing that runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

from seedance_nb.ledger import Line
from seedance_nb.money import Money
from seedance_nb.reports._csv import harmless
from seedance_nb.widgets._table_rows import tags
from seedance_nb.widgets._words import iso

HEADS = (
    *("local_id", "task_id", "provider", "model", "mode", "status", "is_sandbox", "project", "run", "notebook", "tags"),
    *("rating", "note", "prompt", "resolution", "ratio", "duration", "seed", "tokens", "cost", "currency"),
    *("created_at", "finished_at", "clip"),
)
"""The names that the columns of `ledger.frame()` have."""
_AT_ONCE = 500


def table_csv(local_ids: Sequence[str], lines: Callable[[Sequence[str]], Sequence[Line]]) -> bytes:
    """The tasks in UTF-8, with a head.

    Args:
        local_ids: Which, in order.
        lines: Reads some of them.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADS)
    for start in range(0, len(local_ids), _AT_ONCE):
        writer.writerows(
            [harmless(cell) for cell in _cells(line)] for line in lines(local_ids[start : start + _AT_ONCE])
        )
    return text.getvalue().encode()


def _cells(line: Line) -> list[object]:
    values, said = line.values, line.said
    amount_e8 = values["amount_e8"]
    known = {
        **values,
        "project": said.get("project") or values["project"],
        "run": said.get("run") or values["batch"],
        "notebook": said.get("notebook"),
        "tags": ", ".join(tags(said)),
        "rating": said.get("rating"),
        "note": said.get("note"),
        "tokens": values["completion_tokens"],
        "cost": None if amount_e8 is None else Money.from_e8(amount_e8, values["currency"]).amount,
        "created_at": iso(values["created_at"]),
        "finished_at": iso(values["finished_at"]),
        "clip": line.path,
    }
    return [known[name] for name in HEADS]
