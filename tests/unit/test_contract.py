"""One contract for four providers: recorded requests come out, recorded answers are understood."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from seedance_nb import catalog, errors
from seedance_nb.content import Audio, Content, Image, Media, Video
from seedance_nb.engine.preparing import translated
from seedance_nb.errors import ResponseFormatError, StatusError
from seedance_nb.money import Money
from seedance_nb.providers import Provider, ark, atlas, client, eachlabs, fingerprint
from seedance_nb.providers._http import Answer
from seedance_nb.request import Request
from seedance_nb.task import Snapshot, TaskStatus

WIRE = Path(__file__).parents[1] / "wire"
PROVIDERS = ("ark", "byteplus", "atlas", "eachlabs")
MODULES: dict[str, Any] = {"ark": ark, "byteplus": ark, "atlas": atlas, "eachlabs": eachlabs}
KEY = "sk-planted-0123456789"

QUEUED, RUNNING, SUCCEEDED = TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.SUCCEEDED
FAILED, EXPIRED, CANCELLED = TaskStatus.FAILED, TaskStatus.EXPIRED, TaskStatus.CANCELLED


def recorded(provider: str, name: str) -> Any:
    return json.loads((WIRE / provider / f"{name}.json").read_text("utf-8"))


def names(provider: str, *beginnings: str) -> list[str]:
    found = sorted(file.stem for file in (WIRE / provider).glob("*.json"))
    return [name for name in found if name.startswith(beginnings)]


OTHER_KINDS = ("request_", "created", "error_", "webhook_", "page", "upload", "cancel.", "sdk_")


def task_names(provider: str) -> list[str]:
    return [name for name in names(provider, "") if not f"{name}.".startswith(OTHER_KINDS) or name == "sdk_nulls"]


def each(*beginnings: str) -> list[tuple[str, str]]:
    return [(provider, name) for provider in PROVIDERS for name in names(provider, *beginnings)]


EACH_TASK = [(provider, name) for provider in PROVIDERS for name in task_names(provider)]


# -- requests --

CAT = "A cat yawning at the camera, soft lighting, close-up shot"
FIRST, LAST = Image("https://example.com/first.png", "first_frame"), Image("https://example.com/last.png", "last_frame")
PICTURES = tuple(Image(f"https://example.com/ref{number}.jpg", "reference_image") for number in (1, 2))
CLIP, SOUND = Video("https://example.com/ref.mp4"), Audio("https://example.com/ref.mp3")

ARK_REQUESTS = {
    "request_text": Request(CAT, ratio="16:9"),
    "request_first_frame": Request(Content(CAT, FIRST)),
    "request_first_last_frame": Request(Content(CAT, FIRST, LAST), return_last_frame=True),
    "request_references": Request(
        Content("全程使用视频1的第一视角构图，全程使用音频1作为背景音乐。", *PICTURES, CLIP, SOUND),
        ratio="16:9",
        duration=11,
        watermark=True,
    ),
}
REQUESTS: dict[str, dict[str, Request]] = {
    "ark": ARK_REQUESTS,
    "byteplus": ARK_REQUESTS,
    "atlas": {
        "request_text": Request(CAT, ratio="16:9", web_search=True, seed=7),
        "request_first_frame": Request(Content(CAT, FIRST)),
        "request_first_last_frame": Request(Content(CAT, FIRST, LAST), return_last_frame=True),
        "request_references": Request(
            Content("The clip of [视频1] with the face of @Image1", *PICTURES, CLIP, SOUND),
            ratio="16:9",
            duration=11,
            watermark=True,
        ),
    },
    "eachlabs": {
        "request_text": Request(CAT, model="seedance-2.0-fast", ratio="16:9", duration=6, seed=7),
        "request_first_frame": Request(Content(CAT, FIRST), model="seedance-2.0-fast"),
        "request_first_last_frame": Request(Content(CAT, FIRST, LAST), model="seedance-2.0-fast", duration=-1),
        "request_references": Request(
            Content("[图1] walks towards image 2", *PICTURES),
            model="seedance-2.0-fast",
            ratio="9:16",
            resolution="480p",
            duration=10,
            generate_audio=False,
            safety_identifier="user-1",
        ),
    },
}
DEFAULTS: Mapping[str, dict[str, object]] = {
    provider: {"resolution": "720p", "generate_audio": True, "watermark": False, "return_last_frame": False}
    for provider in ("ark", "byteplus", "atlas")
} | {"eachlabs": {}}
"""What a recorded request leaves to the provider, and ours says: the documented default of each."""


def address(item: Media) -> str:
    assert isinstance(item.source.value, str)
    return item.source.value


def body_of(request: Request, provider: str) -> dict[str, object]:
    encoded = MODULES[provider].encode(translated(request, provider), catalog.model_id(request, provider), address)
    assert isinstance(encoded, dict)
    return encoded


@pytest.mark.parametrize(("provider", "name"), each("request_"))
def test_a_standard_request_comes_out_as_recorded(provider: str, name: str) -> None:
    """Text, first frame, both frames and references: field by field, and beyond it only documented defaults."""
    assert body_of(REQUESTS[provider][name], provider) == {**DEFAULTS[provider], **recorded(provider, name)}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_recorded_request_is_checked_as_good(provider: str) -> None:
    """`check` has no error against a request that was recorded, and there is one of each kind."""
    assert set(REQUESTS[provider]) == set(names(provider, "request_"))
    for request in REQUESTS[provider].values():
        assert not [found for found in catalog.check(request, provider) if found.severity == "error"]


# -- creates --


def answering(provider: str, *replies: httpx.Response, sent: list[httpx.Request] | None = None) -> Provider:
    left = iter(replies)

    def answer(request: httpx.Request) -> httpx.Response:
        if sent is not None:
            sent.append(request)
        return next(left)

    base = f"https://{provider}.example"
    return client(provider, base_url=base, key=KEY, transport=httpx.MockTransport(answer))


IDS = {"ark": "cgt-20260521225953-aaaaa", "byteplus": "cgt-20260521225953-aaaaa", "eachlabs": "abc123-def456-ghi789"}


@pytest.mark.parametrize(("provider", "name"), each("created"))
def test_a_create_gives_the_id(provider: str, name: str) -> None:
    """Whatever the envelope and whatever "success" stands in it, a create gives the provider's id, verbatim."""
    reply = httpx.Response(200, json=recorded(provider, name))
    expected = IDS.get(provider, "8ba2926c6bd642049f4d17dd68ea6785")
    expected = "prediction_id_here" if name == "created_starting" else expected
    assert asyncio.run(answering(provider, reply).create({"model": "m"})) == expected


