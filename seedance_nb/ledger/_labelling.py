"""Labels: what people say of tasks afterwards. Rows are added; of one task and name the newest counts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from seedance_nb.ledger._lifetime import Lifetime
from seedance_nb.ledger._queries import chunks, not_recorded
from seedance_nb.ledger._schema import labels, tasks

TAG = "tag:"
"""What the name of a tag begins with in the ledger, so that no tag can be mistaken for a note."""
NAMES = ("note", "rating", "project", "notebook", "run")
"""What can be said of a task beside its tags."""
_LONGEST_VALUE = 10_000
_TAG = re.compile(r"[^\s,=:*][^,=\n]{0,59}")

_MEANING = "What was said of the tasks was not recorded; the tasks themselves, and what they cost, are as they were."


@dataclass(frozen=True, slots=True)
class Label:
    """Something that was said of a task."""

    local_id: str
    name: str
    """`tag:…`, or one of `NAMES`."""
    value: str | None
    """None: it was taken away."""
    at: dt.datetime


def tag_name(tag: str) -> str:
    """The name that a tag has in the ledger.

    Raises:
        ValueError: It has no letters, is too long, or has a character that tells tags and their values apart.
    """
    name = tag.strip()
    if not _TAG.fullmatch(name):
        raise ValueError(
            f"{tag[:80]!r} is no tag: 1 to 60 characters without comma, equals sign or line break, the first of them "
            "no colon and no star. Nothing was written."
        )
    return TAG + name


def current(names: Iterable[str] | None = None, *, of: Sequence[str] | None = None) -> sa.Select[Any]:
    """Task, name and value of every label that counts.

    Args:
        names: Only labels of these names; None: all.
        of: Only those of these tasks; None: all.
    """
    newest = sa.select(sa.func.max(labels.c.id)).group_by(labels.c.local_id, labels.c.name)
    if of is not None:
        newest = newest.where(labels.c.local_id.in_(of))
    if names is not None:
        newest = newest.where(labels.c.name.in_(list(names)))
    return sa.select(labels.c.local_id, labels.c.name, labels.c.value).where(
        labels.c.id.in_(newest), labels.c.value.is_not(None)
    )


def value_of(name: str) -> sa.ScalarSelect[str | None]:
    """The value of one label of the task that the statement around it is about; NULL where there is none."""
    return (
        sa.select(labels.c.value)
        .where(labels.c.local_id == tasks.c.local_id, labels.c.name == name)
        .order_by(labels.c.id.desc())
        .limit(1)
        .correlate(tasks)
        .scalar_subquery()
    )


class Labelling(Lifetime):
    """Tags, notes, ratings, and where tasks are filed."""

    def add_labels(
        self, local_ids: Iterable[str], values: Mapping[str, str | None], *, at: dt.datetime | None = None
    ) -> int:
        """Say something of tasks: all of it, or nothing.

        What is said already is not said again, so that a cell that runs twice writes once.

        Args:
            local_ids: The tasks.
            values: By name, `tag:…` or one of `NAMES`; None takes it away.
            at: When; None: now.

        Returns:
            How many rows were added.

        Raises:
            TaskNotRecordedError: The ledger has no such task.
            ValueError: A name is not known, or a value is too long.
        """
        said = {self._label_name(name): self._label_value(value) for name, value in values.items()}
        wanted = list(dict.fromkeys(local_ids))
        moment = at or dt.datetime.now(dt.UTC)
        with self._writing(_MEANING) as connection:
            if connection.dialect.name == "postgresql" and wanted:
                # Two who say something of one task at once: the second is to see what the first one said.
                for some in chunks(sorted(wanted)):
                    connection.execute(
                        sa.select(tasks.c.local_id)
                        .where(tasks.c.local_id.in_(some))
                        .order_by(tasks.c.local_id)
                        .with_for_update()
                    )
            there: set[str] = set()
            known: dict[tuple[str, str], str] = {}
            for some in chunks(wanted):
                there |= set(
                    connection.execute(sa.select(tasks.c.local_id).where(tasks.c.local_id.in_(some))).scalars()
                )
                found = connection.execute(current(said, of=some))
                known |= {(local_id, name): value for local_id, name, value in found}
            for local_id in wanted:
                if local_id not in there:
                    raise not_recorded(connection, local_id, self.url)
            rows = [
                {"local_id": local_id, "name": name, "value": value, "at": moment}
                for local_id in wanted
                for name, value in said.items()
                if known.get((local_id, name)) != value
            ]
            if rows:
                connection.execute(labels.insert().inline(), rows)
        return len(rows)

    def _label_name(self, name: str) -> str:
        if name.startswith(TAG):
            return TAG + self._clean.text(tag_name(name.removeprefix(TAG)).removeprefix(TAG))
        if name not in NAMES:
            raise ValueError(
                f"{name[:80]!r} is nothing that can be said of a task; there are {', '.join(NAMES)} and tags."
            )
        return name

    def _label_value(self, value: str | None) -> str | None:
        if value is None:
            return None
        if len(value) > _LONGEST_VALUE:
            raise ValueError(f"{len(value):,} characters are too many for a label; {_LONGEST_VALUE:,} fit.")
        return self._clean.text(value)

    def labels(self, local_ids: Iterable[str] | None = None) -> dict[str, dict[str, str]]:
        """What counts of each task, by name; a task of which nothing was said is absent.

        Args:
            local_ids: Only these; None: all.
        """
        found: dict[str, dict[str, str]] = {}
        with self._reading() as connection:
            for query in [current()] if local_ids is None else [current(of=some) for some in chunks(local_ids)]:
                for local_id, name, value in connection.execute(query):
                    found.setdefault(local_id, {})[name] = value
        return found

    def label_history(self, local_id: str) -> list[Label]:
        """All that was ever said of a task, oldest first."""
        c = labels.c
        query = sa.select(c.local_id, c.name, c.value, c.at).where(c.local_id == local_id).order_by(c.id)
        with self._reading() as connection:
            return [Label(*row) for row in connection.execute(query)]
