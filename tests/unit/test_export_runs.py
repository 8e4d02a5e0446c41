"""Exported code, run as it is against providers that answer from a list: what is sent, and when it stops."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import types
from pathlib import Path
from typing import Any

import httpx
import pytest

from seedance_nb.content import Audio, Content, Image, Video
from seedance_nb.export import Code, Form
from seedance_nb.export._dialects import dialect
from seedance_nb.request import Request

from . import export_samples as fake
from . import media_samples as samples
from .test_export import ALL, HOSTILE

FAKE_CURL = """\
import hashlib, json, os, sys
from pathlib import Path
sys.path[:0] = json.loads(os.environ["FAKE_PATH"])
home = Path(os.environ["FAKE_HOME"])
args, headers, out, body, url, method, form, timed = sys.argv[1:], [], None, None, None, None, None, False
while args:
    arg = args.pop(0)
    if arg in ("-sS", "-g", "-f", "-L", "--retry-all-errors"): continue
    value = args.pop(0) if arg.startswith("-") else arg
    if arg == "-H": headers += Path(value[1:]).read_text().splitlines() if value[0] == "@" else [value]
    elif arg == "-o": out = value
    elif arg == "-w": timed = value == "%{http_code}"
    elif arg == "-X": method = value
    elif arg == "-F": form = value
    elif arg == "--data-binary": body = sys.stdin.buffer.read() if value == "@-" else Path(value[1:]).read_bytes()
    elif arg in ("--max-time", "--retry", "--proto"): pass
    else:
        assert arg in ("--url", value), arg
        url = value
assert all("sk-planted" not in argument for argument in sys.argv)
if form: body = sys.stdin.buffer.read()
call = {"url": url, "method": method or ("POST" if body is not None else "GET"), "headers": headers, "form": form}
serial = len(list(home.glob("call-*")))
(home / f"body-{serial}").write_bytes(body or b"")
(home / f"call-{serial}").write_text(json.dumps(call))
for pattern, answers in json.loads((home / "answers").read_text()).items():
    if pattern in url:
        seen = home / ("seen-" + hashlib.sha256(pattern.encode()).hexdigest())
        count = int(seen.read_text()) if seen.exists() else 0
        seen.write_text(str(count + 1))
        status, text = answers[min(count, len(answers) - 1)]
        break
else:
    sys.exit(f"nobody at {url}")
Path(out).write_text(text)
if timed: print(status, end="")
"""


@pytest.fixture(autouse=True)
def _in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ARK_API_KEY", "ATLASCLOUD_API_KEY", "EACHLABS_API_KEY"):
        monkeypatch.setenv(name, "sk-planted")


ENDS = [(provider, word) for provider in ("ark", "atlas", "eachlabs") for word in dialect(provider).ended]


def run_python(code: Code, service: fake.Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Execute the source with httpx (and an SDK) whose network is `service`."""
    transport = httpx.MockTransport(service.answer)
    module: Any = types.ModuleType("httpx")
    module.TransportError = httpx.TransportError
    module.Client = lambda **options: httpx.Client(transport=transport, **options)

    def stream(method: str, url: str, *, timeout: float, follow_redirects: bool) -> Any:
        assert url in {fake.CLIP, fake.FRAME}
        return module.Client(timeout=timeout).stream(method, url)

    module.stream = stream
    module.put = lambda url, **parts: module.Client().put(
        url, content=parts["content"], headers=parts["headers"], timeout=parts["timeout"]
    )
    sdk: Any = types.ModuleType("volcenginesdkarkruntime")

    class Ark:
        def __init__(self, *, api_key: str, base_url: str, max_retries: int) -> None:
            client = module.Client(headers={"Authorization": f"Bearer {api_key}"})
            address = f"{base_url}/contents/generations/tasks"

            def create(**body: Any) -> Any:
                assert max_retries == 0
                return types.SimpleNamespace(**client.post(address, json=body).json())

            def get(*, task_id: str) -> Any:
                task = client.get(f"{address}/{task_id.replace('/', '%2F').replace(' ?', '%20%3F')}").json()
                content = types.SimpleNamespace(**task.get("content") or {})
                parts = {"content": content, "error": task.get("error"), "usage": task.get("usage")}
                return types.SimpleNamespace(status=task["status"], **parts)

            tasks = types.SimpleNamespace(create=create, get=get)
            self.content_generation = types.SimpleNamespace(tasks=tasks)

    sdk.Ark = Ark
    monkeypatch.setitem(sys.modules, "httpx", module)
    monkeypatch.setitem(sys.modules, "volcenginesdkarkruntime", sdk)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    exec(compile(code.text, "<code>", "exec"), {"__name__": "__main__"})


