"""Creating once, and looking for what had no answer, against a provider made of lists."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from seedance_nb.engine.sending import SETTLE_LIMIT, candidates, find, send
from seedance_nb.errors import (
    AuthenticationError,
    ProviderTimeout,
    ProviderUnavailableError,
    QuotaError,
    RateLimitError,
    RequestRejectedError,
    ResponseFormatError,
    TransportError,
)
from seedance_nb.providers import Page
from seedance_nb.task import Snapshot, TaskRecord, TaskStatus

AT = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def record(seed: int | None = 7) -> TaskRecord:
    return TaskRecord(
        local_id="t-1",
        provider="ark",
        is_sandbox=False,
        base_url="https://ark.example/api/v3",
        model="seedance-2.0",
        model_id="m",
        mode="text",
        status=TaskStatus.UNKNOWN,
        created_at=AT,
        updated_at=AT,
        submitted_at=AT,
        seed=seed,
    )


def task(task_id: str, status: TaskStatus, *, seed: int | None = None, after: float = 1, model: str = "m") -> Snapshot:
    return Snapshot(
        task_id, status, status.value, model_id=model, created_at=AT + dt.timedelta(seconds=after), seed=seed
    )


class FakeProvider:
    """Answers creates and lists from queues; the last list repeats."""

    id = "ark"
    can_list = True
    page_limit = 500

    def __init__(self, *lists: Sequence[Snapshot], creates: Sequence[str | Exception] = ()) -> None:
        self.lists = list(lists)
        self.creates = list(creates)
        self.created = 0
        self.listed: list[int] = []
        self.trouble: list[Exception] = []

    async def create(self, body: dict[str, object]) -> str:
        self.created += 1
        answer = self.creates.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def list(self, *, page: int, page_size: int, **_: Any) -> Page:
        self.listed.append(page)
        if self.trouble:
            raise self.trouble.pop(0)
        tasks = self.lists.pop(0) if len(self.lists) > 1 and page == 1 else self.lists[0]
        return Page(len(tasks), tuple(tasks)[(page - 1) * page_size : page * page_size])


def found(provider: FakeProvider, made: TaskRecord, known: Sequence[str] = ()) -> tuple[Snapshot | None, float]:
    """What `find` finds, and how many seconds it would have taken."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    return asyncio.run(find(provider, made, known=known, sleep=sleep)), sum(slept)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ProviderTimeout("m", provider="ark", may_have_been_created=True), "no_answer"),
        (TransportError("m", provider="ark", may_have_been_created=True), "no_answer"),
        (ProviderUnavailableError("m", provider="ark", status_code=500), "no_answer"),
        (ResponseFormatError("m", provider="ark"), "no_answer"),
        (TransportError("m", provider="ark", may_have_been_created=False), "not_sent"),
        (RequestRejectedError("m", provider="ark", status_code=400, code="InvalidParameter"), "rejected"),
        (AuthenticationError("m", provider="ark", status_code=401), "rejected"),
        (QuotaError("m", provider="ark", status_code=429), "rejected"),
        (RateLimitError("m", provider="ark", status_code=429, code="ServerOverloaded"), "held"),
    ],
)
def test_each_way_a_create_can_end_is_told_apart(error: Exception, outcome: str) -> None:
    """Held, refused, never sent, and no answer are four different things, and each is one attempt."""
    provider = FakeProvider(creates=[error])
    assert asyncio.run(send(provider, {})).outcome == outcome  # type: ignore[arg-type]
    assert provider.created == 1


def test_a_held_create_says_why_and_for_how_long() -> None:
    """What a line waits by, and what a person reads meanwhile."""
    error = RateLimitError("ark said 429.", provider="ark", status_code=429, code="ServerOverloaded", retry_after=7.0)
    sent = asyncio.run(send(FakeProvider(creates=[error]), {}))  # type: ignore[arg-type]
    assert sent.retry_after == 7.0
    assert sent.failure is not None
    assert (sent.failure.code, sent.failure.message) == ("ServerOverloaded", "ark said 429.")


def test_a_task_that_shows_our_seed_is_ours() -> None:
    """Model, time and seed together name it."""
    ours = task("cgt-1", TaskStatus.SUCCEEDED, seed=7)
    other = task("cgt-2", TaskStatus.SUCCEEDED, seed=8)
    assert found(FakeProvider([other, ours]), record())[0] == ours


def test_a_task_without_a_seed_is_waited_for_not_guessed() -> None:
    """A queued task shows no seed yet; it is taken only once it does."""
    running, done = task("cgt-1", TaskStatus.RUNNING), task("cgt-1", TaskStatus.SUCCEEDED, seed=7)
    assert found(FakeProvider(*[[running]] * 8, [done]), record())[0] == done
    stranger = task("cgt-1", TaskStatus.SUCCEEDED, seed=99)
    assert found(FakeProvider(*[[running]] * 8, [stranger]), record())[0] is None


def test_a_search_ends() -> None:
    """Nothing in the list ends it after half a minute; a task that never ends, after twenty minutes."""
    nothing, seconds = found(FakeProvider([]), record())
    assert nothing is None
    assert seconds <= 60
    nothing, seconds = found(FakeProvider([task("cgt-1", TaskStatus.RUNNING)]), record())
    assert nothing is None
    assert SETTLE_LIMIT <= seconds <= SETTLE_LIMIT + 60


