"""Looking at tasks: what is asked, what is passed on, and what trouble does to it. No time passes here."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine
from functools import wraps
from itertools import pairwise
from typing import Any

import pytest

from seedance_nb.errors import (
    AuthenticationError,
    LedgerError,
    ProviderUnavailableError,
    RateLimitError,
    RequestRejectedError,
    TransportError,
)
from seedance_nb.task import Snapshot, TaskStatus

from .polling_samples import KIND, Asked, Desk, FakeProvider, not_found, past, virtually


def virtual(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on a clock that jumps."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        virtually(lambda: test(*args, **kwargs))

    run.__signature__ = inspect.signature(test)  # type: ignore[attr-defined]
    return run


def unavailable(asked: Asked) -> ProviderUnavailableError:
    return ProviderUnavailableError("Out of order.", provider="ark", status_code=503)


# -- one task --


@virtual
async def test_a_task_alone_is_seen_soon_with_few_requests() -> None:
    """After fifty others, twenty tasks one after the other: a loop of 3 s would ask 44 times each and be as late."""
    delays, requests = [], 0
    for run in past(20, sigma=0.35, seed=5):
        provider = FakeProvider()
        desk = Desk(provider, past=past(50, sigma=0.35))
        desk.launch(run)
        await desk.until(lambda desk=desk: desk.seen())
        delays += desk.delays()
        requests += len(provider.asked)
    assert requests / 20 < 0.65 * 44
    assert sum(delays) / 20 < 2.0
    assert all(0 <= delay < 12 for delay in delays)


@virtual
async def test_hardly_anything_is_asked_while_a_task_cannot_have_ended() -> None:
    """Where tasks take ten minutes there are a few looks in the first three, and never more than a minute without."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(100, middle=600, sigma=0.15))
    desk.launch(600)
    begin = desk.clock()
    await asyncio.sleep(180)
    looks = [begin, *(asked.at for asked in provider.asked)]
    assert 2 <= len(provider.asked) <= 6
    assert all(later - earlier <= 61 for earlier, later in pairwise(looks))


@virtual
async def test_a_task_that_overstays_is_looked_at_for_ever_and_gently() -> None:
    """Ten hours for a task of two minutes: at least once a minute, and not all the time."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(200))
    desk.launch(36_000)
    await desk.until(lambda: bool(desk.seen()), within=40_000)
    assert 600 < len(provider.asked) < 2400
    assert max(desk.delays()) < 61


@virtual
async def test_a_service_that_became_twice_as_slow_costs_requests_and_not_time() -> None:
    """What two hundred past tasks say is wrong, and a task of four minutes is seen as soon as one of two."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(200))
    for _ in range(10):
        desk.launch(240)
        await desk.until(lambda: len(desk.seen()) == len(provider.ends))
    assert max(desk.delays()) < 25
    assert sum(desk.delays()[5:]) / 5 < 10


@virtual
async def test_a_task_of_an_earlier_session_is_looked_at_at_once() -> None:
    """It may have ended long ago."""
    provider = FakeProvider(ends={"old": 500.0})
    desk = Desk(provider)
    desk.poller.track("old", "our-old", kind=KIND, age=3600.0)
    await asyncio.sleep(0.1)
    assert set(desk.seen()) == {"old"}


@virtual
async def test_a_task_in_the_queue_is_not_taken_for_one_that_is_late() -> None:
    """Half an hour in the queue does not count as running: it is seen about as soon as one that began at once."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(200))
    [task_id] = desk.launch(1800 + 120)
    provider.running_from[task_id] = desk.clock() + 1800
    await desk.until(lambda: bool(desk.seen()))
    assert max(desk.delays()) < 6


# -- many tasks --


@virtual
async def test_a_hundred_tasks_share_one_list() -> None:
    """Each request is paced, lists are a second apart, and only the last task is asked for alone."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(50))
    desk.launch(*past(100, seed=3))
    await desk.until(lambda: len(desk.seen()) == 100)
    lists = [asked for asked in provider.asked if asked.operation == "list"]
    assert len(provider.asked) == len(desk.paced) < 150
    last_but_one = sorted(provider.ends.values())[-2]
    assert all(asked.at > last_but_one for asked in provider.asked if asked.operation == "get")
    assert all(later.at - earlier.at >= 1 for earlier, later in pairwise(lists))
    assert sum(desk.delays()) / 100 < 1.5


