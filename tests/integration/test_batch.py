"""Batches against a real server, a real ledger and a real thread."""

from __future__ import annotations

import asyncio
import base64
import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

import seedance_nb as sd
from seedance_nb import sandbox
from seedance_nb.errors import BudgetError, InvalidRequestError
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio
from seedance_nb.task import TaskStatus
from seedance_nb.widgets.batch_cell import BatchCell

from ..patience import eventually
from .conftest import BY_HAND

StudioOn = Callable[..., Studio]
KEY = "sk-planted-4f9c2e7b1d"
SIGNATURE = "planted-signature-8a61"
SHORT = {"ratio": "16:9", "resolution": "480p", "duration": 4}


def rows(count: int, **changes: object) -> list[dict[str, object]]:
    return [{"prompt": f"一只猫 yawns {number}", **SHORT, **changes} for number in range(count)]


def test_a_data_frame_becomes_kept_clips(box: Sandbox, studio_on: StudioOn) -> None:
    """Twenty rows, one of them refused by moderation: nineteen clips, one row in a table, one bill."""
    studio = studio_on(box)
    frame = pd.DataFrame(rows(20))
    frame.loc[7, "prompt"] = "[sandbox:moderation] <b>cat</b>"
    frame.loc[3, "seed"] = 5
    batch = studio.submit_many(frame, progress=False)
    assert len(batch) == 20
    assert batch.wait(180) is batch
    assert batch.counts[TaskStatus.KEPT] == 19
    (failure,) = batch.failures()
    assert failure["row"] == 7
    assert failure["code"]
    assert pd.DataFrame(batch.failures()).loc[0, "local_id"] == batch[7].local_id
    assert batch[3].seed == 5
    assert all(task.video is not None and task.video.is_file() for number, task in enumerate(batch) if number != 7)
    ledger = studio.ledger.costs([])
    assert batch.cost["CNY"].amount == Decimal(ledger["cost"].sum())
    assert batch.cost["CNY"] == batch.quote.high["CNY"] * Decimal(19) * Decimal("0.05")
    html = batch._repr_html_()
    assert "19 kept" in html
    assert "<b>" not in html


def test_running_the_cell_again_sends_only_what_is_missing(box: Sandbox, studio_on: StudioOn) -> None:
    """Also in a new kernel, which knows nothing but the ledger."""
    studio_on(box).submit_many(rows(4), progress=False).wait(180)
    assert box.created == 4
    other = studio_on(box)
    with pytest.warns(UserWarning, match=r"4 of 6 requests are in the ledger already \(4 kept, ¥.* only 2 are sent"):
        batch = other.submit_many(rows(6), progress=False)
    batch.wait(180)
    assert box.created == 6
    assert batch.counts == {TaskStatus.KEPT: 6}
    assert other.submit_many(rows(1), again=True, progress=False).wait(180).held == 0
    assert box.created == 7


def test_a_cell_that_is_run_again_while_it_goes_on_joins_in(box: Sandbox, studio_on: StudioOn) -> None:
    """The second batch holds the tasks of the first, and sees them end."""
    box.scenario = BY_HAND
    studio = studio_on(box)
    first = studio.submit_many(rows(5), progress=False)
    with pytest.warns(UserWarning, match="5 under way"):
        second = studio.submit_many(rows(5), progress=False)
    eventually(lambda: all(task.task_id for task in first))
    box.clock.advance(7200)
    assert second.wait(180).counts == {TaskStatus.KEPT: 5}
    assert [task.local_id for task in first] == [task.local_id for task in second]
    assert box.created == 5


def test_a_wrong_row_keeps_all_of_them_here(box: Sandbox, studio_on: StudioOn) -> None:
    """Nothing is written and nothing is sent, and each row is named."""
    studio = studio_on(box)
    with pytest.raises(InvalidRequestError, match=r"(?s)2 of 4 rows have problems.*row 2: .*row 3: "):
        studio.submit_many([*rows(2), {"prompt": "x", "duration": 3}, {"promt": "x"}])
    assert len(studio.tasks()) == 0
    assert box.created == 0


def test_a_budget_holds_a_batch_whole_or_trims_it(box: Sandbox, tmp_path: Path) -> None:
    """Refused, nothing is there; trimmed, what fits is made."""
    each = sd.quote(sd.Request("x", ratio="16:9", resolution="480p", duration=4), "ark").high.amount
    budget = f"{each * 3} CNY/day"
    with Studio("sandbox", base_url=box.url("ark"), home=tmp_path / "out", budget=budget) as studio:
        with pytest.raises(BudgetError):
            studio.submit_many(rows(5))
        assert len(studio.tasks()) == 0
        with pytest.warns(UserWarning, match="2 of 5 requests were left out, rows 3 and 4"):
            batch = studio.submit_many(rows(5), over_budget="trim", progress=False)
        assert batch.wait(180).counts == {TaskStatus.KEPT: 3}
    assert box.created == 3