def test_accepted_is_not_succeeded() -> None:
    """EachLabs answers a create with "success", which means accepted; only the id is taken from it."""
    payload = recorded("eachlabs", "created")
    assert payload["status"] == "success"
    assert eachlabs.decode_created(payload) == payload["predictionID"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_key_goes_in_the_header_that_the_provider_reads(provider: str) -> None:
    """The key travels as a bearer token, and at EachLabs also in the older header; never in address or body."""
    sent: list[httpx.Request] = []
    reply = httpx.Response(200, json=recorded(provider, "created"))
    asyncio.run(answering(provider, reply, sent=sent).create({"model": "m"}))
    (request,) = sent
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers.get("x-api-key") == (KEY if provider == "eachlabs" else None)
    assert KEY not in str(request.url)
    assert KEY.encode() not in request.content


# -- tasks --

ENDS: dict[tuple[str, str], TaskStatus] = {
    ("ark", "queued"): QUEUED,
    ("ark", "running"): RUNNING,
    ("ark", "succeeded"): SUCCEEDED,
    ("ark", "succeeded_web_search"): SUCCEEDED,
    ("ark", "sdk_nulls"): SUCCEEDED,
    ("ark", "failed"): FAILED,
    ("ark", "cancelled"): CANCELLED,
    ("ark", "expired"): EXPIRED,
    ("byteplus", "succeeded"): SUCCEEDED,
    ("atlas", "starting"): QUEUED,
    ("atlas", "processing"): RUNNING,
    ("atlas", "completed"): SUCCEEDED,
    ("atlas", "completed_bare"): SUCCEEDED,
    ("atlas", "completed_last_frame"): SUCCEEDED,
    ("atlas", "completed_string"): SUCCEEDED,
    ("atlas", "succeeded"): SUCCEEDED,
    ("atlas", "failed"): FAILED,
    ("atlas", "failed_upstream"): FAILED,
    ("eachlabs", "queued_created"): QUEUED,
    ("eachlabs", "starting"): QUEUED,
    ("eachlabs", "processing"): RUNNING,
    ("eachlabs", "success"): SUCCEEDED,
    ("eachlabs", "success_array"): SUCCEEDED,
    ("eachlabs", "success_object"): SUCCEEDED,
    ("eachlabs", "success_skill"): SUCCEEDED,
    ("eachlabs", "failed_logs"): FAILED,
    ("eachlabs", "failed_metered"): FAILED,
    ("eachlabs", "failed_openapi"): FAILED,
    ("eachlabs", "failed_skill"): FAILED,
    ("eachlabs", "cancelled"): CANCELLED,
    ("eachlabs", "canceled"): CANCELLED,
}


def test_every_recorded_task_has_its_expectation() -> None:
    """A file that nobody looks at proves nothing."""
    assert set(EACH_TASK) == set(ENDS)


@pytest.mark.parametrize(("provider", "name"), EACH_TASK)
def test_a_recorded_task_is_understood(provider: str, name: str) -> None:
    """Each spelling of each status has its place; a clip comes with success and a reason with failure only."""
    payload = recorded(provider, name)
    asked = "cgt-1" if provider in {"ark", "byteplus"} else "1"
    task = asyncio.run(answering(provider, httpx.Response(200, json=payload)).get(asked))
    assert task == MODULES[provider].decode_task(payload)
    assert task.status is ENDS[provider, name]
    assert (task.video_url is not None) == (task.status is SUCCEEDED)
    assert (task.failure is not None) == (task.status is FAILED)
    if task.status is SUCCEEDED:
        assert task.video_url is not None
        assert task.video_url in json.dumps(payload)


def test_what_ark_says_beside_the_clip() -> None:
    """Tokens, searches, the last frame, the seed and what came out of `adaptive`."""
    task = ark.decode_task(recorded("ark", "succeeded_web_search"))
    assert task.usage is not None
    assert (task.usage.completion_tokens, task.usage.total_tokens, task.usage.web_search) == (108_900, 108_900, 1)
    assert task.last_frame_url is not None
    assert ".png?" in task.last_frame_url
    assert (task.seed, task.resolution, task.ratio, task.duration) == (78_674, "720p", "16:9", 5)
    assert task.updated_at == dt.datetime(2026, 5, 21, 7, 34, 34, tzinfo=dt.UTC)


def test_a_list_has_every_task_and_the_total() -> None:
    """A page of three tasks is three snapshots in the same order."""
    page = ark.decode_page(recorded("ark", "page"))
    assert page.total == 3
    assert [task.status for task in page.tasks] == [SUCCEEDED, FAILED, RUNNING]


def test_the_second_output_of_atlas_is_the_last_frame() -> None:
    """A picture among the outputs is the last frame, whatever its place."""
    payload = recorded("atlas", "completed_last_frame")
    payload["data"]["outputs"].reverse()
    task = atlas.decode_task(payload)
    assert (str(task.video_url)[-4:], str(task.last_frame_url)[-4:]) == (".mp4", ".png")


@pytest.mark.parametrize(
    ("provider", "name", "code", "said"),
    [
        ("ark", "failed", "OutputVideoSensitiveContentDetected.PolicyViolation", "copyright restrictions"),
        ("atlas", "failed", "1039 moderation", "sensitive information"),
        ("atlas", "failed_upstream", "", "Invalid ***"),
        ("eachlabs", "failed_metered", "CONTENT_MODERATION", "flagged by a content checker"),
        ("eachlabs", "failed_logs", "", "could not complete"),
        ("eachlabs", "failed_openapi", "", "could not complete"),
        ("eachlabs", "failed_skill", "", "Generation failed The input image could not be read"),
    ],
)
def test_a_failure_has_the_providers_words(provider: str, name: str, code: str, said: str) -> None:
    """A task that failed in an answer with HTTP 200 gives the code and the text, wherever they stand."""
    failure = MODULES[provider].decode_task(recorded(provider, name)).failure
    assert failure is not None
    assert failure.code == code
    assert said in failure.message


def test_eachlabs_says_what_it_charged() -> None:
    """The cost is taken as the digits that were sent; one that did not succeed cost nothing."""
    assert eachlabs.decode_task(recorded("eachlabs", "success")).cost == Money(Decimal("1.4514"), "USD")
    assert eachlabs.decode_task(recorded("eachlabs", "failed_logs")).cost == Money(Decimal(0), "USD")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("webhook_completed", SUCCEEDED),
        ("webhook_failed", FAILED),
        ("webhook_timeout", EXPIRED),
        ("webhook_cancelled", CANCELLED),
    ],
)
def test_a_webhook_of_atlas_is_understood(name: str, status: TaskStatus) -> None:
    """Its words are others than a poll's, and "OK" is none of them."""
    payload = recorded("atlas", name)
    task = atlas.decode_webhook(payload)
    assert (task.task_id, task.status) == (payload["session_id"], status)
    assert (task.video_url is not None) == (status is SUCCEEDED)
    assert (task.failure is not None) == (status is not SUCCEEDED)


