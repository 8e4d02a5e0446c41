"""A vote: which of two clips somebody liked better, without knowing what made them.

What a vote means for a comparison (win rates, intervals) is told elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

Verdict = Literal["left", "right", "tie", "both_bad"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Vote:
    """What one rater said of one pair of clips, as they lay before them."""

    comparison: str
    """What was compared; votes of one comparison are counted together."""
    left_id: str
    """The clip on the left: the task's local id, or the SHA-256 of a clip that is no task's."""
    right_id: str
    """The clip on the right, likewise."""
    verdict: Verdict
    """`both_bad` says that neither is fit for use; which of them is better was not said."""
    at: dt.datetime
    """When it was given, UTC."""
    group: str = ""
    """What both were asked for (same prompt, same seed); only clips of one group are shown together."""
    rater: str = ""
    """Who looked; empty: nobody gave a name."""
    seed: int = 0
    """What the rater's order of pairs and sides was drawn from."""
    place: int = 0
    """Where the pair stood in that order, counted from 0."""
    seconds: float | None = None
    """How long the pair was looked at, in seconds; None: not measured."""
    note: str = ""
    """What the rater wrote beside it."""
    withdrawn_at: dt.datetime | None = None
    """When the rater took it back, UTC; None: it stands."""
    id: int = field(default=0, compare=False)
    """The ledger's; 0: not written yet."""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"verdict={self.verdict!r} is none of {', '.join(VERDICTS)}.")
        if self.left_id == self.right_id:
            raise ValueError(f"A vote is about two clips, and {self.left_id!r} is one.")

    @property
    def preferred(self) -> str | None:
        """The clip that was liked better; None where the vote says that of neither."""
        return {"left": self.left_id, "right": self.right_id}.get(self.verdict)


def standing(votes: Iterable[Vote]) -> list[Vote]:
    """Of several votes of one rater on the same two clips in one comparison, the last."""
    last = {(vote.comparison, vote.rater, frozenset((vote.left_id, vote.right_id))): vote for vote in votes}
    return sorted(last.values(), key=lambda vote: vote.id)
