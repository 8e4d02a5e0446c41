"""The sandbox as Atlas Cloud, over HTTP: the life of a prediction, keys, refusals, models and bills."""

from __future__ import annotations

import re
import time
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

CREATE = "/model/generateVideo"
TEXT_TO_VIDEO = "bytedance/seedance-2.0/text-to-video"
DAY = 86_400


def quick(spec: ClipSpec) -> Clip:
    """A stand-in for a clip, where the picture does not matter."""
    return Clip(f"{spec.prompt}/{spec.seed}".encode() * 50, b"png")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with sb.start(speed=0, render=quick) as running:
        yield running


@pytest.fixture
def atlas(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sb.KEY}"}
    with httpx.Client(base_url=sandbox.url("atlas"), headers=headers, timeout=180) as client:
        yield client


@pytest.fixture(scope="module")
def refusing() -> Iterator[Sandbox]:
    """One sandbox for all tests that must not make a task."""
    with sb.start(speed=0, render=quick) as running:
        yield running
        assert running.created == 0


@pytest.fixture(scope="module")
def strict(refusing: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=refusing.url("atlas"), headers={"Authorization": "Bearer k"}, timeout=180) as client:
        yield client


def post(atlas: httpx.Client, prompt: str = "A cat yawns", **more: Any) -> httpx.Response:
    return atlas.post(CREATE, json={"model": TEXT_TO_VIDEO, "prompt": prompt} | more)


def create(atlas: httpx.Client, prompt: str = "A cat yawns", **more: Any) -> str:
    answer = post(atlas, prompt, **more)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["id"])


def get(atlas: httpx.Client, task_id: str) -> dict[str, Any]:
    answer = atlas.get(f"/model/prediction/{task_id}")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["code"], answer.json()["message"]) == (200, "")
    return dict(answer.json()["data"])


def ended(atlas: httpx.Client, sandbox: Sandbox, task_id: str) -> dict[str, Any]:
    """The prediction after its time has passed and its clip is rendered."""
    sandbox.clock.advance(10)
    deadline = time.monotonic() + PATIENCE
    while (task := get(atlas, task_id))["status"] in ("starting", "processing"):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return task


def said(answer: httpx.Response) -> tuple[int, str]:
    """Status and text of a refusal, after checking the envelope around it."""
    body = answer.json()
    assert list(body) == ["code", "msg", "request_id", "data"]
    assert (body["request_id"], body["data"]) == (answer.headers["x-request-id"], None)
    return answer.status_code, body["msg"]


# -- the life of a prediction --