@pytest.mark.parametrize("name", ["webhook_succeeded", "webhook_succeeded_skill", "webhook_failed"])
def test_a_webhook_of_eachlabs_is_understood(name: str) -> None:
    """The reason of a failure stands inside its output."""
    payload = recorded("eachlabs", name)
    task = eachlabs.decode_webhook(payload)
    assert task.task_id == payload["exec_id"]
    if name == "webhook_failed":
        assert task.status is FAILED
        assert task.failure is not None
        assert "content checker" in task.failure.message
    else:
        assert (task.status, task.video_url) == (SUCCEEDED, payload["output"])


def test_every_webhook_is_looked_at() -> None:
    """The names above are all there are."""
    assert names("atlas", "webhook_") == [f"webhook_{end}" for end in ("cancelled", "completed", "failed", "timeout")]
    assert names("eachlabs", "webhook_") == ["webhook_failed", "webhook_succeeded", "webhook_succeeded_skill"]


# -- cancel, upload --


def test_a_cancel_is_a_delete_or_a_post() -> None:
    """Ark deletes, EachLabs posts; each answer that was recorded is taken."""
    for provider, method, path, answer in (
        ("ark", "DELETE", "/contents/generations/tasks/a", {}),
        ("eachlabs", "POST", "/v1/prediction/a/cancel", recorded("eachlabs", "cancel")),
    ):
        sent: list[httpx.Request] = []
        asyncio.run(answering(provider, httpx.Response(200, json=answer), sent=sent).cancel("a"))
        assert [(request.method, request.url.path) for request in sent] == [(method, path)]


