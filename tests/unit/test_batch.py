"""Many requests at once, against an engine and a ledger that the test moves."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from seedance_nb.batch import Total
from seedance_nb.batch._plan import held
from seedance_nb.budget import Budget
from seedance_nb.content import Content
from seedance_nb.errors import BudgetError, InvalidRequestError, WaitTimeout
from seedance_nb.money import Money
from seedance_nb.request import Request
from seedance_nb.task import Failure, TaskStatus

from .batch_samples import House
from .widget_samples import QUOTE

COST = Money(Decimal("5.0094"), "CNY")
PLAIN = {"ratio": "16:9", "resolution": "720p"}


def requests(count: int) -> list[Request]:
    return [Request(f"cat {number}", **PLAIN) for number in range(count)]  # type: ignore[arg-type]


@pytest.fixture
def house() -> House:
    return House()


def ids(batch: Any) -> list[str]:
    return [task.local_id for task in batch]


# -- before anything is sent --


def test_all_rows_go_in_one_step_with_one_quote(house: House) -> None:
    """One transaction writes them; the quote is the sum, exact as each of them is."""
    batch = house.submit([{"prompt": f"cat {number}", **PLAIN} for number in range(20)])
    assert house.calls == [("submit_many", "20")]
    assert len(batch) == 20
    assert str(batch.quote) == "¥100.19"
    assert batch.counts == {TaskStatus.INTENT: 20}
    assert {record.batch for record in house.tasks.values()} == {batch.id}
    assert [house.tasks[local_id].prompt for local_id in ids(batch)] == [f"cat {number}" for number in range(20)]


def test_currencies_are_never_one_sum() -> None:
    """Yuan and dollars stand beside each other, and what has no price is said."""
    dollars = replace(QUOTE, low=Money(Decimal(1), "USD"), high=Money(Decimal(2), "USD"))
    total = Total.of([QUOTE, QUOTE, dollars, None])
    assert str(total) == "¥10.02 and $1.00 to $2.00 and 1 without a known price"
    assert total.high == {"CNY": COST + COST, "USD": Money(Decimal(2), "USD")}


def test_every_problem_of_every_row_is_told_and_nothing_is_written(house: House) -> None:
    """The same problem in many rows is one line."""
    rows = [
        *({"prompt": "x", "duration": 20} for _ in range(3)),
        {"prompt": "x"},
        {"prompt": "x", "ratio": "5:4", "duration": 3},
        {"prompt": "x", "duration": "4"},
        3.5,
    ]
    with pytest.raises(InvalidRequestError) as caught:
        house.submit(rows)
    said = str(caught.value)
    assert said.startswith("6 of 7 rows have problems; nothing was sent and nothing was written.")
    assert said.count("\n") == 5
    assert "• rows 0 to 2: duration: " in said
    assert "• row 4: ratio: " in said
    assert "• row 5: duration='4' is not a whole number." in said
    assert "• row 6: it is a float" in said
    assert [problem.code for problem in caught.value.problems].count("duration.range") == 4
    assert house.tasks == {}
    assert house.calls == []


def test_a_batch_without_rows_is_refused(house: House) -> None:
    """An empty frame is a mistake of the cell above."""
    with pytest.raises(InvalidRequestError, match="no rows"):
        house.submit([])


def test_a_problem_may_be_allowed(house: House) -> None:
    """As in `submit`, by its code."""
    row = {"prompt": "look at image 3", **PLAIN}
    with pytest.raises(InvalidRequestError, match=r"image 3"):
        house.submit([row])
    assert len(house.submit([row], allow={"prompt.ordinal"})) == 1


def test_what_only_allow_lets_through_is_told_with_its_row(house: House) -> None:
    """A quote or a body that cannot be made is a problem of that row, and not a traceback from the middle."""
    with pytest.raises(InvalidRequestError, match=r"row 1: "):
        house.submit([*requests(1), Request("x", resolution="9k")], allow={"resolution.offered"})
    assert house.tasks == {}


def test_a_warning_is_said_once_for_all_rows(house: House) -> None:
    """A thousand rows with one habit are one sentence."""
    with pytest.warns(UserWarning, match=r"^rows 0 and 1: .*parameters") as said:
        house.submit([Request("x --ratio 16:9 --dur 5", **PLAIN) for _ in range(2)])  # type: ignore[arg-type]
    assert len(said) == 1


def test_a_word_that_is_no_choice_is_refused(house: House) -> None:
    """Before anything is done."""
    with pytest.raises(InvalidRequestError, match="neither 'refuse' nor 'trim'"):
        house.submit(requests(1), over_budget="cut")


# -- budgets --


def test_a_refusal_leaves_nothing_behind(house: House) -> None:
    """Three clips for ¥15.03 do not go into ¥15: neither a task is left nor a listener."""
    with pytest.raises(BudgetError, match=r"¥15.0282"):
        house.submit(requests(3), budgets=[Budget.parse("15 CNY/day")])
    assert house.tasks == {}
    assert not any(house.listeners.values())
    assert len(house.submit(requests(3), budgets=[Budget.parse("15.03 CNY/day")])) == 3


def test_a_batch_is_trimmed_from_the_end_by_choice(house: House) -> None:
    """It says how many and which were left out and why, and its quote is that of the others."""
    with pytest.warns(UserWarning, match=r"2 of 5 requests were left out, rows 3 and 4\. .* budget of .*16"):
        batch = house.submit(requests(5), over_budget="trim", budgets=[Budget.parse("16 CNY/day")])
    assert (len(batch), batch.rows, batch.left_out) == (3, (0, 1, 2), (3, 4))
    assert len(house.tasks) == 3
    assert str(batch.quote) == "¥15.03"
    assert batch.counts == {TaskStatus.INTENT: 3}
    for local_id in ids(batch):
        house.keep(local_id, COST)
    assert batch.is_over


def test_what_is_in_the_ledger_takes_nothing_of_a_budget(house: House) -> None:
    """Only what is sent has to fit."""
    for local_id in ids(house.submit(requests(3))):
        house.keep(local_id, COST)
    with pytest.warns(UserWarning, match="only 1 is sent"):
        assert len(house.submit(requests(4), budgets=[Budget.parse("6 CNY/day")])) == 4


# -- again --


def test_running_the_cell_twice_pays_once(house: House) -> None:
    """What is in the ledger is held; only what is missing or ended free is sent."""
    first = house.submit(requests(18))
    for local_id in ids(first)[:15]:
        house.keep(local_id, COST)
    house.fail(ids(first)[15])
    day = house.tasks[ids(first)[0]].created_at.date().isoformat()
    sentence = (
        f"17 of 20 requests are in the ledger already (15 kept, 2 under way, ¥75.14 paid on {day}); only 3 are sent. "
        "To pay for all again: submit_many(..., again=True)."
    )
    with pytest.warns(UserWarning, match="in the ledger already") as said:
        second = house.submit(requests(20))
    assert [str(line.message) for line in said] == [sentence]
    assert second.notes == (sentence,)
    assert (len(second), second.held) == (20, 17)
    same = [number for number in range(20) if number < 18 and ids(second)[number] == ids(first)[number]]
    assert same == [*range(15), 16, 17]
    assert second.counts == {TaskStatus.INTENT: 5, TaskStatus.KEPT: 15}
    assert second.cost == {"CNY": COST * 15}
    assert str(second.quote) == "¥100.19"


def test_again_pays_for_all_again(house: House) -> None:
    """Without a word, since it was asked for."""
    first = house.submit(requests(3))
    second = house.submit(requests(3), again=True)
    assert not set(ids(first)) & set(ids(second))
    assert len(house.tasks) == 6
    assert second.held == 0


def test_a_whole_batch_that_is_there_sends_nothing(house: House) -> None:
    """The engine is not even asked."""
    batch = house.submit(requests(2))
    for local_id in ids(batch):
        house.keep(local_id, COST)
    house.calls.clear()
    with pytest.warns(UserWarning, match="2 of 2 requests are in the ledger already .*; nothing is sent"):
        again = house.submit(requests(2))
    assert house.calls == []
    assert again.is_over
    assert again.wait(0) is again


def test_duplicates_are_as_many_as_they_are(house: House) -> None:
    """Three of one prompt are three clips; a fourth is one more, and no task is held twice."""
    first = house.submit(["x"] * 3)
    assert len(set(ids(first))) == 3
    with pytest.warns(UserWarning, match="3 of 4 requests are in the ledger already"):
        second = house.submit(["x"] * 4)
    assert len(set(ids(second))) == 4
    assert len(house.tasks) == 4


def test_a_kept_clip_is_held_before_one_under_way(house: House) -> None:
    """Where the ledger has more of one request than the batch asks for."""
    both = house.submit(["x"] * 2)
    house.keep(ids(both)[0], COST)
    with pytest.warns(UserWarning, match="1 kept"):
        assert ids(house.submit(["x"])) == ids(both)[:1]


def test_the_sandbox_and_other_providers_are_not_the_same(house: House) -> None:
    """A clip from the sandbox is no clip of the provider."""
    house.submit(requests(1), is_sandbox=True)
    assert house.submit(requests(1)).held == 0
    with pytest.warns(UserWarning, match="1 of 1 request is in the ledger already"):
        assert house.submit(requests(1), is_sandbox=True).held == 1


def test_an_unknown_outcome_is_never_sent_again_and_says_what_to_do(house: House) -> None:
    """It may exist and be billed."""
    first = house.submit(requests(2))
    house.move(ids(first)[0], TaskStatus.SUBMITTING)
    house.move(ids(first)[0], TaskStatus.UNKNOWN, failure=Failure("OutcomeUnknown", "No answer."))
    with pytest.warns(
        UserWarning, match=r"1 of them is unknown.*provider's console and say what you found with task.settle"
    ):
        second = house.submit(requests(2))
    assert ids(second) == ids(first)
    (failure,) = second.failures()
    assert failure["status"] == "unknown"
    assert "may be billed" in failure["bill"]
    assert failure["seed"] == house.tasks[ids(first)[0]].seed


def test_an_intent_of_a_notebook_that_ended_is_sent(house: House) -> None:
    """Nobody will send it any more; that of a notebook that lives is held."""
    batch = house.submit(requests(1))
    record = house.tasks[ids(batch)[0]]
    found = {record.asked_sha256: [record]}
    prepared = [type("P", (), {"record": record})()]
    assert held(prepared, found, is_alive=lambda owner: True) == [record]
    assert held(prepared, found, is_alive=lambda owner: False) == [None]


def test_a_held_task_that_moved_meanwhile_is_counted_where_it_is(house: House) -> None:
    """Between the look that found it and the subscription."""
    first = house.submit(requests(1))
    subscribe = house.subscribe_many

    def late(local_ids: Any, listener: Any) -> Any:
        house.keep(ids(first)[0], COST)
        return subscribe(local_ids, listener)

    house.subscribe_many = late  # type: ignore[method-assign]
    with pytest.warns(UserWarning, match="in the ledger already"):
        second = house.submit(requests(1))
    assert second.counts == {TaskStatus.KEPT: 1}
    assert second.is_over


# -- following --


def test_counts_move_with_events_and_read_no_rows(house: House) -> None:
    """Also back, where a clip is fetched again."""
    batch = house.submit(requests(3))
    house.reads.clear()
    one, two, three = ids(batch)
    house.keep(one, COST)
    house.fail(two)
    house.move(three, TaskStatus.SUBMITTING)
    assert batch.counts == {TaskStatus.SUBMITTING: 1, TaskStatus.KEPT: 1, TaskStatus.FAILED: 1}
    assert not batch.is_over
    house.move(one, TaskStatus.SUCCEEDED)
    assert batch.counts[TaskStatus.SUCCEEDED] == 1
    assert house.reads == []


def test_each_task_is_read_once_for_the_cost(house: House) -> None:
    """Asking ten thousand times for the cost of a batch asks the ledger for what has ended since."""
    batch = house.submit(requests(50))
    house.reads.clear()
    for number, local_id in enumerate(ids(batch), 1):
        house.keep(local_id, COST)
        assert batch.cost == batch.cost == {"CNY": COST * number}
    assert house.reads == [1] * 50
    house.move(ids(batch)[0], TaskStatus.SUCCEEDED)
    house.move(ids(batch)[0], TaskStatus.KEPT)
    assert batch.cost == {"CNY": COST * 50}


def test_a_ledger_that_cannot_be_read_is_asked_again(house: House) -> None:
    """No cost is left out for it."""
    batch = house.submit(requests(1))
    house.keep(ids(batch)[0], COST)
    records_of = house.records_of
    calls = []

    def once(local_ids: Any) -> Any:
        calls.append(local_ids)
        if len(calls) == 1:
            raise OSError("busy")
        return records_of(local_ids)

    house.records_of = once  # type: ignore[method-assign]
    with pytest.raises(OSError, match="busy"):
        _ = batch.cost
    assert batch.cost == {"CNY": COST}


def test_failures_are_rows_with_what_they_mean(house: House) -> None:
    """By row; what was cancelled is no failure."""
    batch = house.submit(requests(4))
    house.fail(ids(batch)[2], "OutputVideoSensitiveContentDetected", "Moderation.")
    house.fail(ids(batch)[0])
    house.move(ids(batch)[1], TaskStatus.CANCELLED)
    assert [(row["row"], row["code"]) for row in batch.failures()] == [
        (0, "ServerOverloaded"),
        (2, "OutputVideoSensitiveContentDetected"),
    ]
    assert batch.failures()[0]["bill"].startswith("Not billed")
    assert batch.failures()[0]["prompt"] == "cat 0"


def test_a_failure_that_comes_alive_is_none(house: House) -> None:
    """An unknown task that was found, and ended well."""
    batch = house.submit(requests(1))
    (only,) = ids(batch)
    house.move(only, TaskStatus.UNKNOWN, failure=Failure("OutcomeUnknown", "No answer."))
    assert len(batch.failures()) == 1
    assert batch.is_over
    house.move(only, TaskStatus.QUEUED, failure=None)
    assert batch.failures() == []
    assert not batch.is_over
    house.keep(only, COST)
    assert batch.counts == {TaskStatus.KEPT: 1}


# -- waiting --


def move_all(house: House, names: list[str]) -> None:
    house.fail(names[0])
    for name in names[1:]:
        house.keep(name, COST)


def test_wait_returns_the_batch_whatever_became_of_its_tasks(house: House) -> None:
    """A failure is a row of a table, and no exception."""
    batch = house.submit(requests(4))
    mover = threading.Thread(target=move_all, args=(house, ids(batch)))
    mover.start()
    assert batch.wait(180) is batch
    mover.join()
    assert batch.counts == {TaskStatus.KEPT: 3, TaskStatus.FAILED: 1}


def test_await_returns_the_batch(house: House) -> None:
    """In a kernel's own loop."""
    batch = house.submit(requests(4))

    async def main() -> object:
        mover = asyncio.create_task(asyncio.to_thread(move_all, house, ids(batch)))
        found = await batch
        await mover
        return found

    assert asyncio.run(main()) is batch
    assert batch.is_over


