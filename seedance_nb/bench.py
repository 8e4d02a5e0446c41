"""What a studio puts on its bench: what composer and tables are told of ledger, budgets and engine."""

from __future__ import annotations

import datetime as dt
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from seedance_nb import words
from seedance_nb.budget import Budget
from seedance_nb.composing import BudgetLeft, KeptClip
from seedance_nb.engine import Engine, budgeting, copies, owner
from seedance_nb.ledger import Ledger
from seedance_nb.money import Money
from seedance_nb.reports import LedgerView
from seedance_nb.task import Artifact, TaskRecord, TaskStatus
from seedance_nb.widgets._bench_view import MOST, bench_html, bench_view
from seedance_nb.widgets._in_place import LeavesPicture
from seedance_nb.widgets._view_model import task_view
from seedance_nb.widgets.bench import Bench
from seedance_nb.widgets.shown_composer import ShownComposer

KEPT = 50
"""How many kept clips are offered to a composer, the newest."""
_LABEL_CHARS = 48


@dataclass(frozen=True, slots=True)
class Books:
    """Where the bench reads."""

    ledger: Ledger
    reading: LedgerView
    budgets: Sequence[Budget]
    project: str
    is_sandbox: bool

    def left(self) -> list[BudgetLeft]:
        """What each budget still allows, as a submit would find it now."""
        found = budgeting.left(
            self.budgets,
            self.ledger.committed,
            owner=owner.me(),
            project=self.project,
            is_sandbox=self.is_sandbox,
            now=dt.datetime.now(dt.UTC),
        )
        return [_left(budget, rest) for budget, rest in found]

    def kept(self) -> list[KeptClip]:
        """The newest clips that are on this disk."""
        return kept_clips(self.ledger.records(statuses=[TaskStatus.KEPT], limit=KEPT))

    def newest(self) -> list[TaskRecord]:
        """The tasks that a bench shows."""
        return self.ledger.records(limit=MOST)

    def view(self, records: Sequence[TaskRecord]) -> dict[str, Any]:
        """The bench as it is now, in the language that is spoken."""
        language = words.language()
        left = [(str(one.text), _amount(one, language)) for one in self.left()]
        return bench_view(
            records,
            total=sum(self.ledger.status_counts().values()),
            facts=self.reading._facts(),
            costs=self.ledger.cost_rows(("provider", "model")),
            budgets=left,
            clips=[(clip.local_id, clip.label) for clip in kept_clips(records)],
            now=dt.datetime.now(dt.UTC),
            language=language,
        )

    def html(self, title: str) -> str:
        """The bench without a kernel."""
        return bench_html(self.view(self.newest()), title=title)


def kept_clips(records: Iterable[TaskRecord]) -> list[KeptClip]:
    """Those tasks whose clip is a file on this disk, as a composer offers them."""
    found = []
    now = dt.datetime.now(dt.UTC)
    for record in records:
        clip, frame = record.artifact("clip"), record.artifact("last_frame")
        if clip is None or clip.path is None or not (clip.original or clip.path.exists()):
            continue
        title = str(task_view(record, now=now)["title"])
        title = title if len(title) <= _LABEL_CHARS else f"{title[: _LABEL_CHARS - 1].rstrip()}…"
        has_frame = frame is not None and frame.path is not None and (frame.original or frame.path.exists())
        last_frame = frame.path if frame is not None and has_frame else None
        day = f"{record.created_at.astimezone():%Y-%m-%d %H:%M}"
        label = f"{title} · {record.model} · {day}"
        found.append(KeptClip(record.local_id, label, clip.path, last_frame, fetch=_fetch(clip, frame)))
    return found


def _fetch(*files: Artifact | None) -> Callable[[], None] | None:
    """What has files here before somebody uses them, where they lie in an object store."""
    return partial(copies.bring, files) if any(each and each.original for each in files) else None


def bench(
    composer: ShownComposer,
    books: Books,
    engine: Engine,
    *,
    title: str,
    compare: Callable[[Sequence[str]], LeavesPicture],
    table: Callable[[], LeavesPicture] | None = None,
) -> Bench:
    """The bench of a studio: draws again whenever a task on it is another one.

    Args:
        composer: What is in its first tab.
        books: Where it reads.
        engine: Tells of changes.
        title: What studio it is, in words.
        compare: Makes a comparison of the clips of these tasks, by local id.
        table: Makes the table of the ledger. None: there is none.
    """
    watch = Watch(books, engine)
    made = Bench(composer, title=title, look=watch.look, compare=compare, table=table)
    watch.changed = made.changed
    return made


class Watch:
    """Hears of the unfinished tasks that a bench shows, and of new ones."""

    def __init__(self, books: Books, engine: Engine) -> None:
        self.changed: Callable[[], None] = lambda: None
        """Called after each change, from the engine's thread; returns at once."""
        self._books, self._engine = books, engine
        self._lock = threading.Lock()
        self._heard: dict[str, Callable[[], None]] = {}
        self._hears_news = False

    def look(self) -> dict[str, Any]:
        """The view as it is now; from here on changes of its tasks are heard of."""
        self._listen_for_news()
        records = self._books.newest()
        if self._listen(records):
            records = self._books.newest()  # with what changed before it could be heard
        return self._books.view(records)

    def _listen_for_news(self) -> None:
        """Hear of tasks that another notebook makes, as long as this bench is there."""
        with self._lock:
            if self._hears_news:
                return
            self._hears_news = True
        this = weakref.ref(self)

        def on_news() -> None:
            if (watch := this()) is None:
                end()
            else:
                watch.changed()

        end = self._engine.subscribe_news(on_news)

    def _listen(self, records: Sequence[TaskRecord]) -> bool:
        """Listen to exactly those that are not over; gives whether there is a new one."""
        with self._lock:
            wanted = {record.local_id for record in records if not record.is_over}
            for local_id in self._heard.keys() - wanted:
                self._heard.pop(local_id)()
            new = wanted - self._heard.keys()
            for local_id in new:
                self._heard[local_id] = self._engine.subscribe_many([local_id], lambda *_: self.changed())
        return bool(new)


def _left(budget: Budget, rest: Money | int) -> BudgetLeft:
    if isinstance(rest, Money):
        return BudgetLeft(str(budget), rest.amount, rest.currency)
    return BudgetLeft(str(budget), rest, budget.unit)


def _amount(left: BudgetLeft, language: str) -> str:
    if isinstance(left.left, int):
        return f"{words.number(left.left, language)} {left.unit}"
    return words.money(Money(left.left, left.unit), language)
