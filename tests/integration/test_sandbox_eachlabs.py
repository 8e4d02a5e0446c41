"""The sandbox as EachLabs, over HTTP: what create, poll, cancel and the lists answer at each point of a task's life."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from seedance_nb import sandbox as sb
from seedance_nb.errors import ConfigurationError
from seedance_nb.sandbox import Fault, Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec

from ..patience import PATIENCE

CREATE = "/v1/prediction"
TEXT = "bytedance-seedance-2-0-text-to-video-fast"
SLUGS = {
    "bytedance-seedance-2-0-text-to-video",
    "bytedance-seedance-2-0-text-to-video-fast",
    "bytedance-seedance-2-0-image-to-video",
    "bytedance-seedance-2-0-image-to-video-fast",
    "bytedance-seedance-2-0-reference-to-video",
    "bytedance-seedance-2-0-reference-to-video-fast",
    "bytedance-seedance-2-0-mini-reference-to-video",
}
DAY = 86_400


def quick(spec: ClipSpec) -> Clip:
    """A stand-in for a clip that tells its spec."""
    return Clip(f"{spec.width}x{spec.height}/{spec.frames}/{spec.mode}/{spec.seed}/{spec.audio}".encode(), b"png")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with sb.start(speed=0, render=quick) as running:
        yield running


@pytest.fixture
def each(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sb.KEY}"}
    with httpx.Client(base_url=sandbox.url("eachlabs"), headers=headers, timeout=180) as client:
        yield client


def post(each: httpx.Client, model: str = TEXT, *, more: dict[str, Any] | None = None, **given: Any) -> httpx.Response:
    body = {"model": model, "version": "0.0.1", "input": {"prompt": "A cat yawns"} | given}
    return each.post(CREATE, json=body | (more or {}))


def create(each: httpx.Client, model: str = TEXT, *, more: dict[str, Any] | None = None, **given: Any) -> str:
    answer = post(each, model, more=more, **given)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["predictionID"])


def get(each: httpx.Client, task_id: str) -> dict[str, Any]:
    answer = each.get(f"{CREATE}/{task_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ended(each: httpx.Client, sandbox: Sandbox, task_id: str) -> dict[str, Any]:
    """The task after its time has passed, to the second, and its clip is rendered."""
    sandbox.clock.advance(6)
    deadline = time.monotonic() + PATIENCE
    while (task := get(each, task_id))["status"] in ("created", "starting", "processing"):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return task


# -- create and poll --


def test_a_create_is_acknowledged_with_a_prediction_id(each: httpx.Client, sandbox: Sandbox) -> None:
    """`success` means accepted, the id is a UUID with a capital name, and `version` is not looked at."""
    assert sandbox.url("eachlabs") == f"http://127.0.0.1:{sandbox.port}/eachlabs"
    answer = post(each, more={"version": 7})
    assert answer.json() == {
        "status": "success",
        "message": "Prediction created successfully",
        "predictionID": answer.json()["predictionID"],
    }
    assert uuid.UUID(answer.json()["predictionID"]).version == 4
    assert create(each, more={"version": None}) != answer.json()["predictionID"]


def test_a_task_goes_through_all_words(each: httpx.Client, sandbox: Sandbox) -> None:
    """created, starting, processing, success; the fields are the same and in the same order throughout."""
    sandbox.scenario = Scenario(queue=1, run=5)
    given = {"resolution": "720p", "duration": "6", "aspect_ratio": "9:16", "seed": "7", "unknown": [1]}
    task_id = create(each, **given)
    seen = [get(each, task_id)]
    for seconds in (1, 1):
        sandbox.clock.advance(seconds)
        seen.append(get(each, task_id))
    seen.append(ended(each, sandbox, task_id))
    assert [task["status"] for task in seen] == ["created", "starting", "processing", "success"]
    for task in seen:
        assert list(task) == ["id", "input", "status", "output", "logs", "metrics", "urls"]
        assert task["input"] == {"prompt": "A cat yawns"} | given
        url = f"{sandbox.url('eachlabs')}{CREATE}/{task_id}"
        assert task["urls"] == {"cancel": f"{url}/cancel", "get": url}
        assert task["logs"] is None
    assert [task["output"] for task in seen[:3]] == [None] * 3
    assert seen[0]["metrics"] == {"predict_time": 0, "cost": 0}
    assert each.get(seen[0]["urls"]["get"]).json() == seen[3]


def test_the_output_is_the_clip_for_a_day(each: httpx.Client, sandbox: Sandbox) -> None:
    """A plain string; it needs no key, and reads in ranges."""
    task = ended(each, sandbox, create(each, duration="6", aspect_ratio="9:16", seed="7", generate_audio=False))
    answer = httpx.get(task["output"])
    assert answer.content == b"720x1280/145/text/7/False"
    assert httpx.get(task["output"], headers={"Range": "bytes=0-2"}).content == b"720"
    sandbox.clock.advance(DAY)
    assert httpx.get(task["output"]).status_code in (403, 404)


@pytest.mark.parametrize(
    ("model", "resolution", "duration", "cost"),
    [
        (TEXT, "720p", "6", "1.4514"),
        (TEXT, "480p", "10", "1.129"),
        ("bytedance-seedance-2-0-text-to-video", "720p", "5", "1.512"),
        ("bytedance-seedance-2-0-text-to-video", "1080p", "4", "2.7216"),
    ],
)
def test_a_second_has_its_price(
    each: httpx.Client, sandbox: Sandbox, model: str, resolution: str, duration: str, cost: str
) -> None:
    """`metrics` has seconds and dollars, and the bill says the same."""
    task = ended(each, sandbox, create(each, model, resolution=resolution, duration=duration))
    assert task["metrics"] == {"predict_time": 5.0, "cost": float(cost)}
    (bill,) = sandbox.bills
    assert (bill["task_id"], bill["provider"], bill["model"]) == (task["id"], "eachlabs", model)
    assert (Decimal(bill["amount"]), bill["currency"]) == (Decimal(cost), "USD")
    assert (bill["seconds"], bill["tokens"]) == (int(duration), None)


def test_auto_becomes_a_length_and_a_shape(each: httpx.Client, sandbox: Sandbox) -> None:
    """The defaults: 4 to 15 s that follow the seed, a ratio that follows the prompt, 720p, sound."""
    wide = ended(each, sandbox, create(each, seed="10"))
    tall = ended(each, sandbox, create(each, prompt="A vertical shot of a cat", seed="words"))
    assert httpx.get(wide["output"]).content == f"1280x720/{24 * 14 + 1}/text/10/True".encode()
    assert wide["metrics"]["cost"] == pytest.approx(14 * 0.2419)
    assert httpx.get(tall["output"]).content.startswith(b"720x1280/")


@pytest.mark.parametrize("name", ["prompt", "resolution", "duration", "aspect_ratio", "generate_audio", "seed"])
@pytest.mark.parametrize("value", [6, None, "nonsense", ["16:9"]])
def test_values_of_another_type_or_set_are_refused(each: httpx.Client, name: str, value: Any) -> None:
    """400 "Invalid input for model"; a number for `duration` or `seed` too, for they are strings."""
    answer = post(each, **{name: value})
    if value == "nonsense" and name in ("prompt", "seed"):
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["error"]) == (400, "Invalid input for model")
        assert answer.json()["details"].startswith(f"{name}: ")


def test_the_edges_of_the_values(each: httpx.Client, sandbox: Sandbox) -> None:
    """4 to 15 s as strings, 1080p only in the standard tier, each documented ratio."""
    sandbox.scenario = Scenario(in_flight_cap=None)
    for duration, status in (("3", 400), ("4", 200), ("15", 200), ("16", 400), ("auto", 200), ("5.5", 400)):
        assert post(each, duration=duration).status_code == status, duration
    for ratio in ("auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"):
        assert post(each, aspect_ratio=ratio).status_code == 200
    assert post(each, aspect_ratio="adaptive").status_code == 400
    assert post(each, resolution="1080p").status_code == 400
    assert post(each, "bytedance-seedance-2-0-text-to-video", resolution="1080p").status_code == 200
    assert post(each, end_user_id=5).status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"input": {"prompt": "x"}}, 400, "model field is required"),
        ({"model": "", "input": {}}, 400, "model field is required"),
        ({"model": "sora", "input": {"prompt": "x"}}, 404, "Failed to fetch model: model not found"),
        ({"model": TEXT}, 400, "Invalid input for model"),
        ({"model": TEXT, "input": {}}, 400, "Invalid input for model"),
        ([], 400, "invalid request body"),
        ({"model": TEXT, "input": {"prompt": "x"}, "webhook_url": "ftp://x"}, 400, "invalid webhook_url"),
        ({"model": TEXT, "input": {"prompt": "x"}, "webhook_secret": "a\nb"}, 400, "invalid webhook_secret"),
    ],
)
def test_a_body_that_makes_no_sense(each: httpx.Client, sandbox: Sandbox, body: Any, status: int, error: str) -> None:
    """Refused with EachLabs' text; no task is made."""
    answer = each.post(CREATE, json=body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert each.post(CREATE, content=b"{").status_code == 400
    assert sandbox.created == 0


def test_run_is_not_for_seedance(each: httpx.Client, sandbox: Sandbox) -> None:
    """The synchronous variant answers 400 for a model that takes minutes."""
    answer = each.post(f"{CREATE}/run", json={"model": TEXT, "input": {"prompt": "x"}})
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert sandbox.created == 0


# -- ends that are not success --


@pytest.mark.parametrize(
    ("scenario", "code", "category"),
    [
        (Scenario(then="failed"), "PROVIDER_SERVER_ERROR", "PROVIDER"),
        (Scenario(then="expired"), "EXECUTION_TIMEOUT", "TIMEOUT"),
        (
            Scenario(then="failed", error_code="OutputVideoSensitiveContentDetected"),
            "CONTENT_MODERATION",
            "VALIDATION",
        ),
        (Scenario(then="failed", error_code="ODD", error_message="It is odd."), "ODD", "UNKNOWN"),
    ],
)
def test_a_failure_is_in_logs_and_output(
    each: httpx.Client, sandbox: Sandbox, scenario: Scenario, code: str, category: str
) -> None:
    """HTTP 200, status error, a code and a text, and no cost."""
    sandbox.scenario = scenario
    task = ended(each, sandbox, create(each))
    assert task["status"] == "error"
    assert (task["output"]["error_code"], task["output"]["classification"]) == (code, {"category": category})
    assert task["output"]["error_message"] == task["logs"]
    assert task["metrics"]["cost"] == 0
    assert sandbox.bills == []


@pytest.mark.parametrize("word", sorted(sb.TRIGGERS))
def test_words_in_a_prompt_make_a_task_fail(each: httpx.Client, sandbox: Sandbox, word: str) -> None:
    """Never the create: EachLabs takes it and lets the task fail."""
    task = ended(each, sandbox, create(each, prompt=f"A cat {word}"))
    expected = "CONTENT_MODERATION"
    expected = {"[sandbox:failed]": "PROVIDER_SERVER_ERROR", "[sandbox:expired]": "EXECUTION_TIMEOUT"}.get(
        word, expected
    )
    assert (task["status"], task["output"]["error_code"]) == ("error", expected)


@pytest.mark.parametrize("seconds", [0, 1, 3])
def test_cancel_works_while_it_has_not_ended(each: httpx.Client, sandbox: Sandbox, seconds: int) -> None:
    """In each of the three states; again is harmless, and the place is free for another."""
    sandbox.scenario = Scenario(queue=1, run=100, concurrency=1)
    task_id = create(each)
    sandbox.clock.advance(seconds)
    for _ in range(2):
        answer = each.post(f"{CREATE}/{task_id}/cancel")
        assert (answer.status_code, answer.json()) == (
            200,
            {"status": "cancelled", "message": "Prediction canceled successfully", "predictionID": task_id},
        )
    task = get(each, task_id)
    assert (task["status"], task["output"], task["metrics"]["cost"]) == ("cancelled", None, 0)
    other = create(each)
    sandbox.clock.advance(2)
    assert get(each, other)["status"] == "starting"
    sandbox.clock.advance(1000)
    assert get(each, task_id)["status"] == "cancelled"


def test_an_ended_task_cannot_be_cancelled(each: httpx.Client, sandbox: Sandbox) -> None:
    """400, and the clip stays."""
    task_id = create(each)
    ended(each, sandbox, task_id)
    assert each.post(f"{CREATE}/{task_id}/cancel").status_code == 400
    assert get(each, task_id)["status"] == "success"


# -- keys, paths, headers --


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({"Authorization": "Bearer key"}, True),
        ({"X-API-Key": "key"}, True),
        ({"Authorization": "Basic x", "X-API-Key": "key"}, True),
        ({}, False),
        ({"Authorization": "Bearer"}, False),
        ({"Authorization": "Bearer invalid-key"}, False),
        ({"X-API-Key": "invalid"}, False),
    ],
)
def test_both_headers_carry_a_key(sandbox: Sandbox, headers: dict[str, str], good: bool) -> None:
    """Or 401 with the documented body; deleting a file has an empty one."""
    with httpx.Client(base_url=sandbox.url("eachlabs"), headers=headers) as each:
        for answer in (each.get("/v1/executions"), each.get("/v1/webhooks"), post(each)):
            assert answer.status_code == (200 if good else 401)
            if not good:
                assert answer.json() == {"error": "Invalid or missing API key"}
        answer = each.delete(f"/v1/files/{uuid.uuid4()}")
        assert (answer.status_code, answer.text) == ((204, "") if good else (401, "{}"))
        assert each.get("/v1/models").status_code == 200


