"""One request, four doors, on the sandbox."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image as Picture

import seedance_nb as sd
from seedance_nb import media
from seedance_nb.errors import ConfigurationError, InvalidRequestError, TaskCancelled, TaskFailed
from seedance_nb.sandbox import Fault, Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.studio import Studio
from seedance_nb.task import TaskRecord, TaskStatus

from ..patience import eventually
from .conftest import QUICK

PROVIDERS = ("ark", "byteplus", "atlas", "eachlabs")


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture on this disk."""
    return sd.sandbox.picture("a boat at sunset", path=tmp_path_factory.mktemp("pictures") / "boat.png")


@pytest.fixture
def at(tmp_path: Path, box: Sandbox) -> Iterator[Callable[[str], Studio]]:
    """A studio at a provider, on the sandbox, with one ledger for all."""
    made: list[Studio] = []

    def make(provider: str) -> Studio:
        made.append(Studio(f"sandbox:{provider}", base_url=box.url(provider), home=tmp_path / "out"))
        return made[-1]

    yield make
    for studio in made:
        studio.close()


def from_picture(picture: Path, **changes: object) -> sd.Request:
    content = sd.Content("The camera moves towards the boat of image 1", sd.Image(picture, role="first_frame"))
    request = sd.Request(content, model="seedance-2.0-fast", ratio="16:9", duration=5, seed=7)
    return request.replace(**changes)


@pytest.mark.parametrize(
    ("provider", "cost", "basis"),
    [
        ("ark", "¥4.03", "usage"),  # 108,900 tokens × ¥37/1M
        ("byteplus", "$0.61", "usage"),  # 108,900 tokens × $5.6/1M
        ("atlas", "$0.51", "quote"),  # 5 s × $0.101
        ("eachlabs", "$1.21", "reported"),  # 5 s × $0.2419
    ],
)
def test_one_picture_goes_through_every_door(
    at: Callable[[str], Studio], box: Sandbox, picture: Path, provider: str, cost: str, basis: str
) -> None:
    """An image-to-video request comes back as a kept clip with a charge in that provider's currency."""
    studio = at(provider)
    request = from_picture(picture)
    assert not [problem for problem in studio.check(request) if problem.severity == "error"]
    task = studio.submit(request).wait(180)
    assert task.status is TaskStatus.KEPT
    assert task.video is not None
    assert media.probe_file(task.video).frames == 25
    assert (str(task.cost), task.record().cost_basis) == (cost, basis)
    assert task.cost == studio.quote(request).amount
    assert task.record().provider == provider
    assert len([entry for entry in box.requests if entry.operation == "create"]) == 1


def test_the_ledger_keeps_currencies_apart(at: Callable[[str], Studio], picture: Path) -> None:
    """Costs of several providers stand in one ledger and are summed for each currency."""
    for provider in ("ark", "byteplus"):
        studio = at(provider)
        studio.submit(from_picture(picture)).wait(180)
    costs = studio.ledger.costs(["provider"])
    found = {(row.provider, row.currency): row.cost for row in costs.itertuples()}
    assert found == {("ark", "CNY"): Decimal("4.0293"), ("byteplus", "USD"): Decimal("0.60984")}


def test_a_file_is_uploaded_once(at: Callable[[str], Studio], box: Sandbox, picture: Path) -> None:
    """A provider that wants addresses gets the file once; each task says where it went."""
    studio = at("eachlabs")
    first = studio.submit(from_picture(picture)).wait(180)
    puts = sum(entry.operation == "upload" for entry in box.requests)
    second = studio.submit(from_picture(picture, seed=8)).wait(180)
    assert puts > 0
    assert sum(entry.operation == "upload" for entry in box.requests) == puts
    for task, was_there in ((first, False), (second, True)):
        events = studio.ledger.events(task)
        [detail] = events.loc[events.kind == "upload", "detail"]
        assert detail["file"] == "boat.png"
        assert detail["host"] == "127.0.0.1"
        assert detail["was_there"] is was_there


def test_a_file_that_does_not_arrive_creates_nothing(at: Callable[[str], Studio], box: Sandbox, picture: Path) -> None:
    """When the upload fails the task has failed, and no create was sent."""
    box.scenario = dataclasses.replace(QUICK, faults=(Fault("unauthorized", on="upload", times=None),))
    task = at("eachlabs").submit(from_picture(picture))
    with pytest.raises(TaskFailed, match="Nothing was created"):
        task.wait(180)
    assert box.creates == 0


def test_nothing_is_uploaded_before_a_submit(at: Callable[[str], Studio], box: Sandbox, picture: Path) -> None:
    """Checking and quoting send nothing anywhere."""
    studio = at("eachlabs")
    studio.check(from_picture(picture))
    studio.quote(from_picture(picture))
    assert not box.requests


def test_a_fresh_id_may_be_denied_for_a_while(at: Callable[[str], Studio], box: Sandbox, picture: Path) -> None:
    """Atlas Cloud's warm-up, in which it denies what it has just created, is not an end."""
    box.scenario = dataclasses.replace(QUICK, warm_up=6.0)
    task = at("atlas").submit(from_picture(picture))
    assert task.wait(180).status is TaskStatus.KEPT
    denied = [entry for entry in box.requests if entry.operation == "get" and entry.status == 404]
    assert len(denied) > 3


