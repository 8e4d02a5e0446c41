"""Waiting for one's turn to be created: order, refusals for now, caps, pauses; against a clock that jumps."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedance_nb.catalog import Limits
from seedance_nb.engine.lane import RECHECK
from seedance_nb.engine.line import Line, Ticket
from seedance_nb.engine.sending import Sent
from seedance_nb.errors import LedgerError
from seedance_nb.task import Failure

CREATED = Sent("created", task_id="cgt-1")
HELD = Sent("held", failure=Failure("ModelAccountRpmRateLimitExceeded", "ark said 429."))
NO_ANSWER = Sent("no_answer", failure=Failure("HTTP 500", "ark said 500."))


class Time:
    """A clock that jumps to the next alarm once everybody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self._alarms: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        alarm: asyncio.Future[None] = asyncio.Future()
        heapq.heappush(self._alarms, (self.now + seconds, next(self._numbers), alarm))
        await alarm

    async def settle(self) -> None:
        """Let everybody go on who can, without any time passing."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def pass_until(self, reached: Callable[[], bool], *, most: float = 1e6) -> None:
        """Let time pass until something is so."""
        await self.settle()
        while not reached():
            while self._alarms and self._alarms[0][2].done():
                heapq.heappop(self._alarms)
            assert self._alarms, f"nobody waits for the clock, and it never was so, at {self.now:.1f} s"
            assert self._alarms[0][0] <= most, f"it was not so after {most} s"
            at, _, alarm = heapq.heappop(self._alarms)
            self.now = max(self.now, at)
            alarm.set_result(None)
            await self.settle()


class FakePacer:
    """Lets one of each kind go every so many seconds, and remembers who was told to wait."""

    def __init__(self, clock: Time, **every: float) -> None:
        self._clock, self._every = clock, every
        self._next: Counter[str] = Counter()
        self.back_offs: list[tuple[str, float]] = []
        self.trouble: list[Exception] = []

    async def __call__(self, operation: str) -> None:
        if self.trouble:
            raise self.trouble.pop()
        if operation in self._every:
            if (wait := self._next[operation] - self._clock()) > 0:
                await self._clock.sleep(wait)
            self._next[operation] = self._clock() + self._every[operation]  # type: ignore[assignment]

    async def back_off(self, operation: str, seconds: float) -> None:
        self.back_offs.append((operation, round(seconds, 3)))


class Bench:
    """A line, and a provider made of a list: how the next attempts end; the last one repeats."""

    def __init__(
        self, *outcomes: Sent, limits: Limits | None = None, every: dict[str, float] | None = None, takes: float = 0.0
    ) -> None:
        self.clock = Time()
        self.pacer = FakePacer(self.clock, **(every or {}))
        self.outcomes = list(outcomes) or [CREATED]
        self.in_flight = 0
        self.asked = 0
        self.takes = takes
        self.tried: list[tuple[str, float]] = []
        self.answered: list[tuple[str, Sent]] = []
        self.ended: dict[str, Sent] = {}
        self.sends: dict[str, asyncio.Task[Sent]] = {}
        self.line = Line(
            pacer=self.pacer,
            in_flight=self._in_flight,
            limits=limits or Limits(),
            clock=self.clock,
            sleep=self.clock.sleep,
            jitter=lambda: 0.0,
        )

    async def _in_flight(self) -> int:
        self.asked += 1
        return self.in_flight

    def put(self, *names: str, **ticket: Any) -> None:
        for name in names:
            self.sends[name] = asyncio.get_running_loop().create_task(self._send(Ticket(name, **ticket)))

    async def _send(self, ticket: Ticket) -> Sent:
        sent = await self.line.send(ticket, lambda: self._attempt(ticket.local_id))
        self.ended[ticket.local_id] = sent
        return sent

    async def _attempt(self, name: str) -> Sent:
        self.tried.append((name, self.clock.now))
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if self.takes:
            await self.clock.sleep(self.takes)
        self.answered.append((name, outcome))
        return outcome

    @property
    def order(self) -> list[str]:
        return [name for name, _ in self.tried]

    @property
    def times(self) -> list[float]:
        return [at for _, at in self.tried]

    async def until_ended(self, count: int) -> None:
        await self.clock.pass_until(lambda: len(self.ended) >= count)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def names(count: int) -> list[str]:
    return [f"t-{number:05d}" for number in range(count)]


# -- order --


def test_first_come_first_sent() -> None:
    """Tasks are created in the order in which they came, at the pace."""

    async def work() -> None:
        bench = Bench(every={"create": 0.1})
        bench.put(*names(5))
        await bench.until_ended(5)
        assert bench.order == names(5)
        assert bench.times == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])
        assert set(bench.ended.values()) == {CREATED}

    run(work())


def test_a_higher_priority_goes_first() -> None:
    """Priority counts among those that wait, and first come among equals."""

    async def work() -> None:
        bench = Bench(every={"create": 1.0})
        bench.put("first")
        await bench.until_ended(1)
        bench.put("low-1", "low-2")
        bench.put("high-1", "high-2", priority=9)
        bench.put("middle", priority=4)
        await bench.until_ended(6)
        assert bench.order == ["first", "high-1", "high-2", "middle", "low-1", "low-2"]

    run(work())


def test_a_held_task_stays_in_front() -> None:
    """Under a storm of 429 the order stays as it was, and nobody is sent twice but those that were held."""

    async def work() -> None:
        bench = Bench(*[HELD] * 30, CREATED, takes=0.5, every={"create": 0.1})
        bench.put(*names(20))
        await bench.until_ended(20)
        firsts = list(dict.fromkeys(bench.order))
        assert firsts == names(20)
        assert bench.order[-20:] == names(20)
        assert all(sent is CREATED for sent in bench.ended.values())
        assert len(bench.tried) == 30 + 20

    run(work())


# -- held --


def test_the_whole_line_backs_off_with_longer_and_longer_pauses() -> None:
    """1, 2, 4, 8, 16 and then 30 s again and again; the other notebooks are told each time."""

    async def work() -> None:
        bench = Bench(*[HELD] * 8, CREATED)
        bench.put("t-1")
        await bench.until_ended(1)
        assert bench.times == pytest.approx([0, 1, 3, 7, 15, 31, 61, 91, 121])
        assert bench.pacer.back_offs == [("create", wait) for wait in (1, 2, 4, 8, 16, 30, 30, 30)]

    run(work())


def test_the_provider_says_how_long() -> None:
    """`Retry-After` counts more than our own steps; 0 says nothing."""

    async def work() -> None:
        held = [Sent("held", retry_after=after) for after in (7.0, 0.0, 12.0)]
        bench = Bench(*held, CREATED)
        bench.put("t-1", "t-2")
        await bench.until_ended(2)
        # The first two are tried together and count as one time.
        assert bench.times[:2] == [0, 0]
        assert bench.times[2:] == pytest.approx([7, 19, 19])

    run(work())


def test_nobody_is_tried_while_the_line_backs_off() -> None:
    """After a 429 one task goes alone; only when it was taken do the others follow."""

    async def work() -> None:
        bench = Bench(HELD, HELD, HELD, HELD, HELD, CREATED, takes=0.25)
        bench.put(*names(10))
        await bench.clock.pass_until(lambda: len(bench.tried) == 6)
        # Four at once are one refusal; then one at a time, a second and two later.
        assert bench.times == pytest.approx([0, 0, 0, 0, 1.25, 3.5])
        assert bench.order[4:] == ["t-00000", "t-00000"]
        await bench.until_ended(10)
        assert list(dict.fromkeys(bench.order)) == names(10)

    run(work())


def test_jitter_makes_a_wait_longer_never_shorter() -> None:
    """Two notebooks that were refused together do not come back together."""

    async def work() -> None:
        bench = Bench(HELD, CREATED)
        bench.line = Line(
            pacer=bench.pacer,
            in_flight=bench._in_flight,
            limits=Limits(),
            clock=bench.clock,
            sleep=bench.clock.sleep,
            jitter=lambda: 1.0,
        )
        bench.put("t-1")
        await bench.until_ended(1)
        assert bench.times == pytest.approx([0, 1.25])

    run(work())


def test_patience_has_no_end_and_is_said_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    """A day of 429 costs nothing: the task waits, and the log says so at most once a minute."""

    async def work() -> None:
        bench = Bench(HELD)
        bench.put("t-1", "t-2")
        with caplog.at_level(logging.INFO, "seedance_nb.engine"):
            await bench.clock.pass_until(lambda: bench.clock.now > 24 * 3600)
        assert bench.ended == {}
        said = [record for record in caplog.records if "has taken no create" in record.getMessage()]
        assert 24 * 60 // 2 <= len(said) <= 24 * 60 + 1
        assert "ark said 429." in said[0].getMessage()
        assert said[-1].levelno == logging.WARNING
        bench.outcomes = [CREATED]
        await bench.until_ended(2)

    run(work())


def test_a_second_lost_answer_slows_the_line_down() -> None:
    """One accident is none of the others' business; a provider in trouble is not sent the whole line at once."""

    async def work() -> None:
        bench = Bench(NO_ANSWER, NO_ANSWER, NO_ANSWER, NO_ANSWER, NO_ANSWER, CREATED, takes=0.25)
        bench.put(*names(10))
        await bench.until_ended(10)
        assert bench.times[:7] == pytest.approx([0, 0, 0, 0, 0.25, 1.5, 1.75])
        assert bench.order == names(10), "a lost answer is never sent again"
        assert bench.ended["t-00000"] is NO_ANSWER
        assert bench.pacer.back_offs == []

    run(work())