@virtual
async def test_five_hundred_tasks_share_one_page() -> None:
    """Fewer than one request for three tasks, and seen within a second on average."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(50))
    desk.launch(*past(500, seed=3))
    await desk.until(lambda: len(desk.seen()) == 500)
    assert any(asked.page for asked in provider.asked)
    assert len(provider.asked) / 500 < 0.33
    assert sum(desk.delays()) / 500 < 1.0


@virtual
async def test_pages_full_of_other_peoples_tasks_are_given_up() -> None:
    """Where ours are one in ten of the account's, lists by ids serve them; all are seen in time."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(50))
    for number in range(150):
        desk.launch(100 + number / 10)
        for other in range(9):
            provider.ends[f"other-{number}-{other}"] = 1e9
    await desk.until(lambda: len(desk.seen()) == 150)
    pages = [asked for asked in provider.asked if asked.page]
    assert len(pages) < 0.5 * len(provider.asked)
    assert sum(desk.delays()) / 150 < 4


@virtual
async def test_where_there_is_no_list_each_task_is_asked_for_when_it_is_due() -> None:
    """Half as many requests as a loop that would see them as late, and no task twice within a second."""
    provider = FakeProvider(can_list=False)
    desk = Desk(provider, past=past(100))
    desk.launch(*past(40, seed=3))
    await desk.until(lambda: len(desk.seen()) == 40)
    mean = sum(desk.delays()) / 40
    assert len(provider.asked) / 40 < 0.5 * 120 / (2 * mean)
    for task_id in provider.ends:
        moments = [asked.at for asked in provider.asked if asked.task_ids == (task_id,)]
        assert all(later - earlier >= 1 for earlier, later in pairwise(moments))


@virtual
async def test_ten_thousand_tasks_stay_within_the_limit_and_are_all_seen() -> None:
    """One list a second, whatever is going on."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(50))
    desk.launch(*past(10_000, sigma=0.1))
    begin = desk.clock()
    await desk.until(lambda: len(desk.seen()) == 10_000)
    assert len(provider.asked) <= desk.clock() - begin + 1
    assert max(desk.delays()) < 120


@virtual
async def test_the_past_is_asked_for_once_a_kind_and_may_be_missing(caplog: pytest.LogCaptureFixture) -> None:
    """Tasks of one kind share what is known of it; without it they are looked at all the same."""

    async def fails(kind: object) -> list[float]:
        raise LedgerError("It is closed.")

    desk = Desk(FakeProvider())
    desk.launch(60, 70)
    await desk.until(lambda: len(desk.seen()) == 2)
    desk.launch(60)
    await desk.until(lambda: len(desk.seen()) == 3)
    assert desk.asked_for == [KIND]

    desk = Desk(FakeProvider(), durations=fails)
    desk.launch(60)
    await desk.until(lambda: bool(desk.seen()))
    assert "It is closed." in caplog.text


@virtual
async def test_what_ended_while_nobody_looked_teaches_nothing() -> None:
    """Twenty tasks that are found ended after an hour do not make the next one be expected then."""
    provider = FakeProvider(can_list=False, ends={f"old{number}": 500.0 for number in range(20)})
    desk = Desk(provider)
    for task_id in provider.ends:
        desk.poller.track(task_id, f"our-{task_id}", kind=KIND, age=3600.0)
    await desk.until(lambda: len(desk.seen()) == 20)
    [task_id] = desk.launch(120)
    await desk.until(lambda: task_id in desk.seen())
    assert desk.seen()[task_id] - provider.ends[task_id] < 6


# -- what is passed on --


@virtual
async def test_a_word_is_passed_on_once() -> None:
    """Queued, running and succeeded each come once, however many looks there were."""
    provider = FakeProvider()
    desk = Desk(provider)
    [task_id] = desk.launch(150)
    provider.running_from[task_id] = desk.clock() + 40
    await desk.until(lambda: bool(desk.seen()))
    assert [word for _, _, word in desk.told] == ["queued", "running", "succeeded"]
    assert len(provider.asked) > 3


@virtual
async def test_an_unknown_word_is_no_end() -> None:
    """It is passed on, and the task is looked at until it ends."""
    provider = FakeProvider()
    desk = Desk(provider)
    [task_id] = desk.launch(150)
    provider.word = lambda task_id: (
        Snapshot(task_id, None, "archiving") if provider.now() < provider.ends[task_id] - 60 else None
    )
    await desk.until(lambda: task_id in desk.seen())
    assert [word for _, _, word in desk.told] == ["archiving", "running", "succeeded"]


@virtual
async def test_what_cannot_be_written_down_is_looked_at_again(caplog: pytest.LogCaptureFixture) -> None:
    """A ledger that refuses one task three times: the others of the same answer are passed on meanwhile."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(50, middle=60))
    bad, *good = desk.launch(60, 60, 60)
    left = 6

    def refuse(local_id: str) -> Exception | None:
        nonlocal left
        if local_id == f"our-{bad}" and left and desk.clock() > provider.ends[bad]:
            left -= 1
            return LedgerError("The disk is full.")
        return None

    desk.refuse = refuse
    await desk.until(lambda: len(desk.seen()) == 2)
    assert set(desk.seen()) == set(good)
    assert max(desk.delays()) < 10
    await desk.until(lambda: bad in desk.seen())
    assert "The disk is full." in caplog.text
    assert len(provider.asked) < 60


