"""What votes come to: tallies, the exact cost of a preferred clip, and a verdict that knows how few they are."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path

from seedance_nb.compare import Candidate
from seedance_nb.compare._contestants import clip_id, contestants, pairs
from seedance_nb.compare._outcome import Clip, Outcome, Tally, outcome
from seedance_nb.money import Money
from seedance_nb.vote import Verdict, Vote

from .ledger_samples import a_record, after

STANDARD, FAST = "seedance-2.0", "seedance-2.0-fast"


def yuan(amount: str) -> Money:
    return Money(Decimal(amount), "CNY")


def clips(**changes: Clip) -> dict[str, Clip]:
    """Three pairs: of each prompt a clip for ¥5.01 and a fast one for ¥4.03."""
    found = {f"s{n}": Clip(STANDARD, yuan("5.0094")) for n in (1, 2, 3)}
    found |= {f"f{n}": Clip(FAST, yuan("4.0293")) for n in (1, 2, 3)}
    return {**found, **changes}


def votes(*verdicts: tuple[int, Verdict], rater: str = "Ana", start: int = 0) -> list[Vote]:
    """Votes on pair `n`; the standard clip lies left on odd places."""
    found = []
    for place, (pair, verdict) in enumerate(verdicts, start):
        sides = (f"s{pair}", f"f{pair}") if place % 2 else (f"f{pair}", f"s{pair}")
        found.append(Vote("c", *sides, verdict, after(place), group=f"g{pair}", rater=rater, place=place, id=place + 1))
    return found


def for_standard(place: int) -> Verdict:
    return "left" if place % 2 else "right"


def for_fast(place: int) -> Verdict:
    return "right" if place % 2 else "left"


def by_name(found: Outcome) -> dict[str, Tally]:
    return {tally.name: tally for tally in found.tallies}


def test_wins_are_counted_whichever_side_they_lay_on() -> None:
    """A tie and two bad ones are neither's win, and not in the rate."""
    found = outcome(clips(), votes((1, for_standard(0)), (2, for_standard(1)), (3, "tie"), (1, "both_bad")))
    assert found.votes == 3  # the second vote on pair 1 takes the place of the first
    tallies = by_name(found)
    assert [tally.name for tally in found.tallies] == [STANDARD, FAST]
    standard, fast = tallies[STANDARD], tallies[FAST]
    assert (standard.wins, standard.losses, standard.ties, standard.both_bad, standard.votes) == (1, 0, 1, 1, 3)
    assert (fast.wins, fast.losses, fast.ties, fast.both_bad) == (0, 1, 1, 1)
    assert standard.rate is not None
    assert standard.rate.value == 1
    assert standard.strength is None


def test_a_preferred_clip_costs_what_was_paid_for_all_that_were_judged() -> None:
    """To the last digit: standard won 2 of 3 judged, so (3 × 5.0094) / 2; fast 1 of 3; a tie was paid for too."""
    found = by_name(outcome(clips(), votes((1, for_standard(0)), (2, for_standard(1)), (3, for_fast(2)))))
    assert found[STANDARD].per_preferred == (yuan("7.5141"),)
    assert found[FAST].per_preferred == (yuan("12.0879"),)
    assert found[STANDARD].costs == (yuan("15.0282"),)
    third = by_name(outcome(clips(), votes((1, for_fast(0)), (2, for_fast(1)), (3, for_fast(2)))))
    assert third[STANDARD].per_preferred == ()
    assert third[FAST].per_preferred == (yuan("4.0293"),)
    tie = by_name(outcome(clips(), votes((1, for_standard(0)), (2, "tie"))))
    assert tie[STANDARD].per_preferred == (yuan("10.0188"),)
    thirds = {**clips(), "s1": Clip(STANDARD, yuan("1")), "s2": Clip(STANDARD, yuan("0"))}
    thirds["s3"] = Clip(STANDARD, yuan("0"))
    many = votes((1, for_standard(0)), (2, for_standard(1)), (3, for_standard(2)))
    assert by_name(outcome(thirds, many))[STANDARD].per_preferred == (yuan("0.33333333"),)


def test_currencies_are_not_mixed_and_unknown_costs_are_said() -> None:
    """A sum for each currency, of its own clips and their wins; a clip without a cost is left out and told."""
    mixed = clips(s2=Clip(STANDARD, Money(Decimal("1.2"), "USD")), s3=Clip(STANDARD))
    found = outcome(mixed, votes((1, for_standard(0)), (2, for_standard(1)), (3, for_standard(2))))
    standard = by_name(found)[STANDARD]
    assert standard.per_preferred == (yuan("5.0094"), Money(Decimal("1.20"), "USD"))
    assert standard.unpriced == 1
    assert any("cost of 1 clip is not known" in note for note in found.notes)


