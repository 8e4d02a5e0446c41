"""What the sandbox as Atlas Cloud takes: parameters of each kind of model, media, and uploads."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Iterator
from typing import Any

import av
import httpx
import numpy as np
import pytest
from PIL import Image

from seedance_nb import sandbox as sb
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec
from seedance_nb.sandbox.dialects._atlas_errors import AtlasError
from seedance_nb.sandbox.dialects._atlas_uploads import Upload, UploadShelf, read_upload

FAMILIES = ("seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini")
TEXT = "bytedance/seedance-2.0/text-to-video"
FRAMES = "bytedance/seedance-2.0/image-to-video"
REFERENCES = "bytedance/seedance-2.0/reference-to-video"


def picture(width: int = 400, height: int = 300, name: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "olive").save(file, name)
    return file.getvalue()


def film(seconds: float) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 640, 640, "yuv420p"
        stream.options = {"preset": "ultrafast"}
        frame = av.VideoFrame.from_ndarray(np.zeros((640, 640, 3), np.uint8), format="rgb24")
        for index in range(round(seconds * 24)):
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


def uri(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


PICTURE = uri(picture())
WIDE = uri(picture(1200, 480))
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
def atlas(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer k"}
    with httpx.Client(base_url=sandbox.url("atlas"), headers=headers, timeout=180) as client:
        yield client


@pytest.fixture(scope="module")
def refusing() -> Iterator[Sandbox]:
    """One sandbox for all tests that must not make a task."""
    with sb.start(speed=0, render=watched) as running:
        yield running
        assert running.created == 0


@pytest.fixture(scope="module")
def strict(refusing: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=refusing.url("atlas"), headers={"Authorization": "Bearer k"}, timeout=180) as client:
        yield client


def post(atlas: httpx.Client, **body: Any) -> httpx.Response:
    return atlas.post("/model/generateVideo", json={"model": TEXT, "prompt": "A cat yawns"} | body)


def completed(atlas: httpx.Client, **body: Any) -> ClipSpec:
    """What was rendered for a request."""
    answer = post(atlas, **body)
    assert answer.status_code == 200, answer.text
    url = f"/model/prediction/{answer.json()['data']['id']}"
    while (data := atlas.get(url).json()["data"])["status"] != "completed":
        assert data["status"] in ("starting", "processing")
    return SPECS[-1]


def refused(answer: httpx.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == status
    return str(answer.json()["msg"])


def uploaded(atlas: httpx.Client, name: str, data: bytes, kind: str) -> dict[str, Any]:
    answer = atlas.post("/model/uploadMedia", files={"file": (name, data, kind)})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["code"], answer.json()["message"]) == (200, "")
    return dict(answer.json()["data"])


# -- the body --


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_has_three_kinds(atlas: httpx.Client, family: str) -> None:
    """Text, image and reference to video, all with a prompt."""
    for kind, media in (
        ("text-to-video", {}),
        ("image-to-video", {"image": PICTURE}),
        ("reference-to-video", {"reference_images": [PICTURE]}),
    ):
        answer = post(atlas, model=f"bytedance/{family}/{kind}", **media)
        assert answer.status_code == 200, answer.text


def test_defaults(atlas: httpx.Client) -> None:
    """Five seconds of 720p with sound, no watermark, and a seed of its own."""
    spec = completed(atlas)
    assert (spec.width, spec.height, spec.frames) == (1280, 720, 121)
    assert (spec.audio, spec.watermark, spec.mode, spec.model) == (True, False, "text", TEXT)


def test_values_reach_the_clip(atlas: httpx.Client) -> None:
    """Ratio, resolution, duration, seed, sound and watermark."""
    spec = completed(
        atlas, resolution="480p", ratio="9:16", duration=7, seed=2**32 - 1, generate_audio=False, watermark=True
    )
    assert (spec.width, spec.height, spec.frames) == (496, 864, 169)
    assert (spec.seed, spec.audio, spec.watermark) == (2**32 - 1, False, True)


@pytest.mark.parametrize(
    ("family", "resolution", "size"),
    [
        ("seedance-2.0", "1080p", (1920, 1080)),
        ("seedance-2.0", "4k", (3840, 2160)),
        ("seedance-2.0-fast", "720p-SR", (1280, 720)),
        ("seedance-2.0-mini", "1080p-SR", (1920, 1080)),
        ("seedance-2.0-mini", "1440p-SR", (2560, 1440)),
    ],
)
def test_resolutions_depend_on_the_family(
    atlas: httpx.Client, family: str, resolution: str, size: tuple[int, int]
) -> None:
    """Ark's own, and the upscaled ones."""
    spec = completed(atlas, model=f"bytedance/{family}/text-to-video", resolution=resolution, ratio="16:9")
    assert (spec.width, spec.height) == size


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"prompt": None}, "prompt"),
        ({"prompt": "  "}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"model": None}, "model"),
        ({"model": 5}, "model"),
        ({"duration": 3}, "duration"),
        ({"duration": 16}, "duration"),
        ({"duration": "5"}, "duration"),
        ({"duration": True}, "duration"),
        ({"resolution": "8k"}, "resolution"),
        ({"model": "bytedance/seedance-2.0-fast/text-to-video", "resolution": "1080p"}, "resolution"),
        ({"model": "bytedance/seedance-2.0-mini/text-to-video", "resolution": "4k"}, "resolution"),
        ({"ratio": "9:21"}, "ratio"),
        ({"seed": -2}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"seed": "1"}, "seed"),
        ({"generate_audio": "yes"}, "generate_audio"),
        ({"watermark": 1}, "watermark"),
        ({"return_last_frame": "no"}, "return_last_frame"),
        ({"web_search": "no"}, "web_search"),
        ({"model": "bytedance/seedance-2.0-mini/text-to-video", "bitrate_mode": "low"}, "bitrate_mode"),
        ({"model": FRAMES}, "image"),
        ({"model": FRAMES, "image": 5}, "image"),
        ({"model": FRAMES, "image": "cat.png"}, "image"),
        ({"model": FRAMES, "image": PICTURE, "last_image": "asset://x"}, "last_image"),
        ({"model": FRAMES, "image": PICTURE, "prompt": 5}, "prompt"),
        ({"model": REFERENCES}, "reference_images"),
        ({"model": REFERENCES, "reference_images": PICTURE}, "reference_images"),
        ({"model": REFERENCES, "reference_images": [PICTURE] * 10}, "reference_images"),
        ({"model": REFERENCES, "reference_videos": ["https://x.example/a.mp4"] * 4}, "reference_videos"),
        ({"model": REFERENCES, "reference_videos": [uri(film(2), "video/mp4")]}, "reference_videos[0]"),
        ({"model": REFERENCES, "reference_audios": [uri(sound(3), "audio/wav")]}, "reference_images"),
        ({"model": REFERENCES, "reference_images": [PICTURE], "prompt": ""}, "prompt"),
        ({"model": REFERENCES, "reference_images": [PICTURE, None]}, "reference_images[1]"),
    ],
)
def test_a_body_that_does_not_fit_is_refused(
    strict: httpx.Client, refusing: Sandbox, more: dict[str, Any], name: str
) -> None:
    """400 with the name of the parameter, and no task."""
    assert name in refused(post(strict, **more))
    assert refusing.created == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"cat"', b"\xff"])
