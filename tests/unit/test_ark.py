"""Ark's wire, both directions, over recorded bodies."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_nb import errors
from seedance_nb.content import Audio, Content, Image, Video
from seedance_nb.errors import ResponseFormatError
from seedance_nb.providers._http import Answer
from seedance_nb.providers.ark import decode_error, decode_page, decode_task, encode
from seedance_nb.request import Request
from seedance_nb.task import TaskStatus

WIRE = Path(__file__).parents[1] / "wire" / "ark"


def recorded(name: str) -> dict[str, object]:
    return json.loads((WIRE / f"{name}.json").read_text())


def url_of(item: Image | Video | Audio) -> str:
    assert isinstance(item.source.value, str)
    return item.source.value


def test_text_to_video_is_sent_as_documented() -> None:
    """The request of Ark's own first example comes out field by field, every parameter explicit."""
    request = Request(
        "A cat yawning at the camera, soft lighting, close-up shot",
        ratio="16:9",
        duration=5,
        generate_audio=True,
        watermark=False,
        seed=7,
    )
    assert encode(request, "doubao-seedance-2-0-260128", url_of) == {
        "model": "doubao-seedance-2-0-260128",
        "content": [{"type": "text", "text": "A cat yawning at the camera, soft lighting, close-up shot"}],
        "ratio": "16:9",
        "resolution": "720p",
        "duration": 5,
        "generate_audio": True,
        "watermark": False,
        "return_last_frame": False,
        "seed": 7,
    }


def test_references_keep_their_order_and_get_their_roles() -> None:
    """A reference request has one item for each medium, in order, with the role that Ark demands."""
    content = Content(
        "全程使用视频1的第一视角构图，全程使用音频1作为背景音乐。",
        Image("https://example.com/ref1.jpg", role="reference_image"),
        Image("https://example.com/ref2.jpg", role="reference_image"),
        Video("https://example.com/ref.mp4"),
        Audio("https://example.com/ref.mp3"),
    )
    body = encode(Request(content, duration=11, watermark=True), "m", url_of)
    assert body["content"][1:] == [
        {"type": "image_url", "image_url": {"url": "https://example.com/ref1.jpg"}, "role": "reference_image"},
        {"type": "image_url", "image_url": {"url": "https://example.com/ref2.jpg"}, "role": "reference_image"},
        {"type": "video_url", "video_url": {"url": "https://example.com/ref.mp4"}, "role": "reference_video"},
        {"type": "audio_url", "audio_url": {"url": "https://example.com/ref.mp3"}, "role": "reference_audio"},
    ]


def test_a_single_picture_is_the_first_frame() -> None:
    """A picture without a role goes out as the first frame."""
    body = encode(Request(Content("x", Image("https://example.com/a.png"))), "m", url_of)
    assert body["content"][1]["role"] == "first_frame"


def test_every_parameter_reaches_the_wire_and_none_is_left_out() -> None:
    """What is set is sent; what is None is absent, because Ark refuses some fields by name."""
    request = Request(
        "x",
        web_search=True,
        priority=3,
        execution_expires_after=3600,
        callback_url="https://example.com/hook",
        safety_identifier="u1",
        service_tier="default",
        camera_fixed=False,
        frames=29,
        draft=False,
        output_format="mp4",
        omni_reference_task_type="auto",
    )
    body = encode(request, "m", url_of)
    assert body["tools"] == [{"type": "web_search"}]
    assert body["priority"] == 3
    assert body["execution_expires_after"] == 3600
    assert body["callback_url"] == "https://example.com/hook"
    assert body["safety_identifier"] == "u1"
    assert {"service_tier", "camera_fixed", "frames", "draft", "output_format", "omni_reference_task_type"} <= set(body)
    assert None not in body.values()
    assert "seed" not in body