def test_the_verdict_is_honest_about_few_votes() -> None:
    """None, too few, level, leading, settled: each says what it is, and how many more would settle it."""
    one = {f"{kind}{n}": Clip(name) for n in range(60) for kind, name in (("s", STANDARD), ("f", FAST))}

    def said(wins: int, losses: int, ties: int = 0) -> str:
        each = [(n, for_standard(n)) for n in range(wins)]
        each += [(n, for_fast(n)) for n in range(wins, wins + losses)]
        each += [(n, "tie") for n in range(wins + losses, wins + losses + ties)]
        found = outcome(one, votes(*each))
        return " ".join([str(found.verdict), *([str(found.outlook)] if found.outlook else [])])

    assert said(0, 0) == "No votes yet."
    assert said(0, 0, 2).startswith("2 votes, and none of them prefers one.")
    assert said(3, 0) == (
        "Too early to say: 3 votes prefer one, and fewer than 6 never settle it. "
        "If it goes on like this, about 3 votes more settle it."
    )
    assert said(10, 10).startswith("Not settled: seedance-2.0 and seedance-2.0-fast are level. As it stands, 2,000")
    leading = said(12, 8)
    assert (
        "leads with 12 of the 20 votes that prefer one, and its true share may be anything from 39 to 78 %" in leading
    )
    assert "votes more settle it" in leading
    settled = said(8, 30)
    assert settled == (
        "seedance-2.0-fast is preferred: by 30 of the 38 votes that prefer one. Its true share is likely 64 to 89 %."
    )


def test_what_is_to_be_kept_in_mind_is_said() -> None:
    """One prompt only; several raters on the same prompts; the sandbox."""
    one = outcome(clips(), votes((1, for_standard(0))))
    assert any("one prompt and seed" in note for note in one.notes)
    two = votes((1, for_standard(0)), (2, for_fast(1)))
    several = outcome(clips(), [*two, *votes((1, "left"), (2, "left"), rater="Ben", start=2)])
    assert (several.votes, several.raters, several.groups) == (4, 2, 2)
    assert any("not independent" in note for note in several.notes)
    boxed = outcome({name: Clip(clip.contestant, clip.cost, True) for name, clip in clips().items()}, two)
    assert any("nothing is billed" in note for note in boxed.notes)


def test_more_than_two_have_strengths() -> None:
    """Each has the share of an average opponent, with an interval; the order follows it."""
    three = {f"{name}{n}": Clip(name) for name in "abc" for n in range(30)}
    cast = []
    for n in range(30):
        for one, other, wins in (("a", "b", 20), ("a", "c", 26), ("b", "c", 22)):
            verdict: Verdict = "left" if n < wins else "right"
            cast.append(Vote("c", f"{one}{n}", f"{other}{n}", verdict, after(n), group=str(n), id=len(cast) + 1))
    found = outcome(three, cast)
    assert [tally.name for tally in found.tallies] == ["a", "b", "c"]
    for tally in found.tallies:
        assert tally.strength is not None
        assert tally.strength.low < tally.strength.value < tally.strength.high
    assert found.verdict.startswith("a is preferred: by 46 of the 60")


def test_what_candidates_stand_for(tmp_path: Path) -> None:
    """Their model where that tells them apart in every group; else what does; else their title."""

    def candidates(*records: dict[str, object]) -> list[Candidate]:
        return [
            Candidate(
                f"clip {n}",
                None,
                a_record(n, **{k: v for k, v in record.items() if k != "group"}),
                str(record["group"]),
            )
            for n, record in enumerate(records)
        ]

    models = [{"model": name, "group": group} for group in "ab" for name in (STANDARD, FAST)]
    assert contestants(candidates(*models)) == [STANDARD, FAST, STANDARD, FAST]
    sizes = [{"resolution": size, "group": "a"} for size in ("480p", "720p")]
    assert contestants(candidates(*sizes)) == ["seedance-2.0 · 480p", "seedance-2.0 · 720p"]
    same = [{"group": "a"}, {"group": "a"}]
    assert contestants(candidates(*same)) == ["clip 0", "clip 1"]
    twice = [Candidate("x", tmp_path / "a.mp4"), Candidate("x", tmp_path / "b.mp4")]
    assert contestants(twice) == ["x (1)", "x (2)"]


def test_pairs_are_of_one_group_and_of_files_that_are_there(tmp_path: Path) -> None:
    """What was asked for differently is not compared, and a clip that is gone not shown."""
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(name.encode())
    found = [Candidate(name, tmp_path / name, group="g" if name != "c" else "h") for name in ("a", "b", "c", "gone")]
    found += [Candidate("none", None, group="g")]
    assert list(pairs(found)) == [(0, 1)]
    assert clip_id(found[0]) == hashlib.sha256(b"a").hexdigest()
    assert clip_id(Candidate("t", None, a_record(4))) == "t-0004"