# -- a full account --


def test_a_full_account_is_not_sent_more() -> None:
    """Where a provider refuses more than so many unended tasks, they wait here."""

    async def work() -> None:
        bench = Bench(limits=Limits(in_flight=10))
        bench.in_flight = 8
        original = bench._attempt

        async def attempt(name: str) -> Sent:
            bench.in_flight += 1
            return await original(name)

        bench._attempt = attempt  # type: ignore[method-assign]
        bench.put(*names(4))
        await bench.clock.settle()
        assert bench.order == names(2)
        bench.in_flight -= 1
        bench.line.woken()
        await bench.clock.settle()
        assert bench.order == names(3), "somebody's end lets the next one go at once"
        assert bench.clock.now == 0
        bench.in_flight -= 1
        await bench.clock.pass_until(lambda: len(bench.tried) == 4, most=RECHECK)

    run(work())


def test_who_is_under_way_counts() -> None:
    """A create that the ledger does not show yet takes a place too."""

    async def work() -> None:
        bench = Bench(limits=Limits(in_flight=2), takes=1.0)
        bench.put(*names(6))
        await bench.clock.settle()
        assert bench.order == names(2)

    run(work())


def test_nobody_is_asked_where_there_is_no_cap() -> None:
    """Counting costs a query, and is done only where it matters."""

    async def work() -> None:
        bench = Bench()
        bench.put(*names(10))
        await bench.until_ended(10)
        assert bench.asked == 0

    run(work())


