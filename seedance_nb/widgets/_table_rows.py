"""What stands in the ledger's table from top to bottom, and what the browser is told of a row.

A row is told when it comes into view, in an answer and not in a trait: so it is in no saved notebook, and a hundred
thousand of them cost nothing.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seedance_nb.ledger import TAG, Line, Totals
from seedance_nb.money import Money
from seedance_nb.task import TaskStatus
from seedance_nb.widgets._view_model import _clean as _clean_of
from seedance_nb.widgets._view_model import _provider_name, _shorten, _title
from seedance_nb.widgets._words import MODES, NOT_KEPT, STATUS, StatusWords
from seedance_nb.words import Language, Word, money, number, plural, say, seconds

_LONGEST = 200
NOTHING = Word("not said")
SANDBOX = Word("Sandbox, not billed")
REAL = Word("Billed")


@dataclass(slots=True)
class Group:
    """Tasks that have something in common."""

    key: Any
    totals: Totals
    ids: list[str] | None = None
    """In order, where it is open; None: it is closed."""

    @property
    def count(self) -> int:
        """How many tasks it has."""
        return sum(sums.tasks for sums in self.totals.values())


@dataclass(slots=True)
class Rows:
    """What stands in the table: tasks, or groups with the tasks of those that are open."""

    ids: list[str] = field(default_factory=list)
    groups: list[Group] | None = None
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.laid_out()

    def laid_out(self) -> None:
        """Count again where each group begins, after one was opened or closed."""
        sizes = (1 + len(group.ids or ()) for group in self.groups or ())
        self._starts = list(itertools.accumulate(sizes, initial=0))

    def __len__(self) -> int:
        return len(self.ids) if self.groups is None else self._starts[-1]

    def slice(self, start: int, count: int) -> list[tuple[int, str | None]]:
        """Rows from a place on: which group it is of, and our id of the task, or None for the head of the group."""
        stop = min(start + count, len(self))
        if self.groups is None:
            return [(-1, local_id) for local_id in self.ids[start:stop]]
        found: list[tuple[int, str | None]] = []
        for place in range(start, stop):
            at = bisect.bisect_right(self._starts, place) - 1
            below = place - self._starts[at]
            found.append((at, None if below == 0 else (self.groups[at].ids or [])[below - 1]))
        return found

    def tasks(self, start: int, stop: int) -> list[str]:
        """Our ids of the tasks between two places."""
        return [local_id for _, local_id in self.slice(start, stop - start) if local_id is not None]


@dataclass(frozen=True, slots=True)
class Teller:
    """Says what there is to see of rows, in one language."""

    language: Language
    group: str
    """What tasks are grouped by; empty: nothing."""

    def task(self, line: Line, *, is_chosen: bool) -> dict[str, Any]:
        """A task."""
        values, said = line.values, line.said
        status = _status(values["status"], has_failed=values["failure_code"] is not None)
        project = said.get("project") or values["project"]
        rating = _rating(said.get("rating"))
        texts = {
            "status": say(status.word, language=self.language),
            "prompt": _title(_clean(values["prompt"])) or say(MODES[values["mode"]], language=self.language),
            "model": _clean(values["model"]),
            "provider": self._provider(values["provider"], is_sandbox=values["is_sandbox"]),
            "cost": self._cost(values),
            "tags": ", ".join(tags(said)),
            "project": _clean(project or ""),
            "note": _clean(said.get("note", "")),
            "created_at": f"{values['created_at']:%Y-%m-%d %H:%M}",
            "finished_at": f"{values['finished_at']:%Y-%m-%d %H:%M}" if values["finished_at"] else "",
            "duration": self._count(values["duration"], seconds),
            "tokens": self._count(values["completion_tokens"], number),
            "resolution": values["resolution"] or "",
            "ratio": values["ratio"] or "",
            "seed": "" if values["seed"] is None else str(values["seed"]),
            "mode": say(MODES[values["mode"]], language=self.language),
            "run": _clean(said.get("run") or values["batch"]),
            "notebook": _clean(said.get("notebook", "")),
            "task_id": _clean(values["task_id"] or line.local_id),
        }
        return {
            "task": line.local_id,
            "texts": {name: text for name, text in texts.items() if text},
            "shape": status.shape,
            "tone": status.tone,
            "rating": rating,
            "poster": line.path is not None and values["status"] == TaskStatus.KEPT.value,
            "chosen": is_chosen,
        }

    def head(self, at: int, group: Group, *, is_chosen: bool) -> dict[str, Any]:
        """The head of a group, with its sums."""
        return {
            "group": at,
            "label": self.key(self.group, group.key),
            "open": group.ids is not None,
            "sums": [sums["text"] for sums in self.sums(group.totals)],
            "chosen": is_chosen,
        }

    def key(self, name: str, value: Any) -> str:
        """What the value of a group, or of a filter, is called."""
        if name == "sandbox":
            return say(SANDBOX if value else REAL, language=self.language)
        if value is None or value == "":
            return say(NOTHING, language=self.language)
        if name == "status":
            return say(STATUS[TaskStatus(value)].word, language=self.language)
        if name == "provider":
            return _provider_name(str(value))
        if name == "mode":
            return say(MODES[value], language=self.language) if value in MODES else _clean(str(value))
        if name == "rating":
            return stars(int(value))
        if name.startswith(TAG) and value == "yes":
            return name.removeprefix(TAG)
        return _shorten(_clean(str(value)), _LONGEST)

    def sums(self, totals: Totals) -> list[dict[str, Any]]:
        """Sums of real tasks and of the sandbox's, a line each: never together, nor one currency with another."""
        lines = []
        for is_sandbox in (False, True):
            if (sums := totals.get(is_sandbox)) is None:
                continue
            costs = [money(Money(amount, name), self.language) for name, amount in sorted(sums.costs.items())]
            if is_sandbox:
                costs = [say("would be {price}", language=self.language, price=cost) for cost in costs]
            tasks = plural("{count} task", "{count} tasks", sums.tasks, language=self.language)
            tokens = plural("{count} token", "{count} tokens", sums.tokens, language=self.language)
            length = say("{seconds} s", language=self.language, seconds=number(sums.seconds, self.language))
            parts = [tasks, length, tokens, *costs] if sums.seconds or sums.tokens else [tasks, *costs]
            of = say(SANDBOX, language=self.language) if is_sandbox else ""
            lines.append({"of": of, "parts": parts, "text": " · ".join([*([of] if of else []), *parts])})
        return lines

    def _provider(self, name: str, *, is_sandbox: bool) -> str:
        return f"{say('sandbox', language=self.language)} · {name}" if is_sandbox else _provider_name(name)

    def _cost(self, values: Mapping[str, Any]) -> str:
        if values["amount_e8"] is None:
            return ""
        price = money(Money.from_e8(values["amount_e8"], values["currency"]), self.language)
        return say("would be {price}", language=self.language, price=price) if values["is_sandbox"] else price

    def _count(self, value: int | None, said: Callable[[int, str], str]) -> str:
        return "" if value is None or value < 0 else said(value, self.language)


