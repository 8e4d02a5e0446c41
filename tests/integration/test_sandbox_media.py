"""The sandbox downloads and measures the media of a request while the client waits, as Ark does."""

from __future__ import annotations

import base64
import io
import threading
import wave
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import av
import httpx
import numpy as np
import pytest
from PIL import Image

from seedance_nb import sandbox as sb
from seedance_nb.sandbox import Scenario, _fetch
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec

TASKS = "/contents/generations/tasks"
MODEL = "doubao-seedance-2-0-260128"
TEXT = {"type": "text", "text": "A cat yawns"}


def picture(width: int, height: int, name: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "olive").save(file, name)
    return file.getvalue()


def film(seconds: float, width: int = 640, height: int = 640, fps: int = 24, codec: str = "libx264") -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream: Any = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "ultrafast"}
        frame = av.VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8), format="rgb24")
        for index in range(round(seconds * fps)):
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


def sound(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(round(seconds * 8000) * 2))
    return file.getvalue()


FILES: dict[str, bytes] = {
    "/good.png": picture(400, 300),
    "/wide.png": picture(1200, 480),
    "/two.mp4": film(2),
    "/five.mp4": film(5),
    "/eight.mp4": film(8),
    "/short.mp4": film(1.5),
    "/long.mp4": film(15.5),
    "/slow.mp4": film(2, fps=12),
    "/small.mp4": film(2, 320, 320),
    "/narrow.mp4": film(2, 1640, 320),
    "/two.wav": sound(2),
    "/eight.wav": sound(8),
    "/one.wav": sound(1),
    "/not-a-film.mp4": b"hello" * 100,
}
REDIRECTS = {
    "/moved.png": "/good.png",
    "/to-file": "file:///etc/hostname",
    "/to-private": "http://10.0.0.1/x.png",
    "/circle": "/circle",
}


class FilesHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    release = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/never":
            self.release.wait(180)
        data = FILES.get(self.path)
        self.send_response(302 if self.path in REDIRECTS else 200 if data else 404)
        if self.path in REDIRECTS:
            self.send_header("Location", REDIRECTS[self.path])
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture(scope="module")
def files() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), FilesHandler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    FilesHandler.release.set()
    server.shutdown()
    server.server_close()
    thread.join()


SPECS: list[ClipSpec] = []


def watched(spec: ClipSpec) -> Clip:
    SPECS.append(spec)
    return Clip(b"mp4", b"png")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    SPECS.clear()
    with sb.start(speed=1000, scenario=Scenario(queue=0, run=0), render=watched) as running:
        yield running


