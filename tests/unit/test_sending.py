"""Creating once, and looking for what had no answer, against a provider made of lists."""

from __future__ import annotations

import asyncio
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

    def __init__(self, *lists: Sequence[Snapshot], creates: Sequence[str | Exception] = ()) -> None:
        self.lists = list(lists)
        self.creates = list(creates)
        self.created = 0

    async def create(self, body: dict[str, object]) -> str:
        self.created += 1
        answer = self.creates.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def list(self, **_: Any) -> Page:
        tasks = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        return Page(len(tasks), tuple(tasks))


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
    ],
)
def test_each_way_a_create_can_end_is_told_apart(error: Exception, outcome: str) -> None:
    """Refused, never sent, and no answer are three different things, and none is tried again."""
    provider = FakeProvider(creates=[error])
    assert asyncio.run(send(provider, {})).outcome == outcome  # type: ignore[arg-type]
    assert provider.created == 1


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
