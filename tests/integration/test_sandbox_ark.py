"""The sandbox as Ark, over HTTP: what create, get, list and delete answer at each point of a task's life."""

from __future__ import annotations

import math
import re
import statistics
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from seedance_nb import sandbox as sb
from seedance_nb.errors import ConfigurationError
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec

from ..patience import PATIENCE

TASKS = "/contents/generations/tasks"
MODEL = "doubao-seedance-2-0-260128"
DAY = 86_400


def quick(spec: ClipSpec) -> Clip:
    """A stand-in for a clip, where the picture does not matter."""
    return Clip(f"{spec.prompt}/{spec.seed}".encode() * 50, b"png")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with sb.start(speed=0, render=quick) as running:
        yield running


@pytest.fixture
def ark(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sb.KEY}"}
    with httpx.Client(base_url=sandbox.url("ark"), headers=headers) as client:
        yield client


def body(prompt: str = "A cat yawns", **more: Any) -> dict[str, Any]:
    return {"model": MODEL, "content": [{"type": "text", "text": prompt}], "resolution": "480p", "duration": 4} | more


def create(ark: httpx.Client, prompt: str = "A cat yawns", **more: Any) -> str:
    answer = ark.post(TASKS, json=body(prompt, **more))
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["id"]
    return str(answer.json()["id"])


