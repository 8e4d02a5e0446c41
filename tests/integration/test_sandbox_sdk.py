"""The official client, unmodified, cannot tell the sandbox from Ark."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import av
import httpx
import pytest
from PIL import Image
from volcenginesdkarkruntime import Ark
from volcenginesdkarkruntime._exceptions import (
    ArkAuthenticationError,
    ArkBadRequestError,
    ArkConflictError,
    ArkInternalServerError,
    ArkNotFoundError,
    ArkRateLimitError,
)

from seedance_nb import sandbox as sb
from seedance_nb.sandbox import Fault, Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec

from ..patience import PATIENCE

MODEL = "doubao-seedance-2-0-260128"
TEXT: Any = {"type": "text", "text": "A cat yawns at the camera"}


def quick(spec: ClipSpec) -> Clip:
    return Clip(b"mp4", b"png")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with sb.start(speed=0, render=quick) as running:
        yield running


@contextmanager
def client(sandbox: Sandbox, key: str = sb.KEY, max_retries: int = 0) -> Iterator[Any]:
    """The resource of the official client that makes videos."""
    ark = Ark(api_key=key, base_url=sandbox.url("ark"), max_retries=max_retries)
    try:
        yield ark.content_generation.tasks
    finally:
        ark.close()


@pytest.fixture
def tasks(sandbox: Sandbox) -> Iterator[Any]:
    with client(sandbox) as found:
        yield found


def ended(tasks: Any, sandbox: Sandbox, task_id: str) -> Any:
    sandbox.clock.advance(10)
    deadline = time.monotonic() + PATIENCE
    while (task := tasks.get(task_id=task_id)).status in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return task


def test_create_and_get(tasks: Any, sandbox: Sandbox) -> None:
    """All fields arrive where the client puts them, and nulls for unset arguments do no harm."""
    made = tasks.create(model=MODEL, content=[TEXT], resolution="720p", ratio="16:9", duration=5, seed=11)
    assert tasks.get(task_id=made.id).status == "queued"
    task = ended(tasks, sandbox, made.id)
    assert (task.status, task.error, task.seed, task.duration) == ("succeeded", None, 11, 5)
    assert (task.resolution, task.ratio, task.framespersecond) == ("720p", "16:9", 24)
    assert (task.usage.completion_tokens, task.usage.total_tokens) == (108_900, 108_900)
    assert httpx.get(task.content.video_url).content == b"mp4"


def test_list_with_repeated_ids(tasks: Any) -> None:
    """The client repeats the key for each id."""
    ids = [tasks.create(model=MODEL, content=[TEXT]).id for _ in range(3)]
    found = tasks.list(task_ids=ids[:2])
    assert (found.total, {item.id for item in found.items}) == (2, set(ids[:2]))
    page = tasks.list(page_num=2, page_size=2, status="queued", model=MODEL, service_tier="default")
    assert (page.total, [item.id for item in page.items]) == (3, ids[:1])


def test_delete(tasks: Any) -> None:
    """The client decodes `{}` as a task without fields; the queued task is cancelled."""
    task_id = tasks.create(model=MODEL, content=[TEXT]).id
    assert tasks.delete(task_id).id is None
    assert tasks.get(task_id=task_id).status == "cancelled"


def test_a_running_task_is_a_conflict(tasks: Any, sandbox: Sandbox) -> None:
    """409 with Ark's code and text."""
    task_id = tasks.create(model=MODEL, content=[TEXT]).id
    sandbox.clock.advance(2)
    with pytest.raises(ArkConflictError, match=f"Cannot delete task `{task_id}`") as caught:
        tasks.delete(task_id)
    assert (caught.value.code, caught.value.type) == ("InvalidAction.RunningTaskDeletion", "Conflict")


def test_refusals_are_the_clients_own_exceptions(tasks: Any, sandbox: Sandbox) -> None:
    """Code, parameter, text and request id are all there."""
    with pytest.raises(ArkNotFoundError) as missing:
        tasks.get(task_id="cgt-20260101000000-zzzzz")
    assert missing.value.code == "ResourceNotFound"
    with pytest.raises(ArkBadRequestError, match="not valid for model doubao-seedance-2-0 in t2v") as bad:
        tasks.create(model=MODEL, content=[TEXT], resolution="1440p")
    assert (bad.value.code, bad.value.param, bad.value.type) == ("InvalidParameter", "resolution", "BadRequest")
    with pytest.raises(ArkNotFoundError) as unknown:
        tasks.create(model="doubao-seedance-9", content=[TEXT])
    assert unknown.value.code == "InvalidEndpointOrModel.NotFound"
    with client(sandbox, "invalid-key") as stranger, pytest.raises(ArkAuthenticationError) as key:
        stranger.list()
    assert key.value.code == "AuthenticationError"