@pytest.mark.parametrize("name", names("atlas", "upload"))
def test_an_upload_gives_its_address(name: str) -> None:
    """Of the two forms of the answer only `download_url` is read."""
    reply = httpx.Response(200, json=recorded("atlas", name))
    upload = asyncio.run(answering("atlas", reply).upload(io.BytesIO(b"x"), name="image.png", mime="image/png"))
    assert upload.url == "https://atlas-img.oss-accelerate-overseas.aliyuncs.com/media/image.png"


# -- errors --

KINDS: dict[str, dict[str, type[StatusError]]] = {
    "ark": {
        "error_400_frames": errors.RequestRejectedError,
        "error_400_image": errors.RequestRejectedError,
        "error_400_privacy": errors.RequestRejectedError,
        "error_400_text": errors.RequestRejectedError,
        "error_401": errors.AuthenticationError,
        "error_403_overdue": errors.QuotaError,
        "error_404": errors.PermissionDeniedError,
        "error_404_action": errors.TaskNotFoundError,
        "error_404_model": errors.TaskNotFoundError,
        "error_409": errors.RequestRejectedError,
        "error_429_quota": errors.RateLimitError,
        "error_429_rpm": errors.RateLimitError,
        "error_500": errors.ProviderUnavailableError,
    },
    "byteplus": {"error_400_resolution": errors.RequestRejectedError},
    "atlas": {
        "error_400": errors.RequestRejectedError,
        "error_401": errors.AuthenticationError,
        "error_401_public": errors.AuthenticationError,
        "error_402": errors.QuotaError,
        "error_403": errors.PermissionDeniedError,
        "error_404": errors.TaskNotFoundError,
        "error_413": errors.RequestRejectedError,
        "error_429": errors.RateLimitError,
        "error_451": errors.PermissionDeniedError,
        "error_500": errors.ProviderUnavailableError,
        "error_503": errors.ProviderUnavailableError,
        "error_504": errors.ProviderUnavailableError,
    },
    "eachlabs": {
        "error_400": errors.RequestRejectedError,
        "error_400_model": errors.RequestRejectedError,
        "error_400_skill": errors.RequestRejectedError,
        "error_401": errors.AuthenticationError,
        "error_402": errors.QuotaError,
        "error_403": errors.PermissionDeniedError,
        "error_404": errors.TaskNotFoundError,
        "error_404_model": errors.TaskNotFoundError,
        "error_429": errors.RateLimitError,
        "error_500": errors.ProviderUnavailableError,
    },
}


