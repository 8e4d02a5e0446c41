"""Where a provider's word goes: to a task that is waited for, and not more often than it helps."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from seedance_nb.engine.hearing import LOOK_INTERVAL, SEARCH_INTERVAL, Hearing
from seedance_nb.errors import LedgerError, TransportError
from seedance_nb.money import Money, Usage
from seedance_nb.task import Snapshot, TaskRecord, TaskStatus

from .ledger_samples import a_record

RUNNING = a_record(local_id="l-1", task_id="t-1", status=TaskStatus.RUNNING)
DONE = Snapshot("t-1", TaskStatus.SUCCEEDED, "succeeded", video_url="https://elsewhere.example/x.mp4")


class Bench:
    """A hearing over a ledger of records, with a provider that counts and a clock that jumps."""

    def __init__(self, *records: TaskRecord) -> None:
        self.records = {each.local_id: each for each in records}
        self.searches = 0
        self.gets: list[str] = []
        self.answer: Snapshot | Exception = dataclasses.replace(DONE, usage=Usage(1, 1), video_url="https://own/x.mp4")
        self.seen: list[tuple[str, Snapshot]] = []
        self.now = 1000.0
        self.slept: list[float] = []
        self.hearing = Hearing(
            self,  # type: ignore[arg-type]
            client_of=lambda each: SimpleNamespace(get=self._answer),  # type: ignore[arg-type,return-value]
            seen=self._seen,
            clock=lambda: self.now,
            sleep=self._sleep,
        )
        self.during_sleep: Callable[[], Awaitable[object]] | None = None

    def get(self, local_id: str) -> TaskRecord:
        return self.records[local_id]

    def unfinished(self) -> list[TaskRecord]:
        self.searches += 1
        return [each for each in self.records.values() if not each.status.is_terminal]

    async def _answer(self, task_id: str) -> Snapshot:
        self.gets.append(task_id)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def _seen(self, local_id: str, snapshot: Snapshot) -> None:
        self.seen.append((local_id, snapshot))

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.during_sleep is not None:
            await self.during_sleep()
        self.now += seconds


def followed() -> Bench:
    bench = Bench(RUNNING)
    bench.hearing.follow("ark", "t-1", "l-1")
    return bench


def run(work: Awaitable[Any]) -> None:
    async def main() -> None:
        await work

    asyncio.run(main())


def test_a_task_that_is_followed_needs_no_search() -> None:
    """Its record is read, the provider is asked once, and the answer goes the way of a poll."""
    bench = followed()
    run(bench.hearing.look("ark", "t-1"))
    assert (bench.gets, bench.searches) == (["t-1"], 0)
    assert bench.seen == [("l-1", bench.answer)]


def test_a_success_is_heard_with_its_bill() -> None:
    """What a webhook leaves out is asked for; the clip's address is then the provider's own answer."""
    bench = followed()
    run(bench.hearing.hear("ark", DONE))
    assert bench.seen == [("l-1", bench.answer)]


def test_a_success_is_heard_without_its_bill_if_need_be() -> None:
    """A provider that does not answer now, or answers from before, takes nothing from what it has proved."""
    for answer in (TransportError("no", provider="ark"), dataclasses.replace(DONE, status=TaskStatus.RUNNING)):
        bench = followed()
        bench.answer = answer
        run(bench.hearing.hear("ark", DONE))
        assert bench.seen == [("l-1", DONE)]


@pytest.mark.parametrize(
    "snapshot",
    [
        dataclasses.replace(DONE, status=TaskStatus.FAILED, raw_status="failed"),
        dataclasses.replace(DONE, usage=Usage(5, 5)),
        dataclasses.replace(DONE, cost=Money(Decimal(1), "USD")),
    ],
)
def test_what_is_whole_is_not_asked_for(snapshot: Snapshot) -> None:
    """A failure has no bill, and a success with one needs no other."""
    bench = followed()
    run(bench.hearing.hear("ark", snapshot))
    assert bench.seen == [("l-1", snapshot)]
    assert bench.gets == []


@pytest.mark.parametrize("status", [s for s in TaskStatus if s not in {TaskStatus.QUEUED, TaskStatus.RUNNING}])
def test_a_task_that_is_not_waited_for_is_left_alone(status: TaskStatus) -> None:
    """Over, being kept, or not sent: neither a word nor a hint has an effect."""
    bench = Bench(dataclasses.replace(RUNNING, status=status))
    bench.hearing.follow("ark", "t-1", "l-1")
    run(bench.hearing.hear("ark", DONE))
    run(bench.hearing.look("ark", "t-1"))
    assert (bench.gets, bench.seen) == ([], [])


@pytest.mark.parametrize(("provider", "task_id"), [("ark", "t-2"), ("atlas", "t-1"), ("ark", "l-1"), ("ark", "")])
def test_an_unknown_task_makes_nobody_ask(provider: str, task_id: str) -> None:
    """Neither another id nor another provider's, nor our own id."""
    bench = followed()
    run(bench.hearing.look(provider, task_id))
    run(bench.hearing.hear(provider, dataclasses.replace(DONE, task_id=task_id)))
    assert (bench.gets, bench.seen) == ([], [])


