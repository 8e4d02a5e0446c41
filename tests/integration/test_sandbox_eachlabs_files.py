"""The sandbox as EachLabs: uploads, the media of a task, and webhooks."""

from __future__ import annotations

import io
import json
import threading
import time
import uuid
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from PIL import Image

from seedance_nb import sandbox as sb
from seedance_nb.sandbox import Fault, Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec
from seedance_nb.sandbox.dialects import _eachlabs_storage
from seedance_nb.sandbox.dialects._eachlabs_rules import refused_url

from ..patience import eventually

DAY = 86_400
IMAGE = "bytedance-seedance-2-0-image-to-video-fast"
REFERENCE = "bytedance-seedance-2-0-reference-to-video"
TEXT = "bytedance-seedance-2-0-text-to-video-fast"
SPECS: list[ClipSpec] = []


def quick(spec: ClipSpec) -> Clip:
    SPECS.append(spec)
    return Clip(b"clip", b"png")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    SPECS.clear()
    with sb.start(speed=0, render=quick) as running:
        yield running


@pytest.fixture
def each(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url("eachlabs"), headers={"X-API-Key": "k"}, timeout=180) as client:
        yield client


def post(each: httpx.Client, model: str, *, more: dict[str, Any] | None = None, **given: Any) -> httpx.Response:
    body = {"model": model, "version": "0.0.1", "input": {"prompt": "A cat yawns"} | given}
    return each.post("/v1/prediction", json=body | (more or {}))


def ended(each: httpx.Client, sandbox: Sandbox, task_id: str) -> dict[str, Any]:
    sandbox.clock.advance(6)
    url = f"/v1/prediction/{task_id}"
    eventually(lambda: each.get(url).json()["status"] not in ("created", "starting", "processing"))
    return dict(each.get(url).json())


def presign(each: httpx.Client, content_type: str = "image/png", **more: Any) -> dict[str, Any]:
    answer = each.post("/v1/upload/presign", json={"content_type": content_type} | more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def put(signed: dict[str, Any], data: bytes, content_type: str = "image/png", **headers: str) -> httpx.Response:
    sent = {"Content-Type": content_type} | signed["required_headers"] | headers
    return httpx.put(signed["presigned_url"], content=data, headers=sent)


def upload(each: httpx.Client, data: bytes, content_type: str = "image/png") -> str:
    signed = presign(each, content_type)
    assert put(signed, data, content_type).status_code == 200
    return str(signed["public_url"])


def picture(width: int = 64, height: int = 48, name: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "olive").save(file, name)
    return file.getvalue()


def sound(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(round(seconds * 8000) * 2))
    return file.getvalue()


# -- uploads --


def test_a_file_is_announced_put_and_read(each: httpx.Client, sandbox: Sandbox) -> None:
    """Two steps, the documented fields, and a public URL that needs no key."""
    now = sandbox.clock.now()
    signed = presign(each, file_type="image")
    assert list(signed) == ["id", "presigned_url", "public_url", "expires_at", "required_headers"]
    assert signed["required_headers"] == {"x-amz-meta-file-id": signed["id"]}
    assert signed["public_url"].endswith(f"/uploads/{uuid.UUID(signed['id'])}.png")
    assert signed["expires_at"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + 180 * DAY))
    assert httpx.get(signed["public_url"]).status_code == 404
    answer = put(signed, b"bytes")
    assert (answer.status_code, answer.content) == (200, b"")
    read = httpx.get(signed["public_url"])
    assert (read.content, read.headers["content-type"], read.headers["etag"]) == (
        b"bytes",
        "image/png",
        answer.headers["etag"],
    )
    assert read.headers["content-security-policy"] == "sandbox"
    assert httpx.head(signed["public_url"]).headers["content-length"] == "5"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "content_type is required"),
        ([], "content_type is required"),
        ({"content_type": 5}, "content_type is required"),
        ({"content_type": "image/png\nx: y"}, "invalid argument"),
        ({"content_type": "image/png", "file_type": "picture"}, "invalid argument"),
        ({"content_type": "image/png", "expires_in_seconds": "60"}, "invalid argument"),
    ],
)
def test_a_presign_that_makes_no_sense(each: httpx.Client, body: Any, error: str) -> None:
    """400 with a text."""
    answer = each.post("/v1/upload/presign", json=body)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(("asked", "kept"), [(1, 60), (3600, 3600), (10**9, 365 * DAY)])