def test_each_reply_has_a_request_id(each: httpx.Client) -> None:
    """The one that was sent, or a new one."""
    answers = [each.get("/v1/models"), each.get(f"{CREATE}/x"), each.get("/v1/nothing"), each.get("/cdn-us/x")]
    assert [answer.status_code for answer in answers] == [200, 404, 404, 404]
    assert len({answer.headers["x-request-id"] for answer in answers[:3]}) == 3
    assert each.get("/v1/models", headers={"X-Request-Id": "mine"}).headers["x-request-id"] == "mine"
    assert answers[1].json() == {"error": "Prediction not found"}
    assert each.post(f"{CREATE}/x/cancel").json() == {"error": "Prediction not found"}


# -- models --


def test_models_are_listed_in_pages(each: httpx.Client) -> None:
    """Seven slugs, by name, limit and offset."""
    models = each.get("/v1/models").json()
    assert {model["slug"] for model in models} == SLUGS
    assert each.get("/v1/models", params={"limit": 2, "offset": 3}).json() == models[3:5]
    assert [model["slug"] for model in each.get("/v1/models", params={"name": "MINI"}).json()] == [
        "bytedance-seedance-2-0-mini-reference-to-video"
    ]
    for params in ({"limit": 0}, {"limit": 501}, {"offset": -1}, {"limit": "all"}):
        assert each.get("/v1/models", params=params).status_code == 400


