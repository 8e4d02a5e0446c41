"""What can be made to go wrong in the sandbox, when, and how often."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from seedance_nb import sandbox as sb
from seedance_nb.errors import ConfigurationError
from seedance_nb.sandbox import Fault, Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec

from ..patience import PATIENCE

TASKS = "/contents/generations/tasks"
MP4 = bytes(range(256)) * 400


def quick(spec: ClipSpec) -> Clip:
    return Clip(MP4, b"png")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with sb.start(speed=0, render=quick) as running:
        yield running


@pytest.fixture
def ark(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer k"}
    with httpx.Client(base_url=sandbox.url("ark"), headers=headers, timeout=180) as client:
        yield client


def post(ark: httpx.Client, prompt: str = "A cat", **more: Any) -> httpx.Response:
    content = [{"type": "text", "text": prompt}]
    return ark.post(TASKS, json={"model": "doubao-seedance-2-0-260128", "content": content} | more)


def create(ark: httpx.Client, prompt: str = "A cat", **more: Any) -> str:
    answer = post(ark, prompt, **more)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def ended(ark: httpx.Client, sandbox: Sandbox, task_id: str) -> dict[str, Any]:
    sandbox.clock.advance(10)
    deadline = time.monotonic() + PATIENCE
    while (task := ark.get(f"{TASKS}/{task_id}").json())["status"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return dict(task)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


# -- refusals --


@pytest.mark.parametrize(
    ("fault", "status", "expected"),
    [
        (Fault("unauthorized"), 401, "AuthenticationError"),
        (Fault("overdue"), 403, "AccountOverdueError"),
        (Fault("rate_limit"), 429, "ModelAccountRpmRateLimitExceeded"),
        (Fault("quota"), 429, "QuotaExceeded"),
        (Fault("server_error"), 500, "InternalServiceError"),
        (Fault("moderation"), 400, "InputTextSensitiveContentDetected"),
        (Fault("moderation", code="InputVideoSensitiveContentDetected"), 400, "InputVideoSensitiveContentDetected"),
        (Fault("error", status=404, code="ModelNotOpen", message="Not open."), 404, "ModelNotOpen"),
    ],
)
def test_a_create_is_refused_and_makes_no_task(
    ark: httpx.Client, sandbox: Sandbox, fault: Fault, status: int, expected: str
) -> None:
    """Once; the next one is fine."""
    sandbox.scenario = Scenario(faults=(fault,))
    answer = post(ark)
    assert code(answer) == (status, expected)
    assert "retry-after" not in answer.headers
    assert answer.json()["error"]["message"].endswith(answer.headers["x-request-id"])
    assert sandbox.created == 0
    assert post(ark).status_code == 200
    assert [(item.status, item.fault) for item in sandbox.requests] == [(status, fault.kind), (200, "")]


def test_faults_are_counted_per_operation(ark: httpx.Client, sandbox: Sandbox) -> None:
    """`times`, `after`, `on`, and `Retry-After` where it is wanted."""
    sandbox.scenario = Scenario(
        faults=(
            Fault("rate_limit", on="get", times=2, after=1, retry_after=1.5),
            Fault("server_error", on="list", times=None),
        )
    )
    url = f"{TASKS}/{create(ark)}"
    answers = [ark.get(url) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
    assert answers[1].headers["retry-after"] == "1.5"
    assert [ark.get(TASKS).status_code for _ in range(3)] == [500] * 3
    sandbox.scenario = Scenario(faults=(Fault("not_found", on="get"), Fault("error", on="delete", status=403)))
    assert ark.get(TASKS).status_code == 200
    assert [ark.get(url).status_code for _ in range(2)] == [404, 200]
    assert [ark.delete(url).status_code for _ in range(2)] == [403, 200]


def test_one_fault_for_every_operation(ark: httpx.Client, sandbox: Sandbox) -> None:
    """`on="*"` strikes whatever comes."""
    sandbox.scenario = Scenario(faults=(Fault("server_error", on="*", times=3),))
    assert [post(ark).status_code, ark.get(TASKS).status_code, ark.delete(f"{TASKS}/x").status_code] == [500] * 3
    assert post(ark).status_code == 200


# -- connections --


def test_reset_makes_the_task_and_does_not_say_so(ark: httpx.Client, sandbox: Sandbox) -> None:
    """The client sees a closed connection; the list shows what it paid for."""
    sandbox.scenario = Scenario(faults=(Fault("reset"),))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        post(ark)
    assert (sandbox.creates, sandbox.created) == (1, 1)
    assert sandbox.requests[0].status is None
    assert ark.get(TASKS).json()["total"] == 1


def test_drop_makes_nothing(ark: httpx.Client, sandbox: Sandbox) -> None:
    """The connection closes before the request was looked at."""
    sandbox.scenario = Scenario(faults=(Fault("drop"),))
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)):
        post(ark)
    assert (sandbox.creates, sandbox.created) == (1, 0)


def test_hang_gives_no_answer_and_stop_does_not_wait_for_it(ark: httpx.Client, sandbox: Sandbox) -> None:
    """The client's own time-out ends it."""
    sandbox.scenario = Scenario(faults=(Fault("hang", on="*", times=None),))
    with pytest.raises(httpx.ReadTimeout):
        ark.get(TASKS, timeout=0.1)
    import threading

    failures: list[BaseException] = []

    def wait() -> None:
        try:
            httpx.get(sandbox.url("ark") + TASKS, timeout=180)
        except httpx.TransportError as exc:
            failures.append(exc)

    waiting = threading.Thread(target=wait)
    waiting.start()
    while len(sandbox.requests) < 2:
        time.sleep(0.002)
    sandbox.stop()
    waiting.join(180)
    assert len(failures) == 1