@pytest.mark.parametrize(
    ("fault", "error"), [(Fault("rate_limit"), ArkRateLimitError), (Fault("server_error"), ArkInternalServerError)]
)
def test_faults_are_the_clients_own_exceptions(
    tasks: Any, sandbox: Sandbox, fault: Fault, error: type[Exception]
) -> None:
    """And its retries get through when the fault has struck often enough."""
    sandbox.scenario = Scenario(faults=(fault,))
    with pytest.raises(error):
        tasks.create(model=MODEL, content=[TEXT])
    sandbox.scenario = Scenario(faults=(fault,))
    with client(sandbox, max_retries=1) as stubborn:
        stubborn.create(model=MODEL, content=[TEXT])
    assert (sandbox.creates, sandbox.created) == (3, 1)


def test_the_clients_retries_create_twice_after_a_reset(sandbox: Sandbox) -> None:
    """Why this package never repeats a create: the first one was made, and would be billed."""
    sandbox.scenario = Scenario(faults=(Fault("reset"),))
    with client(sandbox, max_retries=1) as stubborn:
        stubborn.create(model=MODEL, content=[TEXT])
    assert sandbox.created == 2


def test_a_failed_task(tasks: Any, sandbox: Sandbox) -> None:
    """The error is an object with code and message."""
    sandbox.scenario = Scenario(then="failed", error_code="OutputVideoSensitiveContentDetected")
    task = ended(tasks, sandbox, tasks.create(model=MODEL, content=[TEXT]).id)
    assert (task.status, task.error.code) == ("failed", "OutputVideoSensitiveContentDetected")
    assert (task.content, task.usage, task.seed) == (None, None, None)


def test_a_clip_is_a_real_file_and_can_be_chained() -> None:
    """The sandbox's own renderer: H.264, 864×496, 97 frames, sound; its last frame starts the next clip."""
    with sb.start(speed=0) as sandbox, client(sandbox) as tasks:
        first = tasks.create(
            model=MODEL, content=[TEXT], resolution="480p", ratio="16:9", duration=4, return_last_frame=True, seed=3
        )
        task = ended(tasks, sandbox, first.id)
        with av.open(io.BytesIO(httpx.get(task.content.video_url).content)) as container:
            video, (sound,) = container.streams.video[0], container.streams.audio
            assert (video.codec_context.name, video.width, video.height) == ("h264", 864, 496)
            assert (video.frames, float(video.average_rate or 0), sound.codec_context.name) == (97, 24.0, "aac")
        png = httpx.get(task.content.last_frame_url).content
        with Image.open(io.BytesIO(png)) as picture:
            assert (picture.format, picture.size) == ("PNG", (864, 496))
        for url in (task.content.last_frame_url, "data:image/png;base64," + base64.b64encode(png).decode()):
            item = {"type": "image_url", "image_url": {"url": url}, "role": "first_frame"}
            tasks.create(model=MODEL, content=[TEXT, item], resolution="480p", duration=4)
        clip = {"type": "video_url", "video_url": {"url": task.content.video_url}, "role": "reference_video"}
        tasks.create(model=MODEL, content=[TEXT, clip], resolution="480p", duration=4)
        assert sandbox.created == 4


def test_the_client_against_the_command(served: str) -> None:
    """Against `seedance-nb sandbox` in a process of its own: create, get, list, delete, and its own exceptions."""
    ark = Ark(api_key="any-key", base_url=served, max_retries=0)
    tasks = ark.content_generation.tasks
    made = [tasks.create(model=MODEL, content=[TEXT], resolution="480p", duration=4).id for _ in range(2)]
    assert tasks.get(task_id=made[0]).status in {"queued", "running"}
    assert {item.id for item in tasks.list(task_ids=made).items} == set(made)
    with pytest.raises(ArkNotFoundError) as missing:
        tasks.get(task_id="cgt-20260101000000-zzzzz")
    assert missing.value.code == "ResourceNotFound"
    with pytest.raises(ArkBadRequestError) as bad:
        tasks.create(model=MODEL, content=[TEXT], duration=3)
    assert "duration" in str(bad.value)
    deadline = time.monotonic() + PATIENCE
    while tasks.get(task_id=made[0]).status == "queued":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with pytest.raises(ArkConflictError) as running:
        tasks.delete(task_id=made[0])
    assert running.value.code == "InvalidAction.RunningTaskDeletion"
    while (task := tasks.get(task_id=made[0])).status != "succeeded":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert task.usage.completion_tokens == 40_594
    tasks.delete(task_id=made[0])
    with pytest.raises(ArkNotFoundError):
        tasks.get(task_id=made[0])
    ark.close()
