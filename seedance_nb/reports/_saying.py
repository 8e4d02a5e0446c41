"""Saying something of tasks: tags, ratings, notes, and where they are filed."""

from __future__ import annotations

from seedance_nb.ledger import tag_name
from seedance_nb.reports._view import View

BEST = 5
"""Ratings go from 1 to this."""


class Saying(View):
    """The one thing that is written here: what people say of tasks, beside what happened to them.

    Tasks are named by id, ours or the provider's, as tasks themselves, several of these, or as rows of `frame()`. What
    was said before stays in the ledger and can be read; the newest word counts.
    """

    def tag(self, tasks: object, *tags: str, **named: str) -> None:
        """Give tasks tags: words, or names with a value to sum costs by.

        >>> studio.ledger.tag(task, "hero", client="acme")  # doctest: +SKIP
        >>> studio.ledger.costs("tag:client")  # doctest: +SKIP

        A task has one value for each name, so that sums by a tag add up.

        Args:
            tasks: Which.
            tags: Words, or `name=value` in one text.
            named: The same by keyword.

        Raises:
            TaskNotRecordedError: The ledger has no such task.
            ValueError: It is no tag. Nothing was written.
        """
        pairs = [tuple(part.strip() for part in tag.partition("=")[::2]) for tag in tags]
        said: dict[str, str | None] = {tag_name(name): value or "yes" for name, value in [*pairs, *named.items()]}
        self._ledger.add_labels(self._local_ids(tasks), said)

    def untag(self, tasks: object, *tags: str) -> None:
        """Take tags away, by name.

        Args:
            tasks: Which.
            tags: Their names, without a value.
        """
        self._ledger.add_labels(self._local_ids(tasks), {tag_name(tag): None for tag in tags})

    def rate(self, tasks: object, rating: int | None) -> None:
        """Rate clips from 1 to 5, for oneself. What several people like better is found by blind votes.

        Args:
            tasks: Which.
            rating: 1 to 5; None takes it away.

        Raises:
            ValueError: It is no such number.
        """
        if rating is not None and (isinstance(rating, bool) or rating not in range(1, BEST + 1)):
            raise ValueError(f"A rating is a whole number from 1 to {BEST}, not {rating!r}. Nothing was written.")
        self._ledger.add_labels(self._local_ids(tasks), {"rating": None if rating is None else str(int(rating))})

    def note(self, tasks: object, text: str | None) -> None:
        """Write a note beside tasks; an empty one, or None, takes it away.

        Args:
            tasks: Which.
            text: At most 10,000 characters; secrets are folded.
        """
        self._ledger.add_labels(self._local_ids(tasks), {"note": text or None})

    def file(
        self, tasks: object, *, project: str | None = None, notebook: str | None = None, run: str | None = None
    ) -> None:
        """File tasks under a project, a notebook or a run; what is None stays as it is, and empty text takes it away.

        Frames and sums go by what was said last. Budgets do not: a budget by project goes on counting what was
        submitted under its name, so that filing something elsewhere never makes room in it.

        Args:
            tasks: Which.
            project: For example `"spring film"`; empty: as it was submitted.
            notebook: For example its file's name.
            run: A name for what was made together; empty: the batch.
        """
        said = {"project": project, "notebook": notebook, "run": run}
        self._ledger.add_labels(
            self._local_ids(tasks), {name: value or None for name, value in said.items() if value is not None}
        )