def test_a_body_that_is_no_object_is_refused(strict: httpx.Client, content: bytes) -> None:
    """400."""
    assert "JSON" in refused(strict.post("/model/generateVideo", content=content))


def test_an_unknown_model_is_not_found(strict: httpx.Client) -> None:
    """404."""
    assert "Model not found" in refused(post(strict, model="bytedance/seedance-2.0/dream-to-video"), 404)


def test_nested_parameters_are_missing(strict: httpx.Client, refusing: Sandbox) -> None:
    """The template with `input` is stale: what it holds is not seen."""
    answer = strict.post("/model/generateVideo", json={"model": TEXT, "input": {"prompt": "A cat"}})
    assert refused(answer) == "Missing required parameter: prompt."
    assert refusing.created == 0


def test_fields_a_model_does_not_have_are_ignored(atlas: httpx.Client) -> None:
    """Whatever they hold; a null is absent."""
    spec = completed(
        atlas, width=512, height=512, fps=30, aspect_ratio="9:16", bitrate_mode="low", image=5, seed=None, ratio="1:1"
    )
    assert (spec.width, spec.height) == (960, 960)
    assert post(atlas, model=FRAMES, image=PICTURE, web_search="what").status_code == 200
    assert post(atlas, web_search=True).status_code == 200
    assert post(atlas, model="bytedance/seedance-2.0-mini/text-to-video", bitrate_mode="high").status_code == 200


# -- media --


def test_frames_decide_mode_and_ratio(atlas: httpx.Client) -> None:
    """The first frame alone, without a prompt, or both."""
    spec = completed(atlas, model=FRAMES, prompt=None, image=WIDE, resolution="480p")
    assert (spec.mode, spec.width, spec.height) == ("first_frame", 992, 432)
    assert (spec.first_frame, spec.last_frame) == (picture(1200, 480), None)
    spec = completed(atlas, model=FRAMES, image=WIDE, last_image=PICTURE)
    assert (spec.mode, spec.last_frame, spec.images) == ("first_last_frame", picture(), ())


