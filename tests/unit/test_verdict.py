"""The verdict: one row a model, and a sentence that says no more than the clips do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seedance_nb.compare import Candidate, ClipFacts
from seedance_nb.compare._verdict import verdict_rows
from seedance_nb.money import Money
from seedance_nb.reports.verdict import COLUMNS, verdict_frame
from seedance_nb.vote import Verdict, Vote

from .widget_samples import kept

MODELS = {"seedance-2.0": "2.00", "seedance-2.0-fast": "1.50"}
Made = tuple[list[Candidate], list[ClipFacts]]


def made(pairs: int, *, is_sandbox: bool = False, currency: str = "CNY") -> Made:
    """Pairs of clips of both models, and what is known of them."""
    candidates, facts = [], []
    for pair in range(pairs):
        for model, cost in MODELS.items():
            record = kept(local_id=f"{model}-{pair}", model=model, seed=pair)
            candidates.append(Candidate(model, Path(f"/clips/{model}-{pair}.mp4"), record, group=str(pair)))
            money = Money(Decimal(cost), currency)
            second = Money(Decimal(cost) / 4, currency)
            one = ClipFacts(model, model=model, is_sandbox=is_sandbox, cost=money, cost_per_second=second)
            facts.append(replace(one, time_to_make=60.0 + pair))
    return candidates, facts


def votes(count: int, said: Verdict = "right") -> list[Vote]:
    """One a pair, with the standard on the left."""
    at = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
    return [
        Vote("c", f"seedance-2.0-{n}", f"seedance-2.0-fast-{n}", said, at, group=str(n), id=n + 1) for n in range(count)
    ]


def told(clips: Made, found: Sequence[Vote]) -> tuple[dict[str, dict[str, Any]], str]:
    rows, said = verdict_rows(*clips, found)
    return {row["name"]: row for row in rows}, " ".join(said)


def test_money_and_time_are_counted_for_each_model() -> None:
    """Costs are exact sums; a second's is the mean; the time is the median."""
    rows, said = told(made(3), [])
    assert rows["seedance-2.0-fast"]["cost"] == Decimal("4.50")
    assert rows["seedance-2.0-fast"]["cost_per_second"] == Decimal("0.375")
    assert rows["seedance-2.0"]["clips"] == 3
    assert rows["seedance-2.0"]["time_to_make"] == 61.0
    assert "seedance-2.0-fast cost 25 % less a second than seedance-2.0: ¥0.38 against ¥0.50, over 6 clips." in said
    assert rows["seedance-2.0"]["win_rate"] is None


def test_without_votes_nothing_is_said_of_looks() -> None:
    """And with few of them, that it is too early."""
    assert "Nobody has voted yet" in told(made(3), [])[1]
    said = told(made(4), votes(4))[1]
    assert "Too early to say" in said
    assert "is preferred" not in said


def test_votes_that_settle_it_are_said_with_what_a_preferred_clip_costs() -> None:
    """Ten of ten prefer the fast one."""
    rows, said = told(made(10), votes(10))
    assert "seedance-2.0-fast is preferred: by 10 of the 10 votes" in said
    assert rows["seedance-2.0-fast"]["cost_per_preferred"] == Decimal("1.50")
    assert rows["seedance-2.0"]["cost_per_preferred"] is None
    assert rows["seedance-2.0-fast"]["win_rate_low"] < 1.0
    assert "Nobody" not in said


def test_what_the_sandbox_imitates_is_not_said_of_a_model() -> None:
    """Once, at the end."""
    said = told(made(2, is_sandbox=True), votes(2))[1]
    assert said.endswith("the prices are real, times and pictures say nothing of a model.")
    assert said.count("sandbox") == 1


def test_a_cost_that_is_not_known_is_not_a_sum() -> None:
    """One clip without a bill, or bills in two currencies: no sum, no share."""
    candidates, facts = made(2)
    unknown = [replace(facts[0], cost=None, cost_per_second=None), *facts[1:]]
    rows, said = told((candidates, unknown), [])
    assert rows["seedance-2.0"]["cost"] is None
    assert "less a second" not in said
    dollars = [*made(1)[1], *made(1, currency="USD")[1]]
    assert told((candidates, dollars), [])[0]["seedance-2.0"]["cost"] is None


def test_clips_that_are_not_here_do_not_count() -> None:
    """They were not looked at."""
    candidates, facts = made(2)
    candidates[0] = replace(candidates[0], path=None)
    assert told((candidates, facts), [])[0]["seedance-2.0"]["clips"] == 1


def test_the_frame_says_its_sentence_and_a_part_of_it_does_not() -> None:
    """Dtypes are documented and stay; what strangers write is text."""
    rows, _ = verdict_rows(*made(2), [])
    frame = verdict_frame(rows, "A <b>sentence</b> of $5.")
    assert list(frame.columns) == list(COLUMNS)
    assert {name: str(kind) for name, kind in frame.dtypes.items() if name not in {"currency"}} == {
        name: kind for name, kind in COLUMNS.items() if name != "currency"
    }
    html = frame._repr_html_()
    assert html is not None
    assert "&lt;b&gt;sentence&lt;/b&gt; of <span>$</span>5." in html
    assert repr(frame).endswith("A <b>sentence</b> of $5.")
    assert type(frame.head(1)).__name__ == "DataFrame"
    assert "sentence" not in repr(frame.head(1))


@pytest.mark.parametrize("language", ["zh", "fr"])
def test_it_is_said_in_other_languages(language: str) -> None:
    """All of its sentences."""
    _, said = verdict_rows(*made(3, is_sandbox=True), [])
    assert not {sentence.said(language) for sentence in said} & {str(sentence) for sentence in said}