def run_shell(code: Code, answers: dict[str, list[tuple[int, Any]]], home: Path) -> tuple[Any, list[Any]]:
    """Run the script with a curl that answers from a list; gives the finished process and what curl was asked."""
    bin_, seen = home / "bin", home / "seen"
    bin_.mkdir()
    seen.mkdir()
    (bin_ / "fake.py").write_text(FAKE_CURL)
    scripts = {
        "curl": f'exec {sys.executable} -S {bin_ / "fake.py"} "$@"',
        "python3": f'exec {sys.executable} -S "$@"',
        "sleep": "",
    }
    for name, line in scripts.items():
        (bin_ / name).write_text(f"#!/bin/sh\n{line}\n")
        (bin_ / name).chmod(0o755)
    written = {
        pattern: [(status, said if isinstance(said, str) else json.dumps(said)) for status, said in entries]
        for pattern, entries in answers.items()
    }
    (seen / "answers").write_text(json.dumps(written))
    environment = os.environ | {"PATH": f"{bin_}:{os.environ['PATH']}", "FAKE_HOME": str(seen), "FAKE_PATH": "[]"}
    (home / "code.sh").write_text(code.text)
    done = subprocess.run(
        ["sh", str(home / "code.sh")], env=environment, cwd=home, capture_output=True, text=True, timeout=180
    )
    calls = []
    for serial in range(len(list(seen.glob("call-*")))):
        call = json.loads((seen / f"call-{serial}").read_text())
        calls.append(call | {"body": (seen / f"body-{serial}").read_bytes()})
    return done, calls


def shell_answers(provider: str, statuses: tuple[str, ...], unknown: int = 0) -> dict[str, list[tuple[int, Any]]]:
    looks = [(404, {})] * unknown + [(200, fake.told(provider, status)) for status in statuses]
    return {
        fake.CLIP: [(200, "mp4")],
        fake.FRAME: [(200, "png")],
        "/put/0": [(200, "")],
        "/put/1": [(200, "")],
        "/task%2F1%20%3F": looks,
        "/uploadMedia": [(200, {"data": {"download_url": f"https://public.example/{n}"}}) for n in range(2)],
        "/presign": [
            (
                200,
                {
                    "presigned_url": f"https://storage.example/put/{n}?X-Sig=f",
                    "public_url": f"https://public.example/{n}",
                    "required_headers": {"x-amz-meta-kind": "image"},
                },
            )
            for n in range(2)
        ],
        fake.PATHS[provider]: [(200, fake.created(provider))],
    }


def full_request(folder: Path, provider: str) -> Request:
    """References of every kind, two of them on this side, in a hostile prompt."""
    path = folder / "it's «a» $cat.png"
    path.write_bytes(samples.picture())
    (folder / "image_2.jpeg").write_bytes(samples.picture(800, 600, "JPEG"))
    return Request(
        Content(
            "[image 1] by @Image2 " + "\n".join(HOSTILE),
            Image(path, "reference_image"),
            Image(samples.picture(800, 600, "JPEG"), "reference_image"),
            Video("https://x.example/v.mp4?X-Sig=a%2Fb&c='d'", duration=3),
            Audio("https://x.example/a.mp3", duration=3),
        ),
        model="seedance-2.0-fast",
        ratio="9:16",
        resolution="480p",
        duration=7,
        seed=7,
        return_last_frame=provider != "eachlabs",
        callback_url="https://me.example/$hook?a=b",
    )


