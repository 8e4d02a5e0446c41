"""A blind vote on the clips of a comparison: who may vote on which pairs, and what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from seedance_nb import reports, words
from seedance_nb.compare._candidate import Candidate
from seedance_nb.compare._contestants import clip_id, contestants, pairs
from seedance_nb.compare._outcome import Clip, Outcome, outcome
from seedance_nb.compare._result_view import result_rows, result_view
from seedance_nb.compare._sitting import Entry, Round, Sitting
from seedance_nb.errors import ConfigurationError
from seedance_nb.ledger import Ledger
from seedance_nb.vote import Verdict, Vote
from seedance_nb.words import Sentence

if TYPE_CHECKING:
    import pandas as pd

    from seedance_nb.widgets.blind_vote import BlindVote

Reveal = Literal["end", "each"]


class Ballot:
    """A blind vote: two clips that were asked for the same lie side by side, and nothing tells which is which.

    As a cell's last line it is the place to vote: keys 1 and 2 for the left and the right clip, 0 for a tie, 9 where
    both are bad, space to play, z to take the last vote back. Votes are rows of the ledger; a pair that a rater has
    voted on is not asked again, also after the kernel was restarted.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        ledger: Ledger,
        *,
        rater: str = "",
        comparison: str = "",
        reveal: Reveal = "end",
    ) -> None:
        """A ballot that is not shown yet.

        Args:
            candidates: The clips; pairs are made of those of one group.
            ledger: Where votes go.
            rater: Who looks; each rater has an order of their own. Empty: nobody gives a name.
            comparison: What the votes are on; taken from the clips if empty: the same clips are the same comparison.
            reveal: When to tell what the clips were: after all pairs of a rater, or after each, which makes the next
                ones less blind where one can be recognised.

        Raises:
            ConfigurationError: There is no pair to vote on.
            MediaError: A clip that is no task's cannot be read.
        """
        if reveal not in ("end", "each"):
            raise ConfigurationError(f"reveal={reveal!r} is neither 'end' nor 'each'.")
        self.rater = rater
        self.reveal = reveal
        self._ledger = ledger
        self._sittings: dict[str, Sitting] = {}
        self._entries, self._pairs = _ballot(candidates)
        if not self._pairs:
            raise ConfigurationError(
                "There is no pair to vote on: it takes two kept clips that were asked for the same (one group). "
                "Nothing was written."
            )
        self._clips = {entry.clip_id: clip for entry, clip in self._entries}
        self.comparison = comparison or _name(self._clips)
        """What its votes are called in the ledger."""

    @property
    def pairs(self) -> int:
        """How many pairs each rater is asked about."""
        return len(self._pairs)

    def sitting(self, rater: str = "") -> Sitting:
        """The pairs before one rater, in that rater's order."""
        if rater not in self._sittings:
            self._sittings[rater] = Sitting(self._pairs, self._ledger, comparison=self.comparison, rater=rater)
        return self._sittings[rater]

    def votes(self) -> list[Vote]:
        """The votes that stand, of all raters."""
        return self._ledger.votes(self.comparison)

    def outcome(self) -> Outcome:
        """What the votes say by now: tallies, intervals, costs, a verdict. To read it is to vote blindly no longer."""
        return outcome(self._clips, self.votes())

    def result(self) -> pd.DataFrame:
        """What the votes say by now, a row for each contestant and currency, the most preferred first.

        | column | dtype | |
        | --- | --- | --- |
        | `name` | string | what the clips stand for, for example the model |
        | `clips`, `votes` | Int64 | votes are those that had it before them |
        | `wins`, `losses`, `ties`, `both_bad` | Int64 | what they said |
        | `win_rate` | Float64 | share of the votes that prefer one in which it was this one |
        | `win_rate_low`, `win_rate_high` | Float64 | Wilson's interval, 95 % |
        | `strength` | Float64 | of more than two: expected share against another one (Bradley–Terry) |
        | `strength_low`, `strength_high` | Float64 | bootstrap interval, 95 % |
        | `currency` | category | of the next two; missing where no cost is known |
        | `cost` | object, `Decimal` | what its clips cost together |
        | `cost_per_preferred` | object, `Decimal` | what is paid until one is preferred; None: none was |

        To read it is to vote blindly no longer.
        """
        return reports.tallies_frame(result_rows(self.outcome()))

    @cached_property
    def widget(self) -> BlindVote:
        """The place to vote."""
        from seedance_nb.widgets.blind_vote import BlindVote

        return BlindVote(self._booth, rater=self.rater, pairs=self.pairs, home=self._ledger.home)

    def _booth(self, rater: str) -> Booth:
        return Booth(self, self.sitting(rater))

    def __repr__(self) -> str:
        return f"Ballot({self.pairs} pair{'s' * (self.pairs != 1)}, {len(self.votes())} votes)"

    def _ipython_display_(self) -> None:
        self.widget._ipython_display_()


class Booth:
    """What the place to vote is told of one rater's sitting; see `widgets.blind_vote.Booth`."""

    def __init__(self, ballot: Ballot, sitting: Sitting) -> None:
        self._ballot, self._sitting = ballot, sitting

    @property
    def total(self) -> int:
        """How many pairs there are."""
        return self._sitting.total

    def left(self) -> Sequence[Round]:
        """The pairs that are still to be voted on."""
        return self._sitting.left()

    def cast(self, round_: Any, verdict: Verdict, *, seconds: float | None, note: str) -> str:
        """Write a vote; gives what may be told of the pair now."""
        self._sitting.cast(round_, verdict, seconds=seconds, note=note)
        if self._ballot.reveal == "end":
            return ""
        names = {"left": round_.left.contestant, "right": round_.right.contestant}
        return Sentence("The pair before: left {left}, right {right}.", **names).said(words.language())

    def undo(self) -> bool:
        """Take the last vote back."""
        return self._sitting.undo()

    def can_undo(self) -> bool:
        """Whether there is one."""
        return self._sitting.can_undo()

    def result(self) -> dict[str, Any]:
        """What came of it, for who has voted on all pairs."""
        return result_view(self._ballot.outcome(), words.language())


def _ballot(candidates: Sequence[Candidate]) -> tuple[list[tuple[Entry, Clip]], list[tuple[Entry, Entry]]]:
    """What stands on the ballot, and the pairs it is voted on in."""
    names = contestants(candidates)
    wanted = list(pairs(candidates))
    found: dict[int, tuple[Entry, Clip]] = {}
    for place in sorted({place for pair in wanted for place in pair}):
        candidate, record = candidates[place], candidates[place].record
        assert candidate.path is not None
        asked = record.prompt if record else ""
        entry = Entry(clip_id(candidate), candidate.path, names[place], candidate.group, asked)
        found[place] = entry, Clip(names[place], record.cost if record else None, bool(record and record.is_sandbox))
    made = [(found[one][0], found[other][0]) for one, other in wanted]
    # The same file twice, or a task twice, is not a pair.
    seen = {
        frozenset((one.clip_id, other.clip_id)): (one, other) for one, other in made if one.clip_id != other.clip_id
    }
    return list(found.values()), list(seen.values())


def _name(clips: dict[str, Clip]) -> str:
    return f"clips-{hashlib.sha256(' '.join(sorted(clips)).encode()).hexdigest()[:16]}"