@pytest.mark.parametrize("slug", sorted(SLUGS))
def test_a_model_says_what_it_takes(each: httpx.Client, slug: str) -> None:
    """Types as documented; the schema's own defaults make a request that is taken."""
    model = each.get("/v1/model", params={"slug": slug}).json()
    assert list(model) == ["title", "slug", "version", "output_type", "request_schema"]
    assert (model["slug"], model["version"], model["output_type"]) == (slug, "0.0.1", "video")
    properties = model["request_schema"]["properties"]
    assert properties["duration"]["type"] == properties["seed"]["type"] == "string"
    assert ("1080p" in properties["resolution"]["enum"]) == (not {"fast", "mini"} & set(slug.split("-")))
    assert ("image_url" in model["request_schema"]["required"]) == ("image-to" in slug)
    given = {name: value["default"] for name, value in properties.items() if "default" in value}
    image = f"{each.base_url}/cdn-us/x.png"
    given |= {"image_url": image} if "image-to" in slug else {"image_urls": [image]} if "reference" in slug else {}
    assert post(each, slug, **given).status_code == 200


def test_a_slug_is_needed_and_has_to_exist(each: httpx.Client) -> None:
    """400 and 404, in words."""
    answers = [each.get("/v1/model"), each.get("/v1/model", params={"slug": "sora"})]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (400, {"error": "slug parameter is required"}),
        (404, {"error": "Failed to fetch model: model not found"}),
    ]