@pytest.fixture
def ark(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer k"}
    with httpx.Client(base_url=sandbox.url("ark"), headers=headers, timeout=180) as client:
        yield client


def item(kind: str, url: str, role: str | None = None) -> dict[str, Any]:
    return {"type": f"{kind}_url", f"{kind}_url": {"url": url}, "role": role or f"reference_{kind}"}


def uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def post(ark: httpx.Client, *content: Any, **more: Any) -> httpx.Response:
    return ark.post(TASKS, json={"model": MODEL, "content": list(content), "resolution": "480p", "duration": 4} | more)


def succeeded(ark: httpx.Client, *content: Any, **more: Any) -> dict[str, Any]:
    answer = post(ark, *content, **more)
    assert answer.status_code == 200, answer.text
    while (task := ark.get(f"{TASKS}/{answer.json()['id']}").json())["status"] in ("queued", "running"):
        pass
    return dict(task)


def reason(answer: httpx.Response, param: str = "content[0].image_url.url") -> str:
    """Why one parameter was refused, after checking the sentence around it."""
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    head = f"The parameter `{param}` specified in the request is not valid: "
    assert (error["code"], error["param"]) == ("InvalidParameter", param)
    assert error["message"].startswith(head)
    return str(error["message"].removeprefix(head).partition(". Request id: ")[0])


def test_all_kinds_reach_the_renderer(ark: httpx.Client, files: str) -> None:
    """In array order, as files; the ratio follows the first video before the first picture."""
    content = [
        item("image", f"{files}/wide.png"),
        TEXT,
        item("video", f"{files}/two.mp4"),
        item("audio", uri(sound(3), "audio/wav")),
        item("image", uri(picture(300, 700, "JPEG"), "image/jpeg")),
    ]
    task = succeeded(ark, *content, return_last_frame=True, watermark=True)
    assert task["ratio"] == "1:1"
    (spec,) = SPECS
    assert (spec.mode, spec.width, spec.height, spec.frames) == ("reference", 640, 640, 97)
    assert spec.images[0] == FILES["/wide.png"]
    assert spec.videos == (FILES["/two.mp4"],)
    assert (len(spec.images), len(spec.audios), spec.watermark, spec.codec) == (2, 1, True, "h264")


def test_video_input_is_billed_with_its_seconds_and_a_minimum(ark: httpx.Client, files: str) -> None:
    """4 s out count as 7 s in all at least; 8 s of input count in full."""
    tokens = [
        succeeded(ark, item("video", f"{files}/{name}.mp4"), resolution="720p", ratio="16:9")["usage"]["total_tokens"]
        for name in ("two", "eight")
    ]
    assert tokens == [7 * 21_600, 1280 * 720 * (24 * 12 + 1) // 1024]


def test_frames_decide_mode_and_ratio(ark: httpx.Client, files: str) -> None:
    """The first frame is the one with that role, wherever it stands."""
    task = succeeded(
        ark, item("image", f"{files}/good.png", "last_frame"), item("image", f"{files}/wide.png", "first_frame")
    )
    assert task["ratio"] == "21:9"
    assert (SPECS[0].mode, SPECS[0].images) == ("first_last_frame", ())
    assert (SPECS[0].first_frame, SPECS[0].last_frame) == (FILES["/wide.png"], FILES["/good.png"])


def test_assets_are_found_or_refused_by_name(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Bytes and paths can be put in the store."""
    url = sandbox.add_asset(FILES["/good.png"])
    assert url.startswith("asset://asset-20")
    assert post(ark, item("image", url)).status_code == 200
    said = reason(post(ark, item("image", "asset://asset-20260101000000-aaaaa")))
    assert said == "The specified asset asset-20260101000000-aaaaa is not found"


@pytest.mark.parametrize("path", ["/missing.png", "/to-file", "/circle"])
def test_a_bad_link_is_refused_at_submit(ark: httpx.Client, sandbox: Sandbox, files: str, path: str) -> None:
    """`resource download failed`, and no task."""
    assert reason(post(ark, item("image", files + path))) == "resource download failed"
    assert sandbox.created == 0


def test_a_link_that_does_not_answer_is_given_up(files: str) -> None:
    """After the time limit, with the file half or not at all there."""
    with pytest.raises(_fetch.FetchError, match=r"[Tt]ime"):
        _fetch.get(f"{files}/never", limit=1000, timeout=0.2)


def test_redirects_stay_within_the_rule(ark: httpx.Client, files: str) -> None:
    """A redirect on this machine is followed; file:, and plain http elsewhere, never."""
    assert post(ark, item("image", f"{files}/moved.png")).status_code == 200
    for path in ("/to-file", "/to-private"):
        with pytest.raises(_fetch.FetchError, match="only https"):
            _fetch.get(files + path, limit=1000)
    with pytest.raises(_fetch.FetchError, match="larger"):
        _fetch.get(f"{files}/good.png", limit=10)


@pytest.mark.parametrize(
    "url", ["http://example.com/a.png", "ftp://example.com/a.png", "file:///etc/hostname", "cat.png", "http://[::/"]
)
def test_only_https_and_loopback_are_asked(ark: httpx.Client, url: str) -> None:
    """Everything else is refused without a connection."""
    assert not _fetch.is_allowed(url)
    assert post(ark, item("image", url)).status_code == 400


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (picture(299, 400), "width and height must be between 300 and 6000"),
        (picture(6001, 3000), "width and height must be between 300 and 6000"),
        (picture(300, 800), "aspect ratio must be between 0.4 and 2.5"),
        (picture(400, 400, "ICO"), "format ico is not supported"),
        (b"no picture at all", "cannot be decoded"),
        (picture(400, 400)[:200], "cannot be decoded"),
        (picture(300, 300) + bytes(30 * 1024 * 1024), "smaller than 30 MB"),
    ],
)
def test_pictures_have_limits(ark: httpx.Client, data: bytes, text: str) -> None:
    """Sides, ratio, format and size are measured on the file."""
    assert text in reason(post(ark, item("image", uri(data, "image/png"))))


@pytest.mark.parametrize(
    "url",
    ["data:image/png,abc", "data:image/PNG;base64,AAAA", "data:audio/wav;base64,AAAA", "data:image/png;base64,@@@"],
)
def test_data_must_be_written_as_documented(ark: httpx.Client, url: str) -> None:
    """`data:image/<lowercase format>;base64,…`."""
    assert "base64" in reason(post(ark, item("image", url)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("short", "duration must be between 2 and 15"),
        ("long", "duration must be between 2 and 15"),
        ("slow", "24 to 60 frames per second, but got 12"),
        ("small", "407696 to 8295044 pixels"),
        ("narrow", "aspect ratio"),
        ("not-a-film", "cannot be decoded"),
    ],
)
def test_videos_have_limits(ark: httpx.Client, files: str, name: str, text: str) -> None:
    """Length, frame rate, pixels, ratio and format."""
    assert text in reason(post(ark, item("video", f"{files}/{name}.mp4")), "content[0].video_url.url")


def test_sounds_have_limits(ark: httpx.Client, files: str) -> None:
    """Length and format; a video is no sound."""
    good = item("image", f"{files}/good.png")
    param = "content[1].audio_url.url"
    assert "between 2 and 15" in reason(post(ark, good, item("audio", f"{files}/one.wav")), param)
    assert "holds no audio" in reason(post(ark, good, item("audio", f"{files}/two.mp4")), param)
    assert post(ark, good, item("audio", f"{files}/two.wav")).status_code == 200


def test_sums_have_limits(ark: httpx.Client, files: str) -> None:
    """All videos together, and all sounds together, make 15 s at most."""
    assert "total duration" in reason(post(ark, *[item("video", f"{files}/eight.mp4")] * 2), "content")
    sounds = [item("audio", f"{files}/eight.wav")] * 2
    assert "total duration" in reason(post(ark, item("image", f"{files}/good.png"), *sounds), "content")
    assert post(ark, *[item("video", f"{files}/five.mp4")] * 3).status_code == 200


def test_sound_alone_is_for_the_newer_model(ark: httpx.Client, files: str) -> None:
    """2.5 takes it, 2.0 does not."""
    sounds = item("audio", f"{files}/two.wav")
    assert post(ark, TEXT, sounds, model="doubao-seedance-2-5-260628").status_code == 200
    assert post(ark, TEXT, sounds).status_code == 400