def test_create_answers_in_an_envelope(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """A 32-hex id, where to look for it, and no outputs yet."""
    answer = post(atlas)
    body = answer.json()
    assert (list(body), body["code"], body["message"]) == (["code", "message", "data"], 200, "")
    data = body["data"]
    assert list(data) == ["id", "model", "outputs", "urls", "status"]
    assert re.fullmatch("[0-9a-f]{32}", data["id"])
    assert (data["model"], data["outputs"], data["status"]) == (TEXT_TO_VIDEO, None, "starting")
    assert data["urls"]["get"] == f"{sandbox.url('atlas')}/model/prediction/{data['id']}"
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    assert atlas.get(data["urls"]["get"]).json()["data"]["id"] == data["id"]
    assert create(atlas) != data["id"]


def test_starting_processing_completed(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """Each with its fields; the clip can be downloaded without a key."""
    task_id = create(atlas, seed=7)
    starting = get(atlas, task_id)
    sandbox.clock.advance(1)
    processing = get(atlas, task_id)
    assert list(starting) == list(processing) == ["id", "model", "status", "outputs", "error", "created_at"]
    assert [task["status"] for task in (starting, processing)] == ["starting", "processing"]
    assert (processing["outputs"], processing["error"]) == (None, None)
    task = ended(atlas, sandbox, task_id)
    assert list(task) == [
        "id", "model", "status", "outputs", "error", "metrics", "created_at", "completed_at",
    ]  # fmt: skip
    assert task["status"] == "completed"
    assert task["metrics"]["predict_time"] >= 5
    for name in ("created_at", "completed_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", task[name])
    (url,) = task["outputs"]
    clip = httpx.get(url)
    assert (clip.content, clip.headers["content-type"]) == (b"A cat yawns/7" * 50, "video/mp4")


def test_a_queue_of_no_time_says_processing_at_once(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """As recorded answers of the service do."""
    sandbox.scenario = Scenario(queue=0)
    assert post(atlas).json()["data"]["status"] == "processing"


def test_success_has_two_words(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """`completed`, or `succeeded` where the scenario says so; only then."""
    sandbox.scenario = Scenario(success_word="succeeded")
    task_id = create(atlas)
    assert get(atlas, task_id)["status"] == "starting"
    assert ended(atlas, sandbox, task_id)["status"] == "succeeded"
    sandbox.scenario = Scenario()
    assert get(atlas, task_id)["status"] == "completed"


def test_the_last_frame_is_a_second_output(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """A PNG, after the clip."""
    outputs = ended(atlas, sandbox, create(atlas, return_last_frame=True))["outputs"]
    assert [httpx.get(url).headers["content-type"] for url in outputs] == ["video/mp4", "image/png"]
    assert httpx.get(outputs[1]).content == b"png"


@pytest.mark.parametrize(
    ("error_code", "text", "number"),
    [
        ("InputTextSensitiveContentDetected", "the input text may contain sensitive information", 1039),
        ("InputImageSensitiveContentDetected.PrivacyInformation", "the input image may contain real person", 1039),
        ("1039", "the input may contain sensitive information", 1039),
        ("OutputVideoSensitiveContentDetected", "the output video may contain sensitive information", None),
        ("", "unexpected internal error", None),
    ],
)
def test_failed_is_an_answer_with_200(
    atlas: httpx.Client, sandbox: Sandbox, error_code: str, text: str, number: int | None
) -> None:
    """With a text, no outputs, and the one code that is known where it fits."""
    sandbox.scenario = Scenario(then="failed", error_code=error_code)
    task = ended(atlas, sandbox, create(atlas))
    assert (task["status"], task["outputs"], task.get("error_code")) == ("failed", None, number)
    assert text in task["error"]
    assert "metrics" not in task
    sandbox.scenario = Scenario(then="failed", error_code=error_code, error_message="Out of ink.")
    assert ended(atlas, sandbox, create(atlas))["error"] == "Out of ink."


def test_a_task_can_time_out(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """`timeout`, with a text."""
    sandbox.scenario = Scenario(then="expired")
    task = ended(atlas, sandbox, create(atlas))
    assert (task["status"], task["error"]) == ("timeout", "The prediction timed out.")


@pytest.mark.parametrize("word", sorted(sb.TRIGGERS))
def test_words_in_a_prompt_end_a_task(atlas: httpx.Client, sandbox: Sandbox, word: str) -> None:
    """The create is always answered with 200; moderation of the input shows afterwards, as 1039."""
    task = ended(atlas, sandbox, create(atlas, f"A cat {word}"))
    assert task["status"] == ("timeout" if word == "[sandbox:expired]" else "failed")
    moderated = sb.TRIGGERS[word].error_code.startswith("Input")
    assert task.get("error_code") == (1039 if moderated else None)


@pytest.mark.parametrize("status", [404, 400])
def test_a_fresh_id_is_not_found_for_a_while(atlas: httpx.Client, sandbox: Sandbox, status: int) -> None:
    """For `warm_up` seconds of the sandbox clock."""
    sandbox.scenario = Scenario(warm_up=30, warm_up_status=status)
    url = f"/model/prediction/{create(atlas)}"
    assert said(atlas.get(url)) == (status, "Prediction not found.")
    sandbox.clock.advance(29)
    assert atlas.get(url).status_code == status
    sandbox.clock.advance(1)
    assert atlas.get(url).status_code == 200


def test_a_warm_up_that_makes_no_sense_is_refused() -> None:
    """No negative time, and no other status."""
    with pytest.raises(ConfigurationError, match="warm_up"):
        Scenario(warm_up=-1)
    with pytest.raises(ConfigurationError, match="warm_up_status"):
        Scenario(warm_up_status=500)


def test_the_duration_of_the_models_choice_follows_the_seed(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """-1 is 4 to 15 whole seconds, and a seed of -1 is none."""
    for seed in (3, 3, 10, -1):
        ended(atlas, sandbox, create(atlas, duration=-1, seed=seed))
    first, second, third, fourth = (bill["seconds"] for bill in sandbox.bills)
    assert first == second != third
    assert 4 <= fourth <= 15


def test_limits_are_counted_for_each_account_and_model(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """429 without `Retry-After`; another key and another model have counts of their own."""
    sandbox.scenario = Scenario(create_rpm=1, get_qps=1)
    task_id = create(atlas)
    answer = post(atlas)
    assert (said(answer)[0], "retry-after" in answer.headers) == (429, False)
    assert post(atlas, model="bytedance/seedance-2.0-fast/text-to-video").status_code == 200
    other = {"Authorization": "Bearer another"}
    assert atlas.post(CREATE, json={"model": TEXT_TO_VIDEO, "prompt": "x"}, headers=other).status_code == 200
    assert [atlas.get(f"/model/prediction/{task_id}").status_code for _ in range(2)] == [200, 429]
    sandbox.clock.advance(60)
    assert post(atlas).status_code == 200
    sandbox.scenario = Scenario(queue_cap=0)
    assert said(post(atlas))[0] == 429


# -- keys and paths --


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic abc", "Bearer invalid-key"])
def test_a_missing_or_bad_key_is_refused(sandbox: Sandbox, header: str | None) -> None:
    """401 for each operation, in the envelope of its part of the API."""
    headers = {} if header is None else {"Authorization": header}
    with httpx.Client(base_url=sandbox.url("atlas"), headers=headers) as atlas:
        assert said(post(atlas))[0] == said(atlas.get("/model/prediction/x"))[0] == 401
        assert said(atlas.post("/model/uploadMedia", files={"file": ("a.png", b"x")}))[0] == 401
        public = atlas.get(f"http://127.0.0.1:{sandbox.port}/public/v1/balance")
    assert public.status_code == 401
    error = public.json()["error"]
    assert (error["type"], error["code"]) == ("authentication_error", "invalid_api_key")
    assert public.json()["request_id"] == public.headers["x-request-id"]
    assert sandbox.created == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/model/predictions"),
        ("GET", "/model/prediction"),
        ("GET", "/model/prediction/"),
        ("GET", "/model/prediction/x/y"),
        ("DELETE", "/model/prediction/x"),
        ("POST", "/model/prediction/x/cancel"),
        ("GET", "/model/generateVideo"),
        ("POST", "/models"),
        ("GET", "/tasks"),
    ],
)
def test_a_wrong_path_is_unauthorized(strict: httpx.Client, method: str, path: str) -> None:
    """401, as the service answers; so there is neither a list nor a way to cancel."""
    assert said(strict.request(method, path))[0] == 401


def test_a_prediction_that_is_not_there(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """404; ids of other dialects are not found either."""
    assert said(atlas.get("/model/prediction/" + "0" * 32)) == (404, "Prediction not found.")
    ark = {"model": "doubao-seedance-2-0-260128", "content": [{"type": "text", "text": "x"}]}
    url = f"{sandbox.url('ark')}/contents/generations/tasks"
    task_id = atlas.post(url, json=ark).json()["id"]
    assert atlas.get(f"/model/prediction/{task_id}").status_code == 404
    assert atlas.get(f"{url}/{create(atlas)}").status_code == 404


# -- faults --


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault("unauthorized"), 401),
        (Fault("overdue"), 402),
        (Fault("rate_limit"), 429),
        (Fault("quota"), 429),
        (Fault("server_error"), 500),
        (Fault("moderation"), 400),
        (Fault("not_found"), 404),
        *((Fault("error", status=status), status) for status in (400, 403, 413, 451, 503, 504)),
    ],
)
def test_a_create_is_refused_and_makes_no_task(
    atlas: httpx.Client, sandbox: Sandbox, fault: Fault, status: int
) -> None:
    """Once, with the status as the body's code; the next one is fine."""
    sandbox.scenario = Scenario(faults=(fault,))
    answer = post(atlas)
    assert said(answer)[0] == answer.json()["code"] == status
    assert "retry-after" not in answer.headers
    assert sandbox.created == 0
    assert post(atlas).status_code == 200


def test_faults_take_a_code_a_text_and_another_operation(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """Figures are the body's code, words are one of Ark's; get and upload can be struck too."""
    sandbox.scenario = Scenario(
        faults=(
            Fault("error", status=400, code="1039", message="Refused."),
            Fault("moderation", code="InputImageSensitiveContentDetected"),
            Fault("rate_limit", on="get", retry_after=1.5),
            Fault("server_error", on="upload"),
            Fault("unknown_status", on="get"),
        )
    )
    answer = post(atlas)
    assert (said(answer), answer.json()["code"]) == ((400, "Refused."), 1039)
    assert "the input image may contain" in said(post(atlas))[1]
    url = f"/model/prediction/{create(atlas)}"
    assert atlas.get(url).headers["retry-after"] == "1.5"
    assert said(atlas.post("/model/uploadMedia", files={"file": ("a.png", b"x")}))[0] == 500
    assert [atlas.get(url).json()["data"]["status"] for _ in range(2)] == ["archiving", "starting"]


def test_connections_and_bodies_break_as_anywhere(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """Reset and malformed: the task was made all the same. Drop: it was not."""
    sandbox.scenario = Scenario(faults=(Fault("reset"), Fault("malformed"), Fault("drop")))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        post(atlas)
    with pytest.raises(ValueError):
        post(atlas).json()
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        post(atlas)
    assert (sandbox.creates, sandbox.created) == (3, 2)


def test_a_download_can_go_wrong(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """As with any provider's clips."""
    (url,) = ended(atlas, sandbox, create(atlas))["outputs"]
    sandbox.scenario = Scenario(faults=(Fault("expired", on="download"),))
    assert [httpx.get(url).status_code for _ in range(2)] == [403, 200]


# -- models --


def test_the_models_are_public(sandbox: Sandbox) -> None:
    """Without a key: nine entries with prices as text, and a schema behind each."""
    body = httpx.get(f"{sandbox.url('atlas')}/models").json()
    assert (list(body), body["code"], len(body["data"])) == (["code", "data"], "200", 9)
    models = {entry["model"]: entry for entry in body["data"]}
    entry = models["bytedance/seedance-2.0/reference-to-video"]
    assert (entry["type"], entry["displayName"]) == ("Video", "Seedance 2.0 Reference-to-Video")
    assert entry["display_console"] is True
    assert len({entry["uuid"] for entry in body["data"]}) == 9
    for kind in ("actual", "origin"):
        assert entry["price"][kind]["base_price"] == "0.2419"
    schema = httpx.get(entry["schema"]).json()["components"]["schemas"]["Input"]
    assert schema["required"] == ["model", "prompt"]
    assert schema["properties"]["reference_images"]["maxItems"] == 9
    mini = httpx.get(models["bytedance/seedance-2.0-mini/text-to-video"]["schema"]).json()
    assert {"bitrate_mode", "web_search"} <= set(mini["components"]["schemas"]["Input"]["properties"])
    assert httpx.get(f"http://127.0.0.1:{sandbox.port}/atlas-storage/schemas/nobody.json").status_code == 404


# -- bills --


@pytest.mark.parametrize(
    ("model", "resolution", "ratio", "duration", "tokens", "amount"),
    [
        (TEXT_TO_VIDEO, "720p", "16:9", 5, 108_000, "1.2096"),
        (TEXT_TO_VIDEO, "720p", "16:9", 15, 324_000, "3.6288"),
        (TEXT_TO_VIDEO, "480p", "16:9", 4, 40_176, "0.4499712"),
        (TEXT_TO_VIDEO, "480p", "21:9", 5, 50_220, "0.562464"),
        (TEXT_TO_VIDEO, "1080p", "16:9", 5, 243_000, None),
        ("bytedance/seedance-2.0-fast/text-to-video", "720p", "16:9", 5, 108_000, "0.96768"),
    ],
)
def test_tokens_are_billed_without_an_extra_frame(
    atlas: httpx.Client,
    sandbox: Sandbox,
    model: str,
    resolution: str,
    ratio: str,
    duration: int,
    tokens: int,
    amount: str | None,
) -> None:
    """Width × height × 24 × seconds / 1024, at $0.0112 a thousand for the model that was priced."""
    task_id = create(atlas, model=model, resolution=resolution, ratio=ratio, duration=duration)
    assert sandbox.bills == []
    task = ended(atlas, sandbox, task_id)
    (bill,) = sandbox.bills
    assert list(bill) == ["task_id", "provider", "model", "tokens", "seconds", "amount", "currency", "at"]
    assert (bill["task_id"], bill["provider"], bill["model"]) == (task_id, "atlas", model)
    assert (bill["tokens"], bill["seconds"]) == (tokens, duration)
    assert (bill["amount"] and Decimal(bill["amount"])) == (amount and Decimal(amount))
    assert bill["currency"] == ("USD" if amount else "")
    assert bill["at"][:19] == task["completed_at"][:19]
    assert httpx.get(f"http://127.0.0.1:{sandbox.port}/sandbox/bills").json() == {"items": [bill]}


def test_only_success_is_billed(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """Neither a failed task nor one that timed out."""
    for word in ("[sandbox:failed]", "[sandbox:moderation]", "[sandbox:expired]"):
        ended(atlas, sandbox, create(atlas, word))
    assert sandbox.bills == []


def test_ark_bills_too(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """What its `usage` says, without money."""
    url = f"{sandbox.url('ark')}/contents/generations/tasks"
    body = {"model": "doubao-seedance-2-0-260128", "content": [{"type": "text", "text": "x"}]}
    task_id = atlas.post(url, json=body).json()["id"]
    sandbox.clock.advance(10)
    deadline = time.monotonic() + PATIENCE
    while "usage" not in (task := atlas.get(f"{url}/{task_id}").json()):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    (bill,) = sandbox.bills
    assert (bill["provider"], bill["tokens"]) == ("ark", task["usage"]["total_tokens"])
    assert (bill["seconds"], bill["amount"], bill["currency"]) == (5, None, "")


def test_balance_and_days_follow_the_bills(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """Fixed six decimals in US dollars, buckets by UTC day, grouped by model on request."""
    public = f"http://127.0.0.1:{sandbox.port}/public/v1"
    assert atlas.get(f"{public}/balance").json()["available"] == {"value": "1000.000000", "currency": "usd"}
    ended(atlas, sandbox, create(atlas))
    fast = "bytedance/seedance-2.0-fast/text-to-video"
    ended(atlas, sandbox, create(atlas, model=fast))
    balance = atlas.get(f"{public}/balance")
    assert balance.json()["available"]["value"] == "997.822720"
    assert balance.json()["request_id"] == balance.headers["x-request-id"]

    def day(offset: int) -> str:
        return time.strftime("%Y-%m-%d", time.gmtime(sandbox.clock.now() + offset * DAY))

    days = {"start_date": day(-1), "end_date": day(2)}
    costs = atlas.get(f"{public}/model-costs", params=days).json()
    assert list(costs) == ["object", "scope", "data", "has_more", "next_page", "request_id"]
    assert [bucket["date"] for bucket in costs["data"]] == [day(-1), day(0), day(1)]
    amounts = [row["amount"]["value"] for bucket in costs["data"] for row in bucket["results"]]
    assert sum(map(Decimal, amounts)) == Decimal("2.177280")
    assert [costs["data"][index]["partial"] for index in (0, 2)] == [False, True]
    usage = atlas.get(f"{public}/model-usage", params=days | {"group_by[]": "model"}).json()
    rows = [row for bucket in usage["data"] for row in bucket["results"]]
    assert {row["model"]["name"]: row["usage"]["tokens"]["output"] for row in rows} == {
        TEXT_TO_VIDEO: 108_000,
        fast: 108_000,
    }
    only = atlas.get(f"{public}/model-usage", params=days | {"model_ids[]": fast}).json()
    assert [row["usage"]["requests"] for bucket in only["data"] for row in bucket["results"]] == [1]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({}, "start_date"),
        ({"start_date": "2026-05-01"}, "end_date"),
        ({"start_date": "yesterday", "end_date": "2026-05-02"}, "start_date"),
        ({"start_date": "2026-05-02", "end_date": "2026-05-02"}, "end_date"),
        ({"start_date": "2026-01-01", "end_date": "2026-07-30"}, "end_date"),
        ({"start_date": "2026-05-01", "end_date": "2026-05-02", "scope": "world"}, "scope"),
        ({"start_date": "2026-05-01", "end_date": "2026-05-02", "group_by[]": "api_key"}, "group_by[]"),
    ],
)
def test_billing_questions_have_rules(
    strict: httpx.Client, refusing: Sandbox, params: dict[str, str], param: str
) -> None:
    """400 in the envelope of the public API, with the parameter's name."""
    answer = strict.get(f"http://127.0.0.1:{refusing.port}/public/v1/model-costs", params=params)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error["param"]) == (400, "invalid_request_error", param)


def test_other_public_paths_are_unauthorized(strict: httpx.Client, refusing: Sandbox) -> None:
    """401, with or without a key."""
    for path in ("invoices", "balance/x", ""):
        assert strict.get(f"http://127.0.0.1:{refusing.port}/public/v1/{path}").status_code == 401