@virtual
async def test_nothing_is_asked_once_all_have_ended_and_looking_begins_again_with_the_next() -> None:
    """An ended task is forgotten without being told to."""
    provider = FakeProvider()
    desk = Desk(provider)
    desk.launch(30)
    await desk.until(lambda: bool(desk.seen()))
    count = len(provider.asked)
    await asyncio.sleep(600)
    assert len(provider.asked) == count
    desk.launch(30)
    await desk.until(lambda: len(desk.seen()) == 2)


@virtual
async def test_a_forgotten_task_and_a_stopped_poller_ask_nothing() -> None:
    """Also when they are forgotten between two looks."""
    provider = FakeProvider()
    desk = Desk(provider)
    first, second = desk.launch(600, 600)
    await asyncio.sleep(100)
    desk.poller.forget(first)
    count = len(provider.asked)
    await asyncio.sleep(100)
    assert all(asked.task_ids == (second,) for asked in provider.asked[count:])
    desk.poller.stop()
    count = len(provider.asked)
    await asyncio.sleep(100)
    assert len(provider.asked) == count


@virtual
async def test_a_hint_is_followed_soon() -> None:
    """A task that should take minutes is seen within a second or two of a hint."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(100, middle=600))
    [task_id] = desk.launch(40)
    await asyncio.sleep(41)
    desk.poller.look_soon(task_id)
    desk.poller.look_soon("stranger")
    await desk.until(lambda: bool(desk.seen()), within=2)


@pytest.mark.parametrize("which", ["wall", "clock"])
@virtual
async def test_after_the_machine_slept_all_are_looked_at_at_once(which: str) -> None:
    """Some clocks go on while a laptop sleeps, some do not: a jump of either is noticed within seconds."""
    slept = 0.0
    loop_time = asyncio.get_running_loop().time
    clocks = {name: (lambda: loop_time() + slept) if name == which else loop_time for name in ("wall", "clock")}
    provider = FakeProvider()
    desk = Desk(provider, past=past(100, middle=600), **clocks)
    desk.launch(40, 40)
    await asyncio.sleep(42)
    count = len(provider.asked)
    slept = 3600.0
    await asyncio.sleep(6)
    assert len(provider.asked) > count
    assert len(desk.seen()) == 2


# -- trouble --


@virtual
async def test_three_denials_in_a_row_mean_that_a_task_is_gone() -> None:
    """Two and a word in between do not."""
    provider = FakeProvider()
    desk = Desk(provider)
    gone, flickers = desk.launch(600, 100)
    denied = 0

    def trouble(asked: Asked) -> Any:
        nonlocal denied
        if asked.operation == "get" and asked.task_ids == (flickers,):
            denied += 1
            return not_found(flickers) if denied % 3 else None
        return None

    provider.trouble = trouble
    provider.hidden.add(flickers)
    del provider.ends[gone]
    await desk.until(lambda: bool(desk.lost))
    provider.ends[gone] = 0.0
    await desk.until(lambda: flickers in desk.seen())
    assert [local_id for local_id, _ in desk.lost] == [f"our-{gone}"]
    assert denied >= 3
    asked_for_gone = [asked for asked in provider.asked if asked.task_ids == (gone,)]
    assert len(asked_for_gone) == 3


@virtual
async def test_a_task_that_lists_leave_out_is_asked_for_alone() -> None:
    """And only that one."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(50))
    hidden, *_ = desk.launch(*past(20, seed=3))
    provider.hidden.add(hidden)
    await desk.until(lambda: len(desk.seen()) == 20)
    alone = [asked for asked in provider.asked if asked.operation == "get" and asked.at < provider.ends[hidden] - 10]
    assert {asked.task_ids for asked in alone} == {(hidden,)}
    assert desk.lost == []


