"""The ledger as a notebook shows it: a table that is live, and opens a composer with what a task was asked for."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakSet

from seedance_nb.engine import Engine
from seedance_nb.ledger import Ledger, Where
from seedance_nb.reports import LedgerView
from seedance_nb.reports._view import merged
from seedance_nb.task import TaskRecord, TaskStatus

if TYPE_CHECKING:
    from seedance_nb.widgets.ledger_table import LedgerTable
    from seedance_nb.widgets.shown_composer import ShownComposer

Begin = Callable[[TaskRecord], tuple["ShownComposer", tuple[str, ...]]]
"""Makes a composer of what a task was asked for, and says what of it could not be found again."""


_OPEN = [status for status in TaskStatus if not status.is_terminal]


class ShownLedger(LedgerView):
    """What `studio.ledger` is: the ledger to look at, and to say something of its tasks.

    As a cell's last line it is a table, the same as `show()`.
    """

    def __init__(self, ledger: Ledger, *, engine: Callable[[], Engine], compose: Begin) -> None:
        """A ledger that is shown nowhere yet.

        Args:
            ledger: What is shown.
            engine: Gives what tells of changes; asked once a table is shown.
            compose: Opens a composer.
        """
        super().__init__(ledger)
        self._engine, self._compose = engine, compose
        self._tables: WeakSet[LedgerTable] = WeakSet()
        self._lock = threading.Lock()
        self._heard: dict[str, Callable[[], None]] = {}
        self._end_news: Callable[[], None] | None = None

    def show(self, where: Where | None = None, *, group: str = "", **filters: object) -> LedgerTable:
        """The tasks as a table to search, filter, group and edit, with sums that follow; `.frame()` of it is a frame.

        >>> studio.ledger.show(provider="ark", since="2026-11-01", group="project")  # doctest: +SKIP

        Show it as a cell's last line. Rows change as tasks end. Tags, ratings, notes and projects that are written
        into it are in the ledger, and can be taken back.

        Args:
            where: Filters by name; see `frame`.
            group: What tasks are put together by: `provider`, `model`, `status`, `project`, `rating`, `day`, `month`,
                `mode`, `resolution`, `run`, `notebook`, `sandbox`, or `tag:client` for the values of the tag `client`.
            filters: The same as `where`, by keyword.

        Raises:
            ValueError: There is no such filter or group.
        """
        from seedance_nb.widgets.ledger_table import LedgerTable

        table = LedgerTable(
            self._ledger, merged(where, filters), group=group, compose=self._compose, listen=self._listen
        )
        self._tables.add(table)
        return table

    def changed(self) -> None:
        """Tasks may be others by now: tables are read again soon. Returns at once, from any thread."""
        for table in tuple(self._tables):
            table.changed()

    def _listen(self) -> None:
        """Hear of those tasks that are not over, and of new ones; a table calls it before it reads."""
        wanted = {*self._ledger.ordered_ids({"status": _OPEN})}
        with self._lock:
            if self._end_news is None:
                self._end_news = self._engine().subscribe_news(self._on_news)
            for local_id in self._heard.keys() - wanted:
                self._heard.pop(local_id)()
            for local_id in wanted - self._heard.keys():
                self._heard[local_id] = self._engine().subscribe_many([local_id], lambda *_: self.changed())

    def _on_news(self) -> None:
        """Something was written, perhaps by another notebook; who shows no table any more need not know."""
        self.changed()
        with self._lock:
            if not self._tables and self._end_news is not None:
                self._end_news()
                self._end_news = None

    def close(self) -> None:
        """Take its tables off the page."""
        with self._lock:
            if self._end_news is not None:
                self._end_news()
                self._end_news = None
            for stop in self._heard.values():
                stop()
            self._heard.clear()
        for table in tuple(self._tables):
            table.close()

    def _ipython_display_(self) -> None:
        from seedance_nb.widgets.live_cell import _in_notebook

        if not _in_notebook():
            sys.stdout.write(f"{self._repr_mimebundle_()['text/plain']}\n")
            return
        self.show()._ipython_display_()
