"""The verdict on clips of several models: money, time, measures and votes in one table, and a sentence.

The sentence says what was found of these clips, and no more: what was not voted on is not said to look better, and
what the sandbox imitates is not said of a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from statistics import fmean, median
from typing import Any

from seedance_nb.compare._candidate import Candidate
from seedance_nb.compare._contestants import clip_id, contestants
from seedance_nb.compare._facts import ClipFacts
from seedance_nb.compare._outcome import Clip, Outcome, Tally, outcome
from seedance_nb.money import Money
from seedance_nb.vote import Vote
from seedance_nb.words import Amount, Number, Plural, Said, Sentence, Word

PRICES = Word("These are the real prices; on the sandbox nothing is billed.")
"""Said of votes alone; of clips there is more to say, below."""
MEASURES = ("sharpness", "motion", "flicker", "loudness")
"""What is averaged of each clip's measures."""


def verdict_rows(
    candidates: Sequence[Candidate], facts: Sequence[ClipFacts], votes: Iterable[Vote]
) -> tuple[list[dict[str, Any]], list[Said]]:
    """A row for each contestant, the most preferred first, and what they say, in sentences.

    Args:
        candidates: The clips.
        facts: What is known of each of them.
        votes: Those that stand; votes on other clips are left out.
    """
    names = contestants(candidates)
    clips = {
        clip_id(candidate): Clip(name, one.cost, one.is_sandbox)
        for candidate, name, one in zip(candidates, names, facts, strict=True)
        if candidate.path is not None
    }
    found = outcome(clips, votes)
    by_name: dict[str, list[ClipFacts]] = {}
    for candidate, name, one in zip(candidates, names, facts, strict=True):
        if candidate.path is not None:
            by_name.setdefault(name, []).append(one)
    rows = [_row(tally, by_name[tally.name]) for tally in found.tallies]
    return rows, _sentences(found, by_name)


def _row(tally: Tally, facts: Sequence[ClipFacts]) -> dict[str, Any]:
    cost = _only(one.cost for one in facts)
    per_preferred = {money.currency: money.amount for money in tally.per_preferred}
    rate = tally.rate
    return {
        "name": tally.name,
        "clips": len(facts),
        "is_sandbox": any(one.is_sandbox for one in facts),
        "currency": cost.currency if cost else None,
        "cost": cost.amount if cost else None,
        "cost_per_second": _per_second(facts),
        "time_to_make": _middle([one.time_to_make for one in facts]),
        **{name: _mean(facts, name) for name in MEASURES},
        "votes": tally.votes,
        "wins": tally.wins,
        "win_rate": rate.value if rate else None,
        "win_rate_low": rate.low if rate else None,
        "win_rate_high": rate.high if rate else None,
        "cost_per_preferred": per_preferred.get(cost.currency) if cost else None,
    }


def _only(moneys: Iterable[Money | None]) -> Money | None:
    """The sum of amounts of one currency; None where one is not known, or they are of several."""
    listed = list(moneys)
    known = [money for money in listed if money is not None]
    if not known or len(known) < len(listed) or len({money.currency for money in known}) > 1:
        return None
    total = known[0]
    for money in known[1:]:
        total = total + money
    return total


def _per_second(facts: Sequence[ClipFacts]) -> Any:
    """The mean of what a second of a clip cost; exact."""
    total = _only(one.cost_per_second for one in facts)
    if total is None:
        return None
    each = Money(total.amount / len(facts), total.currency)
    return Money.from_e8(each.to_e8(), each.currency).amount  # to the 10⁻⁸ that a ledger keeps


def _middle(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known), 3) if known else None


def _mean(facts: Sequence[ClipFacts], name: str) -> float | None:
    values = [asdict(one.measures)[name] for one in facts if one.measures is not None]
    known = [value for value in values if value is not None]
    return round(fmean(known), 3) if known else None


# -- in words --


def _sentences(found: Outcome, by_name: Mapping[str, Sequence[ClipFacts]]) -> list[Said]:
    said: list[Said] = []
    if len(by_name) == 2:
        said += _cheaper(by_name)
    if found.votes:
        said.append(found.verdict)
        said += [found.outlook] if found.outlook is not None else []
        said += [note for note in found.notes if note != PRICES]
    else:
        said.append(Word("Nobody has voted yet, so nothing is said of which looks better."))
    if any(one.is_sandbox for facts in by_name.values() for one in facts):
        said.append(
            Word("These clips are the sandbox's: the prices are real, times and pictures say nothing of a model.")
        )
    return list(dict.fromkeys(said))


def _cheaper(by_name: Mapping[str, Sequence[ClipFacts]]) -> list[Said]:
    """Which of two costs less a second; of these clips, which is what was paid."""
    each = [(name, _only(one.cost_per_second for one in facts), len(facts)) for name, facts in by_name.items()]
    (one, cost, count), (other, more, others) = each
    if cost is None or more is None or cost.currency != more.currency:
        return []
    low, high = cost.amount / count, more.amount / others
    if low == high:
        return [Sentence("{one} and {other} cost the same a second.", one=one, other=other)]
    if low > high:
        one, other, low, high, count, others = other, one, high, low, others, count
    share = Number(round(100 * (1 - low / high)))
    return [
        Sentence(
            "{one} cost {share} % less a second than {other}: {low} against {high}, over {clips}.",
            one=one,
            other=other,
            share=share,
            low=Amount(Money(low, cost.currency)),
            high=Amount(Money(high, cost.currency)),
            clips=Plural("{count} clip", "{count} clips", count + others),
        )
    ]
