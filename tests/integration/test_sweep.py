"""A sweep end to end: its price is the bill, and a killed kernel costs nothing twice."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from seedance_nb.errors import BudgetError, InvalidRequestError
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus

StudioOn = Callable[..., Studio]
CELL = """
    sweep = studio.sweep(
        "A {animal} crosses a street",
        animal=["cat", "fox", "hen", "dog", "owl", "ant"],
        model=["seedance-2.0", "seedance-2.0-fast"],
        seeds=3,
        resolution="480p",
        duration=4,
        ratio="16:9",
    )
"""
NOTEBOOK = f"""
    import sys, time
    import seedance_nb as sd
    studio = sd.Studio("sandbox", base_url=sys.argv[1], home=sys.argv[2])
    {CELL}
    sweep.run()
    while sum(record.status.value == "kept" for record in sweep.records().values()) < 7:
        time.sleep(0.02)
    print("seven", flush=True)
    time.sleep(600)
"""


def swept(studio: Studio):  # type: ignore[no-untyped-def]
    """What the cell makes."""
    names = {"studio": studio}
    exec(textwrap.dedent(CELL), names)
    return names["sweep"]


def test_a_sweep_is_priced_killed_resumed_and_billed_once(box: Sandbox, studio_on: StudioOn, tmp_path: Path) -> None:
    """6 × 2 × 3: the price before is the bill after, to the last place, and the sandbox saw 36 creates."""
    box.scenario = Scenario(queue=0.05, run=0.3, concurrency=4)
    looker = studio_on(box, tmp_path / "elsewhere")
    before = swept(looker).quote
    assert before.quoted == 36
    assert box.creates == 0

    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(NOTEBOOK), box.url("ark"), str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "seven"
    process.kill()
    process.wait(180)
    process.stdout.close()

    studio = studio_on(box)
    studio.tasks()  # what a killed notebook left is followed on
    again = swept(studio)
    assert len(again.records()) >= 7
    assert again.quote == before
    again.run().wait(180)
    statuses = {record.status for record in again.records().values()}
    assert statuses == {TaskStatus.KEPT}
    assert again.cost == before.high == before.low
    assert box.creates == box.created == 36
    assert sum(bill["tokens"] for bill in box.bills) == again.summary().tokens[0] == again.summary().tokens[1]
    kept = [record.local_id for record in studio._store.records(statuses=[TaskStatus.KEPT])]
    assert len(kept) == 36

    third = swept(studio)
    assert str(third.due) == ""
    assert third.wait(180).is_over
    assert box.creates == 36


def test_a_budget_refuses_or_trims_a_sweep(box: Sandbox, tmp_path: Path) -> None:
    """At the door of the ledger, and as the matrix said."""
    with Studio("sandbox", base_url=box.url("ark"), home=tmp_path / "out", budget="6 CNY/session") as studio:
        sweep = studio.sweep(
            "A {n}", n=["cat", "fox", "hen", "dog"], resolution="480p", duration=4, ratio="16:9", seeds=1
        )
        fits = sweep.summary().fits
        assert 0 < fits < 4
        with pytest.raises(BudgetError):
            sweep.run()
        assert box.creates == 0
        sweep.run(over_budget="trim").wait(180)
        assert box.creates == fits
        assert list(sweep.frame()["status"]) == ["kept"] * fits + ["to make"] * (4 - fits)


def test_two_names_of_one_model_are_one_clip(box: Sandbox, studio_on: StudioOn) -> None:
    """What is sent is the same, however it was written."""
    sweep = studio_on(box).sweep("A cat", model=["seedance-2.0", "doubao-seedance-2-0-260128"], seeds=1)
    assert [offer.same_as for offer in sweep._offers] == [None, 0]


def test_fast_or_standard_asks_for_pairs(box: Sandbox, studio_on: StudioOn) -> None:
    """The same prompt and seeds with both models; braces in the prompt are text."""
    studio = studio_on(box)
    pairs = studio.fast_or_standard("A cat {yawns} --ratio", pairs=2, allow={"prompt.flags"})
    requests = [cell.request for cell in pairs.plan.cells]
    assert {request.prompt for request in requests} == {"A cat {yawns} --ratio"}
    assert len({request.seed for request in requests}) == 2
    assert {request.model for request in requests} == {"seedance-2.0", "seedance-2.0-fast"}
    assert box.creates == 0


def test_a_key_in_a_variable_is_shown_nowhere(box: Sandbox, tmp_path: Path) -> None:
    """Also a key that looks like any other word."""
    key = "plain-looking-key-17"
    with Studio("sandbox", base_url=box.url("ark"), home=tmp_path / "out", key=key) as studio:
        sweep = studio.sweep("A {cat}", cat=[f"{key} on a mat", "x" * 50 + key], resolution="480p")
        for shown in (str(sweep), repr(sweep), sweep._repr_html_(), repr(sweep.summary().axes)):
            assert "plain-looking" not in shown


def test_compare_takes_clips_that_are_there_or_one_request(box: Sandbox, studio_on: StudioOn) -> None:
    """A request with axes is priced and made first; its clips are then compared, voted on and counted."""
    studio = studio_on(box)
    pairs = studio.compare("A {cat}", models=["seedance-2.0", "seedance-2.0-fast"], seeds=[7, 9], resolution="480p")
    assert box.creates == 0
    assert {cell.request.prompt for cell in pairs.plan.cells} == {"A {cat}"}
    pairs.run().wait(180)
    assert [one.title for one in pairs.compare(seed=7).candidates] == ["seedance-2.0", "seedance-2.0-fast"]
    ballot = pairs.vote("ann")
    assert ballot.pairs == 2
    sitting = ballot.sitting("ann")
    for pair in sitting.left():
        sitting.cast(pair, "left" if "fast" in pair.left.contestant else "right")
    verdict = pairs.verdict()
    assert list(verdict["name"]) == ["seedance-2.0-fast", "seedance-2.0"]
    assert list(verdict["wins"]) == [2, 0]
    assert "Too early to say" in verdict.sentence
    figures = pairs.measure().summary().cells[2].figures
    assert figures["votes"] == (1.0, "1 of 1")
    assert "sharpness" in figures
    assert len(studio.compare(pairs.batch)) == 4
    with pytest.raises(InvalidRequestError, match="belong to one request"):
        studio.compare(pairs.batch, seeds=3)


def test_selected_cells_lie_beside_each_other(box: Sandbox, studio_on: StudioOn) -> None:
    """What the grid puts into the output below it is the comparison itself, as HTML that a saved notebook keeps."""
    sweep = studio_on(box).sweep("A {cat}", cat=["cat", "fox"], resolution="480p", seeds=1).run().wait(180)
    bundle = sweep.beside([1, 0]).bundle()
    assert bundle["text/html"].index("fox") < bundle["text/html"].index("cat")
    assert set(bundle) == {"text/html", "text/plain"}
