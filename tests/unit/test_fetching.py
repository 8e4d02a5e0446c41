"""Where a provider's answer may send us, and how a download that breaks goes on."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from seedance_nb.engine.fetching import checked_address, fetch
from seedance_nb.engine.parts import Kept, Part
from seedance_nb.errors import ArtifactExpiredError, NotKeptError, TransportError

PUBLIC = "93.184.215.14"
CLIP = bytes(range(256)) * 40
SIGNED = "https://clips.example/a.mp4?X-Tos-Signature=planted"
Answer = Callable[[httpx.Request], httpx.Response]


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


def fetched(target: Path, *answers: Answer, patience: float = 60.0) -> Kept:
    """What one part becomes by one try for each answer; the last one has to succeed."""

    async def go() -> Kept:
        part = Part(target)
        try:
            for number, answer in enumerate(answers, 1):
                async with httpx.AsyncClient(transport=httpx.MockTransport(answer), follow_redirects=False) as client:
                    try:
                        await fetch(client, SIGNED, part, loopback=False, patience=patience)
                    except TransportError:
                        if number == len(answers):
                            raise
            part.finish()
            return part.publish()
        finally:
            part.drop()

    return asyncio.run(go())


@pytest.mark.parametrize(
    "location", ["http://clips.example/b.mp4", "file:///etc/passwd", "https://inside.example/", "https://127.0.0.1/"]
)
def test_a_redirect_leads_nowhere_a_clip_could_not(tmp_path: Path, location: str) -> None:
    """Each hop is checked like the first address, and nothing is written."""
    with pytest.raises(NotKeptError):
        fetched(tmp_path / "a.mp4", lambda request: httpx.Response(302, headers={"location": location}))
    assert list(tmp_path.iterdir()) == []


def test_redirects_end(tmp_path: Path) -> None:
    """A circle of redirects is left."""
    with pytest.raises(NotKeptError, match="redirects"):
        fetched(tmp_path / "a.mp4", lambda request: httpx.Response(302, headers={"location": str(request.url)}))


def test_a_redirect_within_the_rules_is_followed(tmp_path: Path) -> None:
    """A provider may move a clip to another public host."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/a.mp4":
            return httpx.Response(302, headers={"location": "/b.mp4"})
        return httpx.Response(200, content=b"clip")

    assert fetched(tmp_path / "a.mp4", answer).path.read_bytes() == b"clip"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, ArtifactExpiredError),
        (404, ArtifactExpiredError),
        (500, TransportError),
        (204, TransportError),
        (206, TransportError),
        (416, TransportError),
    ],
)
def test_an_answer_without_the_clip_leaves_no_file(tmp_path: Path, status: int, error: type[Exception]) -> None:
    """Only a 200 makes a file, and no error shows the signature."""
    with pytest.raises(error) as caught:
        fetched(tmp_path / "a.mp4", lambda request: httpx.Response(status, content=b"no"))
    assert "planted" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


# -- going on --


class Pieces(httpx.AsyncByteStream):
    """A body that comes in pieces and then breaks, ends or says nothing more."""

    def __init__(self, *pieces: bytes, then: str = "end") -> None:
        self.pieces, self.then = pieces, then

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
        if self.then == "break":
            raise httpx.ReadError("connection reset")
        if self.then == "silence":
            await asyncio.Event().wait()


