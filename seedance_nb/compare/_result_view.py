"""An outcome for eyes: what a widget and a saved notebook draw, and the rows of a data frame."""

from __future__ import annotations

import math
from typing import Any

from seedance_nb import words
from seedance_nb.compare._outcome import Outcome, Tally, between
from seedance_nb.money import Money
from seedance_nb.reports.win_rate import Interval
from seedance_nb.words import Language, Plural, Sentence, Word


def result_rows(outcome: Outcome) -> list[dict[str, Any]]:
    """A row for each contestant and currency; see `Ballot.result`."""
    return [row for tally in outcome.tallies for row in _rows(tally)]


def _rows(tally: Tally) -> list[dict[str, Any]]:
    row: dict[str, Any] = {
        name: getattr(tally, name) for name in ("name", "clips", "votes", "wins", "losses", "ties", "both_bad")
    }
    row |= _edges("win_rate", tally.rate) | _edges("strength", tally.strength)
    preferred = {money.currency: money.amount for money in tally.per_preferred}
    costs: list[Money | None] = [*tally.costs] or [None]
    return [
        {
            **row,
            "currency": cost.currency if cost else None,
            "cost": cost.amount if cost else None,
            "cost_per_preferred": preferred.get(cost.currency) if cost else None,
        }
        for cost in costs
    ]


def _edges(name: str, interval: Interval | None) -> dict[str, float | None]:
    value, low, high = (interval.value, interval.low, interval.high) if interval else (None, None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def result_view(outcome: Outcome, language: Language) -> dict[str, Any]:
    """The outcome as it is drawn, in a language: words and numbers only."""

    def said(text: words.Said) -> str:
        return text.said(language)

    facts = [
        Plural("{count} vote", "{count} votes", outcome.votes),
        Plural("{count} rater", "{count} raters", outcome.raters),
        Plural("{count} prompt", "{count} prompts", outcome.groups),
    ]
    has_strength = any(tally.strength for tally in outcome.tallies)
    return {
        "language": language,
        "title": said(Word("Result of the blind vote")),
        "facts": " · ".join(said(fact) for fact in facts) if outcome.votes else "",
        "is_settled": outcome.is_settled,
        "verdict": said(outcome.verdict),
        "outlook": said(outcome.outlook) if outcome.outlook else "",
        "notes": [said(note) for note in outcome.notes],
        "heads": [
            said(Word("clips of", "column")),
            said(Word("expected share", "column") if has_strength else Word("win rate", "column")),
            said(Word("votes", "column")),
            said(Word("a preferred clip costs", "column")),
        ],
        "legend": said(
            Word("How often it is expected to be preferred to another one; the line is the 95 % interval.")
            if has_strength
            else Word("Share of the votes that prefer one; the line is the 95 % interval.")
        ),
        "rows": [_row(tally, language) for tally in outcome.tallies],
    }


def _row(tally: Tally, language: Language) -> dict[str, Any]:
    share = tally.strength or tally.rate
    counts = [
        Plural("{count} won", "{count} won", tally.wins),
        Plural("{count} lost", "{count} lost", tally.losses),
        Plural("{count} tie", "{count} ties", tally.ties),
        Plural("{count} both bad", "{count} both bad", tally.both_bad),
    ]
    shown = [*counts[:2], *(counts[2:3] if tally.ties else []), *(counts[3:] if tally.both_bad else [])]
    spent = [words.money(money, language) for money in tally.costs]
    clips = Plural("{count} clip for {cost}", "{count} clips for {cost}", tally.clips, cost=" + ".join(spent))
    return {
        "name": tally.name,
        "share": Sentence("{share} %", share=words.Number(_hundredths(share.value))).said(language) if share else "–",
        "range": between(share).said(language) if share else "",
        "value_pct": round(100 * share.value, 1) if share else None,
        "low_pct": round(100 * share.low, 1) if share else None,
        "high_pct": round(100 * share.high, 1) if share else None,
        "counts": " · ".join(count.said(language) for count in shown),
        "cost": " + ".join(words.money(money, language) for money in tally.per_preferred) or "–",
        "spent": clips.said(language) if spent else "",
    }


def _hundredths(share: float) -> int:
    return math.floor(100 * share + 0.5)