def test_a_file_lives_as_long_as_asked_within_bounds(
    each: httpx.Client, sandbox: Sandbox, asked: int, kept: int
) -> None:
    """A minute to a year; then its URL stops resolving."""
    signed = presign(each, expires_in_seconds=asked)
    assert put(signed, b"bytes").status_code == 200
    sandbox.clock.advance(kept - 1)
    assert httpx.get(signed["public_url"]).status_code == 200
    sandbox.clock.advance(1)
    assert httpx.get(signed["public_url"]).status_code == 404


def test_a_put_has_to_be_as_signed(each: httpx.Client, sandbox: Sandbox) -> None:
    """The URL, the required headers and the content type; within 15 minutes. Refusals are XML, as at S3."""
    signed = presign(each)
    wrong = signed | {"presigned_url": signed["presigned_url"].replace(signed["id"], str(uuid.uuid4()))}
    tampered = signed | {"presigned_url": signed["presigned_url"].replace("Expires=900", "Expires=9000")}
    unsigned = signed | {"presigned_url": signed["presigned_url"].partition("?")[0]}
    answers = [
        put(wrong, b"x"),
        put(tampered, b"x"),
        put(signed | {"required_headers": {}}, b"x"),
        put(signed, b"x", **{"x-amz-meta-file-id": "another"}),
        put(signed, b"x", "image/jpeg"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5
    for answer in answers:
        assert answer.headers["content-type"] == "application/xml"
        assert "<Code>SignatureDoesNotMatch</Code>" in answer.text
    assert "<Code>AccessDenied</Code>" in put(unsigned, b"x").text
    assert httpx.get(signed["public_url"]).status_code == 404
    sandbox.clock.advance(15 * 60 - 1)
    assert put(signed, b"x").status_code == 200
    sandbox.clock.advance(1)
    late = put(signed, b"y")
    assert (late.status_code, "Request has expired" in late.text) == (403, True)
    assert httpx.get(signed["public_url"]).content == b"x"


def test_a_file_has_at_most_100_mb(each: httpx.Client) -> None:
    """A byte more is refused; more than other dialects take in a body is fine."""
    signed = presign(each, "video/mp4")
    assert _eachlabs_storage.LARGEST_FILE == 100 * 1024 * 1024
    data = bytes(_eachlabs_storage.LARGEST_FILE + 1)
    answer = put(signed, data, "video/mp4")
    assert (answer.status_code, "<Code>EntityTooLarge</Code>" in answer.text) == (400, True)
    assert put(signed, data[: 64 * 1024 * 1024 + 1], "video/mp4").status_code == 200


def test_a_file_is_deleted(each: httpx.Client) -> None:
    """204, also again and for one that never was; 409 before its bytes came; 400 for what is no id."""
    signed = presign(each)
    early = each.delete(f"/v1/files/{signed['id']}")
    assert (early.status_code, early.json()) == (409, {"error": "conflict"})
    put(signed, b"bytes")
    for file_id in (signed["id"], signed["id"], str(uuid.uuid4())):
        answer = each.delete(f"/v1/files/{file_id}")
        assert (answer.status_code, answer.content) == (204, b"")
    assert httpx.get(signed["public_url"]).status_code == 404
    answer = each.delete("/v1/files/mine")
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid argument"})


def test_a_fault_strikes_the_put(each: httpx.Client, sandbox: Sandbox) -> None:
    """It is the second upload request, and answers in XML."""
    sandbox.scenario = Scenario(faults=(Fault("server_error", on="upload", after=1),))
    signed = presign(each)
    answer = put(signed, b"x")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/xml")
    assert put(signed, b"x").status_code == 200


# -- media --


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("https://cdn.example.com/a.png", False),
        ("http://127.0.0.1:8000/a.png", False),
        ("http://localhost/a.png", False),
        ("http://cdn.example.com/a.png", True),
        ("data:image/png;base64,AAAA", True),
        ("https://10.0.0.1/a.png", True),
        ("https://192.168.1.5/a.png", True),
        ("https://169.254.169.254/latest", True),
        ("https://[fd00::1]/a.png", True),
        ("https://nas/a.png", True),
        ("https://printer.local/a.png", True),
        ("asset://asset-1", True),
        ("ftp://cdn.example.com/a.png", True),
        ("a.png", True),
        ("https://[", True),
    ],
)
def test_only_public_https_is_taken(url: str, refused: bool) -> None:
    """And, as the sandbox's one exception, addresses of this machine, where its own uploads are."""
    assert bool(refused_url(url)) == refused