# -- 4k --


def test_4k_has_a_lane_of_its_own() -> None:
    """Slow 4k creates, and a refusal of one, do not hold up the others."""

    async def work() -> None:
        bench = Bench(HELD, CREATED, every={"create": 0.1, "create_4k": 4.0})
        bench.put("4k-1", "4k-2", four_k=True)
        bench.put(*names(5))
        await bench.until_ended(7)
        usual = [(name, at) for name, at in bench.tried if name.startswith("t-")]
        assert [at for _, at in usual] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
        assert [one for one in bench.tried if one[0].startswith("4k")] == [("4k-1", 0), ("4k-1", 4), ("4k-2", 8)]
        assert bench.pacer.back_offs == [("create_4k", 1.0)]

    run(work())


# -- withdraw, pause, close --


def test_a_task_that_waits_can_be_withdrawn() -> None:
    """It is not sent; one that is under way, or unknown, is not withdrawn."""

    async def work() -> None:
        bench = Bench(every={"create": 1.0}, takes=0.5)
        bench.put("t-1", "t-2", "t-3")
        await bench.clock.settle()
        assert bench.line.withdraw("t-2")
        assert not bench.line.withdraw("t-1"), "its create is under way"
        assert not bench.line.withdraw("t-9")
        assert not bench.line.withdraw("t-2"), "it is out already"
        await bench.until_ended(3)
        assert bench.order == ["t-1", "t-3"]
        assert bench.ended["t-2"].outcome == "withdrawn"
        assert bench.line.waiting == 0

    run(work())


def test_a_held_task_can_be_withdrawn() -> None:
    """A 429 created nothing, so that the person may think again."""

    async def work() -> None:
        bench = Bench(HELD)
        bench.put("t-1")
        await bench.clock.pass_until(lambda: len(bench.tried) == 3)
        assert bench.line.withdraw("t-1")
        await bench.until_ended(1)
        assert bench.ended["t-1"].outcome == "withdrawn"
        assert len(bench.tried) == 3

    run(work())