def test_a_task_of_another_process_is_found_in_the_ledger() -> None:
    """One that this engine does not follow is looked up."""
    bench = Bench(RUNNING)
    run(bench.hearing.look("ark", "t-1"))
    assert (bench.gets, bench.searches) == (["t-1"], 1)


def test_strangers_share_a_search_a_second() -> None:
    """A hundred unknown ids at once cost one search, the next hundred one more, a second later."""
    bench = followed()

    async def flood(start: int) -> None:
        await asyncio.gather(*[bench.hearing.look("ark", f"x-{n}") for n in range(start, start + 100)])

    async def twice() -> None:
        await flood(0)
        assert (bench.searches, bench.slept) == (1, [])
        bench.now += 0.25
        await flood(100)

    run(twice())
    assert (bench.searches, bench.slept) == (2, [SEARCH_INTERVAL - 0.25])
    assert bench.gets == []


def test_a_task_is_looked_at_once_a_second() -> None:
    """Hints within a second lead to one look at its end, so that the last change is not missed."""
    bench = followed()

    async def burst() -> None:
        await bench.hearing.look("ark", "t-1")
        bench.now += 0.4
        waiting = asyncio.Event()

        async def others() -> None:
            for _ in range(20):
                await bench.hearing.look("ark", "t-1")
            waiting.set()

        bench.during_sleep = others
        await bench.hearing.look("ark", "t-1")
        assert waiting.is_set()

    run(burst())
    assert bench.gets == ["t-1"] * 2
    assert bench.slept == [pytest.approx(LOOK_INTERVAL - 0.4)]


def test_a_look_that_waits_is_given_up_when_the_task_is_over() -> None:
    """The end came another way meanwhile."""
    bench = followed()

    async def scenario() -> None:
        await bench.hearing.look("ark", "t-1")

        async def over() -> None:
            bench.hearing.forget(RUNNING.local_id)

        bench.during_sleep = over
        await bench.hearing.look("ark", "t-1")

    run(scenario())
    assert bench.gets == ["t-1"]


@pytest.mark.parametrize("trouble", [TransportError("no", provider="ark"), LedgerError("locked")])
def test_trouble_is_left_to_polling(trouble: Exception) -> None:
    """A look that fails, or a ledger that does not answer, ends quietly."""
    bench = followed()
    bench.answer = trouble
    run(bench.hearing.look("ark", "t-1"))
    assert bench.seen == []

    def refuses(local_id: str) -> TaskRecord:
        raise trouble

    bench.get = refuses  # type: ignore[method-assign]
    run(bench.hearing.hear("ark", DONE))
    assert bench.seen == []


def test_after_the_end_nothing_is_taken_in() -> None:
    """A studio that was closed does not listen any more."""
    bench = followed()
    bench.hearing.stop()
    run(bench.hearing.look("ark", "t-1"))
    run(bench.hearing.hear("ark", DONE))
    run(bench.hearing.look("ark", "unknown"))
    assert (bench.gets, bench.seen, bench.searches) == ([], [], 0)
