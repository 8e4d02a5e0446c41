"""Clips are handed out through signed URLs that behave like the object store's."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import pytest

from seedance_nb import sandbox as sb
from seedance_nb.sandbox import Scenario
from seedance_nb.sandbox._clips import ClipShelf
from seedance_nb.sandbox._server import Sandbox
from seedance_nb.sandbox.clip import Clip, ClipSpec

from ..patience import PATIENCE

TASKS = "/contents/generations/tasks"
DAY = 86_400


def quick(spec: ClipSpec) -> Clip:
    return Clip((spec.prompt + "|").encode() * 100, b"last frame")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with sb.start(speed=0, render=quick) as running:
        yield running


@pytest.fixture
def ark(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url("ark"), headers={"Authorization": "Bearer k"}) as client:
        yield client


def finished(ark: httpx.Client, sandbox: Sandbox, prompt: str = "A cat") -> str:
    body = {"model": "doubao-seedance-2-0-260128", "content": [{"type": "text", "text": prompt}]}
    task_id = str(ark.post(TASKS, json=body | {"return_last_frame": True}).json()["id"])
    sandbox.clock.advance(10)
    deadline = time.monotonic() + PATIENCE
    while get(ark, task_id)["status"] != "succeeded":
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return task_id


def get(ark: httpx.Client, task_id: str) -> dict[str, Any]:
    return dict(ark.get(f"{TASKS}/{task_id}").json())


def test_the_url_looks_like_the_stores(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Folder of the model, suffix of the kind, and the store's own query in its order."""
    content = get(ark, finished(ark, sandbox))["content"]
    parts = urlsplit(content["video_url"])
    assert parts.path.startswith("/tos/doubao-seedance-2-0/02")
    assert parts.path.endswith(".mp4")
    query = parse_qsl(parts.query)
    assert [name for name, _ in query] == [
        f"X-Tos-{name}" for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
    ]
    assert dict(query)["X-Tos-Algorithm"] == "TOS4-HMAC-SHA256"
    assert (dict(query)["X-Tos-Expires"], dict(query)["X-Tos-SignedHeaders"]) == ("86400", "host")
    assert httpx.get(content["last_frame_url"]).content == b"last frame"
    assert httpx.get(content["last_frame_url"]).headers["content-type"] == "image/png"