@pytest.mark.parametrize(("provider", "form"), [entry for entry in ALL if entry[1] != "curl"])
def test_python_sends_what_the_engine_sends(
    provider: str, form: Form, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same body, files by the same door; one create; it waits, saves clip and last frame, and prints the usage."""
    request = full_request(tmp_path, provider)
    service = fake.Service(provider, list(fake.STATUSES[provider]), unknown=2 * (provider == "atlas"))
    run_python(request.code(provider, form), service, monkeypatch)
    names = iter(range(2))
    address = (lambda sha: f"https://public.example/{next(names)}") if provider == "eachlabs" else _by_hash
    assert service.bodies == [fake.sent(request, provider, address)]
    assert service.keys == {"Bearer sk-planted"}
    assert (tmp_path / "clip-task%2F1%20%3F.mp4").read_bytes() == b"mp4"
    assert (tmp_path / "clip-task%2F1%20%3F-last.png").exists() == (provider != "eachlabs")
    said = capsys.readouterr().out
    assert "usage" in said
    if provider == "eachlabs":
        assert service.puts["/put/0"] == (samples.picture(), "image/png")
    if provider == "atlas":
        assert all('filename="image.' in head for _, head in service.puts.values())


def _by_hash(sha: str) -> str:
    return f"https://public.example/{sha}"


@pytest.mark.parametrize("provider", fake.PATHS)
def test_curl_sends_what_the_engine_sends(provider: str, tmp_path: Path) -> None:
    """The same for the script; the key is on no command line and not sent to the storage."""
    request = full_request(tmp_path, provider)
    answers = shell_answers(provider, fake.STATUSES[provider], unknown=2 * (provider == "atlas"))
    done, calls = run_shell(request.code(provider, "curl"), answers, tmp_path)
    assert done.returncode == 0, done.stderr
    creates = [call for call in calls if call["url"].endswith(fake.PATHS[provider])]
    assert len(creates) == 1
    names = iter(range(2))
    assert json.loads(creates[0]["body"]) == fake.sent(
        request, provider, lambda sha: f"https://public.example/{next(names)}"
    )
    for call in calls:
        has_key = "Authorization: Bearer sk-planted" in call["headers"]
        assert has_key == ("storage.example" not in call["url"])
    puts = [call for call in calls if call["method"] == "PUT" or call["form"]]
    if provider in {"atlas", "eachlabs"}:
        assert [call["body"] for call in puts] == [samples.picture(), samples.picture(800, 600, "JPEG")]
    if provider == "eachlabs":
        assert puts[0]["headers"] == ["Content-Type: image/png", "x-amz-meta-kind: image"]
    if provider == "atlas":
        assert puts[0]["form"] == "file=@-;filename=image.png;type=image/png"
    assert (tmp_path / "clip-task%2F1%20%3F.mp4").read_bytes() == b"mp4"
    assert (tmp_path / "clip-task%2F1%20%3F-last.png").exists() == (provider != "eachlabs")
    assert "usage {" in done.stdout


@pytest.mark.parametrize(("provider", "status"), ENDS)
def test_every_end_ends_the_code(provider: str, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that did not succeed is an error with the provider's reason, in every form, and nothing is saved."""
    request = Request("x", seed=1)
    for form in ("sdk", "httpx") if provider == "ark" else ("httpx",):
        service = fake.Service(provider, [status])
        with pytest.raises(RuntimeError, match=f"ended as {status}"):
            run_python(request.code(provider, form), service, monkeypatch)  # type: ignore[arg-type]
    done, _ = run_shell(request.code(provider, "curl"), shell_answers(provider, (status,)), tmp_path)
    assert done.returncode == 1
    assert f"ended as {status}" in done.stderr
    assert not list(tmp_path.glob("clip-*"))


@pytest.mark.parametrize("provider", ["ark", "atlas", "eachlabs"])
def test_a_status_that_nobody_knows_is_waited_for_and_not_for_ever(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task may be under way and paid for; after the longest wait the code stops and says so."""
    service = fake.Service(provider, ["archiving"])
    moments = iter(range(0, 10**6, 600))
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    with pytest.raises(RuntimeError, match="still archiving"):
        run_python(Request("x", seed=1).code(provider, "httpx"), service, monkeypatch)


def test_a_refused_create_is_not_sent_again(tmp_path: Path) -> None:
    """The provider's words are shown, and nothing is polled."""
    answers = shell_answers("ark", ("queued",)) | {fake.PATHS["ark"]: [(400, {"error": {"code": "Bad"}})]}
    done, calls = run_shell(Request("x", seed=1).code("ark", "curl"), answers, tmp_path)
    assert (done.returncode, len(calls)) == (1, 1)
    assert '400 {"error"' in done.stderr


def test_a_missing_file_stops_the_script_before_anything_is_sent(tmp_path: Path) -> None:
    """Files are opened first; so is the environment."""
    code = Request(Content("x", Image("no such.png"))).code("ark", "curl")
    done, calls = run_shell(code, shell_answers("ark", ("queued",)), tmp_path)
    assert (done.returncode, calls) == (1, [])
    assert "There is no file no such.png" in done.stderr