# -- executions --


def test_executions_are_listed_newest_first(each: httpx.Client, sandbox: Sandbox) -> None:
    """With the fields of a summary, twenty a page."""
    sandbox.scenario = Scenario(in_flight_cap=None, concurrency=None)
    made = []
    for _ in range(22):
        made.append(create(each))
        sandbox.clock.advance(0.001)
    page = each.get("/v1/executions").json()
    assert list(page) == ["executions", "total_count", "total_capped", "offset", "limit"]
    assert [page[name] for name in ("total_count", "total_capped", "offset", "limit")] == [22, False, 0, 20]
    rest = each.get("/v1/executions", params={"offset": 20, "limit": 100}).json()["executions"]
    assert [item["id"] for item in page["executions"] + rest] == made[::-1]
    first = ended(each, sandbox, made[0])
    (item,) = each.get("/v1/executions", params={"offset": 21}).json()["executions"]
    assert list(item) == [
        "id", "model", "requested_model", "status", "workflow_id", "workflow_execution_id", "execution_cost",
        "run_time", "created_at", "started_at", "completed_at", "output",
    ]  # fmt: skip
    assert (item["status"], item["execution_cost"], item["output"]) == (
        "success",
        first["metrics"]["cost"],
        first["output"],
    )
    assert item["created_at"] < item["started_at"] < item["completed_at"]