def test_every_recorded_error_has_its_expectation() -> None:
    """A file that nobody looks at proves nothing."""
    for provider, expected in KINDS.items():
        assert set(expected) == set(names(provider, "error_"))


@pytest.mark.parametrize(("provider", "name"), each("error_"))
def test_a_recorded_error_has_its_place(provider: str, name: str) -> None:
    """Its class, status, code, request id and waiting time are there, and its words are in the text."""
    payload = recorded(provider, name)
    status = int(name.split("_")[1])
    headers = {"X-Request-Id": "req-1", "Retry-After": "7"}
    reply = httpx.Response(status, json=payload, headers=headers)
    with pytest.raises(StatusError) as caught:
        asyncio.run(answering(provider, reply).create({"model": "m"}))
    found = caught.value
    assert type(found) is KINDS[provider][name]
    assert (found.provider, found.status_code) == (provider, status)
    assert found.retry_after == 7
    assert found.request_id == (payload["request_id"] if provider == "atlas" else "req-1")
    nested = payload.get("error")
    inner = nested if isinstance(nested, dict) else payload
    assert found.code == str(inner.get("code", f"HTTP {status}"))
    assert found.param == (inner.get("param") or "")
    words = inner.get("msg") or inner.get("message") or inner["error"]
    assert words.rstrip(".") in str(found)
    assert payload.get("details", "").rstrip(".") in str(found)


@pytest.mark.parametrize("status", [404, 400])
def test_a_denial_during_the_warm_up_is_no_end(status: int) -> None:
    """Atlas Cloud may deny a fresh id with 404 or 400; it is an error of the read, and no word about the task."""
    reply = httpx.Response(status, json=recorded("atlas", f"error_{status}"))
    with pytest.raises(StatusError):
        asyncio.run(answering("atlas", reply).get("fresh"))
    assert client("atlas", base_url="https://atlas.example", key=KEY).warm_up >= 30


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("QuotaExceeded", "The request has exceeded the quota.", errors.RateLimitError),
        ("QuotaExceeded", "Your account [1] has exhausted its free trial quota for the [m] model.", errors.QuotaError),
        ("QuotaExceeded", "You have exceeded the weekly usage quota. It will reset at 12:00.", errors.QuotaError),
        ("QuotaExceeded.AgentPlanQuotaExceeded", "The plan's quota is used up.", errors.QuotaError),
        ("SetLimitExceeded", "Your account [1] has reached the set inference limit.", errors.QuotaError),
        ("InflightBatchsizeExceeded", "The Inflight Batchsize limit has been exceeded.", errors.RateLimitError),
        ("RequestBurstTooFast", "System protection triggered by request burst.", errors.RateLimitError),
        ("ServerOverloaded", "The service is currently unable to handle additional requests.", errors.RateLimitError),
        ("AccountRateLimitExceeded", "Requests are too frequent.", errors.RateLimitError),
    ],
)
def test_what_passes_by_itself_is_no_want_of_money(code: str, message: str, kind: type[StatusError]) -> None:
    """A full queue and a burst pass, an allowance that is used up does not; Ark has one code for some of both.

    Source: Ark, "Error codes" (82379/1299023), read 2026-11-21.
    """
    body = json.dumps({"error": {"code": code, "message": f"{message} Request id: 02", "param": "", "type": "x"}})
    assert type(ark.decode_error(Answer(429, {}, body))) is kind