def test_two_of_the_same_seed_are_left_to_the_person() -> None:
    """Where it cannot be told which is ours, nothing is adopted."""
    twins = [task("cgt-1", TaskStatus.SUCCEEDED, seed=7), task("cgt-2", TaskStatus.SUCCEEDED, seed=7)]
    assert found(FakeProvider(twins), record())[0] is None
    assert found(FakeProvider(twins), record(), known=["cgt-2"])[0] == twins[0]


@pytest.mark.parametrize(
    "stranger",
    [
        task("cgt-1", TaskStatus.SUCCEEDED, seed=7, model="another"),
        task("cgt-1", TaskStatus.SUCCEEDED, seed=7, after=-3600),
        task("cgt-1", TaskStatus.SUCCEEDED, seed=7, after=3600),
        Snapshot("cgt-1", TaskStatus.SUCCEEDED, "succeeded", model_id="m", seed=7),
    ],
)
def test_another_model_or_time_is_not_ours(stranger: Snapshot) -> None:
    """The seed alone is not enough: people choose small ones, and often the same."""
    assert candidates(record(), [stranger], known=[]) == []


def test_a_seed_that_a_person_chose_is_not_enough_for_a_shot_that_follows_either() -> None:
    """Its two hashes differ, as those of a drawn seed do, and it was not drawn."""
    drawn = dataclasses.replace(record(), body_sha256="a", asked_sha256="b")
    early = task("cgt-1", TaskStatus.SUCCEEDED, seed=7, after=-3600)
    assert candidates(drawn, [early], known=[]) == [early]
    frame = {"type": "image", "role": "first_frame", "follows": "t-0"}
    follows = dataclasses.replace(drawn, request={"content": [frame]})
    assert candidates(follows, [early], known=[]) == []


# -- many at once --


class Searches:
    """Searches for many records at once, on a clock that jumps."""

    def __init__(self, provider: FakeProvider) -> None:
        self.provider = provider
        self.now = 0.0
        self.paced = 0

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        await asyncio.sleep(0)
        self.now = max(self.now, until)

    async def pace(self) -> None:
        self.paced += 1
        await asyncio.sleep(0)

    def find(self, records: Sequence[TaskRecord], known: Sequence[str] = ()) -> list[Snapshot | None]:
        async def work() -> list[Snapshot | None]:
            return await asyncio.gather(
                *(
                    find(
                        self.provider,  # type: ignore[arg-type]
                        one,
                        known=known,
                        pace=self.pace,
                        sleep=self.sleep,
                        clock=lambda: self.now,
                    )
                    for one in records
                )
            )

        return asyncio.run(work())


def records(count: int) -> list[TaskRecord]:
    return [dataclasses.replace(record(seed=n), local_id=f"t-{n}") for n in range(count)]


def test_many_searches_share_a_listing() -> None:
    """Two hundred lost answers cost one list, and each gets its own task."""
    made = [task(f"cgt-{n}", TaskStatus.SUCCEEDED, seed=n) for n in range(200)]
    searches = Searches(FakeProvider(made))
    assert searches.find(records(200)) == made
    assert len(searches.provider.listed) == searches.paced <= 2


def test_a_search_goes_as_deep_as_its_time_and_no_deeper() -> None:
    """Pages are turned until they are older than what was sent, each at the pace."""
    newer = [task(f"new-{n}", TaskStatus.RUNNING, after=120, seed=10_000 + n) for n in range(1200)]
    ours = task("cgt-1", TaskStatus.SUCCEEDED, seed=7)
    older = [task(f"old-{n}", TaskStatus.SUCCEEDED, after=-4000, seed=7) for n in range(2000)]
    searches = Searches(FakeProvider([*newer, ours, *older]))
    assert searches.find([record()]) == [ours]
    assert searches.provider.listed == [1, 2, 3]
    assert searches.paced == 3


def test_the_oldest_search_decides_how_deep() -> None:
    """One listing serves searches for tasks of different times."""
    late = dataclasses.replace(record(seed=1), local_id="late", submitted_at=AT + dt.timedelta(hours=2))
    lists = [
        task("late", TaskStatus.SUCCEEDED, seed=1, after=7200),
        *[task(f"between-{n}", TaskStatus.SUCCEEDED, after=3600, seed=5000 + n) for n in range(600)],
        task("early", TaskStatus.SUCCEEDED, seed=7),
    ]
    searches = Searches(FakeProvider(lists))
    found = searches.find([late, record()])
    assert [one.task_id for one in found if one] == ["late", "early"]
    assert searches.provider.listed == [1, 2]


def test_a_list_that_fails_is_not_asked_by_everybody_in_turn() -> None:
    """Trouble with the list is shared too, and the search goes on after it."""
    made = [task(f"cgt-{n}", TaskStatus.SUCCEEDED, seed=n) for n in range(100)]
    searches = Searches(FakeProvider(made))
    searches.provider.trouble = [ProviderUnavailableError("m", provider="ark", status_code=500)]
    assert searches.find(records(100)) == made
    assert len(searches.provider.listed) <= 3


def test_twins_that_are_both_lost_are_left_to_the_person() -> None:
    """Two requests of one seed, no answer to either, and one task in the list: whose it is cannot be told."""
    twins = [dataclasses.replace(record(), local_id=name) for name in ("a", "b")]
    one = task("cgt-1", TaskStatus.SUCCEEDED, seed=7)
    assert Searches(FakeProvider([one])).find(twins) == [None, None]
    apart = dataclasses.replace(twins[1], submitted_at=AT - dt.timedelta(hours=3))
    assert Searches(FakeProvider([one])).find([twins[0], apart]) == [one, None]
