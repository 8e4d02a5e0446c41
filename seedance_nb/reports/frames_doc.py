"""The page about the ledger's data frames, made from the tables that the code makes them by.

`python -m seedance_nb.reports.frames_doc` prints it.
"""

from __future__ import annotations

import sys

from seedance_nb.ledger import BY, FILTERS
from seedance_nb.reports._burn_down import BURN_DOWN
from seedance_nb.reports._drift import DRIFT
from seedance_nb.reports._elsewhere import WOULD_HAVE_COST
from seedance_nb.reports._forecast import FORECAST
from seedance_nb.reports._frame import CHARGES, COSTS, EVENTS, TASKS, VOTES, Columns
from seedance_nb.reports._frames import FAMILY, TOTAL
from seedance_nb.reports._groups import GROUPS
from seedance_nb.reports._worth import OUTCOMES, UNIT_COSTS
from seedance_nb.reports.reconciliation import FINDINGS, TOTALS

_INTRODUCTION = """\
# The ledger's data frames

<!-- Generated: python -m seedance_nb.reports.frames_doc > docs/ledger-frames.md -->

`studio.ledger` gives plain pandas frames. An empty ledger gives the same columns and dtypes.

- Amounts are `decimal.Decimal` and exact, in columns of dtype `object`, with their currency in another column.
  Sum one currency at a time, and leave out rows with `is_sandbox`: they were never billed.
- `string` is pandas' own; it is backed by Arrow where pyarrow is installed and by Python's where it is not.
- Times are UTC. What is not known is missing: `pd.NA`, `NaT`, or None among amounts.
- Quotes are forecasts and charges are costs; no column adds the two.
- Of a large ledger `frame(columns=[…], limit=1000)` reads only what is asked for, `frames()` gives a part after the
  other, and what is summed is summed by the database.
- Do not open the ledger's SQLite file with another engine (DuckDB, Polars, ADBC, ConnectorX) in a process where a
  studio is open: each brings a copy of SQLite that drops the locks of Python's own, and two writers at once can ruin
  the file.
  In another process any tool may read it; or read a copy: `VACUUM INTO 'copy.sqlite3'`.
"""


def frames_doc() -> str:
    """The page, in Markdown."""
    parts = [
        _INTRODUCTION,
        _filters(),
        _table("`ledger.frame()`", "Tasks, newest first.", TASKS),
        _table("`ledger.charges()`", "What was charged, newest first.", CHARGES),
        _table("`ledger.events()`", "What happened to tasks, in the order it was written.", EVENTS),
        _table("`ledger.votes()`", "What raters said of pairs of clips, in order.", VOTES),
        _table(
            "`ledger.costs(by, over, where)`",
            f"Sums of charges. First the columns of `by`, any of {_names((*BY, FAMILY))} or `tag:` and the name of a "
            "tag (category; `duration` and `rating` Int64). Whatever they are summed by, the rows of a currency add up "
            'to the same total. With `view="CNY"` there is `cost_CNY` too, at the rates that `attrs["fx"]` names.',
            COSTS,
        ),
        _table("`ledger.total(view)`", "What was spent, as seen in one currency at a dated rate.", TOTAL),
        _groups(),
        _table("`ledger.unit_costs(by)`", "What a second, a kept clip and a preferred clip cost.", UNIT_COSTS),
        _table("`ledger.outcomes(by)`", "How tasks ended, and the time that was lost.", OUTCOMES),
        _table("`ledger.drift(by)`", "Quoted against billed.", DRIFT),
        _table(
            "`ledger.would_have_cost(provider, model, on=…)`",
            "The same work elsewhere, with another model, or at the prices of another day.",
            WOULD_HAVE_COST,
        ),
        _table("`ledger.forecast(plan)`", "What is to come, with an interval.", FORECAST),
        _table("`ledger.burn_down(budget)`", "What is left of a budget, day by day.", BURN_DOWN),
        _table("`studio.reconcile(bill).frame()`", "What a bill and the ledger do not agree on.", FINDINGS),
        _table("`studio.reconcile(bill).totals()`", "The sums of both sides.", TOTALS),
    ]
    return "\n".join(parts)


def _filters() -> str:
    lines = [
        "## Filters",
        "",
        "By keyword, or in a mapping as `where=`; the database applies them.",
        "",
        "| filter | takes |",
        "| --- | --- |",
        *(f"| `{name}` | {meaning} |" for name, meaning in FILTERS.items()),
    ]
    return "\n".join([*lines, ""])


def _groups() -> str:
    return (
        f"## Groups\n\nThe frames below group by any of {_names(GROUPS)}, or `tag:` and the name of a tag; those "
        "columns come\nfirst. A `family` is the prompt in small letters with each number as `#`: prompts that differ "
        "in a word are\ntwo families.\n"
    )


def _table(title: str, what: str, columns: Columns) -> str:
    lines = [f"## {title}", "", what, "", "| column | dtype | meaning |", "| --- | --- | --- |"]
    lines += [f"| `{name}` | {column.dtype} | {column.meaning} |" for name, column in columns.items()]
    return "\n".join([*lines, ""])


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.stdout.write(frames_doc())