@virtual
async def test_a_denial_counts_only_after_the_warm_up() -> None:
    """A provider that does not find its newest task for half a minute loses nothing."""
    provider = FakeProvider(can_list=False, warm_up=30.0)
    desk = Desk(provider, past=past(50, middle=20, sigma=0.3))
    [task_id] = desk.launch(40)
    begin = desk.clock()

    def trouble(asked: Asked) -> Any:
        if asked.at >= begin + 30:
            return None
        if len(provider.asked) % 2:
            return not_found(task_id)
        return RequestRejectedError("Which?", provider="atlas", status_code=400)

    provider.trouble = trouble
    await desk.until(lambda: bool(desk.seen()))
    assert sum(asked.at < begin + 30 for asked in provider.asked) > 3
    assert desk.lost == []


@virtual
async def test_trouble_with_one_task_does_not_keep_the_others_from_being_looked_at() -> None:
    """It is tried again, more and more seldom."""
    provider = FakeProvider(can_list=False)
    desk = Desk(provider, past=past(50, middle=60))
    bad, *_ = desk.launch(60, 60, 60)
    provider.trouble = lambda asked: unavailable(asked) if asked.task_ids == (bad,) else None
    await asyncio.sleep(600)
    assert len(desk.seen()) == 2
    assert max(desk.delays()) < 6
    assert 10 < sum(asked.task_ids == (bad,) for asked in provider.asked) < 60


@pytest.mark.parametrize("can_list", [True, False])
@virtual
async def test_a_provider_that_is_down_is_not_hammered(can_list: bool) -> None:
    """Ten minutes of 503 with fifty tasks: some thirty tries, at most half a minute apart, and then all is seen."""
    provider = FakeProvider(can_list=can_list)
    desk = Desk(provider, past=past(50, middle=60))
    provider.trouble = unavailable
    desk.launch(*[60.0] * 50)
    begin = desk.clock()
    await asyncio.sleep(600)
    moments = sorted({round(asked.at) for asked in provider.asked})
    assert 15 <= len(moments) <= 35
    assert len(provider.asked) <= 4 * len(moments)
    assert all(later - earlier <= 31 for earlier, later in pairwise(moments) if later > begin + 70)
    provider.trouble = lambda asked: None
    await desk.until(lambda: len(desk.seen()) == 50, within=60)


@virtual
async def test_a_provider_that_asks_for_a_pause_gets_it() -> None:
    """429 with Retry-After: 90 keeps everything back for so long, whichever task it came for."""
    provider = FakeProvider(can_list=False)
    desk = Desk(provider, past=past(50, middle=60))
    desk.launch(*[300.0] * 30)
    limited: list[float] = []

    def trouble(asked: Asked) -> Any:
        if limited:
            return None
        limited.append(asked.at)
        return RateLimitError("Slowly.", provider="ark", status_code=429, retry_after=90.0)

    provider.trouble = trouble
    await desk.until(lambda: len(desk.seen()) == 30)
    later = [asked.at for asked in provider.asked if asked.at > limited[0]]
    assert min(later) >= limited[0] + 90


