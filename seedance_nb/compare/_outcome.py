"""What votes came to: a tally for each contestant, what a preferred clip of it costs, and a verdict in a sentence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from seedance_nb.compare import _statistics
from seedance_nb.compare._statistics import ENOUGH, FEWEST, MOST
from seedance_nb.money import Money
from seedance_nb.reports.preferred import cost_a_preference
from seedance_nb.reports.win_rate import Interval, wilson
from seedance_nb.vote import Vote, standing
from seedance_nb.words import Number, Plural, Said, Sentence, Word


@dataclass(frozen=True, slots=True)
class Clip:
    """What is counted of a clip that was voted on."""

    contestant: str
    """What it stands for, for example its model."""
    cost: Money | None = None
    """None: not known, or not charged."""
    is_sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one contestant."""

    name: str
    clips: int
    wins: int
    losses: int
    ties: int
    both_bad: int
    rate: Interval | None
    """Share of the votes that preferred one in which it was this one, with Wilson's interval; None: none did."""
    strength: Interval | None
    """How often it is expected to be preferred to another one, of more than two; None: they are two."""
    costs: tuple[Money, ...]
    """What its clips cost together, an amount for each currency."""
    per_preferred: tuple[Money, ...]
    """What is paid until one of its clips is preferred, an amount for each currency: the cost of its clips, each as
    often as it was judged, over the number of times it was preferred. Empty: never preferred, or no cost is known."""
    unpriced: int
    """Clips whose cost is not known; their votes are left out of `per_preferred`."""

    @property
    def votes(self) -> int:
        """How many votes had it before them."""
        return self.wins + self.losses + self.ties + self.both_bad


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the votes of a comparison say."""

    tallies: tuple[Tally, ...]
    """The most preferred first."""
    votes: int
    raters: int
    groups: int
    """How many requests (prompt and seed) were voted on."""
    is_settled: bool
    """Whether the first is told from the second."""
    more_votes: int | None
    """How many votes more would settle it if they fall as they did; 0: it is settled; None: not to be had by voting."""
    verdict: Said
    """Who is preferred, or that it is not settled."""
    outlook: Said | None
    """How many votes more would settle it; None where it is settled, or none prefers one."""
    notes: tuple[Said, ...]
    """What to bear in mind."""


def outcome(clips: Mapping[str, Clip], votes: Iterable[Vote]) -> Outcome:
    """What votes came to.

    Of several votes of one rater on the same two clips the last one counts.

    Args:
        clips: What may have been voted on, by the id that votes call it; votes on others are left out.
        votes: Those that stand, in order.
    """
    counted = standing(vote for vote in votes if vote.left_id in clips and vote.right_id in clips)
    names = list(dict.fromkeys(clip.contestant for clip in clips.values()))
    beaten = _beaten(clips, counted)
    strong = None
    if len(names) > 2:
        strong = _statistics.strengths(
            {(names.index(a), names.index(b)): found for (a, b), found in beaten.items()}, len(names)
        )
    tallies = [
        _tally(name, clips, counted, strong.shares[place] if strong else None) for place, name in enumerate(names)
    ]
    tallies.sort(key=_order)
    if strong:
        is_settled, more = strong.is_settled, strong.more_votes
    else:
        first = tallies[0]
        is_settled = _statistics.is_settled(first.wins, first.losses)
        more = _statistics.votes_to_settle(first.wins, first.losses, first.ties + first.both_bad)
    raters, groups = len({vote.rater for vote in counted}), len({vote.group for vote in counted})
    return Outcome(
        tallies=tuple(tallies),
        votes=len(counted),
        raters=raters,
        groups=groups,
        is_settled=is_settled,
        more_votes=more,
        verdict=_verdict(tallies, len(counted), is_settled),
        outlook=None if is_settled else _outlook(more, sum(tally.wins for tally in tallies)),
        notes=tuple(_notes(clips, tallies, counted, groups)),
    )


def _beaten(clips: Mapping[str, Clip], votes: Iterable[Vote]) -> dict[tuple[str, str], list[int]]:
    """Of every two contestants, how often the first won, the second won, and neither: a clip both bad tells nothing."""
    found: dict[tuple[str, str], list[int]] = {}
    for vote in votes:
        if vote.verdict == "both_bad":
            continue
        left, right = clips[vote.left_id].contestant, clips[vote.right_id].contestant
        if left == right:
            continue
        one, other = sorted((left, right))
        winner = clips[vote.preferred].contestant if vote.preferred else None
        found.setdefault((one, other), [0, 0, 0])[0 if winner == one else 1 if winner == other else 2] += 1
    return found


def _tally(name: str, clips: Mapping[str, Clip], votes: Sequence[Vote], strength: Interval | None) -> Tally:
    mine = {clip_id for clip_id, clip in clips.items() if clip.contestant == name}
    counts: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    preferred: Counter[str] = Counter()
    for vote in votes:
        (own, other), (is_left, is_right) = (vote.left_id, vote.right_id), (vote.left_id in mine, vote.right_id in mine)
        if is_left is is_right:
            continue
        own = own if is_left else other
        judged[own] += 1
        if vote.preferred == own:
            preferred[own] += 1
        counts[vote.verdict if vote.preferred is None else "win" if vote.preferred == own else "loss"] += 1
    costs = {clip_id: cost for clip_id in sorted(mine) if (cost := clips[clip_id].cost) is not None}
    return Tally(
        name=name,
        clips=len(mine),
        wins=counts["win"],
        losses=counts["loss"],
        ties=counts["tie"],
        both_bad=counts["both_bad"],
        rate=wilson(counts["win"], counts["win"] + counts["loss"]),
        strength=strength,
        costs=tuple(_sums(costs.values())),
        per_preferred=tuple(cost_a_preference(costs, judged, preferred)),
        unpriced=len(mine) - len(costs),
    )


def _sums(amounts: Iterable[Money]) -> list[Money]:
    sums: dict[str, Money] = {}
    for amount in amounts:
        sums[amount.currency] = sums.get(amount.currency, Money.zero(amount.currency)) + amount
    return [sums[currency] for currency in sorted(sums)]


def _order(tally: Tally) -> tuple[float, float, str]:
    value = tally.strength or tally.rate
    return -(value.value if value else 0.5 if not tally.votes else 0.0), -tally.wins, tally.name


# -- in words --


def between(interval: Interval) -> Said:
    """An interval as people read it: `41 to 79 %`."""
    low, high = (Number(math.floor(100 * edge + 0.5)) for edge in (interval.low, interval.high))
    return Sentence("{low} to {high} %", low=low, high=high)


def _verdict(tallies: Sequence[Tally], votes: int, is_settled: bool) -> Said:
    first, decided = tallies[0], sum(tally.wins for tally in tallies)
    if not votes:
        return Word("No votes yet.")
    if not decided:
        return Plural("{count} vote, and it prefers neither.", "{count} votes, and none of them prefers one.", votes)
    found = first.strength or first.rate
    assert found is not None
    facts = {"name": first.name, "wins": Number(first.wins), "of": Number(first.wins + first.losses)}
    if is_settled:
        return Sentence(
            "{name} is preferred: by {wins} of the {of} votes that prefer one. Its true share is likely {range}.",
            **facts,
            range=between(found),
        )
    if decided < FEWEST:
        return Plural(
            "Too early to say: {count} vote prefers one, and fewer than {fewest} never settle it.",
            "Too early to say: {count} votes prefer one, and fewer than {fewest} never settle it.",
            decided,
            fewest=Number(FEWEST),
        )
    if len(tallies) == 2 and first.wins == first.losses:
        return Sentence("Not settled: {name} and {other} are level.", name=first.name, other=tallies[1].name)
    return Sentence(
        "Not settled: {name} leads with {wins} of the {of} votes that prefer one, and its true share may be anything "
        "from {range}.",
        **facts,
        range=between(found),
    )


def _outlook(more: int | None, decided: int) -> Said | None:
    if more is None and decided < ENOUGH:
        return Word("They are too close as yet to say how many votes it takes.") if decided else None
    if more is None:
        return Sentence(
            "As it stands, {most} votes would not settle it: take them as equally good, or try other prompts.",
            most=Number(MOST),
        )
    return Plural(
        "If it goes on like this, about {count} vote more settles it.",
        "If it goes on like this, about {count} votes more settle it.",
        more,
    )


def _notes(clips: Mapping[str, Clip], tallies: Sequence[Tally], votes: Sequence[Vote], groups: int) -> Iterable[Said]:
    if votes and groups == 1:
        yield Word("All votes are on one prompt and seed; they say nothing about others.")
    elif len(votes) > groups > 0 and len({vote.rater for vote in votes}) > 1:
        yield Plural(
            "Several raters looked at the same {count} prompt, so their votes are not independent: the true "
            "uncertainty is larger.",
            "Several raters looked at the same {count} prompts and seeds, so their votes are not independent: the true "
            "uncertainty is larger.",
            groups,
        )
    unpriced = sum(tally.unpriced for tally in tallies)
    if unpriced:
        yield Plural(
            "The cost of {count} clip is not known; it is left out of the cost per preferred clip.",
            "The cost of {count} clips is not known; they are left out of the cost per preferred clip.",
            unpriced,
        )
    if any(clip.is_sandbox for clip in clips.values()):
        yield Word("These are the real prices; on the sandbox nothing is billed.")
