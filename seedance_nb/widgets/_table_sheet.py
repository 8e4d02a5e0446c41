"""What is on the ledger's table now: which tasks, in which order, which of them are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Ledger, Totals
from seedance_nb.widgets._table_query import Query
from seedance_nb.widgets._table_rows import Group, Rows, Teller, told
from seedance_nb.words import Sentence


class Sheet:
    """Reads what a query asks for, and knows it until it is read again; for one thread at a time.

    Args:
        ledger: Where it reads.
        query: What is to be seen.
    """

    def __init__(self, ledger: Ledger, query: Query) -> None:
        self._ledger = ledger
        self.query = query
        self.totals: Totals = {}
        """Sums of all that fits."""
        self.version = 0
        """Another one whenever rows may be others, or look otherwise."""
        self._rows = Rows()
        self._chosen: dict[str, None] = {}
        self._open: set[Any] = set()
        self._word = (-1, -1)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def count(self) -> int:
        """How many tasks fit."""
        return sum(sums.tasks for sums in self.totals.values())

    @property
    def chosen(self) -> list[str]:
        """Our ids of the tasks that are chosen."""
        return list(self._chosen)

    @property
    def is_stale(self) -> bool:
        """Whether something was written since it was read."""
        return self._ledger.last_word() != self._word

    def ids(self, group: tuple[str, object] | None = None, limit: int | None = None) -> list[str]:
        """Our ids of all that fits, or of a group of it, in order; at most so many."""
        query = self.query
        return self._ledger.ordered_ids(
            query.where(), query.order, descending=query.descending, group=group, limit=limit
        )

    def read(self) -> None:
        """Read it again; what is chosen and what is open stays so."""
        word, query = self._ledger.last_word(), self.query
        totals = self._ledger.totals(query.where())
        if query.group:
            found = self._ledger.groups(query.group, query.where())
            groups = [
                Group(key, sums, self.ids((query.group, key)) if key in self._open else None)
                for key, sums in found.items()
            ]
            self._rows = Rows(groups=groups)
        else:
            self._rows = Rows(self.ids())
            there = {*self._rows.ids} if self._chosen else set()
            self._chosen = {local_id: None for local_id in self._chosen if local_id in there}
        self._word, self.totals = word, totals
        self.version += 1

    def ask(self, query: Query) -> None:
        """Read what another query asks for; where that fails it stays as it is."""
        before, opened, chosen = self.query, self._open, self._chosen
        if query.group != before.group:
            self._open = set()
        if query.where() != before.where():
            self._chosen = {}
        self.query = query
        try:
            self.read()
        except Exception:
            self.query, self._open, self._chosen = before, opened, chosen
            raise

    def told(self, start: int, count: int, teller: Teller) -> list[Any]:
        """Rows from a place on, as a browser draws them."""
        return told(self._rows, start, self._ledger.lines, count, teller=teller, chosen=self._chosen)

    def fold(self, message: dict[str, Any]) -> None:
        """Open or close a group."""
        group = self._group(message)
        if group.ids is None:
            group.ids = self.ids((self.query.group, group.key))
            self._open.add(group.key)
        else:
            group.ids = None
            self._open.discard(group.key)
        self._rows.laid_out()
        self.version += 1

    def choose(self, message: dict[str, Any]) -> None:
        """Choose tasks, or let them go: all, none, those of a group, or those between two rows."""
        is_on = bool(message.get("on", True))
        match message.get("what"):
            case "none":
                self._chosen = {}
            case "all":
                self._mark(self.ids(), is_on)
            case "group":
                group = self._group(message)
                self._mark(group.ids if group.ids is not None else self.ids((self.query.group, group.key)), is_on)
            case _:
                start, stop = sorted((whole(message.get("start")), whole(message.get("stop"))))
                self._mark(self._rows.tasks(start, stop + 1), is_on)
        self.version += 1

    def chosen_totals(self) -> Totals:
        """Sums of what is chosen."""
        return self._ledger.totals(None, self._chosen) if self._chosen else {}

    def _mark(self, local_ids: Sequence[str], is_on: bool) -> None:
        for local_id in local_ids:
            if is_on:
                self._chosen[local_id] = None
            else:
                self._chosen.pop(local_id, None)

    def _group(self, message: dict[str, Any]) -> Group:
        at, groups = whole(message.get("group")), self._rows.groups or []
        if message.get("version") != self.version or at >= len(groups):
            raise ConfigurationError(Sentence("The table has changed meanwhile; nothing was done. Try it again."))
        return groups[at]


def whole(value: object) -> int:
    """A whole number that a stranger gave.

    Raises:
        ConfigurationError: It is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ConfigurationError(
            Sentence("The table was asked for something that it does not have; it shows what it showed.")
        )
    return value