def test_executions_are_filtered(each: httpx.Client, sandbox: Sandbox) -> None:
    """By model, status words, classification and time."""
    other = "bytedance-seedance-2-0-text-to-video"
    bad = create(each, prompt="[sandbox:moderation]")
    ended(each, sandbox, bad)
    at = sandbox.clock.now()
    sandbox.clock.advance(100)
    new, waiting = create(each, other), create(each)
    each.post(f"{CREATE}/{waiting}/cancel")
    sandbox.clock.advance(1)

    def found(**params: str) -> list[str]:
        answer = each.get("/v1/executions", params={name.rstrip("_"): value for name, value in params.items()})
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["executions"]]

    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at + 50))
    assert found() == [waiting, new, bad]
    assert found(model=other) == [new]
    assert found(status="error") == found(error_classification="content_moderation") == [bad]
    assert found(status="starting,error") == [new, bad]
    assert found(error_classification="provider_error,unknown") == []
    assert found(from_=stamp) == [waiting, new]
    assert found(to=stamp) == [bad]
    assert found(workflow_id="wf") == []
    sandbox.clock.advance(90 * DAY)
    assert found() == []


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"offset": "-1"},
        {"status": "cancelled"},
        {"status": "success,done"},
        {"error_classification": "bad_luck"},
        {"from": "yesterday"},
        {"to": "2026-01-01T00:00:00"},
    ],
)
def test_executions_refuse_values_out_of_bounds(each: httpx.Client, params: dict[str, str]) -> None:
    """400 that names the parameter."""
    answer = each.get("/v1/executions", params=params)
    assert answer.status_code == 400
    assert next(iter(params)) in answer.json()["error"]


# -- limits and faults --