def test_a_batch_can_be_paused() -> None:
    """Its tasks keep their places, others go on, and what comes to it meanwhile waits too."""

    async def work() -> None:
        bench = Bench(every={"create": 1.0})
        bench.put("a-1", "a-2", batch="a")
        bench.put("b-1", batch="b")
        bench.line.pause("a")
        bench.put("a-3", batch="a")
        await bench.until_ended(1)
        assert bench.order == ["b-1"]
        assert bench.line.waiting == 3
        assert bench.line.withdraw("a-2")
        bench.put("b-2", "b-3", batch="b")
        bench.line.resume("a")
        await bench.until_ended(6)
        assert bench.order == ["b-1", "a-1", "a-3", "b-2", "b-3"]

    run(work())


def test_a_batch_that_is_held_can_be_paused() -> None:
    """A task that comes back from a refusal waits with its batch."""

    async def work() -> None:
        bench = Bench(HELD, CREATED)
        bench.put("a-1", batch="a")
        await bench.clock.settle()
        bench.line.pause("a")
        bench.put("b-1", batch="b")
        await bench.until_ended(1)
        assert bench.order == ["a-1", "b-1"]
        bench.line.resume("a")
        await bench.until_ended(2)

    run(work())


def test_who_is_cancelled_is_not_sent() -> None:
    """Cancelling the one that waits takes it out; the others go on."""

    async def work() -> None:
        bench = Bench(every={"create": 1.0})
        bench.put(*names(4))
        await bench.clock.settle()
        bench.sends["t-00001"].cancel()
        await bench.until_ended(3)
        assert bench.order == ["t-00000", "t-00002", "t-00003"]
        assert bench.sends["t-00001"].cancelled()

    run(work())


def test_one_that_is_cancelled_at_its_turn_leaves_its_place_to_the_next() -> None:
    """Whatever way an attempt ends, cancelled or with an error, it takes up no room any more."""

    async def work() -> None:
        bench = Bench(limits=Limits(in_flight=1), takes=5.0)
        bench.put(*names(3))
        await bench.clock.settle()
        assert bench.order == names(1)
        bench.sends["t-00000"].cancel()
        await bench.clock.settle()
        assert bench.order == names(2)
        bench.sends["t-00001"].cancel()
        await bench.until_ended(1)
        assert list(bench.ended) == ["t-00002"]

    run(work())


def test_an_error_in_an_attempt_reaches_its_caller() -> None:
    """What should not happen is not swallowed, and does not stop the line."""

    async def work() -> None:
        bench = Bench()

        async def broken() -> Sent:
            raise RuntimeError("a mistake")

        with pytest.raises(RuntimeError, match="a mistake"):
            await bench.line.send(Ticket("t-0"), broken)
        bench.put("t-1")
        await bench.until_ended(1)

    run(work())


def test_a_closed_line_sends_nothing_more() -> None:
    """Who waits is cancelled; one that is under way ends, and is not tried again."""

    async def work() -> None:
        bench = Bench(CREATED, HELD, takes=1.0, every={"create": 0.25})
        bench.put(*names(5))
        await bench.clock.pass_until(lambda: len(bench.tried) == 2)
        bench.line.close()
        await bench.clock.pass_until(lambda: all(task.done() for task in bench.sends.values()))
        assert bench.ended == {"t-00000": CREATED}
        assert [name for name, task in bench.sends.items() if task.cancelled()] == names(5)[1:]
        assert len(bench.tried) == 2
        bench.put("late")
        await bench.clock.settle()
        assert bench.sends["late"].cancelled()

    run(work())


def test_a_task_stands_in_line_once() -> None:
    """Two sends of one task would be two creates."""

    async def work() -> None:
        bench = Bench(every={"create": 1.0}, takes=1.0)
        bench.put("t-1")
        await bench.clock.settle()
        with pytest.raises(ValueError, match="already"):
            await bench.line.send(Ticket("t-1"), lambda: bench._attempt("t-1"))
        await bench.until_ended(1)
        assert bench.order == ["t-1"]

    run(work())


steps = st.one_of(
    st.tuples(st.just("put"), st.integers(0, 9), st.sampled_from(["", "a", "b"]), st.booleans()),
    st.tuples(st.sampled_from(["withdraw", "cancel"]), st.integers(0, 30)),
    st.tuples(st.sampled_from(["pause", "resume"]), st.sampled_from(["a", "b"])),
    st.tuples(st.just("wait"), st.floats(0.0, 5.0)),
)
outcomes = st.sampled_from([CREATED, CREATED, HELD, NO_ANSWER, Sent("rejected"), Sent("held", retry_after=3.0)])


