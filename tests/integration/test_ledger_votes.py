"""Votes and measures, on each database: what was said stays, and what was measured is measured once."""

from __future__ import annotations

import threading

import pandas as pd
import pytest
import sqlalchemy as sa

from seedance_nb.errors import LedgerError
from seedance_nb.ledger import Ledger
from seedance_nb.reports import LedgerView
from seedance_nb.reports._votes import VOTE_COLUMNS
from seedance_nb.vote import Vote

from ..unit.ledger_samples import NOW, a_vote, after

SHA = "ab" * 32


def test_votes_come_back_as_they_were_given(ledger: Ledger) -> None:
    """In their order, with their ids, by comparison or all; also of clips that are no task's."""
    first = ledger.add_vote(a_vote(1, note="the paw 爪"))
    other = ledger.add_vote(a_vote(2, comparison="other", left_id=SHA, right_id="cd" * 32, verdict="both_bad"))
    again = ledger.add_vote(a_vote(3, verdict="tie", seconds=None, rater=""))
    assert ledger.votes() == [first, other, again]
    assert [vote.id for vote in ledger.votes()] == [first.id, other.id, again.id]
    assert 0 < first.id < other.id < again.id
    assert ledger.votes("other") == [other]
    assert ledger.votes("nobody's") == []


def test_a_vote_that_is_taken_back_is_a_row_more(ledger: Ledger) -> None:
    """Nothing is changed or deleted; it no longer counts, and can be asked for."""
    vote, stays = ledger.add_vote(a_vote(1)), ledger.add_vote(a_vote(2))
    assert ledger.withdraw_vote(vote.id, at=after(9))
    assert not ledger.withdraw_vote(vote.id)
    assert ledger.votes() == [stays]
    everything = ledger.votes(withdrawn=True)
    assert [entry.withdrawn_at for entry in everything] == [after(9), None]
    with ledger._engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT verdict, withdraws, left_id, rater FROM votes ORDER BY id")).all()
    assert rows == [
        ("left", None, "t-0001", "Ana"),
        ("left", None, "t-0001", "Ana"),
        ("withdrawn", vote.id, "t-0001", "Ana"),
    ]


def test_only_a_vote_can_be_taken_back(ledger: Ledger) -> None:
    """Neither one that is not there, nor the row that took one back; and no vote is written twice."""
    vote = ledger.add_vote(a_vote())
    ledger.withdraw_vote(vote.id)
    for number in (vote.id + 1, 999):
        with pytest.raises(LedgerError, match=f"no vote {number}"):
            ledger.withdraw_vote(number)
    with pytest.raises(ValueError, match="written once"):
        ledger.add_vote(vote)


def test_of_many_who_take_it_back_one_does(ledger: Ledger) -> None:
    """Two windows on one ballot, one undo."""
    vote = ledger.add_vote(a_vote())
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(ledger.withdraw_vote(vote.id))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 5 + [True]


def test_a_vote_is_about_two_clips() -> None:
    """What cannot be a vote is none."""
    with pytest.raises(ValueError, match="is none of left, right, tie, both_bad"):
        a_vote(verdict="better")
    with pytest.raises(ValueError, match="two clips"):
        a_vote(right_id="t-0001")
    assert [a_vote(verdict=verdict).preferred for verdict in ("left", "right", "tie", "both_bad")] == [
        "t-0001",
        "t-0002",
        None,
        None,
    ]


def test_votes_as_a_frame(ledger: Ledger) -> None:
    """The documented dtypes, with rows and without; those taken back only where asked for."""
    view = LedgerView(ledger)
    empty = view.votes()
    ledger.add_vote(a_vote(1))
    ledger.add_vote(a_vote(2, verdict="tie", seconds=None))
    ledger.withdraw_vote(ledger.votes()[0].id, at=NOW)
    for frame in (empty, view.votes(), view.votes("other"), view.votes(withdrawn=True)):
        assert {str(name): str(dtype) for name, dtype in frame.dtypes.items()} == VOTE_COLUMNS
    row = view.votes().iloc[0]
    assert (row["verdict"], row["place"], row["rater"]) == ("tie", 2, "Ana")
    assert pd.isna(row["preferred"])
    assert pd.isna(row["seconds"])
    first = view.votes(withdrawn=True).iloc[0]
    assert (first["preferred"], first["withdrawn_at"], first["seed"]) == ("t-0001", pd.Timestamp(NOW), 2**62)


def test_measures_are_kept_by_checksum_and_version(ledger: Ledger) -> None:
    """Many at once; another version's figures are not these; measured again replaces."""
    clips = [f"{number:064x}" for number in range(700)]
    with ledger.together():
        for number, clip in enumerate(clips):
            ledger.add_measures(clip, 1, {"sharpness": number / 8, "cuts_s": [1.5], "loudness_lufs": None})
    ledger.add_measures(clips[0], 2, {"sharpness": 9})
    ledger.add_measures(clips[1], 1, {"sharpness": 3.0})
    found = ledger.measures([*clips, SHA], 1)
    assert set(found) == set(clips)
    assert found[clips[0]] == {"sharpness": 0.0, "cuts_s": [1.5], "loudness_lufs": None}
    assert found[clips[1]] == {"sharpness": 3.0}
    assert ledger.measures(clips, 2) == {clips[0]: {"sharpness": 9}}


def test_nothing_secret_is_kept_with_a_vote(ledger: Ledger) -> None:
    """What a rater pastes into a note is folded like any other text."""
    ledger.add_vote(a_vote(note="see https://x.example/a.mp4?X-Tos-Signature=abcdef0123456789 \0"))
    (vote,) = ledger.votes()
    assert isinstance(vote, Vote)
    assert "abcdef0123456789" not in vote.note