def test_references_of_all_kinds_come_from_the_store(atlas: httpx.Client, sandbox: Sandbox) -> None:
    """Files that were uploaded; seconds of the video are billed at the lower price."""
    clip = film(2)
    spec = completed(
        atlas,
        model=REFERENCES,
        reference_images=[uploaded(atlas, "cat.png", picture(), "image/png")["download_url"], PICTURE],
        reference_videos=[uploaded(atlas, "cat.mp4", clip, "video/mp4")["download_url"]],
        reference_audios=[uploaded(atlas, "cat.wav", sound(3), "audio/wav")["download_url"]],
        duration=4,
    )
    assert (spec.mode, spec.width, spec.height) == ("reference", 960, 960)
    assert (spec.images, spec.videos, spec.audios) == ((picture(), picture()), (clip,), (sound(3),))
    (bill,) = sandbox.bills
    assert bill["tokens"] == 21_600 * 6
    assert float(bill["amount"]) == pytest.approx(0.00688 * 21.6 * 6)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"model": FRAMES, "image": "http://127.0.0.1:9/cat.png"}, "resource download failed"),
        ({"model": FRAMES, "image": "http://example.com/cat.png"}, "resource download failed"),
        ({"model": FRAMES, "image": uri(picture(299, 300))}, "width and height must be between 300 and 6000"),
        ({"model": FRAMES, "image": PICTURE, "last_image": uri(b"no picture")}, "`last_image`"),
        ({"model": FRAMES, "image": "data:image/PNG;base64,AAAA"}, "base64"),
        (
            {"model": REFERENCES, "reference_images": [PICTURE], "reference_audios": [uri(sound(1), "audio/wav")]},
            "`reference_audios[0]`",
        ),
        (
            {
                "model": REFERENCES,
                "reference_images": [PICTURE],
                "reference_audios": [uri(sound(8), "audio/wav")] * 2,
            },
            "total duration",
        ),
    ],
)
def test_media_are_checked_as_ark_does(
    strict: httpx.Client, refusing: Sandbox, body: dict[str, Any], text: str
) -> None:
    """400 with Ark's words, and no task."""
    assert text in refused(post(strict, **body))
    assert refusing.created == 0


# -- uploads --


@pytest.mark.parametrize(
    ("name", "kind"),
    [("cat.png", "image/png"), ("кот 1.jpg", "image/jpeg"), ("a.mp4", "video/mp4"), ("a.mp3", "audio/mpeg")],
)
def test_an_upload_is_served_again(strict: httpx.Client, name: str, kind: str) -> None:
    """The very bytes, at a URL that asks for no key."""
    data = bytes(range(256)) + b"\r\n--\r\n\r\n"
    found = uploaded(strict, name, data, kind)
    assert list(found) == ["type", "download_url", "filename", "size"]
    assert (found["type"], found["filename"], found["size"]) == (kind.partition("/")[0], name, len(data))
    answer = httpx.get(found["download_url"])
    assert (answer.content, answer.headers["content-type"]) == (data, kind)
    assert httpx.head(found["download_url"]).headers["content-length"] == str(len(data))


def test_the_name_says_what_an_unnamed_kind_is(strict: httpx.Client) -> None:
    """Clients that send no content type, or a general one."""
    assert uploaded(strict, "cat.webp", picture(), "application/octet-stream")["type"] == "image"


def test_the_part_is_found_among_others(strict: httpx.Client) -> None:
    """Fields beside `file` do not matter."""
    answer = strict.post("/model/uploadMedia", data={"note": "x"}, files={"file": ("a.png", b"1234", "image/png")})
    assert answer.json()["data"]["size"] == 4


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"--x\r\n\r\n"),
        ("multipart/form-data; boundary=x", b""),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nab',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="fil"\r\n\r\nab\r\n--x--\r\n',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nab\r\n--x--\r\n',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nab\r\n--x--\r\n',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\r\n--x--\r\n',
        ),
    ],
)
def test_a_form_that_does_not_fit_is_refused(strict: httpx.Client, content_type: str, body: bytes) -> None:
    """No form, not all of it, no part `file`, no name, no medium, or an empty one."""
    answer = strict.post("/model/uploadMedia", content=body, headers={"Content-Type": content_type})
    refused(answer)


def test_a_path_in_a_filename_is_dropped() -> None:
    """Only its last component is kept."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../b/c.png"\r\n\r\n'
    assert read_upload("multipart/form-data; boundary=x", head + b"1\r\n--x--").filename == "c.png"
    with pytest.raises(AtlasError):
        read_upload("multipart/form-data; boundary=x", head + b"1\r\n--x")


def test_a_request_above_50_mb_is_refused(strict: httpx.Client, refusing: Sandbox) -> None:
    """413, whatever it asks for, also above the limit that all dialects share."""
    for size in (50, 65):
        answer = strict.post("/model/uploadMedia", content=bytes(size * 1024 * 1024 + 1))
        refused(answer, 413)


def test_an_upload_that_is_not_there(strict: httpx.Client, refusing: Sandbox) -> None:
    """404."""
    for name in ("media/0/a.png", "media/", "else"):
        assert strict.get(f"http://127.0.0.1:{refusing.port}/atlas-storage/{name}").status_code == 404


def test_old_uploads_make_room() -> None:
    """Memory is bounded by bytes; the oldest goes first, the newest stays however large."""
    shelf = UploadShelf(kept_bytes=250)
    names = [shelf.add(Upload("a.png", "image/png", bytes(100)), str(number)) for number in range(3)]
    assert [shelf.get(name) is None for name in names] == [True, False, False]
    large = shelf.add(Upload("b.png", "image/png", bytes(1000)), "large")
    assert [shelf.get(name) is None for name in (*names, large)] == [True, True, True, False]