class Store:
    """An object store with one clip, whose answers break off after so many bytes."""

    def __init__(self, content: bytes = CLIP, etag: str = '"one"', *, cut: int | None = None, ranges: bool = True):
        self.content, self.etag, self.cut, self.ranges = content, etag, cut, ranges
        self.asked: list[tuple[str | None, str | None]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        wanted, on_condition = request.headers.get("range"), request.headers.get("if-range")
        self.asked.append((wanted, on_condition))
        assert request.headers["accept-encoding"] == "identity"
        headers, body, status = {"etag": self.etag}, self.content, 200
        if self.ranges and wanted and on_condition in {None, self.etag}:
            first = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if first >= len(body):
                return httpx.Response(416, headers={"content-range": f"bytes */{len(body)}"})
            headers["content-range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
            body, status = body[first:], 206
        headers["content-length"] = str(len(body))
        if self.cut is not None:
            return httpx.Response(status, headers=headers, stream=Pieces(body[: self.cut], then="break"))
        return httpx.Response(status, headers=headers, stream=Pieces(body))


def is_whole(kept: Kept, content: bytes = CLIP) -> bool:
    """The file, what was counted and what was hashed are one and the same."""
    return (kept.path.read_bytes(), kept.sha256, kept.bytes) == (
        content,
        hashlib.sha256(content).hexdigest(),
        len(content),
    )


def test_a_broken_download_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """The rest of the very same file is asked for, as often as it breaks, and hashed with what was there."""
    first, second, third = Store(cut=1_000), Store(cut=5_000), Store()
    assert is_whole(fetched(tmp_path / "a.mp4", first, second, third))
    assert first.asked == [(None, None)]
    assert second.asked == [("bytes=1000-", '"one"')]
    assert third.asked == [("bytes=6000-", '"one"')]
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


OTHER = bytes(9_000)


@pytest.mark.parametrize(
    ("second", "content", "asks"),
    [
        (Store(ranges=False), CLIP, 1),
        (Store(OTHER, '"two"'), OTHER, 1),
        (Store(bytes(100)), bytes(100), 2),
    ],
    ids=["a server without ranges", "another file by now", "416: it is shorter by now"],
)
def test_what_cannot_go_on_starts_anew(tmp_path: Path, second: Store, content: bytes, asks: int) -> None:
    """Two files are never mixed: the whole comes again, in the same try."""
    assert is_whole(fetched(tmp_path / "a.mp4", Store(cut=1_000), second), content)
    assert len(second.asked) == asks
    assert second.asked[0] == ("bytes=1000-", '"one"')


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_a_file_without_a_strong_name_is_never_pieced_together(tmp_path: Path, etag: str) -> None:
    """Without an ETag that stands for the bytes nobody knows whether two pieces fit."""
    second = Store()
    assert is_whole(fetched(tmp_path / "a.mp4", Store(etag=etag, cut=1_000), second))
    assert second.asked == [(None, None)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-range": "bytes 0-10239/10240"},
        {"content-range": "bytes 1000-10239/10241"},
        {"content-range": "bytes 1000-20000/10240"},
        {"content-range": "bytes 1000-10239/*"},
        {"content-range": "bytes 1000-10239/10240", "etag": '"two"'},
        {"content-range": "bytes 1000-10239/10240", "etag": '"one"', "content-encoding": "gzip"},
    ],
)
def test_a_piece_that_does_not_fit_is_not_taken(tmp_path: Path, headers: dict[str, str]) -> None:
    """Another place, size, version or packing than was asked for: what is here is given up, and the whole comes."""
    last = Store()

    def wrong(request: httpx.Request) -> httpx.Response:
        return httpx.Response(206, headers=headers, stream=Pieces(CLIP[1_000:]))

    assert is_whole(fetched(tmp_path / "a.mp4", Store(cut=1_000), wrong, last))
    assert last.asked == [(None, None)]


@pytest.mark.parametrize("body", [CLIP[:-1], CLIP + b"!"])
def test_a_length_that_was_not_announced_is_not_the_file(tmp_path: Path, body: bytes) -> None:
    """Short or long, it is not kept."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-length": str(len(CLIP))}, stream=Pieces(body))

    with pytest.raises(TransportError, match=f"{len(body):,} of {len(CLIP):,} bytes"):
        fetched(tmp_path / "a.mp4", answer)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("pieces", [(), (CLIP[:1_000],), tuple(CLIP[n : n + 1] for n in range(100))])
def test_a_sender_that_does_not_get_on_is_left(tmp_path: Path, pieces: Sequence[bytes]) -> None:
    """Silence or drops: it ends, and the next try asks for the rest."""
    has = sum(map(len, pieces))

    def slow(request: httpx.Request) -> httpx.Response:
        headers = {"etag": '"one"', "content-length": str(len(CLIP))}
        return httpx.Response(200, headers=headers, stream=Pieces(*pieces, then="silence"))

    second = Store()
    assert is_whole(fetched(tmp_path / "a.mp4", slow, second, patience=0.05))
    assert second.asked == [(f"bytes={has}-", '"one"') if has else (None, None)]


def test_a_file_larger_than_any_clip_is_not_begun(tmp_path: Path) -> None:
    """A length beyond reason fills no disk."""
    with pytest.raises(NotKeptError, match="more than any clip"):
        fetched(tmp_path / "a.mp4", lambda request: httpx.Response(200, headers={"content-length": str(5 * 1024**3)}))


def test_a_file_that_this_disk_has_no_room_for_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is free is known before the first byte; both sizes are said."""
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 16 * 1024**2 + 10_239}))
    with pytest.raises(OSError, match="10,240 bytes are to come, and 16,787,455 are free") as caught:
        fetched(tmp_path / "a.mp4", Store())
    assert caught.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []
