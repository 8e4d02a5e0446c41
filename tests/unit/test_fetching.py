"""Where a provider's answer may send us, and where not."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from seedance_nb.engine.fetching import checked_address, download
from seedance_nb.errors import ArtifactExpiredError, NotKeptError, TransportError

PUBLIC = "93.184.215.14"


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver of the test's own: no test asks a real one."""
    names = {"clips.example": PUBLIC, "inside.example": "10.0.0.8", "mapped.example": "::ffff:192.168.0.4"}
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        if host in names:
            address = names[host]
        else:
            try:
                socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)
            except OSError:
                raise socket.gaierror("no such host") from None
            address = host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://clips.example/a.mp4",
        "ftp://clips.example/a.mp4",
        "https://inside.example/a.mp4",
        "https://mapped.example/a.mp4",
        "https://10.1.2.3/a.mp4",
        "https://127.0.0.1/a.mp4",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.mp4",
        "https://[fd00::1]/a.mp4",
        "https://224.0.0.1/a.mp4",
        "https:///a.mp4",
        "//clips.example/a.mp4",
        "",
    ],
)
def test_a_clip_is_fetched_from_public_https_only(url: str) -> None:
    """Files, plain http, private, link-local and loopback addresses are refused."""
    with pytest.raises(NotKeptError, match="was not fetched"):
        checked_address(url, loopback=False)


def test_the_sandbox_may_name_this_machine_and_nothing_else_private() -> None:
    """Loopback is for the sandbox; the rest of a private network stays out of reach."""
    checked_address("http://127.0.0.1:8765/tos/a.mp4", loopback=True)
    checked_address("https://clips.example/a.mp4", loopback=True)
    for url in ("https://inside.example/a.mp4", "http://10.0.0.8/a.mp4", "file:///etc/passwd"):
        with pytest.raises(NotKeptError):
            checked_address(url, loopback=True)


def test_a_host_that_is_not_found_may_be_found_later() -> None:
    """A failing resolver is trouble on the way, not an answer."""
    with pytest.raises(TransportError):
        checked_address("https://nowhere.example/a.mp4", loopback=False)


def fetched(answer: Any, target: Path, url: str = "https://clips.example/a.mp4?X-Tos-Signature=planted") -> Any:
    async def go() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer), follow_redirects=False) as client:
            return await download(client, url, target, loopback=False, verify=lambda path: None)

    return asyncio.run(go())


@pytest.mark.parametrize(
    "location", ["http://clips.example/b.mp4", "file:///etc/passwd", "https://inside.example/", "https://127.0.0.1/"]
)
def test_a_redirect_leads_nowhere_a_clip_could_not(tmp_path: Path, location: str) -> None:
    """Each hop is checked like the first address, and nothing is written."""
    with pytest.raises(NotKeptError):
        fetched(lambda request: httpx.Response(302, headers={"location": location}), tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_redirects_end(tmp_path: Path) -> None:
    """A circle of redirects is left."""
    with pytest.raises(NotKeptError, match="redirects"):
        fetched(lambda request: httpx.Response(302, headers={"location": str(request.url)}), tmp_path / "a.mp4")


def test_a_redirect_within_the_rules_is_followed(tmp_path: Path) -> None:
    """A provider may move a clip to another public host."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/a.mp4":
            return httpx.Response(302, headers={"location": "/b.mp4"})
        return httpx.Response(200, content=b"clip")

    assert fetched(answer, tmp_path / "a.mp4").path.read_bytes() == b"clip"


@pytest.mark.parametrize(
    ("status", "error"),
    [(403, ArtifactExpiredError), (404, ArtifactExpiredError), (500, TransportError), (204, TransportError)],
)
def test_an_answer_without_the_clip_leaves_no_file(tmp_path: Path, status: int, error: type[Exception]) -> None:
    """Only a 200 makes a file, and no error shows the signature."""
    with pytest.raises(error) as caught:
        fetched(lambda request: httpx.Response(status, content=b"no"), tmp_path / "a.mp4")
    assert "planted" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