def test_a_succeeded_task_is_read_whole() -> None:
    """Everything that a succeeded task says is understood, from the top level and from content."""
    task = decode_task(recorded("succeeded"))
    assert task.status is TaskStatus.SUCCEEDED
    assert task.usage is not None
    assert task.usage.completion_tokens == 108_900
    assert (task.seed, task.resolution, task.ratio, task.duration) == (78674, "720p", "16:9", 5)
    assert task.video_url is not None
    assert task.created_at is not None
    assert task.created_at.isoformat() == "2026-05-21T07:33:38+00:00"


def test_a_snapshot_shows_no_signed_address() -> None:
    """The signature of a clip's address is in no representation."""
    assert "X-Tos-Signature" not in repr(decode_task(recorded("succeeded")))


def test_a_failed_task_has_a_reason_and_no_usage() -> None:
    """A failed task gives its code verbatim and nothing to bill."""
    task = decode_task(recorded("failed"))
    assert task.status is TaskStatus.FAILED
    assert task.failure is not None
    assert task.failure.code == "OutputVideoSensitiveContentDetected.PolicyViolation"
    assert task.usage is None
    assert task.video_url is None


@pytest.mark.parametrize("name", ["running", "sdk_nulls"])
def test_nulls_and_missing_fields_are_none(name: str) -> None:
    """Null and absent mean the same."""
    task = decode_task(recorded(name))
    assert task.last_frame_url is None
    assert task.failure is None


def test_an_undocumented_status_is_not_an_end() -> None:
    """A status that no page describes is kept verbatim and ends nothing."""
    task = decode_task({"id": "cgt-1", "status": "paused"})
    assert task.status is None
    assert task.raw_status == "paused"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["id", "status", "content", "usage", "error", "seed", "created_at", "duration", "model", "items"]
)


@given(st.dictionaries(KEYS, JSON) | JSON)
def test_no_answer_breaks_the_decoder(payload: object) -> None:
    """Whatever JSON arrives, it is understood or refused as our own error."""
    for decode in (decode_task, decode_page):
        with contextlib.suppress(ResponseFormatError):
            decode(payload)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "InvalidParameter", "RequestRejectedError"),
        (400, "InputImageSensitiveContentDetected.PrivacyInformation", "RequestRejectedError"),
        (401, "AuthenticationError", "AuthenticationError"),
        (401, "InvalidAccountStatus", "AuthenticationError"),
        (403, "AccountOverdueError", "QuotaError"),
        (403, "AccessDenied", "PermissionDeniedError"),
        (403, "OperationDenied.ServiceNotOpen", "PermissionDeniedError"),
        (404, "ModelNotOpen", "PermissionDeniedError"),
        (404, "ResourceNotFound", "TaskNotFoundError"),
        (404, "InvalidEndpointOrModel.NotFound", "TaskNotFoundError"),
        (409, "InvalidAction.RunningTaskDeletion", "RequestRejectedError"),
        (429, "ModelAccountRpmRateLimitExceeded", "RateLimitError"),
        (429, "ServerOverloaded", "RateLimitError"),
        (429, "QuotaExceeded", "RateLimitError"),
        (500, "InternalServiceError", "ProviderUnavailableError"),
    ],
)
def test_each_error_of_the_table_has_its_place(status: int, code: str, kind: str) -> None:
    """Ark's codes map to our tree, and keep their name."""
    body = json.dumps({"error": {"code": code, "message": "m. Request id: 02", "param": "", "type": "x"}})
    error = decode_error(Answer(status, {"x-request-id": "02"}, body))
    assert type(error) is getattr(errors, kind)
    assert error.code == code
    assert error.request_id == "02"


def test_an_error_that_is_no_json_still_says_something() -> None:
    """A gateway's HTML page becomes an error with its status."""
    error = decode_error(Answer(502, {}, "<html>bad gateway</html>"))
    assert error.status_code == 502
    assert "HTTP 502" in str(error)


def test_an_error_never_repeats_the_key() -> None:
    """A provider that echoes the key does not get it into our exception."""
    body = json.dumps({"error": {"code": "AuthenticationError", "message": "bad key sk-planted-123456789"}})
    error = decode_error(Answer(401, {}, body), key="sk-planted-123456789")
    assert "sk-planted" not in str(error)
    assert "sk-planted" not in str(error.body)