def told(rows: Rows, start: int, lines: Callable[[Sequence[str]], Sequence[Line]], count: int, **how: Any) -> list[Any]:
    """Rows from a place on, as the browser draws them; one whose task is gone is None.

    Args:
        rows: What stands in the table.
        start: The first of them.
        lines: Reads tasks by our ids.
        count: How many.
        how: `teller`, and `chosen`, the ids that somebody chose.
    """
    teller: Teller = how["teller"]
    chosen: Collection[str] = how["chosen"]
    wanted = rows.slice(start, count)
    there = {line.local_id: line for line in lines([local_id for _, local_id in wanted if local_id is not None])}
    found: list[Any] = []
    for at, local_id in wanted:
        if local_id is None:
            group = (rows.groups or [])[at]
            is_all = bool(group.ids) and all(one in chosen for one in group.ids or ())
            found.append(teller.head(at, group, is_chosen=is_all))
        else:
            line = there.get(local_id)
            found.append(None if line is None else teller.task(line, is_chosen=local_id in chosen))
    return found


def tags(said: Mapping[str, str]) -> list[str]:
    """Tags as people write them: `client=acme`, `hero`."""
    found = ((name.removeprefix(TAG), value) for name, value in said.items() if name.startswith(TAG))
    return sorted(_clean(name if value == "yes" else f"{name}={value}") for name, value in found)


def stars(rating: int) -> str:
    """A rating as it is drawn."""
    return "★" * rating + "☆" * (5 - rating)


def _rating(text: str | None) -> int | None:
    return int(text) if text in {"1", "2", "3", "4", "5"} else None


def _status(word: str, *, has_failed: bool) -> StatusWords:
    status = TaskStatus(word)
    return NOT_KEPT if status is TaskStatus.SUCCEEDED and has_failed else STATUS[status]


def _clean(text: str) -> str:
    return _clean_of(text, ())