@settings(deadline=None, max_examples=150)
@given(st.lists(steps, max_size=40), st.lists(outcomes, max_size=30))
def test_whatever_happens_each_task_ends_once(doings: list[tuple[Any, ...]], answers: list[Sent]) -> None:
    """However puts, pauses, withdrawals and refusals come together, nobody is forgotten and nothing sent twice."""

    async def work() -> None:
        bench = Bench(*answers, CREATED, takes=0.3, every={"create": 0.1, "create_4k": 1.0})
        withdrawn = set()
        for number, (what, *how) in enumerate(doings):
            match what:
                case "put":
                    bench.put(f"t-{number}", priority=how[0], batch=how[1], four_k=how[2])
                case "withdraw" if bench.line.withdraw(f"t-{how[0]}"):
                    withdrawn.add(f"t-{how[0]}")
                case "cancel" if f"t-{how[0]}" in bench.sends:
                    bench.sends[f"t-{how[0]}"].cancel()
                case "pause":
                    bench.line.pause(how[0])
                case "resume":
                    bench.line.resume(how[0])
                case "wait":
                    alarm = asyncio.get_running_loop().create_task(bench.clock.sleep(how[0]))
                    await bench.clock.pass_until(alarm.done)
        for batch in "ab":
            bench.line.resume(batch)
        await bench.clock.pass_until(lambda: all(task.done() for task in bench.sends.values()))
        for name, task in bench.sends.items():
            # A cancel that comes first means that the send was never begun.
            assert task.cancelled() or (task.result().outcome == "withdrawn") == (name in withdrawn)
            assert name in bench.ended or task.cancelled()
        ends = [name for name, sent in bench.answered if sent.outcome != "held"]
        assert len(ends) == len(set(ends)), "what was answered is not sent again"
        assert bench.line.waiting == 0

    run(work())


# -- trouble with the ledger --


def test_trouble_with_the_pace_is_said_and_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """A ledger that is locked for a while stops the line for a while."""

    async def work() -> None:
        bench = Bench()
        bench.pacer.trouble = [LedgerError("locked"), LedgerError("locked")]
        bench.put("t-1", "t-2")
        await bench.until_ended(2)
        assert bench.times == [2 * RECHECK, 2 * RECHECK]

    run(work())
    assert sum("stands still" in record.getMessage() for record in caplog.records) == 2


def test_others_that_cannot_be_told_are_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """A back-off that the ledger does not take holds here all the same."""

    async def work() -> None:
        bench = Bench(HELD, CREATED)

        async def refuse(operation: str, seconds: float) -> None:
            raise LedgerError("locked")

        bench.pacer.back_off = refuse  # type: ignore[method-assign]
        bench.put("t-1")
        await bench.until_ended(1)
        assert bench.times == [0, 1]

    run(work())
    assert "could not be told" in caplog.text


# -- ten thousand --


def test_ten_thousand_wait_without_a_task_each_of_their_own() -> None:
    """The line itself adds one task to a loop, however many wait, and keeps their order."""

    async def work() -> None:
        bench = Bench(every={"create": 0.1})
        before = len(asyncio.all_tasks())
        bench.put(*names(10_000))
        await bench.clock.settle()
        assert len(asyncio.all_tasks()) - before <= 10_000 + 1
        assert bench.line.waiting == 9_999
        for name in names(10_000)[1::2]:
            assert bench.line.withdraw(name)
        await bench.clock.settle()
        assert len(bench.ended) == 5_001
        bench.line.close()

    run(work())


Attempt = Callable[[], Awaitable[Sent]]


def test_ten_thousand_are_sent_in_order() -> None:
    """With nothing to wait for, all go through, and each once."""

    async def work() -> None:
        line = Line(
            pacer=FakePacer(Time()), in_flight=_nothing, limits=Limits(), clock=time.monotonic, jitter=lambda: 0.0
        )
        order: list[str] = []

        def attempt(name: str) -> Attempt:
            async def create() -> Sent:
                order.append(name)
                return CREATED

            return create

        every: Sequence[str] = names(10_000)
        await asyncio.gather(*(line.send(Ticket(name), attempt(name)) for name in every))
        assert order == list(every)
        assert line.waiting == 0

    run(work())


async def _nothing() -> int:
    return 0
