"""Exported code as a person would run it: in a process of its own, unchanged, against the sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from seedance_nb import sandbox as sb
from seedance_nb.content import Audio, Content, Image, Video
from seedance_nb.export import Form
from seedance_nb.request import Request
from seedance_nb.sandbox import Fault, Scenario
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec, render
from seedance_nb.studio import Studio

KEYS = {"ark": "ARK_API_KEY", "byteplus": "ARK_API_KEY", "atlas": "ATLASCLOUD_API_KEY", "eachlabs": "EACHLABS_API_KEY"}
FORMS: list[tuple[str, Form]] = [
    ("ark", "sdk"),
    ("ark", "httpx"),
    ("ark", "curl"),
    ("byteplus", "sdk"),
    ("byteplus", "httpx"),
    ("byteplus", "curl"),
    ("atlas", "httpx"),
    ("atlas", "curl"),
    ("eachlabs", "httpx"),
    ("eachlabs", "curl"),
]
PROMPT = 'The cat\'s "yawn" $HOME `x` \\n 打哈欠 🐈\nJSON\nEOF'


@pytest.fixture
def specs() -> list[ClipSpec]:
    """What the sandbox was asked to render."""
    return []


@pytest.fixture
def box(small_clip: Clip, specs: list[ClipSpec]) -> Iterator[Sandbox]:
    def remember(spec: ClipSpec) -> Clip:
        specs.append(spec)
        return small_clip

    # Over in no time, so that the first look of the code finds the end and no time goes by waiting.
    with sb.start(scenario=Scenario(queue=0, run=0), render=remember) as started:
        yield started


def run(request: Request, provider: str, form: Form, box: Sandbox, folder: Path) -> subprocess.CompletedProcess[str]:
    """Write the code to a file and run it there."""
    folder.mkdir(exist_ok=True)
    name = "code.sh" if form == "curl" else "code.py"
    (folder / name).write_text(request.code(provider, form).text, "utf-8")
    environment = os.environ | {
        f"SEEDANCE_NB_{provider.upper()}_URL": box.url(provider),
        KEYS[provider]: sb.KEY,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    command = ["sh", name] if form == "curl" else [sys.executable, name]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180)


def requests(kind: str, provider: str, folder: Path, box: Sandbox) -> Request:
    """A text alone, a first frame from a file, or references from a file and from addresses."""
    chosen: dict[str, Any] = {"model": "seedance-2.0-fast", "resolution": "480p", "ratio": "9:16", "duration": 4}
    chosen |= {"seed": 11, "generate_audio": False}
    if kind == "text":
        return Request(PROMPT, **chosen)
    picture = sb.picture("a cat", 640, 480, path=folder / "it's a cat.png")
    if kind == "first_frame":
        chosen["return_last_frame"] = provider != "eachlabs"
        return Request(Content(PROMPT, Image(picture, "first_frame")), **chosen)
    (folder / "image_2.png").write_bytes(sb.picture("a fox", 640, 640))
    items: list[Any] = [
        Image(picture, "reference_image"),
        Image((folder / "image_2.png").read_bytes(), "reference_image"),
        _sound(folder / "sound.wav"),
    ]
    return Request(Content("[image 1] beside [image 2]. " + PROMPT, *items), **chosen)


def _sound(path: Path) -> Audio:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 8000 * 3)
    return Audio(path)


@pytest.mark.filterwarnings("ignore:No price of .* at eachlabs:UserWarning")
@pytest.mark.filterwarnings("ignore:.*is not certain that EachLabs takes:UserWarning")
@pytest.mark.parametrize("kind", ["text", "first_frame", "reference"])
@pytest.mark.parametrize(("provider", "form"), FORMS)
def test_the_code_makes_the_clip_that_submit_makes(
    provider: str, form: Form, kind: str, box: Sandbox, specs: list[ClipSpec], tmp_path: Path
) -> None:
    """It ends with 0 and a clip that plays; the sandbox was asked for the same, and bills the same."""
    folder = tmp_path / "there"
    folder.mkdir()
    request = requests(kind, provider, folder, box)
    done = run(request, provider, form, box, folder)
    assert done.returncode == 0, done.stderr
    assert (box.creates, box.created) == (1, 1)
    assert done.stdout.count("saved") == (2 if request.return_last_frame else 1)
    assert "usage" in done.stdout
    (clip,) = folder.glob("clip-*.mp4")
    with av.open(str(clip)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 25
    assert len(list(folder.glob("clip-*-last.png"))) == request.return_last_frame
    with Studio(provider, key=sb.KEY, base_url=box.url(provider), home=tmp_path / "home") as studio:
        studio.submit(request).wait(timeout=180)
    assert all(spec == specs[0] for spec in specs)  # with all media; what is equal may be rendered once
    exported, submitted = ({k: v for k, v in bill.items() if k not in {"task_id", "at"}} for bill in box.bills)
    assert exported == submitted


def test_tasks_of_code_and_package_have_the_same_fields(box: Sandbox, tmp_path: Path) -> None:
    """Ark's own record of the task: seed, ratio, resolution, length, usage, and every echoed parameter."""
    request = Request(PROMPT, ratio="21:9", resolution="480p", duration=6, seed=3, priority=4, safety_identifier="me")
    box.scenario = Scenario(queue=0, run=1)
    for form in ("sdk", "httpx", "curl"):
        done = run(request, "ark", form, box, tmp_path / form)  # type: ignore[arg-type]
        assert done.returncode == 0, done.stderr
        assert "running\nsucceeded\nusage" in done.stdout
    with Studio("ark", key=sb.KEY, base_url=box.url("ark"), home=tmp_path / "home") as studio:
        studio.submit(request).wait(timeout=180)
    listed = httpx.get(box.url("ark") + "/contents/generations/tasks", headers={"Authorization": f"Bearer {sb.KEY}"})
    tasks = [
        {k: v for k, v in task.items() if k not in {"id", "content", "created_at", "updated_at"}}
        for task in listed.json()["items"]
    ]
    assert len(tasks) == 4
    assert tasks[1:] == tasks[:-1]
    assert (tasks[0]["seed"], tasks[0]["ratio"], tasks[0]["priority"]) == (3, "21:9", 4)