def test_ten_tasks_may_be_in_flight(each: httpx.Client, sandbox: Sandbox) -> None:
    """The eleventh gets 429 with `details`, and is no task; the cap follows the scenario."""
    sandbox.scenario = Scenario(then="failed")
    for _ in range(10):
        create(each)
    answer = post(each)
    assert (answer.status_code, list(answer.json())) == (429, ["status", "error", "details"])
    assert (answer.json()["status"], answer.json()["error"]) == (429, "too many requests")
    assert "limited to 10 concurrent executions" in answer.json()["details"]
    assert "retry-after" not in answer.headers
    assert sandbox.created == 10
    sandbox.scenario = Scenario(in_flight_cap=None)
    assert post(each).status_code == 200
    sandbox.scenario = Scenario()
    sandbox.clock.advance(10)
    assert post(each).status_code == 200


def test_creates_a_minute_are_limited_on_request(each: httpx.Client, sandbox: Sandbox) -> None:
    """Off by default; the skill page's number can be set."""
    sandbox.scenario = Scenario(create_rpm_eachlabs=2)
    assert [post(each).status_code for _ in range(3)] == [200, 200, 429]
    sandbox.clock.advance(60)
    assert post(each).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        (Fault("unauthorized"), 401, {"error": "Invalid or missing API key"}),
        (Fault("server_error"), 500, {"error": "Failed to create prediction"}),
        (Fault("not_found"), 404, {"error": "Failed to fetch model: model not found"}),
        (Fault("error", status=403, message="forbidden", code="why"), 403, {"error": "forbidden"}),
        (Fault("overdue"), 402, {"status": 402, "error": "payment required"}),
        (Fault("rate_limit", retry_after=3), 429, {"status": 429, "error": "too many requests"}),
        (Fault("quota"), 429, {"status": 429, "error": "too many requests"}),
        (Fault("moderation"), 400, {"error": "Invalid input for model"}),
    ],
)
def test_a_create_is_refused(
    each: httpx.Client, sandbox: Sandbox, fault: Fault, status: int, body: dict[str, Any]
) -> None:
    """Once, in the documented shape; with `word="skill"` in the one of the skill page."""
    sandbox.scenario = Scenario(faults=(fault,))
    answer = post(each)
    said = answer.json()
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, "3" if fault.retry_after else None)
    assert {name: value for name, value in said.items() if name != "details"} == body
    assert sandbox.created == 0
    assert post(each).status_code == 200
    sandbox.scenario = Scenario(faults=(Fault(fault.kind, word="skill", status=status, message="no"),))
    assert post(each).json() == {"status": "error", "message": "no", "details": said.get("details", "")} | (
        {"details": ""} if fault.kind == "error" else {}
    )


def test_faults_strike_each_operation(each: httpx.Client, sandbox: Sandbox) -> None:
    """get, list, cancel, upload, download; what is no operation goes on."""
    task = ended(each, sandbox, create(each))
    sandbox.scenario = Scenario(
        faults=tuple(Fault("server_error", on=on) for on in ("get", "list", "cancel", "upload", "download", "delete"))
    )
    url = f"{CREATE}/{task['id']}"
    calls: list[Any] = [
        lambda: each.get(url),
        lambda: each.get("/v1/executions"),
        lambda: each.post(f"{url}/cancel"),
        lambda: each.post("/v1/upload/presign", json={"content_type": "image/png"}),
        lambda: httpx.get(task["output"]),
        lambda: each.delete(f"/v1/files/{uuid.uuid4()}"),
    ]
    assert [call().status_code for call in calls] == [500] * 6
    assert [call().status_code for call in calls] == [200, 200, 400, 200, 200, 204]
    sandbox.scenario = Scenario(faults=(Fault("server_error", on="*", times=None),))
    assert each.get("/v1/models").status_code == 200


