"""Undo and redo over values."""

from __future__ import annotations

from seedance_nb.composing.draft import Draft

STEPS = 200
LEAST_STEPS = 100
_PROMPTS = 4_000_000
"""Code points of all remembered prompts together, above which only the least number of steps is kept."""
_BURST = 24
"""Code points that hands type, or take away, at a go; more of them were pasted or marked."""
TOGETHER_S = 1.0
"""Seconds within which what is typed belongs to one step."""


class History:
    """The drafts that were, and those that were undone.

    What is typed becomes one step for each word, or less where there was a pause.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._past: list[Draft] = []
        self._future: list[Draft] = []
        self._typing: tuple[float, int, bool] | None = None
        """When and where the last typing ended, and whether it could go on in the same step."""
        self._named: tuple[str, float] | None = None

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._future)

    def put(self, draft: Draft, *, together: str = "", now: float = 0.0) -> None:
        """A step of its own, or more of the last one: a slider says each place that it passes.

        Args:
            draft: What there is now.
            together: Steps of one name that follow one another quickly are one; empty for none.
            now: Seconds.
        """
        last, self._named = self._named, (together, now)
        self._typing = None
        if together and last is not None and last[0] == together and now - last[1] < TOGETHER_S and self._past:
            self.draft = draft
            self._future.clear()
        else:
            self._step(draft)

    def typed(
        self, draft: Draft, start: int, removed: int, inserted: str, now: float, *, goes_on: bool = False
    ) -> None:
        """A step of typing, joined to the last one where both are of one word.

        Args:
            draft: What there is now.
            start: Where it was typed.
            removed: How many code points it took away.
            inserted: What was typed; a browser may send several keys together.
            now: Seconds.
            goes_on: Whether it is more of the last one, such as of a long paste.
        """
        last, adding = self._typing, bool(inserted)
        self._named = None
        begins = inserted[:1].isspace() or (inserted and removed) or removed > _BURST or len(inserted) > _BURST
        if last is not None and goes_on:
            self.draft = draft
        elif (
            last is not None
            and not begins
            and now - last[0] < TOGETHER_S
            and last[2] == adding
            and last[1] == (start if adding else start + removed)
        ):
            self.draft = draft
            self._future.clear()
        else:
            self._step(draft)
        # Nothing follows a paste without a step of its own, but the rest of it.
        pasted = goes_on or len(inserted) > _BURST
        self._typing = (now, -1 if pasted else start + len(inserted), adding)

    def undo(self) -> Draft:
        """The draft before the last step; the same where there is none."""
        return self._back(self._past, self._future)

    def redo(self) -> Draft:
        """The draft that was undone last; the same where there is none."""
        return self._back(self._future, self._past)

    def _back(self, source: list[Draft], target: list[Draft]) -> Draft:
        self._typing = self._named = None
        if source:
            target.append(self.draft)
            self.draft = source.pop()
        return self.draft

    def _step(self, draft: Draft) -> None:
        self._past.append(self.draft)
        self._future.clear()
        self.draft = draft
        if len(self._past) > STEPS:
            del self._past[0]
        if len(self._past) > LEAST_STEPS and sum(len(past.prompt) for past in self._past) > _PROMPTS:
            del self._past[: len(self._past) - LEAST_STEPS]