def get(ark: httpx.Client, task_id: str) -> dict[str, Any]:
    answer = ark.get(f"{TASKS}/{task_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ended(ark: httpx.Client, sandbox: Sandbox, task_id: str) -> dict[str, Any]:
    """The task after its time has passed and its clip is rendered."""
    sandbox.clock.advance(10)
    deadline = time.monotonic() + PATIENCE
    while (task := get(ark, task_id))["status"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return task


RUNNING = [
    "id", "model", "status", "created_at", "updated_at", "service_tier", "execution_expires_after",
    "generate_audio", "draft", "priority",
]  # fmt: skip


def test_create_answers_an_id_with_the_time_in_china(ark: httpx.Client, sandbox: Sandbox) -> None:
    """`cgt-`, fourteen digits of UTC+8, five characters."""
    stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(sandbox.clock.now() + 8 * 3600))
    first, second = create(ark), create(ark)
    assert re.fullmatch(rf"cgt-{stamp}-[a-z0-9]{{5}}", first)
    assert first != second


def test_queued_and_running_have_the_same_fields(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Only the status and the times differ, and the order of the fields is Ark's."""
    task_id = create(ark)
    queued = get(ark, task_id)
    sandbox.clock.advance(1)
    running = get(ark, task_id)
    assert list(queued) == list(running) == RUNNING
    assert (queued["status"], running["status"]) == ("queued", "running")
    assert running["updated_at"] == queued["created_at"] + 1
    assert running | {"status": "queued", "updated_at": queued["updated_at"]} == queued
    assert queued["execution_expires_after"] == 172_800
    assert queued["generate_audio"] is True


def test_succeeded_has_content_usage_and_the_real_values(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Field for field as Ark answers, with the billed tokens of 4 s at 864×496."""
    task = ended(ark, sandbox, create(ark, return_last_frame=True, seed=7))
    assert list(task) == [
        "id", "model", "status", "content", "usage", "created_at", "updated_at", "seed", "resolution", "ratio",
        "duration", "framespersecond", "service_tier", "execution_expires_after", "generate_audio", "draft", "priority",
    ]  # fmt: skip
    assert list(task["content"]) == ["video_url", "last_frame_url"]
    assert task["usage"] == {"completion_tokens": 40_594, "total_tokens": 40_594}
    assert (task["seed"], task["resolution"], task["ratio"]) == (7, "480p", "16:9")
    assert (task["duration"], task["framespersecond"]) == (4, 24)


def test_failed_has_an_error_and_no_result(ark: httpx.Client, sandbox: Sandbox) -> None:
    """No content, usage, seed, resolution, ratio, duration or frame rate."""
    code = "OutputVideoSensitiveContentDetected.PolicyViolation"
    sandbox.scenario = Scenario(then="failed", error_code=code)
    task = ended(ark, sandbox, create(ark))
    assert list(task) == [*RUNNING[:3], "error", *RUNNING[3:]]
    assert task["error"]["code"] == code
    assert re.fullmatch(
        r"The request failed because the output video may be related to copyright restrictions\. "
        r"Request id: 02\d{13}\w{38}",
        task["error"]["message"],
    )


def test_expired_by_scenario_and_by_its_own_time(ark: httpx.Client, sandbox: Sandbox) -> None:
    """`execution_expires_after` counts from creation, whether the task is queued or running."""
    sandbox.scenario = Scenario(then="expired")
    assert ended(ark, sandbox, create(ark))["status"] == "expired"
    sandbox.scenario = Scenario(queue=1, run=1e6)
    running = create(ark, execution_expires_after=3600)
    sandbox.clock.advance(3599)
    assert get(ark, running)["status"] == "running"
    sandbox.clock.advance(1)
    task = get(ark, running)
    assert (task["status"], list(task)) == ("expired", RUNNING)


def test_nulls_are_absent(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Ark's own client writes null for whatever was not set, also for what the model does not take."""
    unset = dict.fromkeys(
        ["seed", "frames", "service_tier", "draft", "camera_fixed", "tools", "callback_url", "ratio", "output_format"]
    )
    task_id = create(ark, **unset)
    assert get(ark, task_id)["service_tier"] == "default"


@pytest.mark.parametrize(
    ("model", "more", "expected"),
    [
        ("doubao-seedance-2-0-mini-260615", {}, [name for name in RUNNING if name != "generate_audio"]),
        ("doubao-seedance-2-5-260628", {}, [*RUNNING, "output_format"]),
        (MODEL, {"safety_identifier": "u1"}, [*RUNNING, "safety_identifier"]),
        (MODEL, {"tools": [{"type": "web_search"}]}, [*RUNNING, "tools"]),
        ("dreamina-seedance-2-0-fast-260128", {}, RUNNING),
    ],
)
def test_fields_that_depend_on_model_and_request(
    ark: httpx.Client, model: str, more: dict[str, Any], expected: list[str]
) -> None:
    """Mini does not echo `generate_audio`; what was sent of some fields comes back."""
    task = get(ark, create(ark, **({"model": model} | more)))
    assert list(task) == expected
    assert task["model"] == model


def test_web_search_is_counted_in_usage(ark: httpx.Client, sandbox: Sandbox) -> None:
    """`usage.tool_usage` appears with the tool only."""
    task = ended(ark, sandbox, create(ark, tools=[{"type": "web_search"}]))
    assert task["usage"] == {"completion_tokens": 40_594, "total_tokens": 40_594, "tool_usage": {"web_search": 1}}


def test_an_endpoint_id_stands_for_a_model(ark: httpx.Client) -> None:
    """The answer names the model; the list finds it by either."""
    task_id = create(ark, model="ep-20260101-abcde")
    assert get(ark, task_id)["model"] == MODEL
    for name in ("ep-20260101-abcde", MODEL):
        assert ark.get(TASKS, params={"filter.model": name}).json()["total"] == 1


def test_a_seed_is_drawn_when_none_was_given(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Absent and -1 mean the same, and the answer says what was drawn."""
    seeds = [ended(ark, sandbox, create(ark, **more))["seed"] for more in ({}, {"seed": -1}, {"seed": 2**32 - 1})]
    assert all(seed >= 0 for seed in seeds)
    assert seeds[2] == 2**32 - 1


@pytest.mark.parametrize(
    ("prompt", "ratio"),
    [
        ("a cat", "16:9"),
        ("a vertical shot", "9:16"),
        ("竖屏，猫", "9:16"),
        ("square format", "1:1"),
        ("电影 21:9", "21:9"),
    ],
)
def test_adaptive_ratio_follows_the_prompt(ark: httpx.Client, sandbox: Sandbox, prompt: str, ratio: str) -> None:
    """The answer names a real ratio, never `adaptive`."""
    assert ended(ark, sandbox, create(ark, prompt, ratio="adaptive"))["ratio"] == ratio


def test_duration_of_the_models_choice_follows_the_seed(ark: httpx.Client, sandbox: Sandbox) -> None:
    """-1 becomes a whole number of seconds from 4 to 15, the same for the same seed, and is billed."""
    tasks = [ended(ark, sandbox, create(ark, duration=-1, seed=seed)) for seed in (3, 3, 10)]
    assert tasks[0]["duration"] == tasks[1]["duration"] != tasks[2]["duration"]
    for task in tasks:
        assert 4 <= task["duration"] <= 15
        assert task["usage"]["total_tokens"] == 864 * 496 * (24 * task["duration"] + 1) // 1024


@pytest.mark.parametrize(
    ("resolution", "ratio", "duration", "tokens"),
    [
        ("720p", "16:9", 5, 108_900),
        ("720p", "16:9", 15, 324_900),
        ("480p", "16:9", 5, 50_638),
        ("1080p", "16:9", 5, 245_025),
        ("720p", "21:9", 5, 1470 * 630 * 121 // 1024),
    ],
)
def test_usage_has_one_frame_more(
    ark: httpx.Client, sandbox: Sandbox, resolution: str, ratio: str, duration: int, tokens: int
) -> None:
    """Tokens as published with real answers."""
    task = ended(ark, sandbox, create(ark, resolution=resolution, ratio=ratio, duration=duration))
    assert task["usage"]["total_tokens"] == tokens


def test_flags_in_the_prompt_are_read_weakly(ark: httpx.Client, sandbox: Sandbox) -> None:
    """A good flag counts, a wrong one is dropped without a word, and a field of the body wins."""
    content = [{"type": "text", "text": "a cat --rs 480p --rt 9:16 --dur 99 --seed 5"}]
    task_id = ark.post(TASKS, json={"model": MODEL, "content": content}).json()["id"]
    task = ended(ark, sandbox, task_id)
    assert (task["resolution"], task["ratio"], task["duration"], task["seed"]) == ("480p", "9:16", 5, 5)
    assert ended(ark, sandbox, create(ark, "a cat --dur 9 --rs 720p"))["duration"] == 4


# -- the order of things --


def test_more_tasks_than_may_run_wait_in_the_queue(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Above the concurrency cap nothing is refused; places go to the highest priority, then to the oldest."""
    sandbox.scenario = Scenario(queue=1, run=100, concurrency=1, then="failed")
    first, second, urgent = create(ark), create(ark), create(ark, priority=9)
    sandbox.clock.advance(1)

    def statuses() -> list[str]:
        return [get(ark, task)["status"] for task in (first, second, urgent)]

    assert statuses() == ["running", "queued", "queued"]
    sandbox.clock.advance(100)
    assert statuses() == ["failed", "queued", "running"]
    sandbox.clock.advance(100)
    assert statuses() == ["failed", "running", "failed"]


def test_4k_has_a_cap_of_its_own(ark: httpx.Client, sandbox: Sandbox) -> None:
    """One 4k task runs at a time, beside the others."""
    sandbox.scenario = Scenario(queue=0, run=100, then="failed")
    tasks = [create(ark, resolution=resolution) for resolution in ("4K", "4k", "480p")]
    sandbox.clock.advance(1)
    assert [get(ark, task)["status"] for task in tasks] == ["running", "queued", "running"]


def test_a_jump_gives_the_same_story_as_ticks(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Times of change are those of the plan, however late somebody looks."""
    sandbox.scenario = Scenario(queue=2, run=3, concurrency=1, then="failed")
    first, second = create(ark), create(ark)
    sandbox.clock.advance(1000)
    start = get(ark, first)["created_at"]
    assert [get(ark, task)["updated_at"] - start for task in (first, second)] == [5, 8]


def test_run_times_scatter_if_they_are_asked_to(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Log-normally around the run time, each task by its id, and no more than was said."""
    scenario = sandbox.scenario = Scenario(
        queue=0, run=100, scatter=0.3, concurrency=None, create_rpm=None, then="failed"
    )
    tasks = [create(ark) for _ in range(100)]
    runs = {task: scenario.run_of(task) for task in tasks}
    assert 85 < statistics.median(runs.values()) < 115
    assert 0.2 < statistics.stdev(math.log(run) for run in runs.values()) < 0.4
    for _ in range(3):
        sandbox.clock.advance(40)
        passed = sandbox.clock.now() - get(ark, tasks[0])["created_at"]
        settled = {task: run for task, run in runs.items() if abs(run - passed) > 2}
        for task, run in settled.items():
            assert get(ark, task)["status"] == ("failed" if run < passed else "running")
    assert Scenario(run=100).run_of(tasks[0]) == 100
    for scatter in (-0.1, 3, float("nan"), "wide"):
        with pytest.raises(ConfigurationError, match="scatter"):
            Scenario(scatter=scatter)  # type: ignore[arg-type]


def test_a_task_succeeds_only_with_its_clip() -> None:
    """While the clip is being rendered the task keeps running, whatever the clock says."""
    import threading

    may_end = threading.Event()

    def slow(spec: ClipSpec) -> Clip:
        may_end.wait(180)
        return quick(spec)

    with (
        sb.start(speed=0, render=slow) as sandbox,
        httpx.Client(base_url=sandbox.url("ark"), headers={"Authorization": "Bearer k"}) as ark,
    ):
        task_id = create(ark)
        sandbox.clock.advance(1000)
        assert get(ark, task_id)["status"] == "running"
        may_end.set()
        assert ended(ark, sandbox, task_id)["status"] == "succeeded"


def test_a_renderer_that_breaks_fails_the_task() -> None:
    """The task ends as failed with Ark's internal error."""

    def broken(spec: ClipSpec) -> Clip:
        raise RuntimeError("no ink")

    with (
        sb.start(speed=0, render=broken) as sandbox,
        httpx.Client(base_url=sandbox.url("ark"), headers={"Authorization": "Bearer k"}) as ark,
    ):
        assert ended(ark, sandbox, create(ark))["error"]["code"] == "InternalServiceError"


def test_time_works_on_tasks_when_nobody_looks() -> None:
    """Clips are rendered in the background as the accelerated clock passes."""
    with (
        sb.start(speed=1000, render=quick) as sandbox,
        httpx.Client(base_url=sandbox.url("ark"), headers={"Authorization": "Bearer k"}) as ark,
    ):
        task_id = create(ark)
        deadline = time.monotonic() + PATIENCE
        while sandbox.renders == 0:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        assert ended(ark, sandbox, task_id)["status"] == "succeeded"


# -- list --


def test_list_is_newest_first_in_pages(ark: httpx.Client, sandbox: Sandbox) -> None:
    """`{"total", "items"}` and nothing else; twenty a page unless asked otherwise."""
    made = []
    for _ in range(22):
        made.append(create(ark))
        sandbox.clock.advance(0.001)
    page = ark.get(TASKS).json()
    assert list(page) == ["total", "items"]
    assert (page["total"], len(page["items"])) == (22, 20)
    rest = ark.get(TASKS, params={"page_num": 2}).json()
    assert [item["id"] for item in page["items"] + rest["items"]] == made[::-1]
    assert page["items"][0] == get(ark, made[-1])


def test_list_filters(ark: httpx.Client, sandbox: Sandbox) -> None:
    """By status, model, tier and repeated ids; ids that are not there are left out."""
    sandbox.scenario = Scenario(then="failed")
    old = create(ark, model="doubao-seedance-1-5-pro-251215", service_tier="flex")
    sandbox.clock.advance(10)
    new, fast = create(ark), create(ark, model="doubao-seedance-2-0-fast-260128")

    def found(*params: tuple[str, str]) -> list[str]:
        answer = ark.get(TASKS, params=list(params))
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert found() == [fast, new]
    assert found(("filter.service_tier", "flex")) == [old]
    assert found(("filter.service_tier", "flex"), ("filter.status", "failed")) == [old]
    assert found(("filter.status", "queued")) == [fast, new]
    assert found(("filter.model", MODEL)) == [new]
    assert found(("filter.task_ids", new), ("filter.task_ids", fast), ("filter.task_ids", "cgt-x")) == [fast, new]


def test_five_hundred_ids_fit_in_one_list(ark: httpx.Client) -> None:
    """The longest question a client can ask."""
    made = create(ark)
    ids = [("filter.task_ids", f"cgt-20260101000000-{number:05d}") for number in range(499)]
    answer = ark.get(TASKS, params=[*ids, ("filter.task_ids", made), ("page_size", "500")])
    assert answer.json()["total"] == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page_num", "0"),
        ("page_num", "501"),
        ("page_size", "0"),
        ("page_size", "501"),
        ("page_size", "many"),
        ("filter.status", "done"),
        ("filter.service_tier", "gold"),
    ],
)
def test_list_refuses_values_out_of_bounds(ark: httpx.Client, name: str, value: str) -> None:
    """400 with the parameter's name."""
    error = ark.get(TASKS, params={name: value})
    assert (error.status_code, error.json()["error"]["param"]) == (400, name)


def test_records_live_seven_days(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Then neither get nor list knows them."""
    sandbox.scenario = Scenario(then="failed")
    task_id = create(ark)
    sandbox.clock.advance(7 * DAY - 1)
    assert get(ark, task_id)["status"] == "failed"
    sandbox.clock.advance(1)
    assert ark.get(f"{TASKS}/{task_id}").status_code == 404
    assert ark.get(TASKS).json() == {"total": 0, "items": []}


# -- delete --


def test_delete_cancels_a_queued_task(ark: httpx.Client, sandbox: Sandbox) -> None:
    """It says `{}`; the record lives for a day, and a second delete is refused."""
    task_id = create(ark)
    answer = ark.delete(f"{TASKS}/{task_id}")
    assert (answer.status_code, answer.text) == (200, "{}")
    task = get(ark, task_id)
    assert (task["status"], list(task)) == ("cancelled", RUNNING)
    assert ark.get(TASKS, params={"filter.status": "cancelled"}).json()["total"] == 1
    again = ark.delete(f"{TASKS}/{task_id}")
    assert (again.status_code, again.json()["error"]["code"]) == (400, "InvalidAction")
    sandbox.clock.advance(DAY - 1)
    assert get(ark, task_id)["status"] == "cancelled"
    sandbox.clock.advance(1)
    assert ark.get(f"{TASKS}/{task_id}").status_code == 404


def test_delete_of_a_running_task_is_refused(ark: httpx.Client, sandbox: Sandbox) -> None:
    """409 with Ark's code and text, and the task goes on."""
    sandbox.scenario = Scenario(run=100)
    task_id = create(ark)
    sandbox.clock.advance(2)
    answer = ark.request("DELETE", f"{TASKS}/{task_id}", json={})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (409, "InvalidAction.RunningTaskDeletion", "")
    assert error["message"].startswith(f"Cannot delete task `{task_id}` because it is currently running. Request id: ")
    assert get(ark, task_id)["status"] == "running"


@pytest.mark.parametrize("then", ["succeeded", "failed", "expired"])
def test_delete_of_an_ended_task_forgets_it(ark: httpx.Client, sandbox: Sandbox, then: Any) -> None:
    """`{}`, and the record is gone."""
    sandbox.scenario = Scenario(then=then)
    task_id = create(ark)
    assert ended(ark, sandbox, task_id)["status"] == then
    answer = ark.delete(f"{TASKS}/{task_id}")
    assert (answer.status_code, answer.text) == (200, "{}")
    assert ark.get(f"{TASKS}/{task_id}").status_code == 404
    assert ark.delete(f"{TASKS}/{task_id}").status_code == 404


def test_an_unknown_task_is_not_found(ark: httpx.Client) -> None:
    """404 `ResourceNotFound`, and the request id stands in the text and in the header."""
    answer = ark.get(f"{TASKS}/cgt-20260101000000-zzzzz")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (404, "ResourceNotFound", "NotFound")
    assert error["message"].endswith(f" Request id: {answer.headers['x-request-id']}")


# -- keys and paths --


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic abc", "Bearer invalid-key"])
def test_a_missing_or_bad_key_is_refused(sandbox: Sandbox, header: str | None) -> None:
    """401, for each operation."""
    headers = {} if header is None else {"Authorization": header}
    with httpx.Client(base_url=sandbox.url("ark"), headers=headers) as ark:
        for answer in (ark.post(TASKS, json=body()), ark.get(TASKS), ark.delete(f"{TASKS}/x")):
            error = answer.json()["error"]
            assert (answer.status_code, error["code"], error["type"]) == (401, "AuthenticationError", "Unauthorized")
    assert sandbox.created == 0


def test_paths_that_ark_does_not_have(ark: httpx.Client) -> None:
    """404 `InvalidAction`; but a POST to …/cancel reaches create, which asks for a model."""
    for answer in (ark.get("/models"), ark.put(TASKS, json={}), ark.get(f"{TASKS}/x/y")):
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["type"]) == (404, "InvalidAction", "NotFound")
        assert error["message"].startswith("The specified action is invalid: /api/v3/")
    answer = ark.post(f"{TASKS}/cgt-1/cancel", json={})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "model")


def test_every_answer_says_that_it_is_the_sandbox(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Also refusals, downloads and paths nobody has."""
    root = f"http://127.0.0.1:{sandbox.port}"
    answers = [
        ark.get(TASKS),
        ark.get("/nothing"),
        httpx.get(f"{root}/"),
        httpx.get(f"{root}/tos/x"),
        httpx.get(f"{root}/sandbox"),
    ]
    assert [answer.headers.get("x-seedance-sandbox") for answer in answers] == ["1"] * 5


def test_the_log_of_requests_holds_no_secret(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Operation, method, path, status and time; nothing of the key, the query or the body."""
    create(ark, "a secret prompt")
    ark.get(TASKS, params={"filter.model": "ep-secret"})
    shown = repr(sandbox.requests)
    assert [(item.operation, item.status) for item in sandbox.requests] == [("create", 200), ("list", 200)]
    assert (sandbox.creates, sandbox.created) == (1, 1)
    assert "secret" not in shown
    assert sb.KEY not in shown