@pytest.mark.parametrize(
    ("model", "given", "field"),
    [
        (IMAGE, {}, "image_url"),
        (IMAGE, {"image_url": ""}, "image_url"),
        (IMAGE, {"image_url": ["x"]}, "image_url"),
        (IMAGE, {"image_url": "data:image/png;base64,AAAA"}, "image_url"),
        (IMAGE, {"image_url": "http://127.0.0.1/a", "end_image_url": "https://10.0.0.1/a"}, "end_image_url"),
        (REFERENCE, {}, "image_urls"),
        (REFERENCE, {"image_urls": "http://127.0.0.1/a"}, "image_urls"),
        (REFERENCE, {"image_urls": [5]}, "image_urls"),
        (REFERENCE, {"image_urls": ["http://127.0.0.1/a"] * 10}, "image_urls"),
        (REFERENCE, {"video_urls": ["http://127.0.0.1/a"] * 4}, "video_urls"),
        (REFERENCE, {"audio_urls": ["http://127.0.0.1/a"]}, "image_urls"),
        (REFERENCE, {"image_urls": ["http://127.0.0.1/a", "https://10.0.0.1/a"]}, "image_urls[1]"),
    ],
)
def test_media_that_are_named_wrongly_are_refused_at_once(
    each: httpx.Client, model: str, given: dict[str, Any], field: str
) -> None:
    """400 that names the field."""
    answer = post(each, model, **given)
    assert (answer.status_code, answer.json()["error"]) == (400, "Invalid input for model")
    assert answer.json()["details"].startswith(f"{field}: ")


def test_uploaded_frames_make_a_clip(each: httpx.Client, sandbox: Sandbox) -> None:
    """First and last frame reach the clip, whose shape follows the first; text models do not look at them."""
    first, last = upload(each, picture(48, 64)), upload(each, picture(name="JPEG"), "image/jpeg")
    task = ended(each, sandbox, post(each, IMAGE, image_url=first, end_image_url=last).json()["predictionID"])
    assert task["status"] == "success"
    spec = SPECS[-1]
    assert (spec.mode, spec.width, spec.height) == ("first_last_frame", 834, 1112)
    assert (spec.first_frame, spec.last_frame) == (picture(48, 64), picture(name="JPEG"))
    ended(each, sandbox, post(each, IMAGE, image_url=first).json()["predictionID"])
    assert SPECS[-1].mode == "first_frame"
    ended(each, sandbox, post(each, TEXT, image_url="data:nothing").json()["predictionID"])
    assert SPECS[-1].mode == "text"