def test_an_error_in_the_envelope_of_a_200_is_an_error() -> None:
    """Atlas Cloud's code counts where HTTP says that all is well."""
    reply = httpx.Response(200, json=recorded("atlas", "error_402"))
    with pytest.raises(errors.QuotaError):
        asyncio.run(answering("atlas", reply).create({"model": "m"}))


# -- secrets --

SIGNATURE = "X-Signature=planted-signature"


def everywhere(value: object, change: Callable[[str], str]) -> Any:
    """The same JSON with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: everywhere(entry, change) for name, entry in value.items()}
    if isinstance(value, list):
        return [everywhere(entry, change) for entry in value]
    return value


def signed(text: str) -> str:
    return re.sub(r"(https://[^?\s]+)\S*", rf"\1?{SIGNATURE}", text)


@pytest.mark.parametrize(("provider", "name"), EACH_TASK)
def test_no_representation_shows_a_signature(provider: str, name: str) -> None:
    """A snapshot, a page of them and the raw answer keep signed addresses to themselves."""
    payload = everywhere(recorded(provider, name), signed)
    shown: list[object] = [MODULES[provider].decode_task(payload), Answer(200, {}, json.dumps(payload))]
    if provider in {"ark", "byteplus"}:
        shown.append(ark.decode_page({"total": 1, "items": [payload]}))
    for value in shown:
        assert "planted" not in repr(value)
    task = shown[0]
    assert isinstance(task, Snapshot)
    assert task.video_url is None or SIGNATURE in task.video_url


@pytest.mark.parametrize(("provider", "name"), each("error_"))
def test_no_error_repeats_the_key_or_a_signature(provider: str, name: str) -> None:
    """A provider that puts the key or a signed address into every field of an error gets neither into ours."""
    secret = f" {KEY} https://example.com/a.png?{SIGNATURE}"
    payload = everywhere(recorded(provider, name), lambda text: text + secret)
    answer = Answer(int(name.split("_")[1]), {}, json.dumps(payload))
    found = MODULES[provider].decode_error(answer, key=KEY)
    shown = f"{found!s} {found!r} {vars(found)} {answer!r}"
    assert KEY not in shown
    assert "planted-signature" not in shown


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_client_shows_its_key(provider: str) -> None:
    """The key is in no representation of a client or of what it is made of."""
    made = client(provider, base_url=f"https://{provider}.example", key=KEY)
    assert KEY not in repr(made)
    assert KEY not in repr(vars(made)["_http"])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_account_is_known_by_a_fingerprint(provider: str) -> None:
    """Two clients with one key have one account, another key is another, no key is none; and none shows a key."""
    base = f"https://{provider}.example"
    account = client(provider, base_url=base, key=KEY).account
    assert account == client(provider, base_url="https://elsewhere.example", key=KEY).account == fingerprint(KEY)
    assert account != client(provider, base_url=base, key=KEY[:-1]).account
    assert client(provider, base_url=base, key="").account == ""
    assert re.fullmatch(r"[0-9a-f]{12}", account)


def test_no_part_of_a_key_is_in_its_fingerprint() -> None:
    """Also of a key that is itself made of hex digits, in whichever direction it is read."""
    for number in range(200):
        key = f"{number:04x}" * 8
        found = fingerprint(key)
        assert not any(key[start : start + 6] in text for start in range(26) for text in (found, found[::-1]))


# -- what is no answer --


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'"ok"', b"<html>", b'{"data": null}', b"[" * 100_000, b'{"id": 5}']
)
def test_what_is_no_task_is_refused(provider: str, body: bytes) -> None:
    """An answer with 200 that names no task is ours to refuse."""
    with pytest.raises(ResponseFormatError):
        asyncio.run(answering(provider, httpx.Response(200, content=body)).create({"model": "m"}))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("depth", [400, 600, 900, 100_000])
def test_a_deeply_nested_error_is_still_an_error(provider: str, depth: int) -> None:
    """A body that goes deeper than Python does leaves the status to go by."""
    nest = "[" * depth + "]" * depth
    body = f'{{"error": {{"code": "C", "message": "m", "more": {nest}}}, "msg": "m", "more": {nest}}}'
    found = MODULES[provider].decode_error(Answer(400, {}, body))
    assert type(found) is errors.RequestRejectedError