def test_a_reset_after_the_create_leaves_a_task(each: httpx.Client, sandbox: Sandbox) -> None:
    """The list of executions is how a client finds it again."""
    sandbox.scenario = Scenario(faults=(Fault("reset"), Fault("drop")))
    for _ in range(2):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            post(each)
    assert sandbox.created == 1
    assert each.get("/v1/executions").json()["total_count"] == 1


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("openapi", ["starting", "starting", "processing", "success", "failed", "cancelled"]),
        ("american", ["starting", "starting", "processing", "success", "failed", "canceled"]),
        ("skill", ["processing", "processing", "processing", "success", "error", "cancelled"]),
    ],
)
def test_other_spellings_of_a_status(each: httpx.Client, sandbox: Sandbox, word: str, words: list[str]) -> None:
    """The documents do not agree, and a client has to take them all."""
    good = create(each)
    bad, gone = create(each, prompt="[sandbox:failed]"), create(each)
    each.post(f"{CREATE}/{gone}/cancel")
    sandbox.scenario = Scenario(faults=(Fault("spelling", on="get", word=word, times=None),))
    seen = [get(each, good)["status"]]
    for _ in range(2):
        sandbox.clock.advance(1)
        seen.append(get(each, good)["status"])
    sandbox.scenario = Scenario()
    ended(each, sandbox, good)
    sandbox.scenario = Scenario(faults=(Fault("spelling", on="get", word=word, times=None),))
    tasks = [get(each, task_id) for task_id in (good, bad, gone)]
    assert seen + [task["status"] for task in tasks] == words
    if word == "skill":
        assert (tasks[1]["details"], tasks[1]["output"]) == ("PROVIDER_SERVER_ERROR", None)
        assert tasks[1]["message"] == tasks[1]["logs"]


def test_an_output_may_be_wrapped(each: httpx.Client, sandbox: Sandbox) -> None:
    """A string by default, an array or an object on request."""
    task = ended(each, sandbox, create(each))
    sandbox.scenario = Scenario(faults=tuple(Fault("spelling", on="get", word=word) for word in ("array", "object")))
    assert [get(each, task["id"])["output"] for _ in range(3)] == [
        [task["output"]],
        {"url": task["output"]},
        task["output"],
    ]


def test_a_spelling_has_to_be_known_and_refusals_follow_it(each: httpx.Client, sandbox: Sandbox) -> None:
    """Also those that the sandbox makes itself; and the American one of a cancel."""
    with pytest.raises(ConfigurationError, match="skill"):
        Fault("spelling", on="get")
    sandbox.scenario = Scenario(
        faults=(Fault("spelling", word="skill"), Fault("spelling", on="cancel", word="american"))
    )
    answer = post(each, duration=6)
    assert (answer.status_code, list(answer.json())) == (400, ["status", "message", "details"])
    assert each.post(f"{CREATE}/{create(each)}/cancel").json()["status"] == "canceled"


def test_an_unknown_status_word(each: httpx.Client, sandbox: Sandbox) -> None:
    """What a client must not take for an end."""
    task_id = create(each)
    sandbox.scenario = Scenario(faults=(Fault("unknown_status", on="get", word="rendering"),))
    assert [get(each, task_id)["status"] for _ in range(2)] == ["rendering", "created"]


def test_records_live_ninety_days(each: httpx.Client, sandbox: Sandbox) -> None:
    """Then the prediction is not found."""
    task_id = create(each)
    ended(each, sandbox, task_id)
    sandbox.clock.advance(89 * DAY)
    assert get(each, task_id)["status"] == "success"
    sandbox.clock.advance(DAY)
    assert each.get(f"{CREATE}/{task_id}").status_code == 404


def test_other_dialects_do_not_see_the_task(each: httpx.Client, sandbox: Sandbox) -> None:
    """One sandbox, several providers, no mixing."""
    create(each)
    ark = httpx.get(f"{sandbox.url('ark')}/contents/generations/tasks", headers={"Authorization": "Bearer k"})
    assert ark.json() == {"total": 0, "items": []}
    assert [(item.operation, item.status) for item in sandbox.requests] == [("create", 200), ("list", 200)]