def test_a_running_task_can_be_cancelled_where_that_is_offered(at: Callable[[str], Studio], box: Sandbox) -> None:
    """EachLabs cancels what runs, and the card says that the bill is not sure; Atlas Cloud has no cancel."""
    box.scenario = Scenario(queue=0, run=3600)
    request = sd.Request(sd.Content("A cat yawns"), model="seedance-2.0-fast", ratio="16:9")
    task = at("eachlabs").submit(request)
    eventually(lambda: task.task_id)
    box.clock.advance(1800)  # the first fifth of a run is called "starting"
    eventually(lambda: task.status is TaskStatus.RUNNING)
    assert TaskStatus.RUNNING in task.cancellable()
    task.cancel()
    with pytest.raises(TaskCancelled, match="see the provider's bill"):
        task.wait(180)
    other = at("atlas").submit(request)
    eventually(lambda: other.status in {TaskStatus.QUEUED, TaskStatus.RUNNING})
    assert other.cancellable() == {TaskStatus.INTENT}  # only as long as it waits here to be sent
    with pytest.raises(ConfigurationError, match="cannot be cancelled"):
        other.cancel()


@pytest.mark.parametrize("provider", ["atlas", "eachlabs"])
def test_a_length_left_to_the_model_is_billed_by_what_came(at: Callable[[str], Studio], provider: str) -> None:
    """`duration=-1` is quoted as a range, and charged by the provider's word or by the clip itself."""
    request = sd.Request(sd.Content("A cat yawns"), model="seedance-2.0-fast", ratio="16:9", duration=-1, seed=3)
    studio = at(provider)
    quote = studio.quote(request)
    assert quote.low < quote.high
    task = studio.submit(request).wait(180)
    assert task.cost is not None
    assert task.record().cost_basis == {"atlas": "measured", "eachlabs": "reported"}[provider]


@pytest.mark.parametrize("provider", ["atlas", "eachlabs"])
def test_a_refusal_is_worded_for_its_provider(at: Callable[[str], Studio], box: Sandbox, provider: str) -> None:
    """An empty account is said as such, and nothing is billed."""
    box.scenario = dataclasses.replace(QUICK, faults=(Fault("error", on="create", status=402),))
    task = at(provider).submit(sd.Request(sd.Content("A cat yawns"), model="seedance-2.0-fast", ratio="16:9"))
    with pytest.raises(TaskFailed, match="Top up the account"):
        task.wait(180)
    assert task.status is TaskStatus.REJECTED


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_moderated_prompt_fails_unbilled_everywhere(at: Callable[[str], Studio], provider: str) -> None:
    """Moderation ends a task at each provider in its own way, and never with a charge."""
    request = sd.Request(sd.Content("A cat [sandbox:moderation]"), model="seedance-2.0-fast", ratio="16:9")
    task = at(provider).submit(request)
    with pytest.raises(TaskFailed):
        task.wait(180)
    assert task.cost is None
    assert task.error is not None
    assert task.error.message


def test_what_a_provider_cannot_do_is_said_before(at: Callable[[str], Studio], box: Sandbox) -> None:
    """A watermark at EachLabs is refused by name; nothing is dropped in silence."""
    request = sd.Request(sd.Content("A cat"), model="seedance-2.0-fast", ratio="16:9", watermark=True)
    with pytest.raises(InvalidRequestError, match="watermark"):
        at("eachlabs").submit(request)
    assert not box.requests


def test_quotes_name_everyone_who_can(picture: Path) -> None:
    """One table: who can do it, what it costs there, in its own currency and in one for the eye."""
    frame = sd.quotes(from_picture(picture))
    fast = frame[(frame.model == "seedance-2.0-fast") & frame.can]
    assert set(fast.provider) == set(PROVIDERS)
    assert set(fast.currency) == {"CNY", "USD"}
    assert "fx" in frame.attrs


@pytest.mark.parametrize("provider", ["atlas", "eachlabs"])
def test_an_upload_goes_in_pieces_and_says_how_far_it_is(
    at: Callable[[str], Studio], box: Sandbox, tmp_path: Path, provider: str
) -> None:
    """A large reference is streamed, and whoever watches the task hears of it before the create."""
    noise = Picture.effect_noise((2400, 2400), 90).convert("RGB")
    noise.save(tmp_path / "large.png")
    content = sd.Content("image 1 dances", sd.Image(tmp_path / "large.png", role="reference_image"))
    request = sd.Request(content, ratio="16:9", duration=4)
    studio = at(provider)
    heard: list[tuple[str, int, int]] = []
    box.scenario = dataclasses.replace(QUICK, faults=(Fault("delay", on="upload", seconds=0.5),))
    task = studio.submit(request, allow={"role.inferred"})

    def listen(record: TaskRecord) -> None:
        if (transfer := task.transfer()) is not None:
            heard.append(transfer)

    task.subscribe(listen)
    task.wait(180)
    size = (tmp_path / "large.png").stat().st_size
    assert size > 4_000_000
    assert heard
    assert heard[-1] == ("large.png", size, size)
    assert task.transfer() is None
