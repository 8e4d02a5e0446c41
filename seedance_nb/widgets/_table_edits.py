"""What people say of tasks in the ledger's table, and how it is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import TAG, Ledger, tag_name
from seedance_nb.reports import LedgerView
from seedance_nb.words import Plural, Said, Sentence

_FILED = ("project", "run", "notebook")
MOST_UNDONE = 20
"""So many steps can be taken back."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was said of tasks, and what had been said before."""

    what: Said
    before: Mapping[str, Mapping[str, str | None]]
    """By our id, the labels as they were: only those that became others."""
    after: Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class _Tasks:
    """Named as the rows of a frame are: their ids are known to be ours and are not looked up one by one."""

    local_id: Sequence[str]


class Edits:
    """Says things of tasks, and takes the last of them back.

    Args:
        ledger: Where it is written.
        view: Checks and writes what is said.
    """

    def __init__(self, ledger: Ledger, view: LedgerView) -> None:
        self._ledger, self._view = ledger, view
        self._steps: list[Step] = []

    @property
    def last(self) -> Said | None:
        """What would be taken back; None: nothing."""
        return self._steps[-1].what if self._steps else None

    def say(self, local_ids: Sequence[str], what: str, value: object) -> Said:
        """Say one thing of tasks.

        Args:
            local_ids: Which.
            what: `rating`, `note`, `tag`, `untag`, `tags` (these and no others), `project`, `run` or `notebook`.
            value: A text; for a rating a number or None.

        Returns:
            What was done, in words.

        Raises:
            ConfigurationError: There is nothing to say it of, or it cannot be said.
            ValueError: It is no tag or no rating.
        """
        if not local_ids:
            raise ConfigurationError(Sentence("Choose tasks first; nothing was written."))
        if what != "rating" and not isinstance(value, str):
            raise ConfigurationError(Sentence("This cannot be said of a task; nothing was written."))
        before = self._ledger.labels(local_ids)
        with self._ledger.together():
            self._write(_Tasks(local_ids), what, value, before)
        self._keep(local_ids, before)
        return self.last or Sentence("Nothing was changed: it had been said before.")

    def _write(self, tasks: _Tasks, what: str, value: object, before: Mapping[str, Mapping[str, str]]) -> None:
        text = value.strip() if isinstance(value, str) else ""
        names = [tag for tag in (part.strip() for part in text.replace("，", ",").split(",")) if tag]
        match what:
            case "rating":
                self._view.rate(tasks, value)  # type: ignore[arg-type]  # it is a stranger's, and checked there
            case "note":
                self._view.note(tasks, text)
            case "tag" if names:
                self._view.tag(tasks, *names)
            case "untag" if names:
                self._view.untag(tasks, *(name.partition("=")[0] for name in names))
            case "tags":
                wanted = {tag_name(name.partition("=")[0]) for name in names}
                had = {name for local_id in tasks.local_id for name in before.get(local_id, {}) if name.startswith(TAG)}
                if had - wanted:
                    self._view.untag(tasks, *(name.removeprefix(TAG) for name in sorted(had - wanted)))
                if names:
                    self._view.tag(tasks, *names)
            case "project" | "run" | "notebook":
                self._view.file(tasks, **{what: text})
            case _:
                raise ConfigurationError(Sentence("This cannot be said of a task; nothing was written."))

    def _keep(self, local_ids: Sequence[str], before: Mapping[str, Mapping[str, str]]) -> None:
        now = self._ledger.labels(local_ids)
        was: dict[str, dict[str, str | None]] = {}
        became: dict[str, dict[str, str | None]] = {}
        for local_id in local_ids:
            old, new = before.get(local_id, {}), now.get(local_id, {})
            if names := {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}:
                was[local_id] = {name: old.get(name) for name in names}
                became[local_id] = {name: new.get(name) for name in names}
        if was:
            what = Plural("what was said of {count} task", "what was said of {count} tasks", len(was))
            self._steps = [*self._steps, Step(what, was, became)][-MOST_UNDONE:]

    def undo(self) -> Said:
        """Take the last step back, where nobody has said anything else since.

        Raises:
            ConfigurationError: There is none.
        """
        if not self._steps:
            raise ConfigurationError(Sentence("There is nothing to take back."))
        step = self._steps.pop()
        now = self._ledger.labels(step.before)
        together: dict[tuple[tuple[str, str | None], ...], list[str]] = {}
        for local_id, old in step.before.items():
            said = now.get(local_id, {})
            back = tuple(sorted((name, old[name]) for name in old if said.get(name) == step.after[local_id][name]))
            if back:
                together.setdefault(back, []).append(local_id)
        with self._ledger.together():
            for values, local_ids in together.items():
                self._ledger.add_labels(local_ids, dict(values))
        return Sentence("Taken back: {what}.", what=step.what)