@virtual
async def test_a_refused_list_does_not_hide_the_tasks() -> None:
    """If an id spoils the list for all, they are asked for one by one."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(50, middle=60))
    desk.launch(60, 60, 60)
    provider.trouble = lambda asked: (
        RequestRejectedError("Bad id.", provider="ark", status_code=400) if asked.operation == "list" else None
    )
    await desk.until(lambda: len(desk.seen()) == 3)
    assert max(desk.delays()) < 10


@virtual
async def test_a_key_that_no_longer_works_is_tried_again() -> None:
    """401 is the account's trouble, not the task's: nothing is given up."""
    provider = FakeProvider()
    desk = Desk(provider, past=past(50, middle=60))
    desk.launch(60, 60)
    provider.trouble = lambda asked: AuthenticationError("Who?", provider="ark", status_code=401)
    await asyncio.sleep(300)
    assert len(provider.asked) < 20
    provider.trouble = lambda asked: None
    await desk.until(lambda: len(desk.seen()) == 2, within=60)
    assert desk.lost == []


@virtual
async def test_a_mistake_of_ours_is_logged_and_looking_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """An exception that nobody expected ends no task."""
    provider = FakeProvider(can_list=False)
    desk = Desk(provider, past=past(50, middle=60))
    bad, _ = desk.launch(60, 60)

    def word(task_id: str) -> Snapshot | None:
        if task_id == bad and provider.now() < provider.ends[bad] + 30:
            raise ZeroDivisionError
        return None

    provider.word = word
    with caplog.at_level(logging.ERROR):
        await desk.until(lambda: len(desk.seen()) == 2)
    assert "ZeroDivisionError" in caplog.text


# -- the sandbox --


@virtual
async def test_a_sandbox_is_looked_at_often() -> None:
    """A demo of three tasks of six seconds sees them at once."""
    provider = FakeProvider()
    desk = Desk(provider, is_sandbox=True)
    desk.launch(6, 6.2, 7)
    await desk.until(lambda: len(desk.seen()) == 3)
    assert max(desk.delays()) <= 0.4
    assert len(provider.asked) <= 7 / 0.35 + 2


@pytest.mark.parametrize("can_list", [True, False])
@virtual
async def test_thousands_on_a_sandbox_are_looked_at_gently(can_list: bool) -> None:
    """A list a second, or a hundred gets; and all are seen."""
    provider = FakeProvider(can_list=can_list)
    desk = Desk(provider, is_sandbox=True)
    desk.launch(*[20.0 + number / 100 for number in range(3000)])
    begin = desk.clock()
    await desk.until(lambda: len(desk.seen()) == 3000)
    assert len(provider.asked) <= (desk.clock() - begin) * (1.5 if can_list else 100) + 10
    assert max(desk.delays()) < 60


@virtual
async def test_a_sandbox_that_is_gone_takes_its_tasks_along() -> None:
    """Three refused connections in a row; one answer in between, and it lives."""
    provider = FakeProvider()
    desk = Desk(provider, is_sandbox=True)
    desk.launch(*[1000.0] * 3)
    provider.trouble = lambda asked: TransportError("Refused.", provider="ark") if len(provider.asked) % 3 else None
    await asyncio.sleep(20)
    assert desk.lost == []
    provider.trouble = lambda asked: TransportError("Refused.", provider="ark")
    await desk.until(lambda: len(desk.lost) == 3, within=10)
    assert TaskStatus.SUCCEEDED not in desk.seen()


@virtual
async def test_a_real_provider_that_refuses_connections_is_waited_for() -> None:
    """A network that is gone for an hour loses nothing."""
    provider = FakeProvider()
    desk = Desk(provider)
    desk.launch(60, 60)
    provider.trouble = lambda asked: TransportError("Refused.", provider="ark")
    await asyncio.sleep(3600)
    provider.trouble = lambda asked: None
    await desk.until(lambda: len(desk.seen()) == 2, within=60)
    assert desk.lost == []
