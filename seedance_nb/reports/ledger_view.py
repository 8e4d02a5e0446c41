"""The ledger as a person reads it: data frames, and a summary for a cell."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from html import escape
from pathlib import Path

from seedance_nb.ledger import Where
from seedance_nb.markup import no_formulas
from seedance_nb.money import Money
from seedance_nb.reports._analysis import Analysis
from seedance_nb.reports._frames import Frames
from seedance_nb.reports._saying import Saying
from seedance_nb.reports._view import merged
from seedance_nb.reports.charts import Charts
from seedance_nb.reports.reconciliation import Reconciliation, reconcile
from seedance_nb.task import TaskRecord

_STYLE = "font-family:var(--jp-ui-font-family,system-ui,sans-serif);line-height:1.5"


class LedgerView(Frames, Analysis, Saying):
    """What `studio.ledger` is: the ledger to look at, and to say something of its tasks.

    What happened and what it cost is written by the engine alone.
    """

    @property
    def path(self) -> Path | None:
        """The ledger's file, for any SQL tool in another process; None where a server keeps it.

        In this one, an engine with an SQLite of its own (DuckDB, ADBC) would drop the locks that the ledger is written
        under.
        """
        return self._ledger.path

    @property
    def charts(self) -> Charts:
        """The same to be looked at: `ledger.charts.costs(over="day")`; extra `charts`."""
        return Charts(self)

    def records(self, where: Where | None = None, *, limit: int | None = None, **filters: object) -> list[TaskRecord]:
        """Tasks as the ledger has them, newest first, each with its files; for a table of them see `frame`.

        Args:
            where: Filters by name, see `frame`; those that are about the task itself.
            limit: At most so many; None: all.
            filters: The same by keyword; `since` and `until` are about the time of the intent.

        Raises:
            ValueError: There is no such filter, or it does not take that value.
        """
        return self._ledger.records(where=merged(where, filters), limit=limit)

    def reconcile(
        self,
        bill: object,
        *,
        provider: str | None = None,
        columns: Mapping[str, str] | None = None,
        currency: str = "",
        since: dt.date | str | None = None,
        until: dt.date | str | None = None,
        zone: dt.tzinfo | None = None,
        decimal: str = "",
        encoding: str = "",
        tolerance: Decimal | None = None,
        sandbox: bool = False,
    ) -> Reconciliation:
        """Hold a provider's bill against the ledger: what is missing on each side, doubled or mispriced, with sums.

        Lines are matched to tasks by the provider's id; those that name none, by time and tokens. None of the
        providers documents the form of its bill, so columns are known by names that are often used, or by `columns`;
        `read_as` of the answer tells which was taken for what. A bill is asked nothing and changes nothing.

        Args:
            bill: A CSV file's path, its bytes, a data frame (of text, so that no id is rounded), or what a provider
                says by day, as `studio.reconcile(provider=…)` reads it.
            provider: Its id; None: of all.
            columns: Which column is what: `task_id`, `amount`, `currency`, `tokens`, `at`, `model`.
            currency: Of amounts that do not say theirs; empty: that of the provider's charges, where there is one.
            since: Beginning of the bill's period, also as `"2026-11"`; None: the day of its first line.
            until: Its end, a day or month included whole; None: the day of its last line.
            zone: Of times and days without one; None: the provider's.
            decimal: The decimal sign; empty: by what the numbers look like.
            encoding: Of the file; empty: UTF-8, GB 18030 or UTF-16.
            tolerance: By how much amounts may differ; None: by less than one in the last place that the bill writes,
                hundredths at least.
            sandbox: Hold it against the sandbox's tasks, for trying it out.

        Raises:
            BillError: It cannot be read as a table of charges.
            UnknownProviderError: No provider goes by this id.
        """
        return reconcile(
            self._ledger,
            bill,
            provider=provider,
            columns=columns,
            currency=currency,
            since=since,
            until=until,
            zone=zone,
            decimal=decimal,
            encoding=encoding,
            tolerance=tolerance,
            sandbox=sandbox,
        )

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