def test_references_make_a_clip(each: httpx.Client, sandbox: Sandbox) -> None:
    """Pictures and sounds; the mini model takes them too."""
    image, audio = upload(each, picture(name="WEBP"), "image/webp"), upload(each, sound(3), "audio/wav")
    for model in (REFERENCE, "bytedance-seedance-2-0-mini-reference-to-video"):
        answer = post(each, model, image_urls=[image, image], audio_urls=[audio], prompt="@Image1 sings @Audio1")
        assert ended(each, sandbox, answer.json()["predictionID"])["status"] == "success"
        assert (SPECS[-1].mode, len(SPECS[-1].images), len(SPECS[-1].audios)) == ("reference", 2, 1)


@pytest.mark.parametrize(
    ("field", "data", "content_type", "code"),
    [
        ("image_urls", None, "image/png", "INPUT_DOWNLOAD_ERROR"),
        ("image_urls", picture() + bytes(30 * 1024 * 1024), "image/png", "INPUT_DOWNLOAD_ERROR"),
        ("image_urls", b"<html>", "image/png", "INPUT_VALIDATION_ERROR"),
        ("image_urls", picture(name="GIF"), "image/png", "INPUT_VALIDATION_ERROR"),
        ("audio_urls", sound(16), "audio/wav", "INPUT_VALIDATION_ERROR"),
        ("video_urls", sound(1), "video/mp4", "INPUT_VALIDATION_ERROR"),
    ],
)
def test_bad_files_fail_the_task(
    each: httpx.Client, sandbox: Sandbox, field: str, data: bytes | None, content_type: str, code: str
) -> None:
    """Judged by their bytes, not by what they are called; the create is taken."""
    good = upload(each, picture())
    bad = presign(each)["public_url"] if data is None else upload(each, data, content_type)
    given = {"image_urls": [good]} | {field: [bad]}
    answer = post(each, REFERENCE, **given)
    assert answer.status_code == 200
    task = ended(each, sandbox, answer.json()["predictionID"])
    assert (task["status"], task["output"]["error_code"], task["metrics"]["cost"]) == ("error", code, 0)
    assert task["logs"].startswith(field)


# -- webhooks --


@dataclass
class Receiver:
    """A program that takes webhooks, and what came."""

    url: str
    statuses: list[int] = field(default_factory=list)
    came: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.came.append(({name.lower(): value for name, value in self.headers.items()}, json.loads(body)))
            self.send_response(taken.statuses.pop(0) if taken.statuses else 200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"seen")

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    taken = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook?token=1")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield taken
    server.shutdown()
    server.server_close()


def hooked(each: httpx.Client, url: str, prompt: str = "A cat yawns") -> str:
    more = {"webhook_url": url, "webhook_secret": "whsec verbatim"}
    return str(post(each, TEXT, more=more, prompt=prompt).json()["predictionID"])


def test_a_webhook_tells_of_success(each: httpx.Client, sandbox: Sandbox, receiver: Receiver) -> None:
    """Once, with the secret as it was given, and the history says so."""
    task = ended(each, sandbox, hooked(each, receiver.url))
    eventually(lambda: len(receiver.came) == 1)
    headers, body = receiver.came[0]
    assert (headers["x-webhook-secret"], headers["content-type"]) == ("whsec verbatim", "application/json")
    assert list(body) == ["exec_id", "flow_id", "status", "output", "error"]
    assert list(body.values()) == [task["id"], None, "succeeded", task["output"], ""]
    eventually(lambda: each.get(f"/v1/webhooks/{task['id']}").json()["attempts"][0]["status"] == "SUCCESS")
    history = each.get(f"/v1/webhooks/{task['id']}").json()
    assert list(history) == ["execution_id", "url", "request", "headers", "source", "created_at", "attempts"]
    assert (json.loads(history["request"]), history["url"]) == (body, receiver.url)
    (attempt,) = history["attempts"]
    assert (attempt["status_code"], attempt["response"], attempt["error_message"]) == (200, "seen", None)
    assert "verbatim" not in json.dumps(history)