def test_a_wait_that_takes_too_long_stops_no_task(house: House) -> None:
    """It says how many go on."""
    batch = house.submit(requests(2))
    house.keep(ids(batch)[0], COST)
    with pytest.raises(WaitTimeout, match=r"1 of 2 tasks were still under way after 0 s. None was cancelled"):
        batch.wait(0)
    assert batch.counts == {TaskStatus.INTENT: 1, TaskStatus.KEPT: 1}
    assert house.calls == [("submit_many", "2")]


def test_the_bar_says_how_many_and_how_much(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """Kept, failed, and the cost so far."""
    batch = house.submit(requests(3), progress=True)
    move_all(house, ids(batch)[:2])
    with pytest.raises(WaitTimeout):
        batch.wait(0)
    said = capsys.readouterr().err
    assert "2/3 over" in said
    assert "1 kept, 1 failed, ¥5.01" in said


def test_no_bar_where_none_is_wanted(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """`progress=False` writes nothing."""
    batch = house.submit(requests(1))
    house.keep(ids(batch)[0], COST)
    batch.wait(0)
    assert capsys.readouterr() == ("", "")


def test_nobody_listens_after_the_end(house: House) -> None:
    """Unless a task may come alive again."""
    batch = house.submit(requests(2))
    house.keep(ids(batch)[0], COST)
    house.move(ids(batch)[1], TaskStatus.LOST, failure=Failure("TaskGone", "Gone."))
    assert batch.is_over
    assert house.listeners[ids(batch)[1]]
    house.move(ids(batch)[1], TaskStatus.SUCCEEDED, failure=None)
    house.move(ids(batch)[1], TaskStatus.KEPT)
    assert not any(house.listeners.values())


# -- acting --


def test_stop_withdraws_what_was_not_sent(house: House) -> None:
    """The line stands still meanwhile; sent tasks go on, and those of another batch are left alone."""
    first = house.submit(requests(1))
    with pytest.warns(UserWarning, match="in the ledger already"):
        batch = house.submit(requests(4))
    house.move(ids(batch)[1], TaskStatus.SUBMITTING)
    house.calls.clear()
    assert batch.stop() == 2
    assert house.calls == [
        ("pause", batch.id),
        ("withdraw", ids(batch)[2]),
        ("withdraw", ids(batch)[3]),
        ("resume", batch.id),
    ]
    assert batch.counts == {TaskStatus.INTENT: 1, TaskStatus.SUBMITTING: 1, TaskStatus.CANCELLED: 2}
    assert batch.failures() == []
    assert ids(batch)[0] == ids(first)[0]


def test_a_stop_that_is_interrupted_sends_nothing(house: House) -> None:
    """Whoever wanted to stop does not want the rest."""
    batch = house.submit(requests(2))

    def interrupted(local_ids: object) -> int:
        raise KeyboardInterrupt

    house.withdraw_many = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        batch.stop()
    assert house.calls[-1] == ("pause", batch.id)


def test_pause_and_resume_are_the_engines(house: House) -> None:
    """And the summary says that nothing is sent."""
    batch = house.submit(requests(1))
    batch.pause()
    assert "paused" in str(batch)
    batch.resume()
    assert "paused" not in str(batch)
    assert house.calls[1:] == [("pause", batch.id), ("resume", batch.id)]


# -- showing --


def test_a_batch_is_a_sequence_of_tasks(house: House) -> None:
    """By index, from the end, in slices."""
    batch = house.submit(requests(3))
    assert batch[0].local_id == ids(batch)[0]
    assert batch[-1].local_id == ids(batch)[2]
    assert [task.local_id for task in batch[1:]] == ids(batch)[1:]
    with pytest.raises(IndexError):
        _ = batch[3]


def test_a_batch_tells_its_story_in_a_line_and_in_html(house: House) -> None:
    """Counts in words, quote and cost, and the failures with their rows."""
    batch = house.submit([*requests(2), Content("<img src=x onerror=alert(1)> شريط")])
    house.keep(ids(batch)[0], COST)
    house.fail(ids(batch)[2], "<b>", "</td><script>")
    assert repr(batch) == f"Batch({batch.id}; 3 tasks: 1 intent, 1 kept, 1 failed; quoted {batch.quote})"
    html = batch._repr_html_()
    assert "3 tasks at Volcengine Ark, under way" in html
    assert "1 kept" in html
    assert "Cost so far: ¥5.01" in html
    assert "<img" not in html
    assert "<script" not in html
    assert "<bdi>&lt;img" in html
    assert "Not billed" in html


def test_ten_thousand_tasks_are_one_batch(house: House) -> None:
    """Each change is counted alone, and the summary reads what has ended and ten failures."""
    batch = house.submit([f"cat {number}" for number in range(10_000)])
    names = ids(batch)
    assert len(set(names)) == 10_000
    house.reads.clear()
    for name in names[:5_000]:
        house.keep(name, COST)
    for name in names[5_000:]:
        house.fail(name)
    assert batch.summary().failed == 5_000
    assert sorted(house.reads) == [10, 5_000]
    assert batch.counts == {TaskStatus.KEPT: 5_000, TaskStatus.FAILED: 5_000}