def test_stop_withdraws_what_is_not_sent(box: Sandbox, studio_on: StudioOn) -> None:
    """A paused batch sends nothing; a stopped one has cancelled tasks for which nothing was created."""
    box.scenario = Scenario(queue=0.3, run=0.3, create_rpm=60)
    studio = studio_on(box)
    batch = studio.submit_many(rows(300), progress=False)
    eventually(lambda: box.created)
    batch.pause()
    eventually(lambda: TaskStatus.SUBMITTING not in batch.counts)
    sent = box.created
    assert sent < 300
    withdrawn = batch.stop()
    assert withdrawn == 300 - sent
    assert batch.wait(180).counts == {TaskStatus.KEPT: sent, TaskStatus.CANCELLED: withdrawn}
    assert box.created == sent
    assert batch.failures() == []


def test_await_goes_on_in_a_loop(box: Sandbox, studio_on: StudioOn) -> None:
    """As in a notebook's cell."""
    batch = studio_on(box).submit_many(rows(3), progress=True)

    async def main() -> object:
        return await batch

    assert asyncio.run(main()) is batch
    assert batch.is_over


def test_the_cell_ends_as_plain_html(box: Sandbox, studio_on: StudioOn) -> None:
    """The last picture is on the page when `wait` comes back."""
    shown: list[str] = []
    batch = studio_on(box).submit_many(rows(8), progress=False)
    cell = BatchCell(batch, publish=lambda bundle, display_id, update: shown.append(bundle["text/html"]))
    cell.open()
    batch._cells.append(cell)
    batch.wait(180)
    assert "8 kept" in shown[-1]
    assert "all over" in shown[-1]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every log record of every logger, down to debug."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_a_planted_secret_is_nowhere(
    box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: pytest.LogCaptureFixture
) -> None:
    """A key in a prompt, a signature in a media column, and a picture in base64."""
    monkeypatch.setenv("ARK_API_KEY", KEY)
    monkeypatch.setenv("SEEDANCE_NB_ARK_URL", box.url("ark"))
    encoded = base64.b64encode(sandbox.picture("a boat", 640, 480, seed=7)).decode()
    frame = pd.DataFrame(
        {
            "prompt": [f"image 1 Authorization: Bearer {KEY}", f"{KEY} [sandbox:moderation]"],
            "reference_image": [
                [f"data:image/png;base64,{encoded}"],
                [f"http://127.0.0.1:9/x.png?X-Tos-Signature={SIGNATURE}"],
            ],
            **SHORT,
        }
    )
    shown: list[str] = []
    with Studio(home=tmp_path / "out") as studio:
        wrong = frame.assign(ratio=f"https://a.example/?X-Tos-Signature={SIGNATURE}")
        with pytest.raises(InvalidRequestError) as caught:
            studio.submit_many(wrong)
        shown += [str(caught.value), repr(caught.value)]
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            batch = studio.submit_many(frame, progress=False)
            shown += [repr(batch), str(batch), batch._repr_html_()]
            batch.wait(180)
            again = studio.submit_many(frame, progress=False).wait(180)
        shown += [str(line.message) for line in said]
        for one in (batch, again):
            shown += [repr(one), str(one), one._repr_html_(), str(one.failures()), repr(one.summary())]
    sample = encoded[200:300]
    for text in [*shown, logged.text]:
        assert KEY not in text
        assert SIGNATURE not in text
        assert sample not in text


@pytest.mark.filterwarnings("ignore:.*in the ledger already")
def test_two_notebooks_that_run_the_same_cell_at_once_pay_once(box: Sandbox, studio_on: StudioOn) -> None:
    """Whoever comes second finds the requests of the first, also where both looked before either had written."""
    studios = [studio_on(box), studio_on(box)]
    for number in range(4):
        prompts = [f"Take {number} of scene {scene}" for scene in range(5)]
        gate = threading.Barrier(2)

        def run(studio: Studio, prompts: list[str] = prompts, gate: threading.Barrier = gate) -> list[str]:
            gate.wait(180)
            return [task.local_id for task in studio.submit_many(prompts, progress=False)]

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(run, studios)
        assert sorted(first) == sorted(second)
        assert len(set(first)) == 5
    eventually(lambda: all(record.is_over for record in studios[0]._store.records()))
    assert box.creates == 20
