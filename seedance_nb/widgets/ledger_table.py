"""The ledger as a table: to search, filter, group and sum, to look at clips, and to say something of tasks.

The database filters, orders and sums; the browser has the rows that are in view, and no more. What it is told of them
goes down in answers, so that traits hold words and sums alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets as t

from seedance_nb import words
from seedance_nb.composing.worker import ThreadWorker
from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Ledger, Where
from seedance_nb.reports import LedgerView
from seedance_nb.task import TaskRecord, TaskStatus
from seedance_nb.widgets._clips import SendsClips, small_poster
from seedance_nb.widgets._failures import log_failure, sentence_of
from seedance_nb.widgets._in_place import LeavesPicture
from seedance_nb.widgets._module import module, style
from seedance_nb.widgets._table_csv import table_csv
from seedance_nb.widgets._table_detail import task_detail
from seedance_nb.widgets._table_edits import Edits
from seedance_nb.widgets._table_query import FACETS, begun
from seedance_nb.widgets._table_rows import Teller
from seedance_nb.widgets._table_sheet import Sheet, whole
from seedance_nb.widgets._table_still import still_html, still_text
from seedance_nb.widgets._table_words import table_view
from seedance_nb.widgets.live_cell import UPDATE_INTERVAL_S
from seedance_nb.widgets.task_table import MOST
from seedance_nb.words import Plural, Said, Sentence

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 200
"""Rows of one answer."""
MOST_POSTERS = 24
"""Posters of one answer."""

Compose = Callable[[TaskRecord], tuple[LeavesPicture, Sequence[str]]]
"""Makes a composer of what a task was asked for, and says what of it could not be found again."""


class LedgerTable(LeavesPicture, SendsClips):
    """The tasks of a ledger in a table whose sums follow its filters.

    >>> table = studio.ledger.show(provider="ark", since="2026-11-01")  # doctest: +SKIP
    >>> table.frame()  # doctest: +SKIP
    """

    _esm = module("ledger_table.js")
    _css = style("ledger_table.css")
    _told_in_place: ClassVar[frozenset[str]] = SendsClips._told_in_place | {"rows", "posters", "choices", "csv", "look"}

    view = t.Dict().tag(sync=True)
    """Words, columns and choices, as `table_view` gives them."""

    query = t.Dict().tag(sync=True)
    """Filters, order, group and columns as they are in force; see `Query`."""

    size = t.Dict().tag(sync=True)
    """`rows` in the table, `tasks` that fit, and a `version` that is another one whenever rows may be others."""

    sums = t.Dict().tag(sync=True)
    """Under `shown` and `chosen` sums in words, real tasks and the sandbox's apart; and counts of tasks."""

    undo = t.Unicode("").tag(sync=True)
    """What would be taken back, in words, or empty."""

    composer = anywidget.WidgetTrait().tag(sync=True)
    """A composer with what a task was asked for; None until somebody asks for one."""

    places = t.Dict().tag(sync=True)
    """Where `composer` stands by itself, for a page that hands a widget no others."""

    def __init__(
        self,
        ledger: Ledger,
        where: Where | None = None,
        *,
        group: str = "",
        compose: Compose | None = None,
        listen: Callable[[], None] | None = None,
        notebook_dir: Path | None = None,
    ) -> None:
        """A table that is not shown yet.

        Args:
            ledger: What is in it.
            where: Filters by name, as of `ledger.frame()`.
            group: What tasks are put together by: of `GROUPED`, or `tag:` and a name.
            compose: Makes a composer of what a task was asked for. None: it cannot.
            listen: Called before it reads, so that what happens from then on is told to `changed`.
            notebook_dir: Where links to clips start from; the folder of the notebook if None.

        Raises:
            ValueError: There is no such filter or group.
        """
        self._ledger, self._reading = ledger, LedgerView(ledger)
        self._compose, self._listen = compose, listen
        self._edits = Edits(ledger, self._reading)
        self._sheet = Sheet(ledger, begun(where or {}, group))
        self._last: dict[str, Any] | None = None
        self._waiting = threading.Lock()
        self._is_waiting = self._is_closed = False
        self._rest_s = UPDATE_INTERVAL_S
        self._desk = ThreadWorker(lambda exc: log_failure("The ledger's table could not be drawn again.", exc))
        super().__init__(home=ledger.home, notebook_dir=notebook_dir)
        self.view = table_view(self._language)
        self._draw()

    @property
    def _language(self) -> words.Language:
        return words.language()

    @property
    def _teller(self) -> Teller:
        return Teller(self._language, self._sheet.query.group)

    # -- for Python --

    @property
    def where(self) -> dict[str, object]:
        """The filters that are in force, as `ledger.frame()` and `ledger.costs()` take them."""
        return self._sheet.query.where()

    @property
    def chosen(self) -> list[str]:
        """Our ids of the tasks that are chosen."""
        return self._sheet.chosen

    def frame(self) -> pd.DataFrame:
        """The tasks that fit the filters, as `ledger.frame()` gives them, in the order of the table."""
        frame = self._reading.frame(self.where)
        if (self._sheet.query.order, self._sheet.query.descending) == ("created_at", True):
            return frame
        place = {local_id: number for number, local_id in enumerate(self._sheet.ids())}
        order = frame["local_id"].map(place)
        return frame.iloc[order.argsort(kind="stable")].reset_index(drop=True)

    def csv(self) -> str:
        """The tasks that are chosen, or all that fit, as CSV that no spreadsheet takes for formulas."""
        return table_csv(self._meant(), self._ledger.lines).decode()

    def changed(self) -> None:
        """Something is another way by now: read again soon. Returns at once, from any thread."""
        with self._waiting:
            if self._is_waiting or self._is_closed:
                return
            self._is_waiting = True
        self._desk.later("changed", self._rest_s, self._on_due)

    def _on_due(self) -> None:
        with self._waiting:
            self._is_waiting = False
            if self._is_closed:
                return
        begin = time.monotonic()
        try:
            self._draw()
        except Exception as exc:
            if not self._is_closed:
                self.error = sentence_of(exc)
                raise  # whoever runs this logs it
        # However large the ledger is, most of the time is left to what the notebook is there for.
        self._rest_s = max(UPDATE_INTERVAL_S, 4 * (time.monotonic() - begin))

    # -- reading --

    def _draw(self) -> None:
        """Read which tasks there are, and their sums; the browser then asks for rows."""
        if self._listen is not None:
            self._listen()
        self._sheet.read()
        self._publish()

    def _publish(self) -> None:
        """Tell the browser what is on the table now."""
        sheet, teller = self._sheet, self._teller
        labels = {name: [teller.key(name, value) for value in values] for name, values in sheet.query.chosen.items()}
        with self.hold_sync():
            self.query = {**sheet.query.shown(), "labels": labels}
            self.sums = {
                "shown": teller.sums(sheet.totals),
                "count": sheet.count,
                "chosen": teller.sums(sheet.chosen_totals()),
                "chosen_count": len(sheet.chosen),
            }
            self.size = {"rows": len(sheet), "tasks": sheet.count, "version": sheet.version}

    def _meant(self) -> list[str]:
        """The tasks that are chosen; where none is, all that fit."""
        return self.chosen or self._sheet.ids()

    # -- what a browser asks for --

    def _on_rows(self, message: dict[str, Any]) -> Future[None]:
        start, count = whole(message.get("start")), min(whole(message.get("count")), MOST_ROWS)

        def read() -> None:
            rows = self._sheet.told(start, count, self._teller)
            self._answer(message, {"start": start, "version": self._sheet.version, "rows": rows})

        return self._desk.run(read)

    def _on_look(self, _message: dict[str, Any]) -> None:
        """Somebody looks: other notebooks may have written meanwhile."""
        self._desk.later("look", 0.0, lambda: self.changed() if self._sheet.is_stale else None)

    def _on_query(self, message: dict[str, Any]) -> Future[None]:
        def ask() -> None:
            before, wanted = self._sheet.query, self._sheet.query.changed(message.get("query"))
            if replace(wanted, columns=before.columns) == before:
                self._sheet.query = wanted
            else:
                self._sheet.ask(wanted)
            self._publish()

        return self._desk.run(ask)

    def _on_choices(self, message: dict[str, Any]) -> Future[None]:
        def read() -> None:
            teller = self._teller
            found = []
            for name in FACETS:
                counts = self._ledger.choices(name, self._sheet.query.where(without=name))
                wanted = self._sheet.query.chosen.get(name, ())
                counts |= {value: 0 for value in wanted if value not in counts}
                values = [
                    {
                        "value": value,
                        "label": teller.key(name, value),
                        "count": words.number(count, self._language),
                        "on": value in wanted,
                    }
                    for value, count in counts.items()
                ]
                found.append({"id": name, "values": values[:MOST_ROWS]})
            self._answer(message, {"facets": found})

        return self._desk.run(read)

    def _on_fold(self, message: dict[str, Any]) -> Future[None]:
        """Open or close a group."""
        return self._desk.run(lambda: self._after(self._sheet.fold, message))

    def _on_choose(self, message: dict[str, Any]) -> Future[None]:
        """Choose tasks, or let them go."""
        return self._desk.run(lambda: self._after(self._sheet.choose, message))

    def _after(self, change: Callable[[dict[str, Any]], None], message: dict[str, Any]) -> None:
        change(message)
        self._publish()

    # -- saying something --

    def _on_say(self, message: dict[str, Any]) -> Future[None]:
        def write() -> None:
            task = message.get("task")
            if task is not None and not isinstance(task, str):
                raise ConfigurationError(Sentence("Choose tasks first; nothing was written."))
            local_ids = self.chosen if task is None else [task]
            what = self._edits.say(local_ids, str(message.get("what")), message.get("value"))
            self._wrote(message, Sentence("Written: {what}.", what=what) if isinstance(what, Plural) else what)

        return self._desk.run(write)

    def _on_undo(self, message: dict[str, Any]) -> Future[None]:
        return self._desk.run(lambda: self._wrote(message, self._edits.undo()))

    def _wrote(self, message: dict[str, Any], news: Said) -> None:
        language, last = self._language, self._edits.last
        self.undo = "" if last is None else last.said(language)
        self._draw()
        self._answer(message, {"news": news.said(language)})

    # -- looking closely --

    def _on_posters(self, message: dict[str, Any]) -> Future[None]:
        asked = message.get("tasks")
        wanted = [one for one in asked if isinstance(one, str)][:MOST_POSTERS] if isinstance(asked, list) else []

        def make() -> None:
            found: list[str] = []
            posters: list[bytes] = []
            for line in self._ledger.lines(wanted):
                poster = small_poster(self._ledger.home / line.path) if line.path is not None else b""
                if poster:
                    found.append(line.local_id)
                    posters.append(poster)
            self._answer(message, {"tasks": found}, posters)

        return self._reader.run(make)

    def _on_show(self, message: dict[str, Any]) -> Future[None]:
        """One task closely: its prompt, its bill, its clip."""

        def read() -> None:
            record = self._ledger.get(str(message.get("task")))
            said = self._ledger.labels([record.local_id]).get(record.local_id, {})
            detail = task_detail(record, said, language=self._language, notebook_dir=self._notebook_dir)
            kept, clip = record.artifact("clip"), None
            if kept is not None and kept.path is not None and record.status is TaskStatus.KEPT:
                clip = self.offer(kept.path)
            before, self._last = self._last, clip
            if before is not None:
                self.withdraw(before["token"])
            self._answer(message, {"detail": {**detail, "clip": clip, "composes": self._compose is not None}})

        return self._desk.run(read)

    def _on_compose(self, message: dict[str, Any]) -> Future[None]:
        """A composer with what a task was asked for; nothing is sent."""

        def make() -> None:
            if self._compose is None:
                raise ConfigurationError(Sentence("This table cannot open a composer. Nothing was sent."))
            record = self._ledger.get(str(message.get("task")))
            new, missing = self._compose(record)
            before = self.composer
            self.places = {"composer": new.place}
            self.composer = new
            if before is not None:
                before.close()
            self._answer(message, {"missing": [_in(one, self._language) for one in missing]})

        return self._desk.run(make)

    def _on_csv(self, message: dict[str, Any]) -> Future[None]:
        def make() -> None:
            local_ids = self._meant()
            made = table_csv(local_ids, self._ledger.lines)
            self._answer(message, {"count": words.number(len(local_ids), self._language)}, [made])

        return self._desk.run(make)

    # -- without a kernel --

    def picture(self) -> str:
        """The newest tasks that fit and the sums of all, as a plain table."""
        return still_html(self._stand(), sums=self.sums["shown"], notebook_dir=self._notebook_dir)

    def text(self) -> str:
        """The same as lines of text."""
        return still_text(self._stand(), sums=self.sums["shown"])

    def _stand(self) -> tuple[list[TaskRecord], int]:
        local_ids = self._sheet.ids(limit=MOST)
        found = {record.local_id: record for record in self._ledger.records_of(local_ids)}
        return [found[one] for one in local_ids if one in found], self._sheet.count

    def close(self) -> None:
        """Take the table off the page."""
        if "_desk" in self.__dict__:
            with self._waiting:
                self._is_closed = True
            self._desk.close()
            if self.composer is not None:
                self.composer.close()
        super().close()


def _in(text: str, language: words.Language) -> str:
    return text.said(language) if isinstance(text, Said) else text