def test_delay_answers_late(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Later than the client waits, or in time."""
    sandbox.scenario = Scenario(faults=(Fault("delay", on="list", times=2, seconds=0.2),))
    with pytest.raises(httpx.ReadTimeout):
        ark.get(TASKS, timeout=0.05)
    assert ark.get(TASKS).status_code == 200


# -- bodies --


def test_malformed_and_truncated_bodies(ark: httpx.Client, sandbox: Sandbox) -> None:
    """200 and no JSON; the task was made all the same."""
    sandbox.scenario = Scenario(faults=(Fault("malformed"), Fault("truncated")))
    for kind in ("text/html", "application/json"):
        answer = post(ark)
        assert answer.status_code == 200
        assert kind in answer.headers["content-type"]
        with pytest.raises(json.JSONDecodeError):
            answer.json()
    assert sandbox.created == 2


def test_an_unknown_status_word(ark: httpx.Client, sandbox: Sandbox) -> None:
    """In get and list, as often as wanted."""
    task_id = create(ark)
    sandbox.scenario = Scenario(
        faults=(Fault("unknown_status", on="get"), Fault("unknown_status", on="list", word="resting"))
    )
    assert [ark.get(f"{TASKS}/{task_id}").json()["status"] for _ in range(2)] == ["archiving", "queued"]
    assert [ark.get(TASKS).json()["items"][0]["status"] for _ in range(2)] == ["resting", "queued"]


# -- ends --


@pytest.mark.parametrize(
    ("error_code", "text"),
    [
        ("", "The service encountered an unexpected internal error."),
        ("InputImageSensitiveContentDetected.PrivacyInformation", "the input image may contain real person."),
        ("InputVideoSensitiveContentDetected.PrivacyInformation", "the input video may contain real person."),
        ("OutputVideoSensitiveContentDetected", "the output video may contain sensitive information."),
        (
            "OutputAudioSensitiveContentDetected.PolicyViolation",
            "output audio may be related to copyright restrictions.",
        ),
    ],
)
def test_tasks_fail_with_a_code_and_its_text(ark: httpx.Client, sandbox: Sandbox, error_code: str, text: str) -> None:
    """A task keeps the end it was created with, also after the scenario has changed."""
    sandbox.scenario = Scenario(then="failed", error_code=error_code)
    task_id = create(ark)
    sandbox.scenario = Scenario()
    error = ended(ark, sandbox, task_id)["error"]
    assert error["code"] == (error_code or "InternalServiceError")
    assert f"{text} Request id: " in error["message"]
    sandbox.scenario = Scenario(then="failed", error_message="Out of ink.")
    assert ended(ark, sandbox, create(ark))["error"]["message"].startswith("Out of ink. Request id: 02")


@pytest.mark.parametrize("word", sorted(sb.TRIGGERS))
def test_words_in_a_prompt_make_one_task_go_wrong(ark: httpx.Client, sandbox: Sandbox, word: str) -> None:
    """Each trigger does what its table says, and the next prompt is fine."""
    turn = sb.TRIGGERS[word]
    prompt = f"A cat {word} yawns"
    if turn.at == "submit":
        assert code(post(ark, prompt)) == (400, turn.error_code)
        assert sandbox.created == 0
    else:
        task = ended(ark, sandbox, create(ark, prompt))
        assert task["status"] == turn.then
        assert task.get("error", {}).get("code", "") == turn.error_code
    assert ended(ark, sandbox, create(ark))["status"] == "succeeded"


# -- limits --


def test_creates_a_minute_are_limited(ark: httpx.Client, sandbox: Sandbox) -> None:
    """On the sandbox clock, with 4k counted apart."""
    sandbox.scenario = Scenario(create_rpm=2, create_rpm_4k=1)
    answers = [post(ark), post(ark), post(ark), post(ark, resolution="4k"), post(ark, resolution="4k")]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 200, 429]
    assert code(answers[2]) == (429, "ModelAccountRpmRateLimitExceeded")
    sandbox.clock.advance(60)
    assert post(ark).status_code == 200


def test_a_full_queue_refuses(ark: httpx.Client, sandbox: Sandbox) -> None:
    """429 `QuotaExceeded` once so many are queued."""
    sandbox.scenario = Scenario(queue_cap=2, concurrency=0)
    assert [post(ark).status_code for _ in range(2)] == [200, 200]
    assert code(post(ark)) == (429, "QuotaExceeded")
    sandbox.scenario = Scenario(queue_cap=2)
    sandbox.clock.advance(1)
    assert post(ark).status_code == 200


def test_reads_a_second_are_limited_on_request(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Off by default; Ark's numbers can be set."""
    sandbox.scenario = Scenario(list_qps=1, get_qps=2, delete_qps=1)
    url = f"{TASKS}/{create(ark)}"
    assert [ark.get(TASKS).status_code for _ in range(2)] == [200, 429]
    assert [ark.get(url).status_code for _ in range(3)] == [200, 200, 429]
    assert [ark.delete(url).status_code for _ in range(2)] == [200, 429]
    sandbox.clock.advance(1)
    assert ark.get(TASKS).status_code == 200


# -- downloads --


def clip_url(ark: httpx.Client, sandbox: Sandbox) -> str:
    return str(ended(ark, sandbox, create(ark))["content"]["video_url"])


def received_into(file: bytearray, answer: httpx.Response) -> None:
    for piece in answer.iter_bytes():
        file += piece


@pytest.mark.parametrize(
    ("kind", "status"), [("expired", 403), ("not_found", 404), ("server_error", 500), ("rate_limit", 429)]
)
def test_a_download_is_refused_in_xml(ark: httpx.Client, sandbox: Sandbox, kind: Any, status: int) -> None:
    """As the object store does, and only as often as asked."""
    url = clip_url(ark, sandbox)
    sandbox.scenario = Scenario(faults=(Fault(kind, on="download"),))
    answer = httpx.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/xml")
    assert "<Error><Code>" in answer.text
    assert httpx.get(url).content == MP4


def test_a_truncated_download(ark: httpx.Client, sandbox: Sandbox) -> None:
    """The length that was promised does not come."""
    url = clip_url(ark, sandbox)
    sandbox.scenario = Scenario(faults=(Fault("truncated", on="download"),))
    received = bytearray()
    with httpx.stream("GET", url) as answer:
        assert answer.headers["content-length"] == str(len(MP4))
        with pytest.raises(httpx.RemoteProtocolError):
            received_into(received, answer)
    assert received == MP4[: len(MP4) // 2]
    assert httpx.get(url, headers={"Range": f"bytes={len(received)}-"}).content == MP4[len(MP4) // 2 :]


def test_a_stalled_download(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Half of it comes, then nothing; the client's time-out ends it."""
    url = clip_url(ark, sandbox)
    sandbox.scenario = Scenario(faults=(Fault("stall", on="download"),))
    received = bytearray()
    with httpx.stream("GET", url, timeout=3) as answer, pytest.raises(httpx.ReadTimeout):
        received_into(received, answer)
    assert len(received) == len(MP4) // 2


def test_downloads_that_are_cut_or_wrong(ark: httpx.Client, sandbox: Sandbox) -> None:
    """No answer at all, silence, or a file that is no clip."""
    url = clip_url(ark, sandbox)
    kinds: tuple[Any, ...] = ("reset", "drop", "malformed")
    sandbox.scenario = Scenario(faults=tuple(Fault(kind, on="download") for kind in kinds))
    for _ in range(2):
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            httpx.get(url)
    assert b"not the file" in httpx.get(url).content
    assert httpx.get(url).content == MP4


# -- the value --


def test_a_scenario_goes_through_json(sandbox: Sandbox) -> None:
    """What is written can be read, and defaults need not be written."""
    scenario = Scenario(
        queue=2, run=0.5, then="failed", faults=(Fault("hang", on="get", times=None),), concurrency=None
    )
    assert Scenario.from_json(json.loads(json.dumps(scenario.to_json()))) == scenario
    assert Scenario.from_json({}) == Scenario()
    assert Scenario.from_json({"faults": [{"kind": "reset"}]}).faults == (Fault("reset"),)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Scenario(then="done"),  # type: ignore[arg-type]
        lambda: Scenario(run=-1),
        lambda: Scenario(queue=float("nan")),
        lambda: Scenario(concurrency=-1),
        lambda: Scenario(faults=("hang",)),  # type: ignore[arg-type]
        lambda: Fault("explode"),  # type: ignore[arg-type]
        lambda: Fault("hang", on="everything"),  # type: ignore[arg-type]
        lambda: Fault("hang", times=0),
        lambda: Fault("error"),
        lambda: Fault("stall"),
        lambda: Scenario.from_json([]),
        lambda: Scenario.from_json({"speed": 3}),
        lambda: Scenario.from_json({"faults": [{"on": "get"}]}),
        lambda: Scenario.from_json({"faults": {"kind": "hang"}}),
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused(make: Any) -> None:
    """At once, with a sentence."""
    with pytest.raises(ConfigurationError, match=r"\w+ "):
        make()