@pytest.mark.parametrize(("provider", "form"), FORMS)
def test_a_failed_task_ends_the_code(provider: str, form: Form, box: Sandbox, tmp_path: Path) -> None:
    """Exit code 1, the provider's reason, no clip, and one create only."""
    box.scenario = Scenario(queue=0, run=0, then="failed")
    done = run(Request("x", duration=4, resolution="480p", seed=1), provider, form, box, tmp_path)
    assert done.returncode == 1
    assert "ended as" in done.stderr
    assert box.creates == 1
    assert not list(tmp_path.glob("clip-*"))


@pytest.mark.parametrize(("provider", "form"), FORMS)
def test_a_create_is_sent_once_even_when_the_server_stumbles(
    provider: str, form: Form, box: Sandbox, tmp_path: Path
) -> None:
    """A 500 to the create is the end; nobody knows whether a second one would be a second clip."""
    box.scenario = Scenario(faults=(Fault("server_error", times=None),))
    done = run(Request("x", duration=4, resolution="480p", seed=1), provider, form, box, tmp_path)
    assert done.returncode == 1
    assert "500" in done.stderr
    assert box.creates == 1


def test_reading_goes_on_after_a_stumble(box: Sandbox, tmp_path: Path) -> None:
    """A 500 to a look is passing."""
    for form in ("sdk", "httpx", "curl"):
        box.scenario = Scenario(queue=0, run=0, faults=(Fault("server_error", on="get"),))
        done = run(Request("x", duration=4, resolution="480p", seed=1), "ark", form, box, tmp_path / form)  # type: ignore[arg-type]
        assert done.returncode == 0, done.stderr


def test_a_clip_behind_a_signed_address(tmp_path: Path) -> None:
    """The address arrives as it was given, signature and all: the sandbox reads the clip behind it."""
    long_enough = render(ClipSpec(640, 640, 49, "x", 1, "m", "text", audio=False, watermark=False))
    with sb.start(scenario=Scenario(queue=0, run=0), render=lambda spec: long_enough) as box:
        headers = {"Authorization": f"Bearer {sb.KEY}"}
        tasks = box.url("ark") + "/contents/generations/tasks"
        body = {"model": "doubao-seedance-2-0-260128", "content": [{"type": "text", "text": "x"}], "duration": 4}
        made = httpx.post(tasks, json=body, headers=headers).json()
        while (task := httpx.get(f"{tasks}/{made['id']}", headers=headers).json())["status"] != "succeeded":
            assert task["status"] in {"queued", "running"}
        url = task["content"]["video_url"]
        assert "?" in url
        content = Content("Go on from [video 1]", Video(url, duration=2))
        request = Request(content, duration=4, resolution="480p", seed=2)
        for form in ("sdk", "httpx", "curl"):
            done = run(request, "ark", form, box, tmp_path / form)  # type: ignore[arg-type]
            assert done.returncode == 0, done.stderr
        assert box.created == 4
