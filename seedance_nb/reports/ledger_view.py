"""The ledger as a person reads it: data frames, and a summary for a cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from seedance_nb.markup import no_formulas
from seedance_nb.money import Money
from seedance_nb.reports._frame import TIME, tasks_frame
from seedance_nb.reports._votes import votes_frame

if TYPE_CHECKING:
    import pandas as pd

    from seedance_nb.ledger import Ledger

_STYLE = "font-family:var(--jp-ui-font-family,system-ui,sans-serif);line-height:1.5"


class LedgerView:
    """What `studio.ledger` is: the ledger to look at, not to write to."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def path(self) -> Path | None:
        """The ledger's file, for any SQL tool; None where a server keeps it."""
        return self._ledger.path

    def frame(self) -> pd.DataFrame:
        """All tasks, one row each, newest first.

        | column | dtype | |
        | --- | --- | --- |
        | `local_id`, `task_id` | string | our id; the provider's |
        | `provider`, `model`, `model_id`, `mode`, `status` | category | |
        | `is_sandbox` | bool | then nothing was billed, whatever `cost` says |
        | `prompt` | string | |
        | `resolution`, `ratio` | category | |
        | `duration`, `seed` | Int64 | seconds of the clip; |
        | `tokens`, `quote_tokens` | Int64 | as reported; the most that was quoted |
        | `cost` | object, `Decimal` | exact, in `currency`; None: not charged |
        | `currency`, `cost_basis` | category | the cost's; usage, reported or quote |
        | `price_id` | string | row of the price book that was applied |
        | `quote_low`, `quote_high` | object, `Decimal` | exact, in `quote_currency` |
        | `quote_currency` | category | |
        | `clip` | string | path on this disk |
        | `failure_code`, `failure_message` | string | |
        | `created_at`, `submitted_at`, `finished_at`, `updated_at` | datetime64[us, UTC] | |

        What is not known is missing (`pd.NA`, `NaT`, None). An empty ledger gives the same columns
        and dtypes.
        """
        return tasks_frame(self._ledger.task_columns(), self._ledger.home)

    def costs(self, by: str | Sequence[str] = ("provider", "model")) -> pd.DataFrame:
        """What charged tasks cost, one row for each combination, currency and sandbox or not.

        Columns: those of `by`, then `currency` (category), `is_sandbox` (bool), `tasks` and
        `tokens` (int64), `cost` (object, exact `Decimal`). Quotes are not costs and not in here.

        Args:
            by: One or more of `day` (of the charge, UTC), `provider`, `model`, `model_id`, `mode`,
                `status`, `resolution`, `ratio`, `duration`, `basis`, `owner`.

        Raises:
            ValueError: Costs cannot be summed by that.
        """
        import pandas as pd

        names = [by] if isinstance(by, str) else list(by)
        rows = self._ledger.cost_rows(names)
        kinds = {name: "Int64" if name == "duration" else "category" for name in names}
        kinds |= {"currency": "category", "is_sandbox": "bool", "tasks": "int64", "tokens": "int64", "cost": "object"}
        return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=kind) for name, kind in kinds.items()})

    def events(self, task: object) -> pd.DataFrame:
        """What happened to a task, oldest first.

        Columns: `at` (datetime64[us, UTC]), `kind`, `status` (string), `detail` (object, a dict or None).

        Args:
            task: A task, or an id: ours or the provider's.

        Raises:
            TaskNotRecordedError: The ledger has no such task.
        """
        import pandas as pd

        name = task if isinstance(task, str) else getattr(task, "local_id", None)
        if not isinstance(name, str):
            raise TypeError(f"Name a task by its id, or give the task itself, not {type(task).__name__}.")
        events = self._ledger.events(self._ledger.get(name).local_id)
        return pd.DataFrame(
            {
                "at": pd.Series([event.at for event in events], dtype=TIME),
                "kind": pd.Series([event.kind for event in events], dtype="string"),
                "status": pd.Series([event.status and event.status.value for event in events], dtype="string"),
                "detail": pd.Series([event.detail for event in events], dtype="object"),
            }
        )

    def votes(self, comparison: str | None = None, *, withdrawn: bool = False) -> pd.DataFrame:
        """What raters said of pairs of clips, in the order they said it.

        | column | dtype | |
        | --- | --- | --- |
        | `id` | Int64 | order of writing |
        | `at` | datetime64[us, UTC] | |
        | `comparison`, `group`, `rater` | string | what was compared; what both clips were asked for; who looked |
        | `left_id`, `right_id` | string | local id of the task, or SHA-256 of a clip that is no task's |
        | `verdict` | category | left, right, tie, both_bad |
        | `preferred` | string | the clip that was liked better; missing where neither was |
        | `place`, `seed` | Int64 | of the pair in the rater's order; what that was drawn from |
        | `seconds` | Float64 | how long it was looked at; missing: not measured |
        | `note` | string | |
        | `withdrawn_at` | datetime64[us, UTC] | missing: the vote stands |

        Args:
            comparison: Only those of this one; None: all.
            withdrawn: Those that were taken back too.
        """
        return votes_frame(self._ledger.votes(comparison, withdrawn=withdrawn))

    def _facts(self) -> list[tuple[str, str]]:
        tasks: Counter[bool] = Counter()
        open_: Counter[bool] = Counter()
        for (status, is_sandbox), count in self._ledger.status_counts().items():
            tasks[is_sandbox] += count
            if not status.is_terminal:
                open_[is_sandbox] += count
        costs: dict[bool, list[Money]] = {False: [], True: []}
        for row in self._ledger.cost_rows(()):
            assert isinstance(row["cost"], Decimal)
            costs[bool(row["is_sandbox"])].append(Money(row["cost"], str(row["currency"])))
        facts = []
        if tasks[False] or not tasks[True]:
            facts.append(("Tasks", _tasks(tasks[False], open_[False])))
            facts += [("Cost", str(money)) for money in costs[False]] or [("Cost", "nothing charged yet")]
        if tasks[True]:
            said = f"{_tasks(tasks[True], open_[True])}; nothing was billed"
            if costs[True]:
                said += f" (at real prices {' and '.join(map(str, costs[True]))})"
            facts.append(("On the sandbox", said))
        return [*facts, ("Kept in", self._ledger.url if self.path is None else str(self.path))]

    def __repr__(self) -> str:
        return f"LedgerView({self._ledger.url})"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        facts = self._facts()
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(name)}</th>'
            f'<td style="text-align:left">{escape(said)}</td></tr>'
            for name, said in facts
        )
        return {
            "text/plain": "\n".join(f"{name}: {said}" for name, said in facts),
            "text/html": no_formulas(f'<div style="{_STYLE}"><strong>Ledger</strong><table>{rows}</table></div>'),
        }


def _tasks(count: int, open_: int) -> str:
    return f"{count:,}, {open_:,} of them open" if open_ else f"{count:,}"
