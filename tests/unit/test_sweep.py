"""The handle of a sweep: what it costs before, what it submits, what it finds again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from seedance_nb.compare._offers import room
from seedance_nb.composing import BudgetLeft
from seedance_nb.errors import ConfigurationError, InvalidRequestError
from seedance_nb.money import Money
from seedance_nb.task import TaskStatus

from .batch_samples import House
from .sweep_samples import AXES, Beside, keep_all, sweep


@pytest.fixture
def house() -> House:
    return House()


def test_nothing_is_submitted_before_it_is_run(house: House) -> None:
    """To make one and to look at it costs nothing and says what all of it would."""
    made = sweep(house)
    assert house.tasks == {}
    assert str(made.quote) == str(made.due) == "¥13.48"
    said = str(made)
    assert "8 cells: 2 animal × 2 place × 2 model" in said
    assert "The whole: ¥13.48, exact" in said
    assert said.count("to make, ¥1.") == 8
    assert "Make 8 clips at Volcengine Ark · ¥13.48: sweep.run()" in said
    with pytest.raises(ConfigurationError, match=r"8 clips, ¥13\.48"):
        made.wait(0)
    assert house.tasks == {}


def test_a_run_submits_each_cell_once_at_the_price_that_was_seen(house: House) -> None:
    """And a second one, while it runs or after it, submits nothing."""
    made = sweep(house)
    before = made.quote
    assert made.run().run() is made
    assert len(house.tasks) == 8
    keep_all(house)
    assert made.wait(180).is_over
    assert made.quote == before
    assert str(made.due) == ""
    made.run()
    assert len(house.tasks) == 8
    assert made.cost == {"CNY": Money(Decimal("16.08"), "CNY")}


def test_the_same_cell_after_a_restart_finds_its_tasks(house: House) -> None:
    """Made anew from the same text, it knows what is under way and what is made, and pays for neither."""
    sweep(house).run()
    again = sweep(house)
    assert [record.status for record in again.records().values()] == [TaskStatus.INTENT] * 8
    assert "8 clips were in the ledger already and are not paid for again." in str(again)
    keep_all(house)
    assert {record.status for record in again.records().values()} == {TaskStatus.KEPT}
    assert again.wait(180).is_over  # nothing has to be run, since nothing has to be paid
    assert len(house.tasks) == 8


def test_a_sweep_that_grows_pays_only_for_what_is_new(house: House) -> None:
    """Another animal is another animal; the seeds of the others stay."""
    sweep(house, seeds=2, **AXES).run()
    keep_all(house)
    grown = sweep(house, seeds=3, **{**AXES, "animal": ["hen", "cat", "fox"]})
    assert len(grown) == 36
    assert grown.summary().to_make == 20
    grown.run()
    assert len(house.tasks) == 36


def test_cells_that_ask_for_the_same_are_one_clip(house: House) -> None:
    """It is said, and the clip is shown in each of them."""
    made = sweep(house, "{n} cats", n=["1", 1, "two"], ratio="16:9", seeds=2)
    assert [offer.same_as for offer in made._offers] == [None, None, 0, 1, None, None]
    made.run()
    assert len(house.tasks) == 4
    assert "2 cells ask for exactly the same as others" in str(made)
    keep_all(house)
    assert list(made.frame()["status"]) == ["kept"] * 6
    assert made.frame()["same_as"].isna().tolist() == [True, True, False, False, True, True]


def test_what_cannot_be_made_is_left_out_and_says_why(house: House) -> None:
    """The fast model has no 1080p; the other cells are made all the same."""
    made = sweep(
        house, "A cat", model=["seedance-2.0", "seedance-2.0-fast"], resolution=["480p", "1080p"], ratio="16:9"
    )
    assert list(made.problems) == [3]
    assert "1080p" in made.problems[3]
    made.run()
    assert len(house.tasks) == 3
    assert "1 cell cannot be made and is left out" in str(made)
    assert made.frame()["status"].tolist()[3] == "cannot be made"


def test_a_sweep_of_which_nothing_can_be_made_is_refused(house: House) -> None:
    """With the reasons, once each."""
    made = sweep(house, "A cat", duration=[90, 91], ratio="16:9")
    with pytest.raises(InvalidRequestError, match="None of the 2 cells can be made"):
        made.run()
    assert house.tasks == {}


def test_what_failed_is_asked_for_again_and_what_is_made_is_not(house: House) -> None:
    """A failure is not billed; the next run makes exactly those."""
    made = sweep(house).run()
    first, *_ = house.tasks
    house.fail(first)
    keep_all(house)
    assert made.summary().to_make == 1
    assert str(made.due) == "¥1.87"
    made.run()
    assert len(house.tasks) == 9


def test_a_budget_that_is_short_is_said_beforehand(house: House) -> None:
    """By how much, and how many cells it holds; money, tokens and seconds alike."""
    summary = sweep(house, left=[BudgetLeft("6 CNY/session", Decimal(6), "CNY")]).summary()
    assert (summary.to_make, summary.fits, str(summary.fit)) == (8, 3, "¥5.24")
    assert summary.short == "This may take up to ¥13.48, and the budget of 6 CNY/session has ¥6.00 left."
    summary = sweep(house, left=[BudgetLeft("9 seconds/day", 9, "seconds")]).summary()
    assert summary.fits == 2
    assert "32 seconds" in summary.short
    records = [offer.record for offer in sweep(house)._offers if offer.record is not None]
    assert room(records, [BudgetLeft("x", 10**9, "tokens"), BudgetLeft("y", Decimal(1), "USD")]).fits == 8
    assert room(records, [BudgetLeft("x", 0, "tokens")]).fits == 0


def test_clips_are_chosen_by_axis(house: House, tmp_path: Path) -> None:
    """Titles say what tells them apart, groups what they have in common."""
    made = sweep(house, seeds=[7, 9], **AXES).run()
    keep_all(house, tmp_path)
    found = made.candidates(animal="cat", place="snow", seed=7)
    assert [one.title for one in found] == ["seedance-2.0", "seedance-2.0-fast"]
    assert len({one.group for one in found}) == 1
    assert all(one.path is not None and one.path.exists() for one in found)
    assert len(made.candidates()) == 16
    assert len({one.group for one in made.candidates()}) == 8
    assert made.candidates(animal=["cat"])[1].title == "seedance-2.0 · snow · seed 9"
    comparison: Any = made.beside([0, 2])
    assert isinstance(comparison, Beside)
    assert [one.title for one in comparison.candidates] == ["seedance-2.0", "seedance-2.0-fast"]
    with pytest.raises(InvalidRequestError, match="no axis 'colour'"):
        made.compare(colour="red")
    with pytest.raises(InvalidRequestError, match="no value of that axis"):
        made.compare(animal="dog")


def test_nothing_to_compare_is_said(house: House) -> None:
    """Before there are clips."""
    with pytest.raises(InvalidRequestError, match="nothing to compare"):
        sweep(house).compare()


def test_pause_resume_and_stop_reach_the_batch(house: House) -> None:
    """What was stopped ends free, and can be run again."""
    made = sweep(house)
    made.pause()  # nothing runs, and nothing happens
    assert made.stop() == 0
    made.run().pause()
    assert made.summary().is_paused
    made.resume()
    assert made.stop() == 8
    assert made.summary().to_make == 8


def test_the_frame_has_axes_prices_and_states(house: House) -> None:
    """One row a cell, also before anything is run."""
    made = sweep(house, "{status} and {animal}", status=["up"], animal=["cat", "fox"], ratio="16:9")
    frame = made.frame()
    assert list(frame["status"]) == ["up", "up"]  # an axis keeps its name
    assert list(frame["animal"]) == ["cat", "fox"]
    frame = sweep(house).frame()
    assert list(frame["status"]) == ["to make"] * 8
    assert frame["cost"].isna().all()
    assert frame["quote_high"].iloc[0] == Decimal("1.867324")
    assert str(frame["tokens"].dtype) == "Int64"