def test_get_and_head(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Length, ETag and type, with or without the file; no key is asked for."""
    url = get(ark, finished(ark, sandbox))["content"]["video_url"]
    whole, head = httpx.get(url), httpx.head(url)
    assert whole.content == b"A cat|" * 100
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "etag", "content-type", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]
    assert (whole.headers["content-length"], whole.headers["content-type"]) == ("600", "video/mp4")
    assert httpx.post(url).status_code == 405


@pytest.mark.parametrize(
    ("header", "status", "said", "part"),
    [
        ("bytes=0-9", 206, "bytes 0-9/600", slice(0, 10)),
        ("bytes=590-", 206, "bytes 590-599/600", slice(590, 600)),
        ("bytes=-10", 206, "bytes 590-599/600", slice(590, 600)),
        ("bytes=0-9999", 206, "bytes 0-599/600", slice(0, 600)),
        ("bytes=0-0,5-6", 200, None, slice(0, 600)),
        ("bytes=9-0", 200, None, slice(0, 600)),
        ("chapters=1", 200, None, slice(0, 600)),
        ("bytes=600-", 416, "bytes */600", None),
        ("bytes=-0", 416, "bytes */600", None),
    ],
)
def test_one_range_is_served(
    ark: httpx.Client, sandbox: Sandbox, header: str, status: int, said: str | None, part: slice | None
) -> None:
    """What cannot be understood is ignored; what lies outside is 416."""
    url = get(ark, finished(ark, sandbox))["content"]["video_url"]
    answer = httpx.get(url, headers={"Range": header})
    assert (answer.status_code, answer.headers.get("content-range")) == (status, said)
    if part is not None:
        assert answer.content == (b"A cat|" * 100)[part]


def test_a_range_of_another_file_is_not_served(ark: httpx.Client, sandbox: Sandbox) -> None:
    """`If-Range` with an old ETag gives the whole file."""
    url = get(ark, finished(ark, sandbox))["content"]["video_url"]
    etag = httpx.head(url).headers["etag"]
    for value, status in ((etag, 206), ('"old"', 200)):
        assert httpx.get(url, headers={"Range": "bytes=0-1", "If-Range": value}).status_code == status


def test_the_query_is_checked_byte_for_byte(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Whoever takes it apart and puts it together in another way gets 403."""
    url = get(ark, finished(ark, sandbox))["content"]["video_url"]
    base, _, query = url.partition("?")
    other = get(ark, finished(ark, sandbox, "A dog"))["content"]["video_url"]
    pairs = query.split("&")
    for changed in (
        f"{base}?{'&'.join(reversed(pairs))}",
        f"{base}?{query}&x=1",
        f"{base}?{query.replace('%2F', '/')}",
        f"{base}?{query.replace('X-Tos-Expires=86400', 'X-Tos-Expires=99999')}",
        f"{base}?{other.partition('?')[2]}",
        f"{base}?{query[:-1]}",
        base,
        f"{base}?{quote('X-Tos-Date=now')}",
    ):
        answer = httpx.get(changed)
        assert answer.status_code == 403, changed
        assert "<Error><Code>" in answer.text
    assert httpx.get(url).status_code == 200


def test_urls_and_files_die_after_a_day(ark: httpx.Client, sandbox: Sandbox) -> None:
    """The record lives on for six days and names a URL that is dead."""
    task_id = finished(ark, sandbox)
    url = get(ark, task_id)["content"]["video_url"]
    ended = get(ark, task_id)["updated_at"]
    sandbox.clock.advance(ended + DAY - 1 - sandbox.clock.now())
    assert httpx.get(url).status_code == 200
    sandbox.clock.advance(2)
    answer = httpx.get(url)
    assert (answer.status_code, "Request has expired" in answer.text) == (403, True)
    assert get(ark, task_id)["content"]["video_url"] == url


def test_reading_the_task_again_rescues_a_clip(ark: httpx.Client, sandbox: Sandbox) -> None:
    """With URLs that die early: the next read signs a fresh one while the file is there."""
    sandbox.scenario = Scenario(url_life=60)
    task_id = finished(ark, sandbox)
    url = get(ark, task_id)["content"]["video_url"]
    sandbox.clock.advance(61)
    assert httpx.get(url).status_code == 403
    fresh = get(ark, task_id)["content"]["video_url"]
    assert fresh != url
    assert fresh == get(ark, task_id)["content"]["video_url"]
    assert httpx.get(fresh).status_code == 200


def test_equal_requests_share_a_clip(ark: httpx.Client, sandbox: Sandbox) -> None:
    """Rendering is deterministic, so it is done once; other seeds are other clips."""
    body = {"model": "doubao-seedance-2-0-260128", "content": [{"type": "text", "text": "A cat"}]}
    for seed in (1, 1, 2):
        ark.post(TASKS, json=body | {"seed": seed})
    sandbox.clock.advance(10)
    deadline = time.monotonic() + PATIENCE
    while {item["status"] for item in ark.get(TASKS).json()["items"]} != {"succeeded"}:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    assert sandbox.renders == 2


async def _shelf_story() -> list[int]:
    def spec(seed: int) -> ClipSpec:
        return ClipSpec(
            width=64, height=64, frames=1, prompt="", seed=seed, model="m", mode="text", audio=False, watermark=False
        )

    shelf = ClipShelf(render=lambda spec: Clip(bytes(100), b""), kept_bytes=250)
    counts = []
    for seed in (1, 2, 1, 3, 1, 2):
        await shelf.get(spec(seed))
        counts.append(shelf.renders)
    shelf.close()
    return counts


def test_clips_that_were_dropped_are_rendered_again() -> None:
    """Memory is bounded by bytes; the clip nobody asked for longest goes first."""
    import asyncio

    assert asyncio.run(_shelf_story()) == [1, 2, 2, 3, 3, 4]