def test_a_webhook_tells_of_failure(each: httpx.Client, sandbox: Sandbox, receiver: Receiver) -> None:
    """The reason is in the output; in the skill page's spelling it is in `error`, and there is no flow."""
    task = ended(each, sandbox, hooked(each, receiver.url, "[sandbox:failed]"))
    eventually(lambda: len(receiver.came) == 1)
    assert receiver.came[0][1] == {
        "exec_id": task["id"],
        "flow_id": None,
        "status": "failed",
        "output": [{"id": "", "status": "", "output": "", "error": task["logs"]}],
        "error": "",
    }
    sandbox.scenario = Scenario(faults=(Fault("spelling", word="skill"),))
    ended(each, sandbox, hooked(each, receiver.url, "[sandbox:failed]"))
    eventually(lambda: len(receiver.came) == 2)
    assert list(receiver.came[1][1]) == ["exec_id", "status", "output", "error"]
    assert receiver.came[1][1]["error"] == task["logs"]


def test_a_webhook_is_tried_three_times_ten_seconds_apart(
    each: httpx.Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    """On the sandbox clock: nothing more comes before it has moved."""
    receiver.statuses = [500, 404, 503, 200]
    task_id = hooked(each, receiver.url)
    ended(each, sandbox, task_id)

    def attempts() -> list[str]:
        return [item["status"] for item in each.get(f"/v1/webhooks/{task_id}").json()["attempts"]]

    for number in (1, 2):
        eventually(lambda: attempts() == ["FAILED"] * number + ["PENDING"])  # noqa: B023 - called at once
        sandbox.clock.advance(9)
        assert attempts() == ["FAILED"] * number + ["PENDING"]
        assert len(receiver.came) == number
        sandbox.clock.advance(1)
    eventually(lambda: attempts() == ["FAILED"] * 3)
    history = each.get(f"/v1/webhooks/{task_id}").json()["attempts"]
    assert [item["status_code"] for item in history] == [500, 404, 503]
    assert history[0]["created_at"] < history[1]["created_at"] < history[2]["created_at"]
    sandbox.clock.advance(100)
    assert len(receiver.came) == 3


def test_a_receiver_that_is_not_there(each: httpx.Client, sandbox: Sandbox) -> None:
    """No status, but an error."""
    task_id = hooked(each, "http://127.0.0.1:9/nobody")
    ended(each, sandbox, task_id)
    eventually(lambda: len(each.get(f"/v1/webhooks/{task_id}").json()["attempts"]) == 2)
    attempt = each.get(f"/v1/webhooks/{task_id}").json()["attempts"][0]
    assert (attempt["status"], attempt["status_code"], attempt["response"]) == ("FAILED", None, None)
    assert attempt["error_message"]


def test_cancelling_tells_nobody(each: httpx.Client, sandbox: Sandbox, receiver: Receiver) -> None:
    """Nor does any state before the end."""
    gone, told = hooked(each, receiver.url), hooked(each, receiver.url)
    each.post(f"/v1/prediction/{gone}/cancel")
    ended(each, sandbox, told)
    eventually(lambda: bool(receiver.came))
    assert [body["exec_id"] for _, body in receiver.came] == [told]
    assert each.get(f"/v1/webhooks/{gone}").status_code == 404


def test_webhooks_are_listed(each: httpx.Client, sandbox: Sandbox, receiver: Receiver) -> None:
    """Newest first, in pages, without attempts."""
    made = [hooked(each, receiver.url) for _ in range(3)]
    for task_id in made:
        ended(each, sandbox, task_id)
    page = each.get("/v1/webhooks", params={"limit": 2, "offset": 1}).json()
    assert list(page) == ["webhooks", "limit", "offset", "total_count"]
    assert (page["limit"], page["offset"], page["total_count"], len(page["webhooks"])) == (2, 1, 3, 2)
    assert "attempts" not in page["webhooks"][0]
    assert each.get("/v1/webhooks", params={"limit": 101}).status_code == 400
    answers = [each.get("/v1/webhooks/mine"), each.get(f"/v1/webhooks/{uuid.uuid4()}")]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (400, {"error": "invalid execution_id"}),
        (404, {"error": "webhook not found"}),
    ]
